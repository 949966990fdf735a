"""Time rules: at which moments of its dates a scheduled event fires. Event times are naive UTC.

Rules: LEAN's Common/Scheduling/TimeRules.cs, names included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from replay.errors import ArgumentException
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.rule_symbols import ScheduleRules

_ONE_DAY = timedelta(days=1)
_CLOCK = ("hour", "minute", "second")


class TimeRule(LeanObject):
    """A time rule: turns dates into event times."""

    def __init__(self, name: str, moments: Callable[[Iterable[datetime]], Iterator[datetime]]) -> None:
        self.name = name
        self._moments = moments

    def create_utc_event_times(self, dates: Iterable[datetime]) -> Iterator[datetime]:
        """Event times (naive UTC) on the dates given."""
        return self._moments(dates)


class TimeRules(ScheduleRules):
    """``self.time_rules``."""

    def _at(self, name: str, offset: timedelta, zone: Any = None) -> TimeRule:
        zone = zone or self._run.time_zone
        return TimeRule(name, lambda days: (zone.to_utc(day + offset) for day in days))

    def at(self, *args: Any, **kwargs: Any) -> TimeRule:
        """Hour, minute, second; a timedelta or time of day; a time zone last."""
        parts = list(args)
        zone = parts.pop() if parts and hasattr(parts[-1], "to_utc") else kwargs.get("time_zone")
        parts += [kwargs[name] for name in ("time_of_day", *_CLOCK) if name in kwargs]
        if parts and isinstance(parts[0], time):
            parts = [parts[0].hour, parts[0].minute, parts[0].second]
        if parts and isinstance(parts[0], timedelta):
            offset = parts[0]
        elif parts and all(isinstance(part, int) for part in parts) and len(parts) <= 3:
            offset = timedelta(**dict(zip(("hours", "minutes", "seconds"), parts, strict=False)))
        else:
            raise ArgumentException(f"time_rules.at{args} is no time of day; use at(hour, minute[, second][, zone])")
        return self._at(_figure(offset / timedelta(hours=1)), offset, zone)

    midnight = property(lambda self: self._at("Midnight", timedelta(0)))
    noon = property(lambda self: self._at("Noon", timedelta(hours=12)))

    @property
    def now(self) -> TimeRule:
        """The moment at which the event's time is asked for."""
        return TimeRule("Now", lambda days: (self._run.utc for _ in days))

    def every(self, interval: timedelta) -> TimeRule:
        """Around the clock on each date, from midnight."""
        if interval <= timedelta(0):
            raise ArgumentException("TimeRules.Every(): time span interval can not be zero or less")
        zone = self._run.time_zone

        def moments(days: Iterable[datetime]) -> Iterator[datetime]:
            for day in days:
                offset = timedelta(0)
                while offset < _ONE_DAY:
                    yield zone.to_utc(day + offset)
                    offset += interval

        return TimeRule(f"Every {_figure(interval / timedelta(minutes=1))} min", moments)

    def after_market_open(self, *args: Any, **kwargs: Any) -> TimeRule:
        """Minutes after the first opening of the date, of a security or of the earliest exchange."""
        return self._session(args, kwargs, 1, "minutes_after_open", "extended_market_open")

    def before_market_open(self, *args: Any, **kwargs: Any) -> TimeRule:
        """Minutes before the first opening of the date."""
        return self._session(args, kwargs, -1, "minutes_before_open", "extended_market_open")

    def before_market_close(self, *args: Any, **kwargs: Any) -> TimeRule:
        """Minutes before the close of the date, early closes honoured; of a security or of the latest exchange."""
        return self._session(args, kwargs, -1, "minutes_before_close", "extended_market_close")

    def after_market_close(self, *args: Any, **kwargs: Any) -> TimeRule:
        """Minutes after the close of the date."""
        return self._session(args, kwargs, 1, "minutes_after_close", "extended_market_close")

    def _session(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], sign: int, minutes_name: str, extended_name: str
    ) -> TimeRule:
        unknown = set(kwargs) - {"symbol", minutes_name, extended_name}
        if unknown:
            raise ArgumentException(f"time_rules: {', '.join(sorted(unknown))} is no argument of this rule")
        values = list(args)
        symbol = kwargs.get("symbol")
        if values and (isinstance(values[0], str) or not isinstance(values[0], int | float)):
            symbol = values.pop(0)
        minutes = sign * float(values.pop(0) if values else kwargs.get(minutes_name, 0))
        extended = bool(values[0] if values else kwargs.get(extended_name, False))
        opening = extended_name == "extended_market_open"
        chosen = None if symbol is None else self._symbol(symbol)
        hours = None if chosen is None else [self._hours(chosen)]
        label = "" if chosen is None else f"{chosen}: "
        # LEAN words an offset of zero as "before" an open and "after" a close
        word = "after" if minutes > 0 or (not opening and not minutes) else "before"
        event = f"{'Extended' if extended else ''}Market{'Open' if opening else 'Close'}"

        def moments(days: Iterable[datetime]) -> Iterator[datetime]:
            exchanges = list(self._all_hours()) if hours is None else hours
            for day in days:
                times = list(_moments_of(exchanges, day, extended, opening, timedelta(minutes=minutes)))
                if times:
                    yield min(times) if opening else max(times)

        return TimeRule(f"{label}{_figure(abs(minutes))} min {word} {event}", moments)


def _moments_of(
    exchanges: Iterable[ExchangeHours], day: datetime, extended: bool, opening: bool, offset: timedelta
) -> Iterator[datetime]:
    """The opening or close of each exchange that is open on a date, moved by an offset, in UTC."""
    for hours in exchanges:
        session = hours.session(day, extended) if hours.is_date_open(day, extended) else None
        if session is not None:
            yield hours.time_zone.to_utc(session[0 if opening else 1] + offset)


def _figure(number: float) -> str:
    """A number with at most two places."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
