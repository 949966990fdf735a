"""A book that outlives its process, on the paper broker: kill it at any moment and start another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from spreads.alarms import Alarms
from spreads.book import BookSettings, SpreadBook
from spreads.closing import ExitSettings
from spreads.commands import read_command
from spreads.continuity import Continuity
from spreads.desk import Desk
from spreads.gate import EntryGate
from spreads.guards import BookGuards
from spreads.journal import Journal, What, parse
from spreads.legs import Leg
from spreads.orders import ComboOrder, OrderFacts, Status
from spreads.pulse import Pulse
from spreads.spread import Spread
from spreads.store import StateStore
from spreads.view import Rule
from spreads.watched import Watched
from stop_rules import from_dict
from tests.spreads.book_rig import PaperMarket
from tests.spreads.paper_broker import PaperBroker, spread_of


@dataclass
class MemoryFiles:
    """An object store that can refuse, and whose texts a test can spoil."""

    kept: dict[str, bytes] = field(default_factory=dict)
    refuse: bool = False
    writes: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def write(self, key: str, text: str) -> bool:
        if self.refuse:
            return False
        self.kept[key] = text.encode("utf-8", "surrogatepass")
        self.writes.append(key)
        return True


@dataclass
class PaperAccount:
    broker: PaperBroker
    subscribed: list[str] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    def take_up(self, leg: Leg) -> None:
        if leg.key in self.refuse:
            raise LookupError(f"no contract {leg.key}")
        self.subscribed.append(leg.key)

    def holding(self, leg: Leg, quantity: int, claimed: int) -> OrderFacts:
        price = self.broker.average.get(leg.key, 0)
        return OrderFacts(0, leg.key, quantity, quantity, -price * quantity, 0, Status.FILLED)

    def positions(self) -> Mapping[str, tuple[str, int]]:
        shares = self.broker.shares
        return {key: (key, held) for key, held in self.broker.holdings.items() if held and key not in shares}


@dataclass
class LiveRig:
    broker: PaperBroker = field(default_factory=PaperBroker)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    settings: BookSettings = field(default_factory=BookSettings)
    exits: ExitSettings = field(default_factory=ExitSettings)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A new process: nothing of the old one survives but the broker and the files."""
        self.journal = Journal()
        self.market = PaperMarket(self.broker)
        self.account = PaperAccount(self.broker)
        desk = Desk(self.broker, self.exits, self.journal.take, self.alarm)
        self.gate = EntryGate(BookGuards())
        self.book = SpreadBook(self.broker, self.market, desk, self.settings, self.journal, self.gate, self.alarm)
        self.known = Alarms()
        self.log: list[str] = []
        store = StateStore(self.files, "state", lambda text: self.alarm("", text))
        self.continuity = Continuity(
            self.book, self.gate, self.known, self.journal, self.broker, self.account, store, from_dict, self.alarm,
            self.log.append, True,
        )  # fmt: skip
        self.pulse = Pulse(self.book.watch, self.gate, (*self.book.work, *self.continuity.work), self._step)

    def alarm(self, spread_id: str, text: str) -> None:
        self.alarms.append((spread_id, text))
        self.known.raise_alarm(spread_id, text, self.broker.now)

    def kill(self) -> None:
        """kill -9, and a new process that has just finished warming up."""
        self.broker.restart()
        self.broker.sent.clear()
        self.alarms.clear()
        self.start()
        self.continuity.restore(self.broker.now)

    def open(self, name: str, legs: tuple[Leg, ...], rules: list[Rule], lots: int = 1) -> Spread:
        self.continuity.restore(self.broker.now)
        spread = spread_of(name, *legs, lots=lots)
        self.continuity.expect(spread, rules, self.broker.now)
        facts = self.broker.send_combo(ComboOrder(tuple((leg, leg.ratio) for leg in legs), lots, "entry"))
        self.book.add(spread, facts, rules, self.broker.now)
        self.step()
        self.broker.sent.clear()
        return spread

    def step(self, minutes: float = 1) -> None:
        self.broker.tick(minutes)
        for notice in self.broker.notices:
            self.book.queue(notice)
        self.broker.notices.clear()
        self.pulse.beat(self.broker.now)

    def _step(self, now: datetime, touched: Iterable[Watched] | None) -> datetime:
        self.continuity.step(now, touched)
        return self.book.next_due(now)

    def command(self, **fields: Any) -> None:
        self.continuity.take(read_command(fields.get), self.broker.now)

    def spread(self, name: str) -> Spread:
        return self.book.spreads[name]

    def sent(self) -> list[tuple[str, int]]:
        return [(order.leg.key, order.quantity) for order in self.broker.sent if hasattr(order, "leg")]

    def said(self, what: What) -> list[dict[str, Any]]:
        return [record for record in parse(self.journal.lines()) if record["what"] == what]


def quoted(short: Leg, long: Leg) -> LiveRig:
    """A rig in which a spread may be opened: short 3.00 to 3.20, long 1.00 to 1.20, a natural debit of 2.20."""
    made = LiveRig()
    made.broker.price(3.00, 3.20, short)
    made.broker.price(1.00, 1.20, long)
    return made
