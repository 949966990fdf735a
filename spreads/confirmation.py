"""How long, and how badly, a breach must hold before it counts.

Time is what counts, never the number of looks: the meaning must not change when the loop gets faster. Only time
between fresh looks that both saw the breach is credited; missing quotes pause the clock and keep what it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from .errors import BadSetting
from .money import Number, exact, money
from .setting import number, positive
from .view import Decision

_MICROSECOND = timedelta(microseconds=1)
_NONE = timedelta(0)


class Verdict(StrEnum):
    """What a look means.

    QUIET: no breach. CONFIRMING: a breach that has not held long enough. PAUSED: the look tells nothing new,
    the clock keeps what it has. FIRE: act now.
    """

    QUIET = "quiet"
    CONFIRMING = "confirming"
    PAUSED = "paused"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a breach has held. Nothing is held before the first breach.

    Attributes:
        held: Time credited so far.
        since: First look of this breach; None when there is none.
        last: Newest fresh look that saw the breach.
        quoted: Time of the newest quote in that look.
        lost: First look after `last` without usable quotes; time after it is not credited.
        side: 1 for a debit above its threshold, -1 below (a target), 0 at it or no price. A quote that jumps from
            one side to the other is no breach that held.
    """

    held: timedelta = _NONE
    since: datetime | None = None
    last: datetime | None = None
    quoted: datetime | None = None
    lost: datetime | None = None
    side: int = 0

    @property
    def is_running(self) -> bool:
        """True while a breach is being confirmed (quote times need reading only then)."""
        return self.since is not None

    def to_dict(self) -> dict[str, str | int | None]:
        """JSON-able data: whole microseconds and ISO times."""
        times = (self.since, self.last, self.quoted, self.lost)
        texts = [None if moment is None else moment.isoformat() for moment in times]
        named = dict(zip(("since", "last", "quoted", "lost"), texts, strict=True))
        return {"held": self.held // _MICROSECOND, **named, "side": self.side}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Clock:
        """The clock that `to_dict` stored.

        Raises:
            BadSetting: It is not such data.
        """
        try:
            held = timedelta(microseconds=int(str(data["held"])))
            side = int(str(data.get("side", 0)))
            times = [
                None if data[name] is None else datetime.fromisoformat(str(data[name]))
                for name in ("since", "last", "quoted", "lost")
            ]
        except (KeyError, TypeError, ValueError):
            raise BadSetting("confirmation clock", data, "held (microseconds), since, last, quoted, lost") from None
        since, last, quoted, lost = times
        return cls(held, since, last, quoted, lost, side)


STOPPED = Clock()


@dataclass(frozen=True, slots=True)
class Grade:
    """A shorter wait once the debit is this percentage beyond its threshold."""

    percent: Number
    seconds: Number

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        percent = positive("confirm-grades (percent beyond the threshold)", self.percent, "percent")
        object.__setattr__(self, "percent", percent)
        object.__setattr__(self, "seconds", _not_negative("confirm-grades (seconds)", self.seconds))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The policy. With `seconds` 0, the default, the first usable breach fires.

    Off by default because one-minute closes give one look a minute: waiting costs at least a whole bar there.

    Attributes:
        seconds: How long a breach must hold. Seconds.
        grades: Shorter waits for worse breaches; a wait may be 0.
        beyond_width: Wait once the debit is beyond the most the spread can owe; 0 is at once.
        max_step: Most time one step may credit. A step longer than this is late, and a late step that is the
            first one credited cannot complete the wait.
    """

    seconds: Number = 0
    grades: tuple[Grade, ...] = ()
    beyond_width: Number = 0
    max_step: Number = 60
    _waits: tuple[tuple[Decimal, timedelta], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        object.__setattr__(self, "seconds", _not_negative("confirm-seconds", self.seconds))
        object.__setattr__(self, "grades", tuple(self.grades))
        object.__setattr__(self, "beyond_width", _not_negative("confirm-beyond-width-seconds", self.beyond_width))
        object.__setattr__(self, "max_step", positive("confirm-max-step-seconds", self.max_step, "seconds"))
        waits = [(Decimal(0), _span(self.seconds))]
        for grade in sorted(self.grades, key=lambda grade: exact(grade.percent)):
            percent, wait = exact(grade.percent), _span(grade.seconds)
            if percent == waits[-1][0] or wait > waits[-1][1]:
                text = ", ".join(f"{step.percent}:{step.seconds}" for step in self.grades)
                raise BadSetting("confirm-grades", text, "a shorter wait for each worse breach, such as 10:20, 30:0")
            waits.append((percent, wait))
        object.__setattr__(self, "_waits", tuple(reversed(waits)))

    @property
    def is_off(self) -> bool:
        """True when the first usable breach fires."""
        return self._waits[-1][1] == _NONE

    def wait(self, decision: Decision, max_debit: int | None = None) -> timedelta:
        """How long this breach must hold: the worse, the shorter.

        Args:
            decision: The rule's answer.
            max_debit: Most the spread can owe, ticks per share; None when unbounded.
        """
        if decision.at_once:
            return _NONE
        if decision.basis is None:
            return self._waits[-1][1]
        beyond = (decision.value - decision.threshold) * 100
        per_percent = max(abs(decision.threshold), 1)
        wait = next((wait for percent, wait in self._waits if beyond >= percent * per_percent), self._waits[-1][1])
        if max_debit is not None and decision.value > max_debit and decision.value >= decision.threshold:
            return min(wait, _span(self.beyond_width))
        return wait

    def look(
        self,
        clock: Clock,
        now: datetime,
        decision: Decision | None,
        *,
        usable: bool = True,
        quoted_at: datetime | None = None,
        max_debit: int | None = None,
    ) -> tuple[Clock, Verdict]:
        """The clock after a look, and what the look means.

        Args:
            clock: The clock before.
            now: Algorithm time.
            decision: What the rule says; ignored when the quotes are not usable.
            usable: False when the spread has no value now.
            quoted_at: Newest quote of any leg; a look without a newer one credits no time. None: not known, as new.
            max_debit: Most the spread can owe, ticks per share; None when unbounded.
        """
        if not usable:
            if clock.is_running and clock.lost is None:
                clock = replace(clock, lost=now)
            return clock, Verdict.PAUSED if clock.is_running else Verdict.QUIET
        if decision is None:
            return STOPPED, Verdict.QUIET
        wait = self.wait(decision, max_debit)
        quoted = now if quoted_at is None else quoted_at
        side = _side(decision)
        if clock.since is None or clock.last is None or clock.quoted is None or side * clock.side < 0:
            clock = Clock(_NONE, now, now, quoted, side=side)
            return clock, Verdict.FIRE if wait == _NONE else Verdict.CONFIRMING
        if quoted <= clock.quoted:
            return clock, Verdict.FIRE if wait == _NONE else Verdict.PAUSED
        step, longest = (clock.lost or now) - clock.last, _span(self.max_step)
        held = clock.held + max(min(step, longest), _NONE)
        late_and_alone = step > longest and clock.held == _NONE
        fires = held >= wait and (wait == _NONE or not late_and_alone)
        return Clock(
            held, clock.since, now, quoted, side=side or clock.side
        ), Verdict.FIRE if fires else Verdict.CONFIRMING

    def sentence(self, clock: Clock, decision: Decision, max_debit: int | None = None) -> str:
        """How far the confirmation is, for the journal."""
        held, wait = clock.held.total_seconds(), self.wait(decision, max_debit).total_seconds()
        began = "" if clock.since is None else f", seen first at {clock.since:%H:%M:%S}"
        pause = "" if clock.lost is None else f", no usable quotes since {clock.lost:%H:%M:%S}"
        severity = "" if decision.basis is None else f" at {money(decision.value)} against {money(decision.threshold)}"
        return f"breach held {held:g} of {wait:g} s{severity}{began}{pause}"


def grades_from(text: str) -> tuple[Grade, ...]:
    """Grades from parameter text: `10:20, 30:0` waits 20 s from 10 % beyond the threshold and 0 s from 30 %.

    Raises:
        BadSetting: It cannot be read.
    """
    grades = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        percent, found, seconds = part.partition(":")
        if not found:
            raise BadSetting("confirm-grades", text, "percent:seconds pairs such as 10:20, 30:0")
        grades.append(Grade(percent.strip(), seconds.strip()))
    return tuple(grades)


def policy_to_dict(policy: Confirmation) -> dict[str, str | list[list[str]]]:
    """The policy as JSON-able data, numbers as exact text."""
    return {
        "seconds": str(exact(policy.seconds)),
        "grades": [[str(exact(grade.percent)), str(exact(grade.seconds))] for grade in policy.grades],
        "beyond_width": str(exact(policy.beyond_width)),
        "max_step": str(exact(policy.max_step)),
    }


def policy_from_dict(data: Mapping[str, object]) -> Confirmation:
    """The policy that `policy_to_dict` stored.

    Raises:
        BadSetting: It is not such data.
    """
    grades = data.get("grades")
    if set(data) != {"seconds", "grades", "beyond_width", "max_step"} or not isinstance(grades, Sequence):
        raise BadSetting("confirmation", dict(data), "seconds, grades, beyond_width, max_step")
    try:
        pairs = tuple(Grade(str(percent), str(seconds)) for percent, seconds in grades)
    except (TypeError, ValueError):
        raise BadSetting("confirm-grades", grades, "pairs of percent and seconds") from None
    return Confirmation(str(data["seconds"]), pairs, str(data["beyond_width"]), str(data["max_step"]))


def _side(decision: Decision) -> int:
    beyond = 0 if decision.basis is None else decision.value - decision.threshold
    return (beyond > 0) - (beyond < 0)


def _not_negative(name: str, value: Number) -> Decimal:
    allowed = "a number of seconds, 0 or more"
    seconds = number(name, value, allowed)
    if seconds < 0:
        raise BadSetting(name, value, allowed)
    return seconds


def _span(seconds: Number) -> timedelta:
    return timedelta(microseconds=int(exact(seconds) * 1_000_000))
