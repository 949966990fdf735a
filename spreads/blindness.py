"""A spread without a value or a rule without an answer is never silent: an alarm, then what the user chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from .quotes import Fault, Unusable
from .sight import Sight
from .spread_tickets import SpreadTicket


class BlindPolicy(StrEnum):
    """What happens to a spread that had no value for too long: keep it, or close what can be closed."""

    KEEP = "keep"
    CLOSE = "close"


def blind_step(
    spread_id: str,
    sight: Sight,
    alarm_after: timedelta,
    policy: BlindPolicy,
    now: datetime,
    alarm: Callable[[str, str], None],
) -> str:
    """Raise the alarm when it is due, once per blindness; returns the reason to close, or "" to keep."""
    if sight.blind_since is None or sight.fault is None or now - sight.blind_since < alarm_after:
        return ""
    minutes = round((now - sight.blind_since).total_seconds() / 60)
    reason = f"no value for {minutes} minutes: {sight.fault.reason} {sight.fault.leg} ({sight.fault.detail})"
    if not sight.alarmed:
        sight.alarmed = True
        alarm(spread_id, reason)
    return reason if policy is BlindPolicy.CLOSE else ""


def unreadable_step(spread_id: str, sight: Sight, fault: Fault | None, alarm: Callable[[str, str], None]) -> None:
    """Raise an alarm at once, once per text, for a contract that cannot be read; exits by the clock go on."""
    if fault is not None and fault.reason is Unusable.READ_FAILED and fault.detail not in sight.told:
        sight.told.add(fault.detail)
        alarm(spread_id, f"{fault.leg} cannot be read: {fault.detail}")


def lack_step(
    spread_id: str, sight: Sight, alarm_after: timedelta, now: datetime, alarm: Callable[[str, str], None]
) -> None:
    """Raise an alarm, once while it lasts, for a rule that does without what it looks at: it cannot fire."""
    sight.told -= {reason.value for reason in Unusable} - set(sight.lacking)
    for reason, since in sight.lacking.items():
        if now - since >= alarm_after and reason.value not in sight.told:
            sight.told.add(reason.value)
            alarm(spread_id, f"a rule cannot fire: {reason} since {since:%H:%M}")


def failures_step(
    spread_id: str,
    sight: Sight,
    failed: Iterable[tuple[SpreadTicket, Exception]],
    alarm: Callable[[str, str], None],
) -> None:
    """Raise an alarm, once per text, for an order whose rule raised: it cannot fire, the spread's others can."""
    for ticket, error in failed:
        text = f"order {ticket.order_id} cannot be asked in full, the others can: {type(error).__name__}: {error}"
        if text not in sight.told:
            sight.told.add(text)
            alarm(spread_id, text)
