"""What a spread really holds and really paid, from its orders' own facts.

An entry is the total an order has filled, not one more fill: looking at the same ticket twice, events that come
twice, late or out of order change nothing (lean_live.md 0.3: read the ticket).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .orders import OrderFacts

_ORDER_KEY = re.compile(r"~*\d+")


@dataclass(frozen=True, slots=True)
class Posting:
    """Total so far of one order (or of one outside event) on one leg.

    `filled` contracts signed (shares for a leg in the underlying); `proceeds` in ticks per share x `filled`, sales
    positive; `fees` in 1/10000 dollars; `entry` is True for orders that opened the spread; `size` is the shares
    one unit of `filled` stands for, 0 = the contract multiplier; `cause` names an outside event, "" is our order.
    """

    leg: str
    filled: int
    proceeds: int
    fees: int
    entry: bool
    size: int = 0
    cause: str = ""


@dataclass(slots=True)
class SpreadLedger:
    """Postings of one spread by order id (text ids for outside events such as an assignment)."""

    postings: dict[str, Posting] = field(default_factory=dict)

    def post(self, facts: OrderFacts, entry: bool, size: int = 0) -> bool:
        """Take over an order's totals; True when something changed. Totals that shrink are an old look: ignored."""
        known = self.postings.get(str(facts.order_id))
        if known is not None and abs(known.filled) > abs(facts.filled):
            return False
        if known is None and not facts.filled and not facts.fees:
            return False
        posting = Posting(facts.leg, facts.filled, facts.proceeds, facts.fees, entry, size)
        self.postings[str(facts.order_id)] = posting
        return posting != known

    def post_outside(
        self, key: str, leg: str, filled: int, price: int, fees: int = 0, cause: str = "outside", size: int = 0
    ) -> bool:
        """Take over a change that no order of ours made (assignment, exercise, a hand), once per key."""
        if key in self.postings:
            return False
        self.postings[key] = Posting(leg, filled, -filled * price, fees, False, size, cause)
        return True

    def post_held(self, facts: OrderFacts, entry: bool) -> None:
        """Take over contracts the account held already when they came to the spread, once per contract."""
        key = f"held {facts.leg}"
        known = self.postings.get(key, Posting(facts.leg, 0, 0, 0, entry))
        filled, proceeds = known.filled + facts.filled, known.proceeds + facts.proceeds
        self.postings[key] = replace(known, filled=filled, proceeds=proceeds)

    def held(self, leg: str) -> int:
        """Contracts (or shares) of a leg held, signed."""
        return sum(p.filled for p in self.postings.values() if p.leg == leg)

    def last_cause(self) -> str:
        """Cause of the youngest posting; "" when it is an order of ours."""
        return next(reversed(self.postings.values())).cause if self.postings else ""

    @property
    def is_flat(self) -> bool:
        """True when no leg is held."""
        return not any(self.held(leg) for leg in {p.leg for p in self.postings.values()})

    @property
    def fees(self) -> int:
        """All fees in 1/10000 dollars."""
        return sum(p.fees for p in self.postings.values())

    @property
    def entry_fees(self) -> int:
        """Fees of the entry in 1/10000 dollars."""
        return sum(p.fees for p in self.postings.values() if p.entry)

    def entry_credit(self, lots: int) -> int:
        """Net price received per share of one spread at entry, ticks; negative when paid."""
        return round(sum(p.proceeds for p in self.postings.values() if p.entry) / lots)

    def entry_price(self, leg: str) -> int:
        """Average price of a leg's entry, ticks per share; 0 before any."""
        postings = [p for p in self.postings.values() if p.leg == leg and p.entry]
        filled = sum(p.filled for p in postings)
        return round(-sum(p.proceeds for p in postings) / filled) if filled else 0

    def cash(self, multiplier: int) -> int:
        """Cash the spread has brought in so far, less fees, in 1/10000 dollars."""
        return sum(p.proceeds * (p.size or multiplier) for p in self.postings.values()) - self.fees

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return {key: asdict(posting) for key, posting in self.postings.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SpreadLedger:
        """The ledger of an earlier process.

        LEAN's order ids begin at 1 again after a restart (lean_live.md 0.7), so ids of earlier processes are
        marked with one more "~": a new order 17 never meets the old one.
        """
        postings = {key: Posting(**value) for key, value in data.items()}
        return cls({f"~{key}" if _ORDER_KEY.fullmatch(key) else key: posting for key, posting in postings.items()})
