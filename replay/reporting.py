"""Log lines, charts and statistics of an algorithm."""

from __future__ import annotations

from typing import Any

from replay.errors import ArgumentException
from replay.messages import Messages, shown
from replay.naming import LeanObject

RESERVED_STATISTICS = 100
"""Summary statistics named by a whole number up to this are LEAN's own."""


class RunMessages(Messages):
    """Messages with warnings that come once in a run."""

    _told: set[str]

    def _once(self, key: str) -> bool:
        told = self.__dict__.setdefault("_told", set())
        if key in told:
            return False
        told.add(key)
        return True

    def error_once(self, key: str, text: str) -> None:
        """An error line LEAN writes once."""
        if self._once(key):
            self.error(text)

    def debug_once(self, key: str, text: str) -> None:
        """A debug line LEAN writes once."""
        if self._once(key):
            self.debug(text)


class Reporting(LeanObject):
    """Mixin of ``QCAlgorithm``."""

    _replay_run: Any

    def log(self, message: Any) -> None:
        """A line of the log, stamped with the algorithm's time."""
        self._replay_run.messages.log(message)

    def debug(self, message: Any) -> None:
        """A debug line."""
        self._replay_run.messages.debug(message)

    def error(self, message: Any) -> None:
        """An error line; the run goes on."""
        self._replay_run.messages.error(message)

    def plot(self, *args: Any) -> None:
        """``plot(series, value)`` or ``plot(chart, series, value)``."""
        self._replay_run.charts.plot(*args)

    def add_chart(self, chart: Any) -> None:
        """Declare a chart."""
        self._replay_run.charts.add(chart)

    def record(self, *args: Any) -> None:
        """Plot to the equity chart."""
        self._replay_run.charts.plot("Strategy Equity", *args)

    def set_runtime_statistic(self, name: str, value: Any) -> None:
        """A banner figure, shown as text."""
        self._replay_run.runtime_statistics[str(name)] = shown(value)

    def set_summary_statistic(self, name: str, value: Any) -> None:
        """A figure of the result's statistics."""
        text = str(name)
        if text.strip().lstrip("+").isdigit() and int(text) <= RESERVED_STATISTICS:
            raise ArgumentException(f"'{text}' is a reserved statistic name.")
        self._replay_run.summary_statistics[text] = shown(value)
