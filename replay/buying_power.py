"""Buying power models of single securities: what LEAN asks for holding or ordering one of them.

Rules: Common/Securities/{BuyingPowerModel,SecurityMarginModel,ConstantBuyingPowerModel}.cs and
Common/Securities/Option/OptionMarginModel.cs. Amounts are dollars; an initial margin keeps the sign
of the quantity.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from replay.enums import OptionRight, SecurityType
from replay.errors import ArgumentException, InvalidOperationException
from replay.facts import SecurityFacts
from replay.fees import order_value
from replay.naming import LeanObject
from replay.orders import Order
from replay.symbol import to_decimal

ZERO = Decimal(0)
_NAKED = Decimal("0.1")
_NAKED_OTM = {SecurityType.OPTION: Decimal("0.2"), SecurityType.INDEX_OPTION: Decimal("0.15")}


class Initial(NamedTuple):
    """An initial margin; the premium of an option is charged on top when it is paid, never credited."""

    without_premium: Decimal
    premium: Decimal = ZERO
    is_option: bool = False

    @property
    def value(self) -> Decimal:
        """What the account must carry."""
        return self.without_premium + max(self.premium, ZERO)


def quantity_value(facts: SecurityFacts, quantity: Decimal) -> Decimal:
    """Signed market value of `quantity` contracts or shares."""
    return facts.price * facts.multiplier * quantity


def intrinsic(facts: SecurityFacts) -> Decimal:
    """Amount in the money per share, at least 0."""
    return max(-_out_of_the_money(facts, floor=False), ZERO)


def out_of_the_money(facts: SecurityFacts) -> Decimal:
    """Amount out of the money per share, at least 0."""
    return _out_of_the_money(facts)


def _out_of_the_money(facts: SecurityFacts, floor: bool = True) -> Decimal:
    spot = facts.underlying.price if facts.underlying is not None else ZERO
    strike = facts.symbol.id.strike_decimal
    distance = strike - spot if facts.symbol.id.option_right == OptionRight.CALL else spot - strike
    return max(distance, ZERO) if floor else distance


class BuyingPowerModel(LeanObject):
    """Margin in proportion to value; leverage 1 means the whole value."""

    def __init__(self, leverage: float | Decimal = 1, required_free_buying_power_percent: float | Decimal = 0) -> None:
        self.rate = 1 / to_decimal(leverage)
        self.free_share = to_decimal(required_free_buying_power_percent)

    def get_leverage(self, security: object) -> float:
        """Value that a dollar of margin holds."""
        return float(1 / self.rate)

    def set_leverage(self, security: object, leverage: float) -> None:
        """Another margin rate; ArgumentException below 1."""
        if leverage < 1:
            raise ArgumentException("Leverage must be greater than or equal to 1.")
        self.rate = 1 / to_decimal(leverage)

    def maintenance(self, facts: SecurityFacts, quantity: Decimal) -> Decimal:
        """Margin for holding `quantity`, never negative."""
        return abs(quantity_value(facts, quantity)) * self.rate

    def initial(self, facts: SecurityFacts, quantity: Decimal) -> Initial:
        """Margin for opening `quantity`, with its sign."""
        return Initial(quantity_value(facts, quantity) * self.rate)

    def for_order(self, order: Order, facts: SecurityFacts, fee: Decimal) -> Decimal:
        """Initial margin of an order with its fee, with the order's sign."""
        return _with_fee(self.initial(facts, order.quantity).value, fee)


def _with_fee(margin: Decimal, fee: Decimal) -> Decimal:
    return margin + fee if margin > 0 else margin - fee if margin < 0 else margin


class SecurityMarginModel(BuyingPowerModel):
    """LEAN's model for shares."""


class OptionMarginModel(BuyingPowerModel):
    """Long options cost their premium; a short option alone is margined as naked."""

    def __init__(self, required_free_buying_power_percent: float | Decimal = 0) -> None:
        super().__init__(1, required_free_buying_power_percent)

    def set_leverage(self, security: object, leverage: float) -> None:
        """LEAN's refusal to set the leverage of an option."""
        raise InvalidOperationException("Options are leveraged products and different leverage cannot be set by user")

    def maintenance(self, facts: SecurityFacts, quantity: Decimal) -> Decimal:
        """Nothing for a long option."""
        return naked_margin(facts, quantity) if quantity < 0 else ZERO

    def initial(self, facts: SecurityFacts, quantity: Decimal) -> Initial:
        """The premium of a long option, the naked margin of a short one."""
        return Initial(-self.maintenance(facts, quantity), quantity_value(facts, quantity), is_option=True)

    def for_order(self, order: Order, facts: SecurityFacts, fee: Decimal) -> Decimal:
        """A buy costs its order value; a sale is margined at the order's value instead of the market's."""
        value = order_value(order, facts)
        margin = value if value > 0 else -naked_margin(facts, order.quantity, -value)
        return _with_fee(margin if _has_prices(facts) else ZERO, fee)


def _has_prices(facts: SecurityFacts) -> bool:
    return bool(facts.price) and facts.underlying is not None and bool(facts.underlying.price)


def naked_margin(facts: SecurityFacts, quantity: Decimal, value: Decimal | None = None) -> Decimal:
    """Naked margin of a short option: its value plus the larger share of underlying or strike, 0 without prices."""
    worth = abs(quantity_value(facts, quantity)) if value is None else value
    if not worth or not _has_prices(facts) or facts.underlying is None:
        return ZERO
    spot = facts.underlying.price
    base = spot if facts.symbol.id.option_right == OptionRight.CALL else facts.symbol.id.strike_decimal
    per_share = max(_NAKED * base, _NAKED_OTM[facts.symbol.security_type] * spot - out_of_the_money(facts))
    return worth + abs(quantity) * facts.multiplier * per_share


class ConstantBuyingPowerModel(BuyingPowerModel):
    """The same dollars for every contract or share."""

    def __init__(self, margin_required_per_unit_in_account_currency: float | Decimal) -> None:
        super().__init__()
        self._per_unit = to_decimal(margin_required_per_unit_in_account_currency)

    def set_leverage(self, security: object, leverage: float) -> None:
        """Changes nothing: the margin does not depend on it."""

    def maintenance(self, facts: SecurityFacts, quantity: Decimal) -> Decimal:
        """Dollars per unit held."""
        return abs(quantity) * self._per_unit

    def initial(self, facts: SecurityFacts, quantity: Decimal) -> Initial:
        """Dollars per unit, with the sign of the quantity."""
        return Initial(quantity * self._per_unit)


class NullBuyingPowerModel(BuyingPowerModel):
    """Never asks for anything."""

    def maintenance(self, facts: SecurityFacts, quantity: Decimal) -> Decimal:
        """Nothing."""
        return ZERO

    def initial(self, facts: SecurityFacts, quantity: Decimal) -> Initial:
        """Nothing."""
        return Initial(ZERO)


BuyingPowerModel.NULL = BuyingPowerModel.Null = NullBuyingPowerModel()  # type: ignore[attr-defined]


def default_model(security_type: SecurityType, leverage: float) -> BuyingPowerModel:
    """The model a brokerage gives a new security."""
    if security_type in _NAKED_OTM:
        return OptionMarginModel()
    return SecurityMarginModel(leverage)
