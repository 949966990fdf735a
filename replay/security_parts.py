"""The smaller objects a security shows: its exchange, its data cache, and the facts the models ask for."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from replay.bars import QuoteBar, TradeBar
from replay.clock import from_ms
from replay.naming import LeanObject
from replay.prices import QuoteRow, TradeRow
from replay.symbol import Symbol


class SecurityExchange(LeanObject):
    """When the security's exchange is open."""

    def __init__(self, security: Any) -> None:
        self._security = security

    hours = property(lambda self: self._security.hours)
    time_zone = property(lambda self: self._security.hours.time_zone)
    local_time = property(lambda self: self._security.local_time)

    @property
    def exchange_open(self) -> bool:
        """Regular hours now; the closing slice counts as closed."""
        return bool(self.hours.is_open(self.local_time, False))

    closing_soon = property(lambda self: self.is_closing_soon(10))

    def is_closing_soon(self, minutes_to_close: int) -> bool:
        """Whether the exchange closes within so many minutes."""
        return not self.hours.is_open(self.local_time + timedelta(minutes=minutes_to_close), False)

    def date_is_open(self, date: datetime) -> bool:
        """Whether there is a session on a date."""
        return bool(self.hours.is_date_open(date))

    def date_time_is_open(self, date_time: datetime) -> bool:
        """Whether regular hours are open at a local time."""
        return bool(self.hours.is_open(date_time, False))

    def is_open_during_bar(self, start: datetime, end: datetime, extended: bool) -> bool:
        """Whether a stretch of local time overlaps a session."""
        return bool(self.hours.is_open(start, end, extended))


class SecurityCache(LeanObject):
    """The last real bars by type; fill-forward copies never enter."""

    def __init__(self, security: Any) -> None:
        self._security = security

    def get_data(self, kind: type | None = None) -> Any:
        """The last real bar, or the last of one type; None without one."""
        security = self._security
        rows = {None: "last_row", QuoteBar: "quote_row", TradeBar: "trade_row"}
        row = getattr(security, rows[kind]) if kind in rows else None
        return None if row is None else bar_of(security, row, False, security.local(from_ms(row.end)))

    price = property(lambda self: self._security.price)
    bid_price = property(lambda self: self._security.bid_price)
    ask_price = property(lambda self: self._security.ask_price)
    bid_size = property(lambda self: self._security.bid_size)
    ask_size = property(lambda self: self._security.ask_size)
    open = property(lambda self: self._security.open)
    high = property(lambda self: self._security.high)
    low = property(lambda self: self._security.low)
    close = property(lambda self: self._security.close)
    volume = property(lambda self: self._security.volume)
    open_interest = property(lambda self: self._security.open_interest)

    def has_data(self, kind: type) -> bool:
        """Whether a bar of the type has come."""
        return self.get_data(kind) is not None


def bar_of(security: Any, row: QuoteRow | TradeRow, forward: bool, end: datetime) -> Any:
    """A row as the algorithm sees it; a copy carries the time of its slice. ``end`` is in the exchange's zone."""
    kind = QuoteBar if isinstance(row, QuoteRow) else TradeBar
    return kind(security.symbol, row, forward, end, security.period_at(end))


class Facts:
    """Exact facts of a security for fee, brokerage and margin models (see ``replay.facts``)."""

    def __init__(self, security: Any) -> None:
        self._security = security

    symbol: Symbol = property(lambda self: self._security.symbol)  # type: ignore[assignment]
    bid: Decimal = property(lambda self: self._security.exact_bid)  # type: ignore[assignment]
    ask: Decimal = property(lambda self: self._security.exact_ask)  # type: ignore[assignment]
    price: Decimal = property(lambda self: self._security.exact_price)  # type: ignore[assignment]
    held: Decimal = property(lambda self: self._security.holdings.exact_quantity)  # type: ignore[assignment]
    multiplier: Decimal = property(lambda self: self._security.multiplier)  # type: ignore[assignment]
    local_time: datetime = property(lambda self: self._security.local_time)  # type: ignore[assignment]
    buying_power_model: Any = property(lambda self: self._security.exact_margin_model)

    @property
    def underlying(self) -> Any:
        """The facts of an option's underlying."""
        security = getattr(self._security, "underlying", None)
        return None if security is None else security.facts

    def regular_session(self) -> tuple[time, time] | None:
        """Open and close of the local day."""
        session = self._security.hours.session(self.local_time.date())
        return None if session is None else (session[0].time(), session[1].time())
