"""Fault plans: plain data, the same for a seed, and an empty one changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import replay
from replay.errors import ReplayError
from replay.fault_plan import Fault, FaultKind, FaultPlan

PROJECT = Path(__file__).resolve().parents[2]
DAY = {"start-date": "2024-11-19", "end-date": "2024-11-19", "universe-strikes": "10"}


def run(market: Path, plan: FaultPlan | None, output: Path | None = None, **more: str) -> Any:
    parameters = DAY | {name.replace("_", "-"): value for name, value in more.items()}
    return replay.run(PROJECT / "main.py", data_folder=market, parameters=parameters, faults=plan, output=output)


def orders_of(result: Any) -> list[tuple[Any, ...]]:
    return [(o.id, str(o.symbol), o.quantity, o.type.name, o.status.name, o.price) for o in result.orders]


def test_empty_plan_changes_nothing(synthetic_market: Path, tmp_path: Path) -> None:
    plain = run(synthetic_market, None, tmp_path / "plain")
    planned = run(synthetic_market, FaultPlan(), tmp_path / "planned")
    assert plain.statistics["OrderListHash"] == planned.statistics["OrderListHash"]
    assert len(plain.orders) > 4
    name = f"{type(plain.algorithm).__name__}-order-events.json"
    assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "planned" / name).read_bytes()


def test_same_plan_gives_the_same_orders(synthetic_market: Path) -> None:
    plan = FaultPlan.random(11)
    assert orders_of(run(synthetic_market, plan)) == orders_of(run(synthetic_market, plan))


@pytest.mark.parametrize("seed", range(20))
def test_plan_survives_json(seed: int) -> None:
    plan = FaultPlan.random(seed)
    again = FaultPlan.from_json(plan.to_json())
    assert [str(one) for one in again.faults] == [str(one) for one in plan.faults]
    assert plan == FaultPlan.random(seed)
    assert again.to_json() == plan.to_json()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"faults": 3}', "must be"),
        ('{"faults": [{"kind": "quake"}]}', "must be one of refuse"),
        ('{"faults": [{"kind": "delay", "parts": 2}]}', "no field 'parts'"),
        ('{"faults": [{"kind": "refuse", "code": "mood"}]}', "one of margin"),
        ('{"faults": [{"kind": "delay", "nth": 0}]}', "field 'nth'"),
        ('{"faults": [{"kind": "outside", "told": 1}]}', "true or false"),
    ],
)
def test_wrong_plan_is_named(text: str, said: str) -> None:
    with pytest.raises(ReplayError, match=said):
        FaultPlan.from_json(text)


def test_missing_plan_file_is_named() -> None:
    with pytest.raises(ReplayError, match="takes a seed"):
        FaultPlan.read("no-such-plan.json")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(FaultKind.REFUSE, nth=5, stage="submit", code="other"), "INVALID"),
        (Fault(FaultKind.REFUSE, nth=5, stage="later", steps=1), "INVALID"),
        (Fault(FaultKind.REFUSE, nth=5, stage="canceled"), "CANCELED"),
    ],
)
def test_refused_order_ends_without_a_fill(synthetic_market: Path, fault: Fault, said: str) -> None:
    result = run(synthetic_market, FaultPlan((fault,)))
    assert result.orders[4].status.name == said
    assert not [e for e in result.events if e.order_id == 5 and e.fill_quantity]


def test_partial_fills_add_up_over_steps(synthetic_market: Path) -> None:
    plan = FaultPlan((Fault(FaultKind.PARTIAL, nth=5, parts=3, steps=2),))
    result = run(synthetic_market, plan, lots="4")
    fills = [e for e in result.events if e.order_id == 5 and e.fill_quantity]
    assert [int(e.fill_quantity) for e in fills] == [1, 1, 2]
    assert [e.status.name for e in fills] == ["PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED"]
    assert (fills[2].time_utc - fills[0].time_utc).total_seconds() == 240


def test_delayed_order_fills_at_the_later_price(synthetic_market: Path) -> None:
    result = run(synthetic_market, FaultPlan((Fault(FaultKind.DELAY, nth=5, steps=3),)))
    order = result.orders[4]
    assert (order.last_fill_utc - order.created_utc).total_seconds() == 180


def test_assignment_takes_the_short_that_is_in_the_money(synthetic_market: Path) -> None:
    plan = FaultPlan((Fault(FaultKind.ASSIGN, step=20),))
    result = run(synthetic_market, plan, stop_credit_percent="", stop_debit="9.9", target_credit_percent="")
    assert [e.is_assignment for e in result.events if e.is_assignment] == [True]


def test_silent_outside_change_leaves_no_order(synthetic_market: Path) -> None:
    plain = run(synthetic_market, None)
    changed = run(synthetic_market, FaultPlan((Fault(FaultKind.OUTSIDE, step=50, quantity=1, told=False),)))
    told = run(synthetic_market, FaultPlan((Fault(FaultKind.OUTSIDE, step=50, quantity=1, told=True),)))
    assert [o.tag for o in told.orders if o.tag == "a hand"] == ["a hand"]
    assert not [o for o in changed.orders if o.tag == "a hand"]
    assert changed.equity != plain.equity


CANCELS_BOTH_LEGS = """
from AlgorithmImports import *

class CancelsBothLegs(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 11, 19)
        self.set_end_date(2024, 11, 19)
        option = self.add_index_option(self.add_index("SPX").symbol, "SPXW")
        option.set_filter(lambda u: u.include_weeklys().strikes(-5, 5).expiration(0, 0))
        self.option, self.tickets = option.symbol, []

    def on_data(self, slice):
        chain = slice.option_chains.get(self.option)
        if chain and not self.tickets:
            calls = sorted((c for c in chain if c.right == OptionRight.CALL), key=lambda c: c.strike)
            legs = [Leg.create(calls[0].symbol, -1), Leg.create(calls[1].symbol, 1)]
            self.tickets = self.combo_limit_order(legs, 1, -4.95)
        elif self.tickets and self.tickets[0].status == OrderStatus.SUBMITTED:
            for ticket in self.tickets:
                ticket.cancel()
"""


@pytest.mark.parametrize(("outcome", "said"), [("slow", "CANCELED"), ("filled", "FILLED")])
def test_cancel_of_each_leg_of_a_combo_has_one_answer(
    synthetic_market: Path, tmp_path: Path, outcome: str, said: str
) -> None:
    (tmp_path / "main.py").write_text(CANCELS_BOTH_LEGS, encoding="utf-8")
    plan = FaultPlan((Fault(FaultKind.CANCEL, nth=1, steps=3, outcome=outcome),))
    result = replay.run(tmp_path / "main.py", data_folder=synthetic_market, faults=plan)
    assert result.state == "Completed", result.error
    ends = [e for e in result.events if e.status.name in ("CANCELED", "FILLED")]
    asked = [e for e in result.events if e.status.name == "CANCEL_PENDING"]
    assert [e.status.name for e in ends] == [said, said]
    assert {(end.time_utc - asked[0].time_utc).total_seconds() for end in ends} == {180}


@pytest.mark.parametrize("outcome", ["slow", "filled", "filled late"])
def test_order_in_a_contract_that_has_expired_meanwhile_is_never_filled(
    synthetic_market: Path, tmp_path: Path, outcome: str
) -> None:
    text = CANCELS_BOTH_LEGS.replace("set_end_date(2024, 11, 19)", "set_end_date(2024, 11, 20)")
    text = text.replace(
        "elif self.tickets and", "elif self.time.day == 19 and self.time.hour == 15 and self.tickets and"
    )
    (tmp_path / "main.py").write_text(text, encoding="utf-8")
    plan = FaultPlan((Fault(FaultKind.CANCEL, nth=1, steps=120, outcome=outcome),))
    result = replay.run(tmp_path / "main.py", data_folder=synthetic_market, faults=plan)
    assert result.state == "Completed", result.error
    assert {order.status.name for order in result.orders} == {"CANCELED"}
