"""The figures LEAN publishes for its own regression algorithms, met by algorithms that trade the same."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from replay.session import run

from .recordings import DATA, needs_data

HERE = Path(__file__).parent
FILES = (HERE / "published_algorithms.py", HERE / "published_hour_and_daily.py")
with (HERE / "published_figures.csv").open(encoding="utf-8", newline="") as table:
    PUBLISHED = {row.pop("Algorithm"): row for row in csv.DictReader(table)}
"""By algorithm: the file beyond minute data it Needs, and every statistic of its ExpectedStatistics."""


@needs_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_algorithm_of_lean_gives_all_published_figures(name: str) -> None:
    figures = dict(PUBLISHED[name])
    needed = figures.pop("Needs")
    if not (DATA / needed).exists():
        pytest.skip(f"no {needed} in {DATA}")
    file = next(file for file in FILES if f"class {name}(" in file.read_text(encoding="utf-8"))

    result = run(file, data_folder=DATA, algorithm_class=name)

    assert (result.state, result.error if result.state != "Completed" else []) == ("Completed", [])
    assert {key: result.statistics[key] for key in figures} == figures
