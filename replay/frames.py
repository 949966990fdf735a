"""Data frames of history, in the shape of LEAN's PandasConverter. pandas is imported when a frame is made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from replay.bars import OpenInterest, QuoteBar, TradeBar
from replay.enums import OPTION_TYPES, OptionRight
from replay.pandas_keys import support_tickers
from replay.symbol import Symbol

_OPTION_LEVELS = ["expiry", "strike", "type", "symbol", "time"]
_LEVELS = ["symbol", "time"]


def frame_of(bars: Iterable[Any]) -> Any:
    """One frame of all bars: rows by (symbol, end time), with options by (expiry, strike, type, symbol, end time).

    Quote and trade of one moment share a row; open, high, low and close are the trade's then. Columns stand in
    alphabetical order; a column that holds nothing but zeros or nothing at all for a symbol is left out.
    """
    import pandas

    support_tickers()
    tables: dict[Symbol, dict[str, dict[datetime, Any]]] = {}
    quoted: list[Any] = []
    traded: list[Any] = []
    for bar in bars:
        tables.setdefault(bar.symbol, {})
        (quoted if isinstance(bar, QuoteBar) else traded).append(bar)
    for bar in (*quoted, *traded):
        table = tables[bar.symbol]
        for name, value in _cells(bar):
            table.setdefault(name, {})[bar.end_time] = value
    wide = any(symbol.security_type in OPTION_TYPES for symbol in tables)
    frames = [_frame(pandas, symbol, table, wide) for symbol, table in tables.items()]
    frames = [frame for frame in frames if len(frame.columns)]
    if not frames:
        return pandas.DataFrame()
    return pandas.concat(frames, sort=True).dropna(axis=1, how="all")


def _cells(bar: Any) -> list[tuple[str, Any]]:
    if isinstance(bar, OpenInterest):
        return [("openinterest", bar.value)]
    prices = [(name, getattr(bar, name)) for name in ("open", "high", "low", "close")]
    if isinstance(bar, TradeBar):
        return [*prices, ("volume", bar.volume)]
    cells = [*prices, ("bidsize", bar.last_bid_size), ("asksize", bar.last_ask_size)]
    for side, values in (("bid", bar.bid), ("ask", bar.ask)):
        if values is not None:
            cells += [(f"{side}{name}", getattr(values, name)) for name in ("open", "high", "low", "close")]
    return cells


def _frame(pandas: Any, symbol: Symbol, table: dict[str, dict[datetime, Any]], wide: bool) -> Any:
    columns = {name: cells for name, cells in table.items() if any(cells.values())}
    times = sorted({time for cells in columns.values() for time in cells})
    head: tuple[Any, ...]
    if not wide:
        levels, head = _LEVELS, (symbol,)
    elif symbol.security_type in OPTION_TYPES:
        levels, head = _OPTION_LEVELS, (symbol.id.date, symbol.id.strike_price, symbol.id.option_right, symbol)
    else:
        levels, head = _OPTION_LEVELS, ("", "", "", symbol)
    index = _index(pandas, head, times, levels) if times else None
    data = {name: [cells.get(time, float("nan")) for time in times] for name, cells in columns.items()}
    return pandas.DataFrame(data, index=index)


def _index(pandas: Any, head: tuple[Any, ...], times: list[datetime], levels: list[str]) -> Any:
    """The same head for every time; enums stay what they are."""
    arrays = [
        pandas.Index([value] * len(times), dtype=object if isinstance(value, OptionRight) else None) for value in head
    ]
    return pandas.MultiIndex.from_arrays([*arrays, times], names=levels)
