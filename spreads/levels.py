"""Stops that stand at one net debit: the part they share. Which debit it is, each rule in stop_rules.py says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import ClassVar

from .money import money
from .setting import choice
from .valuation import PriceBasis, Value
from .view import Band, Decision, Need, Problem, Terms, View, band_for

CENT = 100


def at_least(amount: Decimal) -> int:
    """Smallest whole number of ticks that is not below an amount in ticks."""
    return int(amount.to_integral_value(ROUND_CEILING))


def at_most(amount: Decimal) -> int:
    """Largest whole number of ticks that is not above an amount in ticks."""
    return int(amount.to_integral_value(ROUND_FLOOR))


def capped(stop: int | None, terms: Terms) -> int | None:
    """Where a stop acts: at its own debit, and in any case beyond the most the spread can owe at expiry.

    A debit beyond the width never silences a stop; it fires even one that was set too far away to be reached.
    """
    if terms.max_debit is None:
        return stop
    return terms.max_debit + 1 if stop is None else min(stop, terms.max_debit + 1)


def reached(name: str, basis: PriceBasis, debit: int, stop: int | None, terms: Terms, why: str) -> Decision | None:
    """The decision to stop at a debit, or None below the level. `why` says where the stop comes from."""
    level = capped(stop, terms)
    if level is None or debit < level:
        return None
    most = terms.max_debit
    beyond = "" if most is None or debit <= most else f"beyond {money(most)}, the most the spread can owe"
    if stop is not None and debit >= stop:
        sentence = f"{basis} debit {money(debit)} reached the stop {money(stop)} ({why})" + (beyond and f"; {beyond}")
    else:
        sentence = f"{basis} debit {money(debit)} is {beyond} ({why})"
    return Decision(name, basis, debit, level, sentence)


@dataclass(frozen=True, slots=True)
class DebitStop(ABC):
    """A stop at a net debit that follows from the terms of the spread.

    `basis` is the price looked at. NATURAL by default: it is what LEAN fills at once, so the loss a person
    allowed is the loss taken, and a bid that melts away counts. Its weakness, a wide quote touching the stop
    while the spread is worth no more, is met at entry (`problems`) and by confirmation: on recorded entries the
    natural debit was 1.02 to 1.2 times the credit for SPXW, but 1.2 to 2.3 times for GOOG (mid 1.1 to 1.7).
    MID trades that weakness for a fill beyond the stop by half the quoted spread. MARK can be a last trade,
    hours old.
    """

    basis: PriceBasis = field(default=PriceBasis.NATURAL, kw_only=True)

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        object.__setattr__(self, "basis", choice(f"basis of {self.kind}", self.basis, PriceBasis))
        self._check()

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing beyond the net value."""
        return frozenset()

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return self.kind

    @abstractmethod
    def _check(self) -> None:
        """Validate the rule's own settings and make them exact."""

    @abstractmethod
    def stop_at(self, terms: Terms) -> int | None:
        """The debit at which the rule wants out, ticks per share; None when the terms give none."""

    @abstractmethod
    def why(self, terms: Terms) -> str:
        """Where the stop comes from, with its numbers."""

    @abstractmethod
    def setting_for(self, debit: int, terms: Terms, up: bool) -> str:
        """The setting that puts the stop at a debit, rounded up or down to what one would write."""

    def evaluate(self, view: View) -> Decision | None:
        """Fire at or above the stop."""
        terms = view.terms
        return reached(self.name, self.basis, view.value.at(self.basis), self.stop_at(terms), terms, self.why(terms))

    def band(self, view: View) -> Band:
        """Nothing happens below the stop."""
        return band_for(self.basis, high=capped(self.stop_at(view.terms), view.terms))

    def latches(self, view: View) -> frozenset[str]:
        """A level remembers nothing."""
        return frozenset()

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        stop = self.stop_at(terms)
        if stop is None:
            return f"no stop can be derived ({self.why(terms)})"
        return f"close at a {self.basis} debit of {money(stop)} or more ({self.why(terms)})"

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """Already touched, inside the quoted spread, or out of reach."""
        stop = self.stop_at(terms)
        if stop is None:
            return [Problem(self.name, True, f"{self.name}: no stop can be derived ({self.why(terms)})")]
        now, spread = quoted.at(self.basis), 2 * max(quoted.natural - quoted.mid, 0)
        if terms.max_debit is not None and stop > terms.max_debit:
            return [
                Problem(
                    self.name,
                    True,
                    f"{self.name}: the stop {money(stop)} ({self.why(terms)}) is beyond {money(terms.max_debit)}, "
                    "the most the spread can owe: it can never fire",
                    f"{self.name} {self.setting_for(terms.max_debit, terms, up=False)}",
                )
            ]
        if stop > now + spread:
            return []
        room = now + spread + CENT
        if terms.max_debit is None or room <= terms.max_debit:
            nearest = f"{self.name} {self.setting_for(room, terms, up=True)}"
        else:
            nearest = "none: the quotes are too wide for any stop on this spread now"
        if stop <= now:
            text = f"closing at a normal quote already costs {money(now)} ({self.basis}): it would fire at once"
        else:
            text = (
                f"only {money(stop - now)} above the {self.basis} debit {money(now)} while the legs are quoted "
                f"{money(spread)} wide: a flicker of the quotes fires it"
            )
        return [
            Problem(self.name, stop <= now, f"{self.name}: the stop {money(stop)} ({self.why(terms)}): {text}", nearest)
        ]
