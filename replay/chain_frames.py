"""Data frames of option chains: one row per contract, columns in the order of LEAN's own members.

Rules: Common/Python/PandasData.cs over OptionContract.cs: members of one type stand together, and a column of prices or
Greeks that are all zero is left out while whole numbers, enums and symbols always show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from replay.pandas_keys import support_tickers
from replay.symbol import Symbol

_PRICES = (
    "strike",
    "scaled_strike",
    "theoretical_price",
    "implied_volatility",
    "open_interest",
    "last_price",
    "bid_price",
    "ask_price",
    "underlying_last_price",
)
_GREEKS = ("delta", "gamma", "vega", "theta", "rho")
_COUNTS = ("volume", "bid_size", "ask_size")


def frame_of_contracts(contracts: Iterable[Any]) -> Any:
    """One row per contract, indexed by its symbol; theta is per year."""
    import pandas

    support_tickers()
    rows = list(contracts)
    if not rows:
        return pandas.DataFrame()
    columns: dict[str, Any] = {}

    def put(names: tuple[str, ...], read: Callable[[Any, str], Any], keep_zeros: bool) -> None:
        for name in names:
            values = [read(row, name) for row in rows]
            if keep_zeros or any(values):
                columns[name.replace("_", "")] = values

    put(_PRICES, getattr, False)
    put(("right", "style"), getattr, True)
    for name in ("right", "style"):  # pandas would turn the enums into numbers
        columns[name] = pandas.array(columns[name], dtype=object)
    put(_GREEKS, lambda row, name: getattr(row.greeks, name), False)
    put(_COUNTS, getattr, True)
    put(("underlying_symbol", "expiry"), getattr, True)
    return pandas.DataFrame(columns, index=pandas.Index([row.symbol for row in rows], name="symbol"))


def frame_of_chains(frames: dict[Symbol, Any]) -> Any:
    """Several chains in one frame, the canonical symbol as first level of the index."""
    import pandas

    support_tickers()
    if not frames:
        return pandas.DataFrame()
    return pandas.concat(list(frames.values()), keys=list(frames), names=["canonical"], sort=False).dropna(
        axis=1, how="all"
    )
