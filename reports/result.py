"""Reads a results folder in LEAN's shape, written by replay or by `lean backtest`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from .fingerprint import RUN_FILE, code_of, read_run_file
from .records import RunStory
from .story import read_run

JOURNALS = ("journal.jsonl", "spread-journal.jsonl", "storage/spread-journal.jsonl")
_SIDE_FILES = ("-order-events.json", "-summary.json")
_OTHERS = ("data-monitor-report", RUN_FILE)


class ResultError(Exception):
    """A results folder that cannot be read: the file, what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A fill as the engine reports it: quantity signed, price and fee in dollars."""

    order_id: int
    symbol: str
    quantity: Decimal
    price: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """A run's results. Times of the equity curve are UTC; money in dollars.

    Attributes:
        folder: The results folder.
        name: The run's id, from the file name.
        statistics: LEAN's statistics, texts.
        equity: (time, account value) samples of the chart "Strategy Equity".
        fills: Fills of the order events, in engine order.
        run: The journal's stories.
    """

    folder: Path
    name: str
    statistics: dict[str, str]
    equity: tuple[tuple[datetime, Decimal], ...]
    fills: tuple[OrderEvent, ...]
    run: RunStory

    @property
    def deepest_fall(self) -> tuple[Decimal, Decimal]:
        """Greatest fall of the equity samples from their peak: dollars, and its share of that peak.

        LEAN's statistic "Drawdown" sees one value a day, so a run of a day or two has none.
        """
        peak = deepest = share = Decimal(0)
        for _, value in self.equity:
            peak = max(peak, value)
            if peak - value > deepest:
                deepest, share = peak - value, (peak - value) / peak
        return deepest, share

    def dollars(self, statistic: str) -> Decimal | None:
        """A statistic as dollars; None when it is not there or no number."""
        text = self.statistics.get(statistic, "").replace("$", "").replace(",", "")
        try:
            return Decimal(text)
        except InvalidOperation:
            return None


def read_result(folder: Path, journal: Path | None = None) -> Result:
    """Read a results folder.

    Args:
        folder: The folder with `<id>.json`.
        journal: The journal, when it is not in the folder (LEAN keeps it in the object store).

    Raises:
        ResultError: No such folder, no or several result files, or a file that cannot be read.
        JournalError: A damaged journal.
    """
    main = _main_file(folder)
    document = _json(main)
    if not isinstance(document, dict):
        raise ResultError(f"{main} is not a LEAN result: it holds no JSON object. Run the backtest again.")
    statistics = _get(document, "statistics") or {}
    events = folder / f"{main.stem}-order-events.json"
    run = read_run(_journal_lines(folder, journal))
    noted = read_run_file(folder)
    run.facts = replace(
        run.facts,
        code=noted.get("code") or code_of(folder),
        data=run.facts.data or noted.get("data", ""),
        fingerprint=run.facts.fingerprint or noted.get("fingerprint", ""),
    )
    return Result(
        folder,
        main.stem,
        {str(name): str(value) for name, value in statistics.items()},
        _equity(document),
        tuple(_fills(_json(events))) if events.exists() else (),
        run,
    )


def _main_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise ResultError(f"{folder} is no folder. Give the folder of one run, for example backtests/<timestamp>.")
    found = [
        path
        for path in sorted(folder.glob("*.json"))
        if not path.name.endswith(_SIDE_FILES) and not path.name.startswith(_OTHERS)
    ]
    named = [path for path in found if (folder / f"{path.stem}-order-events.json").exists()]
    candidates = named or found
    if len(candidates) != 1:
        names = ", ".join(path.name for path in candidates) or "none"
        raise ResultError(
            f"{folder} should hold one result file <id>.json; found: {names}. "
            "Give the folder of one run, for example backtests/<timestamp>."
        )
    return candidates[0]


def _journal_lines(folder: Path, journal: Path | None) -> list[str]:
    candidates = [journal] if journal is not None else [folder / name for name in JOURNALS]
    for path in candidates:
        if path.is_file():
            return path.read_text(encoding="utf-8").splitlines()
    raise ResultError(
        f"there is no journal at {candidates[0]}. `lean backtest` keeps it in the object store "
        f"({JOURNALS[-1]}): name it with --journal FILE."
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultError(f"{path} cannot be read ({error}). Run the backtest again.") from None


def _get(document: dict[str, Any], name: str) -> Any:
    # Old LEAN versions wrote PascalCase keys.
    return document.get(name, document.get(name[:1].upper() + name[1:]))


def _equity(document: dict[str, Any]) -> tuple[tuple[datetime, Decimal], ...]:
    chart = (_get(document, "charts") or {}).get("Strategy Equity") or {}
    series = (_get(chart, "series") or {}).get("Equity") or {}
    points = []
    for value in _get(series, "values") or []:
        if isinstance(value, dict):
            stamp, amount = value.get("x"), value.get("y", value.get("close"))
        else:
            stamp, amount = value[0], value[-1]
        if stamp is not None and amount is not None:
            points.append((datetime.fromtimestamp(int(stamp), UTC), Decimal(str(amount))))
    return tuple(points)


def _fills(events: Any) -> list[OrderEvent]:
    fills = []
    for event in events if isinstance(events, list) else []:
        quantity = Decimal(str(event.get("fillQuantity") or 0))
        fee = Decimal(str(event.get("orderFeeAmount") or 0))
        if quantity or fee:
            price = Decimal(str(event.get("fillPrice") or 0))
            fills.append(OrderEvent(int(event["orderId"]), str(event.get("symbolValue", "")), quantity, price, fee))
    return fills
