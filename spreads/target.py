"""Taking the profit: the one price rule that waits for the debit to fall."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .errors import BadSetting
from .levels import at_most
from .money import Number, exact, money, ticks_down
from .setting import choice, positive
from .valuation import PriceBasis, Value
from .view import Band, Decision, Need, Problem, Terms, View, band_for


@dataclass(frozen=True, slots=True)
class ProfitTarget:
    """Close when a part of the credit is earned (`percent`) or closing costs no more than `price` per share.

    Judged on NATURAL: a profit at mid cannot be had, and a target that fires on it closes for less.
    """

    percent: Number | None = None
    price: Number | None = None
    basis: PriceBasis = field(default=PriceBasis.NATURAL, kw_only=True)

    kind: ClassVar[str] = "profit-target"

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
    def needs(self) -> frozenset[Need]:
        """Nothing beyond the net value."""
        return frozenset()

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
