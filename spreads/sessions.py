"""When a contract is traded: today's session and the end of its last one, from the exchange's own calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Protocol

from .judge import TradingHours
from .last_minute import trading_ends
from .legs import Leg
from .times import plain


class Hours(Protocol):
    """An exchange's calendar, half days honoured; all times are its own (LEAN: SecurityExchangeHours)."""

    def is_date_open(self, local: datetime, /) -> bool:
        """True when there is a session on the day."""
        ...

    def get_next_market_open(self, local: datetime, extended: bool, /) -> datetime:
        """Next opening after a time."""
        ...

    def get_next_market_close(self, local: datetime, extended: bool, /) -> datetime:
        """Next close after a time."""
        ...


class Exchange(Protocol):
    """Where a contract is traded (LEAN: SecurityExchange)."""

    @property
    def hours(self) -> Hours:
        """Its calendar."""
        ...

    @property
    def local_time(self) -> datetime:
        """The present time there."""
        ...


class Sessions:
    """Sessions and last trades in algorithm time; each is worked out once.

    Args:
        exchange_of: Gives a contract's exchange. It is asked once a root: an expired contract leaves LEAN's
            securities (lean_live.md 7).
        now: Gives algorithm time.
    """

    def __init__(self, exchange_of: Callable[[Leg], Exchange], now: Callable[[], datetime]) -> None:
        self._exchange_of = exchange_of
        self._now = now
        self._exchanges: dict[str, Exchange] = {}
        self._sessions: dict[tuple[str, date], TradingHours | None] = {}
        self._ends: dict[str, datetime] = {}
        self._offsets: dict[tuple[str, date], timedelta] = {}

    def session(self, leg: Leg, day: date) -> TradingHours | None:
        """The regular session of a day; None on a day without one."""
        key = (_root(leg), day)
        if key not in self._sessions:
            exchange, midnight = self._exchange(leg), datetime(day.year, day.month, day.day)
            offset, session = self.offset(exchange), None
            if exchange.hours.is_date_open(midnight):
                opens = exchange.hours.get_next_market_open(midnight, False)
                closes = exchange.hours.get_next_market_close(opens, False)
                session = TradingHours(plain(opens + offset), plain(closes + offset))
            self._sessions[key] = session
        return self._sessions[key]

    def last_trade(self, leg: Leg, index_option: bool) -> datetime:
        """End of the contract's trading (`spreads.last_minute` says which options stop before their expiration)."""
        if leg.key not in self._ends:
            exchange, day = self._exchange(leg), datetime(leg.expiry.year, leg.expiry.month, leg.expiry.day)
            before = day - timedelta(days=1)
            while not exchange.hours.is_date_open(before):
                before -= timedelta(days=1)
            closes = [exchange.hours.get_next_market_close(start, False) for start in (day, before)]
            ends = trading_ends(_root(leg), index_option, *closes)
            self._ends[leg.key] = plain(ends + self.offset(exchange))
        return self._ends[leg.key]

    def algorithm_time(self, leg: Leg, local: datetime) -> datetime:
        """A time of the contract's exchange as algorithm time."""
        return self.to_algorithm(local, _root(leg), lambda: self._exchange(leg))

    def to_algorithm(self, local: datetime, name: str, exchange: Callable[[], Exchange]) -> datetime:
        """A time of a named exchange as algorithm time; the exchange is asked once a day for what lies between."""
        key = name, local.date()
        if key not in self._offsets:
            self._offsets[key] = self.offset(exchange())
        return plain(local + self._offsets[key])

    def offset(self, exchange: Exchange) -> timedelta:
        """Algorithm time less exchange time, rounded to minutes."""
        return timedelta(minutes=round((self._now() - exchange.local_time).total_seconds() / 60))

    def _exchange(self, leg: Leg) -> Exchange:
        root = _root(leg)
        if root not in self._exchanges:
            self._exchanges[root] = self._exchange_of(leg)
        return self._exchanges[root]


def _root(leg: Leg) -> str:
    return leg.key.split(" ")[0]
