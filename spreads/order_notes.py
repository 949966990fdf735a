"""Our own note of every order that is out: the identity of an order hangs on this and never on its tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from .orders import OrderFacts, OrderKind

ADOPTED = "adopted"
"""Situation of an order found after a restart without a note of it: its limit is not known."""


class Purpose(StrEnum):
    """Why an order is out. A BACKSTOP rests at the broker and is taken back before a close is sent."""

    ENTRY = "entry"
    CLOSE = "close"
    BACKSTOP = "backstop"


@dataclass(slots=True)
class Ticket:
    """One order for one leg of one spread.

    Attributes:
        order_id: LEAN's id in this process; 0 until an order of an earlier process was found again.
        leg: Key of the contract.
        purpose: Why it is out.
        kind: Kind of order sent.
        quantity: Contracts ordered, signed.
        sent_at: When it was sent, algorithm time.
        limit: Limit in ticks (a combo's net), None for market.
        group: Order id of the first leg of its combo; 0 when it stands alone.
        broker_ids: The brokerage's ids, all that survives a restart.
        situation: Prices and margin it was sent in, so that a refused order is not repeated unchanged.
        cancel_asked: When a cancel was last asked for.
        ended: True once the order is done; kept while a late fill could still come.
        before: Totals (filled, proceeds, fees) that the ledger already had when the order was adopted.
        remaining: Contracts still working at the last look, signed.
        was: Order id in the earlier process; 0 for an order of this one.
        tag: The order's text for people; LEAN's own copy is lost in a restart.
    """

    order_id: int
    leg: str
    purpose: Purpose
    kind: OrderKind
    quantity: int
    sent_at: datetime
    limit: int | None = None
    group: int = 0
    broker_ids: tuple[str, ...] = ()
    situation: str = ""
    cancel_asked: datetime | None = None
    ended: bool = False
    before: tuple[int, int, int] = (0, 0, 0)
    remaining: int = 0
    was: int = 0
    tag: str = ""

    def net_of_before(self, facts: OrderFacts) -> OrderFacts:
        """The order's totals since we adopted it."""
        filled, proceeds, fees = self.before
        return replace(facts, filled=facts.filled - filled, proceeds=facts.proceeds - proceeds, fees=facts.fees - fees)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return {
            "order_id": self.order_id,
            "leg": self.leg,
            "purpose": self.purpose.value,
            "kind": self.kind.value,
            "quantity": self.quantity,
            "sent_at": self.sent_at.isoformat(),
            "limit": self.limit,
            "group": self.group,
            "broker_ids": list(self.broker_ids),
            "situation": self.situation,
            "tag": self.tag,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ticket:
        """A note of an earlier process: its order id means nothing any more, its broker ids do."""
        return cls(
            order_id=0,
            leg=data["leg"],
            purpose=Purpose(data["purpose"]),
            kind=OrderKind(data["kind"]),
            quantity=data["quantity"],
            sent_at=datetime.fromisoformat(data["sent_at"]),
            limit=data["limit"],
            group=data["group"],
            broker_ids=tuple(data["broker_ids"]),
            situation=data["situation"],
            was=data["order_id"],
            tag=data["tag"],
        )
