"""Stops that follow the best debit seen: a trail at a distance, and giving back a part of the best profit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from .errors import BadSetting
from .levels import at_least, capped, reached
from .money import Number, exact, money, ticks_up
from .setting import choice, number, positive
from .valuation import PriceBasis, Value
from .view import ALWAYS, Band, Decision, Need, Problem, Terms, View


@dataclass(frozen=True, slots=True)
class Trail(ABC):
    """A stop that follows `View.extremes`, which begin when the order begins to watch.

    MID by default: a trail compares two moments, and when only the quotes widen in between the natural debit
    rises without a move. The fill is then beyond the trail by half the quoted spread.
    """

    basis: PriceBasis = field(default=PriceBasis.MID, kw_only=True)

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        self._check()
        object.__setattr__(self, "basis", choice(f"basis of {self.name}", self.basis, PriceBasis))

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing beyond the net value."""
        return frozenset()

    @property
    @abstractmethod
    def name(self) -> str:
        """Name as in parameters and tags."""

    @abstractmethod
    def _check(self) -> None:
        """Validate the rule's own settings and make them exact."""

    @abstractmethod
    def arms_at(self, terms: Terms) -> int | None:
        """The best debit must have been at or below this; None when it is armed at once."""

    @abstractmethod
    def stop_from(self, best: int, terms: Terms) -> int | None:
        """The stop for a best debit, ticks per share."""

    @abstractmethod
    def why(self, terms: Terms) -> str:
        """The trail with its numbers."""

    def stop(self, view: View) -> int | None:
        """The stop now, None while it is not armed."""
        best, arms = view.extremes.at(self.basis).low, self.arms_at(view.terms)
        return None if arms is not None and best > arms else self.stop_from(best, view.terms)

    def evaluate(self, view: View) -> Decision | None:
        """Fire at or above the stop once armed."""
        stop = self.stop(view)
        if stop is None:
            return None
        best = money(view.extremes.at(self.basis).low)
        why = f"{self.why(view.terms)}, best {best}"
        return reached(self.name, self.basis, view.value.at(self.basis), stop, view.terms, why)

    def band(self, view: View) -> Band:
        """Nothing happens between the best debit, which may not move unseen, and the stop."""
        if self.basis is PriceBasis.MARK:
            return ALWAYS
        stop, seen = self.stop(view), view.extremes
        high = None if stop is None else capped(stop, view.terms)
        if self.basis is PriceBasis.NATURAL:
            return Band(natural_low=seen.natural.low, natural_high=high)
        if self.basis is PriceBasis.MID:
            return Band(mid_low=seen.mid.low, mid_high=high)
        return Band(seen.natural.low, high, seen.mid.low, high)

    def latches(self, view: View) -> frozenset[str]:
        """The extremes are its memory."""
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """A trail narrower than the quotes, or one that can never be armed."""
        arms = self.arms_at(terms)
        best = quoted.at(self.basis) if arms is None else min(arms, quoted.at(self.basis))
        stop, spread = self.stop_from(best, terms), 2 * max(quoted.natural - quoted.mid, 0)
        if stop is None:
            return [Problem(self.name, True, f"{self.name}: no trail can be derived ({self.why(terms)})")]
        if arms is not None and arms < 0:
            text = f"{self.name}: it is armed at a debit of {money(arms)}, which the spread never reaches"
            return [Problem(self.name, True, f"{text} ({self.why(terms)})", "a smaller gain")]
        if stop - best > spread:
            return []
        text = f"{self.name}: it trails by {money(stop - best)} while the legs are quoted {money(spread)} wide"
        return [Problem(self.name, False, f"{text}: a flicker of the quotes fires it", f"more than {money(spread)}")]

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        arms = self.arms_at(terms)
        armed = "" if arms is None else f", once it was at or below {money(arms)}"
        return f"trail the best {self.basis} debit: {self.why(terms)}{armed}"


@dataclass(frozen=True, slots=True)
class TrailingDebit(Trail):
    """Close when the debit has risen from its best by an amount per share, or by a percentage of the credit.

    The percentage is of the filled credit, not of the best debit as LEAN's own trailing stop has it: near a
    full profit a part of almost nothing would fire on one tick. Armed at once, or after `arm_gain` was earned,
    in the same unit as the trail.
    """

    amount: Number | None = None
    percent: Number | None = None
    arm_gain: Number | None = None

    kind: ClassVar[str] = "trailing-debit"

    def _check(self) -> None:
        if (self.amount is None) == (self.percent is None):
            raise BadSetting(self.kind, (self.amount, self.percent), "either an amount per share or a percent")
        if self.amount is not None:
            object.__setattr__(self, "amount", positive(self.name, self.amount, "dollars per share"))
        if self.percent is not None:
            object.__setattr__(self, "percent", positive(self.name, self.percent, "percent of the credit"))
        if self.arm_gain is not None:
            most = None if self.percent is None else 100
            object.__setattr__(self, "arm_gain", positive(f"arm gain of {self.name}", self.arm_gain, "gain", most))

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return "stop-trail-debit" if self.percent is None else "stop-trail-percent"

    def arms_at(self, terms: Terms) -> int | None:
        """The credit less the gain."""
        gain = None if self.arm_gain is None else self._distance(self.arm_gain, terms)
        return None if gain is None else terms.credit - gain

    def stop_from(self, best: int, terms: Terms) -> int | None:
        """The best debit plus the trail."""
        distance = self._distance(self.percent if self.amount is None else self.amount, terms)
        return None if distance is None else best + distance

    def why(self, terms: Terms) -> str:
        """The distance and what arms it."""
        unit = "" if self.percent is None else " %"
        trail = self.amount if self.percent is None else self.percent
        armed = "" if self.arm_gain is None else f" after a gain of {self.arm_gain}{unit}"
        return f"trail {trail}{unit}{armed}, credit {money(terms.credit)}"

    def _distance(self, size: Number | None, terms: Terms) -> int | None:
        if size is None or (self.percent is not None and terms.credit <= 0):
            return None
        return ticks_up(size) if self.percent is None else at_least(terms.credit * exact(size) / 100)


@dataclass(frozen=True, slots=True)
class GiveBack(Trail):
    """Close when this percentage of the best profit was given back, once `after` percent of the credit was earned.

    Without a least profit the first tick of gain would arm it and the next tick would fire it.
    """

    percent: Number
    after: Number = 20

    kind: ClassVar[str] = "stop-give-back-percent"

    def _check(self) -> None:
        object.__setattr__(self, "percent", positive(self.kind, self.percent, "percent", most=100))
        after = number(f"{self.kind} (after)", self.after)
        object.__setattr__(self, "after", positive(f"{self.kind} (after)", after, "percent of the credit", most=100))

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return self.kind

    def arms_at(self, terms: Terms) -> int | None:
        """The credit less the profit that must have been earned; never a loss."""
        return terms.credit - max(at_least(terms.credit * exact(self.after) / 100), 1)

    def stop_from(self, best: int, terms: Terms) -> int | None:
        """The debit at which the part of the best profit is gone."""
        return None if terms.credit <= 0 else best + at_least((terms.credit - best) * exact(self.percent) / 100)

    def why(self, terms: Terms) -> str:
        """The part given back."""
        return f"{self.percent} % of the best profit given back, credit {money(terms.credit)}"
