"""``python -m bench``: measure, print one table after the other, write all of it as JSON.

python -m bench                 # about five minutes on two quiet cores
python -m bench --small         # half a minute: only shows that it works, fails on counted things alone
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .processes import PROJECT, Failed, once
from .sections import SMALL, Section, Size, reads, starts, sweeping, throughput, watching

PARTS = ("watching", "reads", "starts", "throughput", "sweep")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a counted budget is exceeded or a measured command failed."""
    options = _arguments(arguments)
    size = SMALL if options.small else Size()
    console = Console(width=None if sys.stdout.isatty() else 140)
    sections: dict[str, list[Section]] = {}
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for part, measure in _parts(size, Path(scratch), options.only):
                sections[part] = []
                for section in measure():
                    sections[part].append(section)
                    console.print(_table(section))
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    _write(options.output, options.small, sections)
    console.print(f"Written: {options.output}", highlight=False, soft_wrap=True)
    broken = [text for found in sections.values() for section in found for text in section.broken]
    for text in broken:
        print(f"beyond the budget: {text}", file=sys.stderr)
    return 1 if broken else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the manager and the replay.")
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes: shows that everything works, measures nothing"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--output", type=Path, default=PROJECT / "backtests" / "bench-results.json", help="where the JSON goes"
    )
    return parser.parse_args(arguments)


def _parts(size: Size, scratch: Path, wanted: Sequence[str]) -> Iterator[tuple[str, Callable[[], Iterator[Section]]]]:
    market = PROJECT / "synthetic-bench" if size is not SMALL else scratch / "bench"
    sizes = ["--bench-days", str(size.sessions), "--bench-contracts", str(size.contracts)]
    if {"watching", "reads", "throughput"} & set(wanted):
        once(["-m", "market", "--output", str(market), *sizes])
    synthetic = PROJECT / "synthetic-data"
    if {"starts", "sweep"} & set(wanted):
        once(["-m", "market", "--output", str(synthetic)])
    parts: dict[str, Callable[[], Iterator[Section]]] = {
        "watching": lambda: watching(size, market),
        "reads": lambda: reads(size, market),
        "starts": lambda: starts(size, synthetic),
        "throughput": lambda: throughput(size, market),
        "sweep": lambda: sweeping(size, synthetic),
    }
    yield from ((name, parts[name]) for name in PARTS if name in wanted)


def _table(section: Section) -> Table:
    table = Table(title=section.title, title_justify="left", title_style="bold")
    for place, column in enumerate(section.columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for row in section.rows:
        table.add_row(*map(Text, row))
    return table


def _write(output: Path, small: bool, sections: dict[str, list[Section]]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    about = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine(),
             "cores": os.cpu_count(), "small": small}  # fmt: skip
    found = {name: [{"title": one.title, **one.data} for one in parts] for name, parts in sections.items()}
    output.write_text(json.dumps({"about": about, **found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
