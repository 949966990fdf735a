"""When entries are looked for: each entry time and side has a window once a day, used by the first chain that comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LENGTH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Window:
    """One chance to enter: from `start` on, before `end`."""

    side: str
    start: datetime
    end: datetime


class EntryWindows:
    """The windows of a day.

    Args:
        times: When they open, algorithm time.
        sides: What is entered at each.

    Attributes:
        next: Before then `look` finds nothing.
    """

    def __init__(self, times: Sequence[time], sides: Sequence[str]) -> None:
        self._times = tuple(times)
        self._sides = tuple(sides)
        self._day: date | None = None
        self._left: list[Window] = []
        self.next = datetime(1900, 1, 1)

    def look(self, now: datetime) -> tuple[list[Window], list[Window]]:
        """The windows that are open and unused, and those that ended unused since the last look."""
        missed: list[Window] = []
        if now.date() != self._day:
            begins, missed = self._day is None, self._left
            self._day = now.date()
            self._left = [self._window(self._day, at, side) for at in self._times for side in self._sides]
            if begins:
                self._left = [window for window in self._left if now < window.end]
        missed = missed + [window for window in self._left if window.end <= now]
        self._left = [window for window in self._left if now < window.end]
        found = [window for window in self._left if window.start <= now]
        midnight = datetime.combine(now, time()) + timedelta(days=1)
        self.next = now if found else min((window.start for window in self._left), default=midnight)
        return found, missed

    def use(self, window: Window) -> None:
        """A chain has come: whether something was entered or not, the window is not offered again."""
        self._left.remove(window)

    @staticmethod
    def _window(day: date, at: time, side: str) -> Window:
        start = datetime.combine(day, at)
        return Window(side, start, start + LENGTH)
