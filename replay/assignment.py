"""When a short option is assigned before expiry (LEAN: DefaultOptionAssignmentModel.cs)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from replay.enums import OptionRight, OptionStyle, OrderType, SettlementType
from replay.naming import LeanObject
from replay.orders import Order
from replay.symbol import to_decimal

TAG = "Simulated option assignment before expiration"
Assignment = tuple[Decimal, str]


class OptionAssignmentResult(LeanObject):
    """Answer of an assignment model written in the algorithm: contracts assigned, tag of the order."""

    NULL: Any = None

    def __init__(self, quantity: float, tag: str) -> None:
        self.quantity, self.tag = quantity, tag


OptionAssignmentResult.NULL = OptionAssignmentResult(0, "")


class OptionAssignmentParameters(LeanObject):
    """Question to an assignment model."""

    def __init__(self, option: Any) -> None:
        self.option = option


class DefaultOptionAssignmentModel(LeanObject):
    """Assigns shorts near expiry that are deeper in the money than a share of the underlying's price."""

    def __init__(self, required_in_the_money_percent: float = 0.05, prior_expiration: timedelta | None = None) -> None:
        self._share = to_decimal(required_in_the_money_percent)
        self._prior = timedelta(days=4) if prior_expiration is None else prior_expiration

    def get_assignment(self, parameters: OptionAssignmentParameters) -> OptionAssignmentResult:
        """What LEAN asks; an algorithm may override it."""
        found = self._decide(parameters.option._run, parameters.option)
        return OptionAssignmentResult(0, "") if found is None else OptionAssignmentResult(float(found[0]), found[1])

    def get_assignment_for(self, run: Any, option: Any) -> Assignment | None:
        """(contracts, tag) when the option is assigned now."""
        written = getattr(self, "GetAssignment", None) or self.get_assignment
        answer = written(OptionAssignmentParameters(option))
        return None if answer is None else (to_decimal(answer.quantity), answer.tag)

    def _decide(self, run: Any, option: Any) -> Assignment | None:
        local, expiry = option.local_time, option.symbol.id.date
        american = option.style is OptionStyle.AMERICAN
        if not (expiry - local <= self._prior if american else expiry.date() == local.date()):
            return None
        price = option.underlying.exact_close
        gain = price - option.exact_strike if option.right is OptionRight.CALL else option.exact_strike - price
        if not price or gain / price <= self._share or _advantage(run, option) <= 0:
            return None
        return abs(option.holdings.exact_quantity), TAG


class NullOptionAssignmentModel(LeanObject):
    """Never assigns."""

    def get_assignment_for(self, run: Any, option: Any) -> Assignment | None:
        """Nothing, whatever the option."""
        return None


def _advantage(run: Any, option: Any) -> Decimal:
    """What LEAN takes for the holder's gain by exercising instead of selling at the bid, dollars.

    The shares already count the contract's unit, LEAN multiplies them by it once more: a contract deep enough in the
    money is assigned whatever time value its bid still has.
    """
    underlying, holding = option.underlying, option.holdings
    held, unit = holding.exact_quantity, option.multiplier
    call = option.right is OptionRight.CALL
    stock_price = underlying.exact_bid if call else underlying.exact_ask
    shares = -held * unit * (1 if call else -1)
    close = Order(0, OrderType.MARKET, option.symbol, -held, run.utc)
    base = (option.exact_bid - holding.exact_average) * -held * unit - run.fee(option, close)
    fee = run.fee(option, Order(0, OrderType.OPTION_EXERCISE, option.symbol, -held, run.utc))
    if option.exercise_settlement is SettlementType.PHYSICAL_DELIVERY:
        fee += run.fee(underlying, Order(0, OrderType.MARKET, underlying.symbol, -shares, run.utc))
    gain = (stock_price - option.exact_strike) * shares * unit - fee - holding.exact_average * abs(held) * unit
    result: Decimal = gain - base
    return result


DEFAULT_ASSIGNMENT = DefaultOptionAssignmentModel()
