"""The hot loop: read each contract once, net every spread, and name only those something may happen to.

On a quiet slice nothing is built and no rule is asked: a spread is compared with the band its rules gave
(`view.Band`). Float levels are moved outwards by half a tick, so the loop may ask once too often, never too late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from .legs import Leg
from .times import next_round, plain
from .view import Band
from .watched import Feed, Line, Source, Watched


class Watchlist:
    """All spreads that are watched, and the contracts they need.

    Args:
        is_sound: True when quotes that rest are still good; its errors count as no.
        audit_every: Time between looks for contracts that rest.

    Attributes:
        by_id: Every spread that is watched, in order of registration.
        round: Number of the present round of looking for what rests.
        looked_at: When prices were read last, the engine's own time.
        due: When a scan has more to do than to read and compare: a rule's clock, or a round of looking for what rests.
    """

    def __init__(
        self, is_sound: Callable[[Watched, datetime], bool], audit_every: timedelta = timedelta(minutes=5)
    ) -> None:
        self._is_sound = is_sound
        self.by_id: dict[str, Watched] = {}
        self._feeds: dict[str, Feed] = {}
        self._asks: list[Feed] = []
        self._bids: list[Feed] = []
        self._rows: dict[str, int] = {}
        self._lines: list[Line] = []
        self._others: list[Watched] = []
        self._audit_every = audit_every
        self._next_audit = self._next_wake = self.due = self.looked_at = datetime.min
        self._moved_at: datetime | None = None
        self.round = 1

    def __len__(self) -> int:
        return len(self.by_id)

    def __contains__(self, spread_id: str) -> bool:
        return spread_id in self.by_id

    def get(self, spread_id: str) -> Watched | None:
        """The watched spread of that id, or None."""
        return self.by_id.get(spread_id)

    @property
    def heartbeat(self) -> datetime | None:
        """When a price that is read last moved."""
        return None if self._moved_at is None else plain(self._moved_at)

    # -- what is watched ---------------------------------------------------------------------------------------

    def add(self, spread_id: str, legs: Iterable[tuple[Leg, Source]]) -> Watched:
        """Start to watch a spread; it is asked in full on the next scan."""
        watched = Watched(spread_id, legs)
        if watched.short is None:
            watched.legs = [(key, self._feed(key, source), ratio) for key, source, ratio in watched.legs]
        self.by_id[spread_id] = watched
        self._plan()
        return watched

    def remove(self, spread_id: str) -> None:
        """Stop watching; contracts nobody needs any more are not read again."""
        if self.by_id.pop(spread_id, None) is not None:
            self._plan()

    def set_band(self, spread_id: str, band: Band) -> None:
        """Give a spread the band its rules agreed on."""
        watched = self.by_id[spread_id]
        reads_mid = watched.reads_mid
        watched.set_band(band)
        self._next_wake = min(self._next_wake, watched.wake)
        self.due = min(self.due, watched.wake)
        if watched.reads_mid != reads_mid:
            self._plan()
        elif spread_id in self._rows:
            row = self._rows[spread_id]
            self._lines[row] = watched.line(*self._lines[row][1:3])

    def force(self, spread_id: str) -> None:
        """Have a spread asked in full on the next scan."""
        watched = self.by_id.get(spread_id)
        if watched is not None:
            watched.forced = True

    def _feed(self, key: str, source: Source) -> Feed:
        if key not in self._feeds:
            self._feeds[key] = Feed(source)
        return self._feeds[key]

    def _plan(self) -> None:
        """What a slice must read: natural needs one side a leg, mid needs both; a side that is shared is a feed's."""
        everything = self.by_id.values()
        uses = Counter(use for watched in everything for use in watched.sides())
        shared = {key for (key, _), count in uses.items() if count > 1}
        asks: dict[str, Feed] = {}
        bids: dict[str, Feed] = {}
        self._rows, self._lines, self._others = {}, [], []
        for watched in everything:
            sources: dict[int, Source] = {}
            for key, source, ratio in watched.legs:
                sources[ratio] = source
                if watched.short is None or key in shared:
                    sources[ratio] = feed = source if isinstance(source, Feed) else self._feed(key, source)
                    if ratio > 0 or watched.reads_mid:
                        bids[key] = feed
                    if ratio < 0 or watched.reads_mid:
                        asks[key] = feed
            if watched.short is None:
                self._others.append(watched)
            else:
                self._rows[watched.spread_id] = len(self._lines)
                self._lines.append(watched.line(sources[-1], sources[1]))
        self._feeds = {**asks, **bids}
        self._asks, self._bids = list(asks.values()), list(bids.values())

    # -- one slice ---------------------------------------------------------------------------------------------

    def scan(self, now: datetime) -> list[Watched]:
        """What `glance` says, and what is due: the spreads whose clock has come, and those that rest and are not sound.

        Whoever asks one that was forced takes the mark off.
        """
        if now < self.due:
            return self.glance(now)
        if now >= self._next_wake:
            self._wake(now)
        touched = self.glance(now)
        if now >= self._next_audit and (rested := self._rested(now)):
            touched = self._in_order(touched + rested)
        self.due = min(self._next_audit, self._next_wake)
        return touched

    def glance(self, moment: datetime) -> list[Watched]:
        """Read the contracts and return the spreads whose rules must be asked, in order of registration.

        Enough before `due`. The time may be the engine's own: it is kept and not compared.
        """
        self.looked_at = moment
        try:
            touched = self._look(self._lines, self._asks, self._bids, self._others, moment)
        except Exception:
            touched = self._look_at_what_can_be_read(moment)
        return self._in_order(touched) if len(touched) > 1 else touched

    def _in_order(self, touched: list[Watched]) -> list[Watched]:
        named = {watched.spread_id for watched in touched}
        return [watched for watched in self.by_id.values() if watched.spread_id in named]

    def _look(
        self,
        lines: Sequence[Line],
        asks: Iterable[Feed],
        bids: Iterable[Feed],
        others: Iterable[Watched],
        moment: datetime,
    ) -> list[Watched]:
        """Read and net: those outside their band, and those to be asked anyway; verticals without a call each."""
        touched, round_ = [], self.round
        for feed in asks:
            price = feed.source.ask_price
            if price != feed.ask_price:
                feed.ask_price, feed.ask_moved = price, round_
                self._moved_at = moment
        for feed in bids:
            price = feed.source.bid_price
            if price != feed.bid_price:
                feed.bid_price, feed.bid_moved = price, round_
                self._moved_at = moment
        for watched, short, long, reads_mid, natural_low, natural_high, mid_low, mid_high in lines:
            ask = short.ask_price
            bid = long.bid_price
            natural = ask - bid
            if ask != watched.ask or bid != watched.bid:
                if ask != watched.ask:
                    watched.ask, watched.ask_moved = ask, round_
                if bid != watched.bid:
                    watched.bid, watched.bid_moved = bid, round_
                watched.seen = natural
                self._moved_at = moment
                if ask <= 0.0:
                    watched.forced = True
                if natural > watched.worst:
                    watched.worst_before, watched.worst, watched.worst_at = watched.worst, natural, moment
            quiet = natural_low < natural < natural_high
            if reads_mid:
                far_ask = long.ask_price
                mid = (short.bid_price + natural - far_ask) / 2
                if mid != watched.seen_mid:
                    watched.seen_mid = mid
                    self._moved_at = moment
                if not mid_low < mid < mid_high or far_ask <= 0.0:
                    quiet = False
            if not quiet or watched.forced:
                touched.append(watched)
        for watched in others:
            if self._net_other(watched, moment):
                touched.append(watched)
        return touched

    def _rested(self, now: datetime) -> list[Watched]:
        """A round: the spreads of which a contract rests and is not sound any more.

        A price that moved since the last round proves its contract alive at no cost; one that did not may be quiet or
        dead, or have lost a side.
        """
        self._next_audit = next_round(now, self._audit_every)
        round_, self.round = self.round, self.round + 1
        return [one for one in self.by_id.values() if one.rests(round_) and not self._sound(one, now)]

    def _sound(self, watched: Watched, now: datetime) -> bool:
        try:
            return self._is_sound(watched, now)
        except Exception:
            return False

    def _net_other(self, watched: Watched, moment: datetime) -> bool:
        """The same for a spread of any other shape, from its feeds; True when it is to be asked."""
        natural = -sum(ratio * (feed.bid_price if ratio > 0 else feed.ask_price) for _, feed, ratio in watched.legs)
        watched.seen = natural
        if natural > watched.worst:
            watched.worst_before, watched.worst, watched.worst_at = watched.worst, natural, moment
        quiet = watched.natural_low < natural < watched.natural_high
        if any(feed.ask_price <= 0.0 for _, feed, ratio in watched.legs if ratio < 0 or watched.reads_mid):
            quiet = False
        if watched.reads_mid:
            mid = -sum(ratio * (feed.bid_price + feed.ask_price) for _, feed, ratio in watched.legs) / 2
            watched.seen_mid = mid
            quiet = quiet and watched.mid_low < mid < watched.mid_high
        return not quiet or watched.forced

    def _wake(self, now: datetime) -> None:
        """Have those asked whose clock is due."""
        for watched in self.by_id.values():
            if watched.wake <= now:
                watched.forced = True
        self._next_wake = min((one.wake for one in self.by_id.values() if one.wake > now), default=datetime.max)

    def _look_at_what_can_be_read(self, moment: datetime) -> list[Watched]:
        """One contract cannot be read: its spreads are asked in full, where the error gets a name; the rest go on."""
        touched = []
        for watched in self.by_id.values():
            try:
                if watched.short is not None and watched.long is not None:
                    touched += self._look([watched.line(watched.short, watched.long)], (), (), (), moment)
                else:
                    feeds = [self._feeds[key] for key, _, _ in watched.legs]
                    touched += self._look((), feeds, feeds, [watched], moment)
            except Exception:
                touched.append(watched)
        return touched
