"""What an algorithm sees of orders and events: floats, both spellings of every name, times in UTC."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import DataNormalizationMode, OrderStatus, OrderType
from replay.naming import LeanObject
from replay.order_texts import event_text, order_text
from replay.orders import CLOSED, GOOD_TIL_DATE, Order, OrderEvent
from replay.symbol import Symbol


def number(value: Decimal) -> float:
    """A decimal at the algorithm's boundary."""
    return float(value)


def optional(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class TimeInForce(LeanObject):
    """How long an order rests: GOOD_TIL_CANCELED, DAY, or the close of a date."""

    GOOD_TIL_CANCELED: TimeInForce
    DAY: TimeInForce

    def __init__(self, code: str) -> None:
        self.code = code

    @staticmethod
    def good_til_date(expiry: datetime) -> TimeInForce:
        """Until the regular close of a date, exchange time."""
        return TimeInForce(f"{GOOD_TIL_DATE}{expiry:%Y-%m-%dT%H:%M:%S}")

    def __repr__(self) -> str:
        return f"TimeInForce({self.code})"


TimeInForce.GOOD_TIL_CANCELED = TimeInForce("GTC")
TimeInForce.DAY = TimeInForce("DAY")
TimeInForce.GoodTilCanceled = TimeInForce.GOOD_TIL_CANCELED  # type: ignore[attr-defined]
TimeInForce.Day = TimeInForce.DAY  # type: ignore[attr-defined]
TimeInForce.GoodTilDate = TimeInForce.good_til_date  # type: ignore[attr-defined]
TimeInForce.GOOD_TIL_DATE = TimeInForce.good_til_date  # type: ignore[attr-defined]


class OrderProperties(LeanObject):
    """Order properties; the replay acts on ``time_in_force`` alone."""

    time_in_force: TimeInForce

    def __init__(self) -> None:
        self.time_in_force = TimeInForce.GOOD_TIL_CANCELED

    def clone(self) -> OrderProperties:
        """A copy an order may keep."""
        copy = type(self)()
        copy.__dict__.update(self.__dict__)
        return copy


class MoneyAmount(LeanObject):
    """An amount and its currency."""

    def __init__(self, amount: Decimal, currency: str = "USD") -> None:
        self.amount = float(amount)
        self.currency = currency


class OrderFee(LeanObject):
    """The fee of a fill; ``value.amount`` in dollars."""

    def __init__(self, amount: Decimal) -> None:
        self._amount = amount
        self.value = MoneyAmount(amount)

    def __str__(self) -> str:
        return f"{self._amount:f} {self.value.currency}"


class GroupView(LeanObject):
    """The combo an order belongs to."""

    def __init__(self, group: Any) -> None:
        self.id = group.id
        self.quantity = number(group.quantity)
        self.limit_price = number(group.limit_price)
        self.count = group.count
        self.order_ids = list(group.order_ids)
        self.direction = group.direction


class SubmissionView(LeanObject):
    """Bid, ask and last of the security when the order was sent, dollars per share."""

    lean_name = "OrderSubmissionData"

    def __init__(self, order: Order) -> None:
        bid, ask, last = order.submission or (Decimal(0),) * 3
        self.bid_price, self.ask_price, self.last_price = number(bid), number(ask), number(last)


class OrderView(LeanObject):
    """A snapshot of an order, as ``transactions.get_order_by_id`` returns it."""

    lean_name = "Order"

    def __init__(self, order: Order, handler: Any) -> None:
        self._order = order.clone()
        self._handler = handler

    id = property(lambda self: self._order.id)
    type = property(lambda self: self._order.type)
    symbol = property(lambda self: self._order.symbol)
    status = property(lambda self: self._order.status)
    tag = property(lambda self: self._order.tag)
    direction = property(lambda self: self._order.direction)
    security_type = property(lambda self: self._order.security_type)
    quantity = property(lambda self: number(self._order.quantity))
    absolute_quantity = property(lambda self: abs(number(self._order.quantity)))
    price = property(lambda self: number(self._order.price))
    price_currency = property(lambda self: "USD")
    time = property(lambda self: self._order.created_utc)
    created_time = property(lambda self: self._order.created_utc)
    last_fill_time = property(lambda self: self._order.last_fill_utc)
    last_update_time = property(lambda self: self._order.last_update_utc)
    canceled_time = property(lambda self: self._order.canceled_utc)
    broker_id = property(lambda self: list(self._order.broker_ids))
    contingent_id = property(lambda self: 0)
    properties = property(lambda self: self._order.properties)
    time_in_force = property(lambda self: self._order.properties.time_in_force)
    order_submission_data = property(lambda self: SubmissionView(self._order))
    is_marketable = property(lambda self: False)
    stop_triggered = property(lambda self: self._order.stop_triggered)
    trigger_touched = property(lambda self: self._order.stop_triggered)
    trailing_as_percentage = property(lambda self: self._order.trailing_as_percentage)
    price_adjustment_mode = property(lambda self: DataNormalizationMode(self._order.price_adjustment))
    value = property(lambda self: number(self._order.quantity * self._order.price))

    @property
    def group_order_manager(self) -> GroupView | None:
        """The combo of the order, None for a single order."""
        return GroupView(self._order.group) if self._order.group else None

    @property
    def limit_price(self) -> float:
        """Limit in dollars per share; of the group for a combo limit order."""
        order = self._order
        own = order.group.limit_price if order.type is OrderType.COMBO_LIMIT and order.group else order.limit_price
        return number(_set(own))

    @property
    def stop_price(self) -> float:
        """Stop in dollars per share."""
        return number(_set(self._order.stop_price))

    @property
    def trigger_price(self) -> float:
        """Trigger in dollars per share."""
        return number(_set(self._order.trigger_price))

    @property
    def trailing_amount(self) -> float:
        """Distance of the stop in dollars per share, or as a share of the price."""
        return number(_set(self._order.trailing_amount))

    def get_value(self, security: Any) -> float:
        """The order's signed value in dollars at the security's prices (LEAN: Order.GetValue)."""
        return number(self._handler.order_value(self._order))

    def __str__(self) -> str:
        return order_text(self._order)


class OrderEventView(LeanObject):
    """An event as ``on_order_event`` receives it."""

    lean_name = "OrderEvent"

    def __init__(self, event: OrderEvent) -> None:
        self._event = event

    order_id = property(lambda self: self._event.order_id)
    id = property(lambda self: self._event.id)
    symbol = property(lambda self: self._event.symbol)
    utc_time = property(lambda self: self._event.time_utc)
    status = property(lambda self: self._event.status)
    direction = property(lambda self: self._event.direction)
    fill_price = property(lambda self: number(self._event.fill_price))
    fill_price_currency = property(lambda self: "USD")
    fill_quantity = property(lambda self: number(self._event.fill_quantity))
    absolute_fill_quantity = property(lambda self: abs(number(self._event.fill_quantity)))
    quantity = property(lambda self: number(self._event.quantity))
    order_fee = property(lambda self: OrderFee(self._event.fee))
    message = property(lambda self: self._event.message)
    is_assignment = property(lambda self: self._event.is_assignment)
    is_in_the_money = property(lambda self: self._event.is_in_the_money)
    limit_price = property(lambda self: optional(self._event.limit_price))
    stop_price = property(lambda self: optional(self._event.stop_price))
    trigger_price = property(lambda self: optional(self._event.trigger_price))
    trailing_amount = property(lambda self: optional(self._event.trailing_amount))
    ticket = property(lambda self: self._event.ticket)

    def __str__(self) -> str:
        order = self._event.ticket._order if self._event.ticket is not None else None
        return event_text(self._event, order)


def _set(value: Decimal | None) -> Decimal:
    if value is None:
        raise AttributeError("this order type has no such price")
    return value


def is_open(status: OrderStatus) -> bool:
    return status not in CLOSED


__all__ = ["OrderEventView", "OrderFee", "OrderProperties", "OrderView", "Symbol", "TimeInForce"]
