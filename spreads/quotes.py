"""A leg's quote, when it may be believed, and the named reason when it may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .legs import Leg
from .money import money


class Unusable(StrEnum):
    """Why a spread has no value now, or a rule not what it looks at. Each is counted and, past a limit, alarmed."""

    NO_QUOTE_YET = "no quote yet"
    SIDE_NEVER_SEEN = "a side of the book was never seen"
    SIDE_INHERITED = "a side is inherited from an older bar"
    TOO_OLD = "a quote is older than allowed"
    FEED_SILENT = "the feed is silent"
    LEGS_APART = "the legs' quotes are too far apart in time"
    CROSSED = "the bid is above the ask"
    BELOW_LEAST = "the debit is below the least the spread can be worth"
    BEFORE_FILL = "the quote is from before the fill"
    MARKET_CLOSED = "the market is closed"
    CONTRACT_GONE = "the contract is not in the securities"
    READ_FAILED = "reading the quote failed"
    NO_UNDERLYING = "the underlying has no fresh price"
    NO_DELTA = "the chain has no delta of a short leg"


@dataclass(frozen=True, slots=True)
class LegQuote:
    """What the engine says of one contract. Prices in ticks per share, 0 = never seen.

    `bid_live` / `ask_live` are False when the side is missing in the newest bar and LEAN repeats the price
    of an older one (size 0: lean_semantics section 0, fact 4). `quoted_at` is the end of the newest real
    bar in algorithm time, None before the first. `mark` is LEAN's `Security.price`.
    """

    bid: int
    ask: int
    mark: int
    quoted_at: datetime | None
    bid_live: bool = True
    ask_live: bool = True


NOTHING = LegQuote(0, 0, 0, None, False, False)
"""Of a contract that cannot be read."""

GONE = LegQuote(0, 0, 0, None, False, False)
"""Of a contract that the engine does not have; told from `NOTHING` by identity."""


def is_empty(quote: LegQuote) -> bool:
    """True when nothing is known: no side was ever seen, or the contract cannot be read."""
    return not quote.bid and not quote.ask


@dataclass(frozen=True, slots=True)
class QuoteLimits:
    """How old, how far apart and how one-sided quotes may be.

    Attributes:
        max_age: Oldest usable quote of a leg while the rest of the feed lives. An option worth something moves
            with its underlying; one that stands still for so long is not quoted any more.
        quiet_age: The same for a leg asked at or below `quiet_price`, which may truly rest. One hour is also the
            age at which LEAN stops filling market orders (settings.stale_price_time_span).
        quiet_price: Highest ask, in ticks, of a leg that may rest that long, and of a long leg that is worth nothing
            while nobody bids for it.
        feed_silence: With no new bar of ANY watched contract or underlying for this long the feed is dead;
            a quiet far leg alone never is, because its age is judged against this heartbeat.
        legs_apart: Greatest difference between the newest and the oldest leg quote; None = no limit.
        worthless_bid: A long leg's bid that vanished at or below this price (ticks) counts as zero whatever is asked.
            Above it, and asked more than `quiet_price`, it is a hole in the data and the spread has no value.
    """

    max_age: timedelta = timedelta(minutes=20)
    quiet_age: timedelta = timedelta(minutes=60)
    quiet_price: int = 3_000
    feed_silence: timedelta = timedelta(minutes=5)
    legs_apart: timedelta | None = None
    worthless_bid: int = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """The named reason, the leg it was found on, and the numbers in words."""

    reason: Unusable
    leg: str
    detail: str


def find_fault(
    legs: Sequence[Leg],
    quotes: Sequence[LegQuote],
    now: datetime,
    heartbeat: datetime | None,
    filled_at: datetime | None,
    limits: QuoteLimits,
) -> Fault | None:
    """First reason why these quotes cannot value the spread, or None when they can.

    `heartbeat` is the time of the newest bar of anything watched. Before any leg has printed a bar later
    than the fill there is nothing to judge: the bar the fill was made on says what was paid, not what happened since.
    """
    if heartbeat is not None and now - heartbeat > limits.feed_silence:
        return Fault(Unusable.FEED_SILENT, "", f"newest bar of anything {heartbeat:%H:%M:%S}, now {now:%H:%M:%S}")
    for leg, quote in zip(legs, quotes, strict=True):
        fault = leg_fault(leg, quote, now, limits)
        if fault is not None:
            return fault
    times = [quote.quoted_at for quote in quotes if quote.quoted_at is not None]
    if filled_at is not None and times and max(times) <= filled_at:
        return Fault(Unusable.BEFORE_FILL, "", f"no bar since the fill at {filled_at:%H:%M:%S}")
    if limits.legs_apart is not None and times and max(times) - min(times) > limits.legs_apart:
        return Fault(Unusable.LEGS_APART, "", f"{max(times) - min(times)} between the legs")
    return None


def leg_fault(leg: Leg, quote: LegQuote, now: datetime, limits: QuoteLimits) -> Fault | None:
    """Why one leg's quote cannot be believed, or None."""
    if quote is GONE:
        return Fault(Unusable.CONTRACT_GONE, leg.name, "removed, or never subscribed")
    if quote.quoted_at is None:
        return Fault(Unusable.NO_QUOTE_YET, leg.name, "no bar so far")
    may_rest = quote.ask <= limits.quiet_price
    if now - quote.quoted_at > (max(limits.quiet_age, limits.max_age) if may_rest else limits.max_age):
        return Fault(Unusable.TOO_OLD, leg.name, f"quoted {quote.quoted_at:%m-%d %H:%M}, now {now:%m-%d %H:%M}")
    if quote.bid and quote.ask and quote.bid > quote.ask and quote.bid_live and quote.ask_live:
        return Fault(Unusable.CROSSED, leg.name, f"{money(quote.bid)}/{money(quote.ask)}")
    if leg.is_short:
        if not quote.ask:
            return Fault(Unusable.SIDE_NEVER_SEEN, leg.name, "no ask so far")
        if not quote.ask_live:
            return Fault(Unusable.SIDE_INHERITED, leg.name, f"ask {money(quote.ask)} is from an older bar")
    elif not quote.bid_live and not _is_worthless(quote, limits):
        if quote.bid:
            asked = f"asked {money(quote.ask)}" if quote.ask_live else "the ask as well"
            return Fault(Unusable.SIDE_INHERITED, leg.name, f"bid {money(quote.bid)} is from an older bar, {asked}")
        # somebody asks a price for it: a feed that just began (live, after a restart) may bring the ask before the bid
        return Fault(Unusable.SIDE_NEVER_SEEN, leg.name, f"no bid so far, asked {money(quote.ask)}")
    return None


def _is_worthless(quote: LegQuote, limits: QuoteLimits) -> bool:
    """True when a contract nobody bids for counts as nothing: it was worth no more, or is offered for next to nothing.

    What it might still bring is at most the live ask, so the value is off by no more than `quiet_price`, and never
    in favour of the holder.
    """
    if 0 < quote.bid <= limits.worthless_bid:
        return True
    return quote.ask <= limits.quiet_price and (quote.ask_live or not quote.bid)
