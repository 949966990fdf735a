"""Sparse prints inside the quotes."""

from __future__ import annotations

import numpy as np

from market.dice import Integers, scatter
from market.quotes import Book, Flags, Ticks


def prints(book: Book, chance: Integers, ticks: Ticks, seed: int, keys: Integers) -> tuple[Flags, Integers, Integers]:
    """(where, price e4, contracts): trades at the bid, the ask or on the grid between, only where both are shown.

    `chance` per contract and minute in 65,536ths.
    """
    draw = scatter(seed, keys, len(book.bid), 2)
    other = scatter(seed, keys, len(book.bid), 3)
    happens = (draw < chance) & book.shown & (book.bid > 0) & (book.ask > book.bid)
    middle = ticks.down((book.bid + book.ask) // 2)
    price = np.select([other % 3 == 0, other % 3 == 1], [book.bid, book.ask], middle)
    return happens, price, 1 + (other >> 8) % 20
