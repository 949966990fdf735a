"""A desk on the paper broker, with bear calls already open, for the tests of closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spreads.closing import ClosePolicy, ExitSettings
from spreads.desk import Desk
from spreads.journal import What
from spreads.legs import Leg
from spreads.orders import ComboOrder, LegOrder
from spreads.spread import Spread
from tests.spreads.paper_broker import PaperBroker, call, spread_of

SHORT, LONG = call(100, -1), call(105, 1)


@dataclass
class Rig:
    """Desk, broker, and everything they said."""

    settings: ExitSettings = field(default_factory=ExitSettings)
    broker: PaperBroker = field(default_factory=PaperBroker)
    records: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.broker, self.settings, self.records.append, lambda s, text: self.alarms.append((s, text)))
        self.broker.price(3.00, 3.20, SHORT)
        self.broker.price(1.00, 1.20, LONG)

    def open(self, name: str = "A", legs: Sequence[Leg] = (SHORT, LONG), lots: int = 1, **more: bool) -> Spread:
        """A spread filled at the quotes; what was sent until then is forgotten."""
        spread = spread_of(name, *legs, lots=lots, **more)
        automatic, self.broker.auto_fill = self.broker.auto_fill, True
        order = ComboOrder(tuple((leg, leg.ratio) for leg in legs), lots, "entry")
        self.desk.adopt(spread, self.broker.send_combo(order), self.broker.now)
        self.broker.auto_fill = automatic
        self.desk.advance(self.broker.tick())
        self.broker.sent.clear()
        self.broker.notices.clear()
        return spread

    def close(self, spread: Spread, policy: ClosePolicy | None = None) -> None:
        """Decide and take the first step."""
        self.desk.begin_close(spread, "net debit 2.20 at or above 2.00", "debit", self.broker.now, policy)
        self.desk.advance(self.broker.now)

    def step(self, minutes: float = 1) -> None:
        """Time and quotes go on, events are delivered, the desk takes one step."""
        now = self.broker.tick(minutes)
        for notice in self.broker.notices:
            self.desk.notice(notice, now)
        self.broker.notices.clear()
        self.desk.advance(now)

    def sent(self) -> list[tuple[str, int]]:
        """Single orders sent since the spreads were opened: leg and signed quantity."""
        return [(order.leg.key, order.quantity) for order in self.broker.sent if isinstance(order, LegOrder)]

    def said(self, what: What) -> list[dict[str, Any]]:
        """Records of one kind."""
        return [record for record in self.records if record["what"] is what]
