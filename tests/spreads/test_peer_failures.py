"""Failures that were reported of other stop managers, by their number in the study of peers; none may happen here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spreads.closing import ClosePolicy, ExitSettings, NoBid, Way
from spreads.journal import What
from spreads.order_notes import Purpose
from spreads.orders import ComboOrder, LegOrder, OrderKind, Refusal, Status
from spreads.states import State
from tests.spreads.paper_broker import EXPIRY, STOCK, call, put
from tests.spreads.rig import LONG, SHORT, Rig


def test_peer_08_fired_again_and_again_sends_one_close() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    for _ in range(4):
        rig.close(spread)
        rig.step()
    assert rig.sent() == [("C100", 1)]


def test_peer_08_close_of_legs_that_are_gone_sends_nothing() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.outside("C100", 1, 30_000)
    rig.broker.outside("C105", -1, 10_000)
    rig.close(spread)
    rig.step()
    assert rig.sent() == [] and spread.state is State.CLOSED


def test_peer_09_order_accepted_but_not_filled_is_not_closed() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    rig.close(spread)
    rig.step()
    assert spread.state is State.CLOSING and not spread.ledger.is_flat


def test_peer_10_one_leg_filled_sends_the_other_until_flat() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.refuse = lambda order: Refusal.OTHER if order.quantity < 0 else Refusal.NONE  # type: ignore[union-attr]
    rig.close(spread)
    assert spread.state is State.CLOSING and rig.sent() == [("C100", 1), ("C105", -1)]
    rig.broker.refuse = lambda order: Refusal.NONE
    rig.step()
    assert spread.state is State.CLOSED and rig.sent()[2:] == [("C105", -1)]


@pytest.mark.parametrize("legs", [(put(95, -1), put(90, 1)), (put(90, 1), put(95, -1))])
def test_peer_11_bull_put_buys_the_short_back_before_it_sells_the_long(legs: tuple) -> None:
    rig = Rig()
    for leg in legs:
        rig.broker.price(1.0, 1.1, leg)
    rig.close(rig.open("P", legs))
    assert rig.sent() == [("P95", 1), ("P90", -1)]


def test_peer_12_backstop_filled_before_the_slice_is_not_bought_back_twice() -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    rig.broker.auto_fill = False
    backstop = rig.broker.send(LegOrder(SHORT, 2, "backstop"))
    rig.broker.sent.clear()
    rig.desk.adopt_order(spread, backstop, rig.broker.now, Purpose.BACKSTOP)
    rig.desk.advance(rig.broker.tick())
    rig.broker.auto_fill = True
    rig.broker.fill(backstop.order_id)
    rig.broker.notices.clear()
    rig.close(spread)
    assert rig.sent() == [("C105", -2)]
    assert spread.state is State.CLOSED and rig.broker.holdings["C100"] == 0


def test_peer_12_backstop_still_resting_is_cancelled_before_the_close_goes_out() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    backstop = rig.broker.send(LegOrder(SHORT, 1, "backstop", 90_000))
    rig.broker.sent.clear()
    rig.desk.adopt_order(spread, backstop, rig.broker.now, Purpose.BACKSTOP)
    rig.close(spread)
    rig.step()
    assert rig.sent() == [] and rig.broker.orders[backstop.order_id].cancel_pending
    rig.broker.confirm_cancel(backstop.order_id)
    rig.step()
    assert rig.sent() == [("C100", 1)]


def test_peer_13_limit_that_is_jumped_over_becomes_a_market_order() -> None:
    rig = Rig()
    spread = rig.open()
    rig.close(spread, ClosePolicy(Way.LEG_LIMIT))
    limits = []
    for _ in range(8):
        limits += [rig.broker.orders[i].limit for i in rig.broker.out()]
        for order_id in rig.broker.out():
            if rig.broker.orders[order_id].cancel_pending:
                rig.broker.confirm_cancel(order_id)
        rig.step()
    assert limits[:5] == [31_000, 31_300, 31_500, 31_800, 32_000]
    assert rig.sent()[:2] == [("C100", 1), ("C100", 1)] and rig.broker.sent[1].limit is None
    assert spread.ledger.held("C100") == 0


def test_peer_14_market_order_after_a_partial_limit_fill_is_for_the_rest() -> None:
    rig = Rig()
    spread = rig.open(lots=5)
    rig.close(spread, ClosePolicy(Way.LEG_LIMIT))
    (first,) = rig.broker.out()
    rig.broker.fill(first, 3)
    for _ in range(6):
        rig.step()
    assert rig.broker.orders[first].cancel_pending
    rig.broker.fill(first, 1)
    rig.broker.confirm_cancel(first)
    rig.step()
    assert rig.sent()[:2] == [("C100", 5), ("C100", 1)]


def test_peer_15_long_without_a_bid_is_kept_and_sold_once_there_is_one() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(0.0, 0.05, LONG)
    rig.close(spread)
    for _ in range(5):
        rig.step()
    assert rig.sent() == [("C100", 1)] and spread.state is State.CLOSING
    assert len([text for _, text in rig.alarms if "no bid for C105" in text]) == 1
    rig.broker.price(0.05, 0.10, LONG)
    rig.step()
    assert rig.sent()[1:] == [("C105", -1)] and spread.state is State.CLOSED


def test_peer_15_long_without_a_bid_is_offered_once_at_the_smallest_step() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(0.0, 0.05, LONG)
    rig.close(spread, ClosePolicy(no_bid=NoBid.OFFER))
    for _ in range(5):
        rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)] and rig.broker.sent[1].limit == 100


def test_peer_15_long_without_a_bid_is_sent_to_market_once_and_then_kept() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(0.0, 0.05, LONG)
    rig.broker.refuse = lambda order: Refusal.NO_PRICE if order.quantity < 0 else Refusal.NONE  # type: ignore[union-attr]
    rig.close(spread, ClosePolicy(no_bid=NoBid.MARKET))
    for _ in range(9):
        rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


@pytest.mark.parametrize("way", list(Way))
def test_peer_16_net_price_is_never_above_the_width(way: Way) -> None:
    """A broker rejects it, and nobody should pay more than the spread can ever owe."""
    rig = Rig()
    spread = rig.open()
    rig.broker.price(8.0, 8.2, SHORT)
    rig.close(spread, ClosePolicy(way))
    assert [order.limit for order in rig.broker.sent] == [50_000]
    assert rig.alarms and "beyond the width" in rig.alarms[0][1]


def test_peer_16_broker_without_combos_waits_for_a_quote_within_the_width() -> None:
    rig = Rig()
    rig.broker.supported = {OrderKind.MARKET, OrderKind.LIMIT}
    spread = rig.open()
    rig.broker.price(8.0, 8.2, SHORT)
    rig.close(spread)
    rig.step()
    assert rig.broker.sent == [] and spread.state is State.CLOSING
    rig.broker.price(4.0, 4.2, SHORT)
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)] and spread.state is State.CLOSED


def test_peer_18_spread_that_fails_does_not_stop_the_others() -> None:
    rig = Rig()
    other = (call(101, -1), call(106, 1))
    for leg in other:
        rig.broker.price(2.5, 2.6, leg)
    broken, healthy = rig.open("A"), rig.open("B", other)

    def fail(what: str) -> None:
        if what == "held C100":
            raise KeyError("C100")

    rig.broker.fail = fail
    for spread in (broken, healthy):
        rig.desk.begin_close(spread, "x", "debit", rig.broker.now)
    rig.desk.advance(rig.broker.now)
    assert healthy.state is State.CLOSED and broken.state is State.CLOSING
    assert {name for name, _ in rig.alarms} == {"A"}


def test_peer_19_wide_market_does_not_keep_the_close_from_going_out() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(0.05, 40.0, SHORT)
    rig.broker.price(0.05, 40.0, LONG)
    rig.close(spread)
    assert [order.limit for order in rig.broker.sent] == [50_000]
    assert spread.state is State.CLOSING


def test_peer_20_short_assigned_early_closes_the_shares_and_the_wing_and_not_the_short() -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    rig.broker.price(108.0, 108.02, STOCK)
    notice = rig.broker.outside("C100", 2, assignment=True, message="Assigned. Underlying: 108. Loss: -1000")
    shares = rig.broker.outside("STOCK", -200, 100 * 10_000)
    rig.broker.notices += [notice, shares]
    rig.step()
    assert rig.sent() == [("STOCK", 200), ("C105", -2)]
    assert spread.state is State.CLOSED and "assigned" in spread.exit_reason
    assert spread.ledger.cash(100) == rig.broker.cash


def test_peer_21_broker_closes_the_short_and_the_long_is_closed_by_policy() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.notices.append(rig.broker.outside("C100", 1, 35_000))
    rig.step()
    assert rig.sent() == [("C105", -1)] and spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


def test_peer_22_expired_contract_is_never_ordered_even_if_the_exchange_is_open() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.now = rig.broker.now.replace(day=EXPIRY.day) + timedelta(days=1)

    def gone(what: str) -> None:
        if what in ("quote C100", "quote C105"):
            raise LookupError("not in the securities")

    rig.broker.fail = gone
    rig.close(spread)
    rig.step()
    assert rig.sent() == [] and not rig.alarms


def test_peer_18_error_that_stays_is_alarmed_once() -> None:
    rig = Rig()
    spread = rig.open()

    def fail(what: str) -> None:
        if what == "quote C100":
            raise RuntimeError("broken pipe")

    rig.broker.fail = fail
    rig.close(spread)
    for _ in range(5):
        rig.step()
    assert len([text for _, text in rig.alarms if "broken pipe" in text]) == 1


def test_peer_23_contracts_gone_after_expiry_without_an_event_end_the_spread() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.price(99.0, 99.0, STOCK)
    rig.broker.now += timedelta(days=17)
    rig.broker.holdings = {"C100": 0, "C105": 0}
    for _ in range(2):
        rig.desk.reconcile(rig.broker.tick())
    rig.desk.advance(rig.broker.now)
    assert spread.state is State.SETTLED and not rig.desk.busy


def test_peer_26_order_of_one_spread_is_not_adopted_by_another() -> None:
    rig = Rig()
    first, second = rig.open("A"), rig.open("B")
    rig.broker.auto_fill = False
    order = rig.broker.send(LegOrder(SHORT, 1, "backstop"))
    rig.desk.adopt_order(first, order, rig.broker.now, Purpose.BACKSTOP)
    rig.desk.adopt_order(second, order, rig.broker.now, Purpose.BACKSTOP)
    assert len(first.working()) == 1 and not second.working()


def test_peer_26_two_spreads_that_share_a_leg_close_their_own_part_each() -> None:
    rig = Rig()
    first, second = rig.open("A", lots=2), rig.open("B", (SHORT, call(110, 1)))
    rig.close(first)
    assert rig.sent() == [("C100", 2), ("C105", -2)]
    assert (first.state, second.state) == (State.CLOSED, State.OPEN)
    assert rig.broker.holdings["C100"] == -1


def test_peer_27_order_without_an_answer_is_not_sent_again() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    real = rig.broker._accept

    def slow(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        raise TimeoutError("no answer")

    rig.broker._accept = slow  # type: ignore[assignment,method-assign]
    rig.close(spread)
    rig.broker._accept = real  # type: ignore[method-assign]
    for _ in range(3):
        rig.step()
    assert rig.sent() == [("C100", 1)]
    rig.broker.fill(rig.broker.out()[0])
    rig.step()
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


@pytest.mark.parametrize(
    ("way", "taken", "first"),
    [
        (Way.COMBO_MARKET, set(), OrderKind.MARKET),
        (Way.COMBO_MARKET, {OrderKind.COMBO_LIMIT}, OrderKind.COMBO_LIMIT),
        (Way.COMBO_LIMIT, {OrderKind.COMBO_MARKET}, OrderKind.COMBO_MARKET),
        (Way.COMBO_LIMIT, {OrderKind.LIMIT}, OrderKind.LIMIT),
        (Way.LEG_LIMIT, set(), OrderKind.MARKET),
        (Way.LEGS, set(OrderKind), OrderKind.MARKET),
    ],
)
def test_peer_30_policy_the_broker_lacks_is_replaced_by_the_nearest(
    way: Way, taken: set[OrderKind], first: OrderKind
) -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.supported = taken | {OrderKind.MARKET}
    rig.close(spread, ClosePolicy(way))
    assert rig.broker.sent[0].kind is first
    if first is not {Way.COMBO_MARKET: OrderKind.COMBO_MARKET}.get(way, OrderKind.MARKET):
        assert any("instead of" in record["text"] for record in rig.said(What.GUARD))


def test_peer_30_kind_refused_only_when_sent_is_replaced_in_the_same_step() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.refuse = lambda o: Refusal.NOT_SUPPORTED if isinstance(o, ComboOrder) else Refusal.NONE
    rig.close(spread, ClosePolicy(Way.COMBO_MARKET))
    assert spread.state is State.CLOSED
    kinds = [order.kind for order in rig.broker.sent]
    assert kinds == [OrderKind.COMBO_MARKET, OrderKind.COMBO_LIMIT, OrderKind.MARKET, OrderKind.MARKET]


@pytest.mark.parametrize("way", list(Way))
def test_peer_31_nothing_is_sent_while_the_session_is_closed(way: Way) -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.open = False
    rig.close(spread, ClosePolicy(way))
    for _ in range(3):
        rig.step()
    assert not rig.broker.sent and spread.state is State.CLOSING
    rig.broker.open = True
    rig.step()
    assert rig.broker.sent


def test_peer_31_order_that_rests_until_the_open_is_not_sent_again() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    rig.close(spread)
    rig.broker.open = False
    rig.step()
    rig.broker.open = True
    rig.step(600)
    assert rig.sent() == [("C100", 1)]


def test_peer_32_risk_model_that_closes_one_leg_breaks_the_spread_and_the_rest_is_closed() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.notices.append(rig.broker.outside("C105", -1, 9_000))
    rig.step()
    assert State.BROKEN in {record["after"] for record in rig.said(What.STATE)}
    assert rig.sent() == [("C100", 1)] and spread.ledger.cash(100) == rig.broker.cash


def test_peer_33_margin_call_that_closes_both_legs_ends_the_spread_with_its_cash() -> None:
    rig = Rig()
    spread = rig.open()
    for key, change, price in (("C100", 1, 50_000), ("C105", -1, 20_000)):
        rig.broker.notices.append(rig.broker.outside(key, change, price))
    now = rig.broker.tick()
    for notice in rig.broker.notices:
        rig.desk.notice(notice, now)
    rig.desk.advance(now)
    assert rig.sent() == [] and spread.state is State.CLOSED
    assert spread.ledger.cash(100) == rig.broker.cash


def test_peer_33_refused_for_margin_is_not_sent_again_unchanged() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.supported = {OrderKind.MARKET}
    rig.broker.refuse = lambda order: Refusal.BUYING_POWER
    rig.close(spread)
    quotes = dict(rig.broker.quotes)
    for _ in range(4):
        rig.step()
    assert rig.sent() == [("C100", 1)]
    rig.broker.refuse = lambda order: Refusal.NONE
    rig.broker.free -= 1
    rig.broker.quotes = quotes
    rig.step()
    assert spread.state is State.CLOSED


def test_refused_for_margin_is_tried_again_once_the_patience_is_over_and_alarmed() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.supported = {OrderKind.MARKET}
    rig.broker.refuse = lambda order: Refusal.BUYING_POWER if len(rig.broker.sent) == 1 else Refusal.NONE
    rig.close(spread)
    for _ in range(6):
        rig.step()
    assert rig.sent() == [("C100", 1), ("C100", 1), ("C105", -1)] and spread.state is State.CLOSED
    assert any("makes no progress" in text for _, text in rig.alarms)


def test_facts_of_an_order_that_ended_invalid_after_acceptance_are_counted_as_a_refusal() -> None:
    rig = Rig(ExitSettings(alarm_after=2))
    spread = rig.open()
    rig.broker.auto_fill = False
    rig.close(spread)
    for _ in range(3):
        for order_id in rig.broker.out():
            rig.broker.invalidate(order_id)
        rig.step()
    assert rig.broker.orders[3].facts.status is Status.INVALID
    assert any("closing refused 2 times" in text for _, text in rig.alarms)
