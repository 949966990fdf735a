"""The record of one spread: what it is, where it stands, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from .entry import EntryJob
from .exits import ExitJob
from .ledger import SpreadLedger
from .legs import Leg, Right, max_debit
from .order_notes import Purpose, Ticket
from .states import ENDED, Evidence, State, move
from .view import Terms


@dataclass(slots=True)
class Spread:
    """One registered position of several legs.

    Attributes:
        id: Short text, unique in the book; stands in every tag.
        kind: What it is in the trader's words ("bear call", "bull put", "iron condor", ...).
        legs: Legs with signed ratios per spread.
        lots: Spreads wanted at entry, positive.
        multiplier: Shares per contract.
        expires_at: End of trading of the nearest expiry, algorithm time.
        ledger: What the legs really hold and paid, from fills alone.
        state: Where it stands; changes only through `advance`.
        opened_at: Time of the fill that completed the entry.
        closed_at: Time it ended; None again when a late fill brought it back.
        exit: The closing job once a close was decided.
        exit_reason: The sentence of the decision that closes it, or how else it ended.
        anomalies: What happened to it that we did not order, in words.
        underlying: The underlying as a `Right.SHARES` leg, so that delivered shares can be held and closed.
        cash_settled: True for index options: exercise pays intrinsic value and delivers nothing.
        tickets: Notes of the orders that are out, or that could still say something.
        entry: The legged entry while it is carried out; None for a strategy order or adopted legs.
    """

    id: str
    kind: str
    legs: tuple[Leg, ...]
    lots: int
    multiplier: int
    expires_at: datetime
    ledger: SpreadLedger
    state: State = State.OPENING
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    exit: ExitJob | None = None
    exit_reason: str = ""
    anomalies: list[str] = field(default_factory=list)
    underlying: Leg | None = None
    cash_settled: bool = False
    tickets: list[Ticket] = field(default_factory=list)
    entry: EntryJob | None = None

    @property
    def has_ended(self) -> bool:
        """True once nothing of it is held or working."""
        return self.state in ENDED

    @property
    def is_at_risk(self) -> bool:
        """True while it is open or being opened, or a short of it is left."""
        return self.state in (State.OPENING, State.OPEN) or any(held < 0 for _, held in self.holdings())

    def is_watchable(self, has_watching_orders: bool) -> bool:
        """True while it is open, or while its close is a limit that rests and another order could end the wait."""
        if self.opened_at is None:
            return False
        if self.exit is None:
            return self.state is State.OPEN
        return self.exit.policy.rests and self.state is State.CLOSING and has_watching_orders

    def holdings(self) -> list[tuple[Leg, int]]:
        """Legs held now with their contracts (shares last), signed; zero ones left out."""
        legs = self.legs if self.underlying is None else (*self.legs, self.underlying)
        return [(leg, held) for leg in legs if (held := self.ledger.held(leg.key))]

    def working(self, leg: str | None = None, purpose: Purpose | None = None) -> list[Ticket]:
        """Orders still out, of one leg and one purpose if given."""
        return [
            t
            for t in self.tickets
            if not t.ended and (leg is None or t.leg == leg) and (purpose is None or t.purpose is purpose)
        ]

    def _notes(self) -> list[Ticket]:
        """Orders out; of an ended spread the cancelled ones, each for what it left unfilled: so much may fill late."""
        if not self.has_ended:
            return self.working()
        posted = {ticket.order_id: self.ledger.postings.get(str(ticket.order_id)) for ticket in self.tickets}
        notes = [
            replace(ticket, quantity=ticket.quantity - (known.filled if (known := posted[ticket.order_id]) else 0))
            for ticket in self.tickets
        ]
        return [note for note in notes if note.quantity]

    def size_of(self, leg: str) -> int:
        """Shares per unit of a leg in the ledger: 1 for the underlying, 0 (the multiplier) for contracts."""
        return 1 if self.underlying is not None and leg == self.underlying.key else 0

    def advance(self, evidence: Evidence, now: datetime) -> State:
        """Move on the evidence; returns the new state.

        Raises:
            IllegalMove: The table of states has no such move.
        """
        self.state = move(self.state, evidence)
        if self.state is State.OPEN and self.opened_at is None:
            self.opened_at = now
        self.closed_at = now if self.has_ended else None
        return self.state

    def terms(self) -> Terms:
        """Fixed terms as the fills made them.

        Raises:
            ValueError: The entry is not complete.
        """
        if self.opened_at is None:
            raise ValueError(f"spread {self.id} is not open yet")
        return Terms(
            self.legs,
            self.lots,
            self.multiplier,
            self.ledger.entry_credit(self.lots),
            self.ledger.entry_fees,
            max_debit(self.legs),
            self.opened_at,
            self.expires_at,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the snapshot; times as ISO text."""
        return {
            "id": self.id,
            "kind": self.kind,
            "legs": [_leg_to_dict(leg) for leg in self.legs],
            "lots": self.lots,
            "multiplier": self.multiplier,
            "expires_at": self.expires_at.isoformat(),
            "ledger": self.ledger.to_dict(),
            "state": self.state.value,
            "opened_at": None if self.opened_at is None else self.opened_at.isoformat(),
            "closed_at": None if self.closed_at is None else self.closed_at.isoformat(),
            "exit": None if self.exit is None else self.exit.to_dict(),
            "exit_reason": self.exit_reason,
            "anomalies": list(self.anomalies),
            "underlying": None if self.underlying is None else _leg_to_dict(self.underlying),
            "cash_settled": self.cash_settled,
            "tickets": [note.to_dict() for note in self._notes()],
            "entry": None if self.entry is None else self.entry.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Spread:
        """A spread of an earlier process.

        Raises:
            KeyError, TypeError, ValueError: The data are not what `to_dict` writes.
        """
        state = State(data["state"])
        return cls(
            id=data["id"],
            kind=data["kind"],
            legs=tuple(_leg_from_dict(leg) for leg in data["legs"]),
            lots=data["lots"],
            multiplier=data["multiplier"],
            expires_at=datetime.fromisoformat(data["expires_at"]),
            ledger=SpreadLedger.from_dict(data["ledger"]),
            state=state,
            opened_at=None if data["opened_at"] is None else datetime.fromisoformat(data["opened_at"]),
            closed_at=None if data["closed_at"] is None else datetime.fromisoformat(data["closed_at"]),
            exit=None if data["exit"] is None else ExitJob.from_dict(data["exit"]),
            exit_reason=data["exit_reason"],
            anomalies=list(data["anomalies"]),
            underlying=None if data["underlying"] is None else _leg_from_dict(data["underlying"]),
            cash_settled=data["cash_settled"],
            tickets=[replace(Ticket.from_dict(ticket), ended=state in ENDED) for ticket in data["tickets"]],
            entry=None if data["entry"] is None else EntryJob.from_dict(data["entry"]),
        )


def _leg_to_dict(leg: Leg) -> dict[str, Any]:
    return {
        "key": leg.key,
        "ratio": leg.ratio,
        "right": leg.right.value,
        "strike": leg.strike,
        "expiry": leg.expiry.isoformat(),
        "name": leg.name,
    }


def _leg_from_dict(data: Mapping[str, Any]) -> Leg:
    expiry = date.fromisoformat(data["expiry"])
    return Leg(data["key"], data["ratio"], Right(data["right"]), data["strike"], expiry, data["name"])
