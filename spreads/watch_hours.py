"""Whether anything that is watched is traded now: outside its session nothing is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from .judge import Market
from .spread import Spread
from .watch import Watchlist


class WatchHours:
    """The session of the spreads that are watched; asks the calendar anew only where the last answer does not hold.

    Attributes:
        until: While it is earlier, the session that `cover` found last goes on.

    Args:
        market: Has the calendar.
        watch: What is watched.
        spreads: All spreads by id.
        failed: Told of a spread whose calendar cannot be had; the others' decide.
    """

    def __init__(
        self,
        market: Market,
        watch: Watchlist,
        spreads: Mapping[str, Spread],
        failed: Callable[[str, datetime, Exception], None],
    ) -> None:
        self._market = market
        self._watch = watch
        self._spreads = spreads
        self._failed = failed
        self.until = datetime.min

    def cover(self, now: datetime) -> bool:
        """True while the session of any watched spread lasts."""
        if now < self.until:
            return True
        for watched in self._watch.by_id.values():
            try:
                hours = self._market.session(self._spreads[watched.spread_id].legs[0], now)
            except Exception as error:
                self._failed(watched.spread_id, now, error)
                continue
            if hours is not None and hours.covers(now):
                self.until = hours.closes
                return True
        return False

    def forget(self) -> None:
        """A spread has ended: the session may have been its own."""
        self.until = datetime.min
