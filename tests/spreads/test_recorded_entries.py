"""The entry check against recordings of the real engine: stops that fired right after the entry are told before."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from spreads.entry_check import check_entry
from spreads.legs import Leg, Right
from spreads.money import ticks
from spreads.quotes import LegQuote
from stop_rules import CreditMultiple

OSI = re.compile(r"(?P<root>\w+) +(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{8})")
SOON = timedelta(minutes=2)


class Entry(NamedTuple):
    """A spread that was filled: its stop as a multiple of the credit, and how soon it was stopped."""

    legs: list[Leg]
    quotes: list[LegQuote]
    multiple: str
    stopped: timedelta | None


def leg_of(order: dict[str, Any]) -> Leg:
    found = OSI.fullmatch(order["symbol"])
    assert found is not None
    day = datetime.strptime(found["day"], "%y%m%d").date()
    right = Right.CALL if found["right"] == "C" else Right.PUT
    return Leg(order["symbol"], round(order["quantity"]), right, int(found["strike"]) * 10, day, order["symbol"])


def quote_of(order: dict[str, Any], now: datetime) -> LegQuote:
    seen = order["submission"]
    return LegQuote(ticks(seen["bid"]), ticks(seen["ask"]), ticks(seen["last"]), now)


def time_of(order: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(order["time_utc"].removesuffix("Z"))


def entries(folder: Path) -> dict[str, Entry]:
    """Every filled spread of a case by file and tag."""
    default = re.search(r'get_parameter\("stop", ([\d.]+)\)', (folder / "algorithm.py").read_text(encoding="utf-8"))
    assert default is not None
    found = {}
    for path in sorted(folder.glob("expected*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        multiple = record["parameters"].get("stop", default[1])
        orders = record["orders"]
        for tag in dict.fromkeys(order["tag"] for order in orders if re.fullmatch(r"\d+-\w+", order["tag"] or "")):
            opened = [order for order in orders if order["tag"] == tag and order["price"]][:2]
            if len(opened) < 2 or float(multiple) <= 1:
                continue
            now = time_of(opened[0])
            stops = [time_of(order) - now for order in orders if order["tag"] == f"{tag} stop"]
            legs = [leg_of(order) for order in opened]
            lots = abs(legs[0].ratio)
            legs = [Leg(leg.key, leg.ratio // lots, leg.right, leg.strike, leg.expiry, leg.name) for leg in legs]
            quotes = [quote_of(order, now) for order in opened]
            found[f"{path.name} {tag}"] = Entry(legs, quotes, multiple, min(stops, default=None))
    return found


def test_stops_that_fired_right_after_the_entry_would_have_been_refused_or_flagged(lean_reference: Path) -> None:
    seen = 0
    for case in ("strategy_week_goog", "strategy_week_spxw"):
        for name, (legs, quotes, multiple, stopped) in entries(lean_reference / case).items():
            now = datetime.combine(date(2015, 1, 1), datetime.min.time())
            problems = check_entry(
                legs, quotes, [CreditMultiple(multiple)], lots=1, multiplier=100, fees=0, now=now, expires_at=now
            )
            if stopped is not None and stopped <= SOON:
                seen += 1
                assert problems, f"{case} {name}: stopped after {stopped}, nothing said before"
    assert seen


def test_spread_of_the_christmas_week_that_cost_more_than_its_stop_at_once_is_refused(lean_reference: Path) -> None:
    legs, quotes, multiple, stopped = entries(lean_reference / "strategy_week_goog")["expected.json 2-put"]
    assert stopped == timedelta(minutes=1)
    now = datetime(2015, 12, 24, 10, 15)
    (problem,) = check_entry(
        legs, quotes, [CreditMultiple(multiple)], lots=1, multiplier=100, fees=0, now=now, expires_at=now
    )
    assert problem.fatal
    assert "closing at a normal quote already costs 0.70 (natural)" in problem.sentence
