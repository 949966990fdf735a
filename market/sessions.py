"""Trading days and their hours, from the New York Stock Exchange's calendar.

Times are whole minutes since the open, 09:30 New York, which is 08:30 Chicago; every session opens then.
"""

from __future__ import annotations

import datetime as dt
import warnings
from functools import cache, cached_property

OPEN_MINUTE = 9 * 60 + 30
"""Minutes from midnight to the open, New York."""

INDEX_OPTION_EXTRA = 15
"""Minutes that index options which do not expire today trade on after the stock exchange's close."""

CHICAGO_BEHIND = 60
"""Minutes that Chicago's clock shows less than New York's, all year."""


def clock(text: str) -> int:
    """Minutes since the open of a New York time of day such as "10:00"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes) - OPEN_MINUTE


class Sessions:
    """The sessions of XNYS between two dates, both included."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        import exchange_calendars

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the calendar library asks of its own pandas
            self._calendar = exchange_calendars.get_calendar("XNYS", start=first.isoformat(), end=last.isoformat())
        self.days: tuple[dt.date, ...] = tuple(day.date() for day in self._calendar.sessions)

    @cached_property
    def _position(self) -> dict[dt.date, int]:
        return {day: i for i, day in enumerate(self.days)}

    def minutes(self, day: dt.date) -> int:
        """Minutes from the open to the stock exchange's close: 390, or 210 on a half day."""
        if day in self.early_closes:
            return self.early_closes[day]
        return 390

    @cached_property
    def early_closes(self) -> dict[dt.date, int]:
        """Half days and their length in minutes."""
        half_days = self._calendar.early_closes
        closes = ((day.date(), self._calendar.session_close(day).tz_convert("America/New_York")) for day in half_days)
        return {day: at.hour * 60 + at.minute - OPEN_MINUTE for day, at in closes}

    @cached_property
    def holidays(self) -> tuple[dt.date, ...]:
        """Weekdays between the first and the last session on which the exchange stays closed."""
        first, open_days = self.days[0], set(self.days)
        span = (self.days[-1] - first).days
        weekdays = (first + dt.timedelta(i) for i in range(span + 1))
        return tuple(day for day in weekdays if day.weekday() < 5 and day not in open_days)

    def next(self, day: dt.date) -> dt.date:
        """The session after `day`, which must be one itself."""
        return self.days[self._position[day] + 1]

    def previous(self, day: dt.date) -> dt.date:
        """The session before `day`, which must be one itself."""
        return self.days[self._position[day] - 1]

    def within(self, day: dt.date, calendar_days: int) -> tuple[dt.date, ...]:
        """Sessions from `day` on, at most so many calendar days ahead."""
        last = day + dt.timedelta(calendar_days)
        return tuple(d for d in self.days if day <= d <= last)

    def from_day(self, first: dt.date, count: int) -> tuple[dt.date, ...]:
        """The first `count` sessions at or after `first`."""
        return tuple(d for d in self.days if d >= first)[:count]


@cache
def sessions() -> Sessions:
    """The calendar that every part of the market shares."""
    return Sessions(dt.date(2024, 11, 1), dt.date(2025, 12, 31))
