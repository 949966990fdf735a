"""How LEAN groups the option positions of one underlying into strategies.

Rules: Common/Securities/Option/StrategyMatcher (OptionStrategyMatcher.cs, OptionStrategyDefinition.cs and the
uncovered-short objective function).
The matcher is greedy and walks a hash table whose order differs from run to run, so one set of positions can have
several groupings: `groupings` gives every one found by trying orders, and callers must not choose among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import permutations
from math import gcd
from typing import NamedTuple

from replay.enums import OptionRight
from replay.strategy_shapes import COVERED_FIRST, SHAPES, Position, Shape

_ALL_ORDERS_UP_TO = 4  # positions; 24 orders
_SAMPLED_ORDERS = 24
_WIDEST_CREDIT_COVER = Decimal("0.1")  # of the short's strike


class Group(NamedTuple):
    """One matched strategy: its legs with the quantities used, and lots of the underlying."""

    name: str
    legs: tuple[Position, ...]
    lots: int

    @property
    def quantity(self) -> int:
        """How often the strategy is held: the greatest common divisor of its leg quantities."""
        return gcd(*(leg.quantity for leg in self.legs), self.lots)


Grouping = tuple[Group, ...]


def _truncated(quantity: int, ratio: int) -> int:
    return abs(quantity) // abs(ratio) * (1 if (quantity < 0) == (ratio < 0) else -1)


def _matches(
    shape: Shape, chosen: tuple[Position, ...], left: Sequence[Position], most: int
) -> Iterator[tuple[tuple[Position, ...], int]]:
    if len(chosen) == len(shape.legs):
        yield chosen, most
        return
    leg = shape.legs[len(chosen)]
    for index, position in enumerate(left):
        if position.right != leg.right or (position.quantity < 0) != (leg.ratio < 0):
            continue
        times = _truncated(position.quantity, leg.ratio)
        if not times or not leg.accepts(chosen, position):
            continue
        used, rest = position._replace(quantity=times * leg.ratio), list(left)
        remaining = position.quantity - used.quantity
        rest[index : index + 1] = [position._replace(quantity=remaining)] if remaining else []
        yield from _matches(shape, (*chosen, used), rest, min(most, times))


def _match_once(shape: Shape, positions: Sequence[Position], lots: int) -> tuple[Group, int] | None:
    most = 1 << 30
    if shape.lots:
        if not lots or (lots < 0) != (shape.lots < 0):
            return None
        most = _truncated(lots, shape.lots)
    found = next(_matches(shape, (), positions, most), None)
    if found is None:
        return None
    chosen, times = found
    legs = tuple(
        position._replace(quantity=leg.ratio * times) for position, leg in zip(chosen, shape.legs, strict=True)
    )
    return Group(shape.name, legs, shape.lots * times), times


def _match(shapes: Iterable[Shape], positions: Sequence[Position], lots: int) -> Grouping:
    groups: list[Group] = []
    left = list(positions)
    for shape in shapes:
        while left and len(left) + (lots != 0) >= shape.size:
            matched = _match_once(shape, left, lots)
            if matched is None:
                break
            group, _ = matched
            groups.append(group)
            lots -= group.lots
            used: dict[object, int] = {}
            for leg in group.legs:
                used[leg.symbol] = used.get(leg.symbol, 0) + leg.quantity
            left = [p._replace(quantity=p.quantity - used.get(p.symbol, 0)) for p in left]
            left = [p for p in left if p.quantity]
    return tuple(groups)


def _uncovered(group: Group, right: OptionRight, shares: int) -> int:
    """Short contracts of `right` that neither a long leg nor shares cover."""
    sign = 1 if right == OptionRight.CALL else -1
    shorts = sorted((p for p in group.legs if p.right == right and p.quantity < 0), key=lambda p: sign * p.strike)
    longs = [[p, p.quantity] for p in group.legs if p.right == right and p.quantity > 0]
    total = 0
    for short in shorts:
        need = -short.quantity
        for long in longs:
            position, free = long
            assert isinstance(position, Position) and isinstance(free, int)
            covers = sign * (position.strike - short.strike) <= _WIDEST_CREDIT_COVER * short.strike
            if need and covers and position.expiry >= short.expiry:
                taken = min(need, free)
                need -= taken
                long[1] = free - taken
        taken = min(need, shares)
        shares -= taken
        total += need - taken
    return total


def _score(grouping: Grouping) -> int:
    return -sum(
        _uncovered(group, OptionRight.CALL, max(0, group.lots))
        + _uncovered(group, OptionRight.PUT, max(0, -group.lots))
        for group in grouping
    )


def _least_uncovered(positions: Sequence[Position], lots: int) -> int:
    calls = sum(p.quantity for p in positions if p.right == OptionRight.CALL)
    puts = sum(p.quantity for p in positions if p.right == OptionRight.PUT)
    return max(0, -calls - max(0, lots)) + max(0, -puts - max(0, -lots))


def match(positions: Sequence[Position], lots: int) -> Grouping:
    """The grouping LEAN finds when it meets the positions in this order."""
    best = _match(SHAPES, positions, lots)
    score = _score(best)
    if score >= 0 or -score <= _least_uncovered(positions, lots):
        return best
    other = _match(COVERED_FIRST, positions, lots)
    return other if _score(other) > score else best


def _orders(positions: tuple[Position, ...]) -> Iterator[Sequence[Position]]:
    if len(positions) <= _ALL_ORDERS_UP_TO:
        yield from permutations(positions)
        return
    yield positions
    yield positions[::-1]
    shuffled, chance = list(positions), random.Random(len(positions))
    for _ in range(_SAMPLED_ORDERS - 2):
        chance.shuffle(shuffled)
        yield tuple(shuffled)


@lru_cache(maxsize=512)
def _groupings(positions: tuple[Position, ...], lots: int) -> tuple[Grouping, ...]:
    found: dict[frozenset[tuple[str, frozenset[Position], int]], Grouping] = {}
    for order in _orders(positions):
        grouping = match(order, lots)
        found.setdefault(frozenset((g.name, frozenset(g.legs), g.lots) for g in grouping), grouping)
    return tuple(found.values())


def groupings(positions: Iterable[Position], lots: int = 0) -> tuple[Grouping, ...]:
    """Every grouping of one underlying's option positions that some order of them leads to.

    `lots` are whole contracts' worth of the underlying, signed. Positions of zero are ignored. With more than four
    positions the orders are sampled.
    """
    kept = sorted((p for p in positions if p.quantity), key=lambda p: (p.expiry, p.right, p.strike, p.symbol.value))
    return _groupings(tuple(kept), lots)
