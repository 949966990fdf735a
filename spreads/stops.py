"""Orders LEAN lacks: a stop, target or trailing stop on the net price of a spread, as a ticket like LEAN's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .closing import ClosePolicy
from .confirmation import Clock, Confirmation
from .view import Extremes, Rule


class TicketStatus(StrEnum):
    """Status of an order on a spread. Closed ones: FILLED, CANCELED, INVALID.

    SUBMITTED: watching. TRIGGERED: its rule fired and the spread is being closed. FILLED: the spread is flat
    because of it. CANCELED: by the user, by its bracket's other part, or because the spread ended otherwise.
    """

    SUBMITTED = "submitted"
    TRIGGERED = "triggered"
    FILLED = "filled"
    CANCELED = "canceled"
    INVALID = "invalid"


@dataclass(slots=True)
class SpreadTicket:
    """An order on the net price of a spread. Updatable and cancellable while it is SUBMITTED.

    Attributes:
        order_id: Number unique in the book.
        spread_id: The spread it closes.
        kind: "stop market", "stop limit", "trailing stop", "profit target", "rule".
        rule: What makes it fire.
        confirmation: How long a breach must hold.
        policy: How the spread is closed when it fires; None = the book's policy.
        group: Tickets of one group cancel each other (a bracket).
        tag: The user's text; stands in the closing orders' tags.
        since: When it began to watch, algorithm time.
        history: What happened to it: (time, text).
    """

    order_id: int
    spread_id: str
    kind: str
    rule: Rule
    confirmation: Confirmation
    since: datetime
    policy: ClosePolicy | None = None
    group: str = ""
    tag: str = ""
    status: TicketStatus = TicketStatus.SUBMITTED
    extremes: Extremes | None = None
    latched: frozenset[str] = frozenset()
    clock: Clock = field(default_factory=Clock)
    history: list[tuple[datetime, str]] = field(default_factory=list)
    changed: Callable[[SpreadTicket], datetime] | None = field(default=None, repr=False, compare=False)

    @property
    def is_watching(self) -> bool:
        """True while the rule is asked."""
        return self.status is TicketStatus.SUBMITTED

    def update(
        self,
        *,
        rule: Rule | None = None,
        confirmation: Confirmation | None = None,
        policy: ClosePolicy | None = None,
        tag: str | None = None,
    ) -> bool:
        """Change what the order watches; takes effect on the next slice. False when it is not watching any more."""
        if not self.is_watching:
            return False
        if rule is not None:
            self.rule = rule
            self.clock = Clock()
        if confirmation is not None:
            self.confirmation = confirmation
        if policy is not None:
            self.policy = policy
        if tag is not None:
            self.tag = tag
        self._note("updated")
        return True

    def cancel(self, tag: str = "") -> bool:
        """Stop watching; the spread stays open. False when it is not watching any more."""
        if not self.is_watching:
            return False
        self.status = TicketStatus.CANCELED
        self._note(f"canceled {tag}".strip())
        return True

    def end(self, status: TicketStatus, now: datetime, text: str) -> None:
        """Take over how the order ended (the book calls this)."""
        self.status = status
        self.history.append((now, text))

    def _note(self, text: str) -> None:
        if self.changed is not None:
            self.history.append((self.changed(self), text))
