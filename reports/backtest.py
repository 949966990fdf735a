"""The whole of `make backtest`: the market, the replay of main.py, the table of spreads.

    python -m reports.backtest [--data-folder DIR] [--results DIR] [arguments of replay ...]

Three programs run one after the other, so that each is the one a user can also run alone. Results go to
`backtests/<time of the start>/`, as LEAN names them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from replay.cli import options

from .fingerprint import write_run_file

SYNTHETIC = Path("synthetic-data")
PROJECT = Path(__file__).resolve().parent.parent


class Stopped(Exception):
    """A step failed and has said why; `exit_code` is its own, or 128 and the signal that ended it."""

    def __init__(self, returned: int) -> None:
        super().__init__(returned)
        self.exit_code = returned if returned > 0 else 128 - returned


def new_result_folder(parent: Path, start: datetime) -> Path:
    """A folder named after the start, made now; a second run of the same second gets its own.

    Raises:
        OSError: The parent cannot be written.
    """
    stamp = start.strftime("%Y-%m-%d_%H-%M-%S")
    parent.mkdir(parents=True, exist_ok=True)
    attempt = 1
    while True:
        folder = parent / (stamp if attempt == 1 else f"{stamp}-{attempt}")
        try:
            folder.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            return folder


def configured(config: Path) -> list[str]:
    """The parameters of config.json as arguments of replay.

    Raises:
        ValueError: The file is not what LEAN's command line would accept; names what is wrong.
    """
    if not config.exists():
        return []
    try:
        parameters = json.loads(config.read_text(encoding="utf-8")).get("parameters", {})
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{config} is not a JSON object: {error}. Strict JSON is needed, without comments.") from None
    arguments = []
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise ValueError(f'{config}: parameter {name} is {value!r}; a text is needed: "{name}": "{value}"')
        arguments += ["--parameter", name, value]
    return arguments


def run_step(module: str, *arguments: str) -> None:
    """Run `python -m module` in the project's folder; its output goes straight to the terminal.

    Raises:
        Stopped: It ended with another exit code than 0.
    """
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=PROJECT, check=False)
    if ended.returncode != 0:
        raise Stopped(ended.returncode)


def backtest(data_folder: Path | None, results: Path, replay_arguments: list[str]) -> Path:
    """Run main.py over the data (none: the synthetic market) and print the table; the folder of results.

    Without any `--parameter` those of config.json count; with one, all others fall back to the defaults in code,
    as with `lean backtest --parameter`.

    Raises:
        Stopped: A step failed.
        OSError: The results cannot be written.
        ValueError: config.json cannot be used.
    """
    if "--parameter" not in replay_arguments:
        replay_arguments = replay_arguments + configured(PROJECT / "config.json")
    if data_folder is None:
        data_folder = PROJECT / SYNTHETIC
        run_step("market", "--output", str(data_folder))
    folder = new_result_folder(results, datetime.now())
    places = ["--data-folder", str(data_folder), "--output", str(folder), "--object-store", str(folder / "storage")]
    try:
        run_step("replay", "main.py", *places, "--quiet", *replay_arguments)
    except Stopped:
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    write_run_file(folder, data_folder)
    run_step("reports.summary", str(folder))
    return folder


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument("--data-folder", type=Path, help="a LEAN data folder (default: the synthetic market)")
    own.add_argument("--results", type=Path, default=PROJECT / "backtests", help="where result folders are made")
    parser = argparse.ArgumentParser(
        prog="make backtest" if "MAKELEVEL" in os.environ else "python -m reports.backtest",
        description="Run main.py over LEAN-format data and print one line per spread.",
        parents=[own, options()],
        allow_abbrev=False,
    )
    parser.parse_args(arguments)  # what neither knows is refused here, under the name of the command that was typed
    known, replay_arguments = own.parse_known_args(arguments)
    if known.data_folder is not None:
        known.data_folder = known.data_folder.expanduser().resolve()
        if not known.data_folder.is_dir():
            parser.error(
                f"data folder {known.data_folder}: no such folder. It must be a LEAN data folder "
                "(the `data` of `lean init`: it holds market-hours/ and symbol-properties/)"
            )
        if not os.access(known.data_folder, os.R_OK | os.X_OK):
            parser.error(f"data folder {known.data_folder}: may not be read. Change its rights, or copy it")
    try:
        backtest(known.data_folder, known.results.resolve(), replay_arguments)
    except Stopped as stopped:
        return stopped.exit_code
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"results folder {known.results}: {error.strerror}. Name another one with --results DIR.", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
