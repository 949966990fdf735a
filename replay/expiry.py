"""What expiry does: delisting events, automatic exercise, early assignment, settlement.

Rules: LEAN's DelistingEventProvider, BacktestingBrokerage.ProcessDelistings, DefaultExerciseModel and
DefaultOptionAssignmentModel.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.assignment import DEFAULT_ASSIGNMENT
from replay.bars import Delisting
from replay.clock import to_ms
from replay.enums import DelistingType, OptionRight, OrderStatus, OrderType, SettlementType
from replay.order_views import OrderEventView
from replay.orders import Order, OrderEvent, direction_of
from replay.symbol import Symbol

_ONE_DAY = timedelta(days=1)
_CENT = Decimal("0.01")


class Expiry:
    """Delistings of a run. Moments are UTC milliseconds of midnights in the exchange's zone."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.due: dict[int, dict[Symbol, tuple[Any, DelistingType]]] = {}

    def watch(self, security: Any) -> None:
        """Plan warning and delisting of a contract that was just subscribed."""
        hours, expiry = security.hours, security.symbol.id.date
        last = expiry if hours.is_date_open(expiry) else hours.get_previous_trading_day(expiry)
        first_day = security.local(self.run.utc).replace(hour=0, minute=0, second=0, microsecond=0)
        if not hours.is_date_open(first_day):
            first_day = hours.get_next_trading_day(first_day)
        warning = max(last, first_day)
        if last < first_day:
            return
        if self._utc(security, warning) < self.run.end_utc:
            self._plan(security, max(self._utc(security, warning), self.run.utc), DelistingType.WARNING)
        following = hours.get_next_trading_day(last)
        if self._utc(security, following) < self.run.end_utc:
            self._plan(security, self._utc(security, last + _ONE_DAY), DelistingType.DELISTED)

    def _utc(self, security: Any, local: datetime) -> datetime:
        utc: datetime = security.hours.time_zone.to_utc(local)
        return utc

    def _plan(self, security: Any, utc: datetime, kind: DelistingType) -> None:
        ms = to_ms(utc)
        known = ms in self.due
        self.due.setdefault(ms, {})[security.symbol] = (security, kind)
        if kind is DelistingType.DELISTED:
            self.run.feed.stop(security, ms)
        if not known and ms > self.run.ms:
            self.run.feed.push(iter((ms,)), None)

    def events_at(self, ms: int) -> dict[Symbol, Delisting]:
        """Delistings of this moment for the slice, of contracts still subscribed, in symbol order."""
        found = {}
        for symbol, (security, kind) in sorted(self.due.pop(ms, {}).items(), key=lambda item: item[0].value):
            if security.trade is None:
                continue
            if kind is DelistingType.DELISTED:
                security.is_delisted = True
                security.is_tradable = False
            found[symbol] = Delisting(symbol, security.local(self.run.utc), _last_trade(security, ms), kind)
        return found

    def ended(self, delistings: dict[Symbol, Delisting]) -> list[Any]:
        """The securities that are delisted now, not only warned of."""
        return [self.run.securities[s] for s, event in delistings.items() if event.type is DelistingType.DELISTED]

    def process(self, delistings: dict[Symbol, Delisting]) -> None:
        """Exercise or drop what is held of delisted contracts, then cancel their orders."""
        for symbol, delisting in delistings.items():
            if delisting.type is not DelistingType.DELISTED:
                continue
            security = self.run.securities[symbol]
            quantity = -security.holdings.exact_quantity
            if quantity:
                self.exercise(security, quantity, None)
            self.run.universes.delisted(security)
            if not self.run.warming_up:
                self.run.transactions.cancel_open_orders(symbol)

    def assign_early(self) -> None:
        """Ask the assignment model of every short option (BacktestingBrokerage.ProcessAssignmentOrders)."""
        short = [s for s in self.run.securities.values() if s.symbol.has_underlying and s.holdings.exact_quantity < 0]
        for option in sorted(short, key=lambda s: s.symbol.id.symbol):
            model = option.option_assignment_model or DEFAULT_ASSIGNMENT
            answer = model.get_assignment_for(self.run, option)
            if answer is not None and answer[0]:
                self.exercise(option, -option.holdings.exact_quantity, answer[1])

    def exercise(self, option: Any, quantity: Decimal, tag: str | None) -> None:
        """Exercise or assign so many contracts (the order's signed quantity) at once."""
        order = Order(0, OrderType.OPTION_EXERCISE, option.symbol, quantity, self.run.utc, tag=tag)
        order.submission = (option.exact_bid, option.exact_ask, option.exact_close)
        handler = self.run.orders
        handler.add_open(order)
        for event in exercise_events(self.run, option, order):
            handler.raise_events([event])
            if event.is_assignment:
                if order.tag:
                    event.message = f"{event.message}. {order.tag}" if event.message else order.tag
                self.run.call("on_assignment_order_event", OrderEventView(event))


def _last_trade(security: Any, ms: int) -> float:
    """The price a delisting carries: the last trade of its stream, 0 without one."""
    row = security.trade.row_at(ms)
    return float(row.ohlc[3]) if row is not None else 0.0


def exercise_events(run: Any, option: Any, order: Order) -> list[OrderEvent]:
    """The option's own event and, delivered physically in the money, that of the shares."""
    underlying = option.underlying
    in_the_money = option.intrinsic(underlying.exact_close) >= _CENT
    assigned = in_the_money and option.holdings.exact_quantity < 0
    word = ("Assigned" if assigned else "Automatic Exercise") if in_the_money else "OTM"
    event = OrderEvent.of(order, run.utc, OrderStatus.FILLED, f"{word}. Underlying: {underlying.exact_price:f}")
    event.fill_quantity = order.quantity
    event.is_assignment, event.is_in_the_money = assigned, in_the_money
    events = [event]
    if in_the_money and option.exercise_settlement is SettlementType.PHYSICAL_DELIVERY:
        shares = -order.quantity * option.multiplier * (1 if option.right is OptionRight.CALL else -1)
        text = "Option Assignment" if assigned else "Option Exercise"
        delivery = OrderEvent(
            order.id, underlying.symbol, run.utc, OrderStatus.FILLED, direction_of(shares), message=text
        )
        delivery.fill_price, delivery.fill_quantity = option.exact_strike, shares
        delivery.is_in_the_money = True
        events.append(delivery)
    return events
