"""Moving averages and rolling windows: LEAN's values before they are ready, after, and for what is asked beyond."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import replay
from replay.averages import ExponentialMovingAverage, MovingAverage, SimpleMovingAverage
from replay.errors import ArgumentException, InvalidOperationException, Unsupported
from replay.windows import RollingWindow

from .small_market import write_market

START = datetime(2024, 1, 2, 9, 30)


def fed(average: MovingAverage, *values: float) -> list[float]:
    """The value after each update, a minute apart."""
    found = []
    for minute, value in enumerate(values):
        average.update(START + timedelta(minutes=minute), value)
        found.append(average.current.value)
    return found


def test_simple_average_is_that_of_the_values_that_came() -> None:
    average = SimpleMovingAverage(3)

    assert fed(average, 1, 2, 6, 7) == [1, 1.5, 3, 5]
    assert (average.is_ready, average.samples, average.previous.value) == (True, 4, 3)


def test_exponential_average_is_zero_before_it_starts_as_a_simple_one() -> None:
    assert fed(ExponentialMovingAverage(3), 1, 2, 6, 7) == [0, 0, 3, 5]
    assert fed(ExponentialMovingAverage("mine", 2, 0.25), 1, 3, 6) == [0, 2, 3]


def test_value_of_an_earlier_time_is_left_out() -> None:
    average = SimpleMovingAverage(2)
    fed(average, 1, 2)

    assert average.update(START, 100)
    assert (average.current.value, average.samples) == (1.5, 2)


def test_averages_compare_by_value() -> None:
    low, high = SimpleMovingAverage(1), SimpleMovingAverage(1)
    fed(low, 1), fed(high, 2)

    assert low < high > 1.5 and high >= 2 and low <= low


PROBE = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.stock = self.add_equity("XYZ").symbol
        self.average = self.{call}

    def on_data(self, data):
        if self.average.samples in (1, 390):
            self.log(f"{{self.average.samples}} {{self.average.is_ready}} {{self.average.current.value:g}}")
"""


def _log(tmp_path: Path, call: str) -> list[str]:
    (tmp_path / "probe.py").write_text(PROBE.format(call=call), encoding="utf-8")
    data = write_market(tmp_path / "data", {("call", 100): [(0, (1.0, 1.2))]})
    return [line[11:] for line in replay.run(tmp_path / "probe.py", data_folder=data).log]


@pytest.mark.parametrize("call", ["sma(self.stock, 2)", "sma('XYZ', 2, Resolution.MINUTE)"])
def test_average_of_a_security_has_the_bar_of_the_slice_when_it_is_delivered(tmp_path: Path, call: str) -> None:
    assert _log(tmp_path, call) == ["09:31:00 1 False 100", "16:00:00 390 True 100"]


def test_average_of_other_bars_than_those_followed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="an indicator of DAILY bars on MINUTE bars"):
        _log(tmp_path, "ema(self.stock, 2, Resolution.DAILY)")


def test_window_keeps_the_newest_first() -> None:
    window = RollingWindow[float](2)
    for value in (1.0, 2.0, 3.0):
        window.add(value)

    assert (list(window), window[0], window[-1], window.most_recently_removed) == ([3, 2], 3, 2, 1)
    assert (window.is_ready, window.count, window.samples, window.size) == (True, 2, 3, 2)


def test_window_reads_nothing_where_nothing_came_and_grows_when_asked_beyond() -> None:
    numbers, things = RollingWindow[float](3), RollingWindow[object](3)

    assert (numbers[1], things[1], numbers.is_ready) == (0.0, None, False)
    assert (numbers[5], numbers.size) == (0.0, 6)


def test_window_refuses_what_it_cannot_hold() -> None:
    window = RollingWindow[int](2)

    with pytest.raises(ArgumentException):
        window[-3]
    with pytest.raises(InvalidOperationException):
        _ = window.most_recently_removed
    with pytest.raises(ArgumentException):
        RollingWindow(-1)
