"""Hour and daily subscriptions over a written market: when bars come, what copies show, how orders fill."""

from __future__ import annotations

import zipfile
from pathlib import Path
from textwrap import indent

import pytest

import replay

from .recordings import DATA, needs_data
from .small_market import write_market

HEAD = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 3)
        self.set_cash(100000)
        self.stock = Symbol.create("XYZ", SecurityType.EQUITY, Market.USA)
        self.call = Symbol.create_option("XYZ", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100,
                                         datetime(2024, 1, 19))
        self.seen = 0
"""
LOG_BARS = """
def on_data(self, data):
    bar = data.bars.get(self.stock)
    if bar:
        self.log(f"{bar.time:%d %H:%M} {bar.end_time:%d %H:%M} {bar.close:g} copy {bar.is_fill_forward}")
"""
LOG_FILLS = """
def on_order_event(self, event):
    if event.status == OrderStatus.FILLED:
        self.log(f"{self.transactions.get_order_by_id(event.order_id).type} {event.fill_price:g}")
"""
DAILY = ["20240102 00:00,990000,1010000,980000,1000000,10", "20240103 00:00,1020000,1040000,1010000,1030000,10"]
HOURS = [f"20240102 {hour:02d}:00,{hour}0000,{hour}0000,{hour}0000,{hour}5000,10" for hour in (9, 10, 12, 13, 14, 15)]
QUOTES = [
    "20240102 09:00,10000,10000,10000,10000,5,12000,12000,12000,12000,5",
    "20240102 12:00,20000,26000,20000,25000,5,22000,28000,22000,27000,5",
    "20240102 13:00,30000,36000,30000,35000,5,32000,38000,32000,37000,5",
]


@pytest.fixture
def market(tmp_path: Path) -> Path:
    root = write_market(tmp_path / "data", {("call", 100): [(0, (1.0, 1.2))]})
    _write(root / "equity" / "usa" / "daily" / "xyz.zip", "xyz.csv", DAILY)
    _write(root / "equity" / "usa" / "hour" / "xyz.zip", "xyz.csv", HOURS)
    member = "xyz_quote_american_call_1000000_20240119.csv"
    _write(root / "option" / "usa" / "hour" / "xyz_2024_quote_american.zip", member, QUOTES)
    days = [f"2024010{day} 00:00,10000,15000,10000,15000,5,1{day - 1}000,17000,11000,17000,5" for day in (2, 3, 4)]
    _write(root / "option" / "usa" / "daily" / "xyz_2024_quote_american.zip", member, days)
    return root


def _write(path: Path, member: str, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member, "\n".join(lines))


def lines(market: Path, initialize: str, body: str) -> list[str]:
    """What the algorithm logs, as (day and time, text)."""
    algorithm = market.parent / "probe.py"
    algorithm.write_text(HEAD + indent(initialize + "\n", " " * 8) + indent(body, "    "), encoding="utf-8")
    result = replay.run(algorithm, data_folder=market)
    assert (result.state, result.error) == ("Completed", [])
    return [line[8:16] + line[19:] for line in result.log]


def test_daily_bar_comes_at_the_close_with_the_times_of_its_session(market: Path) -> None:
    found = lines(market, 'self.add_equity("XYZ", Resolution.DAILY)', LOG_BARS)

    assert found == [
        "02 16:00 02 09:30 02 16:00 100 copy False",
        "03 16:00 03 09:30 03 16:00 103 copy False",
    ]


def test_daily_bar_without_precise_end_comes_at_midnight(market: Path) -> None:
    plain = 'self.settings.daily_precise_end_time = False\nself.add_equity("XYZ", Resolution.DAILY)'

    assert lines(market, plain, LOG_BARS)[0] == "03 00:00 02 00:00 03 00:00 100 copy False"


def test_hour_bars_end_at_whole_hours_and_a_missing_one_is_copied(market: Path) -> None:
    found = lines(market, 'self.set_end_date(2024, 1, 2)\nself.add_equity("XYZ", Resolution.HOUR)', LOG_BARS)

    assert found[:3] == [
        "02 10:00 02 09:00 02 10:00 9.5 copy False",
        "02 11:00 02 10:00 02 11:00 10.5 copy False",
        "02 12:00 02 11:00 02 12:00 10.5 copy True",
    ]
    assert found[-1].startswith("02 16:00 02 15:00")
    assert len(found) == 7


def test_daily_bar_beside_minutes_is_copied_every_minute_with_the_times_of_its_own_session(market: Path) -> None:
    both = 'self.add_equity("XYZ", Resolution.DAILY)\nself.add_option_contract(self.call, Resolution.MINUTE)'
    found = lines(market, both, LOG_BARS)

    assert found[:2] == [
        "02 16:00 02 09:30 02 16:00 100 copy False",
        "03 09:31 02 09:30 02 16:00 100 copy True",
    ]
    assert len(found) == 1 + 390


def test_hour_bar_beside_minutes_shows_the_last_whole_hour(market: Path) -> None:
    both = 'self.add_equity("XYZ", Resolution.HOUR)\nself.add_option_contract(self.call, Resolution.MINUTE)'
    found = lines(market, both, LOG_BARS)

    assert found[1] == "02 10:01 02 09:00 02 10:00 9.5 copy True"


def test_market_order_on_daily_bars_in_the_session_fills_at_its_close(market: Path) -> None:
    order = "self.schedule.on(self.date_rules.on(2024, 1, 3), self.time_rules.at(11, 0), self.act)"
    body = "def act(self):\n    self.market_order(self.stock, 1)\n" + LOG_FILLS
    found = lines(market, f'self.add_equity("XYZ", Resolution.DAILY)\n{order}', body)

    assert found == ["03 16:00 MARKET_ON_CLOSE 103"]


@pytest.mark.parametrize("moment", ["3), self.time_rules.at(15, 50)", "3), self.time_rules.at(16, 0)"])
def test_market_order_on_daily_bars_near_or_after_the_close_fills_at_the_next_open(market: Path, moment: str) -> None:
    order = f"self.schedule.on(self.date_rules.on(2024, 1, {moment}, self.act)\nself.set_end_date(2024, 1, 4)"
    body = "def act(self):\n    self.market_order(self.call, 1)\n" + LOG_FILLS
    found = lines(market, f"self.add_option_contract(self.call, Resolution.DAILY)\n{order}", body)

    assert found == ["04 16:00 MARKET_ON_OPEN 1.3"]


def test_hour_order_that_waited_for_its_bar_fills_at_the_open_of_that_bar(market: Path) -> None:
    order = "self.schedule.on(self.date_rules.on(2024, 1, 2), self.time_rules.at(11, 30), self.act)"
    body = "def act(self):\n    self.market_order(self.call, 1)\n" + LOG_FILLS
    found = lines(market, f"self.add_option_contract(self.call, Resolution.HOUR)\n{order}", body)

    assert found == ["02 13:00 MARKET 2.2"]


def test_open_interest_of_the_year_is_known_from_its_day_on(market: Path) -> None:
    member = "xyz_openinterest_american_call_1000000_20240119.csv"
    readings = ["20240101 00:00,7", "20240102 00:00,8", "20240103 00:00,9"]
    _write(market / "option" / "usa" / "daily" / "xyz_2024_openinterest_american.zip", member, readings)
    body = "def on_data(self, data):\n    self.log(str(self.securities[self.call].open_interest))\n"

    assert lines(market, "self.add_option_contract(self.call, Resolution.DAILY)", body) == ["02 16:00 8", "03 16:00 9"]


def test_daily_underlying_of_a_minute_chain_has_minute_bars(market: Path) -> None:
    both = 'self.add_equity("XYZ", Resolution.DAILY)\nself.add_option("XYZ", Resolution.MINUTE)'
    found = lines(market, both, LOG_BARS)

    assert found[0] == "02 09:31 02 09:30 02 09:31 100 copy False"


BESIDE_HOURS = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 15)
        self.add_index("SPX", Resolution.DAILY)
        self.add_equity("SPY", Resolution.HOUR, data_normalization_mode=DataNormalizationMode.RAW)

    def on_data(self, data):
        bar = data.bars.get("SPX")
        if bar:
            self.log(f"{bar.is_fill_forward} {bar.time:%d %H:%M} {bar.end_time:%d %H:%M} {bar.close:g}")
"""


@needs_data
def test_daily_index_beside_hours_is_copied_as_in_leans_fill_forward_sample(tmp_path: Path) -> None:
    """LEAN's FillForwardStrictEndTimeHourRegressionAlgorithm: 73 bars, each copy with the session of its bar."""
    (tmp_path / "probe.py").write_text(BESIDE_HOURS, encoding="utf-8")

    found = [line[8:] for line in replay.run(tmp_path / "probe.py", data_folder=DATA).log]

    before = "True 04 08:30 04 15:15 3700.65"
    assert len(found) == 73
    assert found[:9] == [
        "04 16:15:00 False 04 08:30 04 15:15 3700.65",
        *(f"05 {hour}:00:00 {before}" for hour in range(10, 17)),
        "05 16:15:00 True 05 08:30 05 15:15 3700.65",
    ]
