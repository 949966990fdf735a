"""A tour of data folders with something wrong: an error that names file and mending, or a note; never a traceback."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .small_market import DAY, write_market

PROJECT = Path(__file__).resolve().parents[2]
ALGORITHM = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.add_equity("XYZ")
        option = self.add_option("XYZ")
        option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 30))
        self.canonical = option.symbol

    def on_data(self, data):
        chain = data.option_chains.get(self.canonical)
        if chain and not self.portfolio.invested:
            self.market_order(list(chain)[0].symbol, 1)
"""
HOURS = "market-hours/market-hours-database.json"
QUOTES = f"option/usa/minute/xyz/{DAY}_quote_american.zip"
UNIVERSE = "option/usa/universes/xyz/20231229.csv"


def _replay(folder: Path, algorithm: str = ALGORITHM) -> subprocess.CompletedProcess[str]:
    file = folder.parent / "probe.py"
    file.write_text(algorithm, encoding="utf-8")
    command = [sys.executable, "-m", "replay", str(file), "--data-folder", str(folder), "--quiet"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture
def market(tmp_path: Path) -> Path:
    return write_market(tmp_path / "data", {("call", 100): [(0, (1.0, 1.2)), (5, (1.4, 1.6))]})


def _cut_member(file: Path) -> None:
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for name, rows in members.items():
            new.writestr(name, rows[: len(rows) * 3 // 4])


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        (HOURS, Path.unlink, "a data folder needs LEAN's market hours database"),
        (HOURS, lambda f: f.write_text('{"entries": {'), "is no valid JSON"),
        (HOURS, lambda f: f.write_text('{"entries": {}}'), "has no entry Equity-usa-XYZ"),
        ("symbol-properties/symbol-properties-database.csv", Path.unlink, "symbol properties database"),
        (QUOTES, lambda f: f.write_bytes(b"no zip"), "is no readable zip file"),
        (QUOTES, lambda f: f.write_bytes(f.read_bytes()[:60]), "is no readable zip file"),
        (QUOTES, _cut_member, "cells, 11 are needed"),
        (UNIVERSE, lambda f: f.write_text(f.read_text() + "x,y\n"), "'x,y' is no row"),
    ],
)
def test_damaged_file_is_named_with_its_mending(
    market: Path, file: str, damage: Callable[[Path], object], said: str
) -> None:
    damage(market / file)

    ended = _replay(market)

    assert ended.returncode == 1
    assert ended.stderr.startswith("replay: ")
    assert Path(file).name in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_damaged_file_ends_the_run_of_an_algorithm_that_catches_its_errors(market: Path) -> None:
    (market / QUOTES).write_bytes(b"no zip")
    careful = """    def on_data(self, data):
        try:
            self.trade(data)
        except Exception as error:
            self.log(str(error))

    def trade(self, data):
"""

    ended = _replay(market, ALGORITHM.replace("    def on_data(self, data):\n", careful))

    assert ended.returncode == 1
    assert f"{Path(QUOTES).name}: is no readable zip file" in ended.stderr


def test_missing_day_is_noted(market: Path) -> None:
    (market / QUOTES).unlink()

    ended = _replay(market)

    assert ended.returncode == 0
    assert "NOTE: no quote file of ?XYZ on 1 of 1 trading days (2024-01-02)" in ended.stderr


def test_missing_universe_is_noted(market: Path) -> None:
    (market / UNIVERSE).unlink()

    assert "NOTE: no universe file for ?XYZ" in _replay(market).stderr


def test_complete_folder_gives_no_note(market: Path) -> None:
    ended = _replay(market)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_unknown_ticker_is_noted(market: Path) -> None:
    ended = _replay(market, ALGORITHM.replace('self.add_equity("XYZ")', 'self.add_equity("NOPE")'))

    assert "NOTE: no trade file of NOPE on 1 of 1 trading days" in ended.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def (", "cannot be loaded: invalid syntax"),
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("x = 1", "must have exactly one class"),
    ],
)
def test_algorithm_that_does_not_load_is_named_with_its_line(market: Path, source: str, said: str) -> None:
    ended = _replay(market, source)

    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_error_of_the_algorithm_names_its_line(market: Path) -> None:
    ended = _replay(market, ALGORITHM.replace("self.market_order(", "self.no_such_helper = 1 / 0 * ("))

    assert ended.returncode == 1
    assert "Runtime Error: division by zero" in ended.stderr
    assert "probe.py: line 16" in ended.stderr


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_folder_that_is_no_data_folder_is_refused(tmp_path: Path, folder: str) -> None:
    file = tmp_path / "probe.py"
    file.write_text(ALGORITHM, encoding="utf-8")
    command = [sys.executable, "-m", "replay", str(file), "--data-folder", str(tmp_path / folder)]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "data folder" in ended.stderr
    assert "Traceback" not in ended.stderr
