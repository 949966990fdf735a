"""Which strikes to sell and buy: by distance from the underlying or by delta, and a fixed width away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .legs import Right
from .money import exact


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed contract: right, strike in dollars, expiration date, absolute delta (0 = not known)."""

    right: Right
    strike: Decimal
    expiry: date
    delta: float = 0.0


@dataclass(frozen=True, slots=True)
class Pick:
    """The short and the long strike of a credit spread, dollars."""

    short: Decimal
    long: Decimal
    expiry: date


@dataclass(frozen=True, slots=True)
class NoPick:
    """Why no spread can be picked, in words."""

    reason: str


def nearest_expiry(listed: Iterable[Listed], today: date, days: int) -> date | None:
    """The first listed expiry at least so many calendar days away."""
    return min((c.expiry for c in listed if (c.expiry - today).days >= days), default=None)


def pick(
    listed: Sequence[Listed],
    right: Right,
    expiry: date,
    underlying: Decimal,
    width: Decimal,
    distance: Decimal,
    delta: Decimal,
) -> Pick | NoPick:
    """Strikes of a bear call (right CALL) or bull put (right PUT).

    Args:
        listed: Contracts to choose from.
        right: Calls above the underlying, or puts below it.
        expiry: Expiration date.
        underlying: Price of the underlying, dollars.
        width: Distance of the long strike beyond the short one; the nearest listed one that is not nearer.
        distance: Least distance of the short strike from the underlying, used when `delta` is 0; below 0: in the money.
        delta: Greatest absolute delta of the short strike instead; the contract nearest below it is taken.
    """
    side = {c.strike: c for c in listed if c.right is right and c.expiry == expiry}
    if not side:
        return NoPick(f"no {right} of {expiry} is listed")
    outward = sorted(side, reverse=right is Right.PUT)
    sign = -1 if right is Right.PUT else 1
    if delta:
        candidates = [k for k in outward if (k - underlying) * sign >= 0 and 0 < exact(side[k].delta) <= delta]
        if not candidates:
            return NoPick(f"no {right} of {expiry} has a delta above 0 and up to {delta} in the universe file")
    else:
        candidates = [k for k in outward if (k - underlying) * sign >= distance]
        if not candidates:
            return NoPick(f"no {right} of {expiry} is {distance} or more from {underlying}")
    short = candidates[0]
    wings = [k for k in outward if (k - short) * sign >= width]
    if not wings:
        return NoPick(f"no {right} of {expiry} is {width} or more beyond {short}")
    return Pick(short, wings[0], expiry)


def lots_for(risk_dollars: Decimal, width: Decimal, credit: Decimal, multiplier: int) -> int:
    """Spreads whose greatest loss fits into the dollars at risk; 0 when not even one does."""
    per_spread = (width - credit) * multiplier
    return int(risk_dollars // per_spread) if per_spread > 0 else 0


def with_deltas(listed: Iterable[Listed], deltas: Mapping[tuple[Right, Decimal, date], float]) -> list[Listed]:
    """The contracts with the deltas of the universe file where it has them."""
    return [Listed(c.right, c.strike, c.expiry, abs(deltas.get((c.right, c.strike, c.expiry), 0.0))) for c in listed]
