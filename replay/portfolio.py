"""``self.portfolio``: cash, holdings, equity and buying power (LEAN: SecurityPortfolioManager, -PortfolioModel)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.cash import CashBook
from replay.enums import OrderDirection, OrderType, SettlementType
from replay.errors import Unsupported
from replay.fees import order_value
from replay.naming import LeanObject
from replay.orders import Order, OrderEvent
from replay.slices import KeyValuePair
from replay.symbol import Symbol, to_decimal
from replay.trades import exercise_wins

ZERO = Decimal(0)
NEGATIVE_ZERO = Decimal("-0")


class Portfolio(LeanObject):
    """Holdings by symbol; money in dollars."""

    lean_name = "SecurityPortfolioManager"

    def __init__(self, run: Any) -> None:
        self._run = run
        self.cash_book = CashBook(Decimal(100000))
        self.unsettled_cash_book = CashBook(ZERO)
        self.margin_call_model: Any = None
        self.position_groups_off = False
        self.transaction_record: dict[datetime, tuple[Decimal, bool]] = {}

    def order_value(self, security: Any, order: Order) -> Decimal:
        """Signed value of an order in dollars."""
        return order_value(order, security.facts)

    def has_sufficient_buying_power(self, orders: list[Order]) -> tuple[bool, str]:
        """LEAN's check of one order or one combo: (enough, reason)."""
        result: tuple[bool, str] = self._run.buying_power.check(orders)
        return result

    def process_fills(self, fills: list[OrderEvent]) -> None:
        """Apply fills in order; an exercise also settles in cash or shares."""
        for fill in fills:
            security = self._run.securities[fill.symbol]
            self._fill(security, fill)
            exercise = self._run.orders.orders[fill.order_id].type is OrderType.OPTION_EXERCISE
            if exercise and security.symbol.has_underlying:
                profit = security.holdings.exact_last_profit
                word = f"Profit: +{profit:f}" if profit >= 0 else f"Loss: {profit:f}"
                fill.message = f"{fill.message}. {word}"
        self._run.buying_power.changed()

    def _fill(self, security: Any, fill: OrderEvent) -> None:
        holdings = security.holdings
        held, average = holdings.exact_quantity, holdings.exact_average
        quantity, price = fill.fill_quantity, fill.fill_price
        holdings.exact_sales += holdings.quantity_value(abs(quantity), price)
        if fill.fee:
            holdings.exact_fees += fill.fee
            self._add_cash(-fill.fee)
        self._add_cash(-quantity * price * security.multiplier)
        buys = fill.direction is OrderDirection.BUY
        if (held > 0 and not buys) or (held < 0 and buys):
            self._close(security, fill, held, average)
        total = held + quantity
        if held == 0 or ((held > 0) == (total > 0) and abs(total) > abs(held)):
            average = price if held == 0 else (average * held + quantity * price) / total
        elif total == 0:
            average = ZERO
            total = NEGATIVE_ZERO if held < 0 else ZERO
        elif (held > 0) != (total > 0):
            average = price
        holdings.exact_quantity, holdings.exact_average = total, average
        self._run.trades(security, fill)

    def _close(self, security: Any, fill: OrderEvent, held: Decimal, average: Decimal) -> None:
        holdings = security.holdings
        closed = min(abs(fill.fill_quantity), abs(held)) * (1 if held > 0 else -1)
        profit = holdings.quantity_value(closed, fill.fill_price) - holdings.quantity_value(closed, average)
        exercised = False
        order = self._run.orders.orders[fill.order_id]
        if order.type is OrderType.OPTION_EXERCISE and security.symbol.has_underlying:
            exercised = True
            if security.exercise_settlement is SettlementType.CASH:
                cash = -security.intrinsic(security.underlying.exact_close) * security.multiplier * order.quantity
                self._add_cash(cash)
                profit += cash
        holdings.exact_profit += profit
        holdings.exact_last_profit = profit
        net = profit - 2 * fill.fee
        time = self._run.utc
        while time in self.transaction_record:
            time += timedelta(milliseconds=1)
        won = exercise_wins(fill, net, in_the_money_amount(security, fill)) if exercised else net > 0
        self.transaction_record[time] = (net, won)

    def change_from_outside(self, security: Any, quantity: Decimal, price: Decimal) -> None:
        """Take over a trade that no order of this run made, at dollars per share, without a fee or an event."""
        holdings = security.holdings
        self._add_cash(-quantity * price * security.multiplier)
        holdings.exact_quantity += quantity
        if not holdings.exact_quantity:
            holdings.exact_average = ZERO
        self._run.buying_power.changed()

    def _add_cash(self, amount: Decimal) -> None:
        self.cash_book.base.exact_amount += amount

    @property
    def exact_cash(self) -> Decimal:
        """Cash in dollars."""
        amount: Decimal = self.cash_book.base.exact_amount
        return amount

    @property
    def exact_value(self) -> Decimal:
        """Cash plus holdings at the securities' prices."""
        securities = self._run.securities
        held = self._run.buying_power.holdings()
        return self.exact_cash + sum((securities.find(symbol).holdings.exact_value for symbol in held), ZERO)

    def _sum(self, field: str) -> Decimal:
        return sum((getattr(s.holdings, field) for s in self._run.securities.values()), ZERO)

    cash = property(lambda self: float(self.exact_cash))
    unsettled_cash = 0.0
    total_portfolio_value = property(lambda self: float(self.exact_value))
    total_holdings_value = property(lambda self: float(self.exact_value - self.exact_cash))
    total_absolute_holdings_cost = property(
        lambda self: float(sum((abs(s.holdings.exact_cost) for s in self._run.securities.values()), ZERO))
    )
    total_unlevered_absolute_holdings_cost = property(
        lambda self: sum(s.holdings.unlevered_absolute_holdings_cost for s in self._run.securities.values())
    )
    total_unrealized_profit = property(lambda self: float(self._sum("exact_unrealized")))
    total_unrealised_profit = total_unrealized_profit
    total_profit = property(lambda self: float(self._sum("exact_profit")))
    total_net_profit = property(lambda self: float(self._sum("exact_net_profit")))
    total_fees = property(lambda self: float(self._sum("exact_fees")))
    total_sale_volume = property(lambda self: float(self._sum("exact_sales")))
    total_margin_used = property(lambda self: float(self._run.buying_power.used()))
    margin_remaining = property(lambda self: float(self.exact_value - self._run.buying_power.used()))
    transactions = property(lambda self: self._run.transactions)
    securities = property(lambda self: self._run.securities)

    @property
    def positions(self) -> Any:
        """Position groups as LEAN's margin rules see them."""
        from replay.positions import PositionManager

        return PositionManager(self._run)

    def get_margin_remaining(self, symbol: Any = None, direction: OrderDirection = OrderDirection.BUY) -> float:
        """Dollars of margin left, for an order that does not reduce the holding of a symbol (for one that does LEAN
        adds what the holding's position group sets free)."""
        security = None if symbol is None else self._run.securities[symbol]
        if (
            security is not None
            and security.holdings.exact_quantity * (1 if direction is OrderDirection.BUY else -1) < 0
        ):
            raise Unsupported("margin remaining for an order that reduces a holding", "use margin_remaining")
        return float(self.exact_value - self._run.buying_power.used())

    get_buying_power = get_margin_remaining

    @property
    def invested(self) -> bool:
        """Whether anything is held."""
        return any(s.holdings.invested for s in self._run.securities.values())

    hold_stock = invested

    def set_cash(self, amount: float) -> None:
        """Set the cash, dollars."""
        self.cash_book.base.exact_amount = to_decimal(amount)

    def set_positions(self, model: Any) -> None:
        """Position groups on or off (SecurityPositionGroupModel.NULL)."""
        self.position_groups_off = bool(model.is_null)

    def set_margin_call_model(self, model: Any) -> None:
        """``MarginCallModel.NULL`` switches margin calls off."""
        self.margin_call_model = model

    def __getitem__(self, key: Any) -> Any:
        return self._run.securities[key].holdings

    def __contains__(self, key: Any) -> bool:
        return key in self._run.securities

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(pair) for pair in self.items()])

    Keys = property(lambda self: self.keys())
    Values = property(lambda self: self.values())

    def __len__(self) -> int:
        return len(self._run.securities)

    count = property(lambda self: len(self._run.securities))

    def contains_key(self, key: Any) -> bool:
        """Whether the key is there."""
        return key in self._run.securities

    def get(self, key: Any, default: Any = None) -> Any:
        """The value, or ``default`` when the key is not there."""
        found = self._run.securities.find(key)
        return default if found is None else found.holdings

    def keys(self) -> list[Symbol]:
        """The keys, in order."""
        keys: list[Symbol] = self._run.securities.keys()
        return keys

    def values(self) -> list[Any]:
        """The values, in order."""
        return [s.holdings for s in self._run.securities.values()]

    def items(self) -> list[tuple[Symbol, Any]]:
        """Keys and values, in order."""
        return [(k, s.holdings) for k, s in self._run.securities.items()]


def in_the_money_amount(option: Any, fill: OrderEvent) -> Decimal:
    """Worth of the contracts of a fill against the underlying's price, negative out of the money."""
    worth: Decimal = option.pay_off(option.underlying.exact_price) * option.multiplier * abs(fill.fill_quantity)
    return worth
