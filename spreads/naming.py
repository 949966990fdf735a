"""What traders call a position, from its legs alone."""

from __future__ import annotations

from collections.abc import Sequence

from .guards import BOTH
from .legs import Leg, Right


def kind_of(legs: Sequence[Leg]) -> str:
    """ "bear call", "bull put", "iron condor", ... or "N legs" for what has no name here."""
    calls = sorted((leg for leg in legs if leg.right is Right.CALL), key=lambda leg: leg.strike)
    puts = sorted((leg for leg in legs if leg.right is Right.PUT), key=lambda leg: leg.strike)
    ratios = ([leg.ratio for leg in puts], [leg.ratio for leg in calls])
    return _KINDS.get((tuple(ratios[0]), tuple(ratios[1])), f"{len(legs)} legs")


def side_of(legs: Sequence[Leg]) -> str:
    """The side a book guards: "call" or "put" when all short legs are of one right, else "both"."""
    rights = {leg.right for leg in legs if leg.is_short}
    return rights.pop().value if len(rights) == 1 else BOTH


# ratios of puts and of calls, each from the lowest strike up
_KINDS: dict[tuple[tuple[int, ...], tuple[int, ...]], str] = {
    ((), (-1, 1)): "bear call",
    ((), (1, -1)): "bull call",
    ((1, -1), ()): "bull put",
    ((-1, 1), ()): "bear put",
    ((1, -1), (-1, 1)): "iron condor",
    ((-1, 1), (1, -1)): "short iron condor",
    ((), (1, -2, 1)): "call butterfly",
    ((1, -2, 1), ()): "put butterfly",
    ((-1,), (-1,)): "short strangle",
    ((), (-1,)): "short call",
    ((-1,), ()): "short put",
}
