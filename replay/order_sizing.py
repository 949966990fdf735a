"""How many shares or contracts bring a position to a share of the portfolio's value, as margin.

Rules: Common/Securities/BuyingPowerModel.cs (the order quantity for a target buying power) and
Common/Algorithm/Framework/Portfolio/PortfolioTarget.cs.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from replay.checks import NO_PRICE
from replay.enums import OrderType
from replay.errors import ArgumentException
from replay.orders import Order
from replay.symbol import to_decimal

ZERO = Decimal(0)
_LARGEST_TARGET = Decimal(1_000_000_000)
_SMALLEST_TARGET = Decimal("0.0000000001")


def quantity_for_percent(run: Any, symbol: Any, percent: float) -> Decimal:
    """Signed quantity to order so that the position is worth `percent` (1 is 100 %) of the portfolio; 0 if refused.

    A target outside the settings' limits, a symbol that is not subscribed and a missing price are error lines.
    """
    share, messages = to_decimal(percent), run.messages
    if abs(share) > _LARGEST_TARGET or (share and abs(share) < _SMALLEST_TARGET):
        messages.error(
            f"The portfolio target percent: {percent}, does not comply with the current "
            f"'settings.max_absolute_portfolio_target_percentage': {_LARGEST_TARGET} or "
            f"'settings.min_absolute_portfolio_target_percentage': {_SMALLEST_TARGET:f}. Skipping"
        )
        return ZERO
    security = run.securities.find(symbol)
    if security is None:
        messages.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
        return ZERO
    if not security.exact_price:
        messages.error(f"{security.symbol}{NO_PRICE}")
        return ZERO
    value, settings = run.portfolio.exact_value, run.settings
    free = settings.free_portfolio_value
    buffer = value * to_decimal(settings.free_portfolio_value_percentage) if free is None else to_decimal(free)
    target = share * (value - buffer) / value * security.exact_margin_model.rate
    quantity, reason = quantity_for_margin(
        run, security, target, to_decimal(settings.minimum_order_margin_portfolio_percentage)
    )
    if reason:
        messages.error(f"Unable to compute order quantity of {symbol}. Reason: {reason} Returning null.")
    return quantity


def quantity_for_margin(run: Any, security: Any, target: Decimal, minimum: Decimal = ZERO) -> tuple[Decimal, str]:
    """(signed quantity to order, reason of a refusal) for a signed target margin as a share of the value."""
    value, held = run.portfolio.exact_value, security.holdings.exact_quantity
    free_share = security.exact_margin_model.free_share
    wanted = target * (value - value * free_share)
    if not wanted:
        return -held, ""
    margin = _margin(security, held)
    unit = _margin(security, Decimal(1))
    if not unit:
        return ZERO, f"{security.symbol}{NO_PRICE}"
    if value * minimum > abs(wanted - margin) and value - run.buying_power.used() > 0:
        run.messages.debug_once(
            "small target",
            "Warning: Portfolio rebalance result ignored as it resulted in a single share trade recommendation which "
            "can generate high fees. To disable minimum order size checks please set "
            "settings.minimum_order_margin_portfolio_percentage = 0.",
        )
        return ZERO, ""
    last: Decimal | None = None
    while True:
        quantity, reached = _amount(security, wanted, unit, held)
        if not quantity:
            return ZERO, ""
        fee = run.fee(security, Order(0, OrderType.MARKET, security.symbol, quantity, run.utc))
        wanted = (value - fee - value * free_share) * target
        if quantity == last:
            raise ArgumentException(
                f"GetMaximumOrderQuantityForTargetBuyingPower failed to converge on the target margin: {wanted} for "
                f"{security.symbol}"
            )
        last = quantity
        if abs(reached) <= abs(wanted):
            return quantity, ""


def _margin(security: Any, quantity: Decimal) -> Decimal:
    margin: Decimal = security.exact_margin_model.initial(security.facts, quantity).value
    return margin


def _amount(security: Any, wanted: Decimal, unit: Decimal, held: Decimal) -> tuple[Decimal, Decimal]:
    """The quantity at or just below the target, and the margin it leads to (GetAmountToOrder)."""
    lot = security.lot_size
    rounding = ROUND_CEILING if wanted < 0 else ROUND_FLOOR
    size = ((wanted / unit - held) / lot).to_integral_value(rounding) * lot
    reached = _margin(security, size + held)
    off = reached - wanted
    while off < 0 if wanted < 0 else off > 0:
        size += lot if wanted < 0 else -lot
        reached = _margin(security, size + held)
        if abs(reached - wanted) > abs(off) and (reached - wanted < 0) == (off < 0):
            raise ArgumentException(f"the margin of {security.symbol} does not come nearer to its target of {wanted}")
        off = reached - wanted
    return size, reached
