"""From settings to a marked folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from market.errors import MarketError
from market.folder import build, check_writable, damage, sources
from market.scenarios import BY_NAME, SCENARIOS, Scenario

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and which comes next."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a market is made of.

    `scenarios` are names of `market.scenarios`, in any order; `reach` is how far strikes go from the last close in
    points; with `bench_days` the folder holds a benchmark of that many days and `bench_contracts` contracts instead.
    """

    seed: int = 1
    scenarios: tuple[str, ...] = tuple(s.name for s in SCENARIOS)
    reach: int = 150
    bench_days: int = 0
    bench_contracts: int = 100

    def __post_init__(self) -> None:
        for name in self.scenarios:
            if name not in BY_NAME:
                raise MarketError(f"--scenario {name!r} is unknown; known are {', '.join(BY_NAME)}")
        _between("--seed", self.seed, 0, 2**32 - 1)
        _between("--reach", self.reach, 60, 500)
        _between("--bench-days", self.bench_days, 0, 120)
        _between("--bench-contracts", self.bench_contracts, 2, 400)
        if self.bench_contracts % 2:
            raise MarketError(f"--bench-contracts {self.bench_contracts} must be even: a call and a put each strike")

    def chosen(self) -> tuple[Scenario, ...]:
        """The scenarios in the order of their dates."""
        return tuple(s for s in SCENARIOS if s.name in self.scenarios)


def _between(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise MarketError(f"{name} {value} is not allowed; give a whole number from {least} to {most}")


def ensure(
    root: Path, settings: Settings, progress: Progress = lambda done, of, step: None
) -> tuple[bool, dict[str, Any]]:
    """Make the market unless the folder holds it already, whole; returns (whether it was made, the mark)."""
    facts = {"generator": sources(), "settings": {**asdict(settings), "scenarios": list(settings.scenarios)}}
    mark = check_writable(root)
    if mark and all(mark.get(key) == value for key, value in facts.items()) and damage(root, mark) is None:
        return False, mark
    if settings.bench_days:
        from market.bench import bench_dates, write_bench

        days = [{"date": str(d), "scenario": "bench"} for d in bench_dates(settings.bench_days)]
        return True, build(root, {**facts, "days": days}, lambda fresh: write_bench(fresh, settings, progress))
    from market.scripted import write_market

    days = [{"date": str(s.date), "scenario": s.name} for s in settings.chosen()]
    return True, build(root, {**facts, "days": days}, lambda fresh: write_market(fresh, settings, progress))
