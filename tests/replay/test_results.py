from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from replay.charting import CandlestickSeries, Charts, Series
from replay.enums import OrderDirection, OrderStatus, OrderType, SecurityType
from replay.messages import Messages
from replay.orders import Order, OrderEvent
from replay.performance import drawdown
from replay.result_files import read_results
from replay.results import Results, RunRecord, Window, _percent, rolling_windows
from replay.symbol import Symbol

D = Decimal
START = datetime(2021, 1, 4, 5)
SPX = Symbol.create("SPX", SecurityType.INDEX)


def record(days: int = 1) -> RunRecord:
    clock = SimpleNamespace(time=START, utc=START)
    messages = Messages(clock)
    messages.log("one\nline")
    clock.messages = messages
    charts = Charts(clock)
    for day in range(days + 1):
        now = START + timedelta(days=day)
        charts.sample("Strategy Equity", CandlestickSeries("Equity"), now, *([D(1000 + day % 3)] * 4))
        charts.sample("Strategy Equity", Series("Return"), now, D(day % 3 - 1))
        charts.sample("Benchmark", Series("Benchmark"), now, D(0))
    order = Order(1, OrderType.MARKET, SPX, D(2), START, tag="", price=D("3.5"), status=OrderStatus.FILLED)
    order.last_fill_utc = START
    filled = OrderEvent(1, SPX, START, OrderStatus.FILLED, OrderDirection.BUY, D(2), D("3.5"), D(2), D("1.3"), id=2)
    return RunRecord(
        name="Probe", status="Completed", start=datetime(2021, 1, 4), end=datetime(2021, 1, 5), utc=START,
        orders={1: order}, events=[filled], charts=charts, messages=messages, trades=[],
        transactions={START: (D(5), True)}, start_equity=D(1000), equity=D("1001.50"), fees=D("1.30"),
        net_profit=D(5), unrealized=D(0), holdings_value=D(7), volume=D(7), total_orders=1,
        summary_statistics={"Stops fired": "1"}, runtime_statistics={"Open": "3"}, parameters={"lots": "2"},
    )  # fmt: skip


def test_files_have_leans_names_and_can_be_compared(tmp_path: Path) -> None:
    Results(record()).write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "Probe.json", "Probe-summary.json", "Probe-order-events.json", "Probe-log.txt", "log.txt",
    }  # fmt: skip
    run = read_results(tmp_path)
    assert (run.orders[0]["price"], run.orders[0]["status"]) == (D("3.5"), "FILLED")
    assert (run.events[0]["fee"], run.events[0]["fill quantity"]) == (D("1.3"), 2)
    assert (tmp_path / "Probe-log.txt").read_text() == "2021-01-04 05:00:00 one\nline\n"


def test_result_keeps_order_numbers_as_hashed_and_all_parts(tmp_path: Path) -> None:
    Results(record()).write(tmp_path)
    text = (tmp_path / "Probe.json").read_text()
    assert '"price":3.5,"priceCurrency":"USD","time":"2021-01-04T05:00:00Z"' in text
    shape = json.loads(text)
    assert shape["orderEvents"] is None and shape["profitLoss"] == {"2021-01-04T05:00:00Z": 5.0}
    assert shape["runtimeStatistics"]["Open"] == "3" and shape["runtimeStatistics"]["Fees"] == "-$1.30"
    assert shape["algorithmConfiguration"]["parameters"] == {"lots": "2"}
    assert shape["state"]["Status"] == "Completed"
    assert set(shape["totalPerformance"]) == {"tradeStatistics", "portfolioStatistics", "closedTrades"}
    assert list(shape["rollingWindow"]) == ["M1_20210105", "M3_20210105", "M6_20210105", "M12_20210105"]


def test_statistics_are_leans_texts_with_the_algorithms_own_added() -> None:
    statistics = Results(record()).statistics
    assert (statistics["End Equity"], statistics["Total Fees"], statistics["Total Orders"]) == ("1001.5", "$1.30", "1")
    assert (statistics["Sharpe Ratio"], statistics["Drawdown"], statistics["Stops fired"]) == ("0", "0%", "1")


def test_run_over_a_month_end_has_a_window_for_each_month() -> None:
    results = Results(record(days=40))
    windows = results._rolling()
    assert list(windows)[:2] == ["M1_20210131", "M1_20210213"]
    assert windows["M1_20210213"]["portfolioStatistics"]["startEquity"] == "1001"
    assert windows["M1_20210131"]["portfolioStatistics"]["annualVariance"] != "0"


def test_windows_reach_back_whole_months_but_not_before_the_run() -> None:
    first, last = date(2021, 1, 20), date(2021, 4, 10)
    assert rolling_windows(first, last, 1) == [
        Window(first, date(2021, 1, 31)),
        Window(date(2021, 2, 1), date(2021, 2, 28)),
        Window(date(2021, 3, 1), date(2021, 3, 31)),
        Window(date(2021, 4, 1), last),
    ]
    assert rolling_windows(first, last, 3)[-1] == Window(date(2021, 2, 1), last)


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [("-0.0000048", 2, "0.00%"), ("0.000", 3, "0.000%"), ("0", 3, "0%"), ("-0.0123456", 2, "-1.23%")],
)
def test_percentage_keeps_the_scale_of_a_zero_and_never_its_sign(share: str, places: int, text: str) -> None:
    """As published for IndexOptionCallOTMExpiryRegressionAlgorithm: Average Loss 0.00%, Drawdown 0.000%."""
    assert _percent(Decimal(share), places) == text


def test_account_that_never_fell_has_a_plain_zero_drawdown() -> None:
    moments = [datetime(2021, 1, day) for day in (4, 5)]

    assert str(drawdown(dict.fromkeys(moments, Decimal(100)))[0]) == "0"
    assert str(drawdown(dict(zip(moments, (Decimal(100000), Decimal(99995)), strict=True)))[0]) == "0.000"
