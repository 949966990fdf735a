"""Watches a run for its results: equity samples, closed trades, charts; writes the files at the end."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from replay.charting import Charts
from replay.enums import OrderType
from replay.interest_rates import InterestRates
from replay.orders import OrderEvent
from replay.results import Results, RunRecord
from replay.sampling import Sampler
from replay.trades import TradeBuilder

ZERO = Decimal(0)


class Recorder:
    """Belongs to one run; `start` comes after `initialize`, then `step`, `day` and `fill` as the run goes."""

    def __init__(self, run: Any, data: Path) -> None:
        self._run = run
        self._data = data
        self.charts: Charts = run.charts
        self.trades = TradeBuilder(is_win=self._is_win)
        self._sampler: Sampler | None = None

    def start(self, start_utc: datetime, end_utc: datetime) -> None:
        """The first moment after warm-up and the end of the run."""
        self._sampler = Sampler(self.charts, self._value, self._volume, start_utc, end_utc)

    def fill(self, security: Any, fill: OrderEvent) -> None:
        """Every fill, after holdings and cash have changed."""
        self.trades.fill(fill, security.multiplier)

    def step(self) -> None:
        """End of a time step."""
        if self._sampler is not None:
            self._sampler.step(self._run.utc, self._value())

    def day(self) -> None:
        """Midnight of the algorithm's time zone."""
        if self._sampler is not None:
            self._sampler.day(self._run.utc)

    def finish(self, status: str, error: str = "", stack_trace: str = "") -> Results:
        """Takes the last samples and works out the results."""
        run, portfolio = self._run, self._run.portfolio
        equity: Decimal = portfolio.exact_value
        if self._sampler is not None:
            self._sampler.day(run.utc)
            self._sampler.step(run.utc, equity, force=True)
        rates = InterestRates(self._data)
        series = self.charts.series("Strategy Equity", "Equity")
        days = [point[0].date() for point in series.values] if series else []
        holdings = [run.securities[symbol].holdings for symbol in run.buying_power.holdings()]
        every = [security.holdings for security in run.securities.values()]
        return Results(
            RunRecord(
                name=type(run.algorithm).__name__,
                status=status,
                start=run.start_date,
                end=run.end_date,
                utc=run.utc,
                orders=run.orders.orders,
                events=run.orders.events,
                charts=self.charts,
                messages=run.messages,
                trades=self.trades.closed,
                transactions=portfolio.transaction_record,
                start_equity=self._sampler.start_equity if self._sampler else equity,
                equity=equity,
                fees=sum((h.exact_fees for h in every), ZERO),
                net_profit=sum((h.exact_net_profit for h in every), ZERO),
                unrealized=sum((h.exact_unrealized for h in holdings), ZERO),
                holdings_value=sum((h.exact_value for h in holdings), ZERO),
                volume=self._volume(),
                total_orders=run.orders.total_orders,
                risk_free=sum(rates.rate(day) for day in days) / len(days) if days else 0.0,
                runtime_statistics=run.runtime_statistics,
                summary_statistics=run.summary_statistics,
                parameters=run.parameters,
                brokerage=int(getattr(run, "brokerage_name", 0)),
                account_type=int(run.brokerage.account_type),
                error=error,
                stack_trace=stack_trace,
            )
        )

    def _value(self) -> Decimal:
        """Portfolio value; held prices also reach the open trades."""
        run = self._run
        total: Decimal = run.portfolio.exact_cash
        for symbol, quantity in run.buying_power.holdings().items():
            security = run.securities[symbol]
            price = security.exact_price
            total += quantity * price * security.multiplier
            self.trades.mark(symbol, price)
        return total

    def _volume(self) -> Decimal:
        return sum((security.holdings.exact_sales for security in self._run.securities.values()), ZERO)

    def _is_win(self, fill: OrderEvent, profit: Decimal) -> bool:
        """An exercise is judged by what it was worth in the money (LEAN: OrderEventExtensions.IsWin)."""
        run = self._run
        order = run.orders.orders[fill.order_id]
        if order.type is not OrderType.OPTION_EXERCISE or not fill.symbol.has_underlying:
            return profit > 0
        option = run.securities[fill.symbol]
        worth = option.intrinsic(option.underlying.exact_close) * option.multiplier * abs(fill.fill_quantity)
        if fill.fill_quantity < 0:
            return bool(fill.is_in_the_money and abs(profit) < worth)
        return bool(not fill.is_in_the_money or abs(profit) > worth)
