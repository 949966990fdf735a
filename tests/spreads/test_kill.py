"""Killed at any moment and started again: what an account and a snapshot bring back, and what is never done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spreads.closing import ClosePolicy, Way
from spreads.confirmation import Confirmation
from spreads.journal import What
from spreads.orders import OrderKind, Status
from spreads.quotes import LegQuote
from spreads.spread_tickets import TicketStatus
from spreads.states import State
from stop_rules import CreditLost, NetDebit, TrailingDebit
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import EXPIRY, START, call, put, spread_of

SHORT, LONG = call(100, -1), call(105, 1)
SHORT_PUT, LONG_PUT = put(90, -1), put(85, 1)
NO_QUOTE = LegQuote(0, 0, 0, None)


@pytest.fixture
def rig() -> LiveRig:
    made = quoted(SHORT, LONG)
    made.broker.price(2.00, 2.10, SHORT_PUT)
    made.broker.price(0.50, 0.60, LONG_PUT)
    return made


def fire(rig: LiveRig) -> None:
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()


# -- what comes back -----------------------------------------------------------------------------------------------


def test_restart_of_an_intact_spread_watches_on_with_its_terms_and_stop(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    before = rig.spread("A").terms()
    rig.kill()
    assert rig.alarms == []
    assert "restored, intact" in rig.said(What.RESTORED)[0]["text"]
    rig.step()
    assert rig.spread("A").terms() == before
    assert rig.sent() == []
    fire(rig)
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert rig.spread("A").state is State.CLOSED


def test_restart_keeps_the_peak_of_a_trailing_stop(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [TrailingDebit("1.00")])
    rig.broker.price(1.40, 1.50, SHORT)  # natural debit 0.50
    rig.step()
    rig.step()
    rig.kill()
    rig.broker.price(2.30, 2.40, SHORT)  # 1.40: within 1.00 of the best
    rig.step()
    assert rig.sent() == []
    rig.broker.price(2.40, 2.50, SHORT)  # 1.50: the trail
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_restart_with_one_phantom_look_does_not_move_the_peak(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [TrailingDebit("1.00")])
    rig.step()
    rig.kill()
    rig.broker.price(1.10, 1.20, SHORT)  # 0.20, once
    rig.step()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.step()
    assert rig.sent() == []


def test_restart_keeps_the_confirmation_clock(rig: LiveRig) -> None:
    rig.settings = type(rig.settings)(confirmation=Confirmation(150))
    rig.start()
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    rig.step()
    held = rig.book.orders_of("A")[0].clock
    assert held.held == timedelta(minutes=1)
    rig.kill()
    assert rig.book.orders_of("A")[0].clock == held
    rig.step()
    assert rig.sent() == []
    rig.step()
    assert rig.sent()[:1] == [("C100", 1)]


def test_restart_keeps_counters_guards_and_what_must_not_be_done_twice(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("3.60")])
    rig.gate.state = rig.gate.state.pause("lunch")
    assert rig.continuity.first_time("entry 10:00", rig.broker.now)
    fire(rig)
    rig.kill()
    assert rig.book.registered == 2 and rig.book.orders.last == 2
    assert rig.gate.state.paused == "lunch" and rig.gate.state.stops
    assert not rig.continuity.first_time("entry 10:00", rig.broker.now)
    assert rig.continuity.first_time("entry 10:00", rig.broker.now + timedelta(days=8)) is False
    rig.broker.now += timedelta(days=8)
    rig.continuity.save(rig.broker.now)
    assert rig.continuity.first_time("entry 10:00", rig.broker.now)


def test_restart_keeps_a_moved_stop_its_history_and_policy(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [CreditLost(100)])
    order = rig.book.orders_of("A")[0]
    order.update(rule=NetDebit("4.40"), policy=ClosePolicy(Way.COMBO_MARKET), tag="mine")
    rig.step()
    rig.kill()
    again = rig.book.orders_of("A")[0]
    assert (again.rule, again.policy, again.tag, again.history) == (order.rule, order.policy, "mine", order.history)


def test_contracts_of_the_snapshot_are_subscribed_again(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.kill()
    assert rig.account.subscribed == ["C100", "C105", "STOCK"]


def test_contract_that_cannot_be_subscribed_alarms_and_the_others_go_on(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("2.50")])
    rig.broker.restart()
    rig.start()
    rig.account.refuse = {"C100"}
    rig.continuity.restore(rig.broker.now)
    assert [spread for spread, _ in rig.alarms] == ["A"]
    rig.broker.price(4.00, 4.20, SHORT_PUT)
    rig.step()
    assert ("P90", 1) in rig.sent()


def test_contract_the_engine_does_not_know_is_kept_and_the_others_go_on(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("2.50")])

    def unknown(call: str) -> None:
        if call == "held C105":
            raise KeyError("C105")

    rig.broker.fail = unknown
    rig.kill()
    assert [spread.id for spread in rig.book.open_spreads()] == ["B"]
    assert any(name == "A" and "kept as it stands" in text for name, text in rig.alarms)
    rig.broker.price(4.00, 4.20, SHORT_PUT)
    rig.step()
    assert rig.sent() == [("P90", 1), ("P85", -1)]
    rig.broker.fail = lambda call: None
    rig.kill()
    assert [spread.id for spread in rig.book.open_spreads()] == ["A"]


# -- before the first prices ---------------------------------------------------------------------------------------


def test_prices_zero_until_the_underlying_printed_sends_nothing_and_then_closes(rig: LiveRig) -> None:
    """lean_live.md 0.8, 0.9: after a restart bid = ask = 0 although quotes come; an order would be refused."""
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill = False
    fire(rig)
    assert rig.spread("A").state is State.CLOSING
    for order_id in rig.broker.out():
        rig.broker.invalidate(order_id)
    quotes, rig.broker.quotes = rig.broker.quotes, {}
    rig.kill()
    rig.broker.auto_fill = True
    for _ in range(3):
        rig.step()
    assert rig.sent() == [] and rig.alarms == []
    rig.broker.quotes = quotes
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_restore_orders_nothing_even_for_an_unfinished_close(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.book.close("A", "command", "test", rig.broker.now)
    rig.continuity.save(rig.broker.now)
    rig.kill()
    assert rig.sent() == []
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert rig.spread("A").exit_reason == "test"


def test_each_spread_waits_for_quotes_of_its_own_after_a_restart(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("3.60")])
    rig.broker.outside("P90", 1)
    rig.book.close("A", "command", "test", rig.broker.now)
    rig.continuity.save(rig.broker.now)
    quotes = dict(rig.broker.quotes)
    rig.broker.quotes = {"C105": quotes["C105"], "P85": quotes["P85"]}
    rig.kill()
    rig.step()
    assert rig.book.desk.waiting == {"A"} and rig.sent() == [("P85", -1)]
    rig.step()
    assert rig.sent() == [("P85", -1)]
    rig.broker.quotes["C100"] = quotes["C100"]
    rig.step()
    assert not rig.book.desk.waiting and rig.sent()[1:] == [("C100", 1), ("C105", -1)]


def test_day_s_result_is_not_a_profit_while_a_spread_waits_for_quotes(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    before = rig.book._open_result.total()
    quotes, rig.broker.quotes = rig.broker.quotes, {}
    rig.kill()
    rig.step()
    assert rig.book._open_result.total() == before
    rig.broker.quotes = quotes
    rig.step()
    assert rig.book._open_result.total() == before


def test_no_quotes_at_all_ends_the_wait_after_its_patience_with_an_alarm(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.quotes = {}
    rig.kill()
    for _ in range(25):
        rig.step()
    assert not rig.book.desk.waiting
    assert any("no value" in text for _, text in rig.alarms)


# -- what changed while away ---------------------------------------------------------------------------------------


def test_closed_while_away_ends_with_an_alarm_and_no_order(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.outside("C100", 1)
    rig.broker.outside("C105", -1)
    rig.kill()
    assert any("closed while away" in text for _, text in rig.alarms)
    rig.step()
    assert rig.sent() == [] and rig.spread("A").state is State.CLOSED


def test_leg_closed_by_hand_while_away_closes_the_other_and_never_doubles(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.outside("C100", 1)
    rig.kill()
    assert any("a leg is gone" in text for _, text in rig.alarms)
    rig.step()
    rig.step()
    assert rig.sent() == [("C105", -1)]
    assert not any(rig.broker.holdings.values())


def test_leg_closed_by_hand_while_running_is_found_without_an_event(rig: LiveRig) -> None:
    """lean_live.md 0.11 says LEAN itself may never know; when its portfolio does change silently, we follow."""
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.outside("C100", 1)
    for _ in range(8):
        rig.step()
    assert rig.sent() == [("C105", -1)]
    assert not any(rig.broker.holdings.values())


def test_contracts_gone_after_expiry_without_an_event_settle(rig: LiveRig) -> None:
    """lean_live.md 7: at the next session's first slice the contracts are gone, and no event tells."""
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.now = START.replace(day=EXPIRY.day + 3)
    rig.broker.holdings.clear()
    rig.broker.quotes = {}
    rig.step()
    rig.step()
    assert rig.spread("A").state is State.SETTLED
    assert rig.sent() == []


def test_contracts_expired_while_away_settle(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.now = START.replace(day=EXPIRY.day + 3)
    rig.broker.holdings.clear()
    rig.kill()
    assert any("expired while away" in text for _, text in rig.alarms)
    rig.step()
    assert rig.spread("A").state is State.SETTLED


def test_assigned_while_away_is_named_and_the_wing_sold(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.outside("C100", 1)
    rig.broker.outside("STOCK", -100, 100 * 10_000)
    rig.kill()
    assert any("assigned while away" in text for _, text in rig.alarms)
    rig.step()
    rig.step()
    assert ("C105", -1) in rig.sent()


def test_partly_filled_while_away_closes_only_what_is_left(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")], lots=4)
    rig.broker.outside("C100", 1)
    rig.kill()
    assert any("partly closed" in text for _, text in rig.alarms)
    rig.step()
    rig.step()
    assert rig.sent() == [("C100", 3), ("C105", -4)]
    assert not any(rig.broker.holdings.values())


def test_reversed_leg_is_quarantined_and_the_others_go_on(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("2.50")])
    rig.broker.outside("C100", 3)
    rig.kill()
    rig.step()
    assert rig.spread("A").state is State.QUARANTINED
    rig.broker.price(4.00, 4.20, SHORT_PUT)
    rig.step()
    assert rig.sent() == [("P90", 1), ("P85", -1)]
    assert any(spread == "A" for spread, _ in rig.alarms)


def test_position_nobody_knows_is_reported_once_and_never_touched(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.holdings["C999"] = -5
    rig.broker.holdings["C105"] += 2
    rig.kill()
    said = [text for _, text in rig.alarms if "no spread knows" in text]
    assert len(said) == 2 and any("-5 C999" in text for text in said) and any("+2 C105" in text for text in said)
    fire(rig)
    rig.step()
    assert rig.broker.holdings == {"C100": 0, "C105": 2, "C999": -5}


# -- orders that were out ------------------------------------------------------------------------------------------


def closing_with_a_resting_order(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill = False
    fire(rig)
    assert len(rig.broker.out()) == 1


def test_order_still_out_is_adopted_by_its_brokerage_id_and_not_sent_again(rig: LiveRig) -> None:
    closing_with_a_resting_order(rig)
    rig.step()
    rig.kill()
    assert rig.broker.out() == [1]  # LEAN's ids begin at 1 again
    rig.step()
    assert rig.sent() == []
    rig.broker.auto_fill = True
    rig.broker.fill(1)
    rig.step()
    assert rig.sent() == [("C105", -1)]
    assert rig.spread("A").state is State.CLOSED


def test_order_sent_after_the_last_snapshot_is_adopted_by_contract_direction_and_size(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill = False
    seen: dict[str, bytes] = {}
    rig.broker.fail = lambda call: seen.update(rig.files.kept) if call == "send" else None
    fire(rig)
    rig.files.kept = seen  # as it stood when the order left
    rig.broker.fail = lambda call: None
    rig.kill()
    assert rig.spread("A").state is State.CLOSING
    rig.step()
    assert rig.sent() == [] and len(rig.broker.out()) == 1
    rig.broker.fill(1)
    rig.broker.auto_fill = True
    rig.step()
    assert rig.sent() == [("C105", -1)]


def test_close_filled_while_away_is_not_repeated(rig: LiveRig) -> None:
    closing_with_a_resting_order(rig)
    rig.broker.fill(rig.broker.out()[0])
    rig.broker.auto_fill = True
    rig.kill()
    rig.step()
    rig.step()
    assert rig.sent() == [("C105", -1)]
    assert rig.spread("A").state is State.CLOSED
    assert not any(rig.broker.holdings.values())


def test_partly_filled_order_still_out_never_reverses_the_leg(rig: LiveRig) -> None:
    """lean_live.md 2: the restored ticket says 4 ordered, 0 filled, although 1 was filled before."""
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")], lots=4)
    rig.broker.auto_fill = False
    fire(rig)
    rig.broker.fill(rig.broker.out()[0], 1)
    rig.kill()
    rig.broker.forget_fills()
    rig.step()
    for order_id in rig.broker.out():
        rig.broker.fill(order_id, 3)
        rig.broker.confirm_cancel(order_id)
    rig.broker.auto_fill = True
    rig.step()
    rig.step()
    assert not any(rig.broker.holdings.values())


def test_combo_still_out_is_adopted_whole(rig: LiveRig) -> None:
    rig.exits = type(rig.exits)(policy=ClosePolicy(Way.COMBO_MARKET))
    rig.start()
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.auto_fill = False
    fire(rig)
    rig.step()
    rig.kill()
    rig.step()
    assert rig.broker.sent == []
    rig.broker.fill_whole(1)
    rig.step()
    assert rig.spread("A").state is State.CLOSED


def test_foreign_order_on_a_spread_that_is_not_closing_stays_foreign(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.place_foreign(SHORT, 1)
    rig.kill()
    rig.step()
    assert rig.spread("A").working() == []


# -- entries -------------------------------------------------------------------------------------------------------


def test_kill_between_entry_order_and_register_finds_the_spread_in_the_account(rig: LiveRig) -> None:
    rig.continuity.restore(rig.broker.now)
    spread = spread_of("A", SHORT, LONG)
    rig.continuity.expect(spread, [NetDebit("3.60")], rig.broker.now)
    for leg, price in ((SHORT, 3.00), (LONG, 1.20)):
        rig.broker.outside(leg.key, leg.ratio, round(price * 10_000))
    rig.kill()
    rig.step()
    assert rig.spread("A").state is State.OPEN
    assert rig.spread("A").terms().credit == 18_000
    assert not any("no spread knows" in text for _, text in rig.alarms)
    fire(rig)
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_kill_before_the_entry_order_reached_the_broker_ends_rejected(rig: LiveRig) -> None:
    rig.continuity.restore(rig.broker.now)
    rig.continuity.expect(spread_of("A", SHORT, LONG), [NetDebit("3.60")], rig.broker.now)
    rig.kill()
    rig.step()
    assert rig.spread("A").state is State.REJECTED
    assert rig.sent() == []


def test_entry_expected_but_never_registered_claims_nothing_after_a_restart(rig: LiveRig) -> None:
    """The call that should have ordered it raised; what is bought by hand later is none of ours."""
    rig.continuity.restore(rig.broker.now)
    rig.continuity.expect(spread_of("A", SHORT, LONG), [NetDebit("3.60")], rig.broker.now)
    rig.step()
    for leg in (SHORT, LONG):
        rig.broker.outside(leg.key, leg.ratio, 10_000)
    rig.kill()
    rig.step()
    assert rig.book.spreads == {} and rig.sent() == []
    assert sum("no spread knows: not touched" in text for _, text in rig.alarms) == 2


def test_entry_order_still_out_is_adopted_and_opens_the_spread(rig: LiveRig) -> None:
    rig.continuity.restore(rig.broker.now)
    spread = spread_of("A", SHORT, LONG)
    rig.continuity.expect(spread, [NetDebit("3.60")], rig.broker.now)
    rig.broker.auto_fill = False
    rig.broker.place_foreign(SHORT, -1)
    rig.broker.place_foreign(LONG, 1)
    rig.kill()
    rig.step()
    assert rig.spread("A").state is State.OPENING
    for order_id in rig.broker.out():
        rig.broker.fill(order_id)
    rig.step()
    assert rig.spread("A").state is State.OPEN


def test_legged_entry_killed_after_the_short_was_sent_does_not_send_it_again(rig: LiveRig) -> None:
    rig.continuity.restore(rig.broker.now)
    spread = spread_of("A", SHORT, LONG)
    rig.continuity.expect(spread, [NetDebit("3.60")], rig.broker.now)
    rig.broker.auto_fill = False
    rig.book.add(spread, [], [NetDebit("3.60")], rig.broker.now, legged=True)
    rig.step()
    rig.broker.fill(rig.broker.out()[0])
    before = dict(rig.files.kept)
    rig.step()
    assert [rig.broker.orders[i].leg.key for i in rig.broker.out()] == ["C100"]
    rig.broker.fill(rig.broker.out()[0])
    rig.files.kept = before
    rig.broker.auto_fill = True
    rig.kill()
    rig.step()
    rig.step()
    assert rig.sent() == []
    assert rig.broker.holdings == {"C100": -1, "C105": 1}
    assert rig.spread("A").state is State.OPEN


# -- the snapshot and the first order ------------------------------------------------------------------------------


def test_snapshot_says_closing_before_the_first_order_leaves(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    at_send: list[str] = []

    def look(call: str) -> None:
        if call == "send":
            at_send.append(rig.files.kept[rig.files.writes[-1]].decode())

    rig.broker.fail = look
    fire(rig)
    assert '"state": "closing"' in at_send[0]


def test_store_that_refuses_alarms_and_the_close_goes_on(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.files.refuse = True
    fire(rig)
    assert rig.spread("A").state is State.CLOSED
    assert any("could not be saved" in text for _, text in rig.alarms)


def test_quiet_slices_write_nothing(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    for _ in range(3):
        rig.step()
    count = len(rig.files.writes)
    for _ in range(20):
        rig.step()
    assert len(rig.files.writes) == count


def test_restart_twice_in_a_row_changes_nothing(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")], lots=2)
    for _ in range(3):
        rig.kill()
        rig.step()
    assert rig.spread("A").terms().credit == 18_000
    assert rig.broker.holdings == {"C100": -2, "C105": 2}
    assert rig.book.orders_of("A")[0].status is TicketStatus.SUBMITTED


def test_notes_of_orders_carry_tag_kind_and_brokerage_ids(rig: LiveRig) -> None:
    closing_with_a_resting_order(rig)
    note = rig.spread("A").working()[0]
    rig.kill()
    again = rig.spread("A").working()[0]
    assert again.tag.startswith("A stop-debit") and again.tag == note.tag
    assert (again.kind, again.broker_ids) == (OrderKind.MARKET, note.broker_ids)
    assert rig.broker.orders[1].facts.status is Status.SUBMITTED


def test_note_written_before_the_broker_gave_its_id_finds_its_order_by_direction_and_size(rig: LiveRig) -> None:
    closing_with_a_resting_order(rig)
    note = rig.spread("A").working()[0]
    note.broker_ids = ()
    rig.broker.facts = lambda order_id: None  # type: ignore[method-assign]  # a NEW order has no id yet
    rig.continuity.save(rig.broker.now)
    del rig.broker.facts
    rig.kill()
    assert [again.tag for again in rig.spread("A").working()] == [note.tag]


def test_order_adopted_without_a_note_is_sent_anew_when_it_rests(rig: LiveRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.book.close("A", "command", "test", rig.broker.now)
    rig.continuity.save(rig.broker.now)
    rig.broker.place_foreign(SHORT, 1)
    rig.kill()
    rig.step()
    assert rig.sent() == []
    rig.step()
    rig.broker.confirm_cancel(rig.broker.out()[0])
    rig.step()
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
