"""The files of a finished run, in the shapes LEAN writes.

`<id>.json` (charts, orders, statistics ...), `<id>-summary.json`, `<id>-order-events.json`, `<id>-log.txt` and
`log.txt`. Shapes: Common/Result.cs, Common/Orders/Serialization/SerializedOrderEvent.cs and the result handlers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from replay.charting import Charts, unix_seconds
from replay.messages import Messages
from replay.naming import pascal_case
from replay.order_json import normalize, number, order_json, order_list_hash
from replay.orders import Order, OrderEvent
from replay.performance import Performance, Samples, performance
from replay.trade_statistics import duration_text, rounded, trade_statistics
from replay.trades import Trade

ZERO = Decimal(0)


@dataclass(slots=True)
class RunRecord:
    """Everything a finished run leaves; money in dollars, times naive UTC."""

    name: str
    status: str
    start: datetime
    end: datetime
    utc: datetime
    orders: Mapping[int, Order]
    events: Sequence[OrderEvent]
    charts: Charts
    messages: Messages
    trades: Sequence[Trade]
    transactions: Mapping[datetime, tuple[Decimal, bool]]
    start_equity: Decimal
    equity: Decimal
    fees: Decimal
    net_profit: Decimal
    unrealized: Decimal
    holdings_value: Decimal
    volume: Decimal
    total_orders: int
    capacity: Decimal = ZERO
    lowest_capacity: str = ""
    risk_free: float = 0.0
    runtime_statistics: Mapping[str, str] = field(default_factory=dict)
    summary_statistics: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    brokerage: int = 0
    account_type: int = 0
    error: str = ""
    stack_trace: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from first to last, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def rolling_windows(first: date, last: date, months: int) -> list[Window]:
    """LEAN's periods of some months, oldest first: each ends with a month or with the run (StatisticsBuilder.cs)."""
    ends = [last]
    while (before := ends[-1].replace(day=1) - timedelta(days=1)) >= first:
        ends.append(before)
    windows = [Window(first, ends[-1])]
    for end in reversed(ends[:-1]):
        opening = windows[-1].last + timedelta(days=1)
        month = opening.year * 12 + opening.month - months
        windows.append(Window(max(first, date(month // 12, month % 12 + 1, 1)), end))
    return windows


class Results:
    """Statistics and files of one run."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record
        self.performance = self._performance()
        self.statistics = self._statistics()

    def write(self, folder: Path) -> None:
        """Writes all files; the folder is made."""
        folder.mkdir(parents=True, exist_ok=True)
        record, name = self.record, self.record.name
        (folder / f"{name}.json").write_text(self._main(), encoding="utf-8")
        (folder / f"{name}-summary.json").write_text(_dump(self._summary()), encoding="utf-8")
        events = [_event_json(event, name) for event in record.events]
        (folder / f"{name}-order-events.json").write_text(f"[{','.join(events)}]", encoding="utf-8")
        lines = "".join(f"{line}\n" for line in record.messages.lines if line.kind == "log")
        (folder / f"{name}-log.txt").write_text(lines, encoding="utf-8")
        everything = "".join(
            f"{line.time:%Y-%m-%d %H:%M:%S} {line.kind.upper()}:: {line.text}\n" for line in record.messages.lines
        )
        closing = "".join(f"STATISTICS:: {key} {value}\n" for key, value in self.statistics.items())
        (folder / "log.txt").write_text(everything + closing, encoding="utf-8")

    def _main(self) -> str:
        """The result file as text: orders keep the number formats the hash is made of."""
        record = self.record
        orders = ",".join(f'"{order_id}":{order_json(order)}' for order_id, order in sorted(record.orders.items()))
        profits = {_stamp(time): float(net) for time, (net, _) in sorted(record.transactions.items())}
        performance_of = self._performance_json(self.performance)
        parts = {
            "rollingWindow": _dump(self._rolling()),
            "charts": _dump({chart.name: chart.to_json() for chart in record.charts}),
            "orders": f"{{{orders}}}",
            "orderEvents": "null",
            "profitLoss": _dump(profits),
            "statistics": _dump(self.statistics),
            "runtimeStatistics": _dump(self.runtime_statistics()),
            "state": _dump(self._state()),
            "serverStatistics": _dump({}),
            "algorithmConfiguration": _dump(self._configuration()),
            "totalPerformance": _dump(performance_of),
        }
        return "{" + ",\n".join(f'"{key}":{text}' for key, text in parts.items()) + "}"

    def _summary(self) -> dict[str, Any]:
        charts = {chart.name: chart.to_json() for chart in self.record.charts if chart.name == "Strategy Equity"}
        performance_of = self._performance_json(self.performance)
        del performance_of["closedTrades"]
        return {
            "charts": charts,
            "statistics": self.statistics,
            "runtimeStatistics": self.runtime_statistics(),
            "state": self._state(),
            "algorithmConfiguration": self._configuration(),
            "totalPerformance": performance_of,
        }

    def runtime_statistics(self) -> dict[str, str]:
        """The banner: the algorithm's own values and LEAN's, sorted by name."""
        record = self.record
        change = (record.equity - record.start_equity) / record.start_equity * 100 if record.start_equity else ZERO
        own = {
            "Probabilistic Sharpe Ratio": self.statistics["Probabilistic Sharpe Ratio"],
            "Unrealized": _dollars(record.unrealized),
            "Fees": f"-{_dollars(record.fees)}",
            "Net Profit": _dollars(record.net_profit),
            "Return": f"{change:,.2f} %",
            "Equity": _dollars(record.equity),
            "Holdings": _dollars(record.holdings_value),
            "Volume": _dollars(record.volume),
        }
        return dict(sorted({**record.runtime_statistics, **own}.items()))

    def _points(self, chart: str, name: str, window: Window | None = None) -> dict[datetime, Decimal]:
        series = self.record.charts.series(chart, name)
        points = {point[0]: Decimal(point[-1]) for point in series.values} if series else {}
        return {time: value for time, value in points.items() if window is None or time.date() in window}

    def _performance(self, window: Window | None = None) -> Performance:
        record = self.record
        equity = self._points("Strategy Equity", "Equity", window)
        closed = sorted(item for item in record.transactions.items() if window is None or item[0].date() in window)
        won = sum(win for _, (_, win) in closed)
        whole = len(equity) == len(self._points("Strategy Equity", "Equity"))
        return performance(
            Samples(
                start_equity=record.start_equity if whole else next(iter(equity.values())),
                equity=equity,
                returns_percent=self._points("Strategy Equity", "Return", window),
                benchmark=self._points("Benchmark", "Benchmark", window),
                turnover=list(self._points("Portfolio Turnover", "Portfolio Turnover", window).values()),
                profit_loss=[net for _, (net, _) in closed],
                wins=won,
                losses=len(closed) - won,
                risk_free=record.risk_free,
            )
        )

    def _statistics(self) -> dict[str, str]:
        """LEAN's summary, texts as it prints them; OrderListHash is printed by LEAN and kept here as well."""
        p, record = self.performance, self.record
        values = {
            "Total Orders": str(record.total_orders),
            "Average Win": _percent(p.average_win_rate, 2),
            "Average Loss": _percent(p.average_loss_rate, 2),
            "Compounding Annual Return": _percent(p.compounding_annual_return, 3),
            "Drawdown": _percent(p.drawdown, 3),
            "Expectancy": _text(p.expectancy, 3),
            "Start Equity": rounded(p.start_equity, 2),
            "End Equity": rounded(record.equity, 2),
            "Net Profit": _percent(p.total_net_profit, 3),
            "Sharpe Ratio": _signed(p.sharpe_ratio),
            "Sortino Ratio": _signed(p.sortino_ratio),
            "Probabilistic Sharpe Ratio": _percent(p.probabilistic_sharpe_ratio, 3),
            "Loss Rate": _percent(p.loss_rate, 0),
            "Win Rate": _percent(p.win_rate, 0),
            "Profit-Loss Ratio": _text(p.profit_loss_ratio, 2),
            "Alpha": _signed(p.alpha),
            "Beta": _signed(p.beta),
            "Annual Standard Deviation": _signed(p.annual_standard_deviation),
            "Annual Variance": _signed(p.annual_variance),
            "Information Ratio": _signed(p.information_ratio),
            "Tracking Error": _signed(p.tracking_error),
            "Treynor Ratio": _signed(p.treynor_ratio),
            "Total Fees": f"${record.fees:.2f}",
            "Estimated Strategy Capacity": f"${_two_digits(record.capacity)}",
            "Lowest Capacity Asset": record.lowest_capacity,
            "Portfolio Turnover": _percent(p.portfolio_turnover, 2),
            "Drawdown Recovery": str(p.drawdown_recovery),
            "OrderListHash": order_list_hash(record.orders.values()),
        }
        return {**values, **record.summary_statistics}

    def _performance_json(self, found: Performance, window: Window | None = None) -> dict[str, Any]:
        shape: dict[str, Any] = {}
        for part in fields(Performance):
            value = getattr(found, part.name)
            name = pascal_case(part.name)
            shape[name[0].lower() + name[1:]] = value if isinstance(value, int) else rounded(value)
        trades = [trade for trade in self.record.trades if window is None or trade.exit_time.date() in window]
        return {
            "tradeStatistics": trade_statistics(trades),
            "portfolioStatistics": shape,
            "closedTrades": [_trade_json(trade) for trade in trades],
        }

    def _rolling(self) -> dict[str, Any]:
        """Every month's end, looking back 1, 3, 6 and 12 months; equity samples date the run."""
        days = [time.date() for time in self._points("Strategy Equity", "Equity")]
        if not days:
            return {}
        return {
            f"M{months}_{window.last:%Y%m%d}": self._performance_json(self._performance(window), window)
            for months in (1, 3, 6, 12)
            for window in rolling_windows(days[0], days[-1], months)
            if any(day in window for day in days)
        }

    def _state(self) -> dict[str, str]:
        record = self.record
        return {
            "StartTime": f"{record.start:%Y-%m-%d %H:%M:%S}",
            "EndTime": f"{record.utc:%Y-%m-%d %H:%M:%S}",
            "RuntimeError": record.error,
            "StackTrace": record.stack_trace,
            "LogCount": str(sum(line.kind == "log" for line in record.messages.lines)),
            "OrderCount": str(len(record.orders)),
            "InsightCount": "0",
            "Name": record.name,
            "Hostname": "replay",
            "Status": record.status,
        }

    def _configuration(self) -> dict[str, Any]:
        record = self.record
        return {
            "name": record.name,
            "tags": [],
            "accountCurrency": "USD",
            "brokerage": record.brokerage,
            "accountType": record.account_type,
            "parameters": dict(record.parameters),
            "outOfSampleMaxEndDate": None,
            "outOfSampleDays": 0,
            "startDate": f"{record.start:%Y-%m-%d %H:%M:%S}",
            "endDate": f"{record.end:%Y-%m-%d %H:%M:%S}",
            "tradingDaysPerYear": 252,
        }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _stamp(moment: datetime) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}{f'.{moment.microsecond:06d}'.rstrip('0') if moment.microsecond else ''}Z"


def _text(value: Decimal, places: int) -> str:
    """A decimal as .NET prints it after Math.Round: its own scale, cut to `places`."""
    short = round(value, places) if -int(value.as_tuple().exponent) > places else value
    return format(short if short else abs(short), "f")  # zero shows no sign


def _signed(value: float) -> str:
    """A double with three places as .NET prints it: one below zero keeps its sign when it rounds to zero."""
    text = rounded(value, 3)
    return "-0" if text == "0" and value < 0 else text


def _percent(value: Decimal | float, places: int) -> str:
    exact = Decimal(f"{value:.15g}") if isinstance(value, float) else value
    return f"{_text(exact * 100, places)}%"


def _dollars(value: Decimal) -> str:
    return f"${value:,.2f}" if value >= 0 else f"$-{-value:,.2f}"


def _trade_json(trade: Trade) -> dict[str, Any]:
    return {
        "id": trade.id,
        "symbols": [json.loads(trade.symbol.lean_json())],
        "entryTime": _stamp(trade.entry_time),
        "entryPrice": float(trade.entry_price),
        "direction": 0 if trade.is_long else 1,
        "quantity": float(trade.quantity),
        "exitTime": _stamp(trade.exit_time),
        "exitPrice": float(trade.exit_price),
        "profitLoss": float(trade.profit_loss),
        "totalFees": float(trade.total_fees),
        "mae": float(trade.mae),
        "mfe": float(trade.mfe),
        "duration": duration_text(trade.duration),
        "endTradeDrawdown": float(trade.end_trade_drawdown),
        "isWin": trade.is_win,
        "orderIds": trade.order_ids,
    }


def _event_json(event: OrderEvent, name: str) -> str:
    """One order event; numbers stay exact, the fee is there on fills only."""
    exact: dict[str, Decimal | None] = {
        "fillPrice": event.fill_price,
        "fillQuantity": event.fill_quantity,
        "quantity": event.quantity,
        "stopPrice": event.stop_price,
        "limitPrice": event.limit_price,
        "orderFeeAmount": event.fee if event.fee else None,
    }
    status, direction = pascal_case(event.status.name.lower()), event.direction.name.lower()
    shape: dict[str, Any] = {
        "id": f"{name}-{event.order_id}-{event.id}",
        "algorithmId": name,
        "orderId": event.order_id,
        "orderEventId": event.id,
        "symbol": str(event.symbol.id),
        "symbolValue": event.symbol.value,
        "symbolPermtick": event.symbol.id.symbol,
        "time": unix_seconds(event.time_utc),
        "status": status[0].lower() + status[1:],
        **({"orderFeeCurrency": "USD"} if event.fee else {}),
        "fillPriceCurrency": "USD",
        "direction": direction,
        **({"message": event.message} if event.message else {}),
        "isAssignment": event.is_assignment,
        **({"isInTheMoney": True} if event.is_in_the_money else {}),
    }
    text = _dump(shape)[1:-1]
    for key, value in exact.items():
        if value is not None:
            text += f', "{key}": {number(normalize(value))}'
    return f"{{{text}}}"


def _two_digits(amount: Decimal) -> str:
    """Whole thousands of dollars with two significant digits, as LEAN prints them."""
    if not amount:
        return "0"
    unit = Decimal(1).scaleb(amount.adjusted() - 1)
    return f"{(amount / unit).quantize(Decimal(1), ROUND_HALF_EVEN) * unit:.2f}"
