"""Which moments have data: the steps of a run, and whether a security emits a bar or a copy at a moment.

With fill-forward every minute of a session is a step as soon as one security of that exchange has had data. Steps come
from a heap of sources (one per exchange session), so a step costs nothing per security.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.bar_ends import BarEnds
from replay.clock import MINUTE_MS, from_ms, to_ms
from replay.enums import Resolution, SecurityType, TickType
from replay.hours import ExchangeHours
from replay.prices import QuoteRow, TradeRow
from replay.series import PERIOD_MS, Series
from replay.symbol import Symbol
from replay.timing import COARSE

_ONE_DAY = timedelta(days=1)
Emitted = tuple[Any, Series, QuoteRow | TradeRow, bool, datetime]
"""A security, one of its streams, the bar that this shows, whether it is a copy, and its end in the exchange's zone."""


class Group:
    """Securities that share exchange hours and bar length: their copies appear at the same moments."""

    def __init__(
        self, hours: ExchangeHours, extended: bool, period_ms: int, fill_forward: bool, ends: BarEnds | None
    ) -> None:
        """``ends`` says when hour and daily bars end; None for finer ones."""
        self.hours, self.extended, self.period_ms, self.fill_forward = hours, extended, period_ms, fill_forward
        self.ends, self.step_ms = ends, period_ms
        self._hours_between: BarEnds | None = None
        self.members: dict[Symbol, Any] = {}
        self._witness: Any = None
        self._moment = -1
        self._end: datetime | None = None

    def session_end(self, ms: int) -> datetime | None:
        """A moment in the exchange's zone when a bar that ends then lies in a session, else None."""
        if self._moment != ms:
            end = self.hours.time_zone.to_local(from_ms(ms))
            self._moment, self._end = ms, end if self._shows(ms, end) else None
        return self._end

    def _shows(self, ms: int, end: datetime) -> bool:
        if self.ends is not None and (self.step_ms == self.period_ms or self.ends.has(ms)):
            return self.ends.has(ms)
        if self._hours_between is not None:
            return self._hours_between.has(ms) and self._inside(ms)
        return bool(self.hours.is_open(end - timedelta(milliseconds=self.step_ms), end, self.extended))

    def _inside(self, ms: int) -> bool:
        end = self.hours.time_zone.to_local(from_ms(ms))
        return bool(self.hours.is_open(end - timedelta(milliseconds=1), end, self.extended))

    def refine(self, step_ms: int, start_ms: int, end_ms: int) -> Iterator[int]:
        """Show copies every ``step_ms`` too, by the hour only at whole hours of a session; gives those moments."""
        self.step_ms = step_ms
        self._hours_between = None
        if step_ms < PERIOD_MS[Resolution.HOUR]:
            return self.session_moments(start_ms, end_ms, step_ms)
        self._hours_between = BarEnds(self.hours, Resolution.HOUR, self.extended, False)
        return (ms for ms in self._hours_between.after(start_ms, end_ms) if self._inside(ms))

    def copy_end(self, ms: int, end: datetime) -> datetime:
        """End that a copy shows: its moment, for an hour or daily bar the last end of such a bar (SubscriptionData)."""
        span = self.ends.last(ms) if self.ends is not None else None
        return end if span is None else self.hours.time_zone.to_local(from_ms(span[1]))

    def emits(self, ms: int, end_of: Any) -> bool:
        """Whether some member has a bar or a copy at a session moment."""
        if self._witness is not None and self._stands(self._witness, ms, end_of):
            return True
        for security in self.members.values():
            if self._stands(security, ms, end_of):
                self._witness = security
                return True
        return False

    def _stands(self, security: Any, ms: int, end_of: Any) -> bool:
        if ms > end_of(security):
            return False
        for series in (security.quote, security.trade):
            if series is None or not series.begun(ms):
                continue
            if self.fill_forward:
                return True
            row = series.row_at(ms)
            if row is not None and row.end == ms:
                return True
        return False

    def moments(self, start_ms: int, end_ms: int) -> Iterator[int]:
        """Bar ends of all sessions after ``start_ms`` and up to ``end_ms``."""
        if self.ends is not None:
            yield from self.ends.after(start_ms, end_ms)
            return
        yield from self.session_moments(start_ms, end_ms, self.period_ms)

    def session_moments(self, start_ms: int, end_ms: int, step_ms: int) -> Iterator[int]:
        """Every ``step_ms`` of all sessions after ``start_ms`` and up to ``end_ms``."""
        zone = self.hours.time_zone
        day = zone.to_local(from_ms(start_ms)).date() - _ONE_DAY
        last = zone.to_local(from_ms(end_ms)).date()
        while day <= last:
            for opening, closing in self.spans(day):
                first = opening + step_ms
                if first <= start_ms:
                    first += (start_ms - first) // step_ms * step_ms + step_ms
                yield from range(first, min(closing, end_ms) + 1, step_ms)
            day += _ONE_DAY

    def spans(self, day: Any) -> list[tuple[int, int]]:
        """Sessions of a date, UTC milliseconds, neighbours joined."""
        midnight, zone = datetime(day.year, day.month, day.day), self.hours.time_zone
        found: list[tuple[int, int]] = []
        for segment in self.hours.get_market_hours(midnight).segments:
            if not self.extended and segment.state.name != "MARKET":
                continue
            start, end = to_ms(zone.to_utc(midnight + segment.start)), to_ms(zone.to_utc(midnight + segment.end))
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found


class Feed:
    """Subscriptions of a run and the moments they bring."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.groups: dict[tuple[Any, ...], Group] = {}
        self.order: list[Any] | None = None
        self.stops: dict[Symbol, int] = {}
        self._heap: list[tuple[int, int, Iterator[int], Group | None]] = []
        self._count = 0

    def subscribe(self, security: Any, start_ms: int) -> None:
        """Open the streams of a security: trades for all, quotes for all but indices."""
        symbol, resolution, extended = security.symbol, security.resolution, security.extended_market_hours
        trade = self.series(security, TickType.TRADE, start_ms)
        quote = None
        has_quotes = resolution not in COARSE or symbol.has_underlying
        if symbol.security_type is not SecurityType.INDEX and has_quotes:
            quote = self.series(security, TickType.QUOTE, start_ms)
        security.subscribe(trade, quote)
        security.is_tradable = symbol.security_type is not SecurityType.INDEX
        key = (id(security.hours), extended, trade.period_ms, security.fill_forward)
        group = self.groups.get(key)
        if group is None:
            ends = self._bar_ends(security)
            group = self.groups[key] = Group(security.hours, extended, trade.period_ms, security.fill_forward, ends)
            self.push(group.moments(self.run.ms, self.run.end_ms), group)
        group.members[symbol] = security
        security.group = group
        self.order = None
        self._fill_finer()

    def series(self, security: Any, kind: TickType, start_ms: int) -> Series:
        """A stream of a security's bars at its resolution."""
        extended, ends = security.extended_market_hours, self._bar_ends(security)
        return Series(self.run.store, security.symbol, kind, security.resolution, start_ms, extended, ends)

    def _bar_ends(self, security: Any) -> BarEnds | None:
        extended, strict = security.extended_market_hours, self.run.settings.daily_precise_end_time
        found: BarEnds | None = self.run.store.bar_ends(security.symbol, security.resolution, extended, strict)
        return found

    def _fill_finer(self) -> None:
        """Copies of hour and daily bars appear at the finest resolution that anything is subscribed with."""
        finest = min((group.period_ms for group in self.groups.values() if group.members), default=MINUTE_MS)
        for group in self.groups.values():
            step = min(group.period_ms, finest) if group.fill_forward else group.period_ms
            if step < group.step_ms:
                self.push(group.refine(step, self.run.ms, self.run.end_ms), group)
            elif step > group.step_ms:
                group.refine(step, self.run.ms, self.run.ms)

    def unsubscribe(self, security: Any) -> None:
        """Close the streams; the security keeps no price."""
        for group in self.groups.values():
            group.members.pop(security.symbol, None)
            if group._witness is security:
                group._witness = None
        security.unsubscribe()
        self.order = None
        self._fill_finer()

    def stop(self, security: Any, ms: int) -> None:
        """No bar or copy after a moment (delisting)."""
        self.stops[security.symbol] = ms

    def end_of(self, security: Any) -> int:
        """Last moment a security may emit."""
        return self.stops.get(security.symbol, 1 << 62)

    def push(self, moments: Iterator[int], group: Group | None) -> None:
        """Add a source of steps."""
        first = next(moments, None)
        if first is not None:
            self._count += 1
            heapq.heappush(self._heap, (first, self._count, moments, group))

    def _move_first(self) -> Group | None:
        """Let the first source stand at its next moment, or drop it; gives its group."""
        _, count, moments, group = self._heap[0]
        following = next(moments, None)
        if following is None:
            heapq.heappop(self._heap)
        else:
            heapq.heapreplace(self._heap, (following, count, moments, group))
        return group

    def next_step(self) -> int | None:
        """The next moment at which there is something; LEAN makes no step of bar ends that nobody has data for."""
        while self._heap:
            ms: int = self._heap[0][0]
            if any(group is None or group.emits(ms, self.end_of) for at, _, _, group in self._heap if at == ms):
                return ms
            self.pop(ms)
        return None

    def pop(self, ms: int) -> bool:
        """Take all sources standing at ``ms``; True when one of them has data."""
        has_data = False
        while self._heap and self._heap[0][0] == ms:
            group = self._move_first()
            if group is not None and not has_data:
                has_data = group.emits(ms, self.end_of)
        return has_data

    def emitted(self, security: Any, series: Series, ms: int) -> tuple[QuoteRow | TradeRow, bool, datetime] | None:
        """What a stream shows at a moment, as `Emitted` has it; None outside sessions and before the stream's start."""
        for _, _, row, copied, end in self.all_emitted(((security, series),), ms):
            return row, copied, end
        return None

    def all_emitted(self, streams: Iterable[tuple[Any, Series]], ms: int) -> Iterator[Emitted]:
        """What each stream shows at a moment, of those that show something."""
        group, end = None, None
        for security, series in streams:
            if security.group is not group:
                group = security.group
                end = group.session_end(ms)
            if end is None or (self.stops and ms > self.end_of(security)):
                continue
            row = series.row_at(ms)
            if row is None:
                continue
            if row.end == ms:
                yield security, series, row, False, end
            elif security.fill_forward:
                yield security, series, row, True, group.copy_end(ms, end)

    def has_interest(self, security: Any, ms: int) -> bool:
        """Whether a copy of the open interest shows at a session moment."""
        if ms > self.end_of(security) or not security.fill_forward or security.group.session_end(ms) is None:
            return False
        return security.interest is not None and security.interest.at(ms) is not None

    def in_order(self) -> list[Any]:
        """Subscribed securities: by security type, then symbol."""
        if self.order is None:
            found = [security for security in self.run.securities.values() if security.trade is not None]
            self.order = sorted(found, key=lambda one: (int(one.symbol.security_type), one.symbol.value))
        return self.order

    def symbols_in_order(self) -> list[Symbol]:
        """Symbols of the subscribed securities in that order."""
        return [security.symbol for security in self.in_order()]

    def canonicals(self) -> list[Symbol]:
        """Canonical symbols of the subscribed contracts, in the order of the first contract."""
        found: dict[Symbol, None] = {}
        for symbol in self.symbols_in_order():
            if symbol.has_underlying:
                found[symbol.canonical] = None
        return list(found)
