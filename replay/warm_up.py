"""Where a warm-up starts (LEAN: QCAlgorithm.History.cs, TryGetWarmupHistoryStartTime)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from replay.errors import Unsupported
from replay.history_rows import start_of_periods


def warm_up_start(run: Any, start: datetime) -> datetime:
    """UTC of the first moment: a time span before the start, or so many bars of the subscribed securities before it.

    Raises Unsupported for a resolution the securities do not have: LEAN warms them up with bars of that resolution.
    """
    span, resolution = run.warm_up
    for security in run.securities.values():
        if resolution not in (None, security.resolution):
            raise Unsupported(
                f"a warm-up of {resolution} bars for {security.symbol.value} at {security.resolution}",
                "leave the resolution out, or give that of the securities",
            )
    if isinstance(span, timedelta):
        return start - span
    found = start
    for security in run.securities.values():
        if not security.symbol.is_canonical() or len(run.securities) == 1:
            own = start_of_periods(
                security.hours, start, security.resolution, span, bool(security.extended_market_hours)
            )
            found = min(found, own)
    return found
