"""Calls from another thread than the step's (scheduled events in live): recorded there, done by the next step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import TypeVar

import pytest

from spreads.errors import BadSetting
from spreads.orders import ComboOrder
from spreads.spread import Spread
from spreads.spread_tickets import SpreadTicket, TicketStatus
from spreads.states import State
from stop_rules import NetDebit
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import call, spread_of

T = TypeVar("T")
SHORT, LONG = call(100, -1), call(105, 1)


@pytest.fixture
def rig() -> LiveRig:
    return quoted(SHORT, LONG)


def elsewhere(action: Callable[[], T]) -> T:
    """What a scheduled event of live does: call from a thread of its own."""
    found: list[T] = []
    thread = Thread(target=lambda: found.append(action()))
    thread.start()
    thread.join()
    assert found, "the call raised"
    return found[0]


def opened(rig: LiveRig) -> tuple[Spread, SpreadTicket]:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    return spread, rig.book.orders_of("A")[0]


def test_legged_entry_asked_for_on_another_thread_is_sent_by_the_next_step(rig: LiveRig) -> None:
    rig.step()
    spread = spread_of("L", SHORT, LONG)
    same = elsewhere(lambda: rig.book.add(spread, [], [NetDebit("3.60")], rig.broker.now, legged=True))
    assert same is spread and rig.broker.sent == [] and rig.book.orders_of("L")[0].is_watching
    rig.step()
    rig.step()
    assert rig.sent() == [("C105", 1), ("C100", -1)] and spread.state is State.OPEN


def test_spread_registered_on_another_thread_is_taken_over_by_the_next_step(rig: LiveRig) -> None:
    rig.step()
    entry = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 1, "entry"))
    spread = spread_of("A", SHORT, LONG)
    elsewhere(lambda: rig.book.add(spread, entry, [NetDebit("3.60")], rig.broker.now))
    assert rig.book.open_spreads() == [] and rig.book.registered == 1
    with pytest.raises(ValueError, match="in the book already"):
        rig.book.add(spread_of("A", SHORT, LONG), entry, [], rig.broker.now)
    rig.step()
    assert spread.state is State.OPEN and rig.book.open_spreads() == [spread]


def test_flatten_on_another_thread_is_carried_out_by_the_next_step(rig: LiveRig) -> None:
    spread, _ = opened(rig)
    assert elsewhere(lambda: rig.book.flatten("flatten", "lunch", rig.broker.now)) == 1
    assert spread.state is State.OPEN and spread.exit is None
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)] and spread.exit_reason == "lunch"


def test_order_cancelled_on_another_thread_stops_watching_with_the_next_step(rig: LiveRig) -> None:
    _, order = opened(rig)
    assert elsewhere(lambda: order.cancel("done")) is True
    assert order.is_watching
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    assert order.status is TicketStatus.CANCELED and rig.sent() == []


def test_order_moved_on_another_thread_is_moved_by_the_next_step(rig: LiveRig) -> None:
    _, order = opened(rig)
    assert elsewhere(lambda: order.update_stop_price("4.20")) is True
    assert order.rule == NetDebit("3.60")
    rig.step()
    assert order.rule == NetDebit("4.20")
    with pytest.raises(BadSetting):
        order.update_stop_price("-1")


def test_state_is_not_saved_by_another_thread_but_by_the_next_step(rig: LiveRig) -> None:
    opened(rig)
    writes = len(rig.files.writes)
    elsewhere(partial(rig.continuity.expect, spread_of("B", SHORT, LONG), [], rig.broker.now))
    elsewhere(partial(rig.command, action="pause"))
    assert len(rig.files.writes) == writes
    rig.step()
    assert len(rig.files.writes) > writes
    rig.kill()
    assert rig.spread("B").state is State.OPENING and rig.gate.state.paused


def test_error_in_what_another_thread_asked_for_is_alarmed_and_the_step_goes_on(rig: LiveRig) -> None:
    spread, _ = opened(rig)
    rig.book.turn.takes(lambda now: None)
    elsewhere(lambda: rig.book.turn.takes(lambda now: 1 // 0))
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    assert any("ZeroDivisionError" in text for _, text in rig.alarms) and spread.state is State.CLOSED
