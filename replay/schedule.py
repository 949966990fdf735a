"""Scheduled events: date rules, time rules, and the order in which due events fire.

Rules: LEAN's Common/Scheduling (ScheduleManager, ScheduledEvent) and Engine/RealTime/BacktestingRealTimeHandler.cs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.date_rules import DateRules
from replay.errors import Unsupported
from replay.naming import LeanObject
from replay.time_rules import TimeRules

_ONE_DAY = timedelta(days=1)
_ON = ("date_rule", "time_rule", "callback")


class ScheduledEvent(LeanObject):
    """A callback and its times (naive UTC)."""

    def __init__(self, name: str, times: Callable[[], Iterator[datetime]], callback: Callable[..., Any]) -> None:
        self.name = name
        self.enabled = True
        self._callback = callback
        self._named = _takes_name_and_time(callback)
        self.due = datetime.min
        self._source = times
        self._times: Iterator[datetime] | None = None

    @property
    def next_event_utc_time(self) -> datetime:
        """The next time, datetime.max when there is none."""
        return self.due

    def run(self) -> None:
        """Call back, with (name, UTC time of the event) when the callback asks for two arguments."""
        if self._named:
            self._callback(self.name, self.due)
        else:
            self._callback()

    def __str__(self) -> str:
        return self.name

    def advance(self, not_before: datetime = datetime.min) -> None:
        """Compute the next time; times before ``not_before`` are skipped."""
        if self._times is None:
            self._times = self._source()
        self.due = next((time for time in self._times if time >= not_before), datetime.max)


class ScheduleManager(LeanObject):
    """``self.schedule``; keeps its events in a list as LEAN's BacktestingRealTimeHandler does."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self.date_rules = DateRules(run)
        self.time_rules = TimeRules(run)
        self._sorted: list[ScheduledEvent] = []
        self._created: dict[int, tuple[int, ScheduledEvent]] = {}
        self._count = 0
        self._armed = self._unsorted = False

    def on(self, *args: Any, **kwargs: Any) -> ScheduledEvent:
        """``on(date_rule, time_rule, callback)``, with a name first if wanted."""
        name = str(kwargs.pop("name", ""))
        if args and isinstance(args[0], str):
            name, args = args[0], args[1:]
        args += tuple(kwargs.pop(key) for key in _ON[len(args) :] if key in kwargs)
        if len(args) != 3 or kwargs:
            raise Unsupported(
                f"schedule.on with {len(args) + len(kwargs)} arguments", "use on(date_rule, time_rule, callback)"
            )
        dates, times, callback = args
        label = name or f"{dates.name}: {times.name}"
        event = ScheduledEvent(label, lambda: times.create_utc_event_times(self._dates(dates)), callback)
        self.add(event)
        return event

    def _dates(self, rule: Any) -> Iterator[datetime]:
        """Dates from the day before the present UTC date, beyond the run's end (ScheduleManager.GetDatesDeferred)."""
        start = self._run.utc.replace(hour=0, minute=0, second=0, microsecond=0) - _ONE_DAY
        dates: Iterator[datetime] = rule.get_dates(start, self._run.end_utc + 3 * _ONE_DAY)
        return dates

    def add(self, event: ScheduledEvent) -> None:
        """Register an event; before the run starts its times are not computed yet."""
        self._count += 1
        self._created[id(event)] = (self._count, event)
        self._unsorted = True
        if self._armed:
            event.advance(self._run.utc)

    def remove(self, event: ScheduledEvent) -> None:
        """Forget an event."""
        self._created.pop(id(event), None)
        self._unsorted = True

    def start(self) -> None:
        """Compute first times."""
        self._armed = True
        for _, event in self._created.values():
            event.advance(self._run.utc)

    def _events(self) -> list[ScheduledEvent]:
        """By time, then by order of creation; sorted anew only when an event came or went."""
        if self._unsorted:
            self._unsorted = False
            found = sorted(self._created.values(), key=lambda item: (item[1].due, item[0]))
            self._sorted = [event for _, event in found]
        return self._sorted

    def fire(self, until: datetime, inclusive: bool) -> None:
        """Fire events due before ``until``, each at its own time; with ``inclusive`` those due at it too."""
        run, events = self._run, self._events()
        while events:
            event = events[0]
            if event.due > until or (event.due == until and not inclusive):
                return
            now = until if inclusive else event.due
            if not inclusive:
                run.set_time(event.due)
            failed = run.runtime_error
            while event.due <= now:
                if event.enabled:
                    run.guard(event.run, event.name)
                    if run.runtime_error is not failed:
                        return
                event.advance()
            _sort_first(events)


def _sort_first(events: list[ScheduledEvent]) -> None:
    """Put the first event where its new time belongs; among equal times where LEAN's binary search ends."""
    if len(events) < 2 or events[0].due <= events[1].due:
        return
    event = events.pop(0)
    lower, upper = 0, len(events) - 1
    while lower <= upper:
        middle = lower + (upper - lower) // 2
        if event.due < events[middle].due:
            upper = middle - 1
        elif event.due > events[middle].due:
            lower = middle + 1
        else:
            lower = middle + 1
            break
    events.insert(lower, event)


def _takes_name_and_time(callback: Callable[..., Any]) -> bool:
    import inspect

    try:
        parameters = inspect.signature(callback).parameters.values()
    except (TypeError, ValueError):
        return False
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in plain and each.default is inspect.Parameter.empty for each in parameters) == 2


__all__ = ["ScheduleManager", "ScheduledEvent"]
