"""Data objects of a slice: quote bars, trade bars, delistings, splits, dividends. Times are in the exchange's zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.enums import DelistingType, MarketDataType, SplitType
from replay.naming import LeanObject
from replay.prices import Ohlc, QuoteRow, TradeRow
from replay.rounding import smart_text
from replay.symbol import Symbol, to_decimal


class OnFirstRead:
    """An attribute that is made when it is first read, and can be assigned; `cached_property` without its lock."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        made = instance.__dict__[self._name] = self._make(instance)
        return made


class Bar(LeanObject):
    """Open, high, low and close of one side of the book, dollars per share."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, open: float = 0.0, high: float = 0.0, low: float = 0.0, close: float = 0.0) -> None:
        self.open, self.high, self.low, self.close = open, high, low, close

    @classmethod
    def of(cls, values: Ohlc | None) -> Bar | None:
        """A bar of exact prices; None for a missing side."""
        return None if values is None else cls(*map(float, values))

    def __str__(self) -> str:
        sides = zip("OHLC", (self.open, self.high, self.low, self.close), strict=True)
        return " ".join(f"{letter}: {smart_text(to_decimal(price))}" for letter, price in sides)


def _at(ohlc: Ohlc | None, place: int) -> str:
    return "" if ohlc is None else smart_text(ohlc[place])


class BaseData(LeanObject):
    """Common part of every data point."""

    data_type = MarketDataType.BASE

    def __init__(self, symbol: Symbol, row: Any, forward: bool, end_time: datetime, period: timedelta) -> None:
        self.symbol = symbol
        self._row = row
        self.end_time = end_time
        self.period = period
        self.is_fill_forward = forward

    @property
    def time(self) -> datetime:
        """Start of the bar."""
        return self.end_time - self.period


class QuoteBar(BaseData):
    """A bar of bids and asks; ``bid`` or ``ask`` is None when that side was never quoted."""

    data_type = MarketDataType.QUOTE_BAR
    _row: QuoteRow

    bid = OnFirstRead(lambda self: Bar.of(self._row.bid))
    ask = OnFirstRead(lambda self: Bar.of(self._row.ask))
    last_bid_size = OnFirstRead(lambda self: float(self._row.bid_size))
    last_ask_size = OnFirstRead(lambda self: float(self._row.ask_size))
    open = property(lambda self: float(self._row.middle(0)))
    high = property(lambda self: float(self._row.middle(1)))
    low = property(lambda self: float(self._row.middle(2)))
    close = property(lambda self: self._row.close)
    value = close
    price = close

    def __str__(self) -> str:
        sides = (("Bid", self._row.bid), ("Ask", self._row.ask))
        parts = (f"{side}: {letter}: {_at(row, place)} " for side, row in sides for place, letter in enumerate("OHLC"))
        return f"{self.symbol}: {''.join(parts)}"


class TradeBar(BaseData):
    """A bar of trades; a copy keeps the prices of its bar and has no volume."""

    data_type = MarketDataType.TRADE_BAR
    _row: TradeRow

    open = OnFirstRead(lambda self: float(self._row.ohlc[0]))
    high = OnFirstRead(lambda self: float(self._row.ohlc[1]))
    low = OnFirstRead(lambda self: float(self._row.ohlc[2]))
    close = OnFirstRead(lambda self: float(self._row.ohlc[3]))
    volume = OnFirstRead(lambda self: 0.0 if self.is_fill_forward else float(self._row.volume))
    value = property(lambda self: self.close)
    price = property(lambda self: self.close)

    def __str__(self) -> str:
        prices = "".join(f"{letter}: {_at(self._row.ohlc, place)} " for place, letter in enumerate("OHLC"))
        return f"{self.symbol}: {prices}V: {smart_text(Decimal(str(self.volume)))}"


class Delisting(LeanObject):
    """Warning on the last trading day, Delisted at midnight after it."""

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, price: float, kind: DelistingType) -> None:
        self.symbol = symbol
        self.time = self.end_time = time
        self.price = self.value = price
        self.type = kind
        self.ticket: Any = None

    def __str__(self) -> str:
        word = "Delisting Warning" if self.type is DelistingType.WARNING else "Delisted"
        return f"{word}: {self.symbol} {self.end_time:%m/%d/%Y %H:%M:%S}"


class Split(LeanObject):
    """A split of an equity; ``split_factor`` below 1 means more shares."""

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, price: float, factor: float, kind: SplitType) -> None:
        self.symbol = symbol
        self.time = self.end_time = time
        self.reference_price = self.price = self.value = price
        self.split_factor = factor
        self.type = kind


class Dividend(LeanObject):
    """A cash distribution in dollars per share."""

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, distribution: float, reference_price: float) -> None:
        self.symbol = symbol
        self.time = self.end_time = time
        self.distribution = self.price = self.value = distribution
        self.reference_price = reference_price


class SymbolChangedEvent(LeanObject):
    """A ticker change."""

    data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, old_symbol: str, new_symbol: str) -> None:
        self.symbol = symbol
        self.time = self.end_time = time
        self.old_symbol, self.new_symbol = old_symbol, new_symbol


class OpenInterest(LeanObject):
    """Type key of open interest data."""


class Tick(LeanObject):
    """Type key of tick data, which the replay does not have."""
