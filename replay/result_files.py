"""Reads the result files of LEAN or of the replay into one plain form.

Takes what `lean backtest`, a native run, a cloud download and the replay write: keys in camelCase, PascalCase or with
dashes, enums as numbers or names, equity points as lists or objects. Shapes: Common/Result.cs and its serializers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from replay.enums import LeanEnum, OrderDirection, OrderStatus, OrderType
from replay.errors import DataError
from replay.naming import snake_case

_PLACES = Decimal("0.0001")
_NOT_RESULTS = ("-order-events.json", "-summary.json", "alpha-results.json")


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """One run: orders by id, events as they were raised, equity as (UTC time, dollars), statistics as printed."""

    path: Path
    orders: list[dict[str, Any]]
    events: list[dict[str, Any]]
    equity: dict[datetime, Decimal]
    statistics: dict[str, str]


def read_results(path: Path) -> ResultFiles:
    """The run in a result folder, or in one result file; DataError says what is missing and how to mend it."""
    main = _main_file(path)
    raw = _json(main)
    result = _lowered(raw)
    if not isinstance(result, dict) or "orders" not in result:
        raise DataError(main, "is no result file: it has no orders", mend="give a folder of results or <id>.json")
    events_file = main.with_name(f"{main.stem}-order-events.json")
    events: Any = _lowered(_json(events_file)) if events_file.is_file() else result.get("orderevents") or []
    orders = result["orders"] or {}
    rows = list(orders.values()) if isinstance(orders, dict) else list(orders)
    statistics = raw.get("statistics") or raw.get("Statistics") or {}
    return ResultFiles(
        path=main,
        orders=sorted((_order(row, main) for row in rows), key=lambda order: order["id"]),
        events=[_event(row, events_file) for row in events],
        equity=_equity(result, main),
        statistics={str(key): str(value) for key, value in statistics.items()},
    )


def _main_file(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise DataError(path, "there is no such folder or file", mend="give the folder a backtest wrote its results to")
    found = [
        file
        for file in sorted(path.glob("*.json"))
        if not file.name.endswith(_NOT_RESULTS) and not file.name.startswith("data-monitor-report")
    ]
    with_events = [file for file in found if file.with_name(f"{file.stem}-order-events.json").is_file()]
    chosen = with_events or found
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        inner = sorted(folder.name for folder in path.iterdir() if folder.is_dir())
        hint = f"one of its folders: {', '.join(inner[-5:])}" if inner else "the folder a backtest wrote to"
        raise DataError(path, "holds no result file <id>.json", mend=f"give {hint}")
    names = ", ".join(file.name for file in chosen)
    raise DataError(path, f"holds several results ({names})", mend="give the file of one of them")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read as JSON ({error})", mend="write the results again") from error


def _lowered(value: Any) -> Any:
    """The same JSON with keys in lower case and without dashes."""
    if isinstance(value, dict):
        return {str(key).replace("-", "").lower(): _lowered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    return value


def _order(row: Mapping[str, Any], file: Path) -> dict[str, Any]:
    symbol, group = row.get("symbol") or {}, row.get("groupordermanager")
    order_id = int(_number(row.get("id"), file, "id"))
    order: dict[str, Any] = {
        "id": order_id,
        "type": _enum(OrderType, row.get("type"), file, f"order {order_id} type"),
        "symbol": symbol.get("value") if isinstance(symbol, dict) else str(symbol),
        "quantity": _number(row.get("quantity"), file, f"order {order_id} quantity"),
        "price": _number(row.get("price"), file, f"order {order_id} price"),
        "status": _enum(OrderStatus, row.get("status"), file, f"order {order_id} status"),
        "tag": row.get("tag") or "",
        "time": _time(row.get("time"), file, f"order {order_id} time"),
        "last fill": _time(row.get("lastfilltime"), file, f"order {order_id} lastFillTime"),
        "last update": _time(row.get("lastupdatetime"), file, f"order {order_id} lastUpdateTime"),
        "canceled": _time(row.get("canceledtime"), file, f"order {order_id} canceledTime"),
    }
    for key, name in (("limitprice", "limit price"), ("stopprice", "stop price")):
        if row.get(key) is not None:
            order[name] = _number(row[key], file, f"order {order_id} {name}")
    if group:
        order["group"] = int(_number(group.get("id"), file, f"order {order_id} group id"))
        order["group limit"] = _number(group.get("limitprice") or 0, file, f"order {order_id} group limit")
    return order


def _event(row: Mapping[str, Any], file: Path) -> dict[str, Any]:
    order_id = int(_number(row.get("orderid"), file, "orderId"))
    where = f"event of order {order_id}"
    symbol = row.get("symbolvalue") or row.get("symbol")
    return {
        "order": order_id,
        "event": int(_number(row.get("ordereventid") or row.get("id"), file, f"{where} orderEventId")),
        "symbol": symbol.get("value") if isinstance(symbol, dict) else symbol,
        "time": _time(row.get("time") or row.get("utctime"), file, f"{where} time"),
        "status": _enum(OrderStatus, row.get("status"), file, f"{where} status"),
        "direction": _enum(OrderDirection, row.get("direction"), file, f"{where} direction"),
        "fill price": _number(row.get("fillprice"), file, f"{where} fillPrice"),
        "fill quantity": _number(row.get("fillquantity"), file, f"{where} fillQuantity"),
        "fee": _number(row.get("orderfeeamount") or 0, file, f"{where} orderFeeAmount"),
        "message": row.get("message") or "",
        "assignment": bool(row.get("isassignment")),
    }


def _equity(result: Mapping[str, Any], file: Path) -> dict[datetime, Decimal]:
    chart = (result.get("charts") or {}).get("strategy equity") or {}
    series = (chart.get("series") or {}).get("equity") or {}
    points: dict[datetime, Decimal] = {}
    for point in series.get("values") or []:
        if isinstance(point, dict):
            when, value = point.get("x"), point.get("y", point.get("close"))
        else:
            when, value = point[0], point[-1]
        if value is not None:
            points[_utc(_number(when, file, "equity time"))] = _number(value, file, "equity")
    return points


def _number(value: Any, file: Path, field: str) -> Decimal:
    try:
        return Decimal(str(value)).quantize(_PLACES) + 0
    except (InvalidOperation, ValueError) as error:
        raise DataError(file, f"{value!r} is no number", field=field, mend="write the results again") from error


def _utc(seconds: Decimal) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC).replace(tzinfo=None)


def _time(value: Any, file: Path, field: str) -> datetime | None:
    """A naive UTC time to the second, from Unix seconds or ISO text; None stays None."""
    if value is None:
        return None
    if isinstance(value, (int, float, Decimal)):
        return _utc(Decimal(value)).replace(microsecond=0)
    text = str(value).rstrip("Z").split(".")[0]
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise DataError(file, f"{value!r} is no time", field=field, mend="write the results again") from error


def _enum(kind: type[LeanEnum], value: Any, file: Path, field: str) -> str:
    """The UPPER_CASE name of an enum given as number or as any spelling of its name."""
    try:
        if isinstance(value, str) and not value.lstrip("-").isdigit():
            return kind[snake_case(value[:1].upper() + value[1:]).upper()].name
        return kind(int(value)).name
    except (KeyError, ValueError, TypeError) as error:
        allowed = ", ".join(member.name for member in kind)
        raise DataError(file, f"{value!r} is not known", field=field, mend=f"allowed are {allowed}") from error


def common_times(one: Sequence[datetime], two: Sequence[datetime]) -> list[datetime]:
    """Moments both runs have sampled, in order."""
    return sorted(set(one) & set(two))
