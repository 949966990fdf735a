"""Rows of market data and the price a security has from them. Prices are dollars per share, exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
PRICE_UNIT = Decimal("0.0001")
"""Dollars per unit of an integer price in LEAN's option and equity files."""
Ohlc = tuple[Decimal, Decimal, Decimal, Decimal]
NOTHING: Ohlc = (ZERO, ZERO, ZERO, ZERO)


def priced(values: Sequence[Decimal | int], unit: Decimal) -> Ohlc:
    """Four prices in dollars with the scale of the file."""
    if unit is PRICE_UNIT:
        o, h, low, close = values
        return o * PRICE_UNIT, h * PRICE_UNIT, low * PRICE_UNIT, close * PRICE_UNIT
    o, h, low, close = map(Decimal, values)
    return o, h, low, close


def dollars(price: Decimal | int) -> Decimal:
    """Dollars of a price, of one in whole 1/10000 dollars too."""
    return price * PRICE_UNIT if type(price) is int else Decimal(price)


class Sided:
    """One side of a quote bar as its file has it: `units` is the close in 1/10000 dollars, the rest is read when asked.

    ``cells`` are the four prices, ``read`` turns them into numbers or says what is wrong with them.
    """

    __slots__ = ("_cells", "_prices", "_read", "_where", "units")

    def __init__(
        self,
        cells: list[bytes],
        units: int,
        read: Callable[[list[bytes], tuple[int, int]], Ohlc],
        where: tuple[int, int],
    ) -> None:
        self._cells, self.units, self._read, self._where = cells, units, read, where
        self._prices: Ohlc | None = None

    def read(self) -> Ohlc:
        """All four prices, dollars."""
        if self._prices is None:
            self._prices = self._read(self._cells, self._where)
        return self._prices


class QuoteRow:
    """A quote bar; a side that was never quoted is None, an inherited side has size 0. ``end`` is UTC milliseconds.

    A side is given as prices, or as the place where it stands in its file.
    """

    __slots__ = ("_ask", "_bid", "ask_size", "bid_size", "end")

    def __init__(
        self, end: int, bid: Ohlc | Sided | None, bid_size: int, ask: Ohlc | Sided | None, ask_size: int
    ) -> None:
        self.end, self.bid_size, self.ask_size = end, bid_size, ask_size
        self._bid, self._ask = bid, ask

    @property
    def bid(self) -> Ohlc | None:
        """Open, high, low and close of the bid."""
        bid = self._bid
        return bid.read() if isinstance(bid, Sided) else bid

    @property
    def ask(self) -> Ohlc | None:
        """Open, high, low and close of the ask."""
        ask = self._ask
        return ask.read() if isinstance(ask, Sided) else ask

    @property
    def bid_close(self) -> Decimal | int:
        """Close of the bid: whole 1/10000 dollars as an `int`, else dollars; 0 without one."""
        bid = self._bid
        return bid.units if isinstance(bid, Sided) else bid[3] if bid else 0

    @property
    def ask_close(self) -> Decimal | int:
        """Close of the ask, likewise."""
        ask = self._ask
        return ask.units if isinstance(ask, Sided) else ask[3] if ask else 0

    def with_sides(self, bid: Ohlc | None, bid_size: int, ask: Ohlc | None, ask_size: int) -> QuoteRow:
        """The same bar with other sides."""
        return QuoteRow(self.end, bid, bid_size, ask, ask_size)

    def middle(self, field: int) -> Decimal:
        """Mid of one of open, high, low, close; the single side when the other is missing or 0; 0 without both."""
        if field == 3:
            bid, ask = dollars(self.bid_close or ZERO), dollars(self.ask_close or ZERO)
        else:
            bid, ask = (self.bid or NOTHING)[field], (self.ask or NOTHING)[field]
        if bid and ask:
            return (bid + ask) / 2
        return bid or ask

    @property
    def close(self) -> float:
        """The mid of the closes as a float: the same number as of the exact one, a ratio of whole numbers."""
        bid, ask = self._bid, self._ask
        if not (isinstance(bid, Sided) and isinstance(ask, Sided)):
            return float(self.middle(3))
        low, high = bid.units, ask.units
        return (low + high) / 20_000 if low and high else (low or high) / 10_000


class TradeRow(NamedTuple):
    """A trade bar; ``end`` is UTC milliseconds."""

    end: int
    ohlc: Ohlc
    volume: Decimal


class Prices(NamedTuple):
    """What a fill looks at: one side of a bar, or a trade bar."""

    end_utc: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
