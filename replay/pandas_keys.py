"""Tickers as keys of data frames: ``frame.loc["GOOG"]`` finds the rows of the symbol, as LEAN's Python layer arranges.

LEAN changes pandas itself for this (Common/PandasMapper.py); so does the replay, once, when the first frame is made.
A text that is no ticker of the run, or whose symbol is not found, is looked up as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from replay.symbol import SymbolCache

_MARK = "_replay_knows_tickers"


def support_tickers() -> None:
    """Let every index of pandas take tickers for symbols; more calls change nothing."""
    import pandas
    from pandas.core import indexing

    if getattr(pandas.Index, _MARK, False):
        return
    for kind, name in (
        (indexing._LocationIndexer, "__getitem__"),
        (indexing._ScalarAccessIndexer, "__getitem__"),
        (pandas.Index, "get_loc"),
        (pandas.MultiIndex, "get_loc"),
        (pandas.DataFrame, "__getitem__"),
    ):
        setattr(kind, name, _mapped(getattr(kind, name)))
    for kind in (pandas.Index, pandas.MultiIndex):
        kind.__contains__ = _containing(kind.__contains__)
    setattr(pandas.Index, _MARK, True)


def _symbols(key: Any) -> Any:
    """A key with its tickers replaced by symbols; the key itself when it holds none."""
    if type(key) is str:
        found = SymbolCache.find(key)
        return key if found is None else found
    if type(key) in (tuple, list):
        parts = [_symbols(part) for part in key]
        return type(key)(parts) if any(new is not old for new, old in zip(parts, key, strict=True)) else key
    return key


def _mapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def look_up(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
        symbols = _symbols(key)
        if symbols is not key:
            try:
                return function(self, symbols, *args, **kwargs)
            except KeyError:
                pass
        return function(self, key, *args, **kwargs)

    return look_up


def _containing(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def contains(self: Any, key: Any) -> bool:
        symbols = _symbols(key)
        return bool(function(self, key) or (symbols is not key and function(self, symbols)))

    return contains
