"""Compares a replayed run with a recording, in the order a user cares: orders, events, log, statistics, messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from replay.enums import OrderType
from replay.orders import Order, OrderEvent

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_GREEK = re.compile(r"(iv|delta|gamma|vega|theta|rho|theoretical) (-?\d+\.\d+)")
_TOLERANCE = {"iv": (0.005, 0.0), "delta": (0.005, 0.0), "gamma": (0.0001, 0.02), "theoretical": (0.01, 0.05)}
_LOOSE = (0.01, 0.05)
_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.COMBO_LEG_LIMIT)
_STATISTICS = ("Total Orders", "End Equity", "Total Fees", "OrderListHash")
_PLACES = Decimal("0.0001")


class Difference(NamedTuple):
    """The first difference: where, what was recorded, what the replay gave."""

    where: str
    expected: str
    actual: str


def first_difference(expected: dict[str, Any], result: Any) -> Difference | None:
    """None when the run equals the recording."""
    orders = [order_fields(order) for order in result.orders]
    events = [event_fields(event) for event in result.events]
    greeks = expected["case"].startswith("greeks")
    return (
        _records("order", expected["orders"], orders)
        or _records("event", expected["order_events"], events)
        or _lines("log", expected["log"], _without_repeats(result.log), greeks)
        or _statistics(expected, result)
        or _value("end state", expected["end_state"], result.state)
        or _lines("debug", expected["debug"], _without_repeats(result.debug), False)
        or _lines("error", expected["error"], _without_repeats(result.error), False)
        or _value(
            "runtime statistics",
            expected.get("runtime_statistics", {}),
            {k: v for k, v in result.runtime_statistics.items() if k in expected.get("runtime_statistics", {})},
        )
    )


def order_fields(order: Order) -> dict[str, Any]:
    """An order in the form of the recordings."""
    found: dict[str, Any] = {
        "id": order.id,
        "type": order.type.name,
        "symbol": order.symbol.value,
        "symbol_id": str(order.symbol.id),
        "quantity": _rounded(order.quantity),
        "price": _rounded(order.price),
        "status": order.status.name,
        "tag": order.tag,
        "time_utc": _stamp(order.created_utc),
        "last_fill_utc": _stamp(order.last_fill_utc),
        "last_update_utc": _stamp(order.last_update_utc),
        "canceled_utc": _stamp(order.canceled_utc),
        "submission": dict(zip(("bid", "ask", "last"), map(_rounded, order.submission), strict=True)),
        "group": None,
    }
    if order.type in _LIMITS and order.limit_price is not None:
        found["limit_price"] = _rounded(order.limit_price)
    if order.time_in_force == "DAY":
        found["time_in_force"] = "DAY"
    if order.group is not None:
        found["group"] = {
            "id": order.group.id,
            "quantity": _rounded(order.group.quantity),
            "limit_price": _rounded(order.group.limit_price),
            "order_ids": list(order.group.order_ids),
        }
    return found


def event_fields(event: OrderEvent) -> dict[str, Any]:
    """An event in the form of the recordings."""
    return {
        "order_id": event.order_id,
        "event_id": event.id,
        "symbol": event.symbol.value,
        "time_utc": _stamp(event.time_utc),
        "status": event.status.name,
        "fill_price": _rounded(event.fill_price),
        "fill_quantity": _rounded(event.fill_quantity),
        "quantity": _rounded(event.quantity),
        "fee": _rounded(event.fee),
        "message": event.message,
        "is_assignment": event.is_assignment,
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _rounded(value: Any) -> float:
    return float(Decimal(str(value)).quantize(_PLACES)) + 0.0


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return _rounded(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]


def same_text(expected: str, actual: str) -> bool:
    """Equal texts, or equal but for numbers that agree to two places (LEAN prints decimals with their inner scale)."""
    if expected == actual:
        return True
    if _NUMBER.sub("#", expected) != _NUMBER.sub("#", actual):
        return False
    pairs = zip(_NUMBER.findall(expected), _NUMBER.findall(actual), strict=True)
    return all(round(Decimal(a), 2) == round(Decimal(b), 2) for a, b in pairs)


def _records(title: str, expected: Sequence[dict[str, Any]], actual: Sequence[dict[str, Any]]) -> Difference | None:
    for place, (wanted, found) in enumerate(zip(expected, actual, strict=False), 1):
        for key in sorted({*wanted, *found}):
            one, other = _plain(wanted.get(key)), _plain(found.get(key))
            texts = isinstance(one, str) and isinstance(other, str)
            if not (same_text(one, other) if texts and key in ("message", "tag") else one == other):
                return Difference(f"{title} {place} {key}", f"{one!r} of {wanted}", f"{other!r} of {found}")
    if len(expected) != len(actual):
        return _missing(title, [str(item) for item in expected], [str(item) for item in actual])
    return None


def _missing(title: str, expected: Sequence[str], actual: Sequence[str]) -> Difference:
    place = min(len(expected), len(actual))
    one = expected[place] if place < len(expected) else f"nothing ({len(expected)} in all)"
    other = actual[place] if place < len(actual) else f"nothing ({len(actual)} in all)"
    return Difference(f"{title} {place + 1}", one, other)


def _without_repeats(lines: Sequence[str]) -> list[str]:
    return [line for place, line in enumerate(lines) if place == 0 or line != lines[place - 1]]


def _lines(title: str, expected: Sequence[str], actual: Sequence[str], greeks: bool) -> Difference | None:
    for place, (wanted, found) in enumerate(zip(expected, actual, strict=False), 1):
        same = _same_greeks(wanted, found) if greeks else same_text(wanted, found)
        if not same:
            return Difference(f"{title} {place}", wanted, found)
    return None if len(expected) == len(actual) else _missing(title, expected, actual)


def _same_greeks(expected: str, actual: str) -> bool:
    if _GREEK.sub(r"\1", expected) != _GREEK.sub(r"\1", actual):
        return False
    for (name, one), (_, other) in zip(_GREEK.findall(expected), _GREEK.findall(actual), strict=True):
        absolute, relative = _TOLERANCE.get(name, _LOOSE)
        if abs(float(one) - float(other)) > absolute + relative * abs(float(one)) + 0.00006:
            return False
    return True


def _statistics(expected: dict[str, Any], result: Any) -> Difference | None:
    for name in _STATISTICS:
        if name in expected.get("statistics", {}) and expected["statistics"][name] != result.statistics.get(name):
            return Difference(name, expected["statistics"][name], str(result.statistics.get(name)))
    return None


def _value(title: str, expected: Any, actual: Any) -> Difference | None:
    return None if expected == actual else Difference(title, str(expected), str(actual))
