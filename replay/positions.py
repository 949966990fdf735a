"""``portfolio.positions``: how LEAN groups what is held into strategies (LEAN: Common/Securities/Positions)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from replay.errors import Undetermined
from replay.naming import LeanObject
from replay.symbol import Symbol


class Position(LeanObject):
    """One leg of a group; ``quantity`` is signed."""

    def __init__(self, symbol: Symbol, quantity: Decimal, unit: Decimal) -> None:
        self.symbol = symbol
        self.quantity = float(quantity)
        self.unit_quantity = float(unit)


class OptionStrategyPositionGroupBuyingPowerModel(LeanObject):
    """Margin model of a group with options; its text is the strategy's name, such as ``Bear Call Spread``."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __str__(self) -> str:
        return self._name


class SecurityPositionGroupBuyingPowerModel(LeanObject):
    """Type of the margin model of a security that stands alone."""


class PositionGroup(LeanObject):
    """Positions that are margined together."""

    def __init__(self, positions: list[Position], quantity: float, strategy: str | None) -> None:
        self.positions = positions
        self.quantity = quantity
        self.buying_power_model = (
            SecurityPositionGroupBuyingPowerModel()
            if strategy is None
            else OptionStrategyPositionGroupBuyingPowerModel(strategy)
        )

    count = property(lambda self: len(self.positions))

    def __iter__(self) -> Iterator[Position]:
        return iter(self.positions)

    def __len__(self) -> int:
        return len(self.positions)


class PositionManager(LeanObject):
    """The groups of the present holdings."""

    def __init__(self, run: Any) -> None:
        self._run = run

    @property
    def groups(self) -> list[PositionGroup]:
        """All groups; Undetermined when LEAN's own answer would differ from run to run."""
        found = []
        for resolved in self._run.buying_power.resolved():
            if len(resolved) > 1:
                raise Undetermined(
                    "position groups of overlapping option spreads", "LEAN groups them differently from run to run"
                )
            for group in resolved[0].groups:
                unit = group.quantity or 1
                legs = [Position(p.symbol, Decimal(p.quantity), Decimal(abs(p.quantity)) / unit) for p in group.legs]
                if group.lots:
                    share = group.legs[0].symbol.underlying
                    multiplier = self._run.securities[group.legs[0].symbol].multiplier
                    quantity = group.lots * multiplier
                    legs.append(Position(share, quantity, abs(quantity) / unit))
                found.append(PositionGroup(legs, float(group.quantity), group.name))
            for symbol, quantity in resolved[0].alone.items():
                found.append(PositionGroup([Position(symbol, quantity, Decimal(1))], float(abs(quantity)), None))
        return found
