"""The net debit of a spread over time, for pictures: one point every few minutes, in compact columns."""

from __future__ import annotations

from array import array
from datetime import datetime
from math import inf, isfinite

from .money import ticks
from .watch import Watched

_HOLE = -(1 << 62)  # no price is so low; arrays of integers know no None


class Path:
    """Points of one spread since it opened; prices in ticks per share.

    Attributes:
        worst: Highest natural debit of any slice with a value, dollars per share (not only of the points kept).
        keep: False when only the worst debit is wanted.
    """

    def __init__(self, start: datetime, keep: bool = True) -> None:
        self.start = start
        self.keep = keep
        self.worst = -inf
        self._t = array("q")
        self._natural = array("q")
        self._mid = array("q")

    def add(self, now: datetime, watched: Watched | None) -> None:
        """Add a point; reads both sides of each leg when the scan has read only one. Without a value it is a hole."""
        seconds = round((now - self.start).total_seconds())
        if watched is None or not self.keep or (self._t and self._t[-1] >= seconds):
            return
        natural = mid = _HOLE
        if not watched.blind:
            middle = watched.mid
            if middle is None:
                middle = -sum(r * (feed.source.bid_price + feed.source.ask_price) for feed, r in watched.feeds) / 2
            natural, mid = ticks(watched.natural), ticks(middle)
        self._t.append(seconds)
        self._natural.append(natural)
        self._mid.append(mid)

    @property
    def worst_ticks(self) -> int | None:
        """Highest natural debit in ticks, None when there was none."""
        return ticks(self.worst) if isfinite(self.worst) else None

    def record(self) -> dict[str, object]:
        """The path as the journal writes it."""
        return {"start": self.start, "t": list(self._t), "natural": _column(self._natural), "mid": _column(self._mid)}


def _column(prices: array[int]) -> list[int | None]:
    return [None if price == _HOLE else price for price in prices]
