"""One spread as the hot loop sees it: where its prices come from, what was read last, and the band as floats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from math import inf
from typing import Protocol

from .legs import Leg
from .money import TICKS_PER_DOLLAR, as_float
from .valuation import Value
from .view import Band

_GUARD = 0.5 / TICKS_PER_DOLLAR
_UNREAD = -1.0


class Source(Protocol):
    """The two prices the loop reads; LEAN's `Security` has them (dollars per share, 0 = never seen)."""

    @property
    def bid_price(self) -> float:
        """Last bid."""
        ...

    @property
    def ask_price(self) -> float:
        """Last ask."""
        ...


class Feed:
    """A contract that several spreads need, or one that is no vertical: its prices are read once a slice, for all.

    `bid_moved` and `ask_moved` are numbers of the rounds (`Watchlist.round`) in which that price moved last.
    """

    __slots__ = ("ask_moved", "ask_price", "bid_moved", "bid_price", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.bid_price = self.ask_price = _UNREAD
        self.bid_moved = self.ask_moved = 0


Line = tuple["Watched", Source, Source, bool, float, float, float, float]
"""A vertical in the loop: itself, short, long, whether the mid is read, lowest and highest natural and mid debit."""


class Watched:
    """One spread in the loop: its contracts, its band as floats, and the last net debit (dollars per share).

    Of a vertical `ask` (of the short leg) and `bid` (of the long leg) make the natural debit; `ask_moved` and
    `bid_moved` are the rounds in which they moved last, as a feed's. `seen` and `seen_mid` are the debits of the prices
    last read, `seen_mid` None when the band does not ask for it. `blind` is True while the judge found no value.
    `worst` is the highest natural debit of any slice whose prices were not refused.
    """

    __slots__ = (
        "_judged", "ask", "ask_moved", "band", "bid", "bid_moved", "blind", "forced", "legs",
        "long", "mid_high", "mid_low", "natural_high", "natural_low", "reads_mid", "seen", "seen_mid", "short",
        "spread_id", "wake", "worst", "worst_at", "worst_before",
    )  # fmt: skip

    def __init__(self, spread_id: str, legs: Iterable[tuple[Leg, Source]] = ()) -> None:
        self.spread_id = spread_id
        self.legs: list[tuple[str, Source, int]] = [(leg.key, source, leg.ratio) for leg, source in legs]
        by_ratio = {ratio: source for _, source, ratio in self.legs}
        is_vertical = len(self.legs) == 2 and by_ratio.keys() == {-1, 1}
        self.short: Source | None = by_ratio[-1] if is_vertical else None
        self.long: Source | None = by_ratio[1] if is_vertical else None
        self.ask = self.bid = _UNREAD
        self.seen = 0.0
        self.seen_mid: float | None = None
        self.ask_moved = self.bid_moved = 0
        self.worst = self.worst_before = -inf
        self.worst_at = datetime.min
        self.blind = False
        self._judged: tuple[float, float | None, float, float] | None = None
        self.forced = True
        self.set_band(Band(always=True))

    def set_band(self, band: Band) -> None:
        """Take over the band in which nothing can happen.

        The mid is read only where it can matter: it is never above the natural debit (`valuation.net_value`), so while
        that is below the mid's own upper level, the mid is too.
        """
        self.band = band
        self.natural_low = -inf if band.natural_low is None else band.natural_low / TICKS_PER_DOLLAR + _GUARD
        self.natural_high = inf if band.natural_high is None else band.natural_high / TICKS_PER_DOLLAR - _GUARD
        self.mid_low = -inf if band.mid_low is None else band.mid_low / TICKS_PER_DOLLAR + _GUARD
        self.mid_high = inf if band.mid_high is None else band.mid_high / TICKS_PER_DOLLAR - _GUARD
        self.reads_mid = band.mid_low is not None or self.seen >= self.mid_high
        if not self.reads_mid:
            self.natural_high = min(self.natural_high, self.mid_high)
            self.seen_mid = None
        self.wake = datetime.max if band.wake is None else band.wake
        self.forced = self.forced or band.always

    def line(self, short: Source, long: Source) -> Line:
        """The vertical as the loop wants it."""
        band = self.natural_low, self.natural_high, self.mid_low, self.mid_high
        return self, short, long, self.reads_mid, *band

    def sides(self) -> Iterator[tuple[str, bool]]:
        """The sides of contracts that a slice must read of it: (key, True for the bid)."""
        for key, _, ratio in self.legs:
            yield key, ratio > 0
            if self.reads_mid:
                yield key, ratio < 0

    # -- what was seen -----------------------------------------------------------------------------------------

    def judged(self, value: Value | None, now: datetime, again: bool = False) -> None:
        """Take over what the judge made of the prices this slice read; prices without a value count for nothing.

        `again`: it will be judged on the next slice too, for instance because a side was lost.
        """
        self.blind = value is None
        self._judged = None
        if value is not None:
            natural, mid = as_float(value.natural), as_float(value.mid)
            if again or abs(natural - self.seen) > _GUARD:
                # a bid that vanished is read as it was, and judged as nothing
                self._judged = self.seen, self.seen_mid, natural, mid
            self.worst = max(self.worst, natural)
        elif self.worst_at == now:
            self.worst = self.worst_before

    @property
    def _standing(self) -> tuple[float, float | None, float, float] | None:
        """What the judge made of the prices, while they rest."""
        judged = self._judged
        return None if judged is None or judged[:2] != (self.seen, self.seen_mid) else judged

    @property
    def natural(self) -> float:
        """Natural debit of the prices last read; while they rest, what the judge made of them."""
        judged = self._standing
        return self.seen if judged is None else judged[2]

    @property
    def mid(self) -> float | None:
        """Mid debit, likewise; None when the last scan did not read both sides."""
        judged = self._standing
        return self.seen_mid if judged is None else judged[3]

    @property
    def is_priced(self) -> bool:
        """True when every short leg was offered when it was read last."""
        if self.short is not None:
            return self.ask > 0
        return all(source.ask_price > 0 for _, source, ratio in self.legs if ratio < 0)

    def debits(self) -> tuple[float, float]:
        """Natural and mid debit; reads the sides that the last scan did not."""
        if self._judged is None:
            natural, mid = self.seen, self.seen_mid
        else:
            natural, mid = self.natural, self.mid
        return natural, self._read_mid() if mid is None else mid

    def _read_mid(self) -> float:
        if self.short is not None and self.long is not None:
            return (self.short.bid_price + self.seen - self.long.ask_price) / 2
        engine = [(source.source if isinstance(source, Feed) else source, ratio) for _, source, ratio in self.legs]
        return -sum(ratio * (source.bid_price + source.ask_price) for source, ratio in engine) / 2

    # -- whether its contracts live ----------------------------------------------------------------------------

    def rests(self, round_: int) -> bool:
        """True when a leg's side of the natural debit has not moved in this round.

        The other side does not count: one that moves would hide that nobody bids any more.
        """
        if self.short is not None:
            return self.ask_moved != round_ or self.bid_moved != round_
        return any(
            (feed.bid_moved if ratio > 0 else feed.ask_moved) != round_
            for _, feed, ratio in self.legs
            if isinstance(feed, Feed)
        )
