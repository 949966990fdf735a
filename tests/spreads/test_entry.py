"""Entry by strategy order and leg by leg."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spreads.orders import ComboOrder, OrderFacts, Refusal, Status
from spreads.spread import Spread
from spreads.states import State
from tests.spreads.paper_broker import spread_of
from tests.spreads.rig import LONG, SHORT, Rig


def legged(rig: Rig, lots: int = 2) -> Spread:
    spread = spread_of("L", SHORT, LONG, lots=lots)
    rig.desk.open_legged(spread, rig.broker.now)
    rig.desk.advance(rig.broker.now)
    return spread


def test_legged_entry_sends_the_short_only_once_the_long_is_filled() -> None:
    rig = Rig()
    rig.broker.auto_fill = False
    spread = legged(rig)
    rig.step()
    assert rig.sent() == [("C105", 2)]
    rig.broker.fill(rig.broker.out()[0])
    rig.step()
    assert rig.sent() == [("C105", 2), ("C100", -2)] and spread.state is State.OPENING
    rig.broker.fill(rig.broker.out()[0])
    rig.step()
    assert spread.state is State.OPEN and spread.ledger.entry_credit(2) == 18_000


def test_legged_entry_without_a_long_is_rejected() -> None:
    rig = Rig()
    rig.broker.refuse = lambda order: Refusal.BUYING_POWER
    spread = legged(rig)
    rig.step()
    assert spread.state is State.REJECTED and rig.sent() == [("C105", 2)]


def test_legged_entry_whose_short_is_refused_is_undone() -> None:
    rig = Rig()
    first = iter([Refusal.NONE, Refusal.BUYING_POWER])
    rig.broker.refuse = lambda order: next(first, Refusal.NONE)
    spread = legged(rig)
    rig.step()
    assert rig.sent() == [("C105", 2), ("C100", -2), ("C105", -2)] and spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


def test_legged_entry_sells_only_as_many_shorts_as_the_longs_cover() -> None:
    rig = Rig()
    rig.broker.auto_fill = False
    spread = legged(rig, lots=3)
    (order,) = rig.broker.out()
    rig.broker.fill(order, 2)
    rig.broker.confirm_cancel(order)
    rig.broker.auto_fill = True
    rig.step()
    assert rig.sent() == [("C105", 3), ("C100", -2)]
    assert spread.state is State.OPEN and spread.lots == 2


def test_legged_entry_waits_for_the_session() -> None:
    rig = Rig()
    rig.broker.open = False
    spread = legged(rig)
    assert rig.sent() == [] and spread.state is State.OPENING and rig.desk.busy
    rig.broker.open = True
    rig.step()
    assert spread.state is State.OPEN


@pytest.mark.parametrize("slices_after_the_close", [0, 2])
def test_legged_entry_whose_session_ends_before_the_short_is_undone_at_the_next_open(
    slices_after_the_close: int,
) -> None:
    rig = Rig()
    rig.broker.auto_fill = False
    spread = legged(rig)
    rig.step(359)
    rig.broker.fill(rig.broker.out()[0])
    rig.broker.auto_fill = True
    rig.broker.open = False
    for _ in range(slices_after_the_close):
        rig.step()
    rig.broker.open = True
    rig.step(18 * 60)
    rig.step()
    assert rig.sent() == [("C105", 2), ("C105", -2)] and spread.state is State.CLOSED
    assert any("incomplete" in text for _, text in rig.alarms)


def combo_entry(rig: Rig, lots: int) -> tuple[Spread, int]:
    spread = spread_of("A", SHORT, LONG, lots=lots)
    rig.broker.auto_fill = False
    facts = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), lots, "entry"))
    rig.broker.sent.clear()
    rig.desk.adopt(spread, facts, rig.broker.now)
    return spread, facts[0].order_id


def test_strategy_filled_in_part_and_cancelled_is_a_smaller_spread() -> None:
    rig = Rig()
    spread, order = combo_entry(rig, 5)
    rig.broker.fill_whole(order, 3)
    rig.step()
    assert spread.state is State.OPENING
    rig.broker.confirm_cancel(order)
    rig.step()
    assert spread.state is State.OPEN and spread.lots == 3 and spread.ledger.entry_credit(3) == 18_000


def test_strategy_with_only_one_leg_filled_is_undone_with_an_alarm() -> None:
    rig = Rig()
    spread, order = combo_entry(rig, 1)
    rig.broker.fill(order)
    rig.broker.confirm_cancel(order)
    rig.broker.auto_fill = True
    rig.step()
    assert rig.sent() == [("C100", 1)] and spread.state is State.CLOSED
    assert any("incomplete" in text for _, text in rig.alarms)


def test_close_during_the_entry_cancels_it_first_and_closes_what_was_filled() -> None:
    rig = Rig()
    spread, order = combo_entry(rig, 4)
    rig.broker.fill_whole(order, 1)
    rig.close(spread)
    assert rig.sent() == [] and rig.broker.orders[order].cancel_pending
    rig.broker.fill_whole(order, 1)
    rig.broker.confirm_cancel(order)
    rig.broker.auto_fill = True
    rig.step()
    assert rig.sent() == [("C100", 2), ("C105", -2)] and spread.state is State.CLOSED


def test_close_of_an_entry_that_never_filled_ends_rejected() -> None:
    rig = Rig()
    spread, order = combo_entry(rig, 4)
    rig.close(spread)
    rig.broker.confirm_cancel(order)
    rig.step()
    assert spread.state is State.REJECTED and rig.sent() == []


def test_entry_refused_before_it_got_an_id_is_rejected() -> None:
    rig = Rig()
    spread = spread_of("A", SHORT, LONG)
    (facts, *_) = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 1, "entry"))
    refused = replace(facts, order_id=-10, filled=0, proceeds=0, fees=0, status=Status.INVALID)
    rig.desk.adopt(spread, [refused], rig.broker.now)
    assert spread.state is State.REJECTED


def test_legs_the_account_holds_already_are_adopted_as_an_open_spread() -> None:
    rig = Rig()
    rig.broker.holdings = {"C100": -2, "C105": 2}
    spread = spread_of("A", SHORT, LONG, lots=2)
    held = [OrderFacts(0, leg.key, 2 * leg.ratio, 2 * leg.ratio, price, 0, Status.FILLED)
            for leg, price in ((SHORT, 60_000), (LONG, -24_000))]  # fmt: skip
    rig.desk.adopt(spread, held, rig.broker.now)
    assert spread.state is State.OPEN and spread.ledger.entry_credit(2) == 18_000
    rig.close(spread)
    assert spread.state is State.CLOSED
