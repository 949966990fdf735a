"""Margin of one matched option strategy.

Rules: Common/Securities/Option/OptionStrategyPositionGroupBuyingPowerModel.cs. Amounts are dollars.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from replay.buying_power import Initial, intrinsic, out_of_the_money, quantity_value
from replay.enums import OptionRight
from replay.errors import Unsupported
from replay.facts import SecurityFacts
from replay.grouping import Group
from replay.strategy_shapes import Position
from replay.symbol import Symbol

ZERO = Decimal(0)
FactsOf = Callable[[Symbol], SecurityFacts]

_CALL_VERTICALS = ("Bear Call Spread", "Bull Call Spread")
_PUT_VERTICALS = (
    "Bear Put Spread",
    "Bull Put Spread",
    "Iron Condor",
    "Iron Butterfly",
    "Short Iron Condor",
    "Short Iron Butterfly",
)
_FREE = (
    "Call Calendar Spread",
    "Put Calendar Spread",
    "Straddle",
    "Strangle",
    "Butterfly Call",
    "Butterfly Put",
    "Box Spread",
)
_SHORT_CALENDARS = ("Short Call Calendar Spread", "Short Put Calendar Spread")
_SHORT_PAIRS = ("Short Straddle", "Short Strangle")
_NAKED = ("Naked Call", "Naked Put")


class GroupMargin:
    """Maintenance and initial margin of one group at the prices of the moment."""

    def __init__(self, group: Group, facts_of: FactsOf) -> None:
        self.group = group
        self._facts_of = facts_of
        self._first = facts_of(group.legs[0].symbol)
        self._unit = self._first.multiplier

    def maintenance(self) -> Decimal:
        """What holding the group reserves."""
        name, group = self.group.name, self.group
        if name in _NAKED:
            return self._leg_maintenance(group.legs[0])
        plain = self._by_strikes()
        if plain is not None:
            return plain
        if name in _SHORT_CALENDARS:
            return self._leg_maintenance(self._one(short=True))
        if name in _SHORT_PAIRS:
            return self._short_pair(self._leg_maintenance)
        if name in ("Jelly Roll", "Short Jelly Roll"):
            return self._jelly_roll()
        if group.lots:
            return self._with_shares_maintenance()
        if name == "Short Box Spread":
            return self._short_box()
        if name.endswith("Ladder"):
            return self._ladder()
        raise Unsupported(f"the margin of a {name}", "LEAN has no margin for it either")

    def initial(self) -> Initial:
        """What opening the group needs; the premium counts when it is paid."""
        name, group = self.group.name, self.group
        if name in _NAKED:
            leg = group.legs[0]
            facts = self._facts_of(leg.symbol)
            margin: Initial = facts.buying_power_model.initial(facts, Decimal(leg.quantity))
            return margin._replace(without_premium=abs(margin.without_premium)) if margin.is_option else margin
        if name in _SHORT_CALENDARS:
            result = abs(self._leg_initial(self._one(short=True)))
        elif name in _SHORT_PAIRS:
            result = self._short_pair(lambda leg: abs(self._leg_initial(leg)))
        elif group.lots and name != "Covered Put":
            result = self._with_shares_initial()
        else:
            result = self.maintenance()
        premium = sum((quantity_value(self._facts_of(p.symbol), Decimal(p.quantity)) for p in group.legs), ZERO)
        return Initial(result, premium, is_option=True)

    def _by_strikes(self) -> Decimal | None:
        """Margins that need no price: verticals, condors, long butterflies and boxes, long calendars and pairs."""
        name, group = self.group.name, self.group
        size = self._unit * abs(group.quantity)
        if name in _FREE:
            return ZERO
        if name in _CALL_VERTICALS:
            width = self._one(False, OptionRight.CALL).strike - self._one(True, OptionRight.CALL).strike
            return max(width * size, ZERO)
        if name in _PUT_VERTICALS:
            width = self._one(True, OptionRight.PUT).strike - self._one(False, OptionRight.PUT).strike
            return max(width * size, ZERO)
        if name in ("Short Butterfly Call", "Short Butterfly Put"):
            low, middle, _ = sorted(leg.strike for leg in group.legs)
            return max((middle - low) * size, ZERO)
        return None

    def _one(self, short: bool, right: OptionRight | None = None) -> Position:
        return next(p for p in self.group.legs if (p.quantity < 0) == short and right in (None, p.right))

    def _leg_maintenance(self, leg: Position) -> Decimal:
        facts = self._facts_of(leg.symbol)
        margin: Decimal = facts.buying_power_model.maintenance(facts, Decimal(leg.quantity))
        return margin

    def _leg_initial(self, leg: Position) -> Decimal:
        facts = self._facts_of(leg.symbol)
        margin: Initial = facts.buying_power_model.initial(facts, Decimal(leg.quantity))
        return margin.value

    def _short_pair(self, margin_of: Callable[[Position], Decimal]) -> Decimal:
        """The larger naked margin plus the market value of the other leg."""
        call, put = self._one(True, OptionRight.CALL), self._one(True, OptionRight.PUT)
        larger, other = (put, call) if margin_of(put) > margin_of(call) else (call, put)
        return margin_of(larger) + abs(quantity_value(self._facts_of(other.symbol), Decimal(other.quantity)))

    def _jelly_roll(self) -> Decimal:
        last = max(leg.expiry for leg in self.group.legs)
        return self._leg_maintenance(next(p for p in self.group.legs if p.quantity < 0 and p.expiry == last))

    def _short_box(self) -> Decimal:
        """The larger of 1.02 x the cost to close and the width."""
        long_call, short_call = self._one(False, OptionRight.CALL), self._one(True, OptionRight.CALL)
        long_put, short_put = self._one(False, OptionRight.PUT), self._one(True, OptionRight.PUT)
        asks = sum((self._facts_of(p.symbol).ask for p in (short_call, short_put)), ZERO)
        bids = sum((self._facts_of(p.symbol).bid for p in (long_call, long_put)), ZERO)
        size = abs(long_call.quantity) * self._unit
        fees = max(abs(long_call.quantity) * Decimal("0.65"), Decimal(1)) * 4
        return max(Decimal("1.02") * (fees + (asks - bids) * size), (long_call.strike - short_call.strike) * size)

    def _ladder(self) -> Decimal:
        """A credit vertical of two legs, or the naked short at the far end."""
        legs = sorted(self.group.legs, key=lambda p: p.strike)
        if self.group.name == "Bear Call Ladder":
            return max((legs[1].strike - legs[0].strike) * self._unit * abs(self.group.quantity), ZERO)
        if self.group.name == "Bull Put Ladder":
            return max((legs[2].strike - legs[1].strike) * self._unit * abs(self.group.quantity), ZERO)
        return abs(self._leg_initial(legs[-1] if self.group.name == "Bull Call Ladder" else legs[0]))

    def _shares(self) -> tuple[SecurityFacts, Decimal]:
        stock = self._first.underlying
        assert stock is not None
        return stock, self.group.lots * self._unit

    def _with_shares_maintenance(self) -> Decimal:
        name, legs = self.group.name, self.group.legs
        stock, shares = self._shares()
        facts, size = self._first, abs(legs[0].quantity) * self._unit
        strike = legs[0].strike
        if name in ("Protective Put", "Protective Call"):
            option = Decimal("0.1") * strike * size + out_of_the_money(facts) * size
            return min(option, abs(stock.buying_power_model.maintenance(stock, shares)))
        if name == "Covered Call":
            value = quantity_value(stock, shares)
            at_strike = stock.buying_power_model.rate * min(stock.price, strike) * abs(shares)
            margin = stock.buying_power_model.maintenance(stock, shares)
            option_value = quantity_value(facts, Decimal(legs[0].quantity))
            return max(intrinsic(facts) * size + at_strike, min(value, max(option_value, margin)))
        if name == "Covered Put":
            return abs(stock.buying_power_model.initial(stock, shares).value) + intrinsic(facts) * size
        call, put = self._pair()
        if name == "Protective Collar":
            put_facts = self._facts_of(put.symbol)
            per_share = Decimal("0.1") * put.strike + out_of_the_money(put_facts)
            return min(per_share, Decimal("0.25") * call.strike) * size
        chosen = self._facts_of((call if name == "Conversion" else put).symbol)
        return (Decimal("0.1") * strike + intrinsic(chosen)) * size

    def _with_shares_initial(self) -> Decimal:
        name, legs = self.group.name, self.group.legs
        stock, shares = self._shares()
        margin: Decimal = stock.buying_power_model.initial(stock, shares).value
        if name in ("Protective Put", "Protective Call"):
            return abs(margin)
        if name == "Covered Call":
            return abs(quantity_value(self._first, Decimal(legs[0].quantity))) * Decimal("0.8") + margin
        call, put = self._pair()
        chosen = put if name == "Reverse Conversion" else call
        return abs(margin) + intrinsic(self._facts_of(chosen.symbol)) * abs(chosen.quantity) * self._unit

    def _pair(self) -> tuple[Position, Position]:
        call, put = sorted(self.group.legs, key=lambda p: p.right)
        return call, put
