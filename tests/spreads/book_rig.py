"""A whole book on the paper broker: what the manager is without LEAN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from spreads.book import BookSettings, SpreadBook
from spreads.closing import ExitSettings
from spreads.desk import Desk
from spreads.gate import EntryGate
from spreads.guards import BookGuards
from spreads.journal import Journal, What, parse
from spreads.judge import TradingHours
from spreads.legs import Leg
from spreads.orders import ComboOrder, LegOrder
from spreads.pulse import Pulse
from spreads.spread import Spread
from spreads.view import Rule
from spreads.watched import Watched
from tests.spreads.paper_broker import PaperBroker, spread_of


@dataclass
class PaperSource:
    """Bid and ask of one contract in dollars; counts how often it was read."""

    broker: PaperBroker
    leg: Leg
    reads: int = 0

    @property
    def bid_price(self) -> float:
        self.reads += 1
        return self.broker.quote(self.leg).bid / 10_000

    @property
    def ask_price(self) -> float:
        self.reads += 1
        return self.broker.quote(self.leg).ask / 10_000


@dataclass
class PaperMarket:
    broker: PaperBroker
    sources: dict[str, PaperSource] = field(default_factory=dict)
    hours: TradingHours | None = None
    underlying_price: int = 0
    underlying_at: datetime | None = None

    def source(self, leg: Leg) -> PaperSource:
        return self.sources.setdefault(leg.key, PaperSource(self.broker, leg))

    def session(self, leg: Leg, now: datetime) -> TradingHours | None:
        day = datetime(now.year, now.month, now.day)
        return self.hours or TradingHours(day + timedelta(hours=9, minutes=30), day + timedelta(hours=16))

    def underlying(self, leg: Leg) -> int:
        return self.underlying_price

    def underlying_time(self, leg: Leg) -> datetime | None:
        return self.underlying_at

    def short_delta(self, legs: Sequence[Leg]) -> float | None:
        return None


@dataclass
class BookRig:
    settings: BookSettings = field(default_factory=BookSettings)
    exits: ExitSettings = field(default_factory=ExitSettings)
    broker: PaperBroker = field(default_factory=PaperBroker)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = Journal()
        self.market = PaperMarket(self.broker)
        self.desk = Desk(self.broker, self.exits, self.journal.take, self.alarm)
        self.gate = EntryGate(BookGuards())
        self.book = SpreadBook(self.broker, self.market, self.desk, self.settings, self.journal, self.gate, self.alarm)
        self.pulse = Pulse(self.book.watch, self.gate, self.book.work, self._step)

    def alarm(self, spread_id: str, text: str) -> None:
        self.alarms.append((spread_id, text))

    def open(self, name: str, legs: Sequence[Leg], rules: Iterable[Rule] = (), lots: int = 1) -> Spread:
        order = ComboOrder(tuple((leg, leg.ratio) for leg in legs), lots, "entry")
        spread = self.book.add(spread_of(name, *legs, lots=lots), self.broker.send_combo(order), rules, self.broker.now)
        self.broker.sent.clear()
        return spread

    def step(self, minutes: float = 1) -> None:
        now = self.broker.tick(minutes)
        for notice in self.broker.notices:
            self.book.queue(notice)
        self.broker.notices.clear()
        self.pulse.beat(now)

    def _step(self, now: datetime, touched: Iterable[Watched] | None) -> datetime:
        self.book.step(now, touched)
        return self.book.next_due(now)

    def sent(self) -> list[tuple[str, int]]:
        return [(order.leg.key, order.quantity) for order in self.broker.sent if isinstance(order, LegOrder)]

    def said(self, what: What) -> list[dict[str, Any]]:
        return [record for record in parse(self.journal.lines()) if record["what"] == what]
