"""An order as LEAN's JSON text, and the OrderListHash over all of them.

Field order and number formats follow Common/Orders/Order.cs, Common/Extensions.cs (GetHash, SmartRounding,
NormalizeToStr) and Newtonsoft's defaults. Money is dollars (per share for prices), times are naive UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from replay.clock import TickLater
from replay.enums import OrderType
from replay.orders import COMBO_TYPES, GOOD_TIL_DATE, GroupOrderManager, Order

_ONE = Decimal(1)
_FOUR_PLACES = Decimal("0.0001")
_NAMESPACE = "QuantConnect.Orders.TimeInForces"


def number(value: Decimal) -> str:
    """A decimal as Newtonsoft writes it: its own scale, with at least one place, never an exponent."""
    text = format(value, "f")
    return text if "." in text else text + ".0"


def normalize(value: Decimal) -> Decimal:
    """`value` without trailing zeros and without a positive exponent; minus zero becomes zero."""
    trimmed = value.normalize()
    if not trimmed:
        return Decimal(0)
    return trimmed.quantize(_ONE) if trimmed.as_tuple().exponent > 0 else trimmed  # type: ignore[operator]


def normalize_zero(value: Decimal) -> Decimal:
    """A zero of any scale or sign as plain 0; other values keep their scale."""
    return value if value else Decimal(0)


def smart_round(value: Decimal) -> Decimal:
    """LEAN's SmartRounding: 4 places above 1000, else 7 significant digits (bankers' rounding is .NET's default)."""
    value = normalize(value)
    if not value:
        return value
    if value > 1000:
        return normalize(value.quantize(_FOUR_PLACES, ROUND_HALF_EVEN))
    return normalize(value.quantize(_ONE.scaleb(value.adjusted() + 1 - 7), ROUND_HALF_EVEN))


def clock(moment: datetime) -> str:
    """A UTC moment as Newtonsoft writes it: fractions of a second only when there are some."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{moment.microsecond:06d}{int(isinstance(moment, TickLater))}".rstrip("0")
    return f"{text}{f'.{digits}' if digits else ''}Z"


def quoted(text: str) -> str:
    """Text as Newtonsoft escapes it: JSON escapes, non-ASCII kept, line separators escaped."""
    escaped = json.dumps(text, ensure_ascii=False)
    for sign in ("\u0085", "\u2028", "\u2029"):
        escaped = escaped.replace(sign, f"\\u{ord(sign):04x}")
    return escaped


def direction(quantity: Decimal) -> int:
    """LEAN's OrderDirection as a number: 0 buy, 1 sell, 2 hold."""
    return 0 if quantity > 0 else 1 if quantity < 0 else 2


def _marketable(order: Order) -> bool:
    if order.type == OrderType.LIMIT:
        if order.submission is None or order.limit_price is None:
            return False
        bid, ask, _ = order.submission
        return order.limit_price >= ask if order.quantity > 0 else order.quantity < 0 and order.limit_price <= bid
    return order.type in (OrderType.MARKET, OrderType.COMBO_MARKET)


def _leading_fields(order: Order, quantity: str) -> str:
    """The fields of the order's own class, which Newtonsoft writes before or just after those of the base class."""
    limit = order.limit_price if order.limit_price is not None else Decimal(0)
    stop = order.stop_price if order.stop_price is not None else Decimal(0)
    kind = f'"type":{int(order.type)},'
    if order.type == OrderType.LIMIT:
        return f'"limitPrice":{number(smart_round(limit))},{kind}'
    if order.type == OrderType.STOP_MARKET:
        return f'"stopPrice":{number(smart_round(stop))},{kind}'
    if order.type == OrderType.STOP_LIMIT:
        triggered = "true" if order.stop_triggered else "false"
        prices = f'"stopPrice":{number(smart_round(stop))},"stopTriggered":{triggered},'
        return f'{prices}"limitPrice":{number(smart_round(limit))},{kind}'
    if order.type == OrderType.TRAILING_STOP:
        amount = number(smart_round(order.trailing_amount or Decimal(0)))
        share = "true" if order.trailing_as_percentage else "false"
        trailing = f'"trailingAmount":{amount},"trailingAsPercentage":{share},'
        return f'{trailing}{kind}"stopPrice":{number(smart_round(stop))},'
    if order.type == OrderType.LIMIT_IF_TOUCHED:
        trigger = number(smart_round(order.trigger_price or Decimal(0)))
        touched = "true" if order.stop_triggered else "false"
        return f'{kind}"triggerPrice":{trigger},"limitPrice":{number(smart_round(limit))},"triggerTouched":{touched},'
    if order.type == OrderType.COMBO_LEG_LIMIT:
        return f'{kind}"limitPrice":{number(limit)},{quantity}'
    return kind + quantity if order.type in COMBO_TYPES else kind


def _group_json(group: GroupOrderManager) -> str:
    ids = ",".join(str(order_id) for order_id in group.order_ids)
    return (
        f'"groupOrderManager":{{"id":{group.id},"quantity":{number(normalize(group.quantity))},"count":{group.count},'
        f'"limitPrice":{number(group.limit_price)},"orderIds":[{ids}],"direction":{direction(group.quantity)}}},'
    )


def order_json(order: Order) -> str:
    """The JSON text of one order, byte for byte as LEAN hashes it."""
    quantity, price = normalize(order.quantity), smart_round(order.price)
    own_quantity = f'"quantity":{number(quantity)},'
    brokers = ",".join(quoted(broker_id) for broker_id in order.broker_ids)
    optional = (
        ("lastFillTime", order.last_fill_utc),
        ("lastUpdateTime", order.last_update_utc),
        ("canceledTime", order.canceled_utc),
    )
    created = clock(order.created_utc)
    parts = [
        "{",
        _leading_fields(order, own_quantity),
        f'"id":{order.id},"contingentId":0,"brokerId":[{brokers}],"symbol":{order.symbol.lean_json()},',
        f'"price":{number(price)},"priceCurrency":"USD","time":"{created}","createdTime":"{created}",',
        *(f'"{name}":"{clock(moment)}",' for name, moment in optional if moment is not None),
        "" if order.type in COMBO_TYPES else own_quantity,
        f'"status":{int(order.status)},',
        "" if order.tag is None else f'"tag":{quoted(order.tag)},',
        f'"properties":{{"timeInForce":{{{_time_in_force(order)}}}}},',
        f'"securityType":{int(order.symbol.security_type)},"direction":{direction(quantity)},',
        f'"value":{number(normalize_zero(quantity * price))},',
    ]
    if order.submission is None:
        parts.append('"orderSubmissionData":null,')
    else:
        bid, ask, last = (number(normalize_zero(value)) for value in order.submission)
        parts.append(f'"orderSubmissionData":{{"bidPrice":{bid},"askPrice":{ask},"lastPrice":{last}}},')
    parts.append(f'"isMarketable":{"true" if _marketable(order) else "false"},')
    if order.group is not None:
        parts.append(_group_json(order.group))
    parts.append(f'"priceAdjustmentMode":{order.price_adjustment}}}')
    return "".join(parts)


def _time_in_force(order: Order) -> str:
    if order.time_in_force.startswith(GOOD_TIL_DATE):
        expiry = order.time_in_force.removeprefix(GOOD_TIL_DATE)
        return f'"$type":"{_NAMESPACE}.GoodTilDateTimeInForce","Expiry":"{expiry}"'
    return f'"$type":"{_NAMESPACE}.DayTimeInForce"' if order.time_in_force == "DAY" else ""


def order_list_hash(orders: Iterable[Order]) -> str:
    """LEAN's OrderListHash: MD5 (lower hex) of the orders' JSON, sorted by id, joined with commas."""
    ordered = sorted(orders, key=lambda order: order.id)
    return hashlib.md5(",".join(order_json(order) for order in ordered).encode(), usedforsecurity=False).hexdigest()
