"""What a spread really holds and really paid, from its orders' own facts.

An entry is the total an order has filled, not one more fill: looking at the same ticket twice, events that come
twice, late or out of order change nothing (lean_live.md 0.3: read the ticket).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .orders import OrderFacts


@dataclass(frozen=True, slots=True)
class Posting:
    """Total so far of one order (or of one outside event) on one leg.

    `filled` contracts signed; `proceeds` in ticks per share x contracts, sales positive; `fees` in 1/10000
    dollars; `entry` is True for orders that opened the spread.
    """

    leg: str
    filled: int
    proceeds: int
    fees: int
    entry: bool


@dataclass(slots=True)
class SpreadLedger:
    """Postings of one spread by order id (text ids for outside events such as an assignment)."""

    postings: dict[str, Posting] = field(default_factory=dict)

    def post(self, facts: OrderFacts, entry: bool) -> bool:
        """Take over an order's totals; True when something changed."""
        known = self.postings.get(str(facts.order_id))
        if known is not None and abs(known.filled) > abs(facts.filled):
            return False
        if known is None and not facts.filled and not facts.fees:
            return False
        posting = Posting(facts.leg, facts.filled, facts.proceeds, facts.fees, entry)
        self.postings[str(facts.order_id)] = posting
        return posting != known

    def post_outside(self, key: str, leg: str, filled: int, price: int, fees: int = 0) -> bool:
        """Take over a change that no order of ours made (assignment, exercise, a hand), once per key."""
        if key in self.postings:
            return False
        self.postings[key] = Posting(leg, filled, -filled * price, fees, False)
        return True

    def held(self, leg: str) -> int:
        """Contracts of a leg held, signed."""
        return sum(p.filled for p in self.postings.values() if p.leg == leg)

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

    def cash(self, multiplier: int) -> int:
        """Cash the spread has brought in so far, less fees, in 1/10000 dollars."""
        return sum(p.proceeds for p in self.postings.values()) * multiplier - self.fees
