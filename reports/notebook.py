"""Executes research.ipynb from top to bottom: `python -m reports.notebook`. The file itself stays without outputs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .research import as_variables

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOK = PROJECT / "research.ipynb"
EXECUTED = PROJECT / "backtests" / "research-executed.ipynb"


def execute(notebook: Path, executed: Path, timeout: int) -> None:
    """Run every cell in a fresh kernel, in the notebook's folder, and write a copy with outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed; the copy is written all the same.
    """
    import nbformat
    from nbclient import NotebookClient

    document = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        document,
        timeout=timeout,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    try:
        client.execute()
    finally:
        executed.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(document, executed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 1 when a cell fails."""
    parser = argparse.ArgumentParser(prog="python -m reports.notebook", description="Execute research.ipynb.")
    parser.add_argument("--output", type=Path, default=EXECUTED, help="the copy with outputs")
    parser.add_argument("--data-folder", type=Path, help="a LEAN data folder (default: the synthetic market)")
    parser.add_argument(
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="on top of the notebook's own",
    )
    parser.add_argument("--timeout", type=int, default=600, help="seconds one cell may take")
    options = parser.parse_args(arguments)
    if options.data_folder is not None and not options.data_folder.expanduser().is_dir():
        parser.error(f"data folder {options.data_folder}: no such folder")
    os.environ.update(as_variables(options.data_folder, options.parameter))  # the kernel is a child
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    began = time.perf_counter()
    try:
        execute(NOTEBOOK, options.output, options.timeout)
    except CellExecutionError as error:
        print(f"research.ipynb failed: {error.ename}: {error.evalue}", file=sys.stderr)
        print(f"the cell and the whole traceback: {options.output}", file=sys.stderr)
        return 1
    except CellTimeoutError as error:
        print(f"research.ipynb failed: {error}", file=sys.stderr)
        return 1
    print(
        f"research.ipynb ran from top to bottom in {time.perf_counter() - began:.0f} s; with outputs: {options.output}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
