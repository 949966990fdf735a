"""Runs a grid of parameters on all cores: `python -m reports.sweep --vary stop-credit-percent 50 100 150 ...`.

Finished runs are rows of `sweep.csv`; the same command after an interrupt runs only what is missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from spreads.errors import BadSetting

from .backtest import PROJECT, SYNTHETIC, Stopped, configured, run_step
from .fingerprint import fingerprint
from .grid import Grid, optimizer_commands, read_grid
from .point import ignore_interrupts, run_point
from .rows import Finished, Row, RowFile, code_digest, run_key

TABLE = "sweep.csv"
PAGE = "sweep.html"
SYNTHETIC_CONFIG = "lean.synthetic.json"  # names the synthetic market as the data folder


def plan(grid: Grid, algorithm: Path, data_folder: Path) -> dict[str, dict[str, str]]:
    """Every point by the key of its run with the code and data as they are now."""
    code, data = code_digest(algorithm.parent), fingerprint(data_folder)
    return {run_key(grid.parameters(point), code, data): point for point in grid.points()}


def sweep(
    grid: Grid,
    algorithm: Path,
    data_folder: Path,
    table: RowFile,
    workers: int,
    progress: Progress,
    keys: Mapping[str, dict[str, str]],
    run: Callable[[str, Path, Path, Mapping[str, str]], Row] = run_point,
) -> bool:
    """Run every point of a plan that has no row yet; False when it was interrupted. Runs in progress still finish.

    Rows of other code, data or parameters stay in the file and do not count.
    """
    waiting = [(key, point) for key, point in keys.items() if key not in table.rows]
    task = progress.add_task("runs", total=len(keys), completed=len(keys) - len(waiting))
    waiting.reverse()
    running: dict[Future[Row], dict[str, str]] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=ignore_interrupts) as pool:
        try:
            while waiting or running:
                # never more than the workers can take, so that an interrupt waits for no queue
                while waiting and len(running) < workers:
                    key, point = waiting.pop()
                    running[pool.submit(run, key, algorithm, data_folder, grid.parameters(point))] = point
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    table.add(running.pop(future), future.result())
                    progress.advance(task)
        except KeyboardInterrupt:
            progress.console.print("Interrupted: the runs in progress are finished first.")
            for future in wait(running).done:
                table.add(running[future], future.result())
            return False
    return True


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m reports.sweep",
        description="Run main.py for every combination of parameter values and compare the results.",
    )
    parser.add_argument(
        "--vary", nargs="+", action="append", default=[], metavar="NAME", help="a parameter, its values"
    )
    parser.add_argument(
        "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="a fixed one"
    )
    parser.add_argument("--data-folder", type=Path, help="a LEAN data folder (default: the synthetic market)")
    parser.add_argument(
        "--output", type=Path, default=PROJECT / "optimizations" / "sweep", help="folder of table and page"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="runs at a time (default: all cores)")
    parser.add_argument("--algorithm", type=Path, default=PROJECT / "main.py", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error(f"--workers {options.workers}: at least 1 is needed")
    if options.data_folder is not None and not options.data_folder.is_dir():
        parser.error(f"data folder {options.data_folder}: no such folder")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 1 for a grid that cannot be run or a run that failed, 130 when interrupted."""
    options = _arguments(arguments)
    console = Console(width=None if sys.stdout.isatty() else 200)
    try:
        words = configured(options.algorithm.parent / "config.json")
        base = dict(zip(words[1::3], words[2::3], strict=True))
        changed = {name: value for name, value in options.parameter if base.get(name) != value}
        grid = read_grid(options.vary, {**base, **changed})
        data_folder = options.data_folder
        if data_folder is None:
            data_folder = PROJECT / SYNTHETIC
            run_step("market", "--output", str(data_folder))
        table = RowFile(options.output / TABLE, list(grid.axes))
    except (BadSetting, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.exit_code
    algorithm, data_folder = options.algorithm.resolve(), data_folder.resolve()
    keys = plan(grid, algorithm, data_folder)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        complete = sweep(grid, algorithm, data_folder, table, options.workers, progress, keys)
    finished = [table.rows[key] for key in keys if key in table.rows]
    about = f"Data: {data_folder.name}, fingerprint {fingerprint(data_folder) or 'unknown'}."
    commands = optimizer_commands(grid, changed, SYNTHETIC_CONFIG if data_folder == PROJECT / SYNTHETIC else "")
    failed = _tell(grid, finished, commands, console)
    console.print(f"Table: {table.path}", highlight=False, markup=False, soft_wrap=True)
    _write_page(options.output / PAGE, grid, finished, commands, about, console)
    if not complete:
        console.print("Give the same command again to run the rest.")
        return 130
    return 1 if failed else 0


def _tell(grid: Grid, finished: Finished, commands: Sequence[str], console: Console) -> int:
    """Print how far it is and LEAN's commands; the number of failed runs."""
    failed = [(point, row) for point, row in finished if row.error]
    console.print(f"{len(finished)} of {len(grid.points())} runs finished, {len(failed)} failed.", highlight=False)
    for point, row in failed[:5]:
        console.print(f"failed: {point}: {row.error}", highlight=False, markup=False, soft_wrap=True)
    for line in commands:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return len(failed)


def _write_page(
    page: Path, grid: Grid, finished: Finished, commands: Sequence[str], about: str, console: Console
) -> None:
    try:
        from .sweep_page import render_sweep
    except ModuleNotFoundError as error:
        console.print(f"No page: {error.name} is not installed (make venv).", highlight=False)
        return
    page.write_text(render_sweep(grid, finished, commands, about), encoding="utf-8")
    console.print(f"Page: {page}", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    raise SystemExit(main())
