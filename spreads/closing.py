"""How to close: the policies to choose from, their limits, and the arithmetic of sizes, margin and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from math import gcd
from typing import Any

from .errors import BadSetting
from .legs import Leg, Right, max_debit
from .quotes import LegQuote, is_empty


class Way(StrEnum):
    """How the legs go out.

    LEGS: market orders, all shorts first, a long once its spread's shorts are flat. BOTH: market orders without
    waiting for the shorts' fills, while the margin surely carries the naked short. COMBO_MARKET: one order.
    COMBO_LIMIT and LEG_LIMIT: a limit that walks from mid to natural on a clock, then market.
    """

    LEGS = "legs"
    BOTH = "both"
    COMBO_MARKET = "combo-market"
    COMBO_LIMIT = "combo-limit"
    LEG_LIMIT = "leg-limit"


COMBOS = frozenset({Way.COMBO_MARKET, Way.COMBO_LIMIT})


class NoBid(StrEnum):
    """What to do with a long leg nobody bids for: wait for a bid until expiry, offer it at the smallest price
    step, or send a market order once."""

    KEEP = "keep"
    OFFER = "offer"
    MARKET = "market"


class Remains(StrEnum):
    """What to do with what is left when a leg went without us (assignment, a hand, a margin call)."""

    CLOSE = "close"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class ClosePolicy:
    """How one close is carried out; chosen by parameter and, if wanted, per call.

    Attributes:
        way: How the legs go out.
        no_bid: What happens to a long leg nobody bids for.
        limit: With COMBO_LIMIT: the one net debit (ticks per share) at which the order rests instead of walking. The
            user's own choice to wait: nothing but a better price fills it, and an alarm says when it rests long.
    """

    way: Way = Way.LEGS
    no_bid: NoBid = NoBid.KEEP
    limit: int | None = None

    @property
    def rests(self) -> bool:
        """True when the user's limit waits for its price: whatever else wants out then goes first."""
        return self.way is Way.COMBO_LIMIT and self.limit is not None

    def to_dict(self) -> dict[str, str | int | None]:
        """JSON-able data."""
        return {"way": self.way.value, "no_bid": self.no_bid.value, "limit": self.limit}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ClosePolicy:
        """The policy that `to_dict` stored."""
        return cls(Way(data["way"]), NoBid(data["no_bid"]), data["limit"])

    @classmethod
    def named(cls, way: str, no_bid: str = NoBid.KEEP.value) -> ClosePolicy:
        """The policy of two parameter texts.

        Raises:
            BadSetting: A text is not one of the choices.
        """
        choices = (("close_policy", way, Way), ("no_bid_policy", no_bid, NoBid))
        for name, text, kind in choices:
            if text not in {choice.value for choice in kind}:
                raise BadSetting(name, text, "one of " + ", ".join(choice.value for choice in kind))
        return cls(Way(way), NoBid(no_bid))


@dataclass(frozen=True, slots=True)
class ExitSettings:
    """Limits of every close.

    Attributes:
        policy: The close policy when a call names none.
        remains: What happens to the other legs when one went without us.
        shares: What happens to shares that an assignment or exercise delivered.
        retry_pause: Pause after the first refusal of an order; doubles with each further one.
        longest_pause: Upper bound of that pause.
        alarm_after: Refusals in a row after which an alarm is raised (and again after as many more).
        walk_steps: Steps of a walking limit from mid (step 0) to natural (the last).
        walk_pause: Time a limit rests on one step.
        patience: Time without a fill, in the session, after which a close raises an alarm and says what it waits for.
        cap_at_width: True to pay no more than the most the spread can owe at expiry: above it a market order buys
            a quote that is wrong or a fear that expires, so a combo limit at the width goes out instead.
        cancel_foreign: True to cancel orders of others that would close our contract; False waits for them.
    """

    policy: ClosePolicy = field(default_factory=ClosePolicy)
    remains: Remains = Remains.CLOSE
    shares: Remains = Remains.CLOSE
    retry_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=5)
    alarm_after: int = 3
    walk_steps: int = 4
    walk_pause: timedelta = timedelta(seconds=30)
    patience: timedelta = timedelta(minutes=5)
    cap_at_width: bool = True
    cancel_foreign: bool = False

    def __post_init__(self) -> None:
        for name in ("retry_pause", "longest_pause", "walk_pause", "patience"):
            if getattr(self, name) <= timedelta(0):
                raise BadSetting(name, getattr(self, name), "a time above zero")
        for name in ("alarm_after", "walk_steps"):
            if getattr(self, name) < 1:
                raise BadSetting(name, getattr(self, name), "a whole number from 1")

    def pause(self, refusals: int) -> timedelta:
        """Pause after so many refusals in a row."""
        pause: timedelta = self.retry_pause * (1 << min(refusals - 1, 20))
        return min(pause, self.longest_pause)


@dataclass(frozen=True, slots=True)
class Cap:
    """Contracts (positive) of a leg that may be closed.

    `wanted` is what the ledger holds, `there` what of it the account still has, `free` what is left once orders
    that close the contract, of others and of other spreads beyond what those hold, have filled.
    """

    wanted: int
    there: int
    free: int


def cap(held: int, gap: int, foreign: int, left: int | None = None) -> Cap:
    """How much of a leg may be closed so that the account never goes through zero because of us.

    Args:
        held: Contracts in this spread's ledger, signed.
        gap: What the account holds less what all live ledgers hold of the contract, signed.
        foreign: Contracts still working in orders of others that go against `held`, signed like those orders.
        left: What all spreads hold on this side less what the other spreads' own closes would take of it (positive);
            None when no other spread closes the contract. Less than `held` only when one has more ordered than it
            holds: an order that is being cancelled, after another was filled late.
    """
    wanted = abs(held)
    sign = 1 if held > 0 else -1
    there = min(max(wanted + min(0, gap * sign), 0), wanted)
    beyond = 0 if left is None else max(wanted - left, 0)
    free = min(max(wanted + min(0, (gap + foreign) * sign) - beyond, 0), wanted)
    return Cap(wanted, there, min(there, free))


def combo_units(legs: Sequence[Leg], closable: Mapping[str, int], held: Mapping[str, int]) -> int:
    """Whole spreads that can go out as one order; 0 when a leg is gone, reversed or there is only one."""
    if len(legs) < 2 or any(held[leg.key] * leg.ratio <= 0 for leg in legs):
        return 0
    return min(closable[leg.key] // abs(leg.ratio) for leg in legs)


def closing_combo(legs: Sequence[Leg], units: int) -> tuple[tuple[tuple[Leg, int], ...], int]:
    """Signed closing ratios without a common divisor (LEAN refuses one), and how many of them."""
    divisor = gcd(*(leg.ratio for leg in legs))
    return tuple((leg, -leg.ratio // divisor) for leg in legs), units * divisor


def beyond_width(legs: Sequence[Leg], quotes: Mapping[str, LegQuote]) -> int | None:
    """The most the spread can owe per share when its natural debit is quoted above that, ticks; else None.

    A leg of which nothing is known is no reason to wait for a better quote.
    """
    most = max_debit(legs)
    if most is None or most <= 0 or any(leg.key not in quotes or is_empty(quotes[leg.key]) for leg in legs):
        return None
    natural = -sum(leg.ratio * (quotes[leg.key].ask if leg.is_short else quotes[leg.key].bid) for leg in legs)
    return most if natural > most else None


def margin_needed(holdings: Sequence[tuple[Leg, int]], quotes: Mapping[str, LegQuote], multiplier: int) -> int:
    """Free margin in 1/10000 dollars that buying the shorts back one after the other asks for at its worst moment.

    LEAN adds the premium at once and frees only the margin of what is no longer held, so a short quoted above
    the width needs (ask - width) x multiplier x contracts (lean_semantics.md 4.2, recording
    small_account_both_refused). Never positive when the premium fits in what is freed; 0 when unknown.
    """
    if any(leg.right is Right.SHARES for leg, _ in holdings):
        return 0
    rest = {leg.key: replace(leg, ratio=held) for leg, held in holdings if held}
    before = max_debit(tuple(rest.values()))
    premium = worst = 0
    for key, leg in sorted(rest.items(), key=lambda item: item[1].ratio):
        if before is None or leg.ratio > 0:
            break
        premium += quotes[key].ask * -leg.ratio
        rest.pop(key)
        worst = max(worst, premium - before + (max_debit(tuple(rest.values())) or 0))
    return worst * multiplier


def naked_bound(shorts: Sequence[tuple[Leg, int]], quotes: Mapping[str, LegQuote], multiplier: int) -> int:
    """More margin than LEAN can ask for these shorts alone, in 1/10000 dollars.

    Equity options are margined at the premium plus at most a fifth of the underlying (lean_semantics.md 4.1);
    the underlying is at most strike plus premium for a call, and a put's fifth is at most that of its strike.
    """
    return sum(
        (quotes[leg.key].ask + (leg.strike + quotes[leg.key].ask) // 5) * -held * multiplier for leg, held in shorts
    )


def affordable(contracts: int, needed: int, free: int) -> int:
    """How many of the contracts fit into the free margin when all of them together need `needed`."""
    return contracts if needed <= max(free, 0) else max(free, 0) * contracts // needed


def walk(mid: int, natural: int, step: int, steps: int, grid: int) -> int:
    """Price at a step between mid (0) and natural (`steps`), on the grid and never behind the exact line (ticks).

    Works for a debit (natural above mid) and for a sale (natural below); rounding goes towards natural.
    """
    way = (natural - mid) * min(step, steps)
    if natural >= mid:
        exact = mid + -(-way // steps)
        return -(-exact // grid) * grid
    exact = mid + way // steps
    return exact // grid * grid


def has_bid(quote: LegQuote) -> bool:
    """True when somebody bids for the contract now."""
    return quote.bid > 0 and quote.bid_live
