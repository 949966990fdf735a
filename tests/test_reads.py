"""What a quiet slice may cost, counted: reads of engine objects, calls, memory. No clock, so no chance."""

from __future__ import annotations

import gc
import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path

import pytest

import replay
from bench.counting import SliceCount
from bench.plain import PlainEngine, manager_of
from replay.errors import UnsupportedAttribute
from replay.naming import LeanObject
from replay.reads import counted_reads

PROJECT = Path(__file__).resolve().parent.parent
WATCHING = PROJECT / "bench" / "algorithms" / "watching.py"
MAIN_COUNTED = PROJECT / "bench" / "algorithms" / "main_counted.py"


@pytest.fixture(scope="session")
def bench_market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench-market") / "data"
    command = [sys.executable, "-m", "market", "--output", str(folder), "--bench-days", "1", "--bench-contracts", "60"]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return folder


def slices(market: Path, **parameters: int | str) -> list[SliceCount]:
    result = replay.run(WATCHING, data_folder=market, parameters={"mode": "count", **parameters})
    assert result.state == "Completed", result.error
    counts: list[SliceCount] = [one for one in result.algorithm.counts if one.at.time() < time(16, 0)]
    assert len([one for one in counts if one.is_quiet]) > 250  # of 354: else the test says nothing
    return counts


def quiet(market: Path, **parameters: int | str) -> list[SliceCount]:
    return [one for one in slices(market, **parameters) if one.is_quiet]


@pytest.mark.parametrize("spreads", [1, 10, 24])
def test_quiet_slice_reads_bid_and_ask_of_each_leg_once(bench_market: Path, spreads: int) -> None:
    for one in quiet(bench_market, spreads=spreads):
        assert one.spreads == spreads
        assert one.prices <= 4 * spreads


@pytest.mark.parametrize("spreads", [1, 10, 24])
def test_quiet_slice_reads_the_time_once_and_nothing_else_beside_prices(bench_market: Path, spreads: int) -> None:
    for one in quiet(bench_market, spreads=spreads):
        beside = {name: count for name, count in one.reads.items() if not name.endswith(("bid_price", "ask_price"))}
        assert beside == {"QCAlgorithm.time": 1}


def test_main_reads_no_more_than_its_manager_whatever_the_number_of_entry_times(synthetic_market: Path) -> None:
    found = []
    for entry_times in ("10:00", "10:00,10:05,10:10,10:15"):
        day = {
            "start-date": "2024-11-20",
            "end-date": "2024-11-20",
            "position-groups": "off",
            "plot-minutes": "0",
            "entry-times": entry_times,
        }
        result = replay.run(MAIN_COUNTED, data_folder=synthetic_market, parameters=day)
        assert result.state == "Completed", result.error
        quiet = [reads for at, reads in result.algorithm.counts if at.hour < 10]
        assert len(quiet) == 30
        found += quiet
    assert all(reads == {"QCAlgorithm.time": 1} for reads in found)


def test_leg_shared_by_two_spreads_is_read_once(bench_market: Path) -> None:
    counts = quiet(bench_market, spreads=10)
    assert {one.prices for one in counts} == {28}  # 14 different legs


@pytest.mark.parametrize("rules", ["natural", "stops"])
def test_stops_read_one_side_of_a_leg_even_one_on_the_mid_below_its_level(bench_market: Path, rules: str) -> None:
    assert {one.prices for one in quiet(bench_market, spreads=2, rules=rules)} == {4}


def test_closed_spreads_read_nothing(bench_market: Path) -> None:
    counts = [one for one in quiet(bench_market, spreads=6, close=5) if one.at.hour >= 13]
    assert {one.spreads for one in counts} == {1}
    assert {one.prices for one in counts} == {4}
    assert {one.others for one in counts} == {1}


def test_wider_chain_changes_no_read(bench_market: Path) -> None:
    narrow, wide = (quiet(bench_market, spreads=4, strikes=strikes) for strikes in (4, 500))
    assert [(one.at, one.reads) for one in narrow] == [(one.at, one.reads) for one in wide]


def test_quiet_slice_calls_as_many_functions_for_many_spreads_as_for_one(bench_market: Path) -> None:
    one, many = (quiet(bench_market, spreads=spreads) for spreads in (1, 24))
    assert {count.calls.total() for count in one} == {count.calls.total() for count in many}
    assert not any(name.endswith(".__init__") for count in many for name in count.calls)


def test_comparison_with_the_account_reads_each_contract_once(bench_market: Path) -> None:
    counts = [one for one in slices(bench_market, spreads=10) if one.reads["SecurityHolding.quantity"]]
    compared = [one for one in counts if not one.looks and not one.calls["spreads.judge.is_sound"]]
    assert {one.reads["SecurityHolding.quantity"] for one in compared} == {14}
    assert {one.others for one in compared[1:]} == {15}  # and the time


def test_quiet_slices_keep_no_memory() -> None:
    engine = PlainEngine()
    manager = manager_of(50, engine)

    def step() -> None:
        engine.now += timedelta(seconds=1)
        for quoted in engine.quoted.values():
            quoted.move(engine.now.second / 1000)
        manager.on_data(None)

    for _ in range(70):
        step()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(120):
        step()
    gc.collect()  # empties Python's list of free floats too, which counts as allocated
    assert sys.getallocatedblocks() - before < 50  # under one block a spread in 120 slices


def test_counting_leaves_no_hook_behind() -> None:
    with counted_reads():
        assert "__getattribute__" in vars(LeanObject)
    assert "__getattribute__" not in vars(LeanObject)


def test_reads_outside_the_replay_count_in_either_spelling() -> None:
    class Engine(LeanObject):
        __module__ = "replay.made_up"
        bid_price = property(lambda self: 1.25)

    with counted_reads() as reads:
        assert (Engine().bid_price, Engine().BidPrice) == (1.25, 1.25)
        with pytest.raises(UnsupportedAttribute):
            _ = Engine().no_such_name
    assert reads["Engine.bid_price"] >= 1
    assert reads["Engine.BidPrice"] == 1
