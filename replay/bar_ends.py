"""When hour and daily bars end, by exchange and date.

Rules: LEAN's LeanData.GetDailyCalendar and FillForwardEnumerator. An hour bar ends at a whole hour of the data's zone
and belongs to a session that it overlaps. A daily bar spans the regular session (``settings.daily_precise_end_time``,
LEAN's default) or else the date from midnight to midnight of the data's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from replay.clock import DAY_MS, from_ms, to_ms
from replay.enums import Resolution
from replay.hours import ExchangeHours
from replay.timing import BAR_LENGTH

_ONE_DAY = timedelta(days=1)
_SEARCH_DAYS = 15


class BarEnds:
    """Spans of the hour or daily bars of one exchange, UTC milliseconds."""

    def __init__(self, hours: ExchangeHours, resolution: Resolution, extended: bool, strict: bool) -> None:
        """``strict``: daily bars end at the close of their session."""
        self._hours = hours
        self._length = BAR_LENGTH[resolution]
        self._daily = resolution is Resolution.DAILY
        self._extended = extended and not self._daily
        self.strict = strict and self._daily and not hours.is_market_always_open
        self._days: dict[int, list[tuple[int, int]]] = {}

    def of_day(self, day: date) -> list[tuple[int, int]]:
        """(start, end) of the bars whose sessions begin on a date, oldest first."""
        key = day.toordinal()
        if key not in self._days:
            self._days[key] = list(self._spans(date.fromordinal(key)))
        return self._days[key]

    def _spans(self, day: date) -> Iterator[tuple[int, int]]:
        session = self._hours.session(day, self._extended)
        if session is None:
            return
        opening, closing = (to_ms(self._hours.time_zone.to_utc(moment)) for moment in session)
        if self.strict:
            yield opening, closing
            return
        zone = self._hours.data_time_zone
        local = zone.to_local(from_ms(opening))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + (local - midnight) // self._length * self._length
        while (start_ms := to_ms(zone.to_utc(start))) < closing:
            end_ms = to_ms(zone.to_utc(start + self._length))
            bounds = (self._hours.time_zone.to_local(from_ms(ms)) for ms in (start_ms, end_ms))
            if self._hours.is_open(*bounds, self._extended):
                yield start_ms, end_ms
            start += self._length

    def after(self, start_ms: int, end_ms: int) -> Iterator[int]:
        """Ends after ``start_ms`` and up to ``end_ms``."""
        day, last_day = (self._day(ms) for ms in (start_ms - DAY_MS, end_ms))
        last = start_ms
        while day <= last_day:
            for _, end in self.of_day(day):
                if last < end <= end_ms:
                    yield end
                    last = end
            day += _ONE_DAY

    def has(self, ms: int) -> bool:
        """Whether a bar ends at a moment."""
        day = self._day(ms)
        return any(end == ms for one in (day, day - _ONE_DAY) for _, end in self.of_day(one))

    def last(self, ms: int) -> tuple[int, int] | None:
        """The last span that ends at a moment or before; None without one in two weeks."""
        day = self._day(ms)
        for back in range(_SEARCH_DAYS):
            for span in reversed(self.of_day(day - timedelta(days=back))):
                if span[1] <= ms:
                    return span
        return None

    def of_row(self, end_ms: int) -> int | None:
        """The end of the bar of a file's row that is stamped with its nominal end; None outside all sessions."""
        if not self.strict:
            return end_ms
        day: datetime = self._hours.data_time_zone.to_local(from_ms(end_ms - DAY_MS // 2))
        spans = self.of_day(day.date())
        return spans[0][1] if spans else None

    def _day(self, ms: int) -> date:
        local: datetime = self._hours.time_zone.to_local(from_ms(ms))
        return local.date()
