from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from replay.enums import OrderStatus, OrderType, SecurityType
from replay.order_json import number, order_json, order_list_hash, quoted, smart_round
from replay.orders import Order
from replay.symbol import SecurityIdentifier, Symbol

from .recordings import needs_reference, records

STOP_PRICES = {"cancel_then_close": "20", "liquidate": "20", "update": "7.1"}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.rstrip("Z")) if text else None


def _csv_scale(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.0001")) if value else Decimal(0)


def _price(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def recorded_order(case: str, row: dict[str, Any]) -> Any:
    """An order as it was when LEAN hashed it; stop prices are not recorded and come from the probe's constants."""
    sid = SecurityIdentifier.parse(row["symbol_id"])
    underlying = None
    if sid.has_underlying:
        underlying = Symbol(sid.underlying, sid.underlying.symbol.replace("GOOCV", "GOOG"))
    symbol = Symbol(sid, row["symbol"], underlying)
    symbol._value = row["symbol"]
    kind, group, submission = OrderType[row["type"]], row["group"], row["submission"]
    plan = case.removesuffix(".json").partition("expected-")[2]
    stop = Decimal(STOP_PRICES.get(plan, "6.8")) if "STOP" in row["type"] else None
    if group:
        limit = Decimal(str(group["limit_price"])).quantize(Decimal("0.01")) if group["limit_price"] else Decimal(0)
        group = SimpleNamespace(
            id=group["id"],
            quantity=Decimal(str(group["quantity"])),
            limit_price=limit,
            count=len(group["order_ids"]),
            order_ids=group["order_ids"],
        )
    return SimpleNamespace(
        id=row["id"],
        price_adjustment=0,
        type=kind,
        symbol=symbol,
        quantity=Decimal(str(row["quantity"])),
        price=Decimal(str(row["price"])),
        status=OrderStatus[row["status"]],
        tag=row["tag"],
        created_utc=_moment(row["time_utc"]),
        last_fill_utc=_moment(row["last_fill_utc"]),
        last_update_utc=_moment(row["last_update_utc"]),
        canceled_utc=_moment(row["canceled_utc"]),
        limit_price=_price(row.get("limit_price")),
        stop_price=stop,
        stop_triggered=kind == OrderType.STOP_LIMIT,
        time_in_force=row.get("time_in_force") or "GTC",
        submission=submission and tuple(_csv_scale(submission[side]) for side in ("bid", "ask", "last")),
        group=group,
        broker_ids=[] if row["type"] == "OPTION_EXERCISE" or row["status"] == "INVALID" else [str(row["id"])],
    )


@needs_reference
def test_recorded_orders_give_the_recorded_hash_of_every_recording() -> None:
    wrong = []
    for case, record in records():
        wanted = record["statistics"].get("OrderListHash")
        if wanted and order_list_hash(recorded_order(case, row) for row in record["orders"]) != wanted:
            wrong.append(case)
    assert wrong == []


@pytest.mark.parametrize(
    ("value", "text"),
    [("3", "3.0"), ("1.90", "1.90"), ("1E+2", "100.0"), ("-0.5", "-0.5"), ("0.0001", "0.0001")],
)
def test_decimal_without_places_gets_one_and_keeps_its_scale(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("1234.56785", "1234.5678"),
        ("12.345678", "12.34568"),
        ("0.123456789", "0.1234568"),
        ("2.50", "2.5"),
        ("-0", "0"),
    ],
)
def test_prices_round_to_seven_digits_or_four_places_above_a_thousand(value: str, rounded: str) -> None:
    assert str(smart_round(Decimal(value))) == rounded


def test_text_keeps_unicode_and_escapes_line_breaks_as_newtonsoft() -> None:
    assert quoted('a "ß"\n') == '"a \\"ß\\"\\n"'
    assert quoted("\u2028") == '"\\u2028"'


def test_limit_at_or_beyond_the_other_side_is_marketable() -> None:
    row = {
        "id": 1, "type": "LIMIT", "symbol": "SPX", "symbol_id": "SPX 31", "quantity": 1, "price": 0, "tag": None,
        "status": "SUBMITTED", "time_utc": "2021-01-04T15:00:00Z", "last_fill_utc": None, "last_update_utc": None,
        "canceled_utc": None, "group": None, "submission": {"bid": 1.0, "ask": 1.2, "last": 1.1}, "limit_price": 1.2,
    }  # fmt: skip
    assert '"isMarketable":true' in order_json(recorded_order("", row))
    assert '"isMarketable":false' in order_json(recorded_order("", row | {"limit_price": 1.19}))
    assert '"isMarketable":true' in order_json(recorded_order("", row | {"limit_price": 1.0, "quantity": -1}))


def test_trailing_stop_writes_its_own_fields_before_the_stop_price() -> None:
    made = Order(
        1, OrderType.TRAILING_STOP, Symbol.create("SPX", SecurityType.INDEX), Decimal(-1), datetime(2021, 1, 4)
    )
    made.stop_price, made.trailing_amount, made.trailing_as_percentage = Decimal("9.50"), Decimal("0.05"), True
    text = order_json(made)
    assert text.startswith('{"trailingAmount":0.05,"trailingAsPercentage":true,"type":11,"stopPrice":9.5,"id":1,')
