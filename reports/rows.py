"""One line per run of a sweep, in a CSV file that survives an interrupt."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one run. Money in dollars after fees, prices in dollars per share, empty text = not known.

    Attributes:
        key: Identifies the run: parameters, code and data. Another key means another run.
        pnl: Sum over the spreads.
        worst_day: P&L of the worst day, by the day each spread ended.
        drawdown: Greatest fall of the closed P&L from its peak, positive.
        rule_exits: Closed by a rule; `stops` of them by a stop, not by a target or the clock.
        trigger_excess: Median over the stops; also `fill_excess`.
        needless: Stops that holding to expiry would have beaten; `judged` is how many could be compared.
        against_holding: What the stops saved against holding, together.
        error: Why the run has no figures.
    """

    key: str
    pnl: float = 0.0
    worst_day: float = 0.0
    drawdown: float = 0.0
    spreads: int = 0
    won: int = 0
    rule_exits: int = 0
    stops: int = 0
    trigger_excess: str = ""
    fill_excess: str = ""
    judged: int = 0
    needless: int = 0
    against_holding: str = ""
    fees: float = 0.0
    order_hash: str = ""
    seconds: float = 0.0
    error: str = ""


Finished = Sequence[tuple[dict[str, str], Row]]
FIGURES = tuple(field.name for field in fields(Row))
_NUMBERS = {field.name: field.type for field in fields(Row)}


def run_key(parameters: Mapping[str, str], code: str, data: str) -> str:
    """A short digest of all that decides a run."""
    text = json.dumps([sorted(parameters.items()), code, data])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_digest(project: Path, rooms: Sequence[str] = ("spreads", "replay")) -> str:
    """Digest of the sources that decide a run: the algorithm, the product and replay (or the rooms named).

    Raises:
        OSError: A file is missing or may not be read.
    """
    files = [project / "main.py", project / "spread_manager.py", project / "stop_rules.py"]
    files += [path for room in rooms for path in sorted((project / room).glob("*.py"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


class RowFile:
    """The CSV of a sweep: parameters first, figures after; each row is on disk when `add` returns."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.names = list(names)
        self.rows: dict[str, tuple[dict[str, str], Row]] = {}
        if path.exists():
            self._read()
        self._rewrite()

    def add(self, point: Mapping[str, str], row: Row) -> None:
        """Append a finished run."""
        self.rows[row.key] = (dict(point), row)
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(self._cells(point, row))

    def _cells(self, point: Mapping[str, str], row: Row) -> list[Any]:
        return [*(point[name] for name in self.names), *asdict(row).values()]

    def _read(self) -> None:
        with self.path.open(newline="", encoding="utf-8") as file:
            for cells in csv.DictReader(file):
                row = _row(cells)
                # A line cut short by an interrupt, or one of an error, is run again.
                if row is not None and not row.error and all(cells.get(name) is not None for name in self.names):
                    self.rows[row.key] = ({name: cells[name] for name in self.names}, row)

    def _rewrite(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".part")
        with fresh.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*self.names, *FIGURES])
            writer.writerows(self._cells(point, row) for point, row in self.rows.values())
        fresh.replace(self.path)


def _row(cells: Mapping[str, str | None]) -> Row | None:
    values: dict[str, Any] = {}
    for name in FIGURES:
        text = cells.get(name)
        if text is None:
            return None
        try:
            values[name] = {"int": int, "float": float}.get(str(_NUMBERS[name]), str)(text)
        except ValueError:
            return None
    return Row(**values)
