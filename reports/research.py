"""What research.ipynb runs on: a data folder with replay, or in LEAN the journal of a backtest.

Outside LEAN runs are made here by replay. In LEAN's research environment (a QuantBook is there) the notebook reads the
journal that a backtest left in the object store. Tables: `research_tables`; pictures: `research_figures`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .fingerprint import SYNTHETIC_MARK
from .point import Unfinished, ignore_interrupts, replayed
from .records import RunStory
from .result import Result
from .settlement import Settlement
from .story import read_run

PROJECT = Path(__file__).resolve().parent.parent
JOURNAL_KEY = "spread-journal.jsonl"
DATA_VARIABLE, PARAMETERS_VARIABLE = "RESEARCH_DATA", "RESEARCH_PARAMETERS"

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the notebook works: a data folder to run on, and LEAN's QuantBook when there is one.

    Runs are kept: equal parameters are run once, whatever they are called.
    """

    data_folder: Path | None
    book: Any = None
    _made: dict[frozenset[tuple[str, str]], Result] = field(default_factory=dict)

    @property
    def is_synthetic(self) -> bool:
        """True on the project's own market."""
        return self.data_folder is not None and (self.data_folder / SYNTHETIC_MARK).exists()

    @property
    def settlement(self) -> Settlement:
        """What a spread would have cost at expiry, from this data."""
        return Settlement(self.data_folder)

    def days(self) -> list[date]:
        """Trading days of the synthetic market; empty for other data."""
        return [date.fromisoformat(day["date"]) for day in self._mark()]

    def scenario(self, day: date) -> str:
        """Name of the day's scenario in the synthetic market; empty for other data."""
        return next((str(entry["scenario"]) for entry in self._mark() if entry["date"] == day.isoformat()), "")

    def _mark(self) -> list[dict[str, Any]]:
        if self.data_folder is None or not self.is_synthetic:
            return []
        days = json.loads((self.data_folder / SYNTHETIC_MARK).read_text(encoding="utf-8"))["days"]
        return list(days)

    def run(self, parameters: Parameters) -> Result:
        """One run of main.py by replay.

        Raises:
            RuntimeError: There are no data files here, or the run failed.
        """
        return self.runs({"the run": {}}, parameters)["the run"]

    def runs(self, variants: Mapping[str, Parameters], common: Parameters) -> dict[str, Result]:
        """Runs of main.py on all cores, by name of the variant; its parameters come on top of the common ones.

        Raises:
            RuntimeError: There are no data files here, or a run failed.
        """
        if self.data_folder is None:
            raise RuntimeError("no data folder here to run on; give one: open_bench(data_folder=...)")
        wanted = {name: {**common, **parameters} for name, parameters in variants.items()}
        missing = {
            frozenset(p.items()): (name, p) for name, p in wanted.items() if frozenset(p.items()) not in self._made
        }
        if missing:
            context = multiprocessing.get_context("spawn")
            workers = min(os.cpu_count() or 1, len(missing))
            with ProcessPoolExecutor(workers, mp_context=context, initializer=ignore_interrupts) as pool:
                jobs = [
                    (key, pool.submit(_run, name, self.data_folder, parameters))
                    for key, (name, parameters) in missing.items()
                ]
                self._made.update((key, job.result()) for key, job in jobs)
        return {name: self._made[frozenset(parameters.items())] for name, parameters in wanted.items()}

    def journal(self) -> RunStory | None:
        """The run whose journal is in LEAN's object store; None when there is none."""
        if self.book is None or not self.book.object_store.contains_key(JOURNAL_KEY):
            return None
        return read_run(self.book.object_store.read(JOURNAL_KEY).splitlines())


def open_bench(book: Any = None, data_folder: str | Path | None = None) -> Bench:
    """The folder given; else LEAN's journal when there is a QuantBook; else the synthetic market, made if missing."""
    if data_folder is not None:
        folder = Path(data_folder).expanduser().resolve()
        if not folder.is_dir():
            raise FileNotFoundError(f"data folder {folder}: no such folder")
        return Bench(folder, book)
    if book is not None:
        return Bench(None, book)
    synthetic = PROJECT / "synthetic-data"
    if not (synthetic / SYNTHETIC_MARK).exists():
        from .backtest import run_step

        run_step("market", "--output", str(synthetic))
    return Bench(synthetic)


def given() -> tuple[str | None, dict[str, str]]:
    """Data folder and parameters named to `make notebook`; none in an editor."""
    return os.environ.get(DATA_VARIABLE) or None, json.loads(os.environ.get(PARAMETERS_VARIABLE) or "{}")


def as_variables(data_folder: Path | None, parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Environment variables that tell a kernel what `given` gives."""
    return {
        DATA_VARIABLE: "" if data_folder is None else str(data_folder.expanduser().resolve()),
        PARAMETERS_VARIABLE: json.dumps(dict(parameters)),
    }


def _run(name: str, data_folder: Path, parameters: Parameters) -> Result:
    """In a process of its own: errors become one that can be sent back."""
    from replay.errors import ReplayError

    try:
        return replayed(PROJECT / "main.py", data_folder, parameters)[0]
    except (Unfinished, ReplayError) as error:
        raise RuntimeError(f"{name}: {error}") from None
