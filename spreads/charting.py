"""LEAN's charts within its limits: ten series a run, four thousand points a series (Common/Packets/Controls.cs).

Spreads come and go, series do not: four slots show the net debit and the stop of the oldest open spreads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite

from .watched import Watched

CHART = "Net debit"
SLOTS = 4
MOST_POINTS = 4_000


@dataclass(slots=True)
class SlotChart:
    """Which spread stands in which slot, and how many points each series has."""

    slots: list[str] = field(default_factory=lambda: [""] * SLOTS)
    points: int = 0
    shows_open: bool = False

    def sample(self, watched: Iterable[Watched]) -> list[tuple[str, float]]:
        """Series names and values (dollars per share) to plot now; empty while nothing is open, and once they are full.

        When the last spread has gone one point says so.
        """
        by_id = {one.spread_id: one for one in watched}
        if self.points >= MOST_POINTS or not (by_id or self.shows_open):
            return []
        self.points += 1
        self.shows_open = bool(by_id)
        self.slots = [spread_id if spread_id in by_id else "" for spread_id in self.slots]
        waiting = [spread_id for spread_id in by_id if spread_id not in self.slots]
        values: list[tuple[str, float]] = [("open", float(len(by_id)))]
        for number, spread_id in enumerate(self.slots):
            if not spread_id and waiting:
                spread_id = self.slots[number] = waiting.pop(0)
            if not spread_id or by_id[spread_id].blind:
                continue
            one = by_id[spread_id]
            values.append((f"{number + 1} debit", one.natural))
            stop = one.natural_high if isfinite(one.natural_high) else one.mid_high
            if isfinite(stop):
                values.append((f"{number + 1} stop", round(stop, 2)))
        return values
