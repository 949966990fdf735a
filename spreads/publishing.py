"""What a run shows of itself while it goes: the chart, the status object and the banner, the saved journal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Protocol

from .charting import CHART, SlotChart
from .continuity import Continuity
from .status import banner

JOURNAL_KEY = "spread-journal.jsonl"
STATUS_EVERY = timedelta(minutes=1)


class Display(Protocol):
    """Where an engine shows and keeps things."""

    def keep(self, key: str, text: str) -> None:
        """Save a text; it may reach the disk seconds later."""
        ...

    def show(self, name: str, value: str) -> None:
        """Put a figure into the banner."""
        ...

    def plot(self, chart: str, series: str, value: float) -> None:
        """Add a point to a chart."""
        ...


class Publisher:
    """Shows what goes on at its own pace.

    Args:
        display: The engine.
        continuity: What is shown: the book, its alarms, its journal.
        name: Stands in the status object's key.
        keeps_status: Write the status every minute, and at the end.
    """

    def __init__(self, display: Display, continuity: Continuity, name: str, keeps_status: bool) -> None:
        self.plot_every = timedelta(0)
        self._display = display
        self._continuity = continuity
        self._key = f"spread-status-{name}.json"
        self._keeps_status = keeps_status
        self._chart = SlotChart()
        self._next_plot = self._status_at = datetime.min
        self._banner: dict[str, str] = {}
        self._saved = 0

    def step(self, now: datetime) -> None:
        """After each slice."""
        if self.plot_every and now >= self._next_plot:
            self._next_plot = now + self.plot_every
            for series, value in self._chart.sample(self._continuity.book.watch.spreads()):
                self._display.plot(CHART, series, value)
        if self._keeps_status and not timedelta(0) <= now - self._status_at < STATUS_EVERY:
            self.write_status(now)

    def finish(self, now: datetime) -> None:
        """At the end of the run."""
        if self._keeps_status:
            self.write_status(now)
        self._save_journal()

    def write_status(self, now: datetime) -> str:
        """Save the status object and the journal, put what changed into the banner; the object's text."""
        self._status_at = now
        self._save_journal()
        status = self._continuity.status(now)
        text = json.dumps(status, indent=1, ensure_ascii=False)
        self._display.keep(self._key, text)
        for name, value in banner(status).items():
            if self._banner.get(name) != value:
                self._banner[name] = value
                self._display.show(name, value)
        return text

    def _save_journal(self) -> None:
        journal = self._continuity.journal
        if len(journal) != self._saved:
            self._saved = len(journal)
            self._display.keep(JOURNAL_KEY, "\n".join(journal.lines()) + "\n")
