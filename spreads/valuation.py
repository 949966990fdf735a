"""Net value of a spread: what one spread costs to close, per share, in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .legs import Leg
from .quotes import LegQuote


class PriceBasis(StrEnum):
    """Which net price a rule looks at.

    NATURAL is what LEAN fills at once: ask of what is bought back less bid of what is sold. MID takes the
    middle of each leg. WORST is the greater of both. MARK is LEAN's own `Security.price`, the number that
    values the account; it can be a last trade.
    """

    NATURAL = "natural"
    MID = "mid"
    WORST = "worst"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Value:
    """Cost to close one spread in ticks per share; positive is a debit, negative brings money in."""

    natural: int
    mid: int
    mark: int

    def at(self, basis: PriceBasis) -> int:
        """The net debit on one price basis."""
        if basis is PriceBasis.NATURAL:
            return self.natural
        if basis is PriceBasis.MID:
            return self.mid
        if basis is PriceBasis.MARK:
            return self.mark
        return max(self.natural, self.mid)


def leg_mid(quote: LegQuote, bid: int) -> int:
    """Middle of a leg; a side that is not there counts as zero for a bid and leaves the bid for an ask."""
    return (bid + quote.ask) // 2 if quote.ask else bid


def net_value(legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> Value:
    """Value of one spread from quotes that passed `find_fault`.

    A long leg whose bid vanished (or never was) brings nothing: its bid counts as zero. That is a value,
    not a fault; quotes whose vanished bid still mattered were refused before. A short leg whose bid vanished is not
    cheaper for it: its middle stands between the last bid, at most the ask, and the ask. A long leg is worth its bid
    at the least, whatever was asked on an older bar. So the mid is never above the natural debit.
    """
    natural = mid = mark = 0
    for leg, quote in zip(legs, quotes, strict=True):
        bid = quote.bid if quote.bid_live else min(quote.bid, quote.ask) if leg.is_short else 0
        natural -= leg.ratio * (quote.ask if leg.is_short else bid)
        mid -= leg.ratio * (leg_mid(quote, bid) if leg.is_short else max(leg_mid(quote, bid), bid))
        mark -= leg.ratio * quote.mark
    return Value(natural, mid, mark)


def least_natural(legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> int | None:
    """A floor under the natural debit that holds even where a long leg's bid is not known; None without an ask.

    A vanished bid can only be worse than the old one LEAN repeats and no better than a live ask; one never seen is
    at most the ask, one above its ask at most itself. So a stop that this floor already breaches is breached for
    certain. Of a short leg nothing is certain while its own bid is above its ask.
    """
    if any(leg.is_short and not _is_offered(quote) for leg, quote in zip(legs, quotes, strict=True)):
        return None
    return -sum(
        leg.ratio * (quote.ask if leg.is_short else _most_bid(quote)) for leg, quote in zip(legs, quotes, strict=True)
    )


def _is_offered(quote: LegQuote) -> bool:
    return bool(quote.ask) and quote.ask_live and not (quote.bid_live and quote.bid > quote.ask)


def _most_bid(quote: LegQuote) -> int:
    """What a long leg brings at the most."""
    if quote.bid and (quote.bid_live or not quote.ask_live):
        return quote.bid
    return min(quote.bid or quote.ask, quote.ask)


def is_as_read(legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> bool:
    """True when bids and asks taken as they stand give the same value, so that a loop that reads only them sees it."""
    for leg, quote in zip(legs, quotes, strict=True):
        if not quote.bid_live and quote.bid > (quote.ask if leg.is_short else 0):
            return False
        if not leg.is_short and 0 < quote.ask < quote.bid and quote.bid_live:
            return False
    return True
