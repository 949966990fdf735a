"""Exits by the clock: time of day, before the close, days to expiry, holding time. No price, no waiting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar

from .errors import BadSetting
from .money import Number
from .setting import LONGEST, clock, duration, positive, whole
from .valuation import Value
from .view import Band, Decision, Need, Problem, Terms, View

LAST_CALL = timedelta(minutes=5)
"""On a day that ends before the wanted time (a half day), an exit by time of day acts this long before its end."""

LAST_MINUTE = timedelta(minutes=1)
"""An exit due this near the close acts so long before it: minute bars bring no later slice until the close itself,
and a market order sent there waits for the next morning (lean_semantics.md 0, fact 7)."""


def in_session(at: time, view: View) -> datetime:
    """Today's moment for a time of day, moved before the close on a day that ends earlier."""
    wanted = datetime.combine(view.now.date(), at)
    if view.session_close.date() != view.now.date() or wanted < view.session_close:
        return wanted
    return view.session_close - LAST_CALL


@dataclass(frozen=True, slots=True)
class ClockExit(ABC):
    """An exit that becomes true at a moment. Times are algorithm time."""

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        self._check()

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing beyond the net value."""
        return frozenset()

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return self.kind

    @abstractmethod
    def _check(self) -> None:
        """Validate the rule's own settings."""

    @abstractmethod
    def due(self, view: View) -> datetime:
        """From when on the exit is due, as far as today tells; never later than the truth."""

    @abstractmethod
    def why(self, view: View) -> str:
        """The reason with its numbers."""

    def acts(self, view: View) -> datetime:
        """The moment, or a minute before the close where it falls between that and the close."""
        due, last = self.due(view), view.session_close - LAST_MINUTE
        return last if last < due <= view.session_close else due

    def evaluate(self, view: View) -> Decision | None:
        """Fire from the moment on."""
        acts = self.acts(view)
        if view.now < acts:
            return None
        sentence = f"{view.now:%Y-%m-%d %H:%M:%S}: {self.why(view)}"
        if acts < self.due(view):
            close = f"{view.session_close:%H:%M}"
            sentence += f", taken at {acts:%H:%M}, the last minute with a slice before the close at {close}"
        return Decision(self.name, None, int((view.now - acts).total_seconds()), 0, sentence, at_once=True)

    def band(self, view: View) -> Band:
        """Nothing happens before the moment."""
        return Band(wake=self.acts(view))

    def latches(self, view: View) -> frozenset[str]:
        """A clock remembers nothing."""
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """None that the terms alone can tell."""
        return []

    @abstractmethod
    def describe(self, terms: Terms) -> str:
        """The rule in words."""


@dataclass(frozen=True, slots=True)
class TimeOfDay(ClockExit):
    """Close from a time of day on, every day the spread is held; a half day moves it before the close.

    Of the minute before the close only its beginning has a slice (`LAST_MINUTE`): 15:59:30 acts at 15:59.
    """

    at: time | str

    kind: ClassVar[str] = "exit-time"

    def _check(self) -> None:
        object.__setattr__(self, "at", clock(self.kind, self.at))

    def due(self, view: View) -> datetime:
        """Today at the time."""
        return in_session(clock(self.kind, self.at), view)

    def why(self, view: View) -> str:
        """The wanted time, and the one taken on a short day."""
        moved = self.due(view)
        short_day = (
            "" if moved.time() == self.at else f", moved to {moved:%H:%M} by the close at {view.session_close:%H:%M}"
        )
        return f"time to close is {self.at:%H:%M}{short_day}"

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close from {self.at:%H:%M} on"

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """An entry after the time would be closed at once."""
        if terms.opened_at.time() < clock(self.kind, self.at):
            return []
        text = f"{self.name}: entry at {terms.opened_at:%H:%M} is after the time to close {self.at:%H:%M}"
        return [Problem(self.name, True, f"{text}: it would be closed at once", "exit-days-to-expiry with a time")]


@dataclass(frozen=True, slots=True)
class BeforeClose(ClockExit):
    """Close this many minutes before the end of the contract's session, half days included.

    Less than one minute acts as one (`LAST_MINUTE`).
    """

    minutes: Number

    kind: ClassVar[str] = "exit-minutes-before-close"

    def _check(self) -> None:
        object.__setattr__(self, "minutes", positive(self.kind, self.minutes, "minutes", most=390))

    def due(self, view: View) -> datetime:
        """The session's end less the minutes."""
        return view.session_close - timedelta(minutes=float(self.minutes))

    def why(self, view: View) -> str:
        """The close and the distance to it."""
        return f"{self.minutes} minutes or less to the close at {view.session_close:%H:%M}"

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close {self.minutes} minutes before the close"


@dataclass(frozen=True, slots=True)
class BeforeExpiry(ClockExit):
    """Close this many minutes before the end of the contract's own trading, so that nothing is left to settlement.

    Only the last day is meant; index options end before the session does (`spreads.last_minute`). Less than one minute
    acts as one (`LAST_MINUTE`).
    """

    minutes: Number

    kind: ClassVar[str] = "exit-minutes-before-expiry"

    def _check(self) -> None:
        object.__setattr__(self, "minutes", positive(self.kind, self.minutes, "minutes", most=390))

    def due(self, view: View) -> datetime:
        """The end of trading less the minutes."""
        return view.terms.expires_at - timedelta(minutes=float(self.minutes))

    def why(self, view: View) -> str:
        """The end of trading and the distance to it."""
        return f"{self.minutes} minutes or less to the end of trading at {view.terms.expires_at:%H:%M}"

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close {self.minutes} minutes before trading ends on {terms.expires_at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class DaysToExpiry(ClockExit):
    """Close when this many calendar days (or fewer) are left to expiry; on the day itself from `at` on.

    A day that was missed (no data, a late start) is made up for at once on the next one.
    """

    days: Number
    at: time | str | None = None

    kind: ClassVar[str] = "exit-days-to-expiry"

    def _check(self) -> None:
        days = whole(self.kind, self.days, "days")
        if days > LONGEST.days:
            raise BadSetting(self.kind, self.days, f"a whole number of days up to {LONGEST.days}")
        object.__setattr__(self, "days", days)
        if self.at is not None:
            object.__setattr__(self, "at", clock(f"{self.kind} (time)", self.at))

    def due(self, view: View) -> datetime:
        """The day, at the time when that day has come."""
        day = view.terms.expires_at.date() - timedelta(days=int(self.days))
        if self.at is None or view.now.date() != day:
            return datetime.combine(day, time())
        return in_session(clock(self.kind, self.at), view)

    def why(self, view: View) -> str:
        """How many days are left."""
        left = (view.terms.expires_at.date() - view.now.date()).days
        return f"{left} days to expiry, time to close is {self._when()}"

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close {self._when()} to expiry on {terms.expires_at:%Y-%m-%d}"

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """A spread that is bought too near its expiry would be closed at once."""
        left = (terms.expires_at.date() - terms.opened_at.date()).days
        late = self.at is None or terms.opened_at.time() >= clock(self.kind, self.at)
        if left > int(self.days) or (left == int(self.days) and not late):
            return []
        text = f"{self.name}: {left} days to expiry at entry, time to close is {self._when()}"
        nearest = f"{self.name} {left - 1}" if left else "exit-minutes-before-close 15"
        return [Problem(self.name, True, f"{text}: it would be closed at once", nearest)]

    def _when(self) -> str:
        return f"{self.days} days" + ("" if self.at is None else f" at {self.at:%H:%M}")


@dataclass(frozen=True, slots=True)
class HoldingTime(ClockExit):
    """Close after the spread was held for a span of time (a bare number counts seconds), nights included."""

    span: timedelta | Number

    kind: ClassVar[str] = "exit-holding-time"

    def _check(self) -> None:
        object.__setattr__(self, "span", duration(self.kind, self.span))

    def due(self, view: View) -> datetime:
        """The fill that completed the entry, plus the span."""
        return view.terms.opened_at + duration(self.kind, self.span)

    def why(self, view: View) -> str:
        """How long it was held."""
        return f"held for {view.now - view.terms.opened_at}, time to close is {self.span}"

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close after {self.span}"
