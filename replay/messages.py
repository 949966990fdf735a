"""What a run says: log, debug and error lines with LEAN's rules for empty and repeated texts.

Rules: QCAlgorithm.Log/Debug/Error and the result handler. An empty text is dropped; `debug` and `error` drop a line
equal to the one before it of the same kind. LEAN's console also swallows a repeated `log` line, its log file keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

LOG_LIMIT = 10_000
"""Lines of a backtest's log before LEAN cuts it off (Controls.BacktestLogLimit)."""


class Line(NamedTuple):
    """One line: `time` is naive, in the algorithm's time zone."""

    time: datetime
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S} {self.text}"


def shown(value: object) -> str:
    """A value as LEAN turns it into text: a float in its shortest form, without places when it is whole."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


class Clock(Protocol):
    """Whoever knows the time of the algorithm."""

    @property
    def time(self) -> datetime:
        """Naive, in the algorithm's time zone."""


class Messages:
    """The lines of a run in order; `echo` is told each as it comes."""

    def __init__(self, clock: Clock, echo: Callable[[Line], None] | None = None) -> None:
        self.lines: list[Line] = []
        self._clock = clock
        self.echo = echo
        self._last: dict[str, str] = {}

    def log(self, value: object) -> None:
        """`self.log`."""
        self._add("log", value)

    def debug(self, value: object) -> None:
        """`self.debug`, and warnings of the engine."""
        self._add("debug", value)

    def error(self, value: object) -> None:
        """`self.error`, and refusals of the engine."""
        self._add("error", value)

    def of(self, kind: str) -> list[str]:
        """The stamped lines of one kind."""
        return [str(line) for line in self.lines if line.kind == kind]

    def _add(self, kind: str, value: object) -> None:
        text = "" if value is None else shown(value)
        if not text.strip():
            return
        repeated = self._last.get(kind) == text
        self._last[kind] = text
        if repeated and kind != "log":
            return
        line = Line(self._clock.time, kind, text)
        self.lines.append(line)
        if self.echo is not None:
            self.echo(line)
