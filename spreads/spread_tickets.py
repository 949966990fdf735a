"""Orders LEAN lacks: a stop, target or trailing stop on the net price of a spread, as a ticket like LEAN's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from .closing import ClosePolicy
from .confirmation import Clock, Confirmation
from .errors import BadSetting
from .money import Number, money, ticks_down, ticks_up
from .turn import Turn
from .view import Extremes, Rule, as_rule


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
    turn: Turn | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what could not be asked, or could only be filled worse than its stop."""
        _check(self.rule, self.policy)

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
        """Change what the order watches; takes effect on the next slice. False when it is not watching any more.

        Another rule begins its confirmation anew; the best debit seen so far is kept. On another thread than the
        step's (a scheduled event in live) it is only recorded, and changed by the next step, as by `cancel`.

        Raises:
            BadSetting: No rule, or a limit below the stop; the order stays as it was.
        """
        if not self.is_watching:
            return False
        _check(rule or self.rule, policy or self.policy)
        if self._recorded(lambda: self.update(rule=rule, confirmation=confirmation, policy=policy, tag=tag)):
            return True
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

    def update_stop_price(self, price: Number, tag: str | None = None) -> bool:
        """Move a stop or a target to another net debit (dollars per share), as LEAN's ticket does.

        Raises:
            BadSetting: Not a price, above the order's limit, or the order does not stand at a price.
        """
        if getattr(self.rule, "price", None) is None:
            raise BadSetting("stop_price", price, f"nothing: {self.rule.name} does not stand at a price; give a rule")
        return self.update(rule=_at_price(self.rule, price), tag=tag)

    def update_limit_price(self, price: Number, tag: str | None = None) -> bool:
        """Move the limit of a stop limit order (dollars per share).

        Raises:
            BadSetting: Below the stop, or the order has no limit.
        """
        if self.policy is None or self.policy.limit is None:
            raise BadSetting("limit_price", price, f"nothing: the {self.kind} order has no limit")
        return self.update(policy=replace(self.policy, limit=ticks_down(price)), tag=tag)

    def cancel(self, tag: str = "") -> bool:
        """Stop watching; the spread stays open. False when it is not watching any more."""
        if not self.is_watching:
            return False
        if self._recorded(lambda: self.cancel(tag)):
            return True
        self.status = TicketStatus.CANCELED
        self._note(f"canceled {tag}".strip())
        return True

    def end(self, status: TicketStatus, now: datetime, text: str) -> None:
        """Take over how the order ended (the book calls this)."""
        self.status = status
        self.history.append((now, text))

    def _recorded(self, change: Callable[[], object]) -> bool:
        """True when another thread asked: the next step makes the change."""
        return self.turn is not None and self.turn.takes(lambda now: change())

    def _note(self, text: str) -> None:
        if self.changed is not None:
            self.history.append((self.changed(self), text))


def _at_price(rule: Any, price: Number) -> Rule:
    moved: Rule = replace(rule, price=price)
    return moved


def _check(rule: Rule, policy: ClosePolicy | None) -> None:
    price = getattr(as_rule("rule", rule), "price", None)
    if policy is None or policy.limit is None or price is None or policy.limit >= ticks_up(price):
        return
    raise BadSetting("limit_price", money(policy.limit), f"at least the stop price {price}")
