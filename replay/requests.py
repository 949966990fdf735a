"""Requests a ticket carries and the answers to them (LEAN: Common/Orders/OrderRequest.cs, OrderResponse.cs)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import OrderRequestStatus, OrderResponseErrorCode, OrderType
from replay.naming import LeanObject
from replay.symbol import Symbol, to_decimal

NO_ORDER_ID = OrderResponseErrorCode.UNABLE_TO_FIND_ORDER.value  # LEAN leaves -10 in a ticket that was never stored


class OrderResponse(LeanObject):
    """Answer to a request; ``error_code`` is NONE for a success."""

    def __init__(self, order_id: int, code: OrderResponseErrorCode, message: str, processed: bool = True) -> None:
        self.order_id = order_id
        self.error_code = code
        self.error_message = message if code is not OrderResponseErrorCode.NONE else None
        self.is_processed = processed

    @property
    def is_success(self) -> bool:
        """Processed without error."""
        return self.is_processed and self.error_code is OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Processed and refused."""
        return self.is_processed and self.error_code is not OrderResponseErrorCode.NONE

    def __str__(self) -> str:
        if not self.is_processed:
            return "Unprocessed"
        return f"Error: {self.error_code} - {self.error_message}" if self.is_error else "Success"


class OrderRequest(LeanObject):
    """Common part of submit, update and cancel requests; ``time`` is naive UTC."""

    kind = ""

    def __init__(self, time: datetime, order_id: int, tag: str | None) -> None:
        self.time = time
        self.order_id = order_id
        self.tag = tag
        self.status = OrderRequestStatus.UNPROCESSED
        self.response = OrderResponse(order_id, OrderResponseErrorCode.NONE, "", processed=False)

    def respond(self, response: OrderResponse, status: OrderRequestStatus | None = None) -> OrderResponse:
        """Store the answer; an error ends the request."""
        failed = response.is_error
        self.response = response
        self.status = OrderRequestStatus.ERROR if failed else status or OrderRequestStatus.PROCESSED
        return response

    def success(self) -> OrderResponse:
        """The answer that accepts."""
        return OrderResponse(self.order_id, OrderResponseErrorCode.NONE, "")

    def error(self, code: OrderResponseErrorCode, message: str) -> OrderResponse:
        """The answer that refuses."""
        return OrderResponse(self.order_id, code, message)

    def zero_quantity(self) -> OrderResponse:
        """Refusal of quantity 0."""
        text = f"Unable to {self.kind} order with id {self.order_id} that has zero quantity."
        return self.error(OrderResponseErrorCode.ORDER_QUANTITY_ZERO, text)

    def warming_up(self) -> OrderResponse:
        """Refusal during warm-up."""
        text = (
            f"This operation is not allowed in initialize or during warm up: OrderRequest.{self.kind}. "
            "Please move this code to the on_warmup_finished() method."
        )
        return self.error(OrderResponseErrorCode.ALGORITHM_WARMING_UP, text)

    def unknown_order(self) -> OrderResponse:
        """Refusal of an id that is not stored."""
        text = f"Unable to locate order with id {self.order_id}."
        return self.error(OrderResponseErrorCode.UNABLE_TO_FIND_ORDER, text)

    def not_yet_submitted(self, status: Any) -> OrderResponse:
        """Refusal before the order was submitted."""
        text = (
            f"Unable to update or cancel order with id {self.order_id} and status {_pascal(status)} "
            "because the submit confirmation has not been received yet."
        )
        return self.error(OrderResponseErrorCode.INVALID_NEW_ORDER_STATUS, text)

    def closed(self, status: Any) -> OrderResponse:
        """Refusal after the order has closed."""
        text = f"Unable to update order with id {self.order_id} because it already has {_pascal(status)} status."
        return self.error(OrderResponseErrorCode.INVALID_ORDER_STATUS, text)


class SubmitOrderRequest(OrderRequest):
    """A new order; quantities and prices are exact."""

    kind = "submit"

    def __init__(
        self,
        time: datetime,
        order_type: OrderType,
        symbol: Symbol,
        quantity: Decimal,
        tag: str | None,
        properties: Any,
        *,
        limit: Decimal | None = None,
        stop: Decimal | None = None,
        trigger: Decimal | None = None,
        trailing: tuple[Decimal, bool] | None = None,
        group: Any = None,
        asynchronous: bool = False,
    ) -> None:
        super().__init__(time, NO_ORDER_ID, tag)
        self.order_type = order_type
        self.symbol = symbol
        self.exact_quantity = quantity
        self.exact_limit = limit
        self.exact_stop = stop
        self.exact_trigger = trigger
        self.trailing = trailing
        self.group = group
        self.asynchronous = asynchronous
        self.order_properties = properties

    @property
    def quantity(self) -> float:
        """Signed quantity asked for."""
        return float(self.exact_quantity)

    @property
    def limit_price(self) -> float:
        """Limit in dollars, 0 without one."""
        return float(self.exact_limit or 0)

    @property
    def stop_price(self) -> float:
        """Stop in dollars, 0 without one."""
        return float(self.exact_stop or 0)

    @property
    def security_type(self) -> Any:
        """The asset class."""
        return self.symbol.security_type

    @property
    def group_order_manager(self) -> Any:
        """What the legs of a combo share; None for a single order."""
        return self.group


class NewOrderRequest(SubmitOrderRequest):
    """A submit request as an algorithm makes one, for its answer to a margin call (LEAN: SubmitOrderRequest)."""

    def __init__(
        self,
        order_type: OrderType,
        security_type: Any,
        symbol: Symbol,
        quantity: float,
        stop_price: float,
        limit_price: float,
        time: datetime,
        tag: str | None,
        properties: Any = None,
        group_order_manager: Any = None,
    ) -> None:
        super().__init__(
            time,
            order_type,
            symbol,
            to_decimal(quantity),
            tag,
            properties,
            limit=to_decimal(limit_price) if limit_price else None,
            stop=to_decimal(stop_price) if stop_price else None,
            group=group_order_manager,
        )


class UpdateOrderFields(LeanObject):
    """What an update changes; None leaves a field as it is."""

    def __init__(self, **fields: Any) -> None:
        self.quantity: float | None = None
        self.limit_price: float | None = None
        self.stop_price: float | None = None
        self.trigger_price: float | None = None
        self.trailing_amount: float | None = None
        self.tag: str | None = None
        for name, value in fields.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        from replay.naming import snake_case

        object.__setattr__(self, snake_case(name), value)


class UpdateOrderRequest(OrderRequest):
    """A change of a stored order."""

    kind = "update"

    def __init__(self, time: datetime, order_id: int, fields: UpdateOrderFields) -> None:
        super().__init__(time, order_id, fields.tag)
        self.quantity = fields.quantity
        self.limit_price = fields.limit_price
        self.stop_price = fields.stop_price
        self.trigger_price = fields.trigger_price
        self.trailing_amount = fields.trailing_amount

    @property
    def only_tag(self) -> bool:
        """A closed order may still be given another tag."""
        values = (self.quantity, self.limit_price, self.stop_price, self.trigger_price, self.trailing_amount)
        return self.tag is not None and all(value is None for value in values)


class CancelOrderRequest(OrderRequest):
    """A request to cancel a stored order; its tag replaces the order's."""

    kind = "cancel"


def _pascal(status: Any) -> str:
    return "".join(part.capitalize() for part in status.name.split("_"))
