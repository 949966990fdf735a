"""`python -m market`: make the synthetic market, unless it is there already."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from market.errors import MarketError
from market.generate import Settings, ensure
from market.scenarios import SCENARIOS


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    default = Settings()
    parser = argparse.ArgumentParser(prog="python -m market", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("synthetic-data"), help="folder to make (%(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed, help="another seed, another market (%(default)s)")
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this day; may be repeated")
    parser.add_argument("--days", type=int, metavar="N", help="only the first N scenario days")
    parser.add_argument(
        "--reach",
        type=int,
        default=default.reach,
        metavar="POINTS",
        help="strikes this far from the last close (%(default)s)",
    )
    parser.add_argument(
        "--bench-days",
        type=int,
        default=0,
        metavar="N",
        help="instead of the scenarios, N sessions on which every quote changes every minute",
    )
    parser.add_argument(
        "--bench-contracts",
        type=int,
        default=default.bench_contracts,
        metavar="N",
        help="contracts in the benchmark (%(default)s)",
    )
    parser.add_argument("--list", action="store_true", help="print the scenario days and stop")
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    """Settings from the command line; MarketError names what is not allowed."""
    names = tuple(options.scenario or (s.name for s in SCENARIOS))
    if options.days is not None:
        if not 1 <= options.days <= len(names):
            raise MarketError(f"--days {options.days} is not allowed; give a whole number from 1 to {len(names)}")
        names = names[: options.days]
    return Settings(options.seed, names, options.reach, options.bench_days, options.bench_contracts)


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 for a setting or a folder that cannot be used."""
    options = arguments().parse_args(argv)
    if options.list:
        for scenario in SCENARIOS:
            print(f"{scenario.date}  {scenario.name:<14} {scenario.story}")
        return 0
    try:
        made, mark = make(options.output, settings_from(options))
    except MarketError as error:
        print(f"market: {error}", file=sys.stderr)
        return 2
    state = "made" if made else "is there already"
    print(
        f"Synthetic market {state}: {options.output}, {len(mark['days'])} days, "
        f"{mark['days'][0]['date']} to {mark['days'][-1]['date']}, fingerprint {mark['fingerprint'][:12]}"
    )
    return 0


def make(root: Path, settings: Settings) -> tuple[bool, dict[str, Any]]:
    """`ensure`, with a progress bar when a person is watching."""
    if not sys.stderr.isatty():
        return ensure(root, settings)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("synthetic market", total=None)
        return ensure(
            root,
            settings,
            lambda done, of, step: bars.update(task, completed=done, total=of, description=f"synthetic market {step}"),
        )


if __name__ == "__main__":
    sys.exit(main())
