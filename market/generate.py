"""From settings to a marked folder."""

from __future__ import annotations

import datetime as dt
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
    days = [{"date": str(s.date), "scenario": s.name} for s in settings.chosen()]
    return True, build(root, {**facts, "days": days}, lambda fresh: write_market(fresh, settings, progress))


def write_market(root: Path, settings: Settings, progress: Progress) -> None:
    """Write the scenario days chosen, each with the universe files that serve it and follow it."""
    from market.chain import contracts_of, index_chain
    from market.days import index_days
    from market.index_market import UNIVERSES, write_chain, write_index
    from market.pricing import INDEX
    from market.scenarios import START_SPOT
    from market.sessions import sessions
    from market.static import write_static
    from market.universe import Eve, write_universe

    calendar = sessions()
    write_static(root, calendar)
    every = {day.date: day for day in index_days(settings.seed)}
    first_eve = calendar.previous(SCENARIOS[0].date)
    eves = {first_eve: Eve(first_eve, (START_SPOT,) * 4, (1000, 1000))} | {day.date: day.eve for day in every.values()}
    closes = {date: eve.prices[3] for date, eve in eves.items()}
    served: set[dt.date] = set()
    chosen = settings.chosen()
    for done, scenario in enumerate(chosen):
        progress(done, len(chosen), f"{scenario.date} {scenario.name}")
        day = every[scenario.date]
        write_index(root, day)
        write_chain(root, day, index_chain(calendar, closes, day.date, settings.reach), settings.seed)
        served |= {calendar.previous(day.date), day.date}
    for date in sorted(served):
        chain = index_chain(calendar, closes, calendar.next(date), settings.reach)
        write_universe(root / UNIVERSES, calendar, eves[date], contracts_of(chain), INDEX, settings.seed)
    progress(len(chosen), len(chosen), "")
