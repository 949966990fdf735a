"""The underlyings' own minutes: the index's bars, the stock's bars and quotes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from market.days import Day
from market.dice import scatter
from market.sessions import CHICAGO_BEHIND, OPEN_MINUTE
from market.zips import OPEN_MS, write_zip


def write_index(root: Path, day: Day) -> None:
    """One day of SPX: Chicago milliseconds, plain decimals; no bar in a silence."""
    stamp = f"{day.date:%Y%m%d}"
    rows = [
        f"{(OPEN_MINUTE - CHICAGO_BEHIND + m) * 60_000},{_cents(b.open)},{_cents(b.high)},{_cents(b.low)},"
        f"{_cents(b.close)},60\n"
        for m, b in enumerate(day.bars)
        if m not in day.silence
    ]
    write_zip(root / f"index/usa/minute/spx/{stamp}_trade.zip", {f"{stamp}_spx_minute_trade.csv": "".join(rows)})


def _cents(price: int) -> str:
    return f"{price // 100}.{price % 100:02d}"


def write_stock(root: Path, day: Day, seed: int) -> None:
    """One day of XYZ: New York milliseconds, e4 prices; a bid one cent below each bar's prices, an ask one above."""
    stamp, trades, quotes = f"{day.date:%Y%m%d}", [], []
    dice = scatter(seed, np.array([day.date.toordinal()]), len(day.bars), 4)[:, 0].tolist()
    for m, (bar, die) in enumerate(zip(day.bars, dice, strict=True)):
        ms, prices = OPEN_MS + m * 60_000, (bar.open, bar.high, bar.low, bar.close)
        trades.append(f"{ms},{','.join(str(p * 100) for p in prices)},{500 + die % 4_000}\n")
        bid, ask = (",".join(str((p + side) * 100) for p in prices) for side in (-1, 1))
        quotes.append(f"{ms},{bid},{100 + die % 7 * 100},{ask},{100 + die % 5 * 100}\n")
    for kind, rows in (("trade", trades), ("quote", quotes)):
        path = root / f"equity/usa/minute/xyz/{stamp}_{kind}.zip"
        write_zip(path, {f"{stamp}_xyz_minute_{kind}.csv": "".join(rows)})
