"""Where a warm-up starts."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from replay.enums import Resolution, SecurityType
from replay.errors import Unsupported
from replay.symbol import Symbol
from replay.warm_up import warm_up_start

from .test_schedule_rules import NEW_YORK, hours

MONDAY = datetime(2015, 12, 28)


def start_of(span: Any, resolution: Resolution | None, subscribed: Resolution = Resolution.MINUTE) -> str:
    symbol = Symbol.create("GOOG", SecurityType.EQUITY, "usa")
    exchange = hours(NEW_YORK, "09:30", "16:00")
    security = SimpleNamespace(symbol=symbol, resolution=subscribed, hours=exchange, extended_market_hours=False)
    run = SimpleNamespace(warm_up=(span, resolution), securities={symbol: security})
    return f"{NEW_YORK.to_local(warm_up_start(run, NEW_YORK.to_utc(MONDAY))):%d %H:%M}"


def test_span_counts_back_from_the_start() -> None:
    assert start_of(timedelta(hours=30), None) == "26 18:00"


def test_minute_bars_count_sessions_and_half_days() -> None:
    assert start_of(10, None) == "24 12:50"
    assert start_of(220, Resolution.MINUTE) == "23 15:50"


def test_first_hour_bar_of_a_day_begins_before_the_open() -> None:
    assert start_of(4, None, Resolution.HOUR) == "24 09:00"
    assert start_of(5, None, Resolution.HOUR) == "23 15:00"


def test_other_resolution_than_the_securities_have_is_refused() -> None:
    with pytest.raises(Unsupported, match="warm-up of DAILY bars for GOOG at MINUTE"):
        start_of(3, Resolution.DAILY)
