"""The two data bases LEAN needs before it reads a price, cut to the four kinds of security here, and the rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from market.pricing import RATE
from market.sessions import Sessions
from market.zips import write_text

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
PROPERTIES = (
    "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,"
    "market_ticker,minimum_order_size,price_magnifier,strike_multiplier"
)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")


def _hours(
    sessions: Sessions, data_zone: str, exchange_zone: str, hours: tuple[str, str], early_close: str
) -> dict[str, Any]:
    segment = [{"start": hours[0], "end": hours[1], "state": "market"}]
    return {
        "dataTimeZone": data_zone,
        "exchangeTimeZone": exchange_zone,
        "sunday": [],
        **dict.fromkeys(WEEK, segment),
        "saturday": [],
        "holidays": [f"{d.month}/{d.day}/{d.year}" for d in sessions.holidays],
        "earlyCloses": {f"{d.month}/{d.day}/{d.year}": early_close for d in sessions.early_closes},
    }


def write_static(root: Path, sessions: Sessions) -> None:
    """Market hours, symbol properties, the interest rate, and the empty folder of map files LEAN looks for."""
    stock = _hours(sessions, NEW_YORK, NEW_YORK, ("09:30:00", "16:00:00"), "13:00:00")
    entries = {
        "Equity-usa-[*]": stock,
        "Option-usa-[*]": stock,
        "Index-usa-[*]": _hours(sessions, CHICAGO, CHICAGO, ("08:30:00", "15:15:00"), "12:15:00"),
        "IndexOption-usa-[*]": _hours(sessions, NEW_YORK, CHICAGO, ("08:30:00", "15:15:00"), "12:15:00"),
    }
    text = json.dumps({"entries": entries}, indent=2)
    write_text(root / "market-hours/market-hours-database.json", text.split("\n"))
    write_text(
        root / "symbol-properties/symbol-properties-database.csv",
        (
            PROPERTIES,
            "usa,[*],equity,,USD,1,0.01,1",
            "usa,[*],option,,USD,100,0.01,1",
            "usa,[*],index,,USD,1,0.01,1",
            "usa,[*],indexoption,,USD,100,0.05,1",
        ),
    )
    write_text(
        root / "alternative/interest-rate/usa/interest-rate.csv", ("DATE,PCREDIT8", f"2024-01-02,{RATE:.2%}"[:-1])
    )
