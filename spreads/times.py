"""Times of the engine as Python's own, and rounds: what is due every few minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache


def plain(moment: datetime) -> datetime:
    """A time of the engine without a zone as a plain `datetime`.

    LEAN's are of a subclass whose comparisons are Python code, 0.2 us each (QuantConnect/pythonnet, Converter.cs).
    """
    return datetime.combine(moment, moment.time())


earlier = datetime.__lt__
"""`earlier(a, b)`: compares times without a zone at the price of plain ones, whichever class the first is of."""


@lru_cache(maxsize=16)
def next_round(now: datetime, every: timedelta) -> datetime:
    """The first whole multiple of an interval that is later than now, counted from the first of all midnights.

    Whatever is done at such times is done together, and the slices between stay quiet. Of an interval of nothing: now.
    """
    return now + every - (now - datetime.min) % every if every else now
