"""Whose turn it is: what other threads ask for waits for the manager's own step.

In live scheduled events run beside `on_data` (lean_live.md 0.4): a close decided on both threads went out twice there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Lock, get_ident

Action = Callable[[datetime], object]
"""Something asked for; called with the time of the step that does it."""


class Turn:
    """Knows the thread of the step and keeps what others ask for, in order.

    Before the first step every thread is taken for it: nothing runs beside it yet.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        """Held for a moment while something is numbered, never across a call of the engine."""
        self._thread: int | None = None
        self.waiting: deque[Action] = deque()
        """What was asked for and not done yet."""

    def enter(self) -> None:
        """The step begins, on this thread."""
        self._thread = get_ident()

    @property
    def is_ours(self) -> bool:
        """True on the thread of the step."""
        return self._thread is None or get_ident() == self._thread

    def takes(self, action: Action) -> bool:
        """True on another thread: the action waits for the next step. False: do it yourself, now."""
        if self.is_ours:
            return False
        self.waiting.append(action)
        return True

    def asked(self) -> list[Action]:
        """What was asked for until now, to be done by the step."""
        return [self.waiting.popleft() for _ in range(len(self.waiting))]
