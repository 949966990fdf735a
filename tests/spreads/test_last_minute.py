"""When trading of an expiring contract ends."""

from __future__ import annotations

from datetime import datetime

import pytest

from spreads.last_minute import trading_ends

BEFORE = datetime(2024, 1, 18, 15, 15)


@pytest.mark.parametrize(
    ("root", "index", "close", "ends"),
    [
        ("SPXW", True, datetime(2024, 1, 19, 15, 15), datetime(2024, 1, 19, 15, 0)),
        ("SPXW", True, datetime(2024, 11, 29, 12, 15), datetime(2024, 11, 29, 12, 0)),  # half day
        ("SPXW", True, datetime(2024, 11, 29, 12, 0), datetime(2024, 11, 29, 12, 0)),  # hours that know it already
        ("SPX", True, datetime(2024, 1, 19, 15, 15), BEFORE),
        ("VIXW", True, datetime(2024, 1, 17, 15, 15), BEFORE),
        ("GOOG", False, datetime(2024, 1, 19, 16, 0), datetime(2024, 1, 19, 16, 0)),
        ("SPY", False, datetime(2024, 1, 19, 16, 15), datetime(2024, 1, 19, 16, 15)),
    ],
)
def test_trading_ends_by_root_and_calendar(root: str, index: bool, close: datetime, ends: datetime) -> None:
    assert trading_ends(root, index, close, BEFORE) == ends
