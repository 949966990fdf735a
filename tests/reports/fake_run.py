"""A run of a sweep that needs no replay; in a module of its own, so that worker processes can import it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reports.rows import Row


def fake_run(key: str, algorithm: Path, data_folder: Path, parameters: Mapping[str, str]) -> Row:
    """Figures that follow from the parameters; notes each run beside the algorithm."""
    (algorithm.parent / f"ran-{key}").touch()
    if parameters["stop-credit-percent"] == "13":
        return Row(key, error="RuntimeError: as asked")
    return Row(key, pnl=float(parameters["stop-credit-percent"]), spreads=3)
