from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from replay.benchmark import benchmark_values
from replay.enums import SecurityType
from replay.errors import DataError
from replay.symbol import Symbol

SPY = Symbol.create("SPY", SecurityType.EQUITY)


def _write(root: Path, text: str) -> None:
    folder = root / "equity" / "usa" / "hour"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "spy.zip", "w") as archive:
        archive.writestr("spy.csv", text)


def test_price_is_that_of_the_last_hour_that_has_ended(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "20210104 14:00,3690000,3700000,3680000,3695000,100\n20210104 15:00,3695000,3700000,3680000,3687900,100\n",
    )
    times = [datetime(2021, 1, 4, 18), datetime(2021, 1, 4, 20), datetime(2021, 1, 5, 5)]
    assert benchmark_values(tmp_path, SPY, times) == [0, Decimal("369.5"), Decimal("368.79")]


def test_folder_without_the_stock_gives_zeros(tmp_path: Path) -> None:
    assert benchmark_values(tmp_path, SPY, [datetime(2021, 1, 4)]) == [0]


def test_broken_row_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "20210104 14:00,1,2\n")
    with pytest.raises(DataError, match=r"spy\.zip row 1: '20210104 14:00,1,2' is no bar"):
        benchmark_values(tmp_path, SPY, [datetime(2021, 1, 5)])
