"""Command line of the replay; exit code 0 only for a completed run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from replay.errors import ReplayError
from replay.fault_plan import FaultPlan

FIGURES = ("Total Orders", "Start Equity", "End Equity", "Total Fees", "Net Profit", "OrderListHash")


def parser() -> argparse.ArgumentParser:
    """Arguments of ``python -m replay``."""
    found = argparse.ArgumentParser(
        prog="python -m replay", description="Run a LEAN algorithm over LEAN-format data.", parents=[options()]
    )
    found.add_argument("algorithm", type=Path, help="the algorithm's file, such as main.py")
    found.add_argument("--data-folder", type=Path, required=True, help="LEAN data folder (holds market-hours/)")
    found.add_argument("--output", type=Path, help="folder for LEAN's result files")
    found.add_argument("--object-store", type=Path, help="folder of the object store (default: thrown away)")
    return found


def options() -> argparse.ArgumentParser:
    """Those that say how to run, not on what nor where to: also for a command that runs this one."""
    found = argparse.ArgumentParser(add_help=False)
    found.add_argument("--algorithm-class", help="class to run when the file has several")
    found.add_argument(
        "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="an algorithm parameter"
    )
    found.add_argument("--faults", metavar="SEED|FILE", help="let things go wrong: by a seed, or a JSON fault plan")
    found.add_argument("--quiet", action="store_true", help="print statistics only, and errors of a run that failed")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report; what cannot be run is named in one line."""
    given = parser().parse_args(arguments)
    try:
        result = _run(given)
    except ReplayError as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"replay: {error.filename}: may not be used ({error.strerror}); change its rights", file=sys.stderr)
        return 1
    completed = result.state == "Completed"
    for line in result.record.messages.lines:
        if not given.quiet or (line.kind == "error" and not completed):
            print(f"{line.kind.upper()}: {line}", file=sys.stderr if line.kind == "error" else sys.stdout)
    if not completed and result.record.stack_trace:
        print(result.record.stack_trace, file=sys.stderr)
    for note in result.extra["missing"]:
        print(f"NOTE: {note}", file=sys.stderr)
    for name in FIGURES:
        if name in result.statistics:
            print(f"{name}: {result.statistics[name]}")
    print(f"State: {result.state}")
    return 0 if completed else 1


def _run(given: argparse.Namespace) -> Any:
    from replay.session import run

    options: dict[str, Any] = {
        "data_folder": given.data_folder,
        "output": given.output,
        "parameters": dict(given.parameter),
        "algorithm_class": given.algorithm_class,
        "object_store": given.object_store,
        "faults": None if given.faults is None else FaultPlan.read(given.faults),
    }
    if options["faults"] is not None:
        print(options["faults"])
    if not sys.stderr.isatty():
        return run(given.algorithm, **options)
    from replay.progress import progress_bar

    with progress_bar() as advance:
        return run(given.algorithm, progress=advance, **options)
