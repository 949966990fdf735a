"""``on_end_of_day``: once per security ten minutes before its close, or once a day when the method takes no symbol.

Rules: LEAN's Engine/RealTime/BaseRealTimeHandler.cs and ScheduledEventFactory.cs.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.date_rules import DateRule
from replay.symbol import Symbol

_MINUTES_BEFORE_CLOSE = 10
_LATE = timedelta(days=1) - timedelta(minutes=2)
_OLD_WAY = (
    "Usage of QCAlgorithm.OnEndOfDay() without a symbol will be deprecated August 2021. Always use a symbol when "
    "overriding this method: OnEndOfDay(symbol)"
)


class EndOfDay:
    """Keeps the scheduled events behind the algorithm's ``on_end_of_day``."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._method = run.handler_of("on_end_of_day")
        self._takes = -1 if self._method is None else len(inspect.signature(self._method).parameters)
        self._events: dict[Symbol, Any] = {}
        self._daily: Any = None
        self._plan_day()

    def changed(self, changes: Any) -> None:
        """Follow the securities that came and forget those that went."""
        if self._takes == 1:
            for security in changes.added_securities:
                self._watch(security)
            for security in changes.removed_securities:
                event = self._events.pop(security.symbol, None)
                if event is not None:
                    self._run.schedule.remove(event)
        self._plan_day()

    def _watch(self, security: Any) -> None:
        method, symbol, rules = self._method, security.symbol, self._run.schedule
        self._events[symbol] = rules.on(
            f"{symbol}.EndOfDay",
            rules.date_rules.every_day(symbol),
            rules.time_rules.before_market_close(symbol, _MINUTES_BEFORE_CLOSE, security.extended_market_hours),
            lambda: method(symbol),
        )

    def _plan_day(self) -> None:
        """Two minutes before midnight of each date on which something trades; planned anew when securities change."""
        if self._takes != 0:
            return
        schedule = self._run.schedule
        if self._daily is not None:
            schedule.remove(self._daily)
        self._run.messages.debug(_OLD_WAY)
        late = schedule.time_rules.at(_LATE)
        self._daily = schedule.on("Algorithm.EndOfDay", DateRule("", self._dates), late, self._method)

    def _dates(self, start: datetime, end: datetime) -> Iterator[datetime]:
        while start <= end:
            if any(security.hours.is_date_open(start) for security in self._run.securities.values()):
                yield start
            start += timedelta(days=1)
