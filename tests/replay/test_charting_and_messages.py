from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from replay.charting import MAXIMUM_POINTS, MAXIMUM_SERIES, Chart, Charts, Series
from replay.enums import SeriesType
from replay.errors import ArgumentException
from replay.messages import Messages, shown
from replay.reporting import Reporting

NOW = datetime(2015, 12, 24, 14, 32)


def make(said: list[str] | None = None) -> Charts:
    told = said if said is not None else []
    return Charts(SimpleNamespace(utc=NOW, messages=SimpleNamespace(debug=told.append)))


def test_plot_without_a_chart_goes_to_the_equity_chart() -> None:
    charts = make()
    charts.plot("Debit", 3.3)
    charts.plot("Spread", "Debit", 3)
    shapes = {chart.name: chart.to_json() for chart in charts}
    assert shapes["Strategy Equity"]["series"]["Debit"]["values"] == [[1450967520, 3.3]]
    assert shapes["Spread"]["series"]["Debit"]["values"] == [[1450967520, 3]]


@pytest.mark.parametrize(
    ("chart", "series"), [("Strategy Equity", "Equity"), ("Benchmark", "Mine"), ("Drawdown", "Mine")]
)
def test_names_lean_keeps_for_itself_are_refused(chart: str, series: str) -> None:
    with pytest.raises(ArgumentException, match="is a reserved"):
        make().plot(chart, series, 1)


def test_series_beyond_the_limit_are_dropped_with_one_message() -> None:
    said: list[str] = []
    charts = make(said)
    for number in range(MAXIMUM_SERIES + 3):
        charts.plot("Spread", f"series {number}", number)
    (chart,) = charts
    assert sum(bool(series.values) for series in chart.series.values()) == MAXIMUM_SERIES
    assert len(said) == 1 and said[0].startswith("Exceeded maximum chart series count")


def test_points_beyond_the_limit_are_dropped_with_one_message() -> None:
    said: list[str] = []
    charts = make(said)
    for minute in range(MAXIMUM_POINTS + 5):
        charts._run.utc = NOW + timedelta(minutes=minute)
        charts.plot("Spread", "Debit", 1)
    series = charts.series("Spread", "Debit")
    assert series is not None and len(series.values) == MAXIMUM_POINTS
    assert len(said) == 1 and "Exceeded maximum data points per series" in said[0]


def test_own_chart_keeps_its_series_types_and_a_bar_becomes_a_candle() -> None:
    charts, chart = make(), Chart("Spread")
    chart.add_series(Series("Stop", SeriesType.SCATTER, 1))
    charts.add(chart)
    charts.plot("Spread", "Stop", 2)
    charts.plot("Spread", "Bar", 1, 3, 0.5, 2)
    (shape,) = (chart.to_json() for chart in charts)
    assert shape["series"]["Stop"]["seriesType"] == int(SeriesType.SCATTER)
    assert shape["series"]["Bar"]["values"] == [[1450967520, 1, 3, 0.5, 2]]


def test_plot_of_something_that_is_no_number_names_the_call() -> None:
    with pytest.raises(ArgumentException, match=r"plot\('Spread', None\)"):
        make().plot("Spread", None)


def test_empty_lines_vanish_and_only_the_log_keeps_a_repeat() -> None:
    messages = Messages(SimpleNamespace(time=NOW))
    for text in ("same", "same", "", "other", "same", None, 3.5):
        messages.log(text)
        messages.debug(text)
    texts = [line.text for line in messages.lines if line.kind == "debug"]
    assert texts == ["same", "other", "same", "3.5"]
    assert messages.of("log")[:2] == ["2015-12-24 14:32:00 same"] * 2
    assert len(messages.of("log")) == 5


@pytest.mark.parametrize(
    ("value", "text"), [(4.25, "4.25"), (7.0, "7"), (1234567.0, "1234567"), (0.1, "0.1"), (3, "3"), (True, "True")]
)
def test_numbers_are_shown_in_their_shortest_form(value: object, text: str) -> None:
    assert shown(value) == text


def test_summary_statistic_named_by_a_small_number_is_refused() -> None:
    algorithm = Reporting()
    algorithm._replay_run = SimpleNamespace(summary_statistics={})
    algorithm.set_summary_statistic("Stops fired", 1234567.5)
    assert algorithm._replay_run.summary_statistics == {"Stops fired": "1234567.5"}
    with pytest.raises(ArgumentException, match="'5' is a reserved statistic name"):
        algorithm.set_summary_statistic("5", 1)
