"""Legs of a position: which contract, in which direction and ratio, and what the whole can owe at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import gcd

from .errors import BadSetting


class Right(StrEnum):
    """Right of an option; `SHARES` stands for a leg in the underlying itself."""

    CALL = "call"
    PUT = "put"
    SHARES = "shares"


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a spread.

    Attributes:
        key: Security identifier text (LEAN's `str(symbol.id)`); parses back after a restart.
        ratio: Contracts of this leg per spread, signed: negative is short.
        right: Call, put or shares.
        strike: Strike in ticks per share (0 for shares).
        expiry: Expiration date (`date.max` for shares).
        name: Text for people, LEAN's `symbol.value`.
    """

    key: str
    ratio: int
    right: Right
    strike: int
    expiry: date
    name: str

    @property
    def is_short(self) -> bool:
        """True when the leg was sold to open."""
        return self.ratio < 0


def in_lots(parts: Sequence[tuple[str, float]]) -> tuple[int, list[int]]:
    """(spreads, signed ratios) of named quantities in contracts: 2 and -4 are 2 spreads of 1 : -2.

    Raises:
        BadSetting: A quantity is not a whole number other than 0, or a contract is named twice.
    """
    for name, quantity in parts:
        if round(quantity) == 0 or quantity != round(quantity):
            raise BadSetting(f"quantity of {name}", quantity, "a whole number of contracts, negative for short ones")
        if [other for other, _ in parts].count(name) > 1:
            raise BadSetting("position", name, "each contract once, with its whole quantity")
    lots = gcd(*(round(quantity) for _, quantity in parts))
    return lots, [round(quantity) // lots for _, quantity in parts]


def intrinsic(leg: Leg, underlying: int) -> int:
    """Value of one share of the leg at expiry, in ticks, for an underlying price in ticks."""
    if leg.right is Right.CALL:
        return max(underlying - leg.strike, 0)
    if leg.right is Right.PUT:
        return max(leg.strike - underlying, 0)
    return underlying


def debit_at_expiry(legs: Sequence[Leg], underlying: int) -> int:
    """Cost in ticks per share of closing one spread at intrinsic value (positive: to be paid)."""
    return -sum(leg.ratio * intrinsic(leg, underlying) for leg in legs)


def max_debit(legs: Sequence[Leg]) -> int | None:
    """Greatest cost to close one spread at expiry, ticks per share; None when the risk is unbounded.

    A payoff of options of one expiry is piecewise linear, so its maximum stands at a strike, at zero, or
    grows for ever when the net call (and share) ratio is short. For a vertical this is its width.
    """
    upside = _upside(legs)
    return None if upside is None or upside < 0 else max(_at_corners(legs))


def least_debit(legs: Sequence[Leg]) -> int | None:
    """Least cost to close one spread, ticks per share, negative when it brings money; None when it is unbounded.

    Zero for a vertical credit spread. A payoff that is nowhere below a positive debit (a box sold) is worth less
    before expiry by the interest, so nothing above zero is ever the least.
    """
    upside = _upside(legs)
    return None if upside is None or upside > 0 else min(0, *_at_corners(legs))


def _upside(legs: Sequence[Leg]) -> int | None:
    """Net ratio of what rises with the underlying without end; None when the expiries differ."""
    if len({leg.expiry for leg in legs if leg.right is not Right.SHARES}) > 1:
        return None
    return sum(leg.ratio for leg in legs if leg.right is not Right.PUT)


def _at_corners(legs: Sequence[Leg]) -> list[int]:
    return [debit_at_expiry(legs, corner) for corner in {0} | {leg.strike for leg in legs}]
