"""LEAN's benchmark: a stock (SPY by default) by the hour, adjusted. Without its data the benchmark stays 0.

Rules: DefaultBrokerageModel.GetBenchmark and UniverseSelection.AddPendingInternalDataFeeds: hour bars, no fill forward.
"""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections.abc import Sequence
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
    path = root / "equity" / "usa" / "hour" / f"{stock.value.lower()}.zip"
    if not times or not path.is_file():
        return [Decimal(0)] * len(times)
    zone = TimeZone.of("America/New_York")
    first, last = zone.to_local(times[0]) - _LOOK_BACK, zone.to_local(times[-1])
    factors = FactorFiles(root).of(stock.id.symbol)
    ends: list[datetime] = []
    closes: list[Decimal] = []
    for number, line in enumerate(_lines(path), 1):
        if not f"{first:%Y%m%d}" <= line[:8] <= f"{last:%Y%m%d}":
            continue
        cells = line.split(",")
        try:
            start = datetime.strptime(cells[0], "%Y%m%d %H:%M")
            close = Decimal(cells[4]) * _SCALE
        except (ValueError, ArithmeticError, IndexError) as error:
            raise DataError(path, f"{line!r} is no bar", row=number, mend="replace the file") from error
        ends.append(zone.to_utc(start + timedelta(hours=1)))
        closes.append(close * factors.price_scale(start.date()))
    places = (bisect_right(ends, time) for time in times)
    return [closes[place - 1] if place else Decimal(0) for place in places]


def _lines(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode("ascii").splitlines()
    except (OSError, zipfile.BadZipFile, IndexError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", mend="replace or delete the file") from error
