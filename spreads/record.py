"""The record of one spread: what it is, where it stands, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from .ledger import SpreadLedger
from .legs import Leg, max_debit
from .spread import ENDED, Evidence, State, move
from .view import Terms

if TYPE_CHECKING:
    from .exits import ExitJob


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
        closed_at: Time it ended.
        exit: The closing job once a close was decided.
        exit_reason: The sentence of the decision that closes it, or how else it ended.
        anomalies: What happened to it that we did not order, in words.
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

    @property
    def has_ended(self) -> bool:
        """True once nothing of it is held or working."""
        return self.state in ENDED

    def advance(self, evidence: Evidence, now: datetime) -> State:
        """Move on the evidence; returns the new state.

        Raises:
            IllegalMove: The table of states has no such move.
        """
        self.state = move(self.state, evidence)
        if self.state is State.OPEN and self.opened_at is None:
            self.opened_at = now
        if self.has_ended:
            self.closed_at = now
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
