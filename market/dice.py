"""Random numbers made of integers only, so that every machine and every library version draws the same."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def generator(seed: int, *names: object) -> random.Random:
    """A generator of its own for each purpose; Python promises equal streams for equal text seeds."""
    return random.Random(":".join(map(str, (seed, *names))))


def bell(source: random.Random, deviation: int) -> int:
    """A whole number, nearly normal around 0 with that standard deviation: the sum of twelve uniform draws."""
    total = sum(source.getrandbits(16) for _ in range(12)) - 6 * 65535
    return (total * deviation) >> 16


def scatter(seed: int, keys: Integers, minutes: int, purpose: int) -> Integers:
    """Numbers 0..65535, shape (minutes, keys): a hash of seed, key, minute and purpose (splitmix64's finaliser)."""
    minute = np.arange(minutes, dtype=np.uint64)[:, None]
    x = keys.astype(np.uint64)[None, :] * np.uint64(0x9E3779B97F4A7C15)
    x = x + (minute + np.uint64(1)) * np.uint64(0xD1B54A32D192ED03)
    x = x ^ np.uint64((seed * 1_000_003 + purpose * 7_919) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(48)).astype(np.int64)
