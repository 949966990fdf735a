"""Scheduled events: date rules, time rules, and the order in which due events fire.

Rules: LEAN's Common/Scheduling (DateRules, TimeRules, ScheduleManager). Events due at the same time fire in the order
in which their times were computed: first in order of creation, afterwards the one computed earlier.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.errors import Unsupported
from replay.naming import LeanObject
from replay.schedule_rules import DateRules, Rule, TimeRules

Days = Iterator[datetime]


class ScheduledEvent(LeanObject):
    """A callback and its times (naive UTC)."""

    def __init__(self, name: str, times: Callable[[], Iterator[datetime]], callback: Callable[[], Any]) -> None:
        self.name = name
        self.enabled = True
        self.is_logging_enabled = False
        self.next_event_utc_time: datetime | None = None
        self._source = times
        self._times: Iterator[datetime] | None = None
        self.callback = callback

    def advance(self, not_before: datetime | None = None) -> datetime | None:
        """Compute the next time; times before ``not_before`` are skipped."""
        if self._times is None:
            self._times = self._source()
        found = next(self._times, None)
        while found is not None and not_before is not None and found < not_before:
            found = next(self._times, None)
        self.next_event_utc_time = found
        return found


class ScheduleManager(LeanObject):
    """``self.schedule``."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self.date_rules = DateRules(run)
        self.time_rules = TimeRules(run)
        self._heap: list[tuple[datetime, int, ScheduledEvent]] = []
        self._count = 0
        self._new: list[ScheduledEvent] = []
        self._armed = False
        self._gone: set[int] = set()

    def on(self, *args: Any) -> ScheduledEvent:
        """``on(date_rule, time_rule, callback)``, with a name first if wanted."""
        name = ""
        if args and isinstance(args[0], str):
            name, args = args[0], args[1:]
        if len(args) != 3:
            raise Unsupported(f"schedule.on with {len(args)} arguments", "use on(date_rule, time_rule, callback)")
        dates, times, callback = args
        label = name or f"{dates.name}: {times.name}"
        event = ScheduledEvent(label, lambda: times.times(dates), _caller(callback, label))
        self.add(event)
        return event

    def add(self, event: ScheduledEvent) -> None:
        """Register an event; before the run starts its times are not computed yet."""
        if self._armed:
            self._arm(event, self._run.utc)
        else:
            self._new.append(event)

    def remove(self, event: ScheduledEvent) -> None:
        self._gone.add(id(event))
        self._new = [other for other in self._new if other is not event]

    def start(self) -> None:
        """Compute first times, in order of creation."""
        self._armed = True
        for event in self._new:
            self._arm(event, self._run.utc)
        self._new = []

    def _arm(self, event: ScheduledEvent, not_before: datetime | None) -> None:
        when = event.advance(not_before)
        if when is not None:
            self._count += 1
            heapq.heappush(self._heap, (when, self._count, event))

    def fire(self, until: datetime, inclusive: bool) -> None:
        """Fire events due before ``until`` (or at it), each at its own time."""
        while self._heap and not self._run.stopping:
            when, _, event = self._heap[0]
            if when > until or (when == until and not inclusive):
                return
            heapq.heappop(self._heap)
            if id(event) in self._gone:
                continue
            if when > self._run.utc:
                self._run.set_time(when)
            if event.enabled:
                self._run.guard(event.callback, "Schedule")
            self._arm(event, None)


def _caller(callback: Callable[..., Any], name: str) -> Callable[[], Any]:
    """LEAN passes (name, time) to callbacks that take them; ours take none."""
    import inspect

    try:
        count = len(inspect.signature(callback).parameters)
    except (TypeError, ValueError):
        count = 0
    if count == 2:
        return lambda: callback(name, None)
    return callback


__all__ = ["Rule", "ScheduleManager", "ScheduledEvent"]
