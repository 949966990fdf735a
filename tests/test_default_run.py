"""The default run, order for order: what `make backtest` does is written down and must not change unseen."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import replay
from replay.session import Result

PROJECT = Path(__file__).parents[1]
ORDERS = Path(__file__).with_name("default_run_orders.csv")
HASH = Path(__file__).with_name("default_run_hash.txt")
COLUMNS = ("id", "type", "symbol", "quantity", "price", "status", "time", "tag")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("default")


@pytest.fixture(scope="module")
def run(synthetic_market: Path, folder: Path) -> Result:
    return replay.run(PROJECT / "main.py", data_folder=synthetic_market, output=folder)


def rows(result: Result) -> list[dict[str, str]]:
    return [
        {
            "id": str(order.id),
            "type": str(order.type),
            "symbol": str(order.symbol.value),
            "quantity": f"{order.quantity:f}",
            "price": f"{order.price:f}",
            "status": str(order.status),
            "time": f"{order.created_utc:%Y-%m-%d %H:%M}",
            "tag": order.tag or "",
        }
        for order in result.orders
    ]


def as_csv(table: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def test_default_run_sends_the_orders_that_are_written_down(run: Result) -> None:
    made = as_csv(rows(run))
    if os.environ.get("WRITE_DEFAULT_RUN"):
        ORDERS.write_text(made, encoding="utf-8")
        HASH.write_text(run.statistics["OrderListHash"] + "\n", encoding="utf-8")
    committed = ORDERS.read_text(encoding="utf-8")
    assert made.splitlines() == committed.splitlines(), (
        "the default run's orders changed; if that is meant, run WRITE_DEFAULT_RUN=1 pytest tests/test_default_run.py"
    )
    assert run.statistics["OrderListHash"] == HASH.read_text(encoding="utf-8").strip()


def test_default_run_buys_every_short_back_before_it_sells_a_long(run: Result) -> None:
    held: dict[str, int] = defaultdict(int)
    for order in run.orders:
        quantity = int(order.quantity)
        if "entry" not in (order.tag or "") and str(order.type) in ("MARKET", "LIMIT") and quantity < 0:
            spread = (order.tag or "").split(" ")[0]
            assert held[spread] >= 0, f"order {order.id} sells a long while a short of {spread} is held"
        spread, is_entry = (order.tag or "").split(" ")[0], "entry" in (order.tag or "")
        if is_entry is (quantity < 0):
            held[spread] += quantity


def test_same_command_in_another_process_gives_the_same_hash(
    run: Result, synthetic_market: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "replay",
        "main.py",
        "--data-folder",
        str(synthetic_market),
        "--output",
        str(tmp_path),
    ]
    printed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert f"OrderListHash: {run.statistics['OrderListHash']}" in printed


def test_default_run_shows_spreads_and_net_debits_in_leans_own_charts_and_statistics(run: Result, folder: Path) -> None:
    assert run.state == "Completed"
    shape = json.loads((folder / "OptionSpreadStops.json").read_text())
    series = shape["charts"]["Net debit"]["series"]
    assert set(series) == {"open", "1 debit", "1 stop", "2 debit", "2 stop"}
    assert all(10 < len(one["values"]) <= 4_000 for one in series.values())
    assert shape["runtimeStatistics"]["Spreads"] == "23, ended ones +410.00"
    assert shape["runtimeStatistics"]["Open spreads"] == "0"
