"""Samples of a run that LEAN charts and makes its statistics from.

Rules: Engine/Results/{BaseResultsHandler,BacktestingResultHandler}.cs: an equity candle at most every four minutes (or
1/4000 of the run), and once a day at midnight of the algorithm's time zone return, benchmark, drawdown and turnover.
The benchmark is sampled as 0: a replay needs no SPY data. Values are dollars, returns and drawdowns percent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from replay.charting import CandlestickSeries, Charts, Series
from replay.enums import SeriesType

ZERO = Decimal(0)
_SHORTEST = timedelta(minutes=4)
_SAMPLES = 4000


class Sampler:
    """Keeps the charts `Strategy Equity`, `Benchmark`, `Drawdown` and `Portfolio Turnover` up to date.

    `value` gives the portfolio value, `volume` the total sale volume, both in dollars at the moment they are called.
    """

    def __init__(
        self,
        charts: Charts,
        value: Callable[[], Decimal],
        volume: Callable[[], Decimal],
        start_utc: datetime,
        end_utc: datetime,
    ) -> None:
        self.start_equity = value()
        self._charts, self._value, self._volume = charts, value, volume
        self._start = start_utc
        self._period = max(_SHORTEST, (end_utc - start_utc) / _SAMPLES)
        self._next = start_utc
        self._candle: tuple[Decimal, Decimal, Decimal, Decimal] | None = None
        self._daily = self._peak = self.start_equity
        self._sold = [ZERO, ZERO]
        self._turnover_time: datetime | None = None

    def step(self, utc: datetime, value: Decimal | None = None, force: bool = False) -> None:
        """End of an engine step; `value` when the caller knows the portfolio value already."""
        self._update(self._value() if value is None else value)
        if utc > self._next or force:
            self._next = utc + self._period
            self._equity(utc)

    def day(self, utc: datetime) -> None:
        """Midnight of the algorithm's time zone, and once more at the end of the run."""
        value = self._value()
        self._peak = max(self._peak, value)
        self._update(value)
        self._equity(utc)
        change = ZERO
        if self._daily:
            change = round((value - self._daily) * 100 / self._daily, 10)
        self._sample("Strategy Equity", "Return", SeriesType.BAR, 1, "%", utc, change)
        self._sample("Benchmark", "Benchmark", SeriesType.LINE, 0, "$", utc, ZERO)
        if self._peak:
            fall = ((value / self._peak - 1) * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
            self._sample("Drawdown", "Equity Drawdown", SeriesType.LINE, 0, "%", utc, fall)
        self._turnover(utc, value)
        self._daily = value

    def _turnover(self, utc: datetime, value: Decimal) -> None:
        if not value or utc == self._start:
            return
        sold = self._volume()
        before = self._sold[1] if self._turnover_time != utc else self._sold[0]
        self._sold, self._turnover_time = [before, sold], utc
        self._sample("Portfolio Turnover", "Portfolio Turnover", SeriesType.LINE, 0, "%", utc, (sold - before) / value)

    def _update(self, value: Decimal) -> None:
        value = round(value, 4)
        if self._candle is None:
            self._candle = (value, value, value, value)
            return
        first, high, low, _ = self._candle
        self._candle = (first, max(high, value), min(low, value), value)

    def _equity(self, utc: datetime) -> None:
        assert self._candle is not None
        self._charts.sample("Strategy Equity", CandlestickSeries("Equity"), utc, *self._candle)
        self._candle = None

    def _sample(
        self, chart: str, name: str, kind: SeriesType, index: int, unit: str, utc: datetime, value: Decimal
    ) -> None:
        self._charts.sample(chart, Series(name, kind, index=index, unit=unit), utc, value)
