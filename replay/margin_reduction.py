"""How much of a position group a margin call closes.

Rules: Common/Securities/Positions/PositionGroupBuyingPowerModel.cs (lots for a change of buying power) and
BuyingPowerModel.cs for a security that stands alone. Amounts are dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from replay.enums import OrderType
from replay.errors import Unsupported
from replay.grouping import Group
from replay.order_sizing import quantity_for_margin
from replay.orders import Order
from replay.strategy_margin import GroupMargin
from replay.symbol import Symbol

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PositionGroup:
    """Positions margined together: `units` are signed quantities of one lot of the group."""

    quantity: Decimal
    units: dict[Symbol, Decimal]
    strategy: Group | None

    @staticmethod
    def of(run: Any) -> list[PositionGroup]:
        """The groups held; Unsupported when LEAN's own answer would differ from run to run."""
        found: list[PositionGroup] = []
        for resolved in run.buying_power.resolved():
            if len(resolved) > 1:
                raise Unsupported(
                    f"the margin call at {run.time} of overlapping option spreads",
                    "LEAN groups them differently from run to run; give the account more cash, or switch calls off "
                    "with portfolio.set_margin_call_model(MarginCallModel.NULL)",
                )
            for group in resolved[0].groups:
                lots = Decimal(group.quantity)
                units = {leg.symbol: leg.quantity / lots for leg in group.legs}
                if group.lots:
                    share = group.legs[0].symbol.underlying
                    assert share is not None
                    units[share] = group.lots * run.securities[group.legs[0].symbol].multiplier / lots
                found.append(PositionGroup(lots, units, group))
            for symbol, quantity in resolved[0].alone.items():
                found.append(PositionGroup(quantity, {symbol: Decimal(1)}, None))
        return found

    def part(self, lots: Decimal) -> Group:
        """The strategy held so many times."""
        assert self.strategy is not None
        legs = tuple(leg._replace(quantity=int(self.units[leg.symbol] * lots)) for leg in self.strategy.legs)
        return Group(self.strategy.name, legs, int(self.strategy.lots * lots / self.quantity))


def lots_to_close(run: Any, group: PositionGroup, excess: Decimal) -> Decimal:
    """Lots of the group that must go so that it holds `excess` dollars of margin less; signed like `quantity`."""
    value = run.portfolio.exact_value
    if group.strategy is None:
        return _shares_to_close(run, group, excess, value)
    facts = _facts_of(run)
    used = GroupMargin(group.strategy, facts).maintenance()
    share = max(ZERO, used - excess) / value if value else ZERO
    target = share * value
    if not target:
        return group.quantity
    if not _initial(run, group, Decimal(1)):
        raise Unsupported(f"the margin call at {run.time} of a {group.strategy.name} without margin")
    last: Decimal | None = None
    while True:
        lots, reached = _fitting(run, group, target)
        if not lots:
            return ZERO
        target = (value - _fees(run, group, lots)) * share
        if lots == last:
            raise Unsupported(f"the margin call at {run.time}", "LEAN itself does not converge on its target here")
        last = lots
        if reached <= target:
            return lots


def _fitting(run: Any, group: PositionGroup, target: Decimal) -> tuple[Decimal, Decimal]:
    """(lots to close, initial margin of what is left) at or just below the target."""
    held = abs(group.quantity)
    if target > _initial(run, group, held):
        return ZERO, ZERO
    lots = Decimal(1)
    reached = _initial(run, group, held - lots)
    while reached > target:
        lots += 1
        reached = _initial(run, group, held - lots)
    return lots, reached


def _initial(run: Any, group: PositionGroup, lots: Decimal) -> Decimal:
    if not lots:
        return ZERO
    return abs(GroupMargin(group.part(lots), _facts_of(run)).initial().value)


def _fees(run: Any, group: PositionGroup, lots: Decimal) -> Decimal:
    """Fees of market orders that close so many lots."""
    total = ZERO
    for symbol, unit in group.units.items():
        total += run.fee(run.securities[symbol], Order(0, OrderType.MARKET, symbol, -unit * lots, run.utc))
    return total


def _shares_to_close(run: Any, group: PositionGroup, excess: Decimal, value: Decimal) -> Decimal:
    security = run.securities[next(iter(group.units))]
    sign = 1 if group.quantity > 0 else -1
    used = security.exact_margin_model.maintenance(security.facts, group.quantity)
    target = sign * max(ZERO, used - excess) / value if value else ZERO
    quantity, _ = quantity_for_margin(run, security, target)
    return abs(quantity) * sign


def _facts_of(run: Any) -> Any:
    return lambda symbol: run.securities[symbol].facts
