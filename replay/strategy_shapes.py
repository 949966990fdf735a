"""The shapes of LEAN's option strategies, in the order its matcher tries them.

Facts from Common/Securities/Option/StrategyMatcher/OptionStrategyDefinitions.cs: right and ratio of every leg, the
relation of its strike and expiry to the legs before it, and lots of the underlying. Shapes with more legs come first;
LEAN also adds the inverse of a shape unless another shape already is that inverse (`inverse` below).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from replay.enums import OptionRight
from replay.symbol import Symbol


class Position(NamedTuple):
    """One held contract: strike in dollars, signed whole contracts."""

    symbol: Symbol
    right: OptionRight
    strike: Decimal
    expiry: datetime
    quantity: int


Condition = Callable[[Sequence[Position], Position], bool]


@dataclass(frozen=True, slots=True)
class LegShape:
    """Right and signed ratio of a leg, and when a position may be it, given the legs already chosen."""

    right: OptionRight
    ratio: int
    accepts: Condition


@dataclass(frozen=True, slots=True)
class Shape:
    """A strategy by its legs; `lots` counts the underlying in units of one contract."""

    name: str
    lots: int
    legs: tuple[LegShape, ...]

    @property
    def size(self) -> int:
        """Legs including the underlying."""
        return len(self.legs) + (self.lots != 0)

    @property
    def leaves_shorts_open(self) -> bool:
        """Whether the shape has more shorts of a right than longs and shares to cover them."""
        net = {right: sum(leg.ratio for leg in self.legs if leg.right == right) for right in OptionRight}
        return -net[OptionRight.CALL] > max(0, self.lots) or -net[OptionRight.PUT] > max(0, -self.lots)


def _any(legs: Sequence[Position], p: Position) -> bool:
    return True


def _same(legs: Sequence[Position], p: Position) -> bool:
    return p.strike == legs[0].strike and p.expiry == legs[0].expiry


def _above(legs: Sequence[Position], p: Position) -> bool:
    return p.strike > legs[-1].strike and p.expiry == legs[0].expiry


def _below(legs: Sequence[Position], p: Position) -> bool:
    return p.strike < legs[-1].strike and p.expiry == legs[0].expiry


def _not_below(legs: Sequence[Position], p: Position) -> bool:
    return p.strike >= legs[-1].strike and p.expiry == legs[0].expiry


def _wing(legs: Sequence[Position], p: Position) -> bool:
    return _not_below(legs, p) and p.strike - legs[1].strike == legs[1].strike - legs[0].strike


def _mirror(legs: Sequence[Position], p: Position) -> bool:
    return p.strike == legs[0].strike * 2 - legs[1].strike and p.expiry == legs[0].expiry


def _second_strike(legs: Sequence[Position], p: Position) -> bool:
    return p.strike == legs[1].strike and p.expiry == legs[0].expiry


def _later(legs: Sequence[Position], p: Position) -> bool:
    return p.strike == legs[0].strike and p.expiry > legs[0].expiry


def _second_expiry(legs: Sequence[Position], p: Position) -> bool:
    return p.strike == legs[0].strike and p.expiry == legs[1].expiry


def _shape(name: str, lots: int, *legs: tuple[str, Condition]) -> Shape:
    rights = {"C": OptionRight.CALL, "P": OptionRight.PUT}
    return Shape(name, lots, tuple(LegShape(rights[text[0]], int(text[1:]), accepts) for text, accepts in legs))


def inverse(shape: Shape) -> Shape:
    """The same shape with every sign turned."""
    return Shape(shape.name, -shape.lots, tuple(LegShape(leg.right, -leg.ratio, leg.accepts) for leg in shape.legs))


_NAKED_CALL = _shape("Naked Call", 0, ("C-1", _any))
_NAKED_PUT = _shape("Naked Put", 0, ("P-1", _any))
_COLLAR = _shape("Protective Collar", 1, ("C-1", _any), ("P+1", _below))

_DECLARED = (
    _shape("Covered Call", 1, ("C-1", _any)),
    _shape("Protective Call", -1, ("C+1", _any)),
    _shape("Covered Put", -1, ("P-1", _any)),
    _shape("Protective Put", 1, ("P+1", _any)),
    _COLLAR,
    inverse(_COLLAR),
    _shape("Conversion", 1, ("C-1", _any), ("P+1", _same)),
    _shape("Reverse Conversion", -1, ("C+1", _any), ("P-1", _same)),
    _NAKED_CALL,
    inverse(_NAKED_CALL),
    _NAKED_PUT,
    inverse(_NAKED_PUT),
    _shape("Bear Call Spread", 0, ("C-1", _any), ("C+1", _above)),
    _shape("Bear Put Spread", 0, ("P+1", _any), ("P-1", _below)),
    _shape("Bull Call Spread", 0, ("C+1", _any), ("C-1", _above)),
    _shape("Bull Put Spread", 0, ("P-1", _any), ("P+1", _below)),
    _shape("Straddle", 0, ("C+1", _any), ("P+1", _same)),
    _shape("Short Straddle", 0, ("C-1", _any), ("P-1", _same)),
    _shape("Strangle", 0, ("C+1", _any), ("P+1", _below)),
    _shape("Short Strangle", 0, ("C-1", _any), ("P-1", _below)),
    _shape("Butterfly Call", 0, ("C+1", _any), ("C-2", _not_below), ("C+1", _wing)),
    _shape("Short Butterfly Call", 0, ("C-1", _any), ("C+2", _not_below), ("C-1", _wing)),
    _shape("Butterfly Put", 0, ("P+1", _any), ("P-2", _not_below), ("P+1", _wing)),
    _shape("Short Butterfly Put", 0, ("P-1", _any), ("P+2", _not_below), ("P-1", _wing)),
    _shape("Call Calendar Spread", 0, ("C-1", _any), ("C+1", _later)),
    _shape("Short Call Calendar Spread", 0, ("C+1", _any), ("C-1", _later)),
    _shape("Put Calendar Spread", 0, ("P-1", _any), ("P+1", _later)),
    _shape("Short Put Calendar Spread", 0, ("P+1", _any), ("P-1", _later)),
    _shape("Iron Butterfly", 0, ("P-1", _any), ("P+1", _below), ("C-1", _same), ("C+1", _mirror)),
    _shape("Short Iron Butterfly", 0, ("P+1", _any), ("P-1", _below), ("C+1", _same), ("C-1", _mirror)),
    _shape("Iron Condor", 0, ("P+1", _any), ("P-1", _above), ("C-1", _above), ("C+1", _above)),
    _shape("Short Iron Condor", 0, ("P-1", _any), ("P+1", _above), ("C+1", _above), ("C-1", _above)),
    _shape("Box Spread", 0, ("P+1", _any), ("P-1", _below), ("C+1", _second_strike), ("C-1", _same)),
    _shape("Short Box Spread", 0, ("P-1", _any), ("P+1", _below), ("C-1", _second_strike), ("C+1", _same)),
    _shape("Jelly Roll", 0, ("C-1", _any), ("C+1", _later), ("P+1", _same), ("P-1", _second_expiry)),
    _shape("Short Jelly Roll", 0, ("C+1", _any), ("C-1", _later), ("P-1", _same), ("P+1", _second_expiry)),
    _shape("Bear Call Ladder", 0, ("C-1", _any), ("C+1", _above), ("C+1", _above)),
    _shape("Bear Put Ladder", 0, ("P+1", _any), ("P-1", _below), ("P-1", _below)),
    _shape("Bull Call Ladder", 0, ("C+1", _any), ("C-1", _above), ("C-1", _above)),
    _shape("Bull Put Ladder", 0, ("P-1", _any), ("P+1", _below), ("P+1", _below)),
    _shape("Call Backspread", 0, ("C-1", _any), ("C+2", _above)),
    _shape("Put Backspread", 0, ("P-1", _any), ("P+2", _below)),
    _shape("Short Call Backspread", 0, ("C+1", _any), ("C-2", _above)),
    _shape("Short Put Backspread", 0, ("P+1", _any), ("P-2", _below)),
)

SHAPES = tuple(sorted(_DECLARED, key=lambda shape: -shape.size))
"""Most legs first, then LEAN's order."""

COVERED_FIRST = tuple(sorted(SHAPES, key=lambda shape: shape.leaves_shorts_open))
"""LEAN's second try: shapes that leave a short uncovered come last."""
