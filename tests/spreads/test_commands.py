"""What a person may ask for while the algorithm trades, and what it is told when it cannot be done."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.commands import Action, Command, from_stored, read_command
from spreads.errors import BadSetting
from spreads.journal import What
from spreads.states import State
from stop_rules import BeforeClose, CreditLost, NetDebit
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import call, put

SHORT, LONG = call(100, -1), call(105, 1)
SHORT_PUT, LONG_PUT = put(90, -1), put(85, 1)


@pytest.fixture
def rig() -> LiveRig:
    made = quoted(SHORT, LONG)
    made.broker.price(2.00, 2.10, SHORT_PUT)
    made.broker.price(0.50, 0.60, LONG_PUT)
    made.open("A", (SHORT, LONG), [NetDebit("3.60")])
    made.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("2.50")])
    return made


def test_close_spread_orders_on_the_next_slice_and_never_at_once(rig: LiveRig) -> None:
    rig.command(action="close_spread", spread_id="A", reason="dinner")
    assert rig.sent() == []
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert rig.spread("A").exit_reason == "command dinner"
    assert rig.spread("B").state is State.OPEN
    assert rig.said(What.COMMAND)[0]["answer"] == "A is being closed"


def test_flatten_closes_all_shorts_first(rig: LiveRig) -> None:
    rig.command(action="FLATTEN")
    rig.step()
    assert rig.sent() == [("C100", 1), ("P90", 1), ("C105", -1), ("P85", -1)]


def test_pause_and_resume_entries(rig: LiveRig) -> None:
    rig.command(action="pause", reason="news")
    rig.step()
    assert rig.gate.state.paused == "news"
    rig.command(action="resume")
    rig.step()
    assert rig.gate.state.paused == ""


def test_move_stop_by_price_keeps_the_basis_and_works_from_the_next_slice(rig: LiveRig) -> None:
    rig.command(action="move_stop", spread_id="A", stop_price="4.40")
    rig.step()
    assert rig.book.orders_of("A")[0].rule == NetDebit("4.40")
    rig.broker.price(5.00, 5.20, SHORT)  # 4.20
    rig.step()
    assert rig.sent() == []


def test_move_stop_by_rule_takes_the_words_of_the_parameters(rig: LiveRig) -> None:
    rig.command(action="move_stop", spread_id="A", order=1, rule="stop-credit-percent", value=150)
    rig.step()
    assert rig.book.orders_of("A")[0].rule == CreditLost(150)


def test_command_survives_a_kill_before_it_was_carried_out(rig: LiveRig) -> None:
    rig.command(action="close_spread", spread_id="A")
    rig.kill()
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_command_left_over_from_before_a_crash_runs_before_the_first_prices(rig: LiveRig) -> None:
    """lean_live.md 5: the file of a command runs on the first slice, and before warm-up has finished too."""
    quotes, rig.broker.quotes = rig.broker.quotes, {}
    rig.broker.restart()
    rig.start()
    rig.command(action="close_spread", spread_id="A")
    rig.continuity.restore(rig.broker.now)
    rig.step()
    assert rig.sent() == []
    rig.broker.quotes = quotes
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_command_for_a_spread_that_has_gone_meanwhile_alarms(rig: LiveRig) -> None:
    rig.command(action="close_spread", spread_id="A")
    rig.book.close("A", "command", "other", rig.broker.now)
    rig.book.step(rig.broker.tick())
    rig.continuity.step(rig.broker.now)
    assert any("not carried out" in text for _, text in rig.alarms)


def test_acknowledged_alarm_leaves_the_status_and_is_not_told_again(rig: LiveRig) -> None:
    rig.alarm("A", "wolf")
    number = rig.known.numbers()[-1]
    rig.command(action="acknowledge", alarm=str(number))
    rig.step()
    assert rig.continuity.status(rig.broker.now)["alarms"] == []
    assert not rig.known.raise_alarm("A", "wolf", rig.broker.tick(600)).log


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "action"),
        ({"action": None}, "action"),
        ({"action": "sell everything"}, "action"),
        ({"action": 7}, "action"),
        ({"action": "close_spread"}, "spread_id"),
        ({"action": "close_spread", "spread_id": "Z"}, "spread_id"),
        ({"action": "close_spread", "spread_id": {"x": 1}}, "spread_id"),
        ({"action": "move_stop", "spread_id": "A"}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": "free"}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": -1}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": "nan"}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": True}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": 3, "rule": "stop-debit"}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "stop_price": 9}, "stop_price"),
        ({"action": "move_stop", "spread_id": "A", "rule": "target-debit", "value": "1"}, "rule"),
        ({"action": "move_stop", "spread_id": "A", "rule": "stop-debit", "value": ""}, "stop-debit"),
        ({"action": "move_stop", "spread_id": "A", "order": 77, "stop_price": 3}, "order"),
        ({"action": "move_stop", "spread_id": "A", "order": "first", "stop_price": 3}, "order"),
        ({"action": "move_stop", "spread_id": "A", "order": 1.5, "stop_price": 3}, "order"),
        ({"action": "acknowledge", "alarm": 99}, "alarm"),
        ({"action": "acknowledge", "alarm": -1}, "alarm"),
    ],
)
def test_wrong_command_is_refused_with_field_and_what_is_allowed(
    rig: LiveRig, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadSetting, match="allowed is") as refused:
        rig.command(**fields)
    assert refused.value.field == field
    rig.step()
    assert rig.sent() == []


def test_move_stop_with_two_stops_needs_the_order(rig: LiveRig) -> None:
    rig.book.place("A", "rule", CreditLost(150), rig.broker.now)
    rig.book.place("A", "rule", BeforeClose(10), rig.broker.now)
    with pytest.raises(BadSetting, match=r"1 \(stop-debit\), 3 \(stop-credit-percent\), 4"):
        rig.command(action="move_stop", spread_id="A", stop_price=4)


def test_numbers_of_the_engine_are_read_by_their_text() -> None:
    fields = {"action": "move_stop", "spread_id": 12, "stop_price": Decimal("4.4")}
    assert read_command(fields.get) == Command(Action.MOVE_STOP, "12", stop_price="4.4")


def test_stored_command_reads_back() -> None:
    command = Command(Action.MOVE_STOP, "A", 3, rule="stop-debit", value="4", reason="x")
    assert from_stored(command.to_data()) == command


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.integers())
    | (st.sampled_from(["A", "B", "stop-debit", "stop-short-strike", "4.4", "1"]))
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["spread_id", "order", "stop_price", "rule", "value", "alarm", "reason"]), VALUES),
    st.sampled_from([*Action, "x", None]) | VALUES,
)
def test_any_command_is_taken_or_refused_by_name_and_never_crashes(fields: dict[str, Any], action: object) -> None:
    made = quoted(SHORT, LONG)
    made.open("A", (SHORT, LONG), [NetDebit("3.60")])
    try:
        made.command(action=action, **fields)
    except BadSetting as refused:
        assert refused.field and "allowed is" in str(refused)
    made.step()
    assert not any("failed" in text or "internal" in text for _, text in made.alarms)
    assert made.broker.holdings["C100"] in (0, -1)


def test_events_and_commands_from_other_threads_are_applied_in_the_step_alone(rig: LiveRig) -> None:
    """Order events come on up to ten threads at once (lean_live.md 4): they only queue, and none sends an order."""
    own = threading.get_ident()
    senders: set[int] = set()
    rig.broker.fail = lambda call: senders.add(threading.get_ident()) if call.startswith("send") else None
    rig.broker.auto_fill = False
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()

    def pump() -> None:
        for _ in range(200):
            for order_id in list(rig.broker.orders):
                rig.book.queue(rig.broker.notice_of(rig.broker.orders[order_id].facts))

    threads = [threading.Thread(target=pump) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or rig.broker.out():
        for order_id in rig.broker.out():
            rig.broker.fill(order_id)
        rig.pulse.beat(rig.broker.tick(0.01))
    rig.command(action="move_stop", spread_id="B", stop_price="2.60")
    rig.broker.notices.clear()
    rig.step()
    assert senders == {own}
    assert rig.spread("A").state is State.CLOSED
    assert rig.broker.holdings["C100"] == rig.broker.holdings["C105"] == 0
    assert rig.broker.holdings["P90"] == -1
