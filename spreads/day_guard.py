"""The limit of a day's loss: follows the result slice by slice, and closes everything when the limit says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .gate import EntryGate
from .guards import LossAction
from .journal import Journal, What
from .open_result import OpenResult


class DayGuard:
    """Holds the day's result against its limit.

    Args:
        gate: Has the guards and remembers the day.
        result: Of the spreads that live.
        journal: Takes a record when the limit is reached.
        alarm: Takes a spread id and a text.
        flatten: Closes everything (rule, reason, now); gives how many.
    """

    def __init__(
        self,
        gate: EntryGate,
        result: OpenResult,
        journal: Journal,
        alarm: Callable[[str, str], None],
        flatten: Callable[[str, str, datetime], int],
    ) -> None:
        self._gate = gate
        self._result = result
        self._journal = journal
        self._alarm = alarm
        self._flatten = flatten

    def follow(self, now: datetime) -> bool:
        """One look; True when the limit was reached and something is to be closed."""
        refusal = self._gate.look(now, self._result.total())
        if refusal is None:
            return False
        self._journal.write(What.GUARD, now, text=refusal.sentence)
        self._alarm("", refusal.sentence)
        if self._gate.guards.daily_loss_action is not LossAction.FLATTEN:
            return False
        return self._flatten("daily-loss-limit", refusal.sentence, now) > 0
