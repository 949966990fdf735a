"""Which moments have data: the steps of a run, and whether a security emits a bar or a copy at a moment.

With fill-forward every minute of a session is a step as soon as one security of that exchange has had data. Steps come
from a heap of sources (one per exchange session), so a step costs nothing per security.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.clock import from_ms, to_ms
from replay.enums import SecurityType, TickType
from replay.hours import ExchangeHours
from replay.prices import QuoteRow, TradeRow
from replay.series import COARSE, Series
from replay.symbol import Symbol

_ONE_DAY = timedelta(days=1)


class Group:
    """Securities that share exchange hours and bar length: their copies appear at the same moments."""

    def __init__(self, hours: ExchangeHours, extended: bool, period_ms: int, fill_forward: bool) -> None:
        self.hours, self.extended, self.period_ms, self.fill_forward = hours, extended, period_ms, fill_forward
        self.members: dict[Symbol, Any] = {}
        self.source: Series | None = None
        self._witness: Any = None
        self._moment = -1
        self._end: datetime | None = None

    def session_end(self, ms: int) -> datetime | None:
        """A moment in the exchange's zone when a bar that ends then lies in a session, else None."""
        if self._moment != ms:
            end = self.hours.time_zone.to_local(from_ms(ms))
            is_open = self.hours.is_open(end - timedelta(milliseconds=self.period_ms), end, self.extended)
            self._moment, self._end = ms, end if is_open else None
        return self._end

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
        if self.source is not None:
            yield from _coarse_moments(self.source, start_ms, end_ms)
            return
        zone = self.hours.time_zone
        day = zone.to_local(from_ms(start_ms)).date() - _ONE_DAY
        last = zone.to_local(from_ms(end_ms)).date()
        while day <= last:
            for opening, closing in self.spans(day):
                first = opening + self.period_ms
                if first <= start_ms:
                    first += (start_ms - first) // self.period_ms * self.period_ms + self.period_ms
                yield from range(first, min(closing, end_ms) + 1, self.period_ms)
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
        store = self.run.store
        trade = Series(store, symbol, TickType.TRADE, resolution, start_ms, extended)
        quote = None
        has_quotes = resolution not in COARSE or symbol.has_underlying
        if symbol.security_type is not SecurityType.INDEX and has_quotes:
            quote = Series(store, symbol, TickType.QUOTE, resolution, start_ms, extended)
        security.subscribe(trade, quote)
        security.is_tradable = symbol.security_type is not SecurityType.INDEX
        key = (id(security.hours), extended, trade.period_ms, security.fill_forward)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(security.hours, extended, trade.period_ms, security.fill_forward)
            if resolution in COARSE:
                group.source = trade
            self.push(group.moments(self.run.ms, self.run.end_ms), group)
        group.members[symbol] = security
        security.group = group
        self.order = None

    def unsubscribe(self, security: Any) -> None:
        """Close the streams; the security keeps no price."""
        for group in self.groups.values():
            group.members.pop(security.symbol, None)
            if group._witness is security:
                group._witness = None
        security.unsubscribe()
        self.order = None

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

    def next_ms(self) -> int | None:
        """The next candidate moment."""
        return self._heap[0][0] if self._heap else None

    def pop(self, ms: int) -> bool:
        """Take all sources standing at ``ms``; True when one of them has data."""
        has_data = False
        while self._heap and self._heap[0][0] == ms:
            _, count, moments, group = self._heap[0]
            following = next(moments, None)
            if following is None:
                heapq.heappop(self._heap)
            else:
                heapq.heapreplace(self._heap, (following, count, moments, group))
            if group is not None and not has_data:
                has_data = group.emits(ms, self.end_of)
        return has_data

    def emitted(self, security: Any, series: Series, ms: int) -> tuple[QuoteRow | TradeRow, bool, datetime] | None:
        """The bar a stream shows at a moment, whether it is a copy, and its end in the exchange's zone.

        None outside sessions and before the stream's start.
        """
        if self.stops and ms > self.end_of(security):
            return None
        end = security.group.session_end(ms)
        if end is None:
            return None
        row = series.row_at(ms)
        if row is None:
            return None
        if row.end == ms:
            return row, False, end
        return (row, True, end) if security.fill_forward else None

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


def _coarse_moments(series: Series, start_ms: int, end_ms: int) -> list[int]:
    """Bar ends of an hour or daily stream: only real bars make steps."""
    from datetime import date

    file = series.store.bars(series.symbol, series.resolution, series.kind, date(1, 1, 1))
    columns = file.columns(series.symbol) if file else None
    return [end for end in columns.ends if start_ms < end <= end_ms] if columns else []
