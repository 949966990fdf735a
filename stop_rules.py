"""The menu of stop rules: when a spread is to be closed. Frozen, pure, composable.

Every rule answers `evaluate(view) -> Decision | None`. Prices are net debits per share (what closing costs),
thresholds follow from the FILLED credit and are compared in whole ticks, so 3.40 means 3.40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import ClassVar

from spreads.clock_rules import BeforeClose, BeforeExpiry, DaysToExpiry, HoldingTime, TimeOfDay
from spreads.combine import After, AllOf, AnyOf, Unless, Until, after, all_of, any_of, unless, until
from spreads.errors import BadSetting
from spreads.levels import DebitStop, at_least, at_most
from spreads.money import TICKS_PER_DOLLAR, Number, dollars, exact, money, ticks_up
from spreads.rule_text import from_data, to_dict
from spreads.setting import choice, positive
from spreads.short_leg import At, ShortDelta, ShortStrike
from spreads.target import ProfitTarget
from spreads.trailing import GiveBack, TrailingDebit
from spreads.valuation import PriceBasis
from spreads.view import Rule, Terms

__all__ = [
    "PARAMETERS",
    "After",
    "AllOf",
    "AnyOf",
    "At",
    "BeforeClose",
    "BeforeExpiry",
    "CreditLost",
    "CreditMultiple",
    "DaysToExpiry",
    "GiveBack",
    "HoldingTime",
    "MaxLossPercent",
    "NetDebit",
    "NetLossDollars",
    "Per",
    "ProfitTarget",
    "ShortDelta",
    "ShortStrike",
    "TimeOfDay",
    "TrailingDebit",
    "Unless",
    "Until",
    "after",
    "all_of",
    "any_of",
    "from_dict",
    "rule_for",
    "rules_from",
    "to_dict",
    "unless",
    "until",
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


MENU: tuple[type[Rule], ...] = (
    NetLossDollars,
    CreditLost,
    CreditMultiple,
    NetDebit,
    MaxLossPercent,
    TrailingDebit,
    GiveBack,
    ProfitTarget,
    ShortStrike,
    ShortDelta,
    TimeOfDay,
    BeforeClose,
    BeforeExpiry,
    DaysToExpiry,
    HoldingTime,
    AnyOf,
    AllOf,
    After,
    Until,
    Unless,
)
"""Every kind of rule that can be stored and read back."""


def from_dict(data: object) -> Rule:
    """The rule that `to_dict` stored.

    Raises:
        BadSetting: Unknown kind of rule, unknown or unusable setting.
    """
    return from_data(data, MENU)


def _loss_dollars(text: str) -> Rule:
    amount, per = _words("stop-loss-dollars", text, "per", "200 or 200 per contract")
    return NetLossDollars(amount, Per.POSITION if per is None else choice("stop-loss-dollars (per)", per, Per))


def _trail(name: str, text: str) -> Rule:
    trail, gain = _words(name, text, "after", "0.50 or 0.50 after 0.30")
    return TrailingDebit(amount=trail, arm_gain=gain) if name.endswith("debit") else TrailingDebit(None, trail, gain)


def _give_back(text: str) -> Rule:
    percent, least = _words(GiveBack.kind, text, "after", "40 or 40 after 25")
    return GiveBack(percent) if least is None else GiveBack(percent, least)


def _short_strike(text: str) -> Rule:
    at, buffer = _words(ShortStrike.kind, text, "buffer", "touch, cross or touch buffer 5")
    return ShortStrike(at, buffer or 0)


def _days(text: str) -> Rule:
    days, at = _words(DaysToExpiry.kind, text, "at", "0 or 1 at 15:30")
    return DaysToExpiry(days, at)


def _words(name: str, text: str, word: str, allowed: str) -> tuple[str, str | None]:
    """Split `first word second`; second is None when there is none."""
    first, found, second = text.partition(f" {word} ")
    if not first.strip() or (found and not second.strip()):
        raise BadSetting(name, text, allowed)
    return first.strip(), second.strip() if found else None


PARAMETERS: Mapping[str, tuple[Callable[[str], Rule], str]] = {
    "stop-loss-dollars": (
        _loss_dollars,
        "loss in dollars of the whole position: 200; or of each spread: 200 per contract",
    ),
    "stop-credit-percent": (CreditLost, "percent of the credit lost on top of it: 70"),
    "stop-credit-multiple": (CreditMultiple, "cost to close as a multiple of the credit: 1.7"),
    "stop-debit": (NetDebit, "cost to close, dollars per share: 3.40"),
    "stop-max-loss-percent": (MaxLossPercent, "percent of the greatest loss at expiry: 50"),
    "stop-trail-debit": (lambda text: _trail("stop-trail-debit", text), "dollars per share: 0.50; or 0.50 after 0.30"),
    "stop-trail-percent": (
        lambda text: _trail("stop-trail-percent", text),
        "percent of the credit: 25; or 25 after 30",
    ),
    "stop-give-back-percent": (_give_back, "percent of the best profit: 40; or 40 after 25 (percent of the credit)"),
    "target-credit-percent": (lambda text: ProfitTarget(percent=text), "percent of the credit earned: 50"),
    "target-debit": (lambda text: ProfitTarget(price=text), "cost to close, dollars per share: 0.10"),
    "stop-short-strike": (_short_strike, "touch or cross; or touch buffer 5 (dollars of the underlying)"),
    "stop-short-delta": (ShortDelta, "absolute delta of a short leg: 0.40"),
    "exit-time": (TimeOfDay, "time of day: 15:45"),
    "exit-minutes-before-close": (BeforeClose, "minutes: 15"),
    "exit-minutes-before-expiry": (BeforeExpiry, "minutes before the last trading ends, on that day: 10"),
    "exit-days-to-expiry": (_days, "calendar days: 1; or 1 at 15:30"),
    "exit-holding-minutes": (
        lambda text: HoldingTime(float(positive("exit-holding-minutes", text, "minutes")) * 60),
        "minutes since the entry was filled: 90",
    ),
}
"""Rules a user sets by parameter: how each is made from its text, and what to write. Empty text is off."""


def rule_for(name: str, text: str, basis: PriceBasis | str | None = None) -> Rule:
    """The rule a parameter asks for, looking at `basis` instead of its default where it looks at a price.

    Raises:
        BadSetting: No such parameter, or an unusable value; names both and what is allowed.
    """
    if name not in PARAMETERS:
        raise BadSetting("parameter", name, ", ".join(PARAMETERS))
    make, _ = PARAMETERS[name]
    rule = make(text.strip())
    if basis is None or not hasattr(rule, "basis"):
        return rule
    return from_dict(to_dict(rule) | {"basis": choice(f"basis of {name}", basis, PriceBasis).value})


def rules_from(
    parameters: Mapping[str, str],
    stop_basis: PriceBasis | str | None = None,
    target_basis: PriceBasis | str | None = None,
) -> Rule | None:
    """Any of the rules that parameters ask for, in the order of the menu; None when all are empty.

    Names that are not rules are left alone: they are other people's parameters.

    Raises:
        BadSetting: An unusable value.
    """
    chosen = [
        rule_for(name, text, target_basis if name.startswith("target-") else stop_basis)
        for name in PARAMETERS
        if (text := parameters.get(name, "").strip())
    ]
    return AnyOf(tuple(chosen)) if chosen else None


def _rounded(value: Decimal, step: str, up: bool) -> str:
    return f"{value.quantize(Decimal(step), ROUND_CEILING if up else ROUND_FLOOR)}"
