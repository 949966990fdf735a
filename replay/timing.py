"""Bar lengths by resolution."""

from __future__ import annotations

from datetime import timedelta

from replay.enums import Resolution

COARSE = (Resolution.HOUR, Resolution.DAILY)
"""Resolutions whose orders wait for the next bar."""

BAR_LENGTH = {
    Resolution.TICK: timedelta(0),
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}
