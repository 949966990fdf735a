"""The measurements, each a titled table of rows. A small `Size` only shows that all of it works."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import replay

from .plain import time_plain
from .processes import PROJECT, gain_of_two, median_of, once, replay_arguments
from .ways import LEAN_SLICE_NS, MANAGER, SEED

ALGORITHMS = PROJECT / "bench" / "algorithms"
READS_ALLOWED = 4
OTHERS_ALLOWED = 1
XYZ_DAY = {"underlying": "XYZ", "option-root": "", "start-date": "2024-11-20", "end-date": "2024-11-20",
           "days-to-expiry": "2", "short-distance": "5", "width": "5"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        spreads: Numbers of spreads watched.
        slices: Slices timed on plain objects.
        sessions: Sessions of the market; its calendar days are `days`.
        days: Calendar days from the first session to the last.
        repeats: Runs of each process whose median counts.
        sweep: Values of the swept parameter.
        sweeps: Times the sweep is made by one and by two workers.
    """

    spreads: tuple[int, ...] = (1, 10, 50)
    slices: int = 3000
    sessions: int = 26
    days: int = 37
    contracts: int = 100
    repeats: int = 5
    sweep: tuple[str, ...] = tuple(str(percent) for percent in range(60, 220, 10))
    sweeps: int = 2


SMALL = Size((1, 4), 60, 1, 1, 40, 1, ("100", "150"), 1)


@dataclass(slots=True)
class Section:
    """One table: columns and rows of text, the same figures as data, and what went beyond a counted budget."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def watching(size: Size, market: Path) -> Iterator[Section]:
    """Cost of every way to watch, on plain objects and on a replay's."""
    for title, where in (("plain objects", None), ("a replay's objects", market)):
        section = Section(
            f"Watching on {title}: microseconds per spread and slice, median / mean CPU",
            ("way", *(f"N={n}" for n in size.spreads), "x manager"),
        )
        found = {n: time_plain(n, size.slices) if where is None else _on_replay(n, size, where) for n in size.spreads}
        for way in found[size.spreads[0]]:
            cells = [f"{found[n][way]['median_us']:.2f} / {found[n][way]['mean_cpu_us']:.2f}" for n in size.spreads]
            ratios = [found[n][way]["median_us"] / found[n][MANAGER]["median_us"] for n in size.spreads]
            section.rows.append((way, *cells, " ".join(f"{ratio:.1f}" for ratio in ratios)))
        shares = [found[n][MANAGER]["median_us"] * n * 1000 / LEAN_SLICE_NS for n in size.spreads]
        section.rows.append((f"{MANAGER}, of a LEAN slice", *(f"{share:.1%}" for share in shares), ""))
        section.data = {str(n): found[n] for n in size.spreads}
        yield section


def _on_replay(spreads: int, size: Size, market: Path) -> dict[str, dict[str, float]]:
    days = min(2, size.days)
    result = replay.run(
        ALGORITHMS / "watching.py", data_folder=market, parameters={"spreads": spreads, "days": days, "mode": "time"}
    )
    if result.state != "Completed":
        raise RuntimeError(f"watching {spreads} spreads: {result.error}")
    found: dict[str, dict[str, float]] = result.algorithm.timing.per_spread(spreads)
    assert SEED in found
    return found


def reads(size: Size, market: Path) -> Iterator[Section]:
    """Reads of the engine on quiet slices."""
    section = Section(
        "Counted on quiet slices (no clock)",
        ("spreads", "rules", "prices read per spread", "other reads per slice", "functions called per slice"),
    )
    for spreads in size.spreads:
        for rules in ("natural", "stops", "five"):
            parameters = {"spreads": spreads, "mode": "count", "rules": rules}
            result = replay.run(ALGORITHMS / "watching.py", data_folder=market, parameters=parameters)
            quiet = [one for one in result.algorithm.counts if one.is_quiet and one.at.hour < 16]
            if not quiet:
                section.broken.append(f"{spreads} spreads, {rules}: no quiet slice")
                continue
            prices = max(one.prices for one in quiet) / spreads
            others, calls = max(one.others for one in quiet), max(one.calls.total() for one in quiet)
            section.rows.append((str(spreads), rules, f"{prices:g}", str(others), str(calls)))
            section.data[f"{spreads} {rules}"] = {"prices": prices, "others": others, "calls": calls}
            allowed = READS_ALLOWED if rules == "five" else READS_ALLOWED / 2
            if prices > allowed or others > OTHERS_ALLOWED:
                section.broken.append(
                    f"{spreads} spreads, {rules}: {prices:g} reads a spread (allowed {allowed:g}), "
                    f"{others} others ({OTHERS_ALLOWED})"
                )
    yield section


def starts(size: Size, synthetic: Path) -> Iterator[Section]:
    """Whole processes of one day."""
    section = Section("One day from start to finish, median of runs", ("run", "CPU s", "wall s", "MB"))
    runs = [("python that does nothing", ["-c", "pass"])]
    probe = _outside("LEAN_REFERENCE", "reference") / "stop_natural_goog" / "algorithm.py"
    goog = _outside("LEAN_DATA", "data")
    if probe.is_file() and goog.is_dir():
        runs.append(("GOOG 2015-12-23, a probe of the recordings", replay_arguments(probe, goog)))
    runs.append(("XYZ 2024-11-20, main.py", replay_arguments("main.py", synthetic, **XYZ_DAY)))
    for name, arguments in runs:
        used = median_of(arguments, size.repeats)
        section.rows.append((name, f"{used.cpu:.2f}", f"{used.wall:.2f}", f"{used.memory:.0f}"))
        section.data[name] = {"cpu_s": used.cpu, "wall_s": used.wall, "memory_mb": used.memory}
    yield section


def _outside(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable, PROJECT.parent / "shared" / name)).expanduser()


def throughput(size: Size, market: Path) -> Iterator[Section]:
    """Data points per second of CPU, and memory."""
    chain = ALGORITHMS / "chain.py"
    counted = replay.run(chain, data_folder=market, parameters={"days": size.days, "doing": "bars"})
    points, slices = counted.algorithm.points, counted.algorithm.slices
    section = Section(
        f"{size.contracts} contracts, {size.sessions} sessions: {points:,} data points in {slices:,} slices",
        ("what is done on a slice", "CPU s", "points / s", "MB"),
    )
    section.data = {"points": points, "slices": slices}
    for doing, words in (
        ("nothing", "nothing"),
        ("entry", "ten spreads sold once, then nothing"),
        ("hourly", "the chain walked once an hour"),
        ("bars", "every bar of every slice looked at"),
    ):
        arguments = replay_arguments(chain, market, days=size.days, doing=doing)
        used = once(arguments) if doing == "bars" else median_of(arguments, max(size.repeats // 2, 1))
        section.rows.append((words, f"{used.cpu:.2f}", f"{points / used.cpu:,.0f}", f"{used.memory:.0f}"))
        section.data[doing] = {"cpu_s": used.cpu, "points_per_s": points / used.cpu, "memory_mb": used.memory}
    short = once(replay_arguments(chain, market, days=min(5, size.days), doing="hourly"))
    section.rows.append(
        ("the chain walked once an hour, first week only", f"{short.cpu:.2f}", "", f"{short.memory:.0f}")
    )
    section.data["first_week_memory_mb"] = short.memory
    yield section


def sweeping(size: Size, synthetic: Path) -> Iterator[Section]:
    """A sweep by one process and by two, the best of each; beside it what this machine's two cores can give at most."""
    section = Section(
        f"Sweep of {len(size.sweep)} runs of main.py over the synthetic market", ("workers", "wall s", "s a run", "x")
    )
    walls: dict[int, float] = {}
    possible = 0.0
    for workers in (1, 2) * size.sweeps:
        possible = max(possible, gain_of_two())
        with tempfile.TemporaryDirectory() as folder:
            used = once(["-m", "reports.sweep", "--vary", "stop-credit-percent", *size.sweep,
                         "--data-folder", str(synthetic), "--output", folder, "--workers", str(workers)])  # fmt: skip
        walls[workers] = min(used.wall, walls.get(workers, used.wall))
    for workers, wall in walls.items():
        gain = walls[1] / wall
        section.rows.append((str(workers), f"{wall:.1f}", f"{wall / len(size.sweep):.2f}", f"{gain:.2f}"))
        section.data[str(workers)] = {"wall_s": wall, "gain": gain}
    section.rows.append(("two processes of bare arithmetic", "", "", f"{possible:.2f}"))
    section.data["possible"] = possible
    yield section
