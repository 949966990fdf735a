"""Closed trades as LEAN pairs them: fill to fill, first in first out, per symbol.

Rules: Common/Statistics/TradeBuilder.cs and Trade.cs. A spread is therefore one trade per leg. Money in dollars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import NAMESPACE_OID, uuid5

from replay.orders import OrderEvent
from replay.symbol import Symbol

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(slots=True)
class Trade:
    """One entry fill (or part) closed by one exit fill. `mae` and `mfe` are the worst and best open profit."""

    symbol: Symbol
    entry_time: datetime
    entry_price: Decimal
    is_long: bool
    quantity: Decimal
    total_fees: Decimal
    order_ids: list[int]
    exit_time: datetime = datetime(1, 1, 1)
    exit_price: Decimal = ZERO
    profit_loss: Decimal = ZERO
    mae: Decimal = ZERO
    mfe: Decimal = ZERO
    end_trade_drawdown: Decimal = ZERO
    is_win: bool = False
    id: str = ""

    @property
    def duration(self) -> timedelta:
        """From entry to exit."""
        return self.exit_time - self.entry_time


@dataclass(slots=True)
class _Pending:
    trade: Trade
    best: Decimal = ZERO
    drawdown: Decimal = ZERO

    def mark(self, price: Decimal) -> None:
        gain = price - self.trade.entry_price if self.trade.is_long else self.trade.entry_price - price
        if gain < self.best:
            self.drawdown = max(self.drawdown, self.best - gain)
        else:
            self.best = gain


@dataclass(slots=True)
class _Position:
    pending: list[_Pending]
    high: Decimal
    low: Decimal


@dataclass(slots=True)
class TradeBuilder:
    """Feed it every fill in order, and prices of held symbols as they change."""

    is_win: Callable[[OrderEvent, Decimal], bool] = lambda fill, profit: profit > 0
    closed: list[Trade] = field(default_factory=list)
    _positions: dict[Symbol, _Position] = field(default_factory=dict)
    _charged: set[int] = field(default_factory=set)

    def open_symbols(self) -> Iterable[Symbol]:
        """Symbols with an entry still open."""
        return self._positions.keys()

    def mark(self, symbol: Symbol, price: Decimal) -> None:
        """A new price per share of a held symbol."""
        position = self._positions.get(symbol)
        if position is None:
            return
        if price > position.high:
            position.high = price
        elif price < position.low:
            position.low = price
        for pending in position.pending:
            pending.mark(price)

    def fill(self, fill: OrderEvent, multiplier: Decimal) -> None:
        """A fill; `multiplier` is shares per contract. An order's fee counts once."""
        fee = ZERO if fill.order_id in self._charged else fill.fee
        self._charged.add(fill.order_id)
        position = self._positions.get(fill.symbol)
        if position is None:
            self._positions[fill.symbol] = _Position([_entry(fill, fee)], fill.fill_price, fill.fill_price)
            return
        self.mark(fill.symbol, fill.fill_price)
        if (fill.fill_quantity > 0) == position.pending[0].trade.is_long:
            position.pending.append(_entry(fill, fee))
            return
        left = abs(fill.fill_quantity)
        while position.pending and left > 0:
            left -= self._close(position, fill, left, fee, multiplier)
            fee = ZERO
        if position.pending:
            return
        if left:
            self._positions[fill.symbol] = _Position([_entry(fill, ZERO, left)], fill.fill_price, fill.fill_price)
        else:
            del self._positions[fill.symbol]

    def _close(
        self, position: _Position, fill: OrderEvent, left: Decimal, fee: Decimal, multiplier: Decimal
    ) -> Decimal:
        pending = position.pending[0]
        entry, quantity = pending.trade, min(left, pending.trade.quantity)
        sign = 1 if entry.is_long else -1
        size = quantity * multiplier
        worst, best = (position.low, position.high) if entry.is_long else (position.high, position.low)
        trade = replace(
            entry,
            quantity=quantity,
            exit_time=fill.time_utc,
            exit_price=fill.fill_price,
            profit_loss=_cents((fill.fill_price - entry.entry_price) * sign * size),
            total_fees=entry.total_fees + fee,
            mae=_cents((worst - entry.entry_price) * sign * size),
            mfe=_cents((best - entry.entry_price) * sign * size),
            end_trade_drawdown=_cents(pending.drawdown * size),
            order_ids=list(dict.fromkeys([*entry.order_ids, fill.order_id])),
        )
        trade.is_win = self.is_win(fill, trade.profit_loss)
        trade.id = str(uuid5(NAMESPACE_OID, f"{fill.order_id}-{entry.order_ids[0]}-{len(self.closed)}"))
        self.closed.append(trade)
        if quantity == entry.quantity:
            position.pending.pop(0)
        else:
            entry.quantity -= quantity
            entry.total_fees = ZERO
        return quantity


def exercise_wins(fill: OrderEvent, profit: Decimal, in_the_money: Decimal) -> bool:
    """Whether LEAN counts an exercised or expired option as won (OrderEvent.IsWin).

    `profit` is the profit of the closed position, `in_the_money` the signed worth of the contracts, both in dollars.
    """
    if fill.fill_quantity < 0:
        return fill.is_in_the_money and abs(profit) < in_the_money
    return not fill.is_in_the_money or abs(profit) > in_the_money


def _entry(fill: OrderEvent, fee: Decimal, quantity: Decimal | None = None) -> _Pending:
    size = abs(fill.fill_quantity) if quantity is None else quantity
    trade = Trade(fill.symbol, fill.time_utc, fill.fill_price, fill.fill_quantity > 0, size, fee, [fill.order_id])
    return _Pending(trade)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_EVEN)
