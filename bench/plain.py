"""Spreads on plain objects: what the manager's own code costs, without any engine."""

from __future__ import annotations

import random
import sys
from datetime import date, datetime, timedelta
from typing import Any

from bench.processes import PROJECT
from bench.ways import RULES, Scene, Timing
from replay.api import algorithm_imports
from spreads.alarms import Alarms, Bell
from spreads.assembly import Keys, assemble
from spreads.book import SpreadBook
from spreads.judge import TradingHours
from spreads.ledger import SpreadLedger
from spreads.legs import Leg, Right
from spreads.money import ticks
from spreads.orders import OrderFacts, Status
from spreads.quotes import LegQuote
from spreads.spread import Spread

DAY = datetime(2025, 2, 3)
EXPIRY = date(2025, 3, 12)
HOURS = TradingHours(DAY + timedelta(hours=9, minutes=30), DAY + timedelta(hours=16))


class Quoted:
    """Bid and ask of one contract, dollars, behind properties as LEAN's are."""

    __slots__ = ("_ask", "_bid", "_middle")

    def __init__(self, middle: float) -> None:
        self._middle = middle
        self._bid = self._ask = 0.0
        self.move(0.0)

    def move(self, by: float) -> None:
        """A new quote around the middle price."""
        self._bid = round(self._middle + by - 0.05, 2)
        self._ask = round(self._middle + by + 0.05, 2)

    @property
    def bid_price(self) -> float:
        """Bid."""
        return self._bid

    @property
    def ask_price(self) -> float:
        """Ask."""
        return self._ask


class Held:
    """Contracts held, behind a property as LEAN's are."""

    __slots__ = ("_quantity",)

    def __init__(self, quantity: int) -> None:
        self._quantity = float(quantity)

    @property
    def quantity(self) -> float:
        """Contracts, signed."""
        return self._quantity


class PlainEngine:
    """The ports of the book as far as quiet spreads use them: quotes, hours, and holdings that agree."""

    def __init__(self) -> None:
        self.now = DAY + timedelta(hours=9, minutes=31)
        self.quoted: dict[str, Quoted] = {}
        self.holdings: dict[str, int] = {}

    @property
    def time(self) -> datetime:
        """The algorithm's time."""
        return self.now

    def source(self, leg: Leg) -> Quoted:
        """The contract."""
        return self.quoted[leg.key]

    def quote(self, leg: Leg) -> LegQuote:
        """Its quote, of this slice."""
        bid, ask = ticks(self.quoted[leg.key].bid_price), ticks(self.quoted[leg.key].ask_price)
        return LegQuote(bid, ask, (bid + ask) // 2, self.now)

    def session(self, leg: Leg, now: datetime) -> TradingHours:
        """One long day."""
        return HOURS

    def underlying(self, leg: Leg) -> int:
        """Unknown."""
        return 0

    def underlying_time(self, leg: Leg) -> datetime:
        """Alive."""
        return self.now

    def position(self, leg: Leg) -> Held:
        """As the ledger says."""
        return Held(self.holdings[leg.key])

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a quiet slice needs no {name}")


class PlainDisplay:
    """Takes what a manager shows and keeps."""

    def read(self, key: str) -> None:
        """Nothing was kept."""

    def write(self, key: str, text: str) -> bool:
        """Taken."""
        return True

    def show(self, name: str, value: str) -> None:
        """Nobody looks."""

    def plot(self, chart: str, series: str, value: float) -> None:
        """Nobody looks."""


def manager_of(spreads: int, engine: PlainEngine) -> Any:
    """A manager, its own `on_data` and all, that watches N verticals with the five rules."""
    before = sys.modules.get("AlgorithmImports")
    sys.modules["AlgorithmImports"] = algorithm_imports([PROJECT / "spread_manager.py"])
    try:
        from spread_manager import SpreadManager
    finally:
        if before is None:
            del sys.modules["AlgorithmImports"]
        else:
            sys.modules["AlgorithmImports"] = before

    manager: Any = object.__new__(SpreadManager)
    manager._algorithm = engine
    manager._parts = assemble(
        engine, PlainDisplay(), Bell(Alarms(), lambda: engine.now, _tell, None), _tell,
        settings=None, exits=None, guards=None, live=False, keeps=False, keys=Keys("0", False, engine.now),
    )  # fmt: skip
    manager._pulse = manager._parts.pulse
    fill(manager._parts.book, spreads, engine)
    return manager


def fill(book: SpreadBook, spreads: int, engine: PlainEngine) -> None:
    """Put N verticals with the five rules into a book."""
    for number in range(spreads):
        legs = tuple(
            Leg(f"{name}{number}", ratio, Right.CALL, strike * 10_000, EXPIRY, f"{name}{number}")
            for name, ratio, strike in (("S", -1, 6000 + number), ("L", 1, 6010 + number))
        )
        for leg, middle in zip(legs, (3.0, 1.5), strict=True):
            engine.quoted[leg.key] = Quoted(middle)
            engine.holdings[leg.key] = leg.ratio
        facts = [
            OrderFacts(2 * number + place + 1, leg.key, leg.ratio, leg.ratio, -leg.ratio * price, 0, Status.FILLED)
            for place, (leg, price) in enumerate(zip(legs, (29_500, 15_500), strict=True))
        ]
        ends = datetime(EXPIRY.year, EXPIRY.month, EXPIRY.day, 16)
        spread = Spread(f"call{number + 1}", "bear call", legs, 1, 100, ends, SpreadLedger())
        book.add(spread, facts, RULES, engine.now)


def _tell(text: str) -> None:
    raise AssertionError(text)


def _alarm(spread_id: str, text: str) -> None:
    raise AssertionError(f"{spread_id}: {text}")


def scene_of(manager: Any, engine: PlainEngine) -> Scene:
    """The manager's spreads for every way of watching."""
    spreads = manager._parts.book.open_spreads()
    pairs = [(engine.source(spread.legs[0]), engine.source(spread.legs[1])) for spread in spreads]
    return Scene(lambda now: manager.on_data(None), pairs, [], {}, [spread.terms() for spread in spreads], engine.now)


def time_plain(spreads: int, slices: int) -> dict[str, dict[str, float]]:
    """Microseconds per spread and slice of each way; every quote moves every minute. Wraps around within the day."""
    engine, timing, dice = PlainEngine(), Timing(), random.Random(7)
    manager = manager_of(spreads, engine)
    scene: Scene | None = None
    while timing.slices < slices:
        engine.now += timedelta(minutes=1)
        if engine.now >= HOURS.closes:
            engine = PlainEngine()
            manager, scene = manager_of(spreads, engine), None
            continue
        for quoted in engine.quoted.values():
            quoted.move(round(dice.uniform(-0.2, 0.2), 2))
        if scene is None:
            manager.on_data(None)
            scene = scene_of(manager, engine)
            continue
        timing.slice(scene, engine.now)
    return timing.per_spread(spreads)
