"""After a restart: what the account says about each spread of the snapshot, and taking up what was under way.

Nothing is ordered here. What the ledgers and the account disagree on is posted by the reconciler, later, when there
are prices (`SpreadBook.step`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .ledger import Posting
from .legs import Leg, Right
from .order_notes import Purpose
from .orders import Broker, OrderFacts
from .settlement import delivered, share_out
from .spread import Spread
from .states import State


class Account(Protocol):
    """What a restart needs of the engine beside orders and prices."""

    def take_up(self, leg: Leg) -> None:
        """Make a contract of the snapshot known again, subscribed if the engine has not done so.

        Raises:
            Exception: Its identifier cannot be read, or the engine does not take it.
        """
        ...

    def holding(self, leg: Leg, quantity: int, claimed: int) -> OrderFacts:
        """Contracts the account holds besides those `claimed` by spreads, as if traded at their average price."""
        ...

    def positions(self) -> Mapping[str, tuple[str, int]]:
        """Every option contract the account holds: identifier to name and signed contracts."""
        ...


class Found(StrEnum):
    """How a spread of the snapshot was found."""

    INTACT = "intact"
    OPENING = "its entry was under way"
    CLOSING = "its close was under way"
    CLOSED_AWAY = "closed while away"
    EXPIRED = "expired while away"
    ASSIGNED = "assigned while away"
    LEG_GONE = "a leg is gone"
    PARTLY = "partly closed while away"
    MISMATCH = "record and account disagree"


QUIET = frozenset({Found.INTACT, Found.OPENING, Found.CLOSING})


@dataclass(frozen=True, slots=True)
class Finding:
    """One spread after a restart, in words."""

    spread: Spread
    found: Found
    text: str


class Inspection:
    """Compares spreads with the account.

    Args:
        broker: The engine.
        spreads: All live spreads of the snapshot.
        now: Algorithm time.
    """

    def __init__(self, broker: Broker, spreads: Sequence[Spread], now: datetime) -> None:
        self._broker = broker
        self._spreads = spreads
        self._now = now

    def gap(self, leg: Leg) -> int:
        """What the account holds of a contract less what all records say, signed."""
        return self._broker.held(leg) - sum(spread.ledger.held(leg.key) for spread in self._spreads)

    def finding(self, spread: Spread) -> Finding:
        """How a spread was found."""
        lost, doubtful = {}, []
        for leg, held in spread.holdings():
            gap = self.gap(leg)
            shares = share_out(gap, leg.key, self._spreads)
            part = next((part for holder, part in shares if holder is spread), 0)
            if part:
                lost[leg.key] = part
            if gap != sum(part for _, part in shares) or gap * held > 0:
                doubtful.append(
                    f"the account holds {self._broker.held(leg):+d} {leg.name}, the records {held - gap:+d}"
                )
        parts = [f"{held + lost.get(leg.key, 0):+d} of {held:+d} {leg.name}" for leg, held in spread.holdings()]
        orders = sum(len(self._broker.working(leg)) for leg, _ in spread.holdings())
        text = ", ".join(parts) + (f"; {orders} orders of the account still work on its contracts" if orders else "")
        found = self._found(spread, lost)
        if doubtful and found in QUIET:
            return Finding(spread, Found.MISMATCH, "; ".join([text, *doubtful]))
        return Finding(spread, found, text)

    def _found(self, spread: Spread, lost: Mapping[str, int]) -> Found:
        if not lost:
            if spread.state is State.OPENING:
                return Found.OPENING
            return Found.INTACT if spread.exit is None else Found.CLOSING
        holdings = spread.holdings()
        gone = [leg for leg, held in holdings if lost.get(leg.key) == -held]
        if any(self._looks_assigned(spread, leg, lost[leg.key]) for leg in gone):
            return Found.ASSIGNED
        if len(gone) == len(holdings):
            return Found.EXPIRED if all(self._now.date() > leg.expiry for leg in gone) else Found.CLOSED_AWAY
        return Found.LEG_GONE if gone else Found.PARTLY

    def _looks_assigned(self, spread: Spread, leg: Leg, change: int) -> bool:
        if spread.cash_settled or spread.underlying is None or leg.right is Right.SHARES:
            return False
        shares, there = delivered(leg, change, spread.multiplier), self.gap(spread.underlying)
        return bool(leg.is_short and shares * there > 0 and abs(there) >= abs(shares))

    def complete_entry(self, spread: Spread, account: Account) -> str:
        """Post what the account holds of an entry that was under way; returns it in words.

        Only what the record misses and no other spread accounts for is taken, at the account's average price.
        """
        if spread.state is not State.OPENING:
            return ""
        taken = []
        for leg in spread.legs:
            missing, surplus = leg.ratio * spread.lots - spread.ledger.held(leg.key), self.gap(leg)
            if missing * surplus <= 0:
                continue
            quantity = min(abs(missing), abs(surplus)) * (1 if missing > 0 else -1)
            claimed = sum(other.ledger.held(leg.key) for other in self._spreads)
            facts = account.holding(leg, quantity, claimed)
            spread.ledger.post_held(facts, entry=True)
            taken.append(f"{quantity:+d} {leg.name}")
        return ", ".join(taken)

    def late_fills(self, spread: Spread, account: Account) -> str:
        """Post what the cancelled orders of an ended spread filled while we were away; returns it in words.

        Their late fill is what the account holds beyond all records, no more than they had left; a greater surplus is
        somebody else's and stays untouched.
        """
        taken = []
        for leg in spread.legs:
            notes = [note for note in spread.tickets if note.leg == leg.key]
            left, surplus = sum(note.quantity for note in notes), self.gap(leg)
            if left * surplus <= 0 or abs(surplus) > abs(left):
                continue
            claimed = sum(other.ledger.held(leg.key) for other in self._spreads)
            facts, postings = account.holding(leg, surplus, claimed), spread.ledger.postings
            is_entry = any(note.purpose is Purpose.ENTRY for note in notes)
            postings[f"late {len(postings)} {leg.key}"] = Posting(leg.key, surplus, facts.proceeds, 0, is_entry)
            for note in notes:
                part = min(abs(note.quantity), abs(surplus)) * (1 if surplus > 0 else -1)
                note.quantity, surplus = note.quantity - part, surplus - part
            taken.append(f"{facts.filled:+d} {leg.name}")
        return ", ".join(taken)

    def adoptable(self, spread: Spread, owned: Callable[[int], bool]) -> list[tuple[OrderFacts, Purpose]]:
        """Orders out on the spread's contracts that nobody's note claims and that do what the spread was about to do.

        A kill between an order and the next snapshot leaves such an order: it is taken over, not sent again. Before a
        decision to close, an order against our holding is somebody else's and stays so.
        """
        found = []
        for leg in spread.legs:
            held = spread.ledger.held(leg.key)
            for facts in self._broker.working(leg):
                if owned(facts.order_id):
                    continue
                closes = spread.exit is not None and facts.remaining * held < 0 and abs(facts.remaining) <= abs(held)
                missing = leg.ratio * spread.lots - held if spread.state is State.OPENING else 0
                opens = facts.remaining * missing > 0 and abs(facts.remaining) <= abs(missing)
                if closes or opens:
                    found.append((facts, Purpose.CLOSE if closes else Purpose.ENTRY))
        return found


def unknown_positions(positions: Mapping[str, tuple[str, int]], spreads: Sequence[Spread]) -> list[tuple[str, int]]:
    """Contracts the account holds beyond what the records say: (name, contracts), never touched."""
    found = []
    for key, (name, quantity) in positions.items():
        known = sum(spread.ledger.held(key) for spread in spreads)
        if quantity and (quantity - known) * quantity > 0:
            found.append((name, quantity - known))
    return found
