"""Legs of combo orders and `OptionStrategy`, the named set of legs LEAN's strategy orders are made of.

Ratios are contracts (shares for an underlying leg) per unit of the strategy; a positive ratio is bought when the
strategy is bought. Rules: Common/Securities/Option/OptionStrategy.cs and Common/Orders/Leg.cs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import OptionRight
from replay.errors import ArgumentException
from replay.naming import LeanObject
from replay.symbol import Symbol, to_decimal

Strike = float | int | Decimal


class Leg(LeanObject):
    """One leg of a combo order: symbol, signed ratio, and a limit price per share for leg limit orders only."""

    def __init__(self) -> None:
        self.symbol: Symbol | None = None
        self.quantity: int = 0
        self.order_price: float | None = None

    @staticmethod
    def create(symbol: Any, quantity: int, limit_price: float | None = None) -> Leg:
        """A leg of `quantity` contracts per unit of the combo, optionally with its own limit price."""
        leg = Leg()
        leg.symbol = getattr(symbol, "symbol", None) or symbol
        leg.quantity = int(quantity)
        leg.order_price = None if limit_price is None else float(limit_price)
        return leg


class OptionLegData(Leg):
    """An option leg of a strategy; `symbol` is filled in by the strategy it belongs to."""

    def __init__(
        self,
        right: OptionRight = OptionRight.CALL,
        strike: Strike = 0,
        quantity: int = 0,
        expiration: datetime | None = None,
    ) -> None:
        super().__init__()
        self.right = right
        self.strike = float(strike)
        self.quantity = quantity
        self.expiration = expiration

    @staticmethod
    def create(quantity: int, symbol: Symbol, order_price: float | None = None) -> OptionLegData:  # type: ignore[override]
        """A leg for an existing contract."""
        leg = OptionLegData(symbol.id.option_right, symbol.id.strike_price, int(quantity), symbol.id.date)
        leg.symbol = symbol
        leg.order_price = order_price
        return leg

    def __str__(self) -> str:
        when = f"{self.expiration:%Y%m%d}" if self.expiration else ""
        right = "Call" if self.right == OptionRight.CALL else "Put"
        return f"Leg: {self.quantity}. Right: {right}. Strike: {self.strike:g}. Expiration: {when}"


class UnderlyingLegData(Leg):
    """A leg of shares of the underlying; `quantity` counts shares per unit of the strategy."""

    @staticmethod
    def create(quantity: int, symbol: Symbol | None = None, order_price: float | None = None) -> UnderlyingLegData:  # type: ignore[override]
        """A leg of `quantity` shares."""
        leg = UnderlyingLegData()
        leg.symbol = symbol
        leg.quantity = int(quantity)
        leg.order_price = order_price
        return leg

    def __str__(self) -> str:
        return f"Leg: {self.quantity}. {self.symbol}" if self.symbol is not None else ""


class OptionStrategy(LeanObject):
    """A named set of option legs (and underlying legs) on one canonical option."""

    def __init__(
        self,
        name: str = "",
        canonical_option: Symbol | None = None,
        option_legs: Sequence[OptionLegData] | None = None,
        underlying_legs: Sequence[UnderlyingLegData] | None = None,
    ) -> None:
        self.name = name
        self.canonical_option = canonical_option
        self.underlying = canonical_option.underlying if canonical_option is not None else None
        self.option_legs: list[OptionLegData] = list(option_legs or [])
        self.underlying_legs: list[UnderlyingLegData] = list(underlying_legs or [])
        if canonical_option is not None:
            self.set_symbols()

    def set_symbols(self) -> None:
        """Gives every option leg without a symbol the contract of the canonical's root, style and market."""
        if self.canonical_option is None:
            if self.underlying is None:
                self.underlying = self.underlying_legs[0].symbol if self.underlying_legs else None
            if self.underlying is None:
                return
            self.canonical_option = Symbol.create_canonical_option(self.underlying)
        for leg in self.option_legs:
            if leg.symbol is None:
                leg.symbol = contract(self.canonical_option, leg.right, to_decimal(leg.strike), leg.expiration)

    @staticmethod
    def create(name: str, legs: Iterable[Leg]) -> OptionStrategy:
        """A strategy from ready legs; anything but option and underlying legs is refused."""
        options: list[OptionLegData] = []
        shares: list[UnderlyingLegData] = []
        canonical = None
        for leg in legs:
            if isinstance(leg, UnderlyingLegData):
                shares.append(leg)
            elif isinstance(leg, OptionLegData):
                options.append(leg)
                canonical = canonical or (leg.symbol.canonical if leg.symbol is not None else None)
            else:
                raise ArgumentException(f"Invalid leg type: {type(leg).__name__}")
        return OptionStrategy(name, canonical, options, shares)


# The nested names of the .NET class.
OptionStrategy.OptionLegData = OptionLegData  # type: ignore[attr-defined]
OptionStrategy.UnderlyingLegData = UnderlyingLegData  # type: ignore[attr-defined]


def contract(canonical: Symbol, right: OptionRight, strike: Decimal, expiration: datetime | None) -> Symbol:
    """The contract of `canonical`'s root; nothing checks that it is listed, as in LEAN."""
    root, underlying = canonical.id, canonical.underlying
    assert underlying is not None and expiration is not None
    return Symbol.create_option(underlying, root.symbol, root.market, root.option_style, right, strike, expiration)
