"""What others do to the legs: the record ends in the right state with the right money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from spreads.account_check import AccountCheck
from spreads.closing import ClosePolicy, ExitSettings, Remains, Way
from spreads.legs import intrinsic
from spreads.orders import ComboOrder, LegOrder
from spreads.settlement import delivered
from spreads.spread import Spread
from spreads.states import State
from tests.spreads.paper_broker import STOCK, call, put, spread_of
from tests.spreads.rig import LONG, SHORT, Rig


def settle(rig: Rig, *events: tuple) -> None:
    """Events of the exercise at midnight after expiry, all in one slice."""
    rig.broker.now += timedelta(days=17)
    for key, change, price, message in events:
        rig.broker.notices.append(
            rig.broker.outside(
                key, change, price, assignment=message.startswith("Assigned"), exercise=True, message=message
            )
            if message
            else rig.broker.outside(key, change, price)
        )
    rig.step()


def test_both_legs_out_of_the_money_settle_at_nothing() -> None:
    rig = Rig()
    spread = rig.open()
    settle(rig, ("C100", 1, 0, "OTM. Underlying: 90. Profit: 300"), ("C105", -1, 0, "OTM. Underlying: 90. Loss: -120"))
    assert spread.state is State.SETTLED and rig.sent() == []
    assert spread.ledger.cash(100) == rig.broker.cash


def test_ordinary_expiry_raises_no_alarm_and_is_told_in_two_words() -> None:
    rig = Rig()
    spread = rig.open()
    settle(rig, ("C100", 1, 0, "OTM. Underlying: 90. Profit: 300"), ("C105", -1, 0, "OTM. Underlying: 90. Loss: -120"))
    assert rig.alarms == [] and spread.exit is None
    assert spread.exit_reason == "expired worthless"


def test_cash_settlement_in_the_money_raises_no_alarm_and_names_both_legs() -> None:
    rig = Rig()
    spread = rig.open(cash_settled=True)
    settle(
        rig,
        ("C100", 1, 0, "Assigned. Underlying: 107. Loss: -400"),
        ("C105", -1, 0, "Automatic Exercise. Underlying: 107. Profit: 80"),
    )
    assert rig.alarms == [] and spread.state is State.SETTLED
    assert spread.exit_reason == "C100 +1: assigned; C105 -1: exercised"


def test_leg_that_goes_before_the_expiration_is_alarmed() -> None:
    rig = Rig()
    spread = rig.open(cash_settled=True)
    rig.broker.notices.append(rig.broker.outside("C100", 1, assignment=True, message="Assigned. Underlying: 101."))
    rig.step()
    assert any("C100 +1: assigned" in text for _, text in rig.alarms) and spread.state is not State.OPEN


def test_expiry_of_the_near_leg_of_a_calendar_is_alarmed() -> None:
    later = replace(LONG, expiry=LONG.expiry + timedelta(days=30))
    rig = Rig()
    rig.open("K", (SHORT, later))
    settle(rig, ("C100", 1, 0, "OTM. Underlying: 90. Profit: 300"))
    assert any("C100 +1: expired" in text for _, text in rig.alarms)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 3, 2), (3, 2, 1, 0), (0, 2, 1, 3)])
def test_both_legs_in_the_money_net_the_shares_whatever_the_order_of_events(order: tuple[int, ...]) -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    rig.broker.price(120.0, 120.02, STOCK)
    events = [
        ("C100", 2, 0, "Assigned. Underlying: 120. Loss: -3400"),
        ("STOCK", -200, 100 * 10_000, "Option Assignment"),
        ("C105", -2, 0, "Automatic Exercise. Underlying: 120. Profit: 2760"),
        ("STOCK", 200, 105 * 10_000, "Option Exercise"),
    ]
    settle(rig, *(events[i] for i in order))
    assert spread.state is State.SETTLED and rig.sent() == []
    assert spread.ledger.cash(100) == rig.broker.cash


def test_cash_settlement_pays_intrinsic_value_read_from_the_message() -> None:
    rig = Rig()
    spread = rig.open(cash_settled=True)
    before = rig.broker.cash
    events = (
        ("C100", 1, 0, "Assigned. Underlying: 103.65. Loss: -65.00"),
        ("C105", -1, 0, "OTM. Underlying: 103.65. Loss: -120.00"),
    )
    settle(rig, *events)
    assert spread.state is State.SETTLED
    assert spread.ledger.cash(100) == before - 365 * 10_000


@pytest.mark.parametrize("price", [104, 107, 120])
def test_leg_long_in_one_spread_and_short_in_another_settles_in_both_though_the_account_has_none(price: int) -> None:
    rig = Rig()
    rig.broker.fee = 0
    rig.broker.price(0.30, 0.40, call(110, 1))
    near = rig.open("A", (SHORT, LONG), lots=3, cash_settled=True)
    far = rig.open("B", (call(105, -1), call(110, 1)), cash_settled=True)
    said = f"Underlying: {price}"
    worth = {leg.key: intrinsic(leg, price * 10_000) for leg in (SHORT, LONG, call(110, 1))}
    rig.broker.price(90, 90, STOCK)  # the next day's price is not the one that settles
    settle(
        rig,
        ("C100", 3, worth["C100"], f"Assigned. {said}"),
        ("C105", -2, worth["C105"], f"Automatic Exercise. {said}"),
        ("C110", -1, worth["C110"], f"Automatic Exercise. {said}"),
    )
    rig.desk.reconcile(rig.broker.now)
    assert (near.state, far.state) == (State.SETTLED, State.SETTLED)
    assert near.ledger.cash(100) == 3 * (18_000 - worth["C100"] + worth["C105"]) * 100
    assert near.ledger.cash(100) + far.ledger.cash(100) == rig.broker.cash
    assert rig.alarms == []


def test_comparison_with_the_account_is_due_while_an_expired_contract_is_recorded() -> None:
    rig = Rig()
    spread = rig.open("A", (SHORT, LONG))
    check = AccountCheck(rig.broker, timedelta(minutes=5), timedelta(minutes=10))
    assert not check.is_due([spread], rig.broker.now)
    assert check.is_due([spread], rig.broker.now + timedelta(days=17))


def test_hand_at_a_shared_leg_is_charged_to_the_spread_that_has_no_order_out_for_it() -> None:
    rig = Rig()
    first, second = rig.open("A"), rig.open("B")
    rig.broker.auto_fill = False
    rig.close(first)
    rig.broker.notices.append(rig.broker.outside("C100", 1, 31_000))
    rig.step()
    assert (first.ledger.held("C100"), second.ledger.held("C100")) == (-1, 0)
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_spread_turned_by_a_late_fill_is_closed_even_when_quoted_beyond_its_width() -> None:
    rig = Rig(ExitSettings(policy=ClosePolicy(Way.COMBO_LIMIT)))
    spread = rig.open()
    rig.broker.auto_cancel = True
    rig.close(spread)
    (first, *_) = rig.broker.out()
    rig.broker.confirm_cancel(first)
    rig.desk.begin_close(spread, "by hand", "flatten", rig.broker.now, ClosePolicy(Way.LEGS))
    rig.step()
    assert spread.state is State.CLOSED
    rig.broker.fill_whole(first)
    rig.broker.sent.clear()
    rig.broker.price(9.00, 9.20, SHORT)
    rig.broker.price(2.00, 2.20, LONG)
    rig.step()
    assert rig.sent() == [("C105", 1), ("C100", -1)]
    assert spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


@pytest.mark.parametrize("fires", [False, True])
def test_split_whose_legs_the_engine_closes_at_the_close_ends_closed_with_their_cash(fires: bool) -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    orders = [rig.broker.place_foreign(SHORT, 2), rig.broker.place_foreign(LONG, -2)]
    if fires:
        rig.close(spread)
    rig.step(30)
    assert rig.broker.sent == []
    for order in orders:
        rig.broker.fill(order)
    rig.step()
    rig.step()
    assert rig.broker.sent == []
    assert spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


def test_delisted_contracts_that_vanish_without_an_event_end_the_spread_at_their_last_mark() -> None:
    rig = Rig()
    spread = rig.open()
    for leg in (SHORT, LONG):
        rig.broker.outside(leg.key, leg.ratio * -1, rig.broker.quote(leg).mark)
    for _ in range(3):
        rig.broker.now += timedelta(minutes=5)
        rig.desk.reconcile(rig.broker.now)
    assert rig.broker.sent == []
    assert spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash
    assert any("price estimated" in text for _, text in rig.alarms)


def test_short_in_the_money_and_long_out_leaves_shares_that_are_closed() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(103.0, 103.02, STOCK)
    events = (
        ("C100", 1, 0, "Assigned. Underlying: 103. Loss: -1"),
        ("STOCK", -100, 100 * 10_000, "Option Assignment"),
        ("C105", -1, 0, "OTM. Underlying: 103. Loss: -120"),
    )
    settle(rig, *events)
    assert rig.sent() == [("STOCK", 100)] and spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


def test_shares_are_kept_and_alarmed_when_the_policy_says_so() -> None:
    rig = Rig(ExitSettings(shares=Remains.KEEP, remains=Remains.KEEP))
    spread = rig.open()
    rig.broker.price(108.0, 108.02, STOCK)
    rig.broker.notices.append(rig.broker.outside("C100", 1, assignment=True, message="Assigned. Underlying: 108."))
    rig.broker.outside("STOCK", -100, 100 * 10_000)
    rig.step()
    assert spread.state is State.BROKEN and rig.sent() == []
    assert spread.ledger.held("STOCK") == -100 and any("assigned, -100 shares" in text for _, text in rig.alarms)


def test_assigned_put_sells_the_shares_before_the_long_put() -> None:
    legs = (put(95, -1), put(90, 1))
    rig = Rig()
    for leg in legs:
        rig.broker.price(1.0, 1.1, leg)
    spread = rig.open("P", legs)
    rig.broker.price(80.0, 80.02, STOCK)
    rig.broker.notices.append(rig.broker.outside("P95", 1, assignment=True, message="Assigned. Underlying: 80."))
    rig.broker.notices.append(rig.broker.outside("STOCK", 100, 95 * 10_000))
    rig.step()
    assert rig.sent() == [("STOCK", -100), ("P90", -1)] and spread.ledger.cash(100) == rig.broker.cash


def test_assignment_of_one_of_two_spreads_is_charged_to_one() -> None:
    rig = Rig()
    first, second = rig.open("A"), rig.open("B", (SHORT, call(110, 1)))
    rig.broker.price(108.0, 108.02, STOCK)
    rig.broker.notices.append(rig.broker.outside("C100", 1, assignment=True, message="Assigned. Underlying: 108."))
    rig.broker.outside("STOCK", -100, 100 * 10_000)
    rig.step()
    assert (first.state, second.state) == (State.CLOSED, State.OPEN)
    assert rig.broker.holdings["C100"] == second.ledger.held("C100") == -1


def test_event_delivered_twice_is_posted_once() -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    notice = rig.broker.outside("C105", -1, 9_000)
    rig.broker.notices += [notice, notice]
    rig.step()
    assert spread.ledger.cash(100) == rig.broker.cash and rig.broker.holdings["C105"] == 0


def test_lost_event_is_found_by_comparison_at_two_different_times() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.outside("C105", -1, 9_000)
    rig.desk.reconcile(rig.broker.tick())
    rig.desk.reconcile(rig.broker.now)
    assert spread.state is State.OPEN
    rig.desk.reconcile(rig.broker.tick())
    assert spread.state in (State.BROKEN, State.CLOSING) and "gone without an event" in spread.anomalies[0]
    rig.step()
    assert rig.sent() == [("C100", 1)]


def test_event_that_comes_after_the_comparison_puts_its_price_in() -> None:
    rig = Rig(ExitSettings(remains=Remains.KEEP))
    spread = rig.open()
    late = rig.broker.outside("C105", -1, 9_000)
    for _ in range(2):
        rig.desk.reconcile(rig.broker.tick())
    assert spread.ledger.cash(100) != rig.broker.cash
    rig.broker.notices.append(late)
    rig.step()
    assert spread.ledger.cash(100) == rig.broker.cash and spread.ledger.held("C105") == 0


def test_leg_closed_by_hand_beyond_zero_quarantines_until_the_account_agrees() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.outside("C100", 3, 30_000)
    for _ in range(2):
        rig.desk.reconcile(rig.broker.tick())
    assert spread.state is State.QUARANTINED
    rig.desk.begin_close(spread, "x", "debit", rig.broker.now)
    rig.step()
    assert rig.sent() == []
    rig.broker.outside("C100", -3, 30_000)
    rig.desk.reconcile(rig.broker.tick())
    rig.step()
    assert spread.state is State.CLOSED


def test_contracts_that_no_spread_knows_are_reported_once_and_never_touched() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.outside("C105", 4, 9_000)
    for _ in range(4):
        rig.desk.reconcile(rig.broker.tick())
    assert [text for _, text in rig.alarms] == ["the account holds +4 C105 that no spread knows: not touched"]
    rig.close(spread)
    assert rig.sent() == [("C100", 1), ("C105", -1)] and rig.broker.holdings["C105"] == 4


def test_order_of_ours_that_is_larger_than_what_is_left_is_cancelled() -> None:
    rig = Rig()
    spread = rig.open(lots=3)
    rig.broker.auto_fill = False
    rig.close(spread)
    rig.broker.notices.append(rig.broker.outside("C100", 2, 30_000))
    rig.step()
    assert rig.broker.orders[rig.broker.out()[0]].cancel_pending
    rig.broker.confirm_cancel(rig.broker.out()[0])
    rig.step()
    assert rig.sent() == [("C100", 3), ("C100", 1)]


def test_late_fill_after_a_confirmed_cancel_is_counted_before_anything_is_sent() -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    rig.broker.auto_fill = False
    rig.close(spread)
    (order,) = rig.broker.out()
    rig.broker.confirm_cancel(order)
    rig.broker.now += timedelta(seconds=1)
    rig.desk.advance(rig.broker.now)
    rig.broker.fill(order, 1)
    rig.step()
    assert rig.sent() == [("C100", 2), ("C100", 1)]


def ended_with_a_backstop_cancelled(rig: Rig) -> tuple[Spread, int]:
    rig.broker.auto_cancel = True
    spread = rig.open()
    rig.broker.auto_fill = False
    backstop = rig.broker.send(LegOrder(SHORT, 1, "backstop", 90_000))
    rig.desk.adopt_order(spread, backstop, rig.broker.now)
    rig.broker.confirm_cancel(backstop.order_id)
    rig.broker.auto_fill = True
    rig.close(spread)
    for _ in range(3):
        rig.step()
    assert spread.state is State.CLOSED
    rig.broker.sent.clear()
    return spread, backstop.order_id


@pytest.mark.parametrize("told", [True, False])
def test_late_fill_after_the_end_is_alarmed_and_closed(told: bool) -> None:
    rig = Rig()
    spread, backstop = ended_with_a_backstop_cancelled(rig)
    rig.broker.fill(backstop)
    if not told:
        rig.broker.notices.clear()
        rig.desk.reconcile(rig.broker.now)
    rig.step()
    assert any("late fill" in text and "+1 C100" in text for _, text in rig.alarms)
    rig.step()
    assert rig.sent() == [("C100", -1)]
    assert spread.state is State.CLOSED
    assert not any(rig.broker.holdings.values())
    assert spread.ledger.cash(100) == rig.broker.cash


def test_entry_that_fills_after_its_cancel_was_confirmed_is_closed_again() -> None:
    rig = Rig()
    rig.broker.auto_fill, rig.broker.auto_cancel = False, True
    spread = spread_of("A", SHORT, LONG)
    entry = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 1, "entry"))
    rig.desk.adopt(spread, entry, rig.broker.now)
    rig.close(spread)
    rig.step()
    assert spread.state is State.REJECTED
    rig.broker.auto_fill = True
    rig.broker.fill_whole(entry[0].order_id)
    rig.broker.sent.clear()
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


@pytest.mark.parametrize(
    ("leg", "change", "shares"),
    [(SHORT, 1, -100), (LONG, -2, 200), (put(95, -1), 1, 100), (put(90, 1), -1, -100)],
)
def test_delivered_shares_by_right_and_side(leg: object, change: int, shares: int) -> None:
    assert delivered(leg, change, 100) == shares  # type: ignore[arg-type]
