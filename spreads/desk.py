"""The desk: holds the live spreads, reads their orders, carries entries and closes on, and keeps to the account.

Everything happens on the algorithm's own step; `advance` is the only place that sends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from .closer import Closer
from .closing import Cap, ClosePolicy, ExitSettings, Remains, Way, cap
from .courier import AlarmFunction, Courier, JournalFunction
from .entry import EntryJob, judge_entry, leg_in
from .exits import ExitJob
from .journal import What
from .legs import Leg
from .order_notes import ADOPTED, Purpose
from .orders import Broker, Notice, OrderFacts, OrderKind
from .reconciling import Reconciler
from .settlement import SETTLING, expired_worthless, settles_whole
from .spread import Spread
from .states import Evidence, State


class Desk:
    """Opens nothing on its own and closes what it is told to close, until fills prove it flat.

    Args:
        broker: The engine.
        settings: Limits of every close.
        journal: Takes records {"at", "what", "spread", ...} (`journal.FIELDS`).
        alarm: Takes a spread id and a sentence.
    """

    def __init__(self, broker: Broker, settings: ExitSettings, journal: JournalFunction, alarm: AlarmFunction) -> None:
        self.settings = settings
        self.spreads: dict[str, Spread] = {}
        self._broker = broker
        self._busy: dict[str, None] = {}
        self._courier = Courier(broker, journal, alarm)
        self._closer = Closer(self._courier, settings, self._cap)
        self._reconciler = Reconciler(self._courier, self._live, self._on_loss, self._on_doubt)
        self._recall: dict[str, Spread] = {}
        self.waiting: set[str] = set()
        self.work: tuple[Collection[str], ...] = self._busy, self._recall, self.waiting
        """One of them is not empty while something is under way, or waits for quotes after a restart."""
        self._over: dict[str, Spread] = {}
        self._again: list[Spread] = []
        self._errors: set[tuple[str, str]] = set()
        self._now = datetime.min

    @property
    def before_first_order(self) -> Callable[[Spread], None]:
        """Called once for each close before its first order, so that the snapshot can be saved."""
        return self._closer.before_first_order

    @before_first_order.setter
    def before_first_order(self, hook: Callable[[Spread], None]) -> None:
        self._closer.before_first_order = hook

    @property
    def busy(self) -> bool:
        """True when an order works, or a close or an entry is under way: `advance` has something to do."""
        return bool(self._busy or self._recall)

    # -- taking over -------------------------------------------------------------------------------------------

    def adopt(self, spread: Spread, entry_facts: Sequence[OrderFacts], now: datetime | None = None) -> None:
        """Take a spread over with the orders just sent for it, or with legs already held (their filled orders).

        Without `now` the state is judged on the next `advance`.
        """
        self.spreads[spread.id] = spread
        self._busy[spread.id] = None
        at = now or self._now
        for facts in entry_facts:
            self._courier.adopt(spread, facts, Purpose.ENTRY, at)
        if now is not None:
            self._guarded(spread, now, self._settle, spread, now)

    def open_legged(self, spread: Spread, now: datetime, tag: str = "entry") -> None:
        """Enter leg by leg: longs, then the shorts they cover; undone when a short is refused. Sends on `advance`."""
        spread.entry = EntryJob(tag)
        self.adopt(spread, [], now)

    def adopt_order(self, spread: Spread, facts: OrderFacts, now: datetime, purpose: Purpose = Purpose.CLOSE) -> None:
        """Take over an order that is out for a leg of the spread: a backstop, or a close somebody else sent."""
        ticket = self._courier.adopt(spread, facts, purpose, now, OrderKind.LIMIT)
        if ticket is not None:
            ticket.situation = ADOPTED
        self._busy[spread.id] = None

    def owns(self, order_id: int) -> bool:
        """True when an order of the engine belongs to one of our spreads."""
        return order_id in self._courier.owners

    def taken_up_again(self) -> list[Spread]:
        """Spreads that a late fill brought back since the last call; some may have ended anew."""
        again, self._again = self._again, []
        return again

    def over(self, now: datetime) -> list[Spread]:
        """Ended spreads whose cancelled orders may still fill: until their contracts expire."""
        return [spread for spread in self._over.values() if now <= spread.expires_at]

    def restore(self, spreads: Sequence[Spread], now: datetime, compare: bool = True) -> None:
        """Take over the spreads of an earlier process once holdings and open orders have arrived.

        Orders still out are found again by the brokerage's ids; then record and account are compared, unless
        `compare` is False because there are no prices yet: they wait for `release`. Sends nothing. An ended spread
        that holds something again (a late fill) is taken up, one with an order out again has it cancelled later.
        """
        for spread in sorted(spreads, key=lambda one: not one.has_ended):
            if spread.has_ended:
                self._over[spread.id] = spread
            else:
                self.spreads[spread.id] = spread
                self._busy[spread.id] = None
            self._guarded(spread, now, self._courier.find_again, spread, now, self._reconciler.gap)
            if spread.has_ended and not spread.ledger.is_flat:
                self._guarded(spread, now, self._late, spread, now)
            elif spread.has_ended and spread.working():
                self._recall[spread.id] = spread
        if compare:
            self.reconcile(now, certain=True)
        else:
            self.waiting.update(self.spreads)

    def release(self, spreads: Sequence[Spread], now: datetime) -> None:
        """Compare spreads that waited since a restart with the account at once, and carry on with them."""
        self._now = now
        self.waiting.difference_update(spread.id for spread in spreads)
        self._look_at_all(now)
        self._reconciler.check([spread for spread in spreads if not spread.has_ended], now, certain=True)
        self._tidy()

    # -- deciding ----------------------------------------------------------------------------------------------

    def begin_close(
        self, spread: Spread, reason: str, rule: str, now: datetime, policy: ClosePolicy | None = None
    ) -> None:
        """Mark a spread as closing; orders go out on `advance`.

        A second call changes the policy if it names one; the wait of a limit that rests it ends in any case.
        """
        if spread.has_ended:
            return
        self._now = now
        self._busy[spread.id] = None
        if spread.exit is not None:
            if spread.exit.policy.rests:
                policy = policy or self.settings.policy
            if policy is not None and policy != spread.exit.policy:
                self._change_policy(spread, reason, rule, policy, now)
            return
        spread.exit = ExitJob(reason, rule, policy or self.settings.policy, now)
        spread.exit_reason = reason
        if spread.entry is not None:
            spread.entry.over = True
        self._move(spread, Evidence.DECISION, now)

    def _change_policy(self, spread: Spread, reason: str, rule: str, policy: ClosePolicy, now: datetime) -> None:
        job = spread.exit
        assert job is not None
        rested = job.policy.rests
        if rested:
            job.rule, job.reason, spread.exit_reason = rule, reason, reason
        job.policy, job.way = policy, None
        job.steps.clear()
        for ticket in spread.working(purpose=Purpose.CLOSE):
            if ticket.limit is not None and (rested or policy.way not in (Way.COMBO_LIMIT, Way.LEG_LIMIT)):
                self._courier.cancel(spread, ticket, "another close policy", now)

    # -- the step ----------------------------------------------------------------------------------------------

    def advance(self, now: datetime) -> None:
        """Look at all orders that are out, then send: entries, all shorts of all closing spreads, then longs."""
        self._now = now
        for spread in list(self._recall.values()):
            self._guarded(spread, now, self._late, spread, now)
            if not spread.working():
                self._recall.pop(spread.id, None)
        for spread in self._busy_spreads():
            self._guarded(spread, now, self._look, spread, now)
        for spread in self._busy_spreads():
            if spread.state is State.OPENING and spread.entry is not None:
                self._guarded(spread, now, self._enter, spread, now)
        closing = [s for s in self._busy_spreads() if s.exit is not None and s.state is not State.QUARANTINED]
        self._reconciler.check(closing, now)
        for phase in (self._closer.shorts, self._closer.longs):
            for spread in closing:
                if spread.exit is not None and not spread.has_ended:
                    self._guarded(spread, now, phase, spread, spread.exit, now)
            for spread in closing:
                self._guarded(spread, now, self._look, spread, now)
        self._tidy()

    def notice(self, notice: Notice, now: datetime) -> None:
        """Apply one queued engine event: ours only says where to look, others' are settled."""
        self._now = now
        owner = self._courier.owners.get(notice.order_id)
        if owner is None or notice.is_assignment or notice.is_exercise:
            self._reconciler.foreign(notice, now)
        elif owner.has_ended:
            self._guarded(owner, now, self._late, owner, now)
        else:
            self._busy[owner.id] = None

    def read(self, now: datetime) -> None:
        """Look at every order, also of ended spreads: what one of them filled is in the records then. Sends none."""
        self._now = now
        for spread in list(self._over.values()):
            self._guarded(spread, now, self._late, spread, now)
        self._look_at_all(now)
        self._tidy()

    def reconcile(self, now: datetime, certain: bool = False) -> None:
        """Compare the ledgers' sums with the account, contract by contract.

        A difference counts once it was seen at two different times (a fill may lie between two reads), or at once
        when `certain`. Ended spreads whose cancelled orders could still fill are looked at too: events get lost.
        """
        self.read(now)
        self._reconciler.check([spread for spread in self._live() if spread.id not in self.waiting], now, certain)
        self._tidy()

    # -- parts of the step -------------------------------------------------------------------------------------

    def _live(self) -> list[Spread]:
        return [spread for spread in self.spreads.values() if not spread.has_ended]

    def _busy_spreads(self) -> list[Spread]:
        """Those with something under way that do not wait for their first quotes after a restart."""
        ids = [spread_id for spread_id in self._busy if spread_id not in self.waiting]
        return [self.spreads[spread_id] for spread_id in ids if spread_id in self.spreads]

    def _look_at_all(self, now: datetime) -> None:
        for spread in list(self.spreads.values()):
            if spread.id not in self.waiting:
                self._guarded(spread, now, self._look, spread, now)

    def _look(self, spread: Spread, now: datetime) -> None:
        """Read a spread's orders and draw the conclusions."""
        if spread.has_ended:
            return
        before = {t.leg: spread.ledger.held(t.leg) for t in spread.tickets if t.purpose is Purpose.BACKSTOP}
        for ticket, facts in self._courier.look(spread, now):
            if ticket.purpose is Purpose.CLOSE and spread.exit is not None:
                self._closer.ended(spread, spread.exit, ticket, facts, now)
        if spread.exit is None and any(spread.ledger.held(leg) != held for leg, held in before.items()):
            self.begin_close(spread, "an order resting at the broker was filled", "backstop", now)
        self._settle(spread, now)

    def _enter(self, spread: Spread, now: datetime) -> None:
        leg_in(spread, self._courier, now)
        self._settle(spread, now)

    def _settle(self, spread: Spread, now: datetime) -> None:
        """Change the state if what was seen allows it."""
        if spread.has_ended or spread.working():
            return
        if spread.state is State.OPENING:
            self._judge_entry(spread, now)
        elif spread.ledger.is_flat:
            self._move(spread, self._end_of(spread), now)

    def _judge_entry(self, spread: Spread, now: datetime) -> None:
        evidence, lots = judge_entry(spread)
        if evidence is None:
            return
        if evidence is Evidence.ENTRY_DEAD and spread.ledger.postings:
            evidence = self._end_of(spread)
            if evidence is not Evidence.SETTLEMENT:
                evidence = Evidence.ENTRY_DEAD
        if evidence is Evidence.ENTRY_FILLED and lots != spread.lots:
            self._courier.note(What.GUARD, now, spread, text=f"{lots} of {spread.lots} spreads were filled")
            spread.lots = lots
        self._move(spread, evidence, now)
        if evidence is Evidence.ENTRY_PARTIAL:
            self._courier.alarm(now, spread, "the entry is incomplete: what was filled is undone")
            self.begin_close(spread, "the entry is incomplete", "entry", now)

    def _end_of(self, spread: Spread) -> Evidence:
        """What made the spread flat: the last event it knows decides."""
        if not spread.ledger.postings:
            return Evidence.ENTRY_DEAD
        cause = spread.ledger.last_cause()
        if not cause:
            return Evidence.FLAT_BY_FILLS
        return Evidence.SETTLEMENT if cause in SETTLING else Evidence.FLAT_ELSEWHERE

    def _move(self, spread: Spread, evidence: Evidence, now: datetime) -> None:
        before = spread.state
        spread.advance(evidence, now)
        if spread.has_ended and not spread.exit_reason:
            told = "expired worthless" if expired_worthless(spread) else "; ".join(spread.anomalies)
            spread.exit_reason = told or str(evidence)
        self._courier.note(What.STATE, now, spread, before=before, after=spread.state, evidence=evidence)

    def _tidy(self) -> None:
        """Forget what ended, and leave alone what has nothing under way."""
        self.waiting -= {spread_id for spread_id in self.waiting if self.spreads[spread_id].has_ended}
        for spread in self._busy_spreads():
            if spread.has_ended:
                del self.spreads[spread.id]
                if spread.tickets:
                    self._over[spread.id] = spread
            elif spread.exit is not None or spread.working() or spread.state is State.OPENING:
                continue
            del self._busy[spread.id]

    def _late(self, spread: Spread, now: datetime) -> None:
        """Look at the orders of an ended spread: what one of them filled after all is taken up again and closed."""
        self._courier.look(spread, now)
        if spread.ledger.is_flat:
            for ticket in spread.working():
                self._courier.cancel(spread, ticket, "the spread has ended", now)
            if now > spread.expires_at or not spread.tickets:
                self._over.pop(spread.id, None)
            return
        self._over.pop(spread.id, None)
        self._recall.pop(spread.id, None)
        self.spreads[spread.id] = spread
        self._again.append(spread)
        held = ", ".join(f"{held:+d} {leg.name}" for leg, held in spread.holdings())
        text = f"a late fill came after the spread had ended: {held} will be closed"
        self._move(spread, Evidence.LATE_FILL, now)
        self._courier.alarm(now, spread, text)
        spread.anomalies.append(text)
        self.begin_close(spread, text, "late fill", now)

    # -- losses ------------------------------------------------------------------------------------------------

    def _on_loss(self, spread: Spread, text: str, now: datetime) -> None:
        """A leg went without us: the record says so, and the policy deals with what is left."""
        self._busy[spread.id] = None
        spread.anomalies.append(text)
        self._courier.note(What.GUARD, now, spread, text=text)
        if spread.ledger.is_flat:
            for ticket in spread.working():
                self._courier.cancel(spread, ticket, "nothing is held any more", now)
            self._settle(spread, now)
            return
        if spread.state is not State.OPENING:
            self._move(spread, Evidence.LEG_GONE, now)
        if settles_whole(spread, now):
            return
        self._courier.alarm(now, spread, text)
        shares = spread.underlying is not None and spread.ledger.held(spread.underlying.key) != 0
        policy = self.settings.shares if shares else self.settings.remains
        if policy is Remains.CLOSE:
            self.begin_close(spread, text, "leg gone", now)

    def _on_doubt(self, spread: Spread, text: str, resolved: bool, now: datetime) -> None:
        """Record and account disagree in a way no loss explains, or agree again."""
        evidence = Evidence.RESOLVED if resolved else Evidence.MISMATCH
        self._move(spread, evidence, now)
        self._courier.alarm(now, spread, text)
        if resolved and spread.exit is not None:
            self._busy[spread.id] = None
            self._move(spread, Evidence.DECISION, now)

    def _cap(self, spread: Spread, leg: Leg) -> Cap:
        held = spread.ledger.held(leg.key)
        foreign = sum(facts.remaining for facts in self._courier.foreign(leg, held))
        return cap(held, self._reconciler.gap(leg), foreign, self._left(spread, leg, held))

    def _left(self, spread: Spread, leg: Leg, held: int) -> int | None:
        """What all spreads hold on this side less what the others' closes take of it; None when none closes it."""
        others = [one for one in {**self._over, **self._recall, **self.spreads}.values() if one is not spread]
        orders = [order for one in others for order in one.working(leg.key, Purpose.CLOSE)]
        taken = sum(abs(order.remaining) for order in orders if order.remaining * held < 0)
        if not taken:
            return None
        kept = [one.ledger.held(leg.key) for one in others]
        return abs(held) + sum(abs(contracts) for contracts in kept if contracts * held > 0) - taken

    def _guarded(self, spread: Spread, now: datetime, action: Callable[..., object], *arguments: object) -> None:
        """Run one spread's part; what goes wrong there is told and never reaches the other spreads."""
        try:
            action(*arguments)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            self._courier.note(What.ERROR, now, spread, text=text)
            if (spread.id, text) not in self._errors:
                self._errors.add((spread.id, text))
                self._courier.alarm(now, spread, f"internal error, tried again on the next step: {text}")
