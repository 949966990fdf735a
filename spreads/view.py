"""What a rule sees (View), what it answers (Decision), and when it need not be asked at all (Band)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, cast

from .errors import BadSetting
from .legs import Leg
from .valuation import PriceBasis, Value


class Need(StrEnum):
    """Facts that cost an engine read and are only there for rules that ask for them."""

    UNDERLYING = "underlying"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class Range:
    """Lowest and highest net debit seen on one price basis, ticks per share."""

    low: int
    high: int

    def including(self, value: int) -> Range:
        """The range stretched to hold the value."""
        return Range(min(self.low, value), max(self.high, value))


@dataclass(frozen=True, slots=True)
class Extremes:
    """Best and worst net debit since an order began to watch, from usable quotes only.

    A new extreme must be seen in two consecutive usable looks: the milder of the two counts, so one phantom
    quote never moves a trailing stop (peers: irfndi/prism #156).
    """

    natural: Range
    mid: Range
    mark: Range

    @classmethod
    def start(cls, value: Value, credit: int | None = None) -> Extremes:
        """Extremes that hold one value; with a credit the best is no better than it until a second look says so."""
        return cls(*(Range(v if credit is None else max(v, credit), v) for v in (value.natural, value.mid, value.mark)))

    def after(self, value: Value, previous: Value) -> Extremes:
        """Extremes once `value` was seen right after `previous`."""
        ranges = []
        for known, now, before in (
            (self.natural, value.natural, previous.natural),
            (self.mid, value.mid, previous.mid),
            (self.mark, value.mark, previous.mark),
        ):
            ranges.append(Range(min(known.low, max(now, before)), max(known.high, min(now, before))))
        return Extremes(*ranges)

    def at(self, basis: PriceBasis) -> Range:
        """The range on one basis; WORST takes the greater of natural and mid at both ends."""
        if basis is PriceBasis.NATURAL:
            return self.natural
        if basis is PriceBasis.MID:
            return self.mid
        if basis is PriceBasis.MARK:
            return self.mark
        return Range(max(self.natural.low, self.mid.low), max(self.natural.high, self.mid.high))


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change while a spread is open. Prices in ticks per share.

    Attributes:
        legs: The legs, ratios signed.
        lots: Spreads held, positive.
        multiplier: Shares per contract.
        credit: Net price received at entry by the fills; negative when it was paid.
        fees: Entry fees of the whole position in ticks of a dollar (1/10000).
        max_debit: Greatest cost to close at expiry (the width of a vertical); None when unbounded.
        opened_at: Time of the fill that completed the entry, algorithm time.
        expires_at: End of trading of the nearest expiry, algorithm time.
    """

    legs: tuple[Leg, ...]
    lots: int
    multiplier: int
    credit: int
    fees: int
    max_debit: int | None
    opened_at: datetime
    expires_at: datetime

    @property
    def max_loss(self) -> int | None:
        """Greatest loss per share at expiry, ticks; None when unbounded."""
        return None if self.max_debit is None else self.max_debit - self.credit

    def short_legs(self) -> tuple[Leg, ...]:
        """The legs sold to open."""
        return tuple(leg for leg in self.legs if leg.is_short)


@dataclass(frozen=True, slots=True)
class View:
    """One usable look at a spread.

    Attributes:
        now: Algorithm time of the slice.
        value: Net debit now.
        terms: The spread's fixed terms.
        extremes: Best and worst debit since the order began to watch, this look included.
        watching_since: When the order began to watch, algorithm time.
        session_close: Today's end of the contract's session, algorithm time.
        latched: Names of conditions that were true once (see `Rule.latches`).
        underlying: Underlying price in ticks; None unless a rule needs it and it is known.
        short_delta: Greatest absolute delta of a short leg; None unless a rule needs it and it is known.
    """

    now: datetime
    value: Value
    terms: Terms
    extremes: Extremes
    watching_since: datetime
    session_close: datetime
    latched: frozenset[str] = frozenset()
    underlying: int | None = None
    short_delta: float | None = None

    def loss(self, basis: PriceBasis) -> int:
        """Loss per share against the credit, ticks; negative is a gain."""
        return self.value.at(basis) - self.terms.credit

    def with_latched(self, names: frozenset[str]) -> View:
        """The same look with other latched conditions."""
        return replace(self, latched=names)


@dataclass(frozen=True, slots=True)
class Decision:
    """A rule fired. Data only: what was looked at, the threshold, and a sentence a trader would read aloud.

    Attributes:
        rule: Name of the rule, as in parameters and tags.
        basis: Price basis looked at, None for rules that look at no price.
        value: Net debit seen, ticks per share (or the rule's own number, e.g. the underlying in ticks).
        threshold: Where the rule fires, in the unit of `value`.
        sentence: The reason with its numbers.
        at_once: True when no confirmation may delay it (time exits; a short strike crossed).
    """

    rule: str
    basis: PriceBasis | None
    value: int
    threshold: int
    sentence: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """Where nothing can happen: strictly between `low` and `high` on every basis, and before `wake`.

    While a look stays inside, the rule's `evaluate` is None and its latches do not change, so it need not be
    asked (a property test holds every rule to that). None is an open end. `always` means ask on every look.
    """

    natural_low: int | None = None
    natural_high: int | None = None
    mid_low: int | None = None
    mid_high: int | None = None
    wake: datetime | None = None
    always: bool = False

    def meet(self, other: Band) -> Band:
        """The band in which neither of two rules can do anything."""
        return Band(
            _tighter_low(self.natural_low, other.natural_low),
            _tighter_high(self.natural_high, other.natural_high),
            _tighter_low(self.mid_low, other.mid_low),
            _tighter_high(self.mid_high, other.mid_high),
            self.wake if other.wake is None else other.wake if self.wake is None else min(self.wake, other.wake),
            self.always or other.always,
        )

    def quiet(self, value: Value, now: datetime) -> bool:
        """True when a look needs no rule to be asked."""
        return (
            not self.always
            and (self.wake is None or now < self.wake)
            and (self.natural_low is None or value.natural > self.natural_low)
            and (self.natural_high is None or value.natural < self.natural_high)
            and (self.mid_low is None or value.mid > self.mid_low)
            and (self.mid_high is None or value.mid < self.mid_high)
        )


ALWAYS = Band(always=True)


def band_for(basis: PriceBasis, low: int | None = None, high: int | None = None) -> Band:
    """Band of a rule that acts when the debit on one basis is at or below `low`, or at or above `high`.

    WORST is the greater of natural and mid: high is touched when either touches; low cannot be reached while
    the natural stays above it. MARK is not read on quiet looks, so a rule on it is always asked.
    """
    if basis is PriceBasis.MARK:
        return ALWAYS
    if basis is PriceBasis.NATURAL:
        return Band(natural_low=low, natural_high=high)
    if basis is PriceBasis.MID:
        return Band(mid_low=low, mid_high=high)
    return Band(natural_low=low, natural_high=high, mid_high=high)


def _tighter_low(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


def _tighter_high(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that cannot work on a spread: what is wrong, how bad, and the nearest setting that works."""

    rule: str
    fatal: bool
    sentence: str
    nearest: str = ""


class Rule(Protocol):
    """A stop rule: frozen, pure, composable. Knows no order, no engine and not how many legs there are."""

    def __hash__(self) -> int:
        """Rules are values."""
        ...

    @property
    def name(self) -> str:
        """Short name, as used in parameters, tags and tables."""
        ...

    @property
    def needs(self) -> frozenset[Need]:
        """Facts beyond the net value that the rule looks at."""
        ...

    def evaluate(self, view: View) -> Decision | None:
        """The decision to close now, or None."""
        ...

    def band(self, view: View) -> Band:
        """Where the rule need not be asked, as seen from this look (extremes and latches included)."""
        ...

    def latches(self, view: View) -> frozenset[str]:
        """Names of conditions that are true in this look and must be remembered from now on."""
        ...

    def problems(self, terms: Terms, quoted: Value) -> Sequence[Problem]:
        """Why the rule cannot work on a spread with these terms when it is quoted like this at entry."""
        ...

    def describe(self, terms: Terms) -> str:
        """The rule in words with its numbers for this spread."""
        ...


def as_rule(field: str, value: object) -> Rule:
    """The value, if it can be asked as a rule.

    Raises:
        BadSetting: It is none: text, a number, or the class of a rule instead of a rule.
    """
    parts = ("evaluate", "band", "latches", "problems", "describe")
    if isinstance(value, type) or not all(callable(getattr(value, part, None)) for part in parts):
        raise BadSetting(field, value, "a rule such as NetDebit('3.40') or BeforeClose(15)")
    return cast(Rule, value)
