"""A LEAN data folder of one stock and four contracts for one day, small enough to write in a test."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

DAY = "20240102"
OPEN_MS = 34_200_000
HOURS = """{"entries": {%s}}"""
ENTRY = """"%s-usa-[*]": {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York",
"sunday": [], "saturday": [], "holidays": ["1/1/2024"], "earlyCloses": {},
%s}"""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
SESSION = '[{"start": "09:30:00", "end": "16:00:00", "state": "market"}]'
PROPERTIES = """market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,\
lot_size,\
market_ticker,minimum_order_size,price_magnifier,strike_multiplier
usa,[*],equity,,USD,1,0.01,1
usa,[*],option,,USD,100,0.01,1
"""
Quote = tuple[float, float]


def write_market(root: Path, quotes: Mapping[tuple[str, int], Iterable[tuple[int, Quote]]], expiry: str = DAY) -> Path:
    """``quotes``: (call or put, strike) -> (minute after the open, (bid, ask)); the stock stays at 100."""
    week = ", ".join(f'"{day}": {SESSION}' for day in DAYS)
    entries = ", ".join(ENTRY % (kind, week) for kind in ("Equity", "Option"))
    _text(root / "market-hours" / "market-hours-database.json", HOURS % entries)
    _text(root / "symbol-properties" / "symbol-properties-database.csv", PROPERTIES)
    stock = "".join(f"{OPEN_MS + 60_000 * minute},1000000,1000000,1000000,1000000,100\n" for minute in range(390))
    folder = root / "equity" / "usa" / "minute" / "xyz"
    _zip(folder / f"{DAY}_trade.zip", {f"{DAY}_xyz_minute_trade.csv": stock})
    members = {
        f"{DAY}_xyz_minute_quote_american_{right}_{strike * 10_000}_{expiry}.csv": "".join(
            _row(minute, quote) for minute, quote in rows
        )
        for (right, strike), rows in quotes.items()
    }
    _zip(root / "option" / "usa" / "minute" / "xyz" / f"{DAY}_quote_american.zip", members)
    figures = ",".join("0" * 8)
    listed = "".join(f"{expiry},{strike},{right[0].upper()},1,1,1,1,{figures}\n" for right, strike in quotes)
    _text(root / "option" / "usa" / "universes" / "xyz" / "20231229.csv", f"#expiry\n,,,100,100,100,100,1\n{listed}")
    return root


def _row(minute: int, quote: Quote) -> str:
    bid, ask = (round(price * 10_000) for price in quote)
    return f"{OPEN_MS + 60_000 * minute},{bid},{bid},{bid},{bid},5,{ask},{ask},{ask},{ask},7\n"


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _zip(path: Path, members: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
