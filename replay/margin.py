"""The buying power check of the whole account and the margin it has in use.

Rules: Common/Securities/Positions (SecurityPositionGroupModel.cs, PositionGroupBuyingPowerModel.cs and the resolvers)
and SecurityPortfolioManager.cs. Amounts are dollars. LEAN's grouping of overlapping spreads differs from run to run: a
check whose outcome would hang on it, and a margin figure that would, raise Unsupported instead of guessing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from replay.buying_power import BuyingPowerModel, Initial
from replay.enums import OrderType, SecurityType
from replay.errors import Undetermined, Unsupported
from replay.facts import SecurityFacts
from replay.fees import order_value
from replay.grouping import Group, groupings
from replay.order_json import normalize, number, smart_round
from replay.orders import Order
from replay.strategy_margin import GroupMargin
from replay.strategy_shapes import Position
from replay.symbol import Symbol

ZERO = Decimal(0)
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
_MARGIN_OVER_COST = Decimal("1.1")

Holdings = Mapping[Symbol, Decimal]


class AccountFacts(Protocol):
    """The account at the moment of the question."""

    def holdings(self) -> Holdings:
        """Signed quantities that are not zero, in order of addition."""

    def facts(self, symbol: Symbol) -> SecurityFacts:
        """Prices and model of a subscribed security."""

    def value(self) -> Decimal:
        """Total portfolio value."""

    def fee(self, order: Order) -> Decimal:
        """What the order would cost in fees now."""

    @property
    def grouped(self) -> bool:
        """Whether positions are grouped into strategies; False is LEAN's SecurityPositionGroupModel.NULL."""


class Verdict(NamedTuple):
    """Whether the account can carry the orders, and LEAN's reason when it cannot."""

    sufficient: bool
    reason: str = ""


class Range(NamedTuple):
    """Lowest and highest value over LEAN's possible groupings."""

    low: Decimal
    high: Decimal

    @property
    def is_certain(self) -> bool:
        """Whether every grouping gives the same."""
        return self.low == self.high


class _Resolved(NamedTuple):
    groups: tuple[Group, ...]
    alone: Holdings


def refusal_text(orders: Sequence[Order], facts: Callable[[Symbol], SecurityFacts], reason: str) -> str:
    """LEAN's message for orders the account cannot carry."""
    ids = ",".join(str(order.id) for order in orders)
    values = ",".join(_plain(smart_round(order_value(order, facts(order.symbol)))) for order in orders)
    return (
        f"Order Error: ids: [{ids}], Insufficient buying power to complete orders (Value:[{values}]), Reason: {reason}."
    )


def _plain(value: Decimal) -> str:
    return format(normalize(value), "f")


class Margin:
    """Margin in use and the check of new orders for one account."""

    def __init__(self, account: AccountFacts) -> None:
        self._account = account

    def used_range(self) -> Range:
        """Margin in use, over all possible groupings."""
        low = high = ZERO
        for part in self._by_underlying(self._account.holdings()).values():
            totals = [self._maintenance(resolved) for resolved in self._resolve(part)]
            low, high = low + min(totals), high + max(totals)
        return Range(low, high)

    def used_ceiling(self) -> Decimal:
        """A quick upper bound of the margin in use: every short alone or as wide as the strikes lie apart."""
        return self._ceiling(self._account.holdings())

    def used(self) -> Decimal:
        """Margin in use; Undetermined when LEAN's figure would depend on its grouping of overlapping spreads."""
        found = self.used_range()
        if not found.is_certain:
            raise Undetermined(
                f"the margin of overlapping option spreads (between {found.low:.2f} and {found.high:.2f})",
                "LEAN groups them differently from run to run; read margin while at most one spread per expiry is open",
            )
        return found.low

    def remaining(self) -> Decimal:
        """Portfolio value less the margin in use."""
        return self._account.value() - self.used()

    def check(self, orders: Sequence[Order]) -> Verdict:
        """Whether the account can carry these orders together (one order, or all legs of a combo)."""
        if self._account.grouped and self._is_group_check(orders):
            return self._check_group(orders)
        for order in orders:
            verdict = self._check_alone(order)
            if not verdict.sufficient:
                return verdict
        return Verdict(True)

    def _is_group_check(self, orders: Sequence[Order]) -> bool:
        """Whether LEAN finds an option strategy among the new positions and those of the same underlyings."""
        held = self._account.holdings()
        if not held and len(orders) == 1:
            return False
        new = {order.symbol: order.quantity for order in orders}
        merged: dict[Symbol, Decimal] = dict(new)
        roots = {_root(symbol) for symbol in new}
        for symbol, quantity in held.items():
            if _root(symbol) in roots:
                merged[symbol] = merged.get(symbol, ZERO) + quantity
        if not any(symbol.security_type in _OPTIONS for symbol in merged):
            return False
        # LEAN finds a group unless only shares are left after netting, or nothing is left at all (an empty group).
        left = {symbol: quantity for symbol, quantity in merged.items() if quantity}
        return not left or any(symbol.security_type in _OPTIONS for symbol in left) or not self._lots(left)

    def _lots(self, positions: Holdings) -> int:
        return sum(int(quantity / 100) for symbol, quantity in positions.items())

    def _check_group(self, orders: Sequence[Order]) -> Verdict:
        account, held = self._account, self._account.holdings()
        new = {order.symbol: order.quantity for order in orders}
        roots = {_root(symbol) for symbol in new}
        touched = {symbol: quantity for symbol, quantity in held.items() if _root(symbol) in roots}
        others = {symbol: quantity for symbol, quantity in held.items() if _root(symbol) not in roots}
        after = dict(touched)
        for symbol, quantity in new.items():
            after[symbol] = after.get(symbol, ZERO) + quantity

        paid = sum((max(self._worth(symbol, quantity), ZERO) for symbol, quantity in new.items()), ZERO)
        if self._ceiling(after) + paid <= account.value() - self._ceiling(others):
            return Verdict(True)
        current = self._totals(touched, self._maintenance)
        contemplated = self._totals(after, self._initial)
        premiums = self._totals(new, self._premium)
        elsewhere = Margin._range(self._totals(others, self._maintenance))
        value = account.value()
        answers = set()
        for before in current:
            for then in contemplated:
                for premium in premiums:
                    delta = then + premium - before
                    for rest in elsewhere:
                        answers.add((delta < 0 or delta <= value - before - rest, delta, value - before - rest))
        outcomes = {answer[0] for answer in answers}
        if len(outcomes) > 1:
            raise _ambiguous(orders)
        if outcomes == {True}:
            return Verdict(True)
        _, delta, free = min(answers, key=lambda answer: answer[1])
        ids = ",".join(str(order.id) for order in orders)
        return Verdict(False, f"Id: {ids}, Maintenance Margin Delta: {_plain(delta)}, Free Margin: {_plain(free)}")

    def _check_alone(self, order: Order) -> Verdict:
        """BuyingPowerModel.HasSufficientBuyingPowerForOrder."""
        account, facts = self._account, self._account.facts(order.symbol)
        held, quantity = facts.held, order.quantity
        if not quantity or (held * quantity < 0 and abs(held) >= abs(quantity)):
            return Verdict(True)
        if order.type == OrderType.OPTION_EXERCISE:
            raise Unsupported("the margin check of an exercise that enlarges a position")
        model: BuyingPowerModel = facts.buying_power_model
        needed = model.for_order(order, facts, account.fee(order))
        value, used = account.value(), self.used_range()
        verdicts = []
        for margin_used in {used.high, used.low}:
            free = value - margin_used
            if held * quantity < 0:
                free += model.maintenance(facts, held) + model.initial(facts, abs(held)).value
            free = max(free - value * model.free_share, ZERO)
            reason = f"Id: {order.id}, Initial Margin: {_plain(needed)}, Free Margin: {_plain(free)}"
            verdicts.append(Verdict(True) if abs(needed) <= free else Verdict(False, reason))
        if len({verdict.sufficient for verdict in verdicts}) > 1:
            raise _ambiguous([order])
        return verdicts[0]

    def _worth(self, symbol: Symbol, quantity: Decimal) -> Decimal:
        facts = self._account.facts(symbol)
        return facts.price * facts.multiplier * quantity

    def _ceiling(self, positions: Holdings) -> Decimal:
        """No grouping asks for more: a group's margin is that of its shorts alone, a width, or a cost to close."""
        total = ZERO
        for part in self._by_underlying(positions).values():
            options = [symbol for symbol in part if symbol.security_type in _OPTIONS]
            strikes = [symbol.id.strike_decimal for symbol in options]
            span = max(strikes) - min(strikes) if strikes else ZERO
            for symbol, quantity in part.items():
                facts = self._account.facts(symbol)
                alone: Decimal = facts.buying_power_model.maintenance(facts, quantity)
                if symbol.security_type in _OPTIONS:
                    wide = abs(quantity) * facts.multiplier * (span + facts.ask) * _MARGIN_OVER_COST
                    alone = max(alone, wide) if quantity < 0 else ZERO
                elif options:
                    alone = alone * 2 + abs(self._worth(symbol, quantity))
                total += alone
        return total

    def _by_underlying(self, positions: Holdings) -> dict[Symbol, dict[Symbol, Decimal]]:
        parts: dict[Symbol, dict[Symbol, Decimal]] = {}
        for symbol, quantity in positions.items():
            parts.setdefault(_root(symbol), {})[symbol] = quantity
        return parts

    def _totals(self, positions: Holdings, total: Callable[[_Resolved], Decimal]) -> list[Decimal]:
        """Every value the sum over all underlyings can take, lowest first."""
        sums = {ZERO}
        for part in self._by_underlying(positions).values():
            own = {total(resolved) for resolved in self._resolve(part)}
            sums = {before + more for before in sums for more in own}
        return sorted(sums)

    @staticmethod
    def _range(values: Sequence[Decimal]) -> set[Decimal]:
        return {values[0], values[-1]}

    def _resolve(self, part: Holdings) -> list[_Resolved]:
        """The groups of one underlying's positions and what stays alone, for every possible grouping."""
        options = [symbol for symbol in part if symbol.security_type in _OPTIONS and part[symbol]]
        if not self._account.grouped or not options:
            return [_Resolved((), {symbol: quantity for symbol, quantity in part.items() if quantity})]
        unit = self._account.facts(options[0]).multiplier
        shares = {symbol: quantity for symbol, quantity in part.items() if symbol.security_type not in _OPTIONS}
        lots = sum(int(quantity / unit) for quantity in shares.values())
        positions = [_position(symbol, part[symbol]) for symbol in options]
        resolved = []
        for groups in groupings(positions, lots):
            used = sum(group.lots for group in groups) * unit
            alone = {symbol: quantity - used for symbol, quantity in shares.items() if quantity - used}
            resolved.append(_Resolved(groups, alone))
        return resolved

    def _maintenance(self, resolved: _Resolved) -> Decimal:
        total = sum((GroupMargin(group, self._account.facts).maintenance() for group in resolved.groups), ZERO)
        for symbol, quantity in resolved.alone.items():
            facts = self._account.facts(symbol)
            total += facts.buying_power_model.maintenance(facts, quantity)
        return total

    def _initial(self, resolved: _Resolved) -> Decimal:
        """LEAN leaves the premium of grouped options out, but not that of an option standing alone."""
        total = sum((_contemplated(margin) for margin in self._initials(resolved)), ZERO)
        for symbol, quantity in resolved.alone.items():
            facts = self._account.facts(symbol)
            total += facts.buying_power_model.initial(facts, quantity).value
        return total

    def _premium(self, resolved: _Resolved) -> Decimal:
        margins = (margin for margin in self._initials(resolved) if margin.is_option)
        return sum((margin.value - margin.without_premium for margin in margins), ZERO)

    def _initials(self, resolved: _Resolved) -> Iterable[Initial]:
        return (GroupMargin(group, self._account.facts).initial() for group in resolved.groups)


def _contemplated(margin: Initial) -> Decimal:
    return margin.without_premium if margin.is_option else margin.value


def _root(symbol: Symbol) -> Symbol:
    return symbol.underlying if symbol.underlying is not None else symbol


def _position(symbol: Symbol, quantity: Decimal) -> Position:
    sid = symbol.id
    return Position(symbol, sid.option_right, sid.strike_decimal, sid.date, int(quantity))


def _ambiguous(orders: Sequence[Order]) -> Unsupported:
    names = ", ".join(f"{number(order.quantity)} {order.symbol.value}" for order in orders)
    return Unsupported(
        f"the margin check of order {names}",
        "it passes or fails depending on how LEAN groups the overlapping spreads held, which differs from run to run; "
        "give the account more cash or hold fewer overlapping spreads",
    )
