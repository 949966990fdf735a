"""The book: every spread, its orders, and the way of one slice through them.

events -> ledgers -> working closes -> read prices once -> judge what was touched -> begin to close -> orders.
One spread that fails is reported and left; the others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from .account_check import AccountCheck
from .blindness import BlindPolicy, blind_step, failures_step, lack_step, unreadable_step
from .chronicle import Chronicle
from .closing import ClosePolicy
from .confirmation import Confirmation
from .day_guard import DayGuard
from .desk import Desk
from .gate import EntryGate
from .guards import is_stop
from .journal import Journal, What
from .judge import Judge, Market
from .money import as_float
from .naming import side_of
from .open_result import OpenResult
from .orders import Broker, Notice, OrderFacts, OrderKind
from .placed_orders import PlacedOrders
from .quotes import QuoteLimits
from .sight import Sight
from .snapshot import Kept
from .spread import Spread
from .spread_tickets import SpreadTicket, TicketStatus
from .times import plain
from .turn import Turn
from .valuation import PriceBasis, Value
from .view import Rule, as_rule
from .watch import Watchlist
from .watch_hours import WatchHours
from .watched import Watched


@dataclass(frozen=True, slots=True)
class BookSettings:
    """How the book watches.

    Attributes:
        limits: When a quote may be believed.
        confirmation: How long a breach must hold, unless an order says otherwise.
        blind_alarm: An alarm after a spread had no value for so long.
        blind_policy: What then happens to it.
        path_every: Time between points of the recorded net debit path; None = not recorded.
        check_every: Time between comparisons of the records with the account; no event is needed to find a leg gone.
        quote_patience: After a restart, longest wait for a first quote before going on without.
    """

    limits: QuoteLimits = field(default_factory=QuoteLimits)
    confirmation: Confirmation = field(default_factory=Confirmation)
    blind_alarm: timedelta = timedelta(minutes=10)
    blind_policy: BlindPolicy = BlindPolicy.KEEP
    path_every: timedelta | None = timedelta(minutes=5)
    check_every: timedelta = timedelta(minutes=5)
    quote_patience: timedelta = timedelta(minutes=10)


class SpreadBook:
    """Spreads by id, orders on them by number.

    Everything happens inside `step`, on its caller's thread: what other threads ask for waits for the next step.
    """

    def __init__(
        self,
        broker: Broker,
        market: Market,
        desk: Desk,
        settings: BookSettings,
        journal: Journal,
        gate: EntryGate,
        alarm: Callable[[str, str], None],
    ) -> None:
        self.settings = settings
        self.desk = desk
        self.spreads: dict[str, Spread] = {}
        self.watch = Watchlist(self._is_sound)
        self._broker = broker
        self._market = market
        self._judge = Judge(broker, market, settings.limits, journal)
        self._journal = journal
        journal.prices = lambda spread_id, now: self._judge.prices(self.spreads[spread_id], self.watch.heartbeat, now)
        self._gate = gate
        self._alarm = alarm
        self.turn = Turn()
        self._notices: deque[Notice] = deque()
        self._sights: dict[str, Sight] = {}
        self.orders = PlacedOrders(self.turn, settings.confirmation, self._ticket_changed)
        self._live: dict[str, Spread] = {}
        self._open_result = OpenResult(self._live, self._sights, self.watch)
        self._day = DayGuard(gate, self._open_result, journal, self._raise, self.flatten)
        self._chronicle = Chronicle(journal, settings.path_every)
        self.account_check = AccountCheck(broker, settings.check_every, settings.quote_patience)
        self.registered = 0
        self._now = datetime.min
        self._unsettled = False
        self._hours = WatchHours(market, self.watch, self.spreads, self._failed)
        self.on_change: Callable[[], None] = lambda: None
        self.work: tuple[Collection[object], ...] = self.turn.waiting, self._notices, *desk.work
        """One of them is not empty while something has come or is under way."""

    # -- registering -------------------------------------------------------------------------------------------

    def add(
        self,
        spread: Spread,
        entry: Sequence[OrderFacts],
        rules: Iterable[Rule],
        now: datetime,
        *,
        legged: bool = False,
        tag: str = "entry",
    ) -> Spread:
        """Take a spread over with its entry orders and put an order on it for each rule; `legged` enters it here.

        Called on another thread than the step's it is only recorded, and nothing is sent before the next step.

        Raises:
            ValueError: A spread of that id is in the book already.
            BadSetting: Something among the rules is no rule; nothing was taken over.
        """
        rules = [as_rule("rules", rule) for rule in rules]
        with self.turn.lock:
            if spread.id in self.spreads:
                raise ValueError(f"a spread with the id {spread.id!r} is in the book already; give another id")
            self.registered += 1
            self.spreads[spread.id] = spread
        for rule in rules:
            self.place(spread.id, "rule", rule, now)
        if not self.turn.takes(partial(self._take_over, spread, entry, legged, tag)):
            self._take_over(spread, entry, legged, tag, now)
        return spread

    def _take_over(self, spread: Spread, entry: Sequence[OrderFacts], legged: bool, tag: str, now: datetime) -> None:
        self._now = now
        self._live[spread.id] = spread
        self._chronicle.opening(spread, now)
        if legged:
            self.desk.open_legged(spread, now, tag)
            self.desk.advance(now)
        else:
            self.desk.adopt(spread, list(entry), now)
        self._settle_states(now)
        self.on_change()

    def place(self, spread_id: str, kind: str, rule: Rule, now: datetime, **options: Any) -> SpreadTicket:
        """Put an order on a spread; it watches from the next slice on. Options as `PlacedOrders.place` has them.

        Raises:
            KeyError: No such spread in the book.
        """
        if spread_id not in self.spreads:
            raise KeyError(f"no spread {spread_id!r} in the book; known are {', '.join(self.spreads) or 'none'}")
        ticket = self.orders.place(self.spreads[spread_id], kind, rule, now, **options)
        self.watch.force(spread_id)
        self.on_change()
        return ticket

    def takes(self, kind: OrderKind, legs: int) -> bool:
        """True when the brokerage takes this kind of order for so many legs."""
        return self._broker.supports(kind, legs)

    def orders_of(self, spread_id: str) -> list[SpreadTicket]:
        """Every order ever put on a spread."""
        return list(self.orders.of(spread_id))

    def value_of(self, spread_id: str) -> Value | None:
        """The last usable value of a spread; None before the first."""
        return None if (sight := self.sight_of(spread_id)) is None else sight.previous

    def sight_of(self, spread_id: str) -> Sight | None:
        """What is remembered of the looks at a spread while it is watched."""
        return self._sights.get(spread_id)

    def put_back(self, kept: Sequence[Kept], registered: int, last_order: int) -> None:
        """Take the spreads of an earlier process and the orders on them; nothing is decided before there are quotes."""
        for one in kept:
            spread = one.spread
            self.spreads[spread.id] = spread
            self._open_result.restored(spread, one.last_value)
            if not spread.has_ended:
                self._live[spread.id] = spread
                self._sights[spread.id] = Sight(previous=one.last_value)
        self.registered = max(self.registered, registered, len(kept))
        self.orders.put_back([ticket for one in kept for ticket in one.orders], last_order)

    def bring_back(self) -> None:
        """Count spreads that a late fill brought back among the live ones."""
        self._live.update((spread.id, spread) for spread in self.desk.taken_up_again())

    def open_spreads(self) -> list[Spread]:
        """Spreads that hold or work something, in order of registration."""
        return list(self._live.values())

    def at_risk(self) -> list[Spread]:
        """Spreads that are open or being opened, and those of which a short is left; not a kept worthless long."""
        return [one for one in self.open_spreads() if one.is_at_risk]

    def _ticket_changed(self, ticket: SpreadTicket) -> datetime:
        self.watch.force(ticket.spread_id)
        self.on_change()
        return self.now

    # -- closing -----------------------------------------------------------------------------------------------

    def close(self, spread_id: str, rule: str, reason: str, now: datetime, policy: ClosePolicy | None = None) -> bool:
        """Decide to close a spread; the orders go out on this or the next step. False when it has ended.

        An order on it whose limit rests gives way. While a limit rests, the spread's other orders go on watching.
        On another thread than the step's it is decided by the next step.
        """
        spread = self.spreads[spread_id]
        if spread.has_ended:
            return False
        if self.turn.takes(lambda then: self.close(spread_id, rule, reason, then, policy)):
            return True
        rested = spread.exit is not None and spread.exit.policy.rests
        self.desk.begin_close(spread, reason, rule, now, policy)
        for ticket in self.orders.of(spread_id):
            if rested and ticket.status is TicketStatus.TRIGGERED:
                ticket.end(TicketStatus.CANCELED, now, f"its limit was not filled; closed by {rule}")
        if spread.id in self.watch and not spread.is_watchable(self.orders.watch(spread.id)):
            self._unwatch(spread, now)
        return True

    def flatten(self, rule: str, reason: str, now: datetime, spread_id: str | None = None) -> int:
        """Decide to close one spread or all; returns how many."""
        if spread_id:
            return int(self.close(spread_id, rule, reason, now))
        closes = {spread.id: partial(self.close, spread.id, rule, reason, now) for spread in self.open_spreads()}
        return sum(bool(self._guarded(one, now, close)) for one, close in closes.items())

    # -- one slice ---------------------------------------------------------------------------------------------

    def queue(self, notice: Notice) -> None:
        """Take an engine event from any thread; it is applied on the next step."""
        self._notices.append(notice)

    def step(self, now: datetime, touched: Iterable[Watched] | None = None) -> bool:
        """One slice: apply events, carry on closes, look at every open spread, close what fired.

        `touched` are the spreads that left their bands, if `watch.glance` has read this slice's prices because it is
        earlier than `next_due` and there is no `work`; None = everything is done here. False when there was no work
        and no spread was asked.
        """
        self._now = now
        has_come = any(self.work)
        self.turn.enter()
        if touched is None and self._carry_on(has_come, now):
            touched = self.watch.scan(now)
        if touched is not None:
            if touched or self._gate.follows_the_day:
                self._look_at(touched, now)
            if now >= self._chronicle.next_point:
                self._chronicle.add_points(self.watch.by_id.values(), now, self._failed)
        return has_come or bool(touched)

    def _carry_on(self, has_come: bool, now: datetime) -> bool:
        """Events, comparison with the account, orders under way; True when there is something to watch now."""
        if has_come:
            self.account_check.records_changed()
            self._take_in(now)
        if self.desk.waiting or now >= self.account_check.next:
            self._compare_with_account(now)
        if self.desk.busy:
            self.on_change()
            self.desk.advance(now)
            self._settle_states(now)
            self.account_check.records_changed()  # they may have been added up before the fills were read
            self.on_change()  # `before_first_order` saved in the midst of it, and that cleared the mark
        elif self._unsettled:
            self._settle_states(now)
        if self.watch.by_id:
            return now < self._hours.until or self._hours.cover(now)
        self._guard_the_day(now)  # fills that came after the last look count too
        return False

    def _take_in(self, now: datetime) -> None:
        """Do what other threads asked for, and apply the engine's events."""
        for action in self.turn.asked():
            self._guarded("", now, partial(action, now))
        for _ in range(len(self._notices)):  # not what other threads add meanwhile: a step must end
            self._guarded("", now, partial(self.desk.notice, self._notices.popleft(), now))

    def _look_at(self, touched: Iterable[Watched], now: datetime) -> None:
        """Ask the rules of what was touched, follow the day, and carry out what fired."""
        fired = False
        for watched in touched:
            fired |= bool(self._guarded(watched.spread_id, now, partial(self._look, watched, now)))
        fired |= self._guard_the_day(now)
        if fired:
            self.desk.advance(now)
            self._settle_states(now)
            self.account_check.records_changed()
        if fired or self.desk.busy:
            self.on_change()

    def next_due(self, now: datetime) -> datetime:
        """Until when nothing but an event, a price or a rule's clock can make a step more than a look at the prices."""
        if self._unsettled:
            return now
        if not self._live:
            return datetime.max
        if not self.watch.by_id:
            return self.account_check.next
        return min(self.account_check.next, self.watch.due, self._chronicle.next_point, self._hours.until)

    def _guard_the_day(self, now: datetime) -> bool:
        """Follow the day's result; True when its limit was reached and everything is to be closed."""
        return self._gate.follows_the_day and bool(self._guarded("", now, partial(self._day.follow, now)))

    @property
    def now(self) -> datetime:
        """Algorithm time of the newest step, or of the newest look at the prices."""
        return max(self._now, plain(self.watch.looked_at))

    def finish(self, now: datetime) -> None:
        """Write down what still stands when the run ends; fills may have come after the last slice."""
        self.desk.read(now)
        self._settle_states(now)
        for spread in self.open_spreads():
            self._chronicle.standing(spread, self._guarded(spread.id, now, partial(self._judge.worth, spread)), now)

    def _compare_with_account(self, now: datetime) -> None:
        """Hold the records against the account where that is due; after a restart once a spread has quotes again."""
        try:
            if self.desk.waiting and (ready := self._ready_again(now)):
                self.desk.release(ready, now)
            elif self._live and self.account_check.is_due(self._live.values(), now):
                self.desk.reconcile(now)
            else:
                return
            self.account_check.records_changed()
            self._settle_states(now)
            self.on_change()
        except Exception as error:
            self._failed("", now, error)

    def _ready_again(self, now: datetime) -> list[Spread]:
        waiting = [spread for spread in self._live.values() if spread.id in self.desk.waiting]
        return [s for s in waiting if self._guarded(s.id, now, partial(self.account_check.has_quotes, s, now))]

    def _is_sound(self, watched: Watched, now: datetime) -> bool:
        """True when quotes that rest are still good, and say what was read: nothing new can come of a full look."""
        spread = self.spreads[watched.spread_id]
        return self._judge.is_sound(spread.terms(), self.watch.heartbeat, now)

    def _look(self, watched: Watched, now: datetime) -> bool:
        """Judge one spread; True when a close was begun."""
        watched.forced = False
        spread = self.spreads[watched.spread_id]
        tickets = [ticket for ticket in self.orders.of(spread.id) if ticket.is_watching]
        sight = self._sights[spread.id]
        before = [(ticket.extremes, ticket.latched, ticket.clock) for ticket in tickets]
        verdicts = self._judge.look(spread.id, spread.terms(), tickets, sight, self.watch.heartbeat, now)
        self.watch.set_band(spread.id, verdicts.band)  # first: it may end the reading of the mid
        watched.judged(verdicts.value, now, verdicts.look_again)
        # without an order no band keeps a false quote out of the day's result
        if verdicts.look_again or (not tickets and self._gate.follows_the_day):
            watched.forced = True
        pending = verdicts.look_again and verdicts.fault is None
        if pending or before != [(ticket.extremes, ticket.latched, ticket.clock) for ticket in tickets]:
            self.on_change()
        failures_step(spread.id, sight, verdicts.failed, self._raise)
        unreadable_step(spread.id, sight, verdicts.fault, self._raise)
        lack_step(spread.id, sight, self.settings.blind_alarm, now, self._raise)
        if verdicts.fired is not None:
            ticket, decision = verdicts.fired
            if decision.basis is PriceBasis.NATURAL:  # a floor without a value counts too
                watched.worst = max(watched.worst, as_float(decision.value))
            begun = self.close(spread.id, decision.rule, decision.sentence, now, ticket.policy)
            ticket.end(TicketStatus.TRIGGERED, now, decision.sentence)
            for other in tickets:
                if other.is_watching and other.group and other.group == ticket.group:
                    other.end(TicketStatus.CANCELED, now, f"order {ticket.order_id} of the bracket was triggered")
            return begun
        if verdicts.fault is not None:
            reason = blind_step(
                spread.id, sight, self.settings.blind_alarm, self.settings.blind_policy, now, self._raise
            )
            if reason:
                return self.close(spread.id, "unvaluable", reason, now)
        return False

    # -- states ------------------------------------------------------------------------------------------------

    def _settle_states(self, now: datetime) -> None:
        """Follow what the desk found: watch what is open, stop watching what is not, write down what ended."""
        self.bring_back()
        self._unsettled = False
        for spread in list(self._live.values()):
            self._unsettled |= not self._guarded(spread.id, now, partial(self._settle, spread, now))

    def _settle(self, spread: Spread, now: datetime) -> bool:
        watchable = spread.is_watchable(self.orders.watch(spread.id)) and spread.id not in self.desk.waiting
        if watchable and spread.id not in self.watch:
            self._opened(spread, now)
        elif not watchable and spread.id in self.watch:
            self._unwatch(spread, now)
        if spread.has_ended:
            self._ended(spread, now)
        return True

    def _opened(self, spread: Spread, now: datetime) -> None:
        self.watch.add(spread.id, [(leg, self._market.source(leg)) for leg in spread.legs])
        self._sights.setdefault(spread.id, Sight())
        if spread.exit is not None:
            self._chronicle.watched_again(spread, now)
        else:
            self._chronicle.opened(spread, self.orders.of(spread.id), now)
            self.on_change()

    def _unwatch(self, spread: Spread, now: datetime) -> None:
        """A spread left the watched states: keep its worst debit, stop reading its contracts."""
        watched = self.watch.get(spread.id)
        if watched is not None:
            self._open_result.keep(spread, watched)
            self._chronicle.unwatched(spread, watched, now)
            self.watch.remove(spread.id)
        self._sights.pop(spread.id, None)
        self.on_change()

    def _ended(self, spread: Spread, now: datetime) -> None:
        tickets = self.orders.of(spread.id)
        for ticket in tickets:
            if ticket.status is TicketStatus.TRIGGERED:
                ticket.end(TicketStatus.FILLED, now, f"the spread is {spread.state}")
            elif ticket.is_watching:
                ticket.end(TicketStatus.CANCELED, now, f"the spread is {spread.state}")
        self._hours.forget()
        self._sights.pop(spread.id, None)
        self._chronicle.ended(spread, tickets, now)
        pnl, by_order = spread.ledger.cash(spread.multiplier), any(t.status is TicketStatus.FILLED for t in tickets)
        by_stop = spread.exit is not None and is_stop(spread.exit.rule, by_order, pnl)
        self._gate.closed(side_of(spread.legs), self._open_result.end(spread), now, by_stop)
        del self._live[spread.id]
        self.on_change()

    # -- trouble -----------------------------------------------------------------------------------------------

    def _raise(self, spread_id: str, text: str) -> None:
        self._journal.write(What.ALARM, self._now, spread_id, text=text)
        self.on_change()
        self._alarm(spread_id, text)

    def _guarded(self, spread_id: str, now: datetime, action: Callable[[], object]) -> object:
        """Run an action; an error is journalled, alarmed and does not reach the others or the engine."""
        try:
            return action()
        except Exception as error:
            self._failed(spread_id, now, error)
            return None

    def _failed(self, spread_id: str, now: datetime, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        self.watch.force(spread_id)
        self._journal.write(What.ERROR, now, spread_id, text=text)
        self._raise(spread_id, f"internal error, the spread is looked at again on the next slice: {text}")
