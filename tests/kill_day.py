"""Kill the algorithm at one moment of a day, start it again, and hold what the two lives did against one quiet life."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from replay.enums import OrderType
from replay.restart import Carry, KillAt, Life, live

MAIN = Path(__file__).resolve().parent.parent / "main.py"
DAYS = {
    "targets": "2024-11-18",
    "morning stops": "2024-11-19",
    "spike": "2024-11-21",
    "gap": "2024-12-02",
    "blindness": "2024-12-03",
    "both stops": "2024-12-04",
}

Fill = tuple[str, str, int, Decimal]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was traded, what is held at the end, and what it came to in dollars."""

    fills: tuple[Fill, ...]
    held: dict[str, int]
    equity: Decimal
    events: int
    steps: int
    state: str

    @property
    def contracts(self) -> Counter[tuple[str, int]]:
        """Contracts bought and sold, by contract and direction."""
        traded: Counter[tuple[str, int]] = Counter()
        for _, name, quantity, _ in self.fills:
            traded[name, 1 if quantity > 0 else -1] += abs(quantity)
        return traded


def settings_of(day: str, **more: Any) -> dict[str, Any]:
    return {"start-date": day, "end-date": day, "save-state": "on", **more}


@cache
def quiet_life(data: Path, day: str, more: tuple[tuple[str, str], ...] = ()) -> Outcome:
    """The run that nothing disturbs."""
    with tempfile.TemporaryDirectory() as store:
        life = live(MAIN, data_folder=data, object_store=store, parameters=settings_of(day, **dict(more)))
    return outcome([life])


def killed_life(
    data: Path, day: str, kills: list[KillAt], more: tuple[tuple[str, str], ...] = ()
) -> tuple[Outcome, list[Life]]:
    """The day with a kill in each life but the last."""
    lives: list[Life] = []
    carry: Carry | None = None
    with tempfile.TemporaryDirectory() as store:
        for kill in [*kills, None]:
            life = live(
                MAIN, data_folder=data, object_store=store, parameters=settings_of(day, **dict(more)), kill=kill,
                carry=carry,
            )  # fmt: skip
            lives.append(life)
            carry = life.carry
            if carry is None:
                break
    return outcome(lives), lives


def outcome(lives: list[Life]) -> Outcome:
    fills = tuple(
        (f"{order.last_fill_utc:%H:%M}", order.symbol.value, int(ticket.quantity_filled), order.price)
        for life in lives
        for order in life.engine.orders.orders.values()
        for ticket in [life.engine.orders.tickets[order.id]]
        if order.last_fill_utc is not None and order.type is not OrderType.OPTION_EXERCISE and ticket.quantity_filled
    )
    last = lives[-1].engine
    held = {s.symbol.value: int(s.holdings.exact_quantity) for s in last.securities.values() if s.holdings.invested}
    events = sum(len(life.events) for life in lives)
    return Outcome(fills, held, lives[-1].equity, events, last.steps, lives[-1].state)


def differences(quiet: Outcome, killed: Outcome) -> list[str]:
    """In words what the kill changed; empty when nothing."""
    found = []
    if killed.state != "Completed":
        found.append(f"the run ended {killed.state}")
    if killed.held != quiet.held:
        found.append(f"held at the end: {killed.held} instead of {quiet.held}")
    if killed.contracts != quiet.contracts:
        more, less = killed.contracts - quiet.contracts, quiet.contracts - killed.contracts
        found.append(f"traded more: {dict(more)}, less: {dict(less)}")
    other = [fill for fill in killed.fills if fill not in quiet.fills]
    if other:
        found.append(f"other fills: {other}")
    if killed.equity != quiet.equity:
        found.append(f"equity {killed.equity} instead of {quiet.equity}")
    return found
