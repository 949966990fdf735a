"""main.py on LEAN's sample data: where a recording of the real engine did the same trade, the orders are the same."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
NO_TARGET = {"target-credit-percent": "", "stop-credit-percent": ""}
SPXW = NO_TARGET | {
    "start-date": "2021-01-04",
    "end-date": "2021-01-04",
    "sides": "put",
    "entry-times": "09:35",
    "days-to-expiry": "4",
    "short-distance": "-100",
    "width": "100",
    "lots": "2",
    "stop-debit": "65",
}
GOOG = NO_TARGET | {
    "underlying": "GOOG",
    "option-root": "",
    "start-date": "2015-12-23",
    "end-date": "2015-12-23",
    "cash": "50000",
    "sides": "call",
    "entry-times": "11:40",
    "short-distance": "0",
    "width": "5",
    "lots": "5",
    "stop-debit": "3.40",
}


def orders_of(lean_data: Path, output: Path, settings: dict[str, str]) -> list[dict[str, Any]]:
    """Orders of main.py under the settings, in LEAN's JSON."""
    parameters = [part for name, value in settings.items() for part in ("--parameter", name, value)]
    command = ["-m", "replay", "main.py", "--data-folder", str(lean_data), "--output", str(output), "--quiet"]
    ended = subprocess.run(
        [sys.executable, *command, *parameters], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = json.loads((output / "OptionSpreadStops.json").read_text(encoding="utf-8"))
    return [result["orders"][number] for number in sorted(result["orders"], key=int)]


def fills(orders: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (o["symbol"]["value"], Decimal(str(o["quantity"])), Decimal(str(o["price"])), o["lastFillTime"]) for o in orders
    ]


@pytest.mark.parametrize(
    ("case", "settings"),
    [("stop_natural_spxw", SPXW), ("stop_natural_goog", GOOG)],
    ids=["bull put 3800/3700 of 2021-01-04", "bear call 745/750 of 2015-12-23"],
)
def test_stop_on_real_quotes_sends_the_orders_the_engine_recorded(
    case: str, settings: dict[str, str], lean_data: Path, lean_reference: Path, tmp_path: Path
) -> None:
    recorded = json.loads((lean_reference / case / "expected.json").read_text(encoding="utf-8"))["orders"]
    ours = orders_of(lean_data, tmp_path, settings)
    assert fills(ours) == [
        (o["symbol"], Decimal(str(o["quantity"])), Decimal(str(o["price"])), o["last_fill_utc"]) for o in recorded
    ]


def test_close_orders_carry_spread_rule_and_reason(lean_data: Path, tmp_path: Path) -> None:
    closing = orders_of(lean_data, tmp_path, SPXW)[2:]
    assert len(closing) == 2
    for order in closing:
        assert order["tag"].startswith("put1 ")
        assert "stop-debit" in order["tag"]
        assert "65.00" in order["tag"]
