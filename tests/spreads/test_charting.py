"""LEAN's chart limits hold however many spreads there are."""

from __future__ import annotations

from datetime import datetime

from spreads.charting import MOST_POINTS, SlotChart
from spreads.view import Band
from spreads.watched import Watched


def watched(name: str, natural: float, stop: int | None = None) -> Watched:
    one = Watched(name, [])
    one.seen = natural
    one.set_band(Band(natural_high=stop))
    return one


def test_more_spreads_than_slots_stays_within_ten_series() -> None:
    values = SlotChart().sample([watched(f"S{n}", 1.0 + n, 34_000) for n in range(50)])
    assert len({name for name, _ in values}) == 9
    assert ("1 debit", 1.0) in values and ("1 stop", 3.4) in values and ("open", 50.0) in values


def test_slot_of_an_ended_spread_goes_to_the_next_one() -> None:
    chart = SlotChart()
    chart.sample([watched("A", 1.0), watched("B", 2.0)])
    assert chart.sample([watched("B", 2.5), watched("C", 3.0)])[1:] == [("1 debit", 3.0), ("2 debit", 2.5)]


def test_full_series_get_no_more_points() -> None:
    chart = SlotChart(points=MOST_POINTS)
    assert chart.sample([watched("A", 1.0)]) == []


def test_spread_without_a_value_gets_no_point() -> None:
    blind = watched("A", 1.0)
    blind.judged(None, datetime(2021, 1, 4, 12))
    assert SlotChart().sample([blind, watched("B", 2.0)]) == [("open", 2.0), ("2 debit", 2.0)]


def test_nothing_open_is_said_once_and_costs_no_more_points() -> None:
    chart = SlotChart()
    assert chart.sample([]) == []
    chart.sample([watched("A", 1.0)])
    assert [chart.sample([]) for _ in range(3)] == [[("open", 0.0)], [], []]
    assert chart.points == 2
