"""Quotes that stop, lose a side or are absurd for a while, and prices that cannot be read: faults of one security."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from replay.prices import Ohlc, QuoteRow

_READ = ("price", "bid_price", "ask_price")


@dataclass(slots=True)
class Disturbance:
    """What is wrong with quotes whose bar ends after `start` and up to `end`, UTC milliseconds.

    `side` both: there are none; bid or ask: that side is empty, LEAN keeps its last price. `factor`: quoted at so
    many times the price instead.
    """

    start: int
    end: int
    side: str = "both"
    factor: Decimal | None = None
    last: QuoteRow | None = field(default=None)


class DisturbedQuotes:
    """A quote series (`replay.series.Series`) seen through disturbances."""

    def __init__(self, series: Any) -> None:
        self._series = series
        self._faults: list[Disturbance] = []

    def disturb(self, fault: Disturbance) -> None:
        """Take one more disturbance; quotes up to now are not touched."""
        fault.last = self.row
        self._faults.append(fault)

    def advance(self, ms: int) -> None:
        """Move on as far as there are quotes."""
        self._series.advance(self._heard(ms))

    def row_at(self, ms: int) -> Any:
        """The last bar at a moment."""
        return self._seen(self._series.row_at(self._heard(ms)))

    @property
    def row(self) -> Any:
        """The last bar of a session."""
        return self._seen(self._series.row)

    @property
    def latest(self) -> Any:
        """The last bar."""
        return self._seen(self._series.latest)

    def _heard(self, ms: int) -> int:
        for fault in self._faults:
            if fault.factor is None and fault.side == "both" and fault.start <= ms <= fault.end:
                ms = fault.start
        return ms

    def _seen(self, row: Any) -> Any:
        for fault in self._faults:
            if row is None or not fault.start < row.end <= fault.end:
                continue
            if fault.factor is not None:
                bid, ask = _times(row.bid, fault.factor), _times(row.ask, fault.factor)
                row = row.with_sides(bid, row.bid_size, ask, row.ask_size)
            elif fault.side == "bid":
                row = row.with_sides(fault.last.bid if fault.last else None, 0, row.ask, row.ask_size)
            elif fault.side == "ask":
                row = row.with_sides(row.bid, row.bid_size, fault.last.ask if fault.last else None, 0)
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._series, name)


def _times(prices: Ohlc | None, factor: Decimal) -> Ohlc | None:
    if prices is None:
        return None
    o, h, low, close = ((price * factor).quantize(Decimal("0.01")) for price in prices)
    return o, h, low, close


def disturb(security: Any, fault: Disturbance) -> None:
    """Disturb the quotes of a subscribed security from now on."""
    if security.quote is None:
        return
    if not isinstance(security.quote, DisturbedQuotes):
        security.quote = DisturbedQuotes(security.quote)
    security.quote.disturb(fault)
    security._synced = -1


def make_unreadable(security: Any) -> None:
    """Let every price the algorithm reads of a security raise; the engine's own exact prices stay."""
    kind = type(security)

    def broken(_: Any) -> float:
        raise RuntimeError(f"no price of {security.symbol.value} can be read")

    security.__class__ = type(kind.__name__, (kind,), dict.fromkeys(_READ, property(broken)))


def make_readable(security: Any) -> None:
    """Undo `make_unreadable`."""
    security.__class__ = type(security).__mro__[1]
