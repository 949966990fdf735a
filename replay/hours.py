"""Exchange hours: sessions, holidays, early closes and late opens.

The rules that walk from segment to segment are LEAN's (SecurityExchangeHours, LocalMarketHours).
All times are naive and in the exchange's zone unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date as calendar_date
from datetime import datetime, timedelta
from typing import Any

from replay.enums import MarketHoursState
from replay.errors import ArgumentException
from replay.naming import LeanObject
from replay.timezones import TimeZone

_ONE_DAY = timedelta(days=1)
_SEARCH_DAYS = 15


class Segment(LeanObject):
    """One stretch of a day in one state; ``start`` and ``end`` are times since midnight."""

    __slots__ = ("end", "start", "state")

    start: timedelta
    end: timedelta
    state: MarketHoursState

    def __init__(self, start: timedelta, end: timedelta, state: MarketHoursState) -> None:
        self.start, self.end, self.state = start, end, state

    def contains(self, time: timedelta) -> bool:
        """Whether a time of day lies in it; the end is outside."""
        return self.start <= time < self.end

    def overlaps(self, start: timedelta, end: timedelta) -> bool:
        """Whether a stretch of the day overlaps it."""
        return self.start < end and self.end > start


class LocalMarketHours(LeanObject):
    """The segments of one day."""

    __slots__ = ("is_closed_all_day", "market_duration", "segments")

    segments: Sequence[Segment]
    is_closed_all_day: bool
    market_duration: timedelta

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments = tuple(segment for segment in segments if segment.state != MarketHoursState.CLOSED)
        self.is_closed_all_day = not self.segments
        regular = (s.end - s.start for s in self.segments if s.state == MarketHoursState.MARKET)
        self.market_duration = sum(regular, timedelta(0))

    @property
    def is_open_all_day(self) -> bool:
        """Whether one regular segment spans the whole day."""
        if len(self.segments) != 1:
            return False
        only = self.segments[0]
        return not only.start and only.end == _ONE_DAY and only.state == MarketHoursState.MARKET

    def is_open(self, time: timedelta, extended: bool) -> bool:
        """Whether the exchange is open at a time of day."""
        for segment in self.segments:
            if segment.contains(time):
                return extended or segment.state == MarketHoursState.MARKET
        return False

    def overlaps(self, start: timedelta, end: timedelta, extended: bool) -> bool:
        """Whether the exchange is open at some moment between two times of day."""
        return any(
            segment.overlaps(start, end)
            for segment in self.segments
            if extended or segment.state == MarketHoursState.MARKET
        )

    def get_market_open(
        self, time: timedelta, extended_market_hours: bool, previous_day_last_segment: timedelta | None = None
    ) -> timedelta | None:
        """The first opening whose segment ends after ``time``; segments that touch count as one."""
        previous, other_day = previous_day_last_segment, True
        for segment in self.segments:
            if not (extended_market_hours or segment.state == MarketHoursState.MARKET):
                continue
            if segment.end > time and not _continuous(previous, segment.start, other_day):
                return segment.start
            previous, other_day = segment.end, False
        return None

    def get_market_close(
        self,
        time: timedelta,
        extended_market_hours: bool,
        last_close: bool = False,
        next_day_segment_start: timedelta | None = None,
    ) -> timedelta | None:
        """The first close after ``time``, or the last one of the day."""
        found = None
        for position, segment in enumerate(self.segments):
            if segment.end <= time or not (extended_market_hours or segment.state == MarketHoursState.MARKET):
                continue
            following: timedelta | None = next_day_segment_start
            other_day = position == len(self.segments) - 1
            if not other_day:
                after = self.segments[position + 1]
                usable = extended_market_hours or after.state == MarketHoursState.MARKET
                following = after.start if usable else None
            if last_close:
                found = segment.end
            elif not _continuous(segment.end, following, other_day):
                return segment.end
        return found


def _continuous(end: timedelta | None, start: timedelta | None, other_day: bool) -> bool:
    """Whether one segment runs on into the next one without a gap, over midnight too."""
    if end is None or start is None:
        return False
    return end == _ONE_DAY and not start if other_day else end == start


class ExchangeHours(LeanObject):
    """When one exchange is open. LEAN's SecurityExchangeHours; ``data_time_zone`` is the zone of its data files."""

    lean_name = "SecurityExchangeHours"

    time_zone: TimeZone
    data_time_zone: TimeZone
    holidays: set[calendar_date]
    early_closes: dict[calendar_date, timedelta]
    late_opens: dict[calendar_date, timedelta]

    def __init__(
        self,
        time_zone: TimeZone,
        data_time_zone: TimeZone,
        week: Sequence[Sequence[Segment]],
        holidays: set[calendar_date],
        early_closes: dict[calendar_date, timedelta],
        late_opens: dict[calendar_date, timedelta],
    ) -> None:
        """``week`` holds the segments of Monday to Sunday."""
        self.time_zone = time_zone
        self.data_time_zone = data_time_zone
        self.holidays = holidays
        self.early_closes = early_closes
        self.late_opens = late_opens
        self._week = [LocalMarketHours(segments) for segments in week]
        self._days: dict[int, LocalMarketHours] = {}

    @property
    def regular_market_duration(self) -> timedelta:
        """The most frequent length of the regular session; the longer one on a tie."""
        lengths = [day.market_duration for day in self._week]
        return max(lengths, key=lambda length: (lengths.count(length), length))

    @property
    def open_weekdays(self) -> list[int]:
        """Weekdays with a session in a usual week, LEAN's DayOfWeek values (Sunday 0) in that order."""
        return sorted((day + 1) % 7 for day, hours in enumerate(self._week) if not hours.is_closed_all_day)

    @property
    def is_market_always_open(self) -> bool:
        """Whether it never closes."""
        return all(day.is_open_all_day for day in self._week)

    def get_market_hours(self, local_date_time: calendar_date) -> LocalMarketHours:
        """The segments of a date, holidays, early closes and late opens applied."""
        key = local_date_time.toordinal()
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = self._day(calendar_date.fromordinal(key))
        return found

    def _day(self, day: calendar_date) -> LocalMarketHours:
        if day in self.holidays:
            return LocalMarketHours(())
        usual = self._week[day.weekday()]
        early, late = self.early_closes.get(day), self.late_opens.get(day)
        if early is None and late is None:
            return usual
        before = _until(usual.segments, early) if early is not None else None
        if before is not None and (late is None or (early is not None and early >= late)):
            segments = before if late is None else _since(before, late)
        else:
            segments = _since(usual.segments, late or timedelta(0))
        if before is not None and late is not None and early is not None and early <= late:
            segments = before + segments
        return LocalMarketHours(segments)

    def is_open(self, local_date_time: datetime, *args: Any, **kwargs: Any) -> bool:
        """Open at a time ``(time, extended)`` or at some moment of a stretch ``(start, end, extended)``."""
        extended = bool(kwargs.get("extended_market_hours", args[-1] if args else False))
        end = kwargs.get("end_local_date_time", args[0] if args and isinstance(args[0], datetime) else None)
        if end is None or end == local_date_time:
            midnight = local_date_time.replace(hour=0, minute=0, second=0, microsecond=0)
            return self.get_market_hours(local_date_time).is_open(local_date_time - midnight, extended)
        start = local_date_time
        while start < end:
            midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
            stop = min(end - midnight, _ONE_DAY)
            if self.get_market_hours(start).overlaps(start - midnight, stop, extended):
                return True
            start = midnight + _ONE_DAY
        return False

    def is_date_open(self, local_date_time: calendar_date, extended_market_hours: bool = False) -> bool:
        """Whether there is a regular session on a date; with ``extended`` a day of extended hours alone counts."""
        day = self.get_market_hours(local_date_time)
        if day.is_closed_all_day:
            return False
        return bool(day.market_duration) or extended_market_hours

    def session(self, day: calendar_date, extended: bool = False) -> tuple[datetime, datetime] | None:
        """First open and last close of a date, local; None when it is closed."""
        used = [
            segment
            for segment in self.get_market_hours(day).segments
            if extended or segment.state == MarketHoursState.MARKET
        ]
        if not used:
            return None
        midnight = datetime(day.year, day.month, day.day)
        return midnight + used[0].start, midnight + used[-1].end

    def get_next_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The first opening strictly after a local time."""
        midnight = local_date_time.replace(hour=0, minute=0, second=0, microsecond=0)
        time = local_date_time - midnight
        last = self._last_end(midnight - _ONE_DAY)
        for _ in range(_SEARCH_DAYS):
            day = self.get_market_hours(midnight)
            if day.is_closed_all_day:
                last = None
            else:
                opening = day.get_market_open(time, extended_market_hours, last)
                if opening is not None and midnight + opening > local_date_time:
                    return midnight + opening
                last = None if midnight.date() in self.early_closes else day.segments[-1].end
            midnight, time = midnight + _ONE_DAY, timedelta(0)
        raise ArgumentException(f"no market open within two weeks after {local_date_time}")

    def get_next_market_close(
        self, local_date_time: datetime, extended_market_hours: bool, last_close: bool = False
    ) -> datetime:
        """The first close strictly after a local time; with ``last_close`` the last one of that day."""
        midnight = local_date_time.replace(hour=0, minute=0, second=0, microsecond=0)
        time = local_date_time - midnight
        for _ in range(_SEARCH_DAYS):
            day = self.get_market_hours(midnight)
            if not day.is_closed_all_day:
                closing = day.get_market_close(
                    time, extended_market_hours, last_close, self._first_start(midnight + _ONE_DAY)
                )
                if closing is not None and midnight + closing > local_date_time:
                    return midnight + closing
            midnight, time = midnight + _ONE_DAY, timedelta(0)
        raise ArgumentException(f"no market close within two weeks after {local_date_time}")

    def get_previous_market_open(
        self, local_date_time: datetime, extended_market_hours: bool, first_open: bool = False
    ) -> datetime:
        """The last opening at or before a local time; with ``first_open`` the first one of that day."""
        midnight = local_date_time.replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(9):
            first = None
            for segment in reversed(self.get_market_hours(midnight).segments):
                opening = midnight + segment.start
                if opening > local_date_time or not (extended_market_hours or segment.state == MarketHoursState.MARKET):
                    continue
                if first_open:
                    first = opening
                elif self.get_next_market_open(opening - timedelta.resolution, extended_market_hours) == opening:
                    return opening
            if first is not None:
                return first
            midnight -= _ONE_DAY
        raise ArgumentException(f"no market open within nine days before {local_date_time}")

    def get_first_daily_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The first opening of the day that holds the last opening at or before a local time."""
        return self.get_previous_market_open(local_date_time, extended_market_hours, first_open=True)

    def get_last_daily_market_close(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The last close of the day of the next close."""
        return self.get_next_market_close(local_date_time, extended_market_hours, last_close=True)

    def get_previous_trading_day(self, local_date: datetime) -> datetime:
        """The last date with a regular session before a date; a time of day is kept."""
        local_date -= _ONE_DAY
        while not self.is_date_open(local_date):
            local_date -= _ONE_DAY
        return local_date

    def get_next_trading_day(self, date: datetime) -> datetime:
        """The first date with a regular session after a date; a time of day is kept."""
        date += _ONE_DAY
        while not self.is_date_open(date):
            date += _ONE_DAY
        return date

    def _last_end(self, day: datetime) -> timedelta | None:
        segments = self.get_market_hours(day).segments
        return segments[-1].end if segments else None

    def _first_start(self, day: datetime) -> timedelta | None:
        segments = self.get_market_hours(day).segments
        return segments[0].start if segments and day.date() not in self.early_closes else None


def _until(segments: Sequence[Segment], close: timedelta) -> list[Segment]:
    """The segments up to an early close; a close in a gap drops the segment before that gap too, as LEAN does."""
    for position, segment in enumerate(segments):
        if segment.start <= close <= segment.end:
            return [*segments[:position], Segment(segment.start, close, segment.state)]
        if close < segment.start:
            return list(segments[: max(position - 1, 0)])
    return list(segments)


def _since(segments: Sequence[Segment], opening: timedelta) -> list[Segment]:
    """The segments from a late open on."""
    for position, segment in enumerate(segments):
        if segment.start <= opening <= segment.end:
            return [Segment(opening, segment.end, segment.state), *segments[position + 1 :]]
        if opening < segment.start:
            return list(segments[position:])
    return list(segments)
