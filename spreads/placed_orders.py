"""The orders put on spreads: numbered in the order they came, and found again by spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from .closing import ClosePolicy
from .confirmation import Confirmation
from .spread import Spread
from .spread_tickets import SpreadTicket, TicketStatus
from .turn import Turn
from .view import Rule


class PlacedOrders:
    """Every order ever put on a spread of the book.

    Args:
        turn: Whose turn it is; orders are numbered under its lock.
        confirmation: Of an order that names none.
        changed: Called with an order that a user changes; gives algorithm time.
    """

    def __init__(self, turn: Turn, confirmation: Confirmation, changed: Callable[[SpreadTicket], datetime]) -> None:
        self.last = 0
        self._turn = turn
        self._confirmation = confirmation
        self._changed = changed
        self._by_spread: dict[str, list[SpreadTicket]] = {}
        self._by_number: dict[int, SpreadTicket] = {}

    def __len__(self) -> int:
        return len(self._by_number)

    def of(self, spread_id: str) -> list[SpreadTicket]:
        """The orders on a spread, oldest first."""
        return self._by_spread.get(spread_id, [])

    def watch(self, spread_id: str) -> bool:
        """True while an order on a spread watches it."""
        return any(ticket.is_watching for ticket in self.of(spread_id))

    def place(
        self,
        spread: Spread,
        kind: str,
        rule: Rule,
        now: datetime,
        *,
        confirmation: Confirmation | None = None,
        policy: ClosePolicy | None = None,
        group: str = "",
        tag: str = "",
    ) -> SpreadTicket:
        """Put an order on a spread; one on a spread that has ended is invalid."""
        with self._turn.lock:
            self.last = number = self.last + 1
        ticket = SpreadTicket(
            number, spread.id, kind, rule, confirmation or self._confirmation, now, policy, group, tag
        )  # fmt: skip
        ticket.history.append((now, "submitted"))
        if spread.has_ended:
            ticket.end(TicketStatus.INVALID, now, "the spread has ended")
        self._keep(ticket)
        return ticket

    def put_back(self, orders: Iterable[SpreadTicket], last: int) -> None:
        """Take orders of an earlier process, which had numbered `last` of them."""
        for ticket in orders:
            self._keep(ticket)
        self.last = max([self.last, last, *self._by_number])

    def _keep(self, ticket: SpreadTicket) -> None:
        ticket.changed, ticket.turn = self._changed, self._turn
        self._by_number[ticket.order_id] = ticket
        self._by_spread.setdefault(ticket.spread_id, []).append(ticket)
