"""What a run shows of itself while it goes: the chart, the status object and the banner, the saved journal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Protocol

from .charting import CHART, SlotChart
from .continuity import Continuity
from .status import banner
from .store import Files

STATUS_EVERY = timedelta(minutes=1)
LEAST_GROWTH = 5  # records


class Display(Files, Protocol):
    """Where an engine shows and keeps things."""

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
        status_key: Key of the status object.
        journal_key: Key of the journal, one JSON record a line.
        keeps_status: Write the status every minute, and at the end.

    Attributes:
        plot_every: Time between points of the chart; 0 = none.
        saves_journal: Keep the journal in the store.
        due: When `step` has something to do next that only hangs on the clock.
    """

    def __init__(
        self, display: Display, continuity: Continuity, status_key: str, journal_key: str, keeps_status: bool
    ) -> None:
        self.plot_every = timedelta(0)
        self.saves_journal = True
        self._display = display
        self._continuity = continuity
        self._status_key, self._journal_key = status_key, journal_key
        self._keeps_status = keeps_status
        self._chart = SlotChart()
        self._next_plot = self._status_at = self.due = datetime.min
        self._banner: dict[str, str] = {}
        self._saved = 0
        self._next_save = LEAST_GROWTH

    def step(self, now: datetime) -> None:
        """After each slice in which something was done, and at `due`."""
        try:
            if self.plot_every and now >= self._next_plot:
                self._next_plot = now + self.plot_every
                for series, value in self._chart.sample(self._continuity.book.watch.by_id.values()):
                    self._display.plot(CHART, series, value)
            if self._keeps_status:
                if not timedelta(0) <= now - self._status_at < STATUS_EVERY:
                    self.write_status(now)
            elif len(self._continuity.journal) >= self._next_save:
                self._save_journal()
        finally:
            plot = self._next_plot if self.plot_every else datetime.max
            self.due = min(plot, self._status_at + STATUS_EVERY) if self._keeps_status else plot

    def finish(self, now: datetime) -> None:
        """At the end of the run."""
        if self._keeps_status:
            self.write_status(now)
        else:
            self._show(self._continuity.status(now))
        self._save_journal()

    def write_status(self, now: datetime) -> str:
        """Put what changed of the status into the banner, save the status object and the journal; the object's text.

        Raises:
            OSError: The store did not take one of them; the banner was shown all the same.
        """
        self._status_at = now
        status = self._continuity.status(now)
        self._show(status)
        text = json.dumps(status, indent=1, ensure_ascii=False)
        self._write(self._status_key, text)
        self._save_journal()
        return text

    def _show(self, status: dict[str, Any]) -> None:
        """Put what changed of the status into the banner."""
        for name, value in banner(status).items():
            if self._banner.get(name) != value:
                self._banner[name] = value
                self._display.show(name, value)

    def _save_journal(self) -> None:
        """Save the journal if it has grown; what could not be saved is tried again by the next call.

        A run that ends with a runtime error is told no end, so it is saved on the way too: whenever it has grown by a
        tenth, since the object is written whole each time and saves at even steps would cost the square of its length.
        """
        journal = self._continuity.journal
        length = len(journal)
        self._next_save = length + max(LEAST_GROWTH, length // 10)
        if self.saves_journal and length != self._saved:
            self._write(self._journal_key, "\n".join(journal.lines()) + "\n")
            self._saved = length

    def _write(self, key: str, text: str) -> None:
        # half a surrogate pair is no UTF-8; as a JSON escape it reads back
        if not self._display.write(key, text.encode("utf-8", "backslashreplace").decode("utf-8")):
            raise OSError(f"{key} could not be saved")
