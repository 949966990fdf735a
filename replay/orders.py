"""Orders and their events as the engine keeps them: exact quantities (contracts, shares), prices in dollars per share.

Field names and life cycle follow LEAN's Common/Orders/Order.cs, OrderEvent.cs and GroupOrderManager.cs. What an
algorithm sees of them is in ``replay.order_views``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import OrderDirection, OrderStatus, OrderType
from replay.symbol import Symbol

ZERO = Decimal(0)
CLOSED = frozenset((OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID))
COMBO_TYPES = frozenset((OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT))
GOOD_TIL_DATE = "GTD "
"""What the time in force of an order that rests until a date begins with; the date follows."""
FILLS_AT_ONCE = frozenset((OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.OPTION_EXERCISE))


def is_closed(status: OrderStatus) -> bool:
    """Whether an order of this status can no longer fill."""
    return status in CLOSED


def direction_of(quantity: Decimal) -> OrderDirection:
    """Buy for a positive signed quantity, sell for a negative one, hold for none."""
    if quantity > 0:
        return OrderDirection.BUY
    return OrderDirection.SELL if quantity < 0 else OrderDirection.HOLD


@dataclass(slots=True)
class GroupOrderManager:
    """What the legs of one combo share; ``quantity`` is signed, leg quantity = ratio x quantity."""

    id: int
    quantity: Decimal
    limit_price: Decimal
    count: int
    order_ids: list[int] = field(default_factory=list)

    @property
    def direction(self) -> OrderDirection:
        """Side by the sign of the quantity."""
        return direction_of(self.quantity)


@dataclass(slots=True, eq=False)
class Order:
    """One order (or one leg of a combo). Times are naive UTC."""

    id: int
    type: OrderType
    symbol: Symbol
    quantity: Decimal
    created_utc: datetime
    tag: str | None = None
    price: Decimal = ZERO
    status: OrderStatus = OrderStatus.NEW
    last_fill_utc: datetime | None = None
    last_update_utc: datetime | None = None
    canceled_utc: datetime | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    stop_triggered: bool = False
    trigger_price: Decimal | None = None
    trailing_amount: Decimal | None = None
    trailing_as_percentage: bool = False
    time_in_force: str = "GTC"
    properties: Any = None
    submission: tuple[Decimal, Decimal, Decimal] = (ZERO, ZERO, ZERO)
    group: GroupOrderManager | None = None
    broker_ids: list[str] = field(default_factory=list)
    events_raised: int = 0
    price_adjustment: int = 0

    @property
    def security_type(self) -> Any:
        """The asset class."""
        return self.symbol.security_type

    @property
    def direction(self) -> OrderDirection:
        """Side by the sign of the quantity."""
        return direction_of(self.quantity)

    def clone(self) -> Order:
        """A snapshot: later changes of the order do not reach it (the combo's group is shared, as in LEAN)."""
        return copy.copy(self)


@dataclass(slots=True, eq=False)
class OrderEvent:
    """A change of an order. ``fill_quantity`` is signed, ``fee`` in dollars."""

    order_id: int
    symbol: Symbol
    time_utc: datetime
    status: OrderStatus
    direction: OrderDirection
    quantity: Decimal = ZERO
    fill_price: Decimal = ZERO
    fill_quantity: Decimal = ZERO
    fee: Decimal = ZERO
    message: str = ""
    is_assignment: bool = False
    is_in_the_money: bool = False
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_amount: Decimal | None = None
    id: int = 0
    ticket: Any = None

    @classmethod
    def of(cls, order: Order, time_utc: datetime, status: OrderStatus, message: str = "") -> OrderEvent:
        """An event of ``order`` without a fill."""
        return cls(order.id, order.symbol, time_utc, status, order.direction, order.quantity, message=message)
