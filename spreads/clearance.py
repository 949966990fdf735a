"""What of a closing spread may be ordered now: what is in the way, how much is there, whether it goes on at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .closing import Cap, ExitSettings
from .courier import Courier
from .exits import ExitJob
from .journal import What
from .legs import Leg
from .order_notes import ADOPTED, Purpose
from .spread import Spread


class Clearance:
    """Keeps a close to what its ledger and the account hold, and tells when it stands still.

    Args:
        courier: Sends and cancels.
        settings: Limits of every close.
        cap: How many contracts of a leg may be closed now (see `closing.cap`).
    """

    def __init__(self, courier: Courier, settings: ExitSettings, cap: Callable[[Spread, Leg], Cap]) -> None:
        self._courier = courier
        self._broker = courier.broker
        self._settings = settings
        self._cap = cap

    def way_is_clear(self, spread: Spread, now: datetime) -> bool:
        """Take entry orders and backstops back first; True when none is out any more."""
        in_the_way = [t for t in spread.working() if t.purpose is not Purpose.CLOSE]
        for ticket in in_the_way:
            self._courier.cancel(spread, ticket, "the spread is being closed", now)
        for ticket in spread.working(purpose=Purpose.CLOSE):
            if ticket.remaining * spread.ledger.held(ticket.leg) > 0 or abs(ticket.remaining) > abs(
                spread.ledger.held(ticket.leg)
            ):
                self._courier.cancel(spread, ticket, "more is ordered than is still held", now)
            elif ticket.situation == ADOPTED and now - ticket.sent_at >= self._settings.walk_pause:
                self._courier.cancel(spread, ticket, "adopted after a restart, its limit unknown, and unfilled", now)
        return not in_the_way

    def closable(self, spread: Spread, job: ExitJob, leg: Leg, now: datetime) -> int:
        """Contracts of a leg that may be sent now: 0 while an order works, the session is closed, it is expired."""
        working = spread.working(leg.key)
        if working or now.date() > leg.expiry or not self._broker.is_open(leg):
            return 0
        size = self._cap(spread, leg)
        if size.there < size.wanted and job.once(f"gap {leg.key} {size.there}"):
            text = f"the account holds {size.there} of {size.wanted} {leg.name}: no more will be closed"
            self._courier.note(What.GUARD, now, spread, text=text)
        if size.free < size.there:
            if self._settings.cancel_foreign:
                self._cancel_others(spread, job, leg)
            if job.once(f"taken {leg.key}"):
                text = f"orders under way would close {leg.name} beyond what is held of it: waits until they are done"
                self._courier.note(What.GUARD, now, spread, text=text)
        return size.free

    def watch_progress(self, spread: Spread, job: ExitJob, now: datetime) -> None:
        """Alarm once when the session is open and nothing was filled for longer than the patience; why, in words."""
        holdings = spread.holdings()
        left = sum(abs(held) for _, held in holdings)
        if left != job.left or not any(self._broker.is_open(leg) for leg, _ in holdings):
            job.left, job.moved_at = left, now
            job.said.discard("stuck")
            return
        if now - max(job.moved_at, job.urged_at) < self._settings.patience:
            return
        job.urged_at = now
        # LEAN's matching of positions is not deterministic: what was refused may pass the next time
        job.banned.clear()
        if not job.kept and job.once("stuck"):
            reasons = [f"order {t.order_id} for {t.remaining:+d} {t.leg} is out" for t in spread.working()]
            reasons += [f"{key} was refused {pause.refusals} times" for key, pause in job.pauses.items()]
            for leg, held in holdings:
                size = self._cap(spread, leg)
                if self._courier.foreign(leg, held):
                    reasons.append(f"an order that is not ours would close {leg.name}")
                elif size.free < size.there:
                    reasons.append(f"orders of other spreads would close {leg.name} beyond what they hold")
            why = "; ".join(reasons) or "nothing may be sent"
            self._courier.alarm(now, spread, f"the close makes no progress since {job.moved_at:%H:%M:%S}: {why}")

    def _cancel_others(self, spread: Spread, job: ExitJob, leg: Leg) -> None:
        for facts in self._courier.foreign(leg, spread.ledger.held(leg.key)):
            if job.once(f"foreign {facts.order_id}"):
                self._broker.cancel(facts.order_id, f"{spread.id} {job.rule}: in the way of the close")
