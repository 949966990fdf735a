"""A spread that cannot be valued is never silent: after a time an alarm, then what the user chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from .judge import Sight


class BlindPolicy(StrEnum):
    """What happens to a spread that had no value for too long: keep it, or close what can be closed."""

    KEEP = "keep"
    CLOSE = "close"


def blind_step(
    spread_id: str,
    sight: Sight,
    alarm_after: timedelta,
    policy: BlindPolicy,
    now: datetime,
    alarm: Callable[[str, str], None],
) -> str:
    """Raise the alarm when it is due, once per blindness; returns the reason to close, or "" to keep."""
    if sight.blind_since is None or sight.fault is None or now - sight.blind_since < alarm_after:
        return ""
    minutes = round((now - sight.blind_since).total_seconds() / 60)
    reason = f"no value for {minutes} minutes: {sight.fault.reason} {sight.fault.leg} ({sight.fault.detail})"
    if not sight.alarmed:
        sight.alarmed = True
        alarm(spread_id, reason)
    return reason if policy is BlindPolicy.CLOSE else ""
