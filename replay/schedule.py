"""Scheduled events: date rules, time rules, and the order in which due events fire.

Rules: LEAN's Common/Scheduling (ScheduleManager, ScheduledEvent) and Engine/RealTime/BacktestingRealTimeHandler.cs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from replay.errors import Unsupported
from replay.naming import LeanObject
from replay.schedule_rules import DateRules, Rule, TimeRules


class ScheduledEvent(LeanObject):
    """A callback and its times (naive UTC)."""

    def __init__(self, name: str, times: Callable[[], Iterator[datetime]], callback: Callable[[], Any]) -> None:
        self.name = name
        self.enabled = True
        self.is_logging_enabled = False
        self.callback = callback
        self.due = datetime.min
        self._source = times
        self._times: Iterator[datetime] | None = None

    @property
    def next_event_utc_time(self) -> datetime:
        """The next time, datetime.max when there is none."""
        return self.due

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

    def on(self, *args: Any) -> ScheduledEvent:
        """``on(date_rule, time_rule, callback)``, with a name first if wanted."""
        name = ""
        if args and isinstance(args[0], str):
            name, args = args[0], args[1:]
        if len(args) != 3:
            raise Unsupported(f"schedule.on with {len(args)} arguments", "use on(date_rule, time_rule, callback)")
        dates, times, callback = args
        label = name or f"{dates.name}: {times.name}"
        event = ScheduledEvent(label, lambda: times.times(dates), _caller(callback, label, self._run))
        self.add(event)
        return event

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
                    run.guard(event.callback, event.name)
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


def _caller(callback: Callable[..., Any], name: str, run: Any) -> Callable[[], Any]:
    """LEAN passes (name, UTC time) to callbacks that take them."""
    import inspect

    try:
        count = len(inspect.signature(callback).parameters)
    except (TypeError, ValueError):
        count = 0
    if count == 2:
        return lambda: callback(name, run.utc)
    return callback


__all__ = ["Rule", "ScheduleManager", "ScheduledEvent"]
