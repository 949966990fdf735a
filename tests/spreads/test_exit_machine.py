"""Random faults against the desk: whatever the broker does, an exit never opens, never repeats, never gives up."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spreads.closing import ClosePolicy, ExitSettings, NoBid, Way
from spreads.desk import Desk
from spreads.legs import Leg
from spreads.order_notes import Purpose
from spreads.orders import ComboOrder, LegOrder, OrderKind, Refusal
from spreads.spread import Spread
from spreads.states import ENDED, State
from tests.spreads.paper_broker import STOCK, PaperBroker, call, put, spread_of

SHAPES: list[tuple[Leg, ...]] = [
    (call(100, -1), call(105, 1)),
    (call(100, -1), call(110, 1)),
    (call(105, -1), call(110, 1)),
    (put(95, -1), put(90, 1)),
    (put(90, 1), put(95, -1), call(105, -1), call(110, 1)),
    (call(100, -1), call(105, 2)),
]
LEGS = {leg.key: leg for shape in SHAPES for leg in shape}
PRICES = {"C100": 3.0, "C105": 1.5, "C110": 0.6, "P95": 2.0, "P90": 0.8}


class Exits(RuleBasedStateMachine):
    """Faults in, invariants out."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = PaperBroker()
        self.broker.refuse = self.answer
        self.refusals: list[Refusal] = []
        self.alarms: list[tuple[str, str]] = []
        self.records: list[dict[str, Any]] = []
        self.all: list[Spread] = []
        self.outside_cash = 0
        self.silent = False
        self.foreign: set[str] = set()
        self.late: list[Any] = []
        self.desk = self.new_desk()
        for key, price in PRICES.items():
            self.broker.price(price, price + 0.1, LEGS[key])

    def new_desk(self) -> Desk:
        settings_ = ExitSettings(patience=ExitSettings().walk_pause * 6)
        return Desk(self.broker, settings_, self.records.append, lambda s, text: self.alarms.append((s, text)))

    # -- what is checked when an order is sent -----------------------------------------------------------------

    def answer(self, order: LegOrder | ComboOrder) -> Refusal:
        spread = next((s for s in self.all if order.tag.startswith(f"{s.id} ")), None)
        if spread is not None and not order.tag.startswith(f"{spread.id} entry"):
            self.check_close(spread, order)
        if self.refusals and spread is not None:
            return self.refusals.pop()
        return Refusal.NONE

    def check_close(self, spread: Spread, order: LegOrder | ComboOrder) -> None:
        assert self.broker.open, "a closing order outside the session"
        parts = [(order.leg, order.quantity)] if isinstance(order, LegOrder) else [
            (leg, ratio * order.quantity) for leg, ratio in order.legs
        ]  # fmt: skip
        for leg, quantity in parts:
            held = spread.ledger.held(leg.key)
            assert held * quantity < 0, "a close that opens"
            assert abs(quantity) <= abs(held), "a close of more than is held"
            assert not spread.working(leg.key), "two working closes for one leg"
        if isinstance(order, LegOrder) and order.quantity < 0:
            naked = any(held < 0 for _, held in spread.holdings())
            assert not naked or (spread.exit is not None and spread.exit.policy.way is Way.BOTH), "a naked short"

    # -- what may happen ---------------------------------------------------------------------------------------

    @initialize(shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3), lots=st.integers(1, 3))
    def open_well(self, shapes: list[tuple[Leg, ...]], lots: int) -> None:
        for shape in shapes:
            self.open_spread(shape, lots, False)
        self.step("all", 1)

    @precondition(lambda self: len(self.all) < 5)
    @rule(shape=st.sampled_from(SHAPES), lots=st.integers(1, 3), legged=st.booleans())
    def open_spread(self, shape: tuple[Leg, ...], lots: int, legged: bool) -> None:
        spread = spread_of(f"S{len(self.all)}", *shape, lots=lots)
        self.all.append(spread)
        if legged:
            self.desk.open_legged(spread, self.broker.now)
            return
        order = ComboOrder(tuple((leg, leg.ratio) for leg in shape), lots, "strategy")
        self.desk.adopt(spread, self.broker.send_combo(order), self.broker.now)

    @rule(data=st.data(), way=st.sampled_from(Way), no_bid=st.sampled_from(NoBid))
    def close(self, data: st.DataObject, way: Way, no_bid: NoBid) -> None:
        live = [spread for spread in self.all if not spread.has_ended]
        if live:
            spread = data.draw(st.sampled_from(live))
            self.desk.begin_close(spread, "breach", "debit", self.broker.now, ClosePolicy(way, no_bid))
            self.desk.advance(self.broker.now)

    @rule(events=st.sampled_from(["all", "none", "twice", "reversed", "later"]), minutes=st.sampled_from([0.1, 1, 7]))
    def step(self, events: str, minutes: float) -> None:
        quotes = dict(self.broker.quotes)
        now = self.broker.tick(minutes)
        if self.silent:
            self.broker.quotes = quotes
        notices = self.late + self.broker.notices
        self.late, self.broker.notices = [], []
        if events == "later":
            self.late, notices = notices, []
        chosen = {"all": notices, "none": [], "twice": notices * 2, "reversed": notices[::-1], "later": []}[events]
        for notice in chosen:
            self.desk.notice(notice, now)
        self.desk.advance(now)
        self.desk.reconcile(now)

    @rule(data=st.data(), part=st.sampled_from([None, 1, 1, 2]))
    def fill(self, data: st.DataObject, part: int | None) -> None:
        if self.broker.out():
            self.fill_one(data.draw(st.sampled_from(self.broker.out())), part)

    def fill_one(self, order_id: int, part: int | None) -> None:
        cash = self.broker.cash
        self.broker.fill_whole(order_id, part)
        if self.foreign & set(self.broker.orders[order_id].facts.broker_ids):
            self.outside_cash += self.broker.cash - cash

    @rule(data=st.data())
    def broker_confirms_a_cancel(self, data: st.DataObject) -> None:
        pending = [i for i in self.broker.out() if self.broker.orders[i].cancel_pending]
        if pending:
            self.broker.confirm_cancel(data.draw(st.sampled_from(pending)))

    @rule(data=st.data(), invalid=st.booleans())
    def broker_ends_an_order(self, data: st.DataObject, invalid: bool) -> None:
        if self.broker.out():
            order_id = data.draw(st.sampled_from(self.broker.out()))
            end = self.broker.invalidate if invalid else self.broker.confirm_cancel
            end(order_id)

    @rule(refusals=st.lists(st.sampled_from([r for r in Refusal if r]), min_size=1, max_size=4))
    def refuse_the_next(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals

    @rule(auto=st.booleans())
    def filling(self, auto: bool) -> None:
        self.broker.auto_fill = auto

    @rule(is_open=st.booleans())
    def session(self, is_open: bool) -> None:
        self.broker.open = is_open

    @rule(silent=st.booleans())
    def feed(self, silent: bool) -> None:
        self.silent = silent

    @rule(key=st.sampled_from(sorted(PRICES)), price=st.sampled_from([0.0, 0.05, 1.0, 7.0]), live=st.booleans())
    def quote(self, key: str, price: float, live: bool) -> None:
        self.broker.price(price, price + 0.1, LEGS[key], bid_live=live)

    @rule(
        free=st.sampled_from([0, 200 * 10_000, 10**12]), kinds=st.sets(st.sampled_from(OrderKind)), moves=st.booleans()
    )
    def account(self, free: int, kinds: set[OrderKind], moves: bool) -> None:
        self.broker.free = free
        self.broker.supported = kinds | {OrderKind.MARKET}
        self.broker.moves = moves

    @rule(data=st.data(), told=st.booleans(), assigned=st.booleans())
    def somebody_takes_a_leg(self, data: st.DataObject, told: bool, assigned: bool) -> None:
        """Never more than what our working orders leave: a race nobody can win is not asked for."""
        there = self.unclaimed()
        if not there:
            return
        key = data.draw(st.sampled_from(sorted(there)))
        held = there[key]
        change = -held if assigned else -(1 if held > 0 else -1)
        price = 0 if assigned else self.broker.quotes[key].mark
        self.outside_cash -= change * price * 100
        notice = self.broker.outside(key, change, price, assignment=assigned and held < 0, exercise=assigned)
        if assigned:
            shares = -change * 100 * (1 if key.startswith("C") else -1)
            self.outside_cash -= shares * LEGS[key].strike
            self.broker.outside("STOCK", shares, LEGS[key].strike)
        if told:
            self.broker.notices.append(notice)

    @rule(data=st.data())
    def somebody_orders_a_leg(self, data: st.DataObject) -> None:
        there = self.unclaimed()
        if there:
            key = data.draw(st.sampled_from(sorted(there)))
            order_id = self.broker.place_foreign(LEGS[key], -there[key])
            self.foreign |= set(self.broker.orders[order_id].facts.broker_ids)

    def unclaimed(self) -> dict[str, int]:
        """Holdings that no order out is going to close."""
        there = {}
        for key in LEGS:
            orders = [self.broker.orders[i].facts for i in self.broker.out()]
            held = self.broker.holdings.get(key, 0)
            left = held + sum(f.remaining for f in orders if f.leg == key and f.remaining * held < 0)
            if held * left > 0:
                there[key] = left
        return there

    @rule()
    def restart(self) -> None:
        self.desk.reconcile(self.broker.now)
        kept = [spread.to_dict() for spread in self.all if not spread.has_ended]
        self.broker.restart()
        self.late = []
        self.desk = self.new_desk()
        again = {data["id"]: Spread.from_dict(data) for data in kept}
        self.all = [again.get(spread.id, spread) for spread in self.all]
        self.desk.restore(list(again.values()), self.broker.now)

    # -- what must always hold ---------------------------------------------------------------------------------

    @invariant()
    def no_leg_went_through_zero(self) -> None:
        for spread in self.all:
            for leg in spread.legs:
                assert spread.ledger.held(leg.key) * leg.ratio >= 0, f"{spread.id} {leg.key} is reversed"

    @invariant()
    def never_two_working_closes_for_a_leg(self) -> None:
        for spread in self.all:
            for leg in spread.legs:
                assert len(spread.working(leg.key, Purpose.CLOSE)) <= 1

    @invariant()
    def internal_errors_never_happen(self) -> None:
        assert not [text for _, text in self.alarms if "internal error" in text or "failed" in text]

    def teardown(self) -> None:
        """With the faults gone everything that fired ends, or an alarm says why not; and the books are right."""
        self.refusals, self.silent = [], False
        self.broker.open = self.broker.auto_fill = True
        self.broker.supported = set(OrderKind)
        self.broker.free = 10**12
        for key, price in PRICES.items():
            self.broker.price(price, price + 0.1, LEGS[key])
        self.broker.price(100, 100.02, STOCK)
        fired = [spread for spread in self.all if spread.exit is not None]
        for _ in range(12):
            for order_id in self.broker.out():
                if self.broker.orders[order_id].cancel_pending:
                    self.broker.confirm_cancel(order_id)
                else:
                    self.fill_one(order_id, None)
            self.step("all", 7)
        self.internal_errors_never_happen()
        for spread in fired:
            alarmed = any(name == spread.id for name, _ in self.alarms)
            assert spread.state in ENDED or (alarmed and spread.state is State.QUARANTINED), spread
        self.books_are_right()

    def books_are_right(self) -> None:
        for key in LEGS:
            recorded = sum(spread.ledger.held(key) for spread in self.all)
            assert recorded == self.broker.holdings.get(key, 0), f"{key}: records {recorded}"
        ours = sum(
            p.proceeds * (p.size or 100) - p.fees
            for spread in self.all
            for p in spread.ledger.postings.values()
            if not p.cause
        )
        assert ours == self.broker.cash - self.outside_cash


TestExits = Exits.TestCase
TestExits.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
