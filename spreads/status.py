"""What stands now, for people: a JSON object in the object store, and a few figures for the engine's banner.

Prices in dollars per share, money in dollars, times algorithm time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .alarms import Alarms
from .book import SpreadBook
from .gate import EntryGate
from .money import as_float
from .spread import Spread
from .watched import Watched


def status_of(book: SpreadBook, gate: EntryGate, alarms: Alarms, now: datetime) -> dict[str, Any]:
    """Everything a person at a distance wants to know."""
    state = gate.state
    return {
        "at": now.isoformat(timespec="seconds"),
        "last_slice": None if book.now == datetime.min else book.now.isoformat(timespec="seconds"),
        "waiting_for_quotes": bool(book.desk.waiting),
        "entries_paused": state.paused,
        "day_result": as_float(state.today),
        "spreads_so_far": book.registered,
        "result_of_ended": as_float(
            sum(s.ledger.cash(s.multiplier) for s in list(book.spreads.values()) if s.has_ended)
        ),
        "spreads": [_spread_status(book, spread) for spread in book.open_spreads()],
        "alarms": [
            {
                "number": alarm.number,
                "spread": alarm.spread_id,
                "text": alarm.text,
                "last": alarm.last.isoformat(timespec="seconds"),
                "times": alarm.times,
            }
            for alarm in alarms.standing()
        ],
    }


def _spread_status(book: SpreadBook, spread: Spread) -> dict[str, Any]:
    watched, sight = book.watch.get(spread.id), book.sight_of(spread.id)
    natural = round(watched.natural, 4) if watched is not None and watched.is_priced else None
    stop = None if watched is None else _stop_of(watched)
    value = None if sight is None or sight.previous is None else as_float(sight.previous.natural)
    fault = None if sight is None else sight.fault
    return {
        "id": spread.id,
        "kind": spread.kind,
        "state": spread.state.value,
        "lots": spread.lots,
        "legs": {leg.name: held for leg, held in spread.holdings()},
        "credit": None if spread.opened_at is None else as_float(spread.ledger.entry_credit(spread.lots)),
        "net_debit": natural,
        "last_usable_debit": value,
        "acts_at": stop,
        "distance": None if stop is None or natural is None else round(stop - natural, 4),
        "expires_at": spread.expires_at.isoformat(timespec="seconds"),
        "orders": [
            {
                "order": ticket.order_id,
                "kind": ticket.kind,
                "status": ticket.status.value,
                "rule": ticket.rule.name if spread.opened_at is None else ticket.rule.describe(spread.terms()),
            }
            for ticket in book.orders_of(spread.id)
        ],
        "working": [
            {"order": note.order_id, "contract": note.leg, "quantity": note.quantity, "purpose": note.purpose.value}
            for note in spread.working()
        ],
        "closing_because": spread.exit_reason,
        "no_value_because": None if fault is None else f"{fault.reason}: {fault.detail}",
        "no_value_since": None
        if sight is None or sight.blind_since is None
        else sight.blind_since.isoformat(timespec="seconds"),
        "looks_without_value": {}
        if sight is None
        else {reason.value: count for reason, count in sorted((sight.unusable or {}).items())},
        "anomalies": list(spread.anomalies),
    }


def _stop_of(watched: Watched) -> float | None:
    """Lowest debit above the present one at which an order may act; None while every look is judged in full."""
    levels = [level for level in (watched.band.natural_high, watched.band.mid_high) if level is not None]
    return as_float(min(levels)) if levels else None


def banner(status: dict[str, Any]) -> dict[str, str]:
    """A few figures for the engine's runtime statistics."""
    spreads, alarms = status["spreads"], status["alarms"]
    near = min((s for s in spreads if s["distance"] is not None), key=lambda s: float(s["distance"]), default=None)
    return {
        "Spreads": f"{status['spreads_so_far']}, ended ones {status['result_of_ended']:+,.2f}",
        "Open spreads": str(len(spreads)),
        "Closing": str(sum(1 for s in spreads if s["state"] in ("closing", "broken"))),
        "Nearest stop": "-" if near is None else f"{near['id']} {near['distance']:.2f} away",
        "Without value": str(sum(1 for s in spreads if s["no_value_because"])),
        "Alarms": "none" if not alarms else f"{len(alarms)}, last: {alarms[-1]['text'][:60]}",
        "Entries": "paused" if status["entries_paused"] else "on",
    }
