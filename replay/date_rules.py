"""Date rules: on which dates a scheduled event fires. Dates are naive midnights in the algorithm's zone.

Rules: LEAN's Common/Scheduling/DateRules.cs, errors and names included.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.errors import ArgumentException
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.rule_symbols import ScheduleRules

_ONE_DAY = timedelta(days=1)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
Dates = Callable[[datetime, datetime], Iterator[datetime]]
DateOf = Callable[[datetime], datetime]


class DateRule(LeanObject):
    """A named choice of dates."""

    def __init__(self, name: str, dates: Dates) -> None:
        self.name = name
        self._dates = dates

    def get_dates(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The dates from one date to another, both included."""
        return self._dates(start, end)


class DateRules(ScheduleRules):
    """``self.date_rules``."""

    def _today(self) -> datetime:
        today: datetime = self._run.time.replace(hour=0, minute=0, second=0, microsecond=0)
        return today

    def on(self, *args: Any, **kwargs: Any) -> DateRule:
        """One date ``(year, month, day)``, or datetimes."""
        args += tuple(kwargs[name] for name in ("year", "month", "day") if name in kwargs)
        if len(args) == 3 and all(isinstance(part, int) for part in args):
            wanted = [datetime(*args)]
        else:
            items = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
            wanted = [datetime(item.year, item.month, item.day) for item in items]
        name = ",".join(f"{day:%m/%d/%Y}" for day in wanted)
        return DateRule(name, lambda start, end: (day for day in wanted if start <= day <= end))

    @property
    def today(self) -> DateRule:
        """The date at which the event is registered."""
        return DateRule("TodayOnly", lambda start, end: iter((self._today(),)))

    @property
    def tomorrow(self) -> DateRule:
        """The date after the one at which the event is registered."""
        return DateRule("TomorrowOnly", lambda start, end: iter((self._today() + _ONE_DAY,)))

    def every_day(self, symbol: Any = None, extended_market_hours: bool = False) -> DateRule:
        """Every date, or every trading date of a security."""
        if symbol is None:
            return DateRule("EveryDay", _each_day)
        chosen = self._symbol(symbol)
        hours = self._hours(chosen)
        return DateRule(
            f"{chosen.value}: EveryDay",
            lambda start, end: (day for day in _each_day(start, end) if hours.is_date_open(day, extended_market_hours)),
        )

    def every(self, *days: Any) -> DateRule:
        """Weekdays, as LEAN's DayOfWeek values (Sunday 0)."""
        items = [int(day) for day in (days[0] if len(days) == 1 and isinstance(days[0], (list, tuple)) else days)]
        name = ",".join(_WEEKDAYS[day] for day in items)
        return DateRule(name, lambda start, end: (d for d in _each_day(start, end) if d.isoweekday() % 7 in items))

    def week_start(self, *args: Any, **kwargs: Any) -> DateRule:
        """Monday, or the first trading date of each week, and so many (trading) dates later."""
        return self._weekly("WeekStart", args, kwargs, forward=True)

    def week_end(self, *args: Any, **kwargs: Any) -> DateRule:
        """Friday, or the last trading date of each week, and so many (trading) dates earlier."""
        return self._weekly("WeekEnd", args, kwargs, forward=False)

    def month_start(self, *args: Any, **kwargs: Any) -> DateRule:
        """First (trading) date of each month."""
        return self._periodic("MonthStart", args, kwargs, 1, 30, forward=True)

    def month_end(self, *args: Any, **kwargs: Any) -> DateRule:
        """Last (trading) date of each month."""
        return self._periodic("MonthEnd", args, kwargs, 1, 30, forward=False)

    def quarter_start(self, *args: Any, **kwargs: Any) -> DateRule:
        """First (trading) date of each quarter."""
        return self._periodic("QuarterStart", args, kwargs, 3, 92, forward=True)

    def quarter_end(self, *args: Any, **kwargs: Any) -> DateRule:
        """Last (trading) date of each quarter."""
        return self._periodic("QuarterEnd", args, kwargs, 3, 92, forward=False)

    def year_start(self, *args: Any, **kwargs: Any) -> DateRule:
        """First (trading) date of each year."""
        return self._periodic("YearStart", args, kwargs, 12, 365, forward=True)

    def year_end(self, *args: Any, **kwargs: Any) -> DateRule:
        """Last (trading) date of each year."""
        return self._periodic("YearEnd", args, kwargs, 12, 365, forward=False)

    def _read(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], forward: bool) -> tuple[Any, ...]:
        """(symbol or None, hours or None, offset, extended hours, name of the rule)."""
        values = list(args)
        symbol = kwargs.get("symbol")
        if values and not isinstance(values[0], int):
            symbol = values.pop(0)
        offset = int(values.pop(0)) if values else int(kwargs.get("days_offset", 0))
        extended = bool(values[0] if values else kwargs.get("extended_market_hours", True))
        signed = offset if forward else -offset
        name += f"{signed:+d}" if signed else ""
        if symbol is None:
            return None, None, offset, False, name
        chosen = self._symbol(symbol)
        return chosen, self._hours(chosen), offset, extended, f"{chosen.value}: {name}"

    def _weekly(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, forward: bool) -> DateRule:
        symbol, hours, offset, extended, name = self._read(kind, args, kwargs, forward)
        if hours is None:
            if not 0 <= offset <= 6:
                raise ArgumentException(f"DateRules.{kind}() : Offset must be between 0 and 6 (Parameter 'daysOffset')")
            base, boundary = (1, 7) if forward else (5, -1)
        else:
            open_days = hours.open_weekdays
            if offset > len(open_days) - 1:
                first = f"{_WEEKDAYS[open_days[0]]}+" if forward else f"{_WEEKDAYS[open_days[-1]]}-"
                raise ArgumentException(
                    f"DateRules.{kind}() : {first}{offset} is out of range for {symbol}'s schedule, please use an "
                    f"offset between 0 - {len(open_days) - 1}; Schedule : "
                    f"{', '.join(_WEEKDAYS[day] for day in open_days)} (Parameter 'daysOffset')"
                )
            base, boundary = (open_days[0], open_days[-1]) if forward else (open_days[-1], open_days[0])

        def dates(start: datetime, end: datetime) -> Iterator[datetime]:
            first, last = start - timedelta(days=start.weekday()), end + timedelta(days=6 - end.weekday())
            for day in _each_day(first, last):
                if day.isoweekday() % 7 == base:
                    limit = day + timedelta(days=boundary - base)
                    found = _scheduled(hours, day, offset, extended, limit, forward=forward)
                    if start <= found <= end:
                        yield found

        return DateRule(name, dates)

    def _periodic(
        self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any], months: int, most: int, *, forward: bool
    ) -> DateRule:
        """One date a period of so many months, counted from its first or back from its last date."""
        _, hours, offset, extended, name = self._read(kind, args, kwargs, forward)
        if not 0 <= offset <= most:
            raise ArgumentException(
                f"DateRules.{kind}() : Offset must be between 0 and {most} (Parameter 'daysOffset')"
            )

        def bounds(day: datetime) -> tuple[datetime, datetime]:
            first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
            last = first.month + months - 1
            return first, first.replace(month=last, day=monthrange(first.year, last)[1])

        def dates(start: datetime, end: datetime) -> Iterator[datetime]:
            first = start.replace(day=1) if months == 12 else bounds(start)[0]
            last = end.replace(day=monthrange(end.year, end.month)[1]) if months == 12 else bounds(end)[1]
            for day in _each_day(first, last):
                begin, finish = bounds(day)
                base, limit = (begin, finish) if forward else (finish, begin)
                if day == base:
                    found = _scheduled(hours, day, offset, extended, limit, forward=forward)
                    if start <= found <= end:
                        yield found

        return DateRule(name, dates)


def _each_day(start: datetime, end: datetime) -> Iterator[datetime]:
    while start <= end:
        yield start
        start += _ONE_DAY


def _scheduled(
    hours: ExchangeHours | None,
    base: datetime,
    offset: int,
    extended: bool,
    limit: datetime | None,
    *,
    forward: bool,
) -> datetime:
    """A date so many trading dates from a base, moved back inside the limit when it lies beyond (GetScheduledDay)."""
    if hours is None:
        found = base + timedelta(days=offset if forward else -offset)
    else:
        step = hours.get_next_trading_day if forward else hours.get_previous_trading_day
        found = base if hours.is_date_open(base, extended) else step(base)
        for _ in range(offset):
            found = step(found)
    if limit is not None and (found > limit if forward else found < limit):
        return _scheduled(hours, limit, 0, extended, None, forward=not forward)
    return found
