"""Option contracts and option chains as securities (LEAN: Common/Securities/Option/Option.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import OptionRight, OptionStyle, SecurityType, SettlementType
from replay.prices import dollars
from replay.securities import Security
from replay.symbol import DEFAULT_DATE

ZERO = Decimal(0)
_INDEX_STEPS = (Decimal("0.05"), Decimal("0.1"))
_INDEX_STEP_LIMIT = Decimal(3)
_WIDE_STEP_ROOTS = frozenset({"SPX", "SPXW", "NDX", "NDXP", "VIX", "VIXW"})


class Option(Security):
    """One contract, or the canonical security of a chain (``set_filter`` belongs to that one)."""

    def __init__(self, run: Any, symbol: Any, *args: Any) -> None:
        super().__init__(run, symbol, *args)
        self.filter: Callable[[Any], Any] | None = None
        self.option_assignment_model: Any = None
        self._price_model: Any = None
        index = symbol.security_type == SecurityType.INDEX_OPTION
        self.exercise_settlement = SettlementType.CASH if index else SettlementType.PHYSICAL_DELIVERY

    @property
    def underlying(self) -> Any:
        """The security of the underlying."""
        return self._run.securities.find(self.symbol.underlying)

    @property
    def exact_bid(self) -> Decimal:
        """Last bid that was not zero; an option never falls back to its price."""
        self.sync()
        return dollars(self._bid)

    @property
    def exact_ask(self) -> Decimal:
        """Last ask that was not zero."""
        self.sync()
        return dollars(self._ask)

    @property
    def exact_strike(self) -> Decimal:
        """Strike in dollars."""
        strike: Decimal = self.symbol.id.strike_decimal
        return strike

    strike_price = property(lambda self: float(self.exact_strike))
    scaled_strike_price = property(lambda self: float(self.exact_strike))
    contract_multiplier = property(lambda self: int(self.multiplier))
    contract_unit_of_trade = property(lambda self: int(self.multiplier))
    is_option_chain = property(lambda self: self.symbol.is_canonical())
    is_option_contract = property(lambda self: not self.symbol.is_canonical())

    @property
    def expiry(self) -> datetime:
        """Midnight of the expiry date."""
        date: datetime = self.symbol.id.date
        return date

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        right: OptionRight = self.symbol.id.option_right
        return right

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        style: OptionStyle = self.symbol.id.option_style
        return style

    def pay_off(self, underlying_price: Decimal) -> Decimal:
        """Exercise value in dollars per share, negative out of the money."""
        gain = underlying_price - self.exact_strike
        return gain if self.right is OptionRight.CALL else -gain

    def intrinsic(self, underlying_price: Decimal) -> Decimal:
        """Exercise value in dollars per share, not below zero."""
        return max(self.pay_off(underlying_price), ZERO)

    def get_intrinsic_value(self, underlying_price: float) -> float:
        """Exercise value in dollars per share, at least 0."""
        return float(self.intrinsic(Decimal(str(underlying_price))))

    def get_pay_off(self, underlying_price: float) -> float:
        """Exercise value in dollars per share, negative out of the money."""
        gain = underlying_price - self.strike_price
        return gain if self.right is OptionRight.CALL else -gain

    def out_of_the_money_amount(self, underlying_price: float) -> float:
        """Distance out of the money in dollars per share, at least 0."""
        return max(0.0, -self.get_pay_off(underlying_price))

    def get_exercise_quantity(self, quantity: float | None = None) -> float:
        """Shares an exercise order of so many contracts moves."""
        return float(self.exercise_quantity(Decimal(str(self.holdings.quantity if quantity is None else quantity))))

    def exercise_quantity(self, quantity: Decimal) -> Decimal:
        """Shares that change hands for an exercise order: -1 (a held call exercised) brings 100 shares."""
        sign = -1 if self.right is OptionRight.CALL else 1
        return quantity * sign * self.multiplier

    def price_step(self, price: Decimal) -> Decimal:
        """Index options of SPX, NDX, VIX: a nickel below 3 dollars, a dime from there (IndexOptionSymbolProperties)."""
        if self.symbol.security_type == SecurityType.INDEX_OPTION and self.symbol.id.symbol in _WIDE_STEP_ROOTS:
            return _INDEX_STEPS[price >= _INDEX_STEP_LIMIT]
        return super().price_step(price)

    def set_filter(self, *args: Any, **kwargs: Any) -> None:
        """A rule (universe -> universe), or strikes, or strikes and expiry bounds."""
        from replay.selection import filter_of

        self.filter = filter_of(*args, **kwargs)

    def set_option_assignment_model(self, model: Any) -> None:
        """Decide when a short is assigned early."""
        self.option_assignment_model = model

    def set_option_exercise_model(self, model: Any) -> None:
        """Not re-enacted; raises Unsupported."""
        from replay.errors import Unsupported

        raise Unsupported("set_option_exercise_model", "options are exercised as LEAN's default model does")

    @property
    def price_model(self) -> Any:
        """The model behind a chain's Greeks."""
        if self._price_model is None:
            from replay.greeks import IndicatorBasedOptionPriceModel

            self._price_model = IndicatorBasedOptionPriceModel()
        return self._price_model

    @price_model.setter
    def price_model(self, model: Any) -> None:
        from replay.errors import Unsupported

        raise Unsupported("setting an option price model", "the default indicator-based model is re-enacted")


def is_contract(symbol: Any) -> bool:
    """Whether a symbol is one option contract."""
    return bool(symbol.has_underlying and symbol.id.date != DEFAULT_DATE)
