"""What one slice of the manager does, counted instead of timed: engine reads, calls, and blocks of memory kept."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Any

from replay.reads import counted_reads


@dataclass(frozen=True, slots=True)
class SliceCount:
    """One slice of the manager.

    Attributes:
        at: Algorithm time.
        spreads: Spreads watched when it began.
        reads: Reads of the engine by name.
        calls: Python functions of the product called, by module and name.
        looks: Spreads whose rules were asked in full.
    """

    at: datetime
    spreads: int
    reads: Counter[str]
    calls: Counter[str]
    looks: int

    @property
    def is_quiet(self) -> bool:
        """No rule was asked, and nothing was due that is done every few minutes."""
        return not self.calls["spreads.book._look_at"] and not self.calls["spreads.book._carry_on"]

    @property
    def prices(self) -> int:
        """Reads of bids and asks."""
        return sum(number for name, number in self.reads.items() if name.endswith(("bid_price", "ask_price")))

    @property
    def others(self) -> int:
        """All other reads."""
        return self.reads.total() - self.prices


def counted(manager: Any, slice: Any, now: datetime) -> SliceCount:
    """One slice of a manager, with everything counted."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.split(".")[0] in ("spreads", "stop_rules", "spread_manager"):
            calls[f"{module}.{frame.f_code.co_name}"] += 1

    spreads = len(manager.book.watch)
    with counted_reads() as reads:
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            manager.on_data(slice)
        finally:
            sys.setprofile(before)
    return SliceCount(now, spreads, reads, calls, calls["spreads.judge.look"])
