"""Rules that look at the short legs instead of the net price: the underlying at the strike, and delta."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .legs import Leg, Right
from .money import Number, dollars, exact, money, ticks_down, ticks_up
from .setting import choice, number, positive
from .valuation import Value
from .view import ALWAYS, Band, Decision, Need, Problem, Terms, View

DELTA_UNIT = 10_000


class At(StrEnum):
    """What counts as having come to the strike: reaching it, or being beyond it."""

    TOUCH = "touch"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class ShortStrike:
    """Close when the underlying touches or crosses a short strike, `buffer` dollars before it (negative: beyond it).

    With the strike itself crossed no confirmation may delay it; inside the buffer it may.
    """

    at: At | str = At.TOUCH
    buffer: Number = 0

    kind: ClassVar[str] = "stop-short-strike"

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        object.__setattr__(self, "at", choice(self.kind, self.at, At))
        object.__setattr__(self, "buffer", number(f"{self.kind} (buffer)", self.buffer, "dollars of the underlying"))

    @property
    def needs(self) -> frozenset[Need]:
        """The underlying's price."""
        return frozenset({Need.UNDERLYING})

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return self.kind

    def level(self, leg: Leg) -> int:
        """Underlying price in ticks where a short leg is touched; for a cross the last price that is not one."""
        level = dollars(leg.strike) - exact(self.buffer) * (1 if leg.right is Right.CALL else -1)
        return ticks_up(level) if (leg.right is Right.CALL) == (self.at is At.TOUCH) else ticks_down(level)

    def evaluate(self, view: View) -> Decision | None:
        """Fire on the short leg that the underlying is deepest in."""
        if view.underlying is None:
            return None
        fired = [leg for leg in view.terms.short_legs() if self._is_reached(leg, view.underlying)]
        if not fired:
            return None
        leg = max(fired, key=lambda short: _depth(short, view.underlying or 0))
        verb = "touched" if self.at is At.TOUCH else "crossed"
        buffer = f" (buffer {self.buffer})" if self.buffer else ""
        price, strike = money(view.underlying), money(leg.strike)
        sentence = f"underlying {price} {verb} the short {leg.right} strike {strike}{buffer}"
        crossed = _depth(leg, view.underlying) > 0
        return Decision(self.name, None, view.underlying, self.level(leg), sentence, at_once=crossed)

    def band(self, view: View) -> Band:
        """The band knows no underlying: ask on every look."""
        return ALWAYS

    def latches(self, view: View) -> frozenset[str]:
        """It remembers nothing."""
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """No short option, no strike to touch."""
        if any(leg.right is not Right.SHARES for leg in terms.short_legs()):
            return []
        return [Problem(self.name, True, f"{self.name}: the position has no short option")]

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        verb = "touches" if self.at is At.TOUCH else "crosses"
        levels = " or ".join(money(self.level(leg)) for leg in terms.short_legs() if leg.right is not Right.SHARES)
        return f"close when the underlying {verb} {levels}"

    def _is_reached(self, leg: Leg, underlying: int) -> bool:
        if leg.right is Right.SHARES:
            return False
        beyond = underlying - self.level(leg) if leg.right is Right.CALL else self.level(leg) - underlying
        return beyond >= 0 if self.at is At.TOUCH else beyond > 0


@dataclass(frozen=True, slots=True)
class ShortDelta:
    """Close when the absolute delta of a short leg reaches a limit between 0 and 1."""

    limit: Number

    kind: ClassVar[str] = "stop-short-delta"

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        object.__setattr__(self, "limit", positive(self.kind, self.limit, "delta", most=1))

    @property
    def needs(self) -> frozenset[Need]:
        """The short leg's delta."""
        return frozenset({Need.DELTA})

    @property
    def name(self) -> str:
        """Name as in parameters and tags."""
        return self.kind

    def evaluate(self, view: View) -> Decision | None:
        """Fire at or above the limit; an unknown delta never fires."""
        if view.short_delta is None or exact(view.short_delta) < exact(self.limit):
            return None
        sentence = f"delta {view.short_delta:.4g} of the short leg reached {self.limit}"
        seen, limit = round(view.short_delta * DELTA_UNIT), round(exact(self.limit) * DELTA_UNIT)
        return Decision(self.name, None, seen, limit, sentence)

    def band(self, view: View) -> Band:
        """The band knows no delta: ask on every look."""
        return ALWAYS

    def latches(self, view: View) -> frozenset[str]:
        """It remembers nothing."""
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """None that the terms alone can tell."""
        return []

    def describe(self, terms: Terms) -> str:
        """The rule in words."""
        return f"close when a short leg's delta reaches {self.limit}"


def _depth(leg: Leg, underlying: int) -> int:
    """How far the underlying is beyond the strike, ticks; negative when the leg is out of the money."""
    return underlying - leg.strike if leg.right is Right.CALL else leg.strike - underlying
