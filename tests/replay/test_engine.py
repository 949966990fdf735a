"""Runs of small algorithms over a written market: fills, refusals, callbacks, and what a second run may not see."""

from __future__ import annotations

import importlib
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

import replay
from replay.errors import ReplayError

from .small_market import write_market

FLAT = {
    ("call", 100): [(minute, (2.0, 2.1)) for minute in range(390)],
    ("call", 105): [(minute, (0.5, 0.6)) for minute in range(390)],
    ("put", 95): [(0, (0.4, 0.5)), (200, (0.7, 0.9))],
    ("put", 100): [(minute, (2.0 + minute / 100, 2.1 + minute / 100)) for minute in range(390)],
}
HEAD = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.set_cash(100000)
        option = self.add_option("XYZ", Resolution.MINUTE)
        option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 10))
        self.canonical = option.symbol

    def contract(self, right, strike):
        return Symbol.create_option(self.canonical.underlying, Market.USA, OptionStyle.AMERICAN, right, strike,
                                    datetime(2024, 1, 2))
"""


@pytest.fixture
def market(tmp_path: Path) -> Path:
    return write_market(tmp_path / "data", FLAT)


def run(market: Path, body: str, **parameters: Any) -> replay.Result:
    algorithm = market.parent / "probe.py"
    algorithm.write_text(HEAD + indent(dedent(body), "    "), encoding="utf-8")
    return replay.run(algorithm, data_folder=market, parameters=parameters)


def prices(result: replay.Result) -> list[tuple[str, float, float]]:
    return [
        (f"{event.time_utc:%H:%M}", float(event.fill_quantity), float(event.fill_price))
        for event in result.events
        if event.status.name == "FILLED"
    ]


def test_market_orders_fill_at_their_side_of_the_book(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            if self.time.minute == 31 and self.time.hour == 9:
                self.market_order(self.contract(OptionRight.CALL, 100), 1)
                self.market_order(self.contract(OptionRight.CALL, 100), -1)
        """,
    )
    assert prices(result) == [("14:31", 1, 2.1), ("14:31", -1, 2.0)]


def test_stop_that_triggers_on_the_bar_is_filled_before_the_algorithm_sees_it(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            put = self.contract(OptionRight.PUT, 100)
            if self.time.hour == 9 and self.time.minute == 31:
                self.ticket = self.stop_market_order(put, 1, 2.25)
            elif self.time.minute == 47 and self.time.hour == 9:
                self.log(f"{self.ticket.status}")
        """,
    )
    assert prices(result) == [("14:47", 1, 2.26)]
    assert result.log[0].endswith("FILLED")


def test_order_on_a_quote_older_than_an_hour_waits_for_the_next_bar(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            if (self.time.hour, self.time.minute) == (11, 0):
                self.market_order(self.contract(OptionRight.PUT, 95), 1)
        """,
    )
    assert prices(result) == [("17:51", 1, 0.9)]


def test_combo_limit_of_a_credit_rests_until_the_legs_give_it(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            if (self.time.hour, self.time.minute) == (9, 31):
                short, long = self.contract(OptionRight.PUT, 100), self.contract(OptionRight.PUT, 95)
                legs = [Leg.create(short, -1), Leg.create(long, 1)]
                self.tickets = self.combo_limit_order(legs, 1, -1.60)
            elif (self.time.hour, self.time.minute) == (9, 50):
                self.log(str([t.status for t in self.tickets]))
        """,
    )
    assert {time for time, *_ in prices(result)} == {"14:42"}


def test_day_order_ends_at_the_close_with_one_event(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            if (self.time.hour, self.time.minute) == (10, 0):
                properties = OrderProperties()
                properties.time_in_force = TimeInForce.DAY
                self.limit_order(self.contract(OptionRight.CALL, 100), 1, 1.0, order_properties=properties)
        """,
    )
    last = result.events[-1]
    assert (last.status.name, last.message, f"{last.time_utc:%H:%M}") == ("CANCELED", "The order has expired.", "21:00")


def test_exception_in_on_data_ends_the_run_and_keeps_what_was_filled(market: Path) -> None:
    result = run(
        market,
        """
        def on_data(self, data):
            if data.bars.get(self.canonical.underlying):
                self.market_order(self.contract(OptionRight.CALL, 100), 1)
                raise ValueError("no rule")

        def on_end_of_algorithm(self):
            self.log("never")
        """,
    )
    assert (result.state, len(result.orders), result.log) == ("RuntimeError", 1, [])
    assert result.error == ["2024-01-02 09:31:00 Runtime Error: no rule"]


def test_unknown_member_is_named_instead_of_guessed(market: Path) -> None:
    with pytest.raises(ReplayError, match=r"QCAlgorithm\.rsi"):
        run(market, "def on_data(self, data):\n    self.rsi(self.canonical, 5)\n")


def test_unknown_class_loads_and_is_named_when_it_is_used(market: Path) -> None:
    with pytest.raises(ReplayError, match="BollingerBands"):
        run(market, "def on_data(self, data: CoarseFundamental):\n    BollingerBands(5)\n")


def test_second_run_sees_fresh_modules(market: Path) -> None:
    (market.parent / "counting.py").write_text("calls = []\n", encoding="utf-8")
    body = """
        def on_data(self, data):
            import counting
            counting.calls.append(1)
            self.quit(str(len(counting.calls)))
        """
    first, second = run(market, body), run(market, body)
    assert first.debug == second.debug == ["2024-01-02 00:00:00 Quit(): 1"]


def test_module_of_another_folder_with_the_same_name_does_not_stand_in(
    market: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "shared_name"
    elsewhere.mkdir()
    (elsewhere / "__init__.py").write_text("place = 'elsewhere'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(elsewhere.parent))
    outside = importlib.import_module("shared_name")
    beside = market.parent / "shared_name"
    beside.mkdir()
    (beside / "__init__.py").write_text("place = 'beside the algorithm'\n", encoding="utf-8")
    result = run(market, "def on_data(self, data):\n    import shared_name\n    self.quit(shared_name.place)\n")
    assert result.debug == ["2024-01-02 00:00:00 Quit(): beside the algorithm"]
    assert importlib.import_module("shared_name") is outside


def test_pascal_case_algorithm_runs_like_snake_case(market: Path) -> None:
    result = run(
        market,
        """
        def OnData(self, data):
            if self.Time.minute == 31 and self.Time.hour == 9:
                ticket = self.MarketOrder(self.contract(OptionRight.Call, 100), 1)
                self.Log(f"{ticket.Status} {self.Portfolio.Cash:.2f} {data.QuoteBars.ContainsKey(ticket.Symbol)}")
        """,
    )
    assert result.log == ["2024-01-02 09:31:00 FILLED 99789.00 True"]


def test_two_algorithm_classes_need_a_name(market: Path) -> None:
    algorithm = market.parent / "two.py"
    algorithm.write_text(HEAD + "\n\nclass Other(Probe):\n    pass\n", encoding="utf-8")
    with pytest.raises(ReplayError, match="Probe, Other"):
        replay.run(algorithm, data_folder=market)
    assert replay.run(algorithm, data_folder=market, algorithm_class="Other").state == "Completed"


def test_missing_data_folder_is_named(tmp_path: Path, market: Path) -> None:
    algorithm = market.parent / "probe.py"
    algorithm.write_text(HEAD, encoding="utf-8")
    with pytest.raises(ReplayError, match="nowhere"):
        replay.run(algorithm, data_folder=tmp_path / "nowhere")
