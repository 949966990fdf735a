"""The menu of stop rules: when a spread is to be closed. Frozen, pure, composable.

Every rule answers `evaluate(view) -> Decision | None`. Prices are net debits per share (what closing costs),
thresholds follow from the FILLED credit and are compared in whole ticks, so 3.40 means 3.40.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import ClassVar

from spreads.clock_rules import BeforeClose, DaysToExpiry, HoldingTime, TimeOfDay
from spreads.errors import BadSetting
from spreads.levels import DebitStop, at_least, at_most
from spreads.money import TICKS_PER_DOLLAR, Number, dollars, exact, money, ticks_down, ticks_up
from spreads.setting import choice, positive
from spreads.valuation import PriceBasis, Value
from spreads.view import Band, Decision, Need, Problem, Terms, View, band_for

__all__ = [
    "BeforeClose",
    "CreditLost",
    "CreditMultiple",
    "DaysToExpiry",
    "HoldingTime",
    "MaxLossPercent",
    "NetDebit",
    "NetLossDollars",
    "Per",
    "ProfitTarget",
    "TimeOfDay",
]


class Per(StrEnum):
    """What a dollar amount counts for: the whole position, or one spread of it."""

    POSITION = "position"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class NetLossDollars(DebitStop):
    """Close when the loss against the filled credit reaches an amount of dollars, entry fees counted on request."""

    amount: Number
    per: Per = Per.POSITION
    with_fees: bool = False

    kind: ClassVar[str] = "stop-loss-dollars"

    def _check(self) -> None:
        object.__setattr__(self, "amount", positive(self.kind, self.amount, "dollars"))
        object.__setattr__(self, "per", choice(f"per of {self.kind}", self.per, Per))

    def stop_at(self, terms: Terms) -> int:
        """Credit plus the loss allowed per share."""
        allowed = exact(self.amount) * TICKS_PER_DOLLAR * (terms.lots if self.per is Per.CONTRACT else 1)
        if self.with_fees:
            allowed -= terms.fees
        return terms.credit - at_most(-allowed / (terms.multiplier * terms.lots))

    def why(self, terms: Terms) -> str:
        """The loss in dollars and what it is measured from."""
        what = "" if self.per is Per.POSITION else " per contract"
        fees = f" less fees {money(terms.fees)}" if self.with_fees else ""
        size = f"{terms.lots} x {terms.multiplier}"
        return f"a loss of ${self.amount}{what}{fees} on {size} at credit {money(terms.credit)}"

    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """Dollars of loss at a debit."""
        lots = 1 if self.per is Per.CONTRACT else terms.lots
        loss = (debit - terms.credit) * terms.multiplier * lots
        if self.with_fees:
            loss += terms.fees if self.per is Per.POSITION else -(-terms.fees // terms.lots)
        return _rounded(dollars(loss), "1", up)


@dataclass(frozen=True, slots=True)
class CreditLost(DebitStop):
    """Close when the credit and this percentage of it are gone: debit >= credit x (1 + percent / 100)."""

    percent: Number

    kind: ClassVar[str] = "stop-credit-percent"

    def _check(self) -> None:
        object.__setattr__(self, "percent", positive(self.kind, self.percent, "percent"))

    def stop_at(self, terms: Terms) -> int | None:
        """The credit grown by the percentage; none without a credit."""
        return None if terms.credit <= 0 else at_least(terms.credit * (1 + exact(self.percent) / 100))

    def why(self, terms: Terms) -> str:
        """The credit and the percentage."""
        return f"credit {money(terms.credit)} + {self.percent} %"

    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """Percentage of the credit lost at a debit."""
        return _rounded((Decimal(debit) / terms.credit - 1) * 100, "1", up)


@dataclass(frozen=True, slots=True)
class CreditMultiple(DebitStop):
    """Close when closing costs this many times the credit: debit >= credit x multiple."""

    multiple: Number

    kind: ClassVar[str] = "stop-credit-multiple"

    def _check(self) -> None:
        value = positive(self.kind, self.multiple, "times the credit")
        if value <= 1:
            raise BadSetting(self.kind, self.multiple, "a number above 1", "At 1 the stop stands at the credit itself.")
        object.__setattr__(self, "multiple", value)

    def stop_at(self, terms: Terms) -> int | None:
        """The credit times the multiple; none without a credit."""
        return None if terms.credit <= 0 else at_least(terms.credit * exact(self.multiple))

    def why(self, terms: Terms) -> str:
        """The credit and the multiple."""
        return f"credit {money(terms.credit)} x {self.multiple}"

    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """Multiple of the credit at a debit."""
        return _rounded(Decimal(debit) / terms.credit, "0.01", up)


@dataclass(frozen=True, slots=True)
class NetDebit(DebitStop):
    """Close when closing costs this much: debit >= price, dollars per share."""

    price: Number

    kind: ClassVar[str] = "stop-debit"

    def _check(self) -> None:
        object.__setattr__(self, "price", positive(self.kind, self.price, "dollars per share"))

    def stop_at(self, terms: Terms) -> int:
        """The price in ticks."""
        return ticks_up(self.price)

    def why(self, terms: Terms) -> str:
        """What it is measured from."""
        return f"credit {money(terms.credit)}"

    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """The debit itself."""
        return _rounded(dollars(debit), "0.01", up)


@dataclass(frozen=True, slots=True)
class MaxLossPercent(DebitStop):
    """Close when the loss reaches this percentage of the greatest loss at expiry (width less credit)."""

    percent: Number

    kind: ClassVar[str] = "stop-max-loss-percent"

    def _check(self) -> None:
        object.__setattr__(self, "percent", positive(self.kind, self.percent, "percent", most=100))

    def stop_at(self, terms: Terms) -> int | None:
        """The credit plus that part of the greatest loss; none when the risk is unbounded."""
        most = terms.max_loss
        return None if most is None or most <= 0 else terms.credit + at_least(most * exact(self.percent) / 100)

    def why(self, terms: Terms) -> str:
        """The greatest loss and the percentage."""
        most = "unbounded" if terms.max_loss is None else money(terms.max_loss)
        return f"credit {money(terms.credit)} + {self.percent} % of the greatest loss {most}"

    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """Percentage of the greatest loss at a debit."""
        return _rounded(Decimal(debit - terms.credit) * 100 / (terms.max_loss or 1), "1", up)


@dataclass(frozen=True, slots=True)
class ProfitTarget:
    """Close when a part of the credit is earned (`percent`) or closing costs no more than `price` per share.

    Judged on NATURAL: a profit at mid cannot be had, and a target that fires on it closes for less.
    """

    percent: Number | None = None
    price: Number | None = None
    basis: PriceBasis = field(default=PriceBasis.NATURAL, kw_only=True)

    kind: ClassVar[str] = "profit-target"
    needs: ClassVar[frozenset[Need]] = frozenset()

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        if (self.percent is None) == (self.price is None):
            raise BadSetting(self.kind, (self.percent, self.price), "either a percent of the credit or a price")
        if self.percent is not None:
            percent = positive("target-credit-percent", self.percent, "percent", most=100)
            object.__setattr__(self, "percent", percent)
        if self.price is not None:
            object.__setattr__(self, "price", positive("target-debit", self.price, "dollars per share"))
        object.__setattr__(self, "basis", choice(f"basis of {self.name}", self.basis, PriceBasis))

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return "target-debit" if self.percent is None else "target-credit-percent"

    def target_at(self, terms: Terms) -> int | None:
        """The debit at or below which the profit is taken, ticks per share."""
        if self.price is not None:
            return ticks_down(self.price)
        if self.percent is None or terms.credit <= 0:
            return None
        return at_most(terms.credit * (1 - exact(self.percent) / 100))

    def evaluate(self, view: View) -> Decision | None:
        """Fire at or below the target."""
        target, debit = self.target_at(view.terms), view.value.at(self.basis)
        if target is None or debit > target:
            return None
        sentence = f"{self.basis} debit {money(debit)} reached the target {money(target)} ({self._why(view.terms)})"
        return Decision(self.name, self.basis, debit, target, sentence)

    def band(self, view: View) -> Band:
        """Nothing happens above the target."""
        target = self.target_at(view.terms)
        return Band() if target is None else band_for(self.basis, low=target)

    def latches(self, view: View) -> frozenset[str]:
        """A level remembers nothing."""
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """Without a credit there is nothing to earn; at or above the quote it would be taken at once."""
        target = self.target_at(terms)
        if target is None:
            return [Problem(self.name, True, f"{self.name}: no target can be derived ({self._why(terms)})")]
        if quoted.at(self.basis) <= target or target >= terms.credit:
            text = f"{self.name}: the target {money(target)} is not below the credit {money(terms.credit)}"
            return [Problem(self.name, True, f"{text}: no profit would be taken", "target-credit-percent 50")]
        return []

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        target = self.target_at(terms)
        if target is None:
            return f"no target can be derived ({self._why(terms)})"
        return f"take the profit at a {self.basis} debit of {money(target)} or less ({self._why(terms)})"

    def _why(self, terms: Terms) -> str:
        part = "" if self.percent is None else f" - {self.percent} %"
        return f"credit {money(terms.credit)}{part}"


def _rounded(value: Decimal, step: str, up: bool) -> str:
    return f"{value.quantize(Decimal(step), ROUND_CEILING if up else ROUND_FLOOR)}"
