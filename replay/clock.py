"""The replay's inner clock: integers of milliseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)
MINUTE_MS = 60_000
DAY_MS = 86_400_000


def to_ms(utc: datetime) -> int:
    """Milliseconds of a naive UTC time."""
    gap = utc - EPOCH
    return (gap.days * 86_400 + gap.seconds) * 1000 + gap.microseconds // 1000


def from_ms(ms: int) -> datetime:
    """The naive UTC time of a count of milliseconds."""
    return EPOCH + timedelta(milliseconds=ms)


class TickLater(datetime):
    """A time and one tick of 100 nanoseconds more, which only LEAN's JSON shows.

    LEAN starts a universe of what the algorithm asked for one tick after the step it asked in (DataManager).
    """

    @classmethod
    def than(cls, utc: datetime) -> TickLater:
        """One tick after a time."""
        return cls.fromisoformat(utc.isoformat())


def same_tick(one: datetime, other: datetime) -> bool:
    """Whether two times are equal to the tick."""
    return one == other and isinstance(one, TickLater) == isinstance(other, TickLater)
