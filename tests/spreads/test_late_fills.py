"""Orders of a spread that has ended fill after all, and the process was killed in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from spreads.orders import ComboOrder, LegOrder, Status
from spreads.states import State
from stop_rules import NetDebit
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import EXPIRY, call, put, spread_of

SHORT, LONG = call(100, -1), call(105, 1)


@pytest.fixture
def rig() -> LiveRig:
    return quoted(SHORT, LONG)


def fire(rig: LiveRig) -> None:
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()


def open_with_a_cancelled_close(rig: LiveRig) -> int:
    """A spread one of whose buy-backs was cancelled; the engine's id of that order. Others fill when told to."""
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill, rig.broker.auto_cancel = False, True
    resting = rig.broker.send(LegOrder(SHORT, 1, "backstop", 90_000))
    rig.book.desk.adopt_order(rig.spread("A"), resting, rig.broker.now)
    rig.broker.confirm_cancel(resting.order_id)
    return resting.order_id


def ended_with_a_cancelled_close(rig: LiveRig) -> int:
    """The same spread, closed; the engine's id of the cancelled order."""
    order = open_with_a_cancelled_close(rig)
    rig.broker.auto_fill = True
    fire(rig)
    rig.step()
    assert rig.spread("A").state is State.CLOSED
    return order


def test_late_fill_of_an_ended_spread_while_away_is_closed_after_the_restart(rig: LiveRig) -> None:
    order = ended_with_a_cancelled_close(rig)
    rig.broker.fill(order)
    rig.kill()
    assert any("late fill" in text and "+1 C100" in text for _, text in rig.alarms)
    assert not any("no spread knows" in text for _, text in rig.alarms)
    rig.step()
    rig.step()
    assert rig.sent() == [("C100", -1)]
    assert rig.spread("A").state is State.CLOSED and not any(rig.broker.holdings.values())
    rig.kill()
    assert rig.alarms == [] and rig.book.open_spreads() == []


def test_late_fill_of_a_rejected_entry_while_away_is_closed_after_the_restart(rig: LiveRig) -> None:
    rig.continuity.restore(rig.broker.now)
    rig.broker.auto_fill, rig.broker.auto_cancel = False, True
    entry = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 1, "entry"))
    rig.book.add(spread_of("A", SHORT, LONG), entry, [], rig.broker.now)
    rig.book.close("A", "hand", "changed my mind", rig.broker.now)
    rig.step()
    rig.step()
    assert rig.spread("A").state is State.REJECTED
    rig.broker.auto_fill = True
    rig.broker.fill_whole(entry[0].order_id)
    rig.kill()
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert rig.spread("A").state is State.CLOSED


def test_late_fill_is_remembered_over_two_restarts(rig: LiveRig) -> None:
    order = ended_with_a_cancelled_close(rig)
    fill = rig.broker.orders[order]
    rig.kill()
    rig.step()
    assert rig.alarms == [] and rig.book.open_spreads() == []
    rig.broker.orders[99] = fill
    rig.broker.fill(99)
    rig.kill()
    rig.step()
    rig.step()
    assert rig.sent() == [("C100", -1)] and not any(rig.broker.holdings.values())


def test_more_than_a_late_fill_could_be_is_reported_and_not_touched(rig: LiveRig) -> None:
    ended_with_a_cancelled_close(rig)
    rig.broker.outside("C100", 2, 10_000)
    rig.kill()
    rig.step()
    rig.step()
    assert any("+2 C100 that no spread knows: not touched" in text for _, text in rig.alarms)
    assert rig.sent() == []


def test_cancelled_order_of_an_ended_spread_that_is_out_again_is_cancelled(rig: LiveRig) -> None:
    order = ended_with_a_cancelled_close(rig)
    out = rig.broker.orders[order]
    out.facts = replace(out.facts, status=Status.SUBMITTED)
    rig.kill()
    rig.step()
    assert rig.broker.out() == [] and rig.sent() == []


def test_ended_spread_is_forgotten_once_it_has_expired(rig: LiveRig) -> None:
    order = ended_with_a_cancelled_close(rig)
    rig.broker.now = datetime.combine(EXPIRY + timedelta(days=1), time(10))
    rig.step()
    rig.broker.fill(order)
    rig.kill()
    assert rig.book.spreads == {}


def test_result_of_an_ended_spread_counts_once_when_a_late_fill_follows_a_restart(rig: LiveRig) -> None:
    order = ended_with_a_cancelled_close(rig)
    rig.broker.fill(order)
    rig.kill()
    rig.step()
    rig.step()
    assert rig.gate.state.realised == rig.spread("A").ledger.cash(100)


def test_spread_that_ended_after_the_last_slice_is_kept_for_the_late_fills_of_its_orders(rig: LiveRig) -> None:
    """Live is stopped: the close's last order has filled after the last slice, a cancelled one fills later still."""
    first = open_with_a_cancelled_close(rig)
    rig.book.close("A", "hand", "a test", rig.broker.now)
    for leg in ("C100", "C105"):
        while leg not in [sent for sent, _ in rig.sent()[1:]]:  # the first is the order cancelled above
            rig.step()
        rig.broker.fill(rig.broker.out()[-1])
    rig.book.finish(rig.broker.now)
    rig.continuity.save(rig.broker.now)
    assert rig.spread("A").state is State.CLOSED
    rig.broker.fill(first)
    rig.broker.auto_fill = True
    rig.kill()
    assert not any("no spread knows" in text for _, text in rig.alarms)
    for _ in range(3):
        rig.step()
    assert not any(rig.broker.holdings.values())


def test_orders_of_a_spread_that_waits_for_quotes_after_a_restart_count_against_the_closes_of_others(
    rig: LiveRig,
) -> None:
    short_put, long_put = put(90, -1), put(85, 1)
    rig.broker.price(3.00, 3.20, short_put)
    rig.broker.price(1.00, 1.20, long_put)
    rig.open("A", (SHORT, LONG, short_put, long_put), [NetDebit("9.00")])
    rig.open("B", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill = False
    orders = [rig.broker.send(LegOrder(SHORT, 1, "A close", 90_000)) for _ in range(2)]
    for order in orders:
        rig.book.desk.adopt_order(rig.spread("A"), order, rig.broker.now)
    rig.book.close("A", "hand", "a test", rig.broker.now)
    rig.broker.fill(orders[0].order_id)
    rig.step()
    del rig.broker.quotes["P90"], rig.broker.quotes["P85"]
    rig.kill()
    rig.step()
    fire(rig)
    rig.step()
    assert rig.spread("B").exit is not None and rig.sent() == []
