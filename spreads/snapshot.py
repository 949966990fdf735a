"""One spread with its orders as plain data, and back: what the snapshot holds of each.

Prices in ticks per share, money in 1/10000 dollars, times algorithm time in ISO text, contracts by their identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from .closing import ClosePolicy
from .confirmation import Clock, policy_from_dict, policy_to_dict
from .errors import BadSetting
from .rule_text import to_dict
from .shape import check
from .spread import Spread
from .spread_tickets import SpreadTicket, TicketStatus
from .valuation import Value
from .view import Extremes, Range, Rule

Data = dict[str, Any]

_TEXT = (str, None)
_LEG = {"key": str, "ratio": int, "right": str, "strike": int, "expiry": str, "name": str}
_POSTING = {"leg": str, "filled": int, "proceeds": int, "fees": int, "entry": bool, "size": int, "cause": str}
_NOTE = {
    "leg": str, "purpose": str, "kind": str, "quantity": int, "sent_at": str, "limit": (int, None), "group": int,
    "broker_ids": [str], "situation": str, "order_id": int, "tag": str,
}  # fmt: skip
_POLICY = {"way": str, "no_bid": str, "limit": (int, None)}
_EXIT = {
    "reason": str, "rule": str, "policy": _POLICY, "begun_at": str, "unsupported": [str],
}  # fmt: skip
_ORDER = {
    "order_id": int, "kind": str, "rule": {"kind": str}, "confirmation": {str: (str, [[str]])}, "since": str,
    "policy": (_POLICY, None), "group": str, "tag": str, "status": str,
    "extremes": ({"natural": [int], "mid": [int], "mark": [int]}, None), "latched": [str],
    "clock": {"held": int, "since": _TEXT, "last": _TEXT, "quoted": _TEXT, "lost": _TEXT}, "history": [[str]],
}  # fmt: skip
_SPREAD = {
    "id": str, "kind": str, "legs": [_LEG], "lots": int, "multiplier": int, "expires_at": str,
    "ledger": {str: _POSTING}, "state": str, "opened_at": _TEXT, "closed_at": _TEXT, "exit": (_EXIT, None),
    "exit_reason": str, "anomalies": [str], "underlying": (_LEG, None), "cash_settled": bool, "tickets": [_NOTE],
    "entry": ({"tag": str, "sent": [str], "over": bool}, None), "orders": list, "last_value": ([int], None),
}  # fmt: skip


@dataclass(slots=True)
class Kept:
    """What is kept of one spread: its record, the orders on it, the last value seen, and orders of no use with why."""

    spread: Spread
    orders: list[SpreadTicket]
    last_value: Value | None = None
    unreadable: list[tuple[object, str]] = field(default_factory=list)


def to_data(spread: Spread, orders: Sequence[SpreadTicket], last_value: Value | None = None) -> Data:
    """A spread, its working orders and the orders on its net price as JSON-able data."""
    return {
        **spread.to_dict(),
        "orders": [_order_to_data(order) for order in orders],
        "last_value": None if last_value is None else list(astuple(last_value)),
    }


def from_data(data: object, read_rule: Callable[[object], Rule]) -> Kept:
    """What `to_data` stored.

    Raises:
        BadSetting: It is not such data; the text names the place.
    """
    check(data, _SPREAD, "spread")
    assert isinstance(data, Mapping)
    where = f"spread {data['id']}"
    try:
        spread = Spread.from_dict(data)
        value = None if data["last_value"] is None else Value(*data["last_value"])
    except BadSetting:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadSetting(where, f"{type(error).__name__}: {error}", "what this program writes") from None
    _check_sizes(spread, where)
    kept = Kept(spread, [], value)
    for order in data["orders"]:
        try:
            kept.orders.append(_order_from_data(order, spread.id, read_rule))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            kept.unreadable.append((order, str(error)))
    return kept


def _check_sizes(spread: Spread, where: str) -> None:
    """Numbers that must not be zero, and contracts that must be legs of the spread."""
    if not spread.legs or any(not leg.ratio for leg in spread.legs):
        raise BadSetting(f"{where}: legs", [leg.ratio for leg in spread.legs], "legs with ratios other than 0")
    for name, number in (("lots", spread.lots), ("multiplier", spread.multiplier)):
        if number < 1:
            raise BadSetting(f"{where}: {name}", number, "a whole number from 1")
    known = {leg.key for leg in spread.legs} | ({spread.underlying.key} if spread.underlying is not None else set())
    for key in [note.leg for note in spread.tickets] + [posting.leg for posting in spread.ledger.postings.values()]:
        if key not in known:
            raise BadSetting(f"{where}: contract", key, ", ".join(sorted(known)))
    if spread.state.value not in ("opening", "rejected") and spread.opened_at is None and not spread.ledger.postings:
        raise BadSetting(f"{where}: opened_at", None, f"a time, as its state is {spread.state}")


def _order_to_data(order: SpreadTicket) -> Data:
    ranges = order.extremes
    return {
        "order_id": order.order_id,
        "kind": order.kind,
        "rule": _rule_to_data(order.rule),
        "confirmation": policy_to_dict(order.confirmation),
        "since": order.since.isoformat(),
        "policy": None if order.policy is None else order.policy.to_dict(),
        "group": order.group,
        "tag": order.tag,
        "status": order.status.value,
        "extremes": None
        if ranges is None
        else {"natural": _ends(ranges.natural), "mid": _ends(ranges.mid), "mark": _ends(ranges.mark)},
        "latched": sorted(order.latched),
        "clock": order.clock.to_dict(),
        "history": [[at.isoformat(), text] for at, text in order.history],
    }


def _order_from_data(data: Data, spread_id: str, read_rule: Callable[[object], Rule]) -> SpreadTicket:
    check(data, _ORDER, "order")
    policy, ranges = data["policy"], data["extremes"]
    return SpreadTicket(
        data["order_id"],
        spread_id,
        data["kind"],
        read_rule(data["rule"]),
        policy_from_dict(data["confirmation"]),
        datetime.fromisoformat(data["since"]),
        None if policy is None else ClosePolicy.from_dict(policy),
        data["group"],
        data["tag"],
        TicketStatus(data["status"]),
        None if ranges is None else Extremes(*(Range(*ranges[name]) for name in ("natural", "mid", "mark"))),
        frozenset(data["latched"]),
        Clock.from_dict(data["clock"]),
        [(datetime.fromisoformat(at), text) for at, text in data["history"]],
    )


def _rule_to_data(rule: Rule) -> Data:
    """A rule of one's own that cannot be stored must not keep the rest from being stored."""
    try:
        return dict(to_dict(rule))
    except BadSetting:
        return {"kind": type(rule).__name__}


def _ends(ends: Range) -> list[int]:
    return [ends.low, ends.high]
