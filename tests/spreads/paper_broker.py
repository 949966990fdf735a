"""An in-memory broker that can be told to misbehave: refuse, fill late or in parts, lose events, change holdings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import gcd

from spreads.ledger import SpreadLedger
from spreads.legs import Leg, Right
from spreads.orders import (
    DONE,
    ComboOrder,
    LegOrder,
    Notice,
    OrderFacts,
    OrderKind,
    Refusal,
    Status,
)
from spreads.quotes import LegQuote
from spreads.spread import Spread

START = datetime(2024, 1, 3, 10, 0)
EXPIRY = date(2024, 1, 19)
TICK = 100
STOCK = Leg("STOCK", 1, Right.SHARES, 0, date.max, "STOCK")


def call(strike: int, ratio: int, key: str = "") -> Leg:
    return Leg(key or f"C{strike}", ratio, Right.CALL, strike * 10_000, EXPIRY, key or f"C{strike}")


def put(strike: int, ratio: int) -> Leg:
    return Leg(f"P{strike}", ratio, Right.PUT, strike * 10_000, EXPIRY, f"P{strike}")


def spread_of(name: str, *legs: Leg, lots: int = 1, cash_settled: bool = False) -> Spread:
    end = datetime.combine(EXPIRY, datetime.min.time()) + timedelta(hours=16)
    return Spread(name, "test", legs, lots, 100, end, SpreadLedger(), underlying=STOCK, cash_settled=cash_settled)


@dataclass
class PaperPosition:
    broker: PaperBroker
    leg: Leg

    @property
    def quantity(self) -> int:
        return self.broker.held(self.leg)


@dataclass(slots=True)
class PaperOrder:
    facts: OrderFacts
    leg: Leg
    limit: int | None
    group: int
    kind: OrderKind
    cancel_pending: bool = False
    tag: str = ""


@dataclass
class PaperBroker:
    """Fills market orders inside `send` unless told otherwise. Prices in ticks, cash in 1/10000 dollars."""

    now: datetime = START
    cash: int = 0
    free: int = 10**12
    fee: int = 6_500
    auto_fill: bool = True
    auto_cancel: bool = False
    resting: set[str] = field(default_factory=set)
    open: bool = True
    supported: set[OrderKind] = field(default_factory=lambda: set(OrderKind))
    holdings: dict[str, int] = field(default_factory=dict)
    average: dict[str, int] = field(default_factory=dict)
    quotes: dict[str, LegQuote] = field(default_factory=dict)
    orders: dict[int, PaperOrder] = field(default_factory=dict)
    sent: list[LegOrder | ComboOrder] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    refuse: Callable[[LegOrder | ComboOrder], Refusal] = lambda order: Refusal.NONE
    fail: Callable[[str], None] = lambda call: None
    moves: bool = True
    next_id: int = 1
    broker_count: int = 0
    shares: set[str] = field(default_factory=lambda: {"STOCK"})

    # -- the port ----------------------------------------------------------------------------------------------

    def send(self, order: LegOrder) -> OrderFacts:
        self.fail("send")
        self.sent.append(order)
        return self._accept(order, [(order.leg, order.quantity)], order.limit)[0]

    def send_combo(self, order: ComboOrder) -> Sequence[OrderFacts]:
        self.fail("send_combo")
        self.sent.append(order)
        return self._accept(order, [(leg, ratio * order.quantity) for leg, ratio in order.legs], order.limit)

    def _accept(
        self, order: LegOrder | ComboOrder, parts: list[tuple[Leg, int]], limit: int | None
    ) -> list[OrderFacts]:
        refusal = self.refuse(order)
        group = self.next_id if isinstance(order, ComboOrder) else 0
        ids = []
        for leg, quantity in parts:
            status = Status.INVALID if refusal else Status.SUBMITTED
            facts = OrderFacts(self.next_id, leg.key, quantity, 0, 0, 0, status, refusal, str(refusal))
            facts = replace(facts, broker_ids=(self.new_broker_id(),))
            self.orders[self.next_id] = PaperOrder(facts, leg, limit, group, order.kind, tag=order.tag)
            ids.append(self.next_id)
            self.next_id += 1
        if not refusal and limit is None and self.auto_fill:
            for order_id in ids:
                self.fill(order_id)
        return [self.orders[order_id].facts for order_id in ids]

    def facts(self, order_id: int) -> OrderFacts | None:
        self.fail(f"facts {order_id}")
        return self.orders[order_id].facts if order_id in self.orders else None

    def cancel(self, order_id: int, tag: str) -> bool:
        order = self.orders[order_id]
        order.tag = tag
        if order.facts.is_done:
            return False
        for member in self.group_of(order_id):
            member.cancel_pending = True
            member.facts = replace(member.facts, status=Status.CANCEL_PENDING)
        if self.auto_cancel:
            self.confirm_cancel(order_id)
        return True

    def move_limit(self, order_id: int, limit: int) -> bool:
        if not self.moves or self.orders[order_id].facts.is_done:
            return False
        for member in self.group_of(order_id):
            member.limit = limit
        return True

    def working(self, leg: Leg) -> Sequence[OrderFacts]:
        return [o.facts for o in self.orders.values() if o.leg.key == leg.key and not o.facts.is_done]

    def held(self, leg: Leg) -> int:
        self.fail(f"held {leg.key}")
        return self.holdings.get(leg.key, 0)

    def position(self, leg: Leg) -> PaperPosition:
        return PaperPosition(self, leg)

    def quote(self, leg: Leg) -> LegQuote:
        self.fail(f"quote {leg.key}")
        return self.quotes.get(leg.key, LegQuote(0, 0, 0, None))

    def is_open(self, leg: Leg) -> bool:
        return self.open

    def price_step(self, leg: Leg, price: int) -> int:
        return TICK

    def free_margin(self) -> int:
        self.fail("free")
        return self.free

    def supports(self, kind: OrderKind, legs: int) -> bool:
        return kind in self.supported

    # -- what the test does ------------------------------------------------------------------------------------

    def group_of(self, order_id: int) -> list[PaperOrder]:
        order = self.orders[order_id]
        return [o for o in self.orders.values() if order.group and o.group == order.group] or [order]

    def price(self, bid: float, ask: float, *legs: Leg, bid_live: bool = True) -> None:
        for leg in legs:
            low, high = round(bid * 10_000), round(ask * 10_000)
            self.quotes[leg.key] = LegQuote(low, high, (low + high) // 2, self.now, bid_live)

    def tick(self, minutes: float = 1) -> datetime:
        """Time goes on, and every contract with a quote gets a new one at the same prices, unless it rests."""
        self.now += timedelta(minutes=minutes)
        for key, quote in self.quotes.items():
            if key not in self.resting:
                self.quotes[key] = replace(quote, quoted_at=self.now)
        return self.now

    def fill(self, order_id: int, contracts: int | None = None) -> None:
        """Fill an order, wholly or a part of it (unsigned), at its limit or the market."""
        order = self.orders[order_id]
        facts = order.facts
        left = abs(facts.quantity) - abs(facts.filled)
        part = min(left, contracts or left) * (1 if facts.quantity > 0 else -1)
        quote = self.quotes.get(order.leg.key, LegQuote(0, 0, 0, None))
        price = quote.ask if part > 0 else quote.bid
        if order.limit is not None and not order.group:
            price = order.limit
        fee = self.fee * abs(part)
        total = facts.filled + part
        done = total == facts.quantity
        status = (
            Status.FILLED if done else Status.CANCELED if facts.status is Status.CANCELED else Status.PARTIALLY_FILLED
        )
        if order.cancel_pending and not done and status is not Status.CANCELED:
            status = Status.CANCEL_PENDING
        order.facts = replace(
            facts, filled=total, proceeds=facts.proceeds - part * price, fees=facts.fees + fee, status=status
        )
        self._book(order.leg.key, part, price, fee)
        event = abs(total)
        self.notices.append(Notice(order_id, event, order.leg.key, status, part, price, fee, False, False, ""))

    def fill_whole(self, order_id: int, units: int | None = None) -> None:
        """Fill an order, a combo in all its legs alike; `units` of a combo, contracts of a single order."""
        members = self.group_of(order_id)
        step = gcd(*(abs(member.facts.quantity) for member in members)) if len(members) > 1 else 1
        left = min(abs(m.facts.remaining) for m in members) // (abs(members[0].facts.quantity) // step or 1)
        for member in members:
            per_unit = abs(member.facts.quantity) // step if len(members) > 1 else 1
            self.fill(member.facts.order_id, None if units is None else min(units, max(left, 1)) * per_unit)

    def restart(self) -> None:
        """What a new process finds: orders out get new ids from 1, everything that ended is forgotten."""
        out = [order for order in self.orders.values() if not order.facts.is_done]
        groups = {order.group: 0 for order in out}
        self.orders, self.next_id = {}, 1
        for order in out:
            if order.group:
                groups[order.group] = groups[order.group] or self.next_id
                order.group = groups[order.group]
            order.facts = replace(order.facts, order_id=self.next_id)
            self.orders[self.next_id] = order
            self.next_id += 1
        self.notices.clear()

    def notice_of(self, facts: OrderFacts) -> Notice:
        """An event that only says where to look."""
        return Notice(facts.order_id, 1, facts.leg, facts.status, 0, 0, 0, False, False, "")

    def forget_fills(self) -> None:
        """Orders out say that nothing was filled yet, as a restored ticket in LEAN does (lean_live.md 2)."""
        for order in self.orders.values():
            order.facts = replace(order.facts, filled=0, proceeds=0, fees=0)

    def confirm_cancel(self, order_id: int) -> None:
        for member in self.group_of(order_id):
            if member.facts.status not in DONE:
                member.facts = replace(member.facts, status=Status.CANCELED)

    def invalidate(self, order_id: int, refusal: Refusal = Refusal.OTHER) -> None:
        for member in self.group_of(order_id):
            if member.facts.status not in DONE:
                member.facts = replace(member.facts, status=Status.INVALID, refusal=refusal)

    def outside(
        self, key: str, change: int, price: int = 0, *, assignment: bool = False, exercise: bool = False,
        message: str = "",
    ) -> Notice:  # fmt: skip
        """Somebody else's fill: books it and returns the event, which the test may deliver or drop."""
        self._book(key, change, price, 0)
        notice = Notice(
            self.next_id, 1, key, Status.FILLED, change, price, 0, assignment, exercise or assignment, message
        )
        self.next_id += 1
        return notice

    def new_broker_id(self) -> str:
        self.broker_count += 1
        return f"b{self.broker_count}"

    def place_foreign(self, leg: Leg, quantity: int) -> int:
        facts = OrderFacts(
            self.next_id, leg.key, quantity, 0, 0, 0, Status.SUBMITTED, broker_ids=(self.new_broker_id(),)
        )
        self.orders[self.next_id] = PaperOrder(facts, leg, None, 0, OrderKind.MARKET)
        self.next_id += 1
        return facts.order_id

    def out(self) -> list[int]:
        """Ids of orders still working."""
        return [order_id for order_id, order in self.orders.items() if not order.facts.is_done]

    def _book(self, key: str, change: int, price: int, fee: int) -> None:
        if not self.holdings.get(key):
            self.average[key] = price
        self.holdings[key] = self.holdings.get(key, 0) + change
        size = 1 if key in self.shares else 100
        self.cash -= change * price * size + fee
