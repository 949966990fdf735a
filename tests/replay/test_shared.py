"""Runs that share decoded bars."""

from __future__ import annotations

from pathlib import Path

import replay
from replay.shared import SharedBars

PROJECT = Path(__file__).resolve().parents[2]
ONE_DAY = {"start-date": "2024-11-20", "end-date": "2024-11-20", "stop-credit-percent": "100"}


def test_runs_that_share_bars_order_the_same_and_decode_nothing_again(synthetic_market: Path) -> None:
    shared = SharedBars()
    alone, first = (replay.run(PROJECT / "main.py", data_folder=synthetic_market, parameters=ONE_DAY, shared=one)
                    for one in (None, shared))  # fmt: skip
    kept = len(shared)
    second = replay.run(PROJECT / "main.py", data_folder=synthetic_market, parameters=ONE_DAY, shared=shared)
    assert alone.orders and kept == len(shared) > 0
    hashes = {one.statistics["OrderListHash"] for one in (alone, first, second)}
    assert len(hashes) == 1


def test_member_beyond_the_limit_is_not_kept() -> None:
    shared = SharedBars(limit=100)
    shared.keep((Path("day.zip"), "small"), None, 20)
    shared.keep((Path("day.zip"), "large"), None, 30)
    assert (Path("day.zip"), "small") in shared
    assert (Path("day.zip"), "large") not in shared
