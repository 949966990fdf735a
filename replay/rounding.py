"""Rounding of order quantities and prices to what the exchange takes (LEAN: RoundOffOrder, RoundOrderPrices)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from replay.enums import OrderType
from replay.orders import Order


def round_to_lot(order: Order, run: Any) -> None:
    """Cut the quantity down to whole lots."""
    lot = run.securities[order.symbol].lot_size
    rest = order.quantity % lot
    if rest:
        order.quantity -= rest
        run.messages.error_once(
            "lot", f"Warning: Due to brokerage limitations, orders will be rounded to the nearest lot size of {lot}"
        )


def round_order_prices(order: Order, orders: list[Order], run: Any) -> None:
    """Round limit and stop prices to the smallest price step; a combo limit to the finest step of its legs."""
    if order.type is OrderType.COMBO_LIMIT and order.group is not None:
        steps = [run.securities[leg.symbol].price_step(leg.price) for leg in orders]
        step = min((s for s in steps if s > 0), default=Decimal(0))
        order.group.limit_price = _rounded(order.group.limit_price, step, "LimitPrice", run)
        return
    security = run.securities[order.symbol]
    for field, title in (("limit_price", "LimitPrice"), ("stop_price", "StopPrice"), ("trigger_price", "TriggerPrice")):
        price = getattr(order, field)
        if price is not None:
            setattr(order, field, _rounded(price, security.price_step(price), title, run))


def _rounded(price: Decimal, step: Decimal, title: str, run: Any) -> Decimal:
    if step <= 0:
        return price
    rounded = (price / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
    if rounded != price:
        run.messages.error_once(
            "price",
            f"Warning: To meet brokerage precision requirements, order {title} was rounded to {rounded:f} "
            f"from {price:f}",
        )
    return rounded


def smart_text(value: Decimal) -> str:
    """A number in a message: seven significant digits, four decimals above a thousand, no trailing zeros."""
    if not value:
        return "0"
    short = value.normalize()
    places = -4 if abs(short) > 1000 else short.adjusted() + 1 - 7
    if isinstance(exponent := short.as_tuple().exponent, int) and exponent < places:
        short = short.quantize(Decimal(1).scaleb(places)).normalize()
    return f"{short:f}"
