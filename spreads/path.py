"""The net debit of a spread over time, for pictures: one point every few minutes, in compact columns."""

from __future__ import annotations

from array import array
from datetime import datetime
from math import inf, isfinite, isnan, nan

from .money import ticks
from .watched import Watched


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
        self._moments: list[datetime] = []
        self._natural = array("d")
        self._mid = array("d")

    def add(self, now: datetime, watched: Watched) -> None:
        """Add a point; reads both sides of each leg when the scan has read only one. Without a value it is a hole.

        A hole too when they cannot be read: a picture keeps no close from being decided.
        """
        if not self.keep:
            return
        try:
            natural, mid = (nan, nan) if watched.blind else watched.debits()
        except Exception:
            natural = mid = nan
        self._moments.append(now)
        self._natural.append(natural)
        self._mid.append(mid)

    @property
    def worst_ticks(self) -> int | None:
        """Highest natural debit in ticks, None when there was none."""
        return ticks(self.worst) if isfinite(self.worst) else None

    def record(self) -> dict[str, object]:
        """The path as the journal writes it; of points of one moment the first."""
        last: datetime | None = None
        columns: dict[str, list[int | None]] = {"t": [], "natural": [], "mid": []}
        for moment, natural, mid in zip(self._moments, self._natural, self._mid, strict=True):
            if moment != last:
                columns["t"].append(round((moment - self.start).total_seconds()))
                columns["natural"].append(_whole(natural))
                columns["mid"].append(_whole(mid))
            last = moment
        return {"start": self.start, **columns}


def _whole(price: float) -> int | None:
    return None if isnan(price) else ticks(price)
