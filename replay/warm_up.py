"""Where a warm-up starts (LEAN: AlgorithmManager / WarmupPeriod)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from replay.enums import Resolution
from replay.timing import BAR_LENGTH


def warm_up_start(run: Any, start: datetime) -> datetime:
    """UTC of the first moment: a time span before the start, or so many bars of the subscribed securities before it."""
    span = run.warm_up
    if isinstance(span, timedelta):
        return start - span
    bars, resolution = span
    found = start
    for security in run.securities.values():
        found = min(found, _bars_back(security, start, bars, resolution or security.resolution))
    return found


def _bars_back(security: Any, start: datetime, bars: int, resolution: Resolution) -> datetime:
    hours, length = security.hours, BAR_LENGTH[resolution]
    local = hours.time_zone.to_local(start)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    left, moment = bars, local
    while left > 0:
        day -= timedelta(days=1)
        session = hours.session(day, security.extended_market_hours)
        if session is None:
            continue
        if resolution is Resolution.DAILY:
            left, moment = left - 1, day
            continue
        held = int((session[1] - session[0]) / length)
        moment = session[1] - length * min(left, held)
        left -= held
    utc: datetime = hours.time_zone.to_utc(moment)
    return utc
