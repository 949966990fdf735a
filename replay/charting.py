"""Charts an algorithm plots and the ones LEAN keeps of every run.

Rules: Algorithm/QCAlgorithm.Plotting.cs, Common/{Chart,Series,Candlestick}.cs, BacktestingResultHandler.SampleRange and
the limits of Common/Packets/Controls.cs. Times are naive UTC; points carry Unix seconds in the result file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from replay.enums import ScatterMarkerSymbol, SeriesType
from replay.errors import ArgumentException
from replay.naming import LeanObject
from replay.order_json import smart_round
from replay.symbol import to_decimal

MAXIMUM_SERIES = 10
MAXIMUM_POINTS = 4000
RESERVED: dict[str, tuple[str, ...]] = {
    "Strategy Equity": ("Equity", "Return"),
    "Capacity": (),
    "Drawdown": (),
    "Benchmark": (),
    "Assets Sales Volume": (),
    "Exposure": (),
    "Portfolio Margin": (),
    "Portfolio Turnover": (),
}
"""Names LEAN keeps for itself; an empty tuple reserves the whole chart."""


def unix_seconds(moment: datetime) -> int:
    """Seconds since 1970 of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def plain_number(value: Decimal | float) -> float | int:
    """A chart value for JSON."""
    number = float(value)
    return int(number) if number.is_integer() else number


class Series(LeanObject):
    """One line, bar or candle series: points are (time, value) or (time, open, high, low, close)."""

    def __init__(
        self,
        name: str = "",
        series_type: SeriesType = SeriesType.LINE,
        *rest: Any,
        index: int = 0,
        unit: str = "$",
        color: Any = None,
        scatter_marker_symbol: ScatterMarkerSymbol = ScatterMarkerSymbol.NONE,
    ) -> None:
        self.name = name
        self.series_type = series_type
        self.index, self.unit, self.color, self.scatter_marker_symbol = index, unit, color, scatter_marker_symbol
        for value in rest:
            if isinstance(value, ScatterMarkerSymbol):
                self.scatter_marker_symbol = value
            elif isinstance(value, int):
                self.index = value
            elif isinstance(value, str):
                self.unit = value
            else:
                self.color = value
        self.values: list[tuple[Any, ...]] = []

    def add_point(self, time: datetime, *numbers: Any) -> None:
        """A point, rounded as LEAN keeps it (ChartPoint.cs: SmartRounding); one at the time of the last replaces it."""
        values = [smart_round(to_decimal(number)) for number in numbers]
        if self.values and self.values[-1][0] == time:
            self.values[-1] = (time, *values)
        else:
            self.values.append((time, *values))

    def to_json(self) -> dict[str, Any]:
        """The series as LEAN writes it."""
        points = [[unix_seconds(point[0]), *(plain_number(value) for value in point[1:])] for point in self.values]
        shape: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "index": self.index,
            "seriesType": int(self.series_type),
            "values": points,
        }
        if self.series_type != SeriesType.CANDLE:
            shape["color"] = "" if self.color is None else str(self.color)
            shape["scatterMarkerSymbol"] = str(self.scatter_marker_symbol).lower()
        return shape


class CandlestickSeries(Series):
    """A series of candles."""

    def __init__(self, name: str = "", *rest: Any, index: int = 0, unit: str = "$") -> None:
        super().__init__(name, SeriesType.CANDLE, *rest, index=index, unit=unit)


class Chart(LeanObject):
    """A named set of series."""

    def __init__(self, name: str = "", *_: Any) -> None:
        self.name = name
        self.series: dict[str, Series] = {}

    def add_series(self, series: Series) -> None:
        """Adds a series once; a second one of the same name is refused."""
        if series.name in self.series:
            raise ArgumentException(f"Chart.AddSeries(): Chart series name already exists: {series.name}")
        self.series[series.name] = series

    def to_json(self) -> dict[str, Any]:
        """The chart as LEAN writes it."""
        ordered = sorted(self.series.values(), key=lambda series: (series.index, len(series.values)))
        return {"name": self.name, "chartType": 0, "series": {series.name: series.to_json() for series in ordered}}


class Charts:
    """All charts of a run (its clock is `run.utc`); plotted series stop at LEAN's limits, with its message once."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._charts: dict[str, Chart] = {}
        self._plotted: set[str] = set()
        self._full: set[tuple[str, str]] = set()
        self._told_series = False

    def __iter__(self) -> Iterator[Chart]:
        return (chart for chart in self._charts.values() if any(series.values for series in chart.series.values()))

    def add(self, chart: Chart) -> None:
        """`add_chart`: the first chart of a name stays."""
        self._charts.setdefault(chart.name, chart)

    def plot(self, name: str, *arguments: Any) -> None:
        """`plot(series, value)`, `plot(chart, series, value)`, with four values for a candle or with one bar."""
        chart_name, series_name, values = _plot_arguments(name, arguments)
        reserved = RESERVED.get(chart_name)
        if reserved == ():
            raise ArgumentException(f"'{chart_name}' is a reserved chart name.")
        if reserved is not None and series_name in reserved:
            raise ArgumentException(f"'{series_name}' is a reserved series name for chart '{chart_name}'.")
        chart = self._charts.setdefault(chart_name, Chart(chart_name))
        series = chart.series.get(series_name)
        if series is None:
            series = CandlestickSeries(series_name) if len(values) == 4 else Series(series_name)
            chart.add_series(series)
        if self._allowed(chart_name, series):
            series.add_point(self._run.utc, *values)

    def sample(self, chart: str, series: Series, time: datetime, *values: Any) -> None:
        """A point of one of LEAN's own charts; a point not later than the last is dropped."""
        own = self._charts.setdefault(chart, Chart(chart)).series.setdefault(series.name, series)
        if not own.values or time > own.values[-1][0]:
            own.add_point(time, *values)

    def series(self, chart: str, name: str) -> Series | None:
        """A series by name, None when nothing was plotted to it."""
        found = self._charts.get(chart)
        return None if found is None else found.series.get(name)

    def _allowed(self, chart: str, series: Series) -> bool:
        if series.name not in self._plotted and len(self._plotted) >= MAXIMUM_SERIES:
            if not self._told_series:
                self._told_series = True
                self._run.messages.debug(
                    "Exceeded maximum chart series count for organization tier, new series will be ignored. Limit is "
                    f"currently set at {MAXIMUM_SERIES}. https://qnt.co/docs-charting-quotas"
                )
            return False
        self._plotted.add(series.name)
        if len(series.values) < MAXIMUM_POINTS:
            return True
        if (chart, series.name) not in self._full:
            self._full.add((chart, series.name))
            self._run.messages.debug(
                "Exceeded maximum data points per series for organization tier, chart update skipped. Chart Name "
                f"{chart}. Series name {series.name}. https://qnt.co/docs-charting-quotasLimit is currently set at "
                f"{MAXIMUM_POINTS}"
            )
        return False


def _plot_arguments(name: str, arguments: tuple[Any, ...]) -> tuple[str, str, tuple[Any, ...]]:
    chart, series, values = "Strategy Equity", name, arguments
    if arguments and isinstance(arguments[0], str):
        chart, series, values = name, arguments[0], arguments[1:]
    if len(values) == 1 and all(hasattr(values[0], side) for side in ("open", "high", "low", "close")):
        bar = values[0]
        values = (bar.open, bar.high, bar.low, bar.close)
    if len(values) not in (1, 4) or not all(isinstance(value, (int, float, Decimal)) for value in values):
        raise ArgumentException(
            f"plot({', '.join(repr(argument) for argument in (name, *arguments))}): give a series name and one number, "
            "four numbers (open, high, low, close) or a bar, optionally after a chart name"
        )
    return chart, series, values
