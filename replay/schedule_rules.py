"""Date rules and time rules. Dates are naive midnights in the algorithm's zone, event times naive UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from replay.errors import ArgumentException
from replay.naming import LeanObject

_ONE_DAY = timedelta(days=1)
Hit = Callable[[datetime], bool]


class Rule(LeanObject):
    """A date rule: the dates it names, oldest first."""

    def __init__(self, name: str, dates: Callable[[], Iterator[datetime]]) -> None:
        self.name = name
        self.dates = dates


class TimeRule(LeanObject):
    """A time rule: turns dates into event times."""

    def __init__(self, name: str, moments: Callable[[Iterator[datetime]], Iterator[datetime]]) -> None:
        self.name = name
        self._moments = moments

    def times(self, rule: Rule) -> Iterator[datetime]:
        """Event times (naive UTC) on the dates of a rule."""
        return self._moments(rule.dates())


class DateRules(LeanObject):
    """``self.date_rules``."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def _days(self) -> Iterator[datetime]:
        """Dates from the day before the run's present date to its end."""
        run = self._run
        day = run.time.replace(hour=0, minute=0, second=0, microsecond=0) - _ONE_DAY
        end = run.end_utc + 3 * _ONE_DAY
        while day <= end:
            yield day
            day += _ONE_DAY

    def _rule(self, name: str, hit: Hit) -> Rule:
        return Rule(name, lambda: (day for day in self._days() if hit(day)))

    def _open(self, symbol: Any) -> Hit:
        if symbol is None:
            return lambda day: True
        hours = self._run.securities[symbol].hours
        return lambda day: bool(hours.is_date_open(day))

    def on(self, *args: Any) -> Rule:
        """One date ``(year, month, day)``, or datetimes."""
        if len(args) == 3 and all(isinstance(part, int) for part in args):
            wanted = {datetime(*args)}
        else:
            items = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
            wanted = {datetime(item.year, item.month, item.day) for item in items}
        return Rule("On", lambda: iter(sorted(wanted)))

    @property
    def today(self) -> Rule:
        """The present date."""
        day = self._run.time.replace(hour=0, minute=0, second=0, microsecond=0)
        return Rule("Today", lambda: iter((day,)))

    @property
    def tomorrow(self) -> Rule:
        """The date after the present one."""
        day = self._run.time.replace(hour=0, minute=0, second=0, microsecond=0) + _ONE_DAY
        return Rule("Tomorrow", lambda: iter((day,)))

    def every_day(self, symbol: Any = None, extended_market_hours: bool = False) -> Rule:
        """Every date, or every trading date of a security."""
        return self._rule("EveryDay", self._open(symbol))

    def every(self, *days: Any) -> Rule:
        """Weekdays, as LEAN's DayOfWeek values (Sunday 0)."""
        items = days[0] if len(days) == 1 and isinstance(days[0], (list, tuple)) else days
        wanted = {(int(day) - 1) % 7 for day in items}
        return self._rule("Every", lambda day: day.weekday() in wanted)

    def week_start(self, *args: Any, **kwargs: Any) -> Rule:
        """First (trading) date of each week."""
        return self._period("WeekStart", args, kwargs, lambda d: d - timedelta(days=d.weekday()), 7, False)

    def week_end(self, *args: Any, **kwargs: Any) -> Rule:
        """Last (trading) date of each week."""
        return self._period("WeekEnd", args, kwargs, lambda d: d - timedelta(days=d.weekday()), 7, True)

    def month_start(self, *args: Any, **kwargs: Any) -> Rule:
        """First (trading) date of each month."""
        return self._period("MonthStart", args, kwargs, lambda d: d.replace(day=1), 31, False)

    def month_end(self, *args: Any, **kwargs: Any) -> Rule:
        """Last (trading) date of each month."""
        return self._period("MonthEnd", args, kwargs, lambda d: d.replace(day=1), 31, True)

    def quarter_start(self, *args: Any, **kwargs: Any) -> Rule:
        """First (trading) date of each quarter."""
        return self._period("QuarterStart", args, kwargs, _quarter, 92, False)

    def quarter_end(self, *args: Any, **kwargs: Any) -> Rule:
        """Last (trading) date of each quarter."""
        return self._period("QuarterEnd", args, kwargs, _quarter, 92, True)

    def year_start(self, *args: Any, **kwargs: Any) -> Rule:
        """First (trading) date of each year."""
        return self._period("YearStart", args, kwargs, lambda d: d.replace(month=1, day=1), 366, False)

    def year_end(self, *args: Any, **kwargs: Any) -> Rule:
        """Last (trading) date of each year."""
        return self._period("YearEnd", args, kwargs, lambda d: d.replace(month=1, day=1), 366, True)

    def _period(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        start_of: Callable[[datetime], datetime],
        length: int,
        last: bool,
    ) -> Rule:
        """First or last (trading) date of each period, moved by ``days_offset`` dates."""
        symbol, offset = kwargs.get("symbol"), int(kwargs.get("days_offset", kwargs.get("offset", 0)))
        for value in args:
            if isinstance(value, int):
                offset = value
            else:
                symbol = value
        is_open = self._open(symbol)

        def hit(day: datetime) -> bool:
            if not is_open(day):
                return False
            start = start_of(day)
            span = [start + timedelta(days=i) for i in range(length)]
            dates = [d for d in span if start_of(d) == start and is_open(d)]
            place = len(dates) - 1 - offset if last else offset
            return dates[min(max(place, 0), len(dates) - 1)] == day

        return self._rule(name, hit)


def _quarter(day: datetime) -> datetime:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


class TimeRules(LeanObject):
    """``self.time_rules``."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def _zone(self) -> Any:
        return self._run.time_zone

    def _at(self, name: str, offset: timedelta, zone: Any = None) -> TimeRule:
        zone = zone or self._zone()
        return TimeRule(name, lambda days: (zone.to_utc(day + offset) for day in days))

    def at(self, *args: Any) -> TimeRule:
        """Hour, minute, second; a timedelta or time of day; a time zone last."""
        parts = list(args)
        zone = parts.pop() if parts and hasattr(parts[-1], "to_utc") else None
        if parts and isinstance(parts[0], timedelta):
            return self._at("At", parts[0], zone)
        if parts and isinstance(parts[0], time):
            clock = parts[0]
            return self._at("At", timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second), zone)
        if not parts or not all(isinstance(part, int) for part in parts) or len(parts) > 3:
            raise ArgumentException(f"time_rules.at{args} is no time of day; use at(hour, minute[, second][, zone])")
        hour, minute, second = (*parts, 0, 0)[:3]
        return self._at("At", timedelta(hours=hour, minutes=minute, seconds=second), zone)

    midnight = property(lambda self: self._at("Midnight", timedelta(0)))
    noon = property(lambda self: self._at("Noon", timedelta(hours=12)))

    @property
    def now(self) -> TimeRule:
        """The present moment."""
        utc = self._run.utc
        return TimeRule("Now", lambda days: (utc for day in days if day.date() == self._run.time.date()))

    def every(self, interval: timedelta) -> TimeRule:
        """Around the clock on each date, from midnight."""
        if interval <= timedelta(0):
            raise ArgumentException(f"time_rules.every({interval}): the interval must be longer than zero")
        zone = self._zone()

        def moments(days: Iterator[datetime]) -> Iterator[datetime]:
            for day in days:
                offset = timedelta(0)
                while offset < _ONE_DAY:
                    yield zone.to_utc(day + offset)
                    offset += interval

        return TimeRule(f"Every {interval}", moments)

    def after_market_open(
        self, symbol: Any, minutes_after_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Minutes after the first opening of the date."""
        return self._session("AfterMarketOpen", symbol, timedelta(minutes=minutes_after_open), extended_market_open, 0)

    def before_market_open(
        self, symbol: Any, minutes_before_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Minutes before the first opening of the date."""
        return self._session(
            "BeforeMarketOpen", symbol, -timedelta(minutes=minutes_before_open), extended_market_open, 0
        )

    def before_market_close(
        self, symbol: Any, minutes_before_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Minutes before the close of the date, early closes honoured."""
        return self._session(
            "BeforeMarketClose", symbol, -timedelta(minutes=minutes_before_close), extended_market_close, 1
        )

    def after_market_close(
        self, symbol: Any, minutes_after_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Minutes after the close of the date."""
        return self._session(
            "AfterMarketClose", symbol, timedelta(minutes=minutes_after_close), extended_market_close, 1
        )

    def _session(self, name: str, symbol: Any, offset: timedelta, extended: bool, end: int) -> TimeRule:
        hours = self._run.securities[symbol].hours

        def moments(days: Iterator[datetime]) -> Iterator[datetime]:
            for day in days:
                session = hours.session(day, extended) if hours.is_date_open(day) else None
                if session is not None:
                    yield hours.time_zone.to_utc(session[end] + offset)

        return TimeRule(name, moments)
