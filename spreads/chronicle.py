"""The life of a spread as the journal tells it: opening, opened, its net debit path, ended or still standing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from .journal import Journal, What
from .legs import Leg
from .levels import DebitStop, capped
from .money import as_float
from .path import Path
from .spread import Spread
from .spread_tickets import SpreadTicket, TicketStatus
from .states import State
from .target import ProfitTarget
from .times import next_round
from .view import Rule, Terms
from .watched import Watched


class Chronicle:
    """Keeps a path for each spread that was watched and writes the records of its life.

    Args:
        journal: Takes the records.
        path_every: Time between points of a path; None = only the worst debit is kept.

    Attributes:
        next_point: When points are due next.
    """

    def __init__(self, journal: Journal, path_every: timedelta | None) -> None:
        self._journal = journal
        self._path_every = path_every
        self._paths: dict[str, Path] = {}
        self._worst: dict[str, int | None] = {}
        self.next_point = datetime.min if path_every is not None else datetime.max

    def opening(self, spread: Spread, now: datetime) -> None:
        """It was taken over; its entry may still be out."""
        self._journal.write(
            What.OPENING, now, spread.id, kind=spread.kind, lots=spread.lots, legs=_leg_records(spread.legs)
        )

    def opened(self, spread: Spread, tickets: Sequence[SpreadTicket], now: datetime) -> None:
        """It is open and watched."""
        self._paths[spread.id] = Path(now, keep=self._path_every is not None)
        terms = spread.terms()
        self._journal.write(
            What.OPENED, now, spread.id, kind=spread.kind, legs=_leg_records(spread.legs), lots=spread.lots,
            multiplier=spread.multiplier, credit=terms.credit, fees=terms.fees, max_debit=terms.max_debit,
            expires_at=spread.expires_at, stops=_stop_records(tickets, terms),
        )  # fmt: skip

    def watched_again(self, spread: Spread, now: datetime) -> None:
        """It is watched although it closes already (a limit rests): no path is drawn of that."""
        self._paths.setdefault(spread.id, Path(now, keep=False))

    def add_points(
        self, spreads: Iterable[Watched], now: datetime, failed: Callable[[str, datetime, Exception], None]
    ) -> None:
        """A point of the path of every spread that is watched, due at `next_point`; one that fails is told of."""
        if self._path_every is None:
            return
        self.next_point = next_round(now, self._path_every)
        paths = self._paths
        for watched in spreads:
            try:
                paths[watched.spread_id].add(now, watched)
            except Exception as error:
                failed(watched.spread_id, now, error)

    def unwatched(self, spread: Spread, watched: Watched, now: datetime) -> None:
        """It is watched no more: the last point, and the worst debit seen."""
        path = self._paths[spread.id]
        if now < spread.expires_at:  # a settlement comes in the night, with the prices of the day before
            path.add(now, watched)
        path.worst = max(path.worst, watched.worst)

    def ended(self, spread: Spread, tickets: Sequence[SpreadTicket], now: datetime) -> None:
        """It has ended: path and result, or why it never began. A late fill can make it end again."""
        if spread.state is State.REJECTED and not spread.ledger.postings:
            self._journal.write(What.REJECTED, now, spread.id, reason=spread.exit_reason)
            return
        if spread.id in self._paths:
            self._worst[spread.id] = self._paths[spread.id].worst_ticks
        self._write_path(spread, now)
        ledger = spread.ledger
        exit_proceeds = sum(p.proceeds for p in ledger.postings.values() if not p.entry)
        strikes = "/".join(f"{as_float(leg.strike):g}" for leg in spread.legs)
        self._journal.write(
            What.ENDED, now, spread.id, kind=spread.kind, strikes=strikes, lots=spread.lots, state=spread.state,
            reason=spread.exit_reason, credit=ledger.entry_credit(spread.lots),
            exit_debit=round(-exit_proceeds / spread.lots), fees=ledger.fees, pnl=ledger.cash(spread.multiplier),
            worst_natural=self._worst.get(spread.id), opened_at=spread.opened_at,
            closed_at=spread.closed_at, legs=", ".join(leg.name for leg in spread.legs),
            order=next((t.order_id for t in tickets if t.status is TicketStatus.FILLED), None),
        )  # fmt: skip

    def standing(self, spread: Spread, value: object, now: datetime) -> None:
        """The run is over and it still stands; `value` in 1/10000 dollars, None when unknown."""
        self._write_path(spread, now)
        cash = spread.ledger.cash(spread.multiplier)
        self._journal.write(What.STANDING, now, spread.id, state=spread.state, cash=cash, value=value)

    def _write_path(self, spread: Spread, now: datetime) -> None:
        path = self._paths.pop(spread.id, None)
        if path is not None and path.keep:
            self._journal.write(What.PATH, now, spread.id, **path.record())


def _level_of(rule: Rule, terms: Terms) -> dict[str, object]:
    """Where a rule with one fixed debit stands; empty for the others."""
    if isinstance(rule, DebitStop):
        return {"level": capped(rule.stop_at(terms), terms), "basis": rule.basis}
    if isinstance(rule, ProfitTarget):
        return {"level": rule.target_at(terms), "basis": rule.basis}
    return {}


def _stop_records(tickets: Sequence[SpreadTicket], terms: Terms) -> list[dict[str, object]]:
    return [
        {
            "order": ticket.order_id,
            "rule": ticket.rule.name,
            "text": ticket.rule.describe(terms),
            **_level_of(ticket.rule, terms),
        }
        for ticket in tickets
    ]


def _leg_records(legs: Sequence[Leg]) -> list[dict[str, object]]:
    return [
        {
            "name": leg.name,
            "key": leg.key,
            "right": leg.right,
            "strike": leg.strike,
            "expiry": leg.expiry,
            "ratio": leg.ratio,
        }
        for leg in legs
    ]
