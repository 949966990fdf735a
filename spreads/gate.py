"""The gate every new spread passes: a stop that can work, enough credit, and the guards of the whole book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .guards import BookGuards, GuardState
from .guards import Refusal as GuardRefusal
from .judge import TradingHours
from .money import Number, dollars, ticks_up
from .view import Problem


@dataclass(frozen=True, slots=True)
class Offer:
    """What opening a spread now would bring.

    Attributes:
        credit_ticks: Natural net credit per share, ticks: bid of what is sold less ask of what is bought.
        problems: What speaks against it, the worst first.
        hours: Today's session; None on a day without one.
    """

    credit_ticks: int
    problems: tuple[Problem, ...]
    hours: TradingHours | None

    @property
    def credit(self) -> Decimal:
        """Natural net credit, dollars per share."""
        return dollars(self.credit_ticks)


class EntryGate:
    """Guards and entry check in one place; remembers the day's result, stops per side and a pause."""

    def __init__(self, guards: BookGuards, refuse_weak_stops: bool = True) -> None:
        self.guards = guards
        self.state = GuardState()
        self.refuse_weak_stops = refuse_weak_stops

    @property
    def follows_the_day(self) -> bool:
        """True when a guard wants the day's result after every slice."""
        return self.guards.daily_loss is not None

    def look(self, now: datetime, open_pnl: int) -> GuardRefusal | None:
        """Follow the day's result (1/10000 dollars); the refusal in the look that reaches the daily loss limit."""
        self.state, refusal = self.guards.look(self.state, now, open_pnl)
        return refusal

    def closed(self, side: str, pnl: int, now: datetime, by_stop: bool) -> None:
        """Take a finished spread into the day's result and the side's cool-down."""
        self.state = self.state.closed(side, pnl, now, by_stop)

    def refusals(
        self,
        side: str,
        offer: Offer,
        min_credit: Number,
        lots: int,
        open_spreads: int,
        now: datetime,
    ) -> list[str]:
        """Every reason not to open, in words; empty when it may be opened."""
        hours = offer.hours
        if hours is None:
            return ["there is no session today"]
        found = [
            refusal.sentence
            for refusal in self.guards.refusals(self.state, now, side, open_spreads, hours.opens, hours.closes)
        ]
        found += [problem.sentence for problem in offer.problems if problem.fatal and self.refuse_weak_stops]
        if offer.credit_ticks < ticks_up(min_credit):
            found.append(f"the credit {offer.credit:.2f} is below min-credit {min_credit}")
        if lots < 1:
            found.append("not even one spread fits into risk-dollars")
        return found


def warnings(problems: Sequence[Problem]) -> list[str]:
    """Sentences of the problems that do not forbid the entry, with the nearest setting that would work."""
    return [
        problem.sentence + (f" ({problem.nearest})" if problem.nearest else "")
        for problem in problems
        if not problem.fatal
    ]
