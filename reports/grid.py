"""A grid of parameters: its points, checked before anything runs, and the same grid for LEAN's own optimizer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise, product

from spreads.errors import BadSetting
from spreads.settings import read_settings, unknown_names

MOST_POINTS = 10_000
CLOUD_PROJECT = "Option Spreads"
CLOUD_MOST = 2
CLOUD_NODE = ("O2-8", 12)


@dataclass(frozen=True, slots=True)
class Grid:
    """Values by parameter, in the order given; `fixed` are the other parameters of every run."""

    axes: dict[str, tuple[str, ...]]
    fixed: dict[str, str]

    def points(self) -> list[dict[str, str]]:
        """Every combination, the last parameter varying fastest."""
        return [dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())]

    def parameters(self, point: Mapping[str, str]) -> dict[str, str]:
        """All parameters of one run."""
        return {**self.fixed, **point}


def read_grid(vary: Sequence[Sequence[str]], fixed: Mapping[str, str]) -> Grid:
    """A grid from `NAME v1 v2 ...` lists, every point checked.

    Raises:
        BadSetting: A name or value is not known, given twice, or there are too many points.
    """
    axes: dict[str, tuple[str, ...]] = {}
    for name, *listed in vary:
        values = tuple(listed)
        if not values:
            raise BadSetting("--vary", name, "a parameter and its values", f"Write: --vary {name} 50 100 150")
        if name in axes or len(set(values)) != len(values):
            raise BadSetting("--vary", f"{name} {' '.join(values)}", "each parameter once, each of its values once")
        axes[name] = values
    if not axes:
        raise BadSetting("--vary", "", "at least one parameter", "Write: --vary stop-credit-percent 50 100 150")
    grid = Grid(axes, {name: value for name, value in fixed.items() if name not in axes})
    count = 1
    for values in axes.values():
        count *= len(values)
    if count > MOST_POINTS:
        raise BadSetting("--vary", f"{count} runs", f"at most {MOST_POINTS}", "LEAN's optimizer is for more.")
    for point in grid.points():
        read_settings(grid.parameters(point))
    for name in unknown_names([*axes, *fixed]):
        raise BadSetting(name, axes.get(name, fixed.get(name)), "a parameter of the algorithm (see config.json)")
    return grid


def steps(values: Sequence[str]) -> tuple[Decimal, Decimal, Decimal] | None:
    """(min, max, step) of evenly spaced numbers; None for any others."""
    try:
        numbers = sorted(Decimal(value) for value in values)
    except InvalidOperation:
        return None
    if len(numbers) == 1:
        return numbers[0], numbers[0], Decimal(1)
    gaps = {after - before for before, after in pairwise(numbers)}
    return (numbers[0], numbers[-1], gaps.pop()) if len(gaps) == 1 else None


def optimizer_commands(grid: Grid, changed: Mapping[str, str]) -> list[str]:
    """Lines that say how LEAN runs the same grid; `changed` are fixed parameters that differ from config.json.

    Options as in lean 1.0.230: a grid is name, min, max, step, numbers only, and in the cloud at most two.
    """
    uneven = [name for name, values in grid.axes.items() if steps(values) is None]
    if uneven:
        named = ", ".join(uneven)
        return [f"LEAN's optimizer cannot run this grid: the values of {named} are not evenly spaced numbers."]
    spelled = []
    for name, values in grid.axes.items():
        low, high, step = steps(values) or (Decimal(0), Decimal(0), Decimal(1))
        spelled.append(f"--parameter {shlex.quote(name)} {low} {high} {step}")
    target = '--target "Sharpe Ratio" --target-direction max'
    lines = []
    if changed:
        settings = ", ".join(f"{name} = {value!r}" for name, value in changed.items())
        lines.append(f"Set in config.json first: {settings}")
    lines.append(f'lean optimize . --strategy "Grid Search" {target} {" ".join(spelled)}')
    if len(spelled) > CLOUD_MOST:
        lines.append(
            f"QuantConnect's cloud takes at most {CLOUD_MOST} parameters at a time; this grid has {len(spelled)}."
        )
    else:
        node, parallel = CLOUD_NODE
        lines.append(
            f'lean cloud optimize "{CLOUD_PROJECT}" --push {target} {" ".join(spelled)} '
            f"--node {node} --parallel-nodes {parallel}"
        )
    return lines
