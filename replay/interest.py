"""Open interest of one contract through a run.

LEAN reads it as an internal feed that starts at midnight of the day it was asked for and is open around the clock: it
never makes a chain or a slice, but a contract that has it stands in every chain of a session (TimeSliceFactory).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from replay.clock import from_ms, to_ms
from replay.enums import Resolution, TickType
from replay.store import Store
from replay.symbol import Symbol
from replay.timing import COARSE

_ONE_DAY = timedelta(days=1)


class InterestSeries:
    """Readings of one contract, looked up file by file (of a day, for hour and daily bars of a year) when asked."""

    __slots__ = ("_next_day", "_readings", "_resolution", "_start_ms", "_store", "_symbol")

    def __init__(self, store: Store, symbol: Symbol, resolution: Resolution, start_ms: int) -> None:
        self._store, self._symbol, self._resolution = store, symbol, resolution
        zone = store.hours(symbol).data_time_zone
        self._next_day = _midnight(zone.to_local(from_ms(start_ms + 1)))
        self._start_ms = to_ms(zone.to_utc(self._next_day))
        self._readings: list[tuple[int, Decimal]] = []

    def at(self, ms: int) -> Decimal | None:
        """The last reading at a moment, in contracts; None before the first."""
        zone = self._store.hours(self._symbol).data_time_zone
        while to_ms(zone.to_utc(self._next_day)) <= ms:
            day = self._next_day
            file = self._store.bars(self._symbol, self._resolution, TickType.OPEN_INTEREST, day)
            self._next_day = datetime(day.year + 1, 1, 1) if self._resolution in COARSE else day + _ONE_DAY
            columns = file.columns(self._symbol) if file is not None else None
            if columns is not None:
                values = columns.column("value")
                self._readings = self._readings[-1:]
                rows = zip(columns.ends, values, strict=True)
                self._readings += [(end, Decimal(value)) for end, value in rows if end >= self._start_ms]
        return next((value for end, value in reversed(self._readings) if end <= ms), None)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
