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


def optimizer_commands(grid: Grid, changed: Mapping[str, str], lean_config: str = "") -> list[str]:
    """Lines that say how LEAN runs the same grid; `changed` are fixed parameters that differ from config.json,
    `lean_config` is the lean.json that names the data, when it is not the project's own.

    Options as in lean 1.0.230: a grid is name, min, max, step, numbers only, and in the cloud at most two. Values
    that are no evenly spaced numbers take one optimization each.
    """
    spaced = {name: found for name, values in grid.axes.items() if (found := steps(values)) is not None}
    others = {name: values for name, values in grid.axes.items() if name not in spaced}
    if not spaced:
        return [f"LEAN's optimizer varies evenly spaced numbers only, and {', '.join(others)} has none."]
    spelled = " ".join(
        f"--parameter {shlex.quote(name)} {low} {high} {step}" for name, (low, high, step) in spaced.items()
    )
    target = '--target "Sharpe Ratio" --target-direction max'
    node, parallel = CLOUD_NODE
    data = f" --lean-config {shlex.quote(lean_config)}" if lean_config else ""
    commands = [
        f'lean optimize .{data} --strategy "Grid Search" {target} {spelled}',
        f'lean cloud optimize "{CLOUD_PROJECT}" --push {target} {spelled} --node {node} --parallel-nodes {parallel}'
        if len(spaced) <= CLOUD_MOST
        else f"QuantConnect's cloud takes at most {CLOUD_MOST} parameters at a time; this grid has {len(spaced)}.",
    ]
    lines = []
    for values in product(*others.values()):
        settings = {**changed, **dict(zip(others, values, strict=True))}
        if settings:
            lines.append("Set in config.json: " + ", ".join(f"{name} = {value!r}" for name, value in settings.items()))
        lines += commands
    return lines
