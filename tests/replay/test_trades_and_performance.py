from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from replay.enums import OrderDirection, OrderStatus, SecurityType
from replay.orders import OrderEvent
from replay.performance import Samples, drawdown, performance
from replay.symbol import Symbol
from replay.trade_statistics import duration_text, rounded, trade_statistics
from replay.trades import TradeBuilder

D = Decimal
STOCK = Symbol.create("SPX", SecurityType.INDEX)
OPEN = datetime(2015, 12, 24, 15)


def fill(order_id: int, minute: int, quantity: int, price: str, fee: str = "1") -> OrderEvent:
    side = OrderDirection.BUY if quantity > 0 else OrderDirection.SELL
    return OrderEvent(
        order_id, STOCK, OPEN + timedelta(minutes=minute), OrderStatus.FILLED, side, D(quantity), D(price), D(quantity),
        D(fee),
    )  # fmt: skip


def test_fills_are_paired_first_in_first_out_with_fees_once_per_order() -> None:
    trades = TradeBuilder()
    trades.fill(fill(1, 0, 2, "10"), D(100))
    trades.fill(fill(2, 1, 1, "11"), D(100))
    trades.mark(STOCK, D(14))
    trades.fill(fill(3, 5, -3, "13"), D(100))
    first, second = trades.closed
    assert (first.quantity, first.profit_loss, first.total_fees, first.order_ids) == (2, 600, 2, [1, 3])
    assert (second.quantity, second.profit_loss, second.total_fees) == (1, 200, 1)
    assert (first.mfe, first.mae, first.end_trade_drawdown) == (800, 0, 200)
    assert list(trades.open_symbols()) == []


def test_part_close_splits_the_entry_and_a_turn_opens_the_other_side() -> None:
    trades = TradeBuilder()
    trades.fill(fill(1, 0, -3, "10"), D(1))
    trades.fill(fill(2, 1, 1, "12"), D(1))
    trades.fill(fill(3, 2, 5, "9"), D(1))
    trades.fill(fill(4, 3, -3, "10"), D(1))
    assert [(t.is_long, t.quantity, t.profit_loss) for t in trades.closed] == [
        (False, 1, -2),
        (False, 2, 2),
        (True, 3, 3),
    ]


def test_trade_statistics_count_and_average() -> None:
    trades = TradeBuilder()
    for order_id, (entry, out) in enumerate([("10", "12"), ("10", "9"), ("10", "11")]):
        trades.fill(fill(2 * order_id + 1, order_id * 10, 1, entry), D(100))
        trades.fill(fill(2 * order_id + 2, order_id * 10 + 4, -1, out), D(100))
    shape = trade_statistics(trades.closed)
    assert (shape["totalNumberOfTrades"], shape["numberOfWinningTrades"], shape["numberOfLosingTrades"]) == (3, 2, 1)
    assert (shape["totalProfitLoss"], shape["profitFactor"], shape["winRate"]) == ("200", "3", "0.6667")
    assert (shape["maximumClosedTradeDrawdown"], shape["averageTradeDuration"]) == ("-100", "00:04:00")
    assert shape["totalFees"] == "6"


def test_trade_statistics_without_trades_are_zero() -> None:
    shape = trade_statistics([])
    assert shape["startDateTime"] is None and shape["winLossRatio"] == "0" and shape["sharpeRatio"] == "0"


def test_performance_of_a_short_run_has_equity_only() -> None:
    result = performance(Samples(D(100000), {OPEN: D(100000), OPEN + timedelta(days=1): D(101000)}))
    assert (result.end_equity, result.sharpe_ratio, result.total_net_profit) == (101000, 0, 0)


def test_performance_over_days_follows_the_daily_returns() -> None:
    days = [OPEN + timedelta(days=day) for day in range(7)]
    values = [D(v) for v in (100, 100, 101, 100, 102, 101, 103)]
    returns = {d: (b / a - 1) * 100 for d, a, b in zip(days[1:], values, values[1:], strict=False)}
    result = performance(
        Samples(
            D(100),
            dict(zip(days, values, strict=True)),
            {days[0]: D(0), **returns},
            dict.fromkeys(days, D(0)),
            profit_loss=[D(2), D(-1)],
            wins=1,
            losses=1,
        )
    )
    own = [float(returns[d]) / 100 for d in days[2:]]
    mean = sum(own) / 5
    variance = sum((v - mean) ** 2 for v in own) / 4 * 252
    assert result.annual_variance == pytest.approx(variance)
    assert result.sharpe_ratio == pytest.approx(((1 + mean) ** 252 - 1) / variance**0.5)
    assert (result.total_net_profit, result.drawdown, result.drawdown_recovery) == (D("0.03"), D("0.010"), 2)
    assert result.average_win_rate == D("0.02") and result.win_rate == D("0.5")
    assert 0 < result.probabilistic_sharpe_ratio < 1 and result.beta == 0


def test_drawdown_without_recovery_has_no_days() -> None:
    assert drawdown({OPEN: D(100), OPEN + timedelta(days=3): D(90)}) == (D("0.1"), 0)


@pytest.mark.parametrize(("value", "text"), [("1.23456", "1.2346"), ("1.50", "1.5"), ("-0.00001", "0"), ("100", "100")])
def test_statistics_are_rounded_text(value: str, text: str) -> None:
    assert rounded(D(value)).replace("-0", "0") == text


def test_durations_print_as_dotnet_does() -> None:
    assert duration_text(timedelta(days=1, hours=2, seconds=3.5)) == "1.02:00:03.5000000"
