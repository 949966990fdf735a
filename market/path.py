"""How a price walks through one day: straight lines between anchors, with noise that is 0 at each anchor.

All levels are whole cents, all arithmetic is integer, so a path is the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from market.dice import bell


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute of a price, in cents."""

    open: int
    high: int
    low: int
    close: int


def line(anchors: Sequence[tuple[int, int]], minute: int) -> int:
    """The value at a minute on the straight lines through the anchors; flat outside them."""
    if minute <= anchors[0][0]:
        return anchors[0][1]
    for (m0, v0), (m1, v1) in pairwise(anchors):
        if minute <= m1:
            return v0 + (v1 - v0) * (minute - m0) // (m1 - m0)
    return anchors[-1][1]


def walk(source: random.Random, anchors: Sequence[tuple[int, int]], noise: int) -> list[int]:
    """Levels in cents at minute 0, 1, ... up to the last anchor's; each anchor is met exactly.

    `anchors` are (minute, cents) in rising order of minutes, the first at minute 0; `noise` is the standard deviation
    of one minute's step in cents.
    """
    levels = [anchors[0][1]]
    for (m0, v0), (m1, v1) in pairwise(anchors):
        length, wander = m1 - m0, [0]
        for _ in range(length):
            wander.append(wander[-1] + bell(source, noise))
        levels += [v0 + (v1 - v0) * i // length + wander[i] - wander[-1] * i // length for i in range(1, length + 1)]
    return levels


def bars(source: random.Random, levels: Sequence[int], noise: int) -> list[Bar]:
    """One bar a minute from level to level, its wicks a fraction of the noise beyond both ends."""
    made = []
    for start, end in pairwise(levels):
        up, down = abs(bell(source, noise)) // 2, abs(bell(source, noise)) // 2
        made.append(Bar(start, max(start, end) + up, min(start, end) - down, end))
    return made
