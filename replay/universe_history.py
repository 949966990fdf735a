"""History of option chains: the universe files between two moments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from replay.clock import from_ms
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.pandas_keys import support_tickers
from replay.store import Store
from replay.symbol import Symbol
from replay.universe import ContractRow, UnderlyingRow, UniverseFile, open_universe

_ONE_DAY = timedelta(days=1)
_PLAIN = ("open", "high", "low", "close", "value", "volume")
_GREEKS = ("delta", "gamma", "vega", "theta", "rho")


class OptionUniverse(LeanObject):
    """One day of a chain: ``data`` holds its contracts, ``end_time`` is the midnight after it, exchange time."""

    def __init__(self, file: UniverseFile) -> None:
        self.symbol: Symbol = file.canonical
        self.time: datetime = file.time
        self.end_time: datetime = file.time + _ONE_DAY
        self.data: list[ContractRow] = file.rows
        self.underlying: UnderlyingRow | None = file.underlying

    def __iter__(self) -> Iterator[ContractRow]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def trading_days(hours: ExchangeHours, start: datetime, end: datetime) -> Iterator[datetime]:
    """Trading days whose files become known after one UTC time and not after another, oldest first."""
    zone = hours.time_zone
    day = hours.data_time_zone.to_local(start).replace(hour=0, minute=0, second=0, microsecond=0)
    while (known := zone.to_utc(day + _ONE_DAY)) <= end:
        if hours.is_date_open(day) and known > start:
            yield day
        day += _ONE_DAY


def universes_between(store: Store, symbol: Symbol, start_ms: int, end_ms: int) -> list[OptionUniverse]:
    """The days of a chain published after ``start_ms`` and not after ``end_ms`` (UTC milliseconds)."""
    days = trading_days(store.hours(symbol), from_ms(start_ms), from_ms(end_ms))
    files = (open_universe(store.root, symbol, day) for day in days)
    return [OptionUniverse(file) for file in files if file is not None]


def frame_of_universes(universes: list[OptionUniverse]) -> Any:
    """One row per day and contract; with more than one chain the canonical symbol is the first level."""
    import pandas

    support_tickers()
    if not universes:
        return pandas.DataFrame()
    symbols = list(dict.fromkeys(universe.symbol for universe in universes))
    universes = sorted(universes, key=lambda universe: symbols.index(universe.symbol))
    frames = [_frame(pandas, universe) for universe in universes]
    keys: list[Any] = [universe.end_time for universe in universes]
    names = ["time"]
    if len({universe.symbol for universe in universes}) > 1:
        keys = [(universe.symbol, universe.end_time) for universe in universes]
        names = ["canonical", "time"]
    return pandas.concat(frames, keys=keys, names=names, sort=True).dropna(axis=1, how="all")


def _frame(pandas: Any, universe: OptionUniverse) -> Any:
    data = {name: [getattr(row, name) for row in universe.data] for name in _PLAIN}
    data["openinterest"] = [row.open_interest for row in universe.data]
    data["impliedvolatility"] = [row.implied_volatility for row in universe.data]
    data |= {name: [getattr(row.greeks, name) for row in universe.data] for name in _GREEKS}
    kept = {name: values for name, values in data.items() if any(values)}
    return pandas.DataFrame(kept, index=pandas.Index([row.symbol for row in universe.data], name="symbol"))
