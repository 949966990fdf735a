"""One self-contained page of a run: `python -m reports.html RESULT_DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spreads.journal import JournalError

from .fingerprint import data_facts, fingerprint
from .result import ResultError, read_result
from .settlement import Settlement

BACKTESTS = Path(__file__).resolve().parent.parent / "backtests"
SYNTHETIC = BACKTESTS.parent / "synthetic-data"


def write_report(
    folder: Path, journal: Path | None = None, data_folder: Path | None = None, output: Path | None = None
) -> Path:
    """Write the page of a run; returns its path (default: `report.html` in the results folder).

    Raises:
        ResultError: The folder cannot be read, or the drawing library is not installed.
        JournalError: The journal is damaged.
    """
    try:
        from .page import render
    except ModuleNotFoundError as error:
        raise ResultError(
            f"the report needs {error.name}, which is not installed: `make venv`, or pip install {error.name}."
        ) from None
    result = read_result(folder, journal)
    if data_folder is not None and not result.run.facts.fingerprint:
        # `lean backtest` notes no data folder: the one named is what the page can vouch for, as it is now
        facts = data_facts(data_folder)
        result.run.facts = replace(
            result.run.facts, data=f"{facts['data']}, as named for this page", fingerprint=facts["fingerprint"]
        )
    path = output or folder / "report.html"
    settlement = Settlement(data_folder or same_market(result.run.facts.fingerprint))
    path.write_text(render(result, settlement), encoding="utf-8")
    return path


def same_market(made_on: str) -> Path | None:
    """The project's synthetic market, when it is still the one a run was made on."""
    return SYNTHETIC if made_on and SYNTHETIC.is_dir() and fingerprint(SYNTHETIC) == made_on else None


def newest(parent: Path) -> Path:
    """The newest run in a folder of runs.

    Raises:
        ResultError: There is none.
    """
    runs = sorted(parent.glob("*/*-summary.json"), key=lambda path: path.stat().st_mtime)
    if not runs:
        raise ResultError(f"there is no run in {parent} yet: `make backtest` makes one, or name a results folder.")
    return runs[-1].parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 1 for a folder that cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m reports.html", description="Write the page of one run.")
    parser.add_argument("folder", type=Path, nargs="?", help="results folder of one run (default: the newest backtest)")
    parser.add_argument("--journal", type=Path, help="journal, when it is not journal.jsonl in the folder")
    parser.add_argument(
        "--data-folder",
        type=Path,
        help="LEAN data folder: the underlying's price at expiry where the journal has none, and its fingerprint",
    )
    parser.add_argument("--output", type=Path, help="file to write (default: report.html in the results folder)")
    options = parser.parse_args(arguments)
    if options.data_folder is not None and not options.data_folder.is_dir():
        parser.error(f"data folder {options.data_folder}: no such folder")
    try:
        path = write_report(options.folder or newest(BACKTESTS), options.journal, options.data_folder, options.output)
    except (ResultError, JournalError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
