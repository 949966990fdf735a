"""One slice of a manager, and the one question that spares most slices nearly all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from .gate import EntryGate
from .times import earlier, plain
from .watch import Watchlist
from .watched import Watched

Step = Callable[[datetime, Iterable[Watched] | None], datetime]
"""Does what is to be done on a slice (time, spreads touched: `SpreadBook.step`); says when it is due again."""


class Pulse:
    """Lets the parts work when there is something to do; else only the prices are looked at.

    A slice is quiet while it is earlier than anything due, nothing has come, no guard follows the day's result, and no
    spread leaves its band.

    Args:
        watch: Looks at the prices.
        gate: Has the guards.
        work: Collections of which one is not empty while something has come or is under way.
        step: What the parts do on a slice that is not quiet.
    """

    def __init__(self, watch: Watchlist, gate: EntryGate, work: Iterable[Collection[object]], step: Step) -> None:
        self._glance = watch.glance
        self._gate = gate
        self._woken: set[datetime] = set()
        self._work = (*work, self._woken)
        self._step = step
        self._due, self._wake = datetime.min, datetime.max

    def wake_at(self, moment: datetime) -> None:
        """Have `beat` return True from a time on, until another is set. On any thread: the next slice takes it up."""
        self._wake = moment
        self._woken.add(moment)

    def beat(self, moment: datetime) -> bool:
        """One slice, at the engine's own time; True when the time to wake has come."""
        touched = None
        if earlier(moment, self._due) and not any(self._work) and self._gate.guards.daily_loss is None:
            touched = self._glance(moment)
            if not touched:
                return False
        now, self._due = plain(moment), datetime.min  # should a part fail, the next slice leaves none out
        self._woken.clear()  # before the time is read: another that comes now makes the next slice a full one
        self._due = min(self._step(now, touched), self._wake)
        return now >= self._wake
