"""The courier: sends orders, keeps our own note of each, reads their facts into the ledgers, journals it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .journal import What
from .ledger import Posting
from .legs import Leg
from .order_notes import Purpose, Ticket
from .orders import Broker, ComboOrder, LegOrder, OrderFacts, OrderKind, Refusal, Status, read_quote
from .spread import Spread

TAG_LENGTH = 120
ASK_AGAIN = timedelta(seconds=10)

JournalFunction = Callable[[dict[str, Any]], None]
AlarmFunction = Callable[[str, str], None]


class Courier:
    """The only place that calls the broker's sending and cancelling. Knows which order belongs to which spread.

    Args:
        broker: The engine.
        journal: Takes records {"at", "what", "spread", ...}; see `journal.FIELDS`.
        alarm: Takes a spread id and a sentence.
    """

    def __init__(self, broker: Broker, journal: JournalFunction, alarm: AlarmFunction) -> None:
        self.broker = broker
        self._journal = journal
        self._alarm = alarm
        self.owners: dict[int, Spread] = {}
        self._margin_unknown = False

    def free_margin(self) -> int | None:
        """Margin left in 1/10000 dollars, at least 0; None, alarmed once, when the engine cannot say it.

        A close must not hang on a figure: the engine checks each order itself.
        """
        try:
            return max(self.broker.free_margin(), 0)
        except Exception as error:
            if not self._margin_unknown:
                self._margin_unknown = True
                self._alarm("", f"free margin cannot be read, closing without it: {error}")
            return None

    # -- telling -----------------------------------------------------------------------------------------------

    def note(self, what: What, now: datetime, spread: Spread, **facts: object) -> None:
        """Write one record."""
        self._journal({"at": now, "what": what, "spread": spread.id, **facts})

    def alarm(self, now: datetime, spread: Spread, text: str) -> None:
        """Raise an alarm and write it down."""
        self.note(What.ALARM, now, spread, text=text)
        self._alarm(spread.id, text)

    # -- sending -----------------------------------------------------------------------------------------------

    def send(
        self, spread: Spread, leg: Leg, quantity: int, purpose: Purpose, sentence: str, now: datetime,
        limit: int | None = None, situation: str = "",
    ) -> OrderFacts:  # fmt: skip
        """Send one leg order (quantity signed) and note it; the facts may already say FILLED or INVALID."""
        order = LegOrder(leg, quantity, tag_for(spread, sentence), limit)
        quote, _ = read_quote(self.broker, leg)
        facts = self.broker.send(order)
        ticket = Ticket(facts.order_id, leg.key, purpose, order.kind, quantity, now, limit, situation=situation)
        ticket.tag = order.tag
        self._take(spread, ticket, leg, facts, order.tag, now, bid=quote.bid, ask=quote.ask)
        return facts

    def send_combo(
        self, spread: Spread, order: ComboOrder, purpose: Purpose, now: datetime, situation: str = ""
    ) -> OrderFacts:
        """Send one combo and note a ticket per leg; the facts returned are those that name a refusal best."""
        order = replace(order, tag=tag_for(spread, order.tag))
        answers = list(self.broker.send_combo(order))
        group = answers[0].order_id
        legs = {leg.key: (leg, ratio) for leg, ratio in order.legs}
        for facts in answers:
            leg, ratio = legs.get(facts.leg, order.legs[0])
            ticket = Ticket(
                facts.order_id, leg.key, purpose, order.kind, ratio * order.quantity, now, order.limit, group,
                situation=situation, tag=order.tag,
            )  # fmt: skip
            self._take(spread, ticket, leg, facts, order.tag, now)
        named = [f for f in answers if f.refusal not in (Refusal.NONE, Refusal.OTHER)]
        invalid = [f for f in answers if f.status is Status.INVALID]
        return (named or invalid or answers)[0]

    def _take(
        self, spread: Spread, ticket: Ticket, leg: Leg, facts: OrderFacts, tag: str, now: datetime, **more: object
    ) -> None:
        if facts.order_id > 0:
            spread.tickets.append(ticket)
            self.owners[facts.order_id] = spread
            self.note(
                What.ORDER, now, spread, order_id=facts.order_id, leg=leg.name, quantity=ticket.quantity,
                purpose=ticket.purpose, kind=ticket.kind, limit=ticket.limit, tag=tag, **more,
            )  # fmt: skip
            self._apply(spread, ticket, facts, now)
        if facts.status is Status.INVALID:
            self._note_refusal(spread, ticket, facts, now)

    def adopt(
        self, spread: Spread, facts: OrderFacts, purpose: Purpose, now: datetime, kind: OrderKind = OrderKind.MARKET
    ) -> Ticket | None:
        """Take over an order that is out already; None when there is none, or it belongs to a spread.

        Facts without an id that are filled are contracts the account held before: they count as an entry.
        """
        if facts.order_id <= 0 and facts.filled:
            spread.ledger.postings[f"held {facts.leg}"] = Posting(
                facts.leg, facts.filled, facts.proceeds, facts.fees, True, spread.size_of(facts.leg)
            )
        if facts.order_id <= 0 or facts.order_id in self.owners:
            return None
        ticket = Ticket(facts.order_id, facts.leg, purpose, kind, facts.quantity, now, broker_ids=facts.broker_ids)
        spread.tickets.append(ticket)
        self.owners[facts.order_id] = spread
        self._apply(spread, ticket, facts, now)
        return ticket

    # -- looking -----------------------------------------------------------------------------------------------

    def look(self, spread: Spread, now: datetime) -> list[tuple[Ticket, OrderFacts]]:
        """Read every ticket of a spread into its ledger; those returned ended just now without filling wholly."""
        ended = []
        for ticket in list(spread.tickets):
            facts = self.broker.facts(ticket.order_id) if ticket.order_id > 0 else None
            if facts is None:
                continue
            was_out = not ticket.ended
            self._apply(spread, ticket, facts, now)
            if was_out and ticket.ended and facts.status is not Status.FILLED:
                ended.append((ticket, facts))
                if facts.status is Status.INVALID:
                    self._note_refusal(spread, ticket, facts, now)
        return ended

    def _apply(self, spread: Spread, ticket: Ticket, facts: OrderFacts, now: datetime) -> None:
        """Read an order's totals. A cancelled one stays noted: a fill on its way may still come."""
        ours = ticket.net_of_before(facts)
        key = str(facts.order_id)
        known = spread.ledger.postings.get(key)
        if spread.ledger.post(ours, ticket.purpose is Purpose.ENTRY, spread.size_of(ticket.leg)):
            filled = ours.filled - (known.filled if known else 0)
            if filled:
                proceeds = ours.proceeds - (known.proceeds if known else 0)
                fee = ours.fees - (known.fees if known else 0)
                self.note(
                    What.FILL, now, spread, order_id=facts.order_id, leg=name_of(spread, ticket.leg), quantity=filled,
                    price=round(-proceeds / filled), fee=fee, purpose=ticket.purpose,
                )  # fmt: skip
        if facts.broker_ids:
            ticket.broker_ids = facts.broker_ids
        ticket.ended = facts.is_done
        ticket.remaining = facts.remaining
        if facts.status in (Status.FILLED, Status.INVALID) and ticket in spread.tickets:
            spread.tickets.remove(ticket)

    def _note_refusal(self, spread: Spread, ticket: Ticket, facts: OrderFacts, now: datetime) -> None:
        self.note(
            What.REFUSED, now, spread, leg=name_of(spread, ticket.leg), quantity=ticket.quantity,
            reason=facts.refusal or Refusal.OTHER, order_id=facts.order_id, message=facts.message, kind=ticket.kind,
        )  # fmt: skip

    # -- cancelling --------------------------------------------------------------------------------------------

    def cancel(self, spread: Spread, ticket: Ticket, reason: str, now: datetime) -> None:
        """Ask for a cancel, again only after a pause. Nothing may replace the order before the cancel is confirmed."""
        if ticket.order_id <= 0 or (ticket.cancel_asked is not None and now - ticket.cancel_asked < ASK_AGAIN):
            return
        group = [t for t in spread.working() if ticket.group and t.group == ticket.group] or [ticket]
        for member in group:
            member.cancel_asked = now
        self.note(What.CANCEL, now, spread, order_id=ticket.order_id, leg=name_of(spread, ticket.leg), reason=reason)
        self.broker.cancel(ticket.order_id, tag_for(spread, reason))

    def foreign(self, leg: Leg, against: int) -> list[OrderFacts]:
        """Orders of others that work on a contract and would reduce a holding of that sign."""
        return [
            facts
            for facts in self.broker.working(leg)
            if facts.order_id not in self.owners and facts.remaining * against < 0
        ]

    # -- restart -----------------------------------------------------------------------------------------------

    def find_again(self, spread: Spread, now: datetime, gap: Callable[[Leg], int]) -> None:
        """Connect the notes of an earlier process with the engine's orders by the brokerage's ids.

        What the engine says such an order has filled so far is not posted: some brokerages report the total,
        some the rest (lean_live.md 2); the account tells what was filled while we were away. A note whose order
        is not out any more is dropped, unless the spread has ended: its cancelled orders may still fill.
        """
        legs = {leg.key: leg for leg in (*spread.legs, *([spread.underlying] if spread.underlying else []))}
        groups: dict[int, int] = {}
        for ticket in [t for t in spread.tickets if t.order_id <= 0]:
            for facts in self.broker.working(legs[ticket.leg]):
                if facts.order_id not in self.owners and _same_order(ticket, facts):
                    ticket.order_id = facts.order_id
                    ticket.group = groups.setdefault(ticket.group, facts.order_id) if ticket.group else 0
                    ticket.before = (facts.filled, facts.proceeds, facts.fees)
                    ticket.ended, ticket.remaining = False, facts.remaining
                    self.owners[facts.order_id] = spread
                    break
            else:
                if spread.has_ended:
                    continue
                spread.tickets.remove(ticket)
                text = f"the order for {ticket.quantity:+d} {name_of(spread, ticket.leg)} is not out any more"
                self.note(What.RESTORED, now, spread, text=text)
                if ticket.purpose is Purpose.ENTRY:
                    self._claim(spread, ticket, legs[ticket.leg], gap(legs[ticket.leg]), now)

    def _claim(self, spread: Spread, ticket: Ticket, leg: Leg, surplus: int, now: datetime) -> None:
        """Take what an entry order filled while we were away out of what the account holds beyond the ledgers."""
        posted = spread.ledger.postings.get(f"~{ticket.was}")
        missing = ticket.quantity - (posted.filled if posted else 0)
        if missing * surplus <= 0:
            return
        filled = min(abs(missing), abs(surplus)) * (1 if missing > 0 else -1)
        price = max(self.broker.quote(leg).mark, 0)
        spread.ledger.postings[f"away {ticket.was} {leg.key}"] = Posting(
            leg.key, filled, -filled * price, 0, True, spread.size_of(leg.key)
        )
        self.alarm(now, spread, f"{filled:+d} {leg.name} were filled while we were away: entry price estimated")


def _same_order(ticket: Ticket, facts: OrderFacts) -> bool:
    """By the brokerage's ids; a note written before they were known goes by direction and size if it was out."""
    if ticket.broker_ids or ticket.ended:
        return bool(set(facts.broker_ids) & set(ticket.broker_ids))
    return facts.quantity == ticket.quantity


def tag_for(spread: Spread, sentence: str) -> str:
    """Tag of an order: the spread's id first, so that a person finds it; identity never hangs on it."""
    return f"{spread.id} {sentence}"[:TAG_LENGTH]


def name_of(spread: Spread, key: str) -> str:
    """A leg's name for people."""
    for leg in (*spread.legs, spread.underlying):
        if leg is not None and leg.key == key:
            return leg.name
    return key
