"""``make torture``: thousands of fault plans on all cores, a table by kind of fault, exit code 1 on a failure."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from replay.fault_plan import FaultKind

from .trial import Verdict, judged, shrunk, trial_of

PROJECT = Path(__file__).resolve().parents[2]
SHOWN = 5
SAID_EVERY = 250
DATA = PROJECT / "synthetic-data"


def parser() -> argparse.ArgumentParser:
    """Arguments of ``python -m tests.torture``."""
    found = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    found.add_argument("--plans", type=int, default=10_000, help="how many seeds (default 10000)")
    found.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    found.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    found.add_argument("--minutes", type=float, default=math.inf, help="stop after so many minutes (default: never)")
    found.add_argument("--data-folder", type=Path, default=DATA, help="the synthetic market (default synthetic-data)")
    return found


def _in_time(verdicts: Iterator[Verdict], minutes: float) -> Iterator[Verdict]:
    """Verdicts until the time is over or somebody presses Ctrl-C; what is there then is reported like a whole run."""
    end = time.monotonic() + minutes * 60
    with suppress(KeyboardInterrupt):
        for verdict in verdicts:
            yield verdict
            if time.monotonic() > end:
                return


def run(seeds: Sequence[int], data: Path, jobs: int, minutes: float, console: Console) -> list[Verdict]:
    """Judge the trials of the seeds, in parallel."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    verdicts, failed = [], 0
    with (
        multiprocessing.get_context("spawn").Pool(jobs) as pool,
        Progress(*columns, console=console, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("fault plans", total=len(seeds))
        for verdict in _in_time(pool.imap_unordered(partial(judged, data=data), seeds, 4), minutes):
            verdicts.append(verdict)
            failed += bool(verdict.failure)
            bar.update(task, advance=1, description=f"fault plans, {failed} failed")
            if verdict.failure:
                console.print(f"seed {verdict.seed}: {verdict.failure}", markup=False)
            if not console.is_terminal and len(verdicts) % SAID_EVERY == 0:
                console.print(f"{len(verdicts)} of {len(seeds)} run, {failed} failed")
    return sorted(verdicts, key=lambda verdict: verdict.seed)


def summary(verdicts: Sequence[Verdict]) -> Table:
    """One line per kind of fault: in how many runs it did something, and how many of them failed."""
    runs: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for verdict in verdicts:
        runs.update(verdict.happened)
        failed.update(verdict.happened if verdict.failure else ())
    table = Table("fault", "runs in which it happened", "of them failed")
    for kind in FaultKind:
        table.add_row(kind.value, str(runs[kind.value]), str(failed[kind.value]))
    none = [verdict for verdict in verdicts if not verdict.happened]
    table.add_row("(no fault took effect)", str(len(none)), str(sum(bool(one.failure) for one in none)))
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, report, and print the smallest plan of the first failures."""
    given, console = parser().parse_args(arguments), Console(width=None if sys.stdout.isatty() else 120)
    if not (given.data_folder / "SYNTHETIC.json").is_file():
        console.print(f"{given.data_folder} is no synthetic market; make it with `make market`")
        return 2
    seeds = range(given.first, given.first + given.plans)
    verdicts = run(seeds, given.data_folder, given.jobs, given.minutes, console)
    failures = [verdict for verdict in verdicts if verdict.failure]
    console.print(summary(verdicts))
    for verdict in failures[:SHOWN]:
        small = shrunk(trial_of(verdict.seed, given.data_folder), given.data_folder)
        console.print(f"\nFAILED {verdict.failure}\n{small}", markup=False, highlight=False)
    unsupported = sum(verdict.unsupported for verdict in verdicts)
    console.print(
        f"{len(verdicts)} fault plans, {sum(v.spreads for v in verdicts)} spreads, "
        f"{sum(v.orders for v in verdicts)} orders: {len(failures)} failed, {unsupported} could not be judged"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
