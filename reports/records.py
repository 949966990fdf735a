"""A run as readers want it: typed records. Prices in ticks of $0.0001 per share, money in 1/10000 dollars."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the run was. Texts are empty where neither journal nor run.json says; `cash` in dollars.

    `code` is the digest of the product's sources: two states of one version have different ones.
    """

    version: str = ""
    code: str = ""
    algorithm: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    data: str = ""
    start: str = ""
    end: str = ""
    cash: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class LegFacts:
    """One leg; `ratio` signed, `strike` in ticks, `right` call, put or shares."""

    name: str
    key: str
    right: str
    strike: int
    expiry: date
    ratio: int


@dataclass(frozen=True, slots=True)
class StopFacts:
    """A stop as it stood at the opening; `level` is its net debit in ticks, None where it has no fixed one."""

    order: str
    rule: str
    text: str
    level: int | None
    basis: str


@dataclass(frozen=True, slots=True)
class Shot:
    """A rule fired. `value` and `threshold` in the rule's own unit (ticks where `basis` names a price)."""

    at: datetime
    order: str
    rule: str
    sentence: str
    basis: str
    value: int | None
    threshold: int | None
    natural: int | None
    mid: int | None
    breach_since: datetime | None
    held_seconds: int


@dataclass(frozen=True, slots=True)
class OrderSent:
    """An order that went out; quantity in contracts, signed."""

    at: datetime
    order_id: int
    leg: str
    quantity: int
    purpose: str
    tag: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill; quantity signed, price in ticks, fee in 1/10000 dollars."""

    at: datetime
    order_id: int
    leg: str
    quantity: int
    price: int
    fee: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Net debit over time; None where the spread had no value."""

    times: tuple[datetime, ...]
    natural: tuple[int | None, ...]
    mid: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a spread ended. `exit_debit` in ticks per share, None when nothing was paid or it is not known."""

    at: datetime
    state: str
    reason: str
    credit: int
    pnl: int
    fees: int
    exit_debit: int | None
    worst_natural: int | None
    worst_mid: int | None
    best_mid: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A spread still held when the run ended; `cash` brought in so far, `value` of what it holds at LEAN's prices."""

    state: str
    cash: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach that began to be confirmed, and the natural debit then in ticks."""

    at: datetime
    order: str
    rule: str
    natural: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a value, and the named reason."""

    reason: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return round((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the legs were worth at expiry: ticks per share by leg name, or the underlying in ticks."""

    settle: dict[str, int]
    underlying: int | None


@dataclass(slots=True)
class Story:
    """Everything the journal says of one spread, in the order it happened."""

    id: str
    kind: str = ""
    legs: tuple[LegFacts, ...] = ()
    lots: int = 0
    multiplier: int = 100
    credit: int | None = None
    entry_fees: int = 0
    max_debit: int | None = None
    opened_at: datetime | None = None
    opening_at: datetime | None = None
    expires_at: datetime | None = None
    rejected: str = ""
    stops: tuple[StopFacts, ...] = ()
    shots: list[Shot] = field(default_factory=list)
    orders: list[OrderSent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    curve: Curve | None = None
    outcome: Outcome | None = None
    standing: Standing | None = None
    whatif: WhatIf | None = None
    gaps: list[Gap] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    resets: int = 0
    notes: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def expiry(self) -> date | None:
        """Nearest expiry of its options."""
        days = [leg.expiry for leg in self.legs if leg.right != "shares"]
        return min(days) if days else None

    @property
    def strikes(self) -> str:
        """Strikes in leg order, short ones first, as people write them."""
        ordered = sorted(self.legs, key=lambda leg: leg.ratio > 0)
        return "/".join(f"{leg.strike / 10_000:g}" for leg in ordered if leg.right != "shares")

    @property
    def shot(self) -> Shot | None:
        """The shot that closed it: the first, because later ones find it closing."""
        return self.shots[0] if self.shots else None

    @property
    def flat_at(self) -> datetime | None:
        """Time of the last closing fill, else of its end."""
        closing = [fill.at for fill in self.fills if fill.purpose != "entry"]
        return max(closing) if closing else self.outcome.at if self.outcome else None

    @property
    def ended_at(self) -> datetime | None:
        """Time it was flat; LEAN settles in the night after expiry, which counts as the end of trading."""
        until = self.flat_at
        return until if until is None or self.expires_at is None else min(until, self.expires_at)

    @property
    def pnl(self) -> int | None:
        """P&L after fees so far in 1/10000 dollars: final, or at LEAN's prices when still held; None if unknown."""
        if self.outcome is not None:
            return self.outcome.pnl
        if self.standing is None or self.standing.value is None:
            return None
        return self.standing.cash + self.standing.value

    @property
    def worst_debit(self) -> int | None:
        """Highest natural debit seen, ticks."""
        if self.outcome is not None and self.outcome.worst_natural is not None:
            return self.outcome.worst_natural
        seen = [v for v in self.curve.natural if v is not None] if self.curve else []
        return max(seen, default=None)

    @property
    def order_ids(self) -> list[int]:
        """Ids of every order of it; entry orders sent as a strategy show only in their fills."""
        ids = [order.order_id for order in self.orders] + [fill.order_id for fill in self.fills]
        return list(dict.fromkeys(ids))

    def money(self, ticks_per_share: int) -> int:
        """A price per share as money of the whole position, 1/10000 dollars."""
        return ticks_per_share * self.multiplier * self.lots


@dataclass(slots=True)
class RunStory:
    """A whole run: its identity, its spreads by order of appearance, what concerns no single spread, our own errors."""

    facts: RunFacts
    spreads: dict[str, Story]
    notes: list[tuple[datetime, str]]
    last_at: datetime | None
    errors: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def held(self) -> list[Story]:
        """Spreads that ever held anything."""
        return [story for story in self.spreads.values() if story.opened_at is not None or story.outcome is not None]

    @property
    def rejected(self) -> list[Story]:
        """Spreads whose entry never held anything."""
        return [story for story in self.spreads.values() if story.opened_at is None and story.outcome is None]


def seconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds from start to end; None when one is not known."""
    return None if start is None or end is None else round((end - start) / timedelta(seconds=1))
