"""LEAN's benchmark: a stock (SPY by default) by the hour, adjusted. Without its data the benchmark stays 0.

Rules: DefaultBrokerageModel.GetBenchmark and UniverseSelection.AddPendingInternalDataFeeds: hour bars, no fill forward.
"""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from replay.errors import DataError
from replay.factor_files import FactorFiles
from replay.symbol import Symbol
from replay.timezones import TimeZone

_SCALE = Decimal("0.0001")
_LOOK_BACK = timedelta(days=10)


def benchmark_values(root: Path, stock: Symbol, times: Sequence[datetime]) -> list[Decimal]:
    """Dollars per share known at each of the ascending UTC times; zeros without data."""
    path = _path(root, stock)
    if not times or not path.is_file():
        return [Decimal(0)] * len(times)
    factors = FactorFiles(root).of(stock.id.symbol)
    ends: list[datetime] = []
    closes: list[Decimal] = []
    for start, end, close in _bars(path, times[0] - _LOOK_BACK, times[-1]):
        ends.append(end)
        closes.append(close * factors.price_scale(start.date()))
    places = (bisect_right(ends, time) for time in times)
    return [closes[place - 1] if place else Decimal(0) for place in places]


def benchmark_moments(root: Path, stock: Symbol, start: datetime, end: datetime) -> list[datetime]:
    """UTC ends of the bars after ``start`` and up to ``end``: LEAN makes a step of each, without a slice."""
    path = _path(root, stock)
    bars = _bars(path, start, end) if path.is_file() else ()
    return [moment for _, moment, _ in bars if start < moment <= end]


def _path(root: Path, stock: Symbol) -> Path:
    return root / "equity" / "usa" / "hour" / f"{stock.value.lower()}.zip"


def _bars(path: Path, start_utc: datetime, end_utc: datetime) -> Iterator[tuple[datetime, datetime, Decimal]]:
    """(start in New York, end in UTC, raw close) of the hour bars of the dates from start to end."""
    zone = TimeZone.of("America/New_York")
    first, last = (f"{zone.to_local(moment):%Y%m%d}" for moment in (start_utc, end_utc))
    for number, line in enumerate(_lines(path), 1):
        if not first <= line[:8] <= last:
            continue
        cells = line.split(",")
        try:
            start = datetime.strptime(cells[0], "%Y%m%d %H:%M")
            close = Decimal(cells[4]) * _SCALE
        except (ValueError, ArithmeticError, IndexError) as error:
            raise DataError(path, f"{line!r} is no bar", row=number, mend="replace the file") from error
        yield start, zone.to_utc(start + timedelta(hours=1)), close


def _lines(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode("ascii").splitlines()
    except (OSError, zipfile.BadZipFile, IndexError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", mend="replace or delete the file") from error
