"""docs/adopt.md, run: its algorithms, beside a copy of what it says to copy, on the synthetic market."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PAGE = (PROJECT / "docs" / "adopt.md").read_text(encoding="utf-8")
ALGORITHMS = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
[BRIDGE] = re.findall(r"```text\n(import sys.*?)```", PAGE, re.DOTALL)

Row = tuple[str, int, str]


def copy_product(folder: Path) -> None:
    for name in ("spread_manager.py", "stop_rules.py"):
        shutil.copy(PROJECT / name, folder)
    shutil.copytree(PROJECT / "spreads", folder / "spreads", ignore=shutil.ignore_patterns("__pycache__"))


def replayed(name: str, source: str, market: Path, folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    """A run of a class of a source text, in a process that finds of this project nothing but `replay`."""
    (folder / "engine").mkdir(exist_ok=True)
    if not (folder / "engine" / "replay").exists():
        (folder / "engine" / "replay").symlink_to(PROJECT / "replay")
    (folder / "mine.py").write_text(source, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (folder / "engine", *paths)))}
    command = ["-m", "replay", "mine.py", "--data-folder", str(market), "--output", "out", "--algorithm-class", name]
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def orders(folder: Path, name: str) -> list[Row]:
    """(right and strike, contracts, tag up to the rule) of each order, all of them filled."""
    found = json.loads((folder / "out" / f"{name}.json").read_text(encoding="utf-8"))["orders"].values()
    assert {order["status"] for order in found} == {3}
    return [
        (
            re.sub(r".*\d{6}([CP])0*(\d+)000$", r"\1\2", order["symbol"]["value"]),
            round(order["quantity"]),
            order.get("tag", "").partition(":")[0],
        )
        for order in found
    ]


EXPECTED: dict[str, list[Row]] = {
    "Mine": [
        ("P5935", -1, ""),
        ("P5925", 1, ""),
        ("P5935", 1, "S1 stop-credit-percent"),
        ("P5925", -1, "S1 stop-credit-percent"),
    ],
    "Condor": [
        ("P5925", 2, "my condor"),
        ("P5935", -2, "my condor"),
        ("C5995", -2, "my condor"),
        ("C6005", 2, "my condor"),
        ("P5935", 2, "condor stop-credit-percent"),
        ("C5995", 2, "condor stop-credit-percent"),
        ("P5925", -2, "condor stop-credit-percent"),
    ],
    "Legged": [
        ("P5925", 1, ""),
        ("P5935", -1, "short leg"),
        ("P5935", 1, "legged flatten"),
        ("P5925", -1, "legged flatten"),
    ],
    "Adopted": [
        ("P5935", -1, ""),
        ("P5925", 1, ""),
        ("C5995", -1, ""),
        ("C6005", 1, ""),
        ("C5995", 1, "calls target-debit"),
        ("C6005", -1, "calls target-debit"),
        ("P5935", 1, "puts stop-debit"),
        ("P5925", -1, "puts stop-debit"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_algorithm_of_the_page_beside_a_copy_of_the_product_orders_what_it_says(
    name: str, synthetic_market: Path, tmp_path: Path
) -> None:
    copy_product(tmp_path)
    ended = replayed(name, ALGORITHMS, synthetic_market, tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert orders(tmp_path, name) == EXPECTED[name]


def test_tickets_of_the_page_end_as_updated_cancelled_and_bracketed(synthetic_market: Path, tmp_path: Path) -> None:
    copy_product(tmp_path)
    ended = replayed("Adopted", ALGORITHMS, synthetic_market, tmp_path)
    for told in (
        "puts stop market: filled",
        "puts trailing stop: canceled; canceled the stop is enough",
        "calls stop market: canceled",
        "calls profit target: filled",
    ):
        assert told in ended.stdout


def test_product_as_a_library_is_found_by_the_lines_of_the_page(synthetic_market: Path, tmp_path: Path) -> None:
    """LEAN's command line puts the workspace's Library folder on the path, not the folders in it."""
    library = tmp_path / "Library" / "SpreadStops"
    library.mkdir(parents=True)
    copy_product(library)
    head, rest = ALGORITHMS.split("from spread_manager", 1)
    ended = replayed("Mine", f"{head}{BRIDGE}\nfrom spread_manager{rest}", synthetic_market, tmp_path, library.parent)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert orders(tmp_path, "Mine") == EXPECTED["Mine"]


TWICE = """

class Wrong(Mine):
    def trade(self, clock: str) -> None:
        if clock == "10:00":
            symbol, other = self.contract(OptionRight.PUT, 5935), self.contract(OptionRight.PUT, 5925)
            self.buy(OptionStrategies.bull_put_spread(self.option, 5935, 5925, self.today()), 1)
            self.spreads.register(POSITION)
"""


@pytest.mark.parametrize(
    ("position", "told"),
    [
        ("[(symbol, -1.5), (other, 1)]", "a whole number of contracts"),
        ("[(symbol, 0), (other, 1)]", "a whole number of contracts"),
        ("[(symbol, -1), (symbol, -1)]", "each contract once"),
        ("[(symbol, -2), (other, 2)]", "what the account holds and no other spread claims: -1"),
        ("[(self.option.underlying, 100)]", "option contracts of one underlying"),
        (
            "[(symbol, -1), (other, 1)]); self.spreads.register([(symbol, -1), (other, 1)]",
            "what the account holds and no other spread claims: 0",
        ),
    ],
)
def test_position_that_cannot_be_adopted_is_refused_in_words(
    position: str, told: str, synthetic_market: Path, tmp_path: Path
) -> None:
    copy_product(tmp_path)
    ended = replayed("Wrong", ALGORITHMS + TWICE.replace("POSITION", position), synthetic_market, tmp_path)
    assert ended.returncode == 1
    assert told in ended.stdout + ended.stderr
