"""The hot loop: read each contract once, net every spread, and name only those something may happen to.

On a quiet slice nothing is built and no rule is asked: a spread is compared with the band its rules gave
(`view.Band`). Float levels are moved outwards by half a tick, so the loop may ask once too often, never too late.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
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
    """One contract's prices as last read, shared by all spreads that hold it."""

    __slots__ = ("ask", "bid", "leg", "moved", "source", "users")

    def __init__(self, leg: Leg, source: Source, now: datetime) -> None:
        self.leg = leg
        self.source = source
        self.bid = _UNREAD
        self.ask = _UNREAD
        self.moved = now
        self.users: list[Watched] = []


class Watched:
    """One spread in the loop: its feeds, its band as floats, and the last net debit (dollars per share).

    `mid` is None when the last scan did not read both sides; `blind` is True while the judge found no value.
    `worst` is the highest natural debit of any slice whose prices were not refused.
    """

    __slots__ = (
        "always", "band", "blind", "buys", "feeds", "forced", "long", "mid", "mid_high", "mid_low", "natural",
        "natural_high", "natural_low", "reads_mid", "sells", "short", "spread_id", "wake", "worst", "worst_at",
        "worst_before",
    )  # fmt: skip

    def __init__(self, spread_id: str, feeds: list[tuple[Feed, int]]) -> None:
        self.spread_id = spread_id
        self.feeds = feeds
        self.buys = [(feed, -ratio) for feed, ratio in feeds if ratio < 0]
        self.sells = [(feed, ratio) for feed, ratio in feeds if ratio > 0]
        self.short: Feed | None = None
        self.long: Feed | None = None
        if len(feeds) == 2 and {ratio for _, ratio in feeds} == {-1, 1}:
            self.short, self.long = self.buys[0][0], self.sells[0][0]
        self.natural = 0.0
        self.mid: float | None = None
        self.worst = self.worst_before = -inf
        self.worst_at = datetime.min
        self.blind = False
        self.forced = True
        self.set_band(Band(always=True))

    def set_band(self, band: Band) -> None:
        """Take over the band in which nothing can happen."""
        self.band = band
        self.natural_low = -inf if band.natural_low is None else band.natural_low / TICKS_PER_DOLLAR + _GUARD
        self.natural_high = inf if band.natural_high is None else band.natural_high / TICKS_PER_DOLLAR - _GUARD
        self.mid_low = -inf if band.mid_low is None else band.mid_low / TICKS_PER_DOLLAR + _GUARD
        self.mid_high = inf if band.mid_high is None else band.mid_high / TICKS_PER_DOLLAR - _GUARD
        self.reads_mid = band.mid_low is not None or band.mid_high is not None
        self.wake = datetime.max if band.wake is None else band.wake
        self.always = band.always

    def judged(self, value: Value | None, now: datetime) -> None:
        """Take over what the judge made of the prices this slice read; prices without a value count for nothing."""
        self.blind = value is None
        if value is not None:
            # a bid that vanished is read as it was, and judged as nothing
            self.natural, self.mid = as_float(value.natural), as_float(value.mid)
            self.worst = max(self.worst, self.natural)
        elif self.worst_at == now:
            self.worst = self.worst_before

    def net_natural(self) -> float:
        """Natural debit from the prices last read."""
        total = 0.0
        for feed, ratio in self.buys:
            total += ratio * feed.ask
        for feed, ratio in self.sells:
            total -= ratio * feed.bid
        return total

    def net_mid(self) -> float:
        """Mid debit from the prices last read; the ask and bid of every leg must have been read."""
        total = 0.0
        for feed, ratio in self.feeds:
            total -= ratio * (feed.bid + feed.ask)
        return total / 2


class Watchlist:
    """All spreads that are watched, and the contracts they need."""

    def __init__(self, audit_every: timedelta = timedelta(minutes=5)) -> None:
        self._spreads: dict[str, Watched] = {}
        self._feeds: dict[str, Feed] = {}
        self._bids: list[Feed] = []
        self._asks: list[Feed] = []
        self._audit_every = audit_every
        self.next_audit = self._next_wake = datetime.min
        self.heartbeat: datetime | None = None

    def __len__(self) -> int:
        return len(self._spreads)

    def __contains__(self, spread_id: str) -> bool:
        return spread_id in self._spreads

    def get(self, spread_id: str) -> Watched | None:
        """The watched spread of that id, or None."""
        return self._spreads.get(spread_id)

    def add(self, spread_id: str, legs: Iterable[tuple[Leg, Source]], now: datetime) -> Watched:
        """Start to watch a spread; it is asked in full on the next scan."""
        feeds = []
        for leg, source in legs:
            feed = self._feeds.get(leg.key)
            if feed is None:
                feed = self._feeds[leg.key] = Feed(leg, source, now)
            feeds.append((feed, leg.ratio))
        watched = self._spreads[spread_id] = Watched(spread_id, feeds)
        for feed, _ in feeds:
            feed.users.append(watched)
        self._plan_reads()
        return watched

    def remove(self, spread_id: str) -> None:
        """Stop watching; contracts nobody needs any more are not read again."""
        watched = self._spreads.pop(spread_id, None)
        if watched is None:
            return
        for feed, _ in watched.feeds:
            feed.users.remove(watched)
            if not feed.users:
                del self._feeds[feed.leg.key]
        self._plan_reads()

    def set_band(self, spread_id: str, band: Band) -> None:
        """Give a spread the band its rules agreed on."""
        watched = self._spreads[spread_id]
        reads_mid = watched.reads_mid
        watched.set_band(band)
        if watched.wake < self._next_wake:
            self._next_wake = watched.wake
        if watched.reads_mid != reads_mid:
            self._plan_reads()

    def force(self, spread_id: str) -> None:
        """Have a spread asked in full on the next scan."""
        watched = self._spreads.get(spread_id)
        if watched is not None:
            watched.forced = True

    def _plan_reads(self) -> None:
        """Which side of which contract a quiet slice must read: natural needs one side a leg, mid needs both."""
        bids: dict[str, Feed] = {}
        asks: dict[str, Feed] = {}
        for watched in self._spreads.values():
            for feed, ratio in watched.feeds:
                if ratio > 0 or watched.reads_mid:
                    bids[feed.leg.key] = feed
                if ratio < 0 or watched.reads_mid:
                    asks[feed.leg.key] = feed
        self._bids = list(bids.values())
        self._asks = list(asks.values())

    def scan(self, now: datetime) -> list[Watched]:
        """Read the contracts and return the spreads whose rules must be asked, in order of registration."""
        try:
            moved = self._read(self._asks, self._bids, now)
        except Exception:
            moved = self._read_what_can_be_read(now)
        if moved:
            self.heartbeat = now
        waking = now >= self._next_wake
        touched = []
        for watched in self._spreads.values():
            short, long, mid = watched.short, watched.long, None
            if short is not None and long is not None:
                natural = short.ask - long.bid
                if watched.reads_mid:
                    mid = (short.bid + short.ask - (long.bid + long.ask)) / 2
            else:
                natural = watched.net_natural()
                if watched.reads_mid:
                    mid = watched.net_mid()
            watched.natural, watched.mid = natural, mid
            if natural > watched.worst:
                watched.worst_before, watched.worst, watched.worst_at = watched.worst, natural, now
            if (
                not watched.natural_low < natural < watched.natural_high
                or (mid is not None and not watched.mid_low < mid < watched.mid_high)
                or watched.forced
                or watched.always
                or (waking and now >= watched.wake)
            ):
                watched.forced = False
                touched.append(watched)
        if waking:
            self._next_wake = min((watched.wake for watched in self._spreads.values()), default=datetime.max)
        return touched

    def _read(self, asks: Iterable[Feed], bids: Iterable[Feed], now: datetime) -> bool:
        """Read the sides that are needed; True when any price moved."""
        moved = False
        for feed in asks:
            price = feed.source.ask_price
            if price != feed.ask:
                feed.ask = price
                feed.moved = now
                moved = True
                if price <= 0.0:
                    _force_users(feed)
        for feed in bids:
            price = feed.source.bid_price
            if price != feed.bid:
                feed.bid = price
                feed.moved = now
                moved = True
        return moved

    def _read_what_can_be_read(self, now: datetime) -> bool:
        """One contract cannot be read: its spreads are asked in full, where the error gets a name; the rest go on."""
        moved = False
        for asks, bids in [([feed], []) for feed in self._asks] + [([], [feed]) for feed in self._bids]:
            try:
                moved |= self._read(asks, bids, now)
            except Exception:
                _force_users((asks or bids)[0])
        return moved

    def audit(self, now: datetime) -> list[Feed]:
        """Once per interval: the contracts whose read prices have not moved since, so that their age is looked at.

        A price that moves proves its contract alive at no cost; one that rests may be quiet or dead.
        """
        if now < self.next_audit:
            return []
        self.next_audit = now + self._audit_every
        return [feed for feed in self._feeds.values() if now - feed.moved >= self._audit_every]

    def spreads(self) -> Iterable[Watched]:
        """Every spread that is watched, in order of registration."""
        return self._spreads.values()

    def feeds(self) -> Iterable[Feed]:
        """Every contract that is watched."""
        return self._feeds.values()


def _force_users(feed: Feed) -> None:
    for watched in feed.users:
        watched.forced = True
