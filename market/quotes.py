"""What market makers show: bid and ask on the exchange's grid, their sizes, and how a scenario spoils them.

All prices are e4 integers in arrays of shape (minutes, contracts); bid 0 means nobody bids, and a cell whose
`shown` is False has no row at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.dice import Integers, scatter

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ticks:
    """A price grid in e4: `fine` below `border`, `coarse` from it on."""

    fine: int
    coarse: int
    border: int

    def down(self, prices: Integers) -> Integers:
        """The highest price on the grid at or below."""
        return np.where(prices < self.border, prices // self.fine * self.fine, prices // self.coarse * self.coarse)

    def up(self, prices: Integers) -> Integers:
        """The lowest price on the grid at or above."""
        return np.where(
            prices <= self.border, -(-prices // self.fine) * self.fine, -(-prices // self.coarse) * self.coarse
        )


INDEX_TICKS = Ticks(500, 1_000, 30_000)
"""Cboe's grid for SPX weeklies: 0.05 below 3.00, 0.10 from there."""
EQUITY_TICKS = Ticks(100, 500, 30_000)
"""Penny classes: 0.01 below 3.00, 0.05 from there."""

REFRESH = 15
"""Minutes after which a quote is sent again with new sizes, so that only a dead one grows old."""
SIZES = np.array([5, 8, 10, 12, 15, 20, 25, 40], dtype=np.int64)


@dataclass(slots=True)
class Book:
    """The quotes of many contracts over a day; see the module for units."""

    bid: Integers
    ask: Integers
    bid_size: Integers
    ask_size: Integers
    shown: Flags

    def due(self, keys: Integers) -> Flags:
        """Where a row is due: shown, and the prices are not the last row's or it is `REFRESH` minutes since the last
        such turn of the contract, whose minute depends on its key.
        """
        due = self.shown.copy()
        same = (self.bid[1:] == self.bid[:-1]) & (self.ask[1:] == self.ask[:-1])
        turn = (np.arange(1, len(due))[:, None] + keys[None, :] // 25_000) % REFRESH == 0
        due[1:] &= ~(same & self.shown[:-1] & ~turn)
        return due


def half_width(extrinsic: Integers, intrinsic: Integers, sensitivity: Integers, permille: Integers) -> Integers:
    """Half of what lies between bid and ask before rounding to the grid, in e4.

    Wider with the premium (less so beyond 5 dollars), with what a point of volatility is worth (time), in the money,
    and by the factor of the hour, which is 1000 for a usual minute.
    """
    premium = np.minimum(extrinsic, 50_000) * 12 + np.maximum(extrinsic - 50_000, 0) * 3
    usual = 200 + premium // 1000 + sensitivity * 3 // 100 + np.minimum(intrinsic * 8 // 1000, 9_000)
    return usual * permille // 1000


def held(worth: Integers, half: Integers) -> tuple[Integers, Integers]:
    """Worth and half width each contract was last quoted at.

    Market makers quote anew when the worth has moved by half of the half width, or the width by a quarter.
    """
    worth, half = worth.copy(), half.copy()
    for minute in range(1, len(worth)):
        last, wide = worth[minute - 1], half[minute - 1]
        stays = (np.abs(worth[minute] - last) * 2 <= half[minute]) & (np.abs(half[minute] - wide) * 4 <= wide)
        np.copyto(worth[minute], last, where=stays)
        np.copyto(half[minute], wide, where=stays)
    return worth, half


def make(worth: Integers, half: Integers, ticks: Ticks, seed: int, keys: Integers) -> Book:
    """Quote every contract around its worth in every minute; a bid below one tick is no bid."""
    bid = np.maximum(ticks.down(worth - half), 0)
    ask = ticks.up(np.maximum(worth + half, bid + ticks.fine))
    sizes = scatter(seed, keys, len(worth), 1)
    bid_size = np.where(bid > 0, SIZES[sizes & 7], 0)
    return Book(bid, ask, bid_size, SIZES[(sizes >> 3) & 7], np.ones(bid.shape, dtype=np.bool_))


def absurd_ask(book: Book, cells: tuple[slice, Flags]) -> None:
    """Ask 20 times the price, one lot, and 40 dollars at least."""
    minutes, legs = cells
    book.ask[minutes, legs] = np.maximum(book.ask[minutes, legs] * 20 // 1000 * 1000, 400_000)
    book.ask_size[minutes, legs] = 1


def crossed(book: Book, cells: tuple[slice, Flags], ticks: Ticks) -> None:
    """Leave the bid and put the ask one tick below it."""
    minutes, legs = cells
    bid = book.bid[minutes, legs]
    book.ask[minutes, legs] = np.where(bid > ticks.fine, ticks.down(bid - 1), book.ask[minutes, legs])


def no_bid(book: Book, cells: tuple[slice, Flags]) -> None:
    """Take the bids away."""
    minutes, legs = cells
    book.bid[minutes, legs] = 0
    book.bid_size[minutes, legs] = 0


def silent(book: Book, cells: tuple[slice, Flags]) -> None:
    """No rows."""
    minutes, legs = cells
    book.shown[minutes, legs] = False
