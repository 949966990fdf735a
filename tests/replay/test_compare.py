from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from replay.compare import main
from replay.errors import DataError
from replay.result_files import read_results

ORDER: dict[str, Any] = {
    "type": 8, "quantity": -5.0, "id": 1, "brokerId": ["1"], "price": 3.3, "status": 3, "tag": "",
    "symbol": {"value": "GOOG  151224C00745000", "id": "GOOCV W6U7P9|GOOCV VP83T1", "permtick": "GOOG"},
    "time": "2015-12-23T16:40:00Z", "createdTime": "2015-12-23T16:40:00Z", "lastFillTime": "2015-12-23T16:40:00Z",
    "direction": 1, "groupOrderManager": {"id": 1, "quantity": 5.0, "limitPrice": 0.0, "orderIds": [1, 2]},
}  # fmt: skip
EVENT: dict[str, Any] = {
    "id": "X-1-2", "algorithmId": "X", "orderId": 1, "orderEventId": 2, "symbolValue": "GOOG  151224C00745000",
    "symbol": "GOOCV W6U7P9|GOOCV VP83T1", "time": 1450888800.0, "status": "filled", "direction": "sell",
    "orderFeeAmount": 3.25, "orderFeeCurrency": "USD", "fillPrice": 3.3, "fillQuantity": -5.0, "isAssignment": False,
    "message": "Underlying: 750.31. Profit: +3925.00",
}  # fmt: skip
RESULT: dict[str, Any] = {
    "charts": {"Strategy Equity": {"series": {"Equity": {"values": [
        [1450846800, 50000.0, 50000.0, 50000.0, 50000.0], [1450888800, 50000.0, 50010.0, 49990.0, 49999.25],
    ]}}}},
    "orders": {"1": ORDER},
    "orderEvents": None,
    "statistics": {"Total Orders": "1", "End Equity": "49999.25", "Total Fees": "$3.25"},
}  # fmt: skip


def _write(folder: Path, name: str, result: dict[str, Any], events: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    (folder / f"{name}.json").write_text(json.dumps(result))
    (folder / f"{name}-order-events.json").write_text(json.dumps(events))
    (folder / f"{name}-summary.json").write_text("{}")
    return folder


def _pascal(value: Any) -> Any:
    """The same JSON in LEAN's old spelling; names of charts, series and statistics stay."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _pascal(item) for key, item in value.items()}
    return [_pascal(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    return _write(tmp_path / "lean", "1234567890", RESULT, [EVENT])


def test_same_run_under_another_id_and_spelling_is_equal(lean: Path, tmp_path: Path, capsys: Any) -> None:
    dashed = {"orderId": "order-id", "orderEventId": "order-event-id", "symbolValue": "symbol-value",
              "fillPrice": "fill-price", "fillQuantity": "fill-quantity", "orderFeeAmount": "order-fee-amount",
              "isAssignment": "is-assignment"}  # fmt: skip
    old = {dashed.get(key, key): value for key, value in EVENT.items()} | {"id": "Y-1-2", "status": "Filled"}
    old["message"] = "Underlying: 750.3100. Profit: +3925.0000"
    other = _write(tmp_path / "old", "MyAlgorithm", _pascal(RESULT), [old])
    assert main([str(lean), str(other)]) == 0
    assert "The two runs agree." in capsys.readouterr().out


def test_first_different_order_is_shown_side_by_side(lean: Path, tmp_path: Path, capsys: Any) -> None:
    changed = copy.deepcopy(RESULT)
    changed["orders"]["1"]["price"] = 3.35
    other = _write(tmp_path / "other", "1", changed, [EVENT])
    assert main([str(lean), str(other)]) == 1
    out = capsys.readouterr().out
    assert "DIFFERENT at order 1: price" in out
    (line,) = [line for line in out.splitlines() if line.startswith("  * price")]
    assert line.split() == ["*", "price", "3.3", "3.35"]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [("status", "canceled", "CANCELED"), ("orderFeeAmount", 1.0, "3.25"), ("time", 1450888860.0, "16:41:00")],
)
def test_different_event_names_the_field(
    lean: Path, tmp_path: Path, capsys: Any, field: str, value: Any, shown: str
) -> None:
    other = _write(tmp_path / "other", "1", RESULT, [EVENT | {field: value}])
    assert main([str(lean), str(other)]) == 1
    out = capsys.readouterr().out
    assert "first difference in events: event 1" in out and shown in out


def test_event_on_one_side_only_is_shown(lean: Path, tmp_path: Path, capsys: Any) -> None:
    other = _write(tmp_path / "other", "1", RESULT, [EVENT, EVENT | {"orderEventId": 3}])
    assert main([str(lean), str(other)]) == 1
    assert "event 2 is on one side only" in capsys.readouterr().out


def test_equity_is_compared_at_common_moments_to_the_cent(lean: Path, tmp_path: Path, capsys: Any) -> None:
    changed = copy.deepcopy(RESULT)
    values = changed["charts"]["Strategy Equity"]["series"]["Equity"]["values"]
    values[1][4] = 49999.26
    values.insert(1, [1450880000, 1.0, 1.0, 1.0, 1.0])
    other = _write(tmp_path / "other", "1", changed, [EVENT])
    assert main([str(lean), str(other)]) == 1
    out = capsys.readouterr().out
    assert "3 samples, 2 in common" in out and "49999.25" in out and "49999.26" in out


def test_points_as_objects_and_events_inside_the_result_are_read(tmp_path: Path) -> None:
    cloud = copy.deepcopy(RESULT) | {"orderEvents": [EVENT]}
    cloud["charts"]["Strategy Equity"]["series"]["Equity"]["values"] = [{"x": 1450888800, "y": 49999.25}]
    file = tmp_path / "download.json"
    file.write_text(json.dumps(cloud))
    run = read_results(file)
    assert len(run.events) == 1 and [float(value) for value in run.equity.values()] == [49999.25]


def test_folder_without_a_result_names_what_to_give(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "2026-11-22_10-00-00").mkdir()
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert "give one of its folders: 2026-11-22_10-00-00" in capsys.readouterr().err
    with pytest.raises(DataError, match="no such folder"):
        read_results(tmp_path / "nowhere")


def test_unknown_status_names_field_and_allowed_values(tmp_path: Path) -> None:
    broken = copy.deepcopy(RESULT)
    broken["orders"]["1"]["status"] = 42
    with pytest.raises(DataError, match=r"order 1 status: 42 is not known; allowed are NEW, SUBMITTED"):
        read_results(_write(tmp_path / "broken", "1", broken, []))


def test_broken_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read as JSON"):
        read_results(tmp_path)
