"""What live mode was seen to do to others (lean_live.md, by its numbers), where no other file holds it by name.

0.1, 0.2 test_desk.py; 0.7, 0.8, 0.9, 2, 7 test_kill.py; 0.5, 4, 5 test_commands.py; 0.6 test_store.py;
0.12 and 3 test_live_calls.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from spreads.journal import What
from spreads.orders import Refusal, Status
from spreads.states import State
from stop_rules import NetDebit, ProfitTarget
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import call

SHORT, LONG = call(100, -1), call(105, 1)


@pytest.fixture
def rig() -> LiveRig:
    made = quoted(SHORT, LONG)
    made.open("A", (SHORT, LONG), [NetDebit("3.60")])
    return made


def fire(rig: LiveRig) -> None:
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()


def test_fill_whose_event_has_not_come_yet_is_read_from_the_ticket(rig: LiveRig) -> None:
    """0.3: a sync order may return before `on_order_event` of its own fill."""
    rig.broker.price(5.00, 5.20, SHORT)
    rig.pulse.beat(rig.broker.tick())  # no event is delivered
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert rig.spread("A").state is State.CLOSED


def test_vanished_bid_of_a_live_bar_shows_only_as_a_crossed_quote_and_is_not_valued(rig: LiveRig) -> None:
    """0.10: the bar keeps bid and size; when the ask falls below the old bid the quote is crossed."""
    rig.book.place("A", "rule", ProfitTarget(percent=50), rig.broker.now)
    rig.broker.price(3.00, 0.05, SHORT)
    rig.step()
    rig.step()
    status = rig.continuity.status(rig.broker.now)["spreads"][0]
    assert "bid is above the ask" in status["no_value_because"]
    assert rig.sent() == []


def without_a_bid_after_a_restart(rig: LiveRig, ask_of_the_short: float) -> None:
    rig.kill()
    rig.broker.price(ask_of_the_short - 0.10, ask_of_the_short, SHORT)
    rig.broker.quotes["C105"] = replace(rig.broker.quotes["C105"], bid=0, bid_live=False)  # asked 1.20
    rig.step()
    rig.step()


def test_first_quote_without_a_bid_fires_no_stop_on_what_is_not_known(rig: LiveRig) -> None:
    """0.10: the first live bar may bring the ask alone; the long leg is then not worth nothing."""
    without_a_bid_after_a_restart(rig, 4.70)  # 3.50 at the least
    assert rig.sent() == []
    assert "no bid so far" in rig.continuity.status(rig.broker.now)["spreads"][0]["no_value_because"]


def test_first_quote_without_a_bid_fires_a_stop_that_is_breached_at_any_bid(rig: LiveRig) -> None:
    without_a_bid_after_a_restart(rig, 4.80)  # 3.60 at the least
    assert rig.sent() == [("C100", 1)]


def test_long_leg_asked_next_to_nothing_counts_as_nothing_without_a_bid(rig: LiveRig) -> None:
    rig.kill()
    rig.broker.price(3.50, 3.60, SHORT)
    rig.broker.quotes["C105"] = replace(rig.broker.quotes["C105"], bid=0, ask=500, bid_live=False)
    rig.step()
    assert rig.sent() == [("C100", 1)]


def test_position_closed_by_hand_that_the_engine_shows_is_not_bought_again(rig: LiveRig) -> None:
    """0.11: a stop bought the short again and ended long; what the account does not hold is not closed."""
    rig.broker.outside("C100", 1)
    fire(rig)
    rig.step()
    assert ("C100", 1) not in rig.sent()
    assert rig.broker.holdings["C100"] == 0


def test_cancel_refused_while_the_order_is_new_is_asked_again_and_nothing_is_sent_beside_it(rig: LiveRig) -> None:
    """3: an asynchronous order is NEW at first, and LEAN refuses to cancel it then (-32)."""
    asked = []

    def refuse(order_id: int, tag: str) -> bool:
        asked.append(order_id)
        return False

    rig.broker.auto_fill = False
    fire(rig)
    rig.broker.cancel = refuse  # type: ignore[method-assign]
    rig.broker.outside("C100", 1)  # a hand was faster: our order is too large now
    for _ in range(3):
        rig.step()
    assert len(asked) >= 2
    assert rig.sent().count(("C100", 1)) == 1


def test_order_the_broker_refused_after_taking_it_is_tried_again_and_the_long_waits(rig: LiveRig) -> None:
    """3: SUBMITTED, then INVALID with the broker's text."""
    rig.broker.auto_fill = False
    fire(rig)
    rig.broker.invalidate(rig.broker.out()[0], Refusal.OTHER)
    rig.broker.auto_fill = True
    for _ in range(4):
        rig.step()
    assert rig.sent() == [("C100", 1), ("C100", 1), ("C105", -1)]
    assert rig.said(What.REFUSED)[0]["leg"] == "C100"


def test_broker_that_cancels_an_order_of_ours_is_noted_and_the_close_goes_on(rig: LiveRig) -> None:
    """3: SUBMITTED, CANCELED without our asking."""
    rig.broker.auto_fill = False
    fire(rig)
    order = rig.broker.orders[rig.broker.out()[0]]
    order.facts = replace(order.facts, status=Status.CANCELED)
    rig.broker.auto_fill = True
    for _ in range(4):
        rig.step()
    assert any("cancelled, not by us" in record["text"] for record in rig.said(What.GUARD))
    assert rig.spread("A").state is State.CLOSED and not any(rig.broker.holdings.values())


@pytest.mark.parametrize("restarted", [False, True])
def test_rename_of_the_underlying_costs_the_working_orders_and_neither_spread_nor_stop(
    rig: LiveRig, restarted: bool
) -> None:
    """LEAN cancels the open orders of the old ticker; contracts keep their id (lean_semantics.md 8)."""
    rig.book.flatten("test", "by limits", rig.broker.now)
    rig.broker.auto_fill = False
    rig.step()
    for order_id in rig.broker.out():
        rig.broker.confirm_cancel(order_id)
    if restarted:
        rig.kill()
    rig.broker.auto_fill = True
    rig.broker.sent.clear()
    for _ in range(4):
        rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)] and not any(rig.broker.holdings.values())
    assert rig.spread("A").state is State.CLOSED and rig.alarms == []


def test_slices_that_a_blocking_call_swallowed_change_nothing_but_the_time(rig: LiveRig) -> None:
    """3: after a sync order the slice goes on with its old time, and those between never happen."""
    rig.broker.now += timedelta(seconds=5)
    fire(rig)
    assert rig.spread("A").state is State.CLOSED and rig.alarms == []
