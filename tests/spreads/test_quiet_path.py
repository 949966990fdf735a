"""What must not wait for the next round: a step is quiet only while nothing has come and nothing is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from spreads.alarms import Alarms, Bell
from spreads.book import BookSettings
from spreads.guards import BookGuards, LossAction
from spreads.journal import What
from spreads.judge import TradingHours
from spreads.legs import Leg
from spreads.quotes import LegQuote
from spreads.snapshot import to_data
from spreads.states import State
from spreads.valuation import PriceBasis
from spreads.view import Rule
from spreads.watched import Source
from stop_rules import NetDebit, ProfitTarget, TimeOfDay, TrailingDebit
from tests.spreads.book_rig import BookRig
from tests.spreads.live_rig import LiveRig, quoted
from tests.spreads.paper_broker import PaperPosition, call, put

SHORT, LONG = call(100, -1), call(105, 1)
SHORT_PUT, LONG_PUT = put(90, -1), put(85, 1)
FAR = NetDebit("4.90")


def rig_of(settings: BookSettings | None = None) -> BookRig:
    rig = BookRig(settings=settings or BookSettings())
    rig.broker.price(3.00, 3.20, SHORT, SHORT_PUT)
    rig.broker.price(1.00, 1.20, LONG, LONG_PUT)
    return rig


def fill_between_slices(rig: BookRig) -> None:
    for order_id in rig.broker.out():
        rig.broker.fill(order_id)
    rig.broker.auto_fill = True


@pytest.mark.parametrize("minutes_before", [1, 5])
def test_leg_gone_without_an_event_is_found_however_its_entry_was_filled(minutes_before: int) -> None:
    rig = rig_of()
    for _ in range(minutes_before):
        rig.step()
    rig.broker.auto_fill = False
    spread = rig.open("A", (SHORT, LONG), [FAR])
    fill_between_slices(rig)
    rig.step()
    assert spread.state is State.OPEN
    rig.broker.outside("C100", 1)
    for _ in range(12):
        rig.step()
    assert spread.state is not State.OPEN


def test_orders_of_a_close_are_in_the_snapshot_of_their_slice() -> None:
    rig = quoted(SHORT, LONG)
    rig.open("A", (SHORT, LONG), [FAR])
    rig.step()
    rig.step()
    rig.broker.auto_fill = False
    rig.command(action="flatten")
    rig.step()
    assert rig.sent() == [("C100", 1)]
    assert rig.continuity.store is not None
    stored = rig.continuity.store.load()
    assert stored is not None
    assert stored.state["spreads"] == [to_data(rig.spread("A"), rig.book.orders_of("A"), rig.book.value_of("A"))]


def test_order_placed_on_a_spread_without_a_value_outlives_a_kill() -> None:
    rig = quoted(SHORT, LONG)
    rig.open("A", (SHORT, LONG), [FAR])
    rig.step()
    rig.broker.quotes[SHORT.key] = replace(rig.broker.quotes[SHORT.key], ask_live=False)
    rig.step()
    rig.book.place("A", "rule", NetDebit("3.60"), rig.broker.now)
    rig.step()
    rig.kill()
    assert len(rig.book.orders_of("A")) == 2


@pytest.mark.parametrize("rule", [TimeOfDay("10:10"), NetDebit("3.60", basis=PriceBasis.MARK)], ids=["clock", "mark"])
def test_alarm_that_raises_costs_no_other_spread_its_look(rule: Rule) -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [TimeOfDay("10:10"), FAR])
    rig.open("B", (SHORT_PUT, LONG_PUT), [rule])
    for _ in range(9):
        rig.step()
    told: set[str] = set()

    def alarm(spread_id: str, text: str) -> None:
        if text not in told:
            told.add(text)
            raise RuntimeError("no network")

    def fail(what: str) -> None:
        if what == "quote C100":
            raise RuntimeError("gone")

    rig.book._alarm, rig.broker.fail = alarm, fail
    if rule.name != "exit-time":
        rig.broker.price(4.70, 4.90, SHORT_PUT)
    for _ in range(5):
        try:
            rig.step()
        except RuntimeError:
            continue
    assert told and ("P90", 1) in rig.sent()


def test_notification_that_fails_is_logged_and_stops_nothing() -> None:
    lines: list[str] = []
    bell = Bell(Alarms(), lambda: datetime(2024, 1, 3, 10), lines.append, lambda spread_id, text: [][1])
    bell.ring("A", "no value")
    assert lines == ["ALARM A: no value", "nobody was told of an alarm: IndexError: list index out of range"]


@pytest.mark.parametrize("settings", [BookSettings(check_every=timedelta(0)), BookSettings(path_every=timedelta(0))])
def test_interval_of_nothing_means_every_slice(settings: BookSettings) -> None:
    rig = rig_of(settings)
    spread = rig.open("A", (SHORT, LONG), [FAR])
    rig.step()
    rig.step()
    rig.broker.outside("C100", 1)
    for _ in range(12):
        rig.step()
    assert spread.state is not State.OPEN and not any("internal error" in text for _, text in rig.alarms)


def test_prices_that_move_together_show_that_the_feed_lives() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [FAR])
    rig.broker.price(3.00, 3.25, SHORT_PUT)
    rig.broker.price(1.00, 1.25, LONG_PUT)
    rig.open("B", (SHORT_PUT, LONG_PUT), [FAR])
    rig.step()
    for _ in range(14):  # the quotes of A rest, the legs of B move by the same amount
        rig.broker.now += timedelta(minutes=1)
        for leg in (SHORT_PUT, LONG_PUT):
            quote = rig.broker.quotes[leg.key]
            rig.broker.quotes[leg.key] = LegQuote(
                quote.bid + 2_500, quote.ask + 2_500, quote.mark + 2_500, rig.broker.now
            )
        rig.pulse.beat(rig.broker.now)
    assert not rig.said(What.UNVALUABLE)


def test_daily_loss_limit_set_while_it_runs_holds_on_the_next_slice() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [])
    rig.step()
    rig.step()
    rig.gate.guards = BookGuards(daily_loss=100, daily_loss_action=LossAction.FLATTEN)
    rig.broker.price(4.90, 5.00, SHORT)
    rig.step()
    assert rig.sent()


def test_debit_below_the_least_is_no_profit_that_hides_a_loss() -> None:
    rig = rig_of()
    rig.gate.guards = BookGuards(daily_loss=100, daily_loss_action=LossAction.FLATTEN)
    rig.open("A", (SHORT, LONG), [FAR])
    rig.open("B", (SHORT_PUT, LONG_PUT), [FAR])
    rig.step()
    rig.broker.price(0.50, 0.60, SHORT)
    rig.broker.price(9.00, 9.20, LONG)  # absurd: A would bring money when closed
    rig.broker.price(4.80, 5.80, SHORT_PUT)
    rig.step()
    assert ("P90", 1) in rig.sent()


def test_spread_whose_price_source_is_missing_at_first_is_tried_again() -> None:
    rig = rig_of()
    rig.broker.auto_fill = False
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    real, calls = rig.market.source, []

    def source(leg: Leg) -> Source:
        calls.append(leg)
        if len(calls) == 1:
            raise LookupError("not yet")
        return real(leg)

    rig.market.source = source  # type: ignore[assignment, method-assign]
    fill_between_slices(rig)
    rig.step()
    assert any("not yet" in text for _, text in rig.alarms)
    rig.broker.price(4.50, 4.70, SHORT)
    rig.step()
    rig.step()
    assert ("C100", 1) in rig.sent()


def test_calendar_that_cannot_be_had_for_one_spread_keeps_no_other_from_its_stop() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [FAR])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("3.60"), ProfitTarget(50)])
    real = rig.market.session

    def session(leg: Leg, now: datetime) -> TradingHours | None:
        if leg.key == "C100":
            raise LookupError("no calendar")
        return real(leg, now)

    rig.market.session = session  # type: ignore[method-assign]
    rig.step()
    rig.broker.price(4.70, 4.90, SHORT_PUT)
    rig.step()
    assert ("P90", 1) in rig.sent()
    assert any(spread == "A" and "no calendar" in text for spread, text in rig.alarms)


def test_path_has_the_mid_as_judged_where_only_the_far_side_was_lost() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [FAR])
    rig.step()
    rig.step()
    for _ in range(9):
        rig.broker.quotes[SHORT.key] = LegQuote(30_000, 25_000, 27_500, rig.broker.now, False, True)
        rig.step()
    rig.book.flatten("by hand", "to see the path", rig.broker.now)
    rig.step()
    assert rig.said(What.PATH)[0]["mid"][-1] == 25_000 - 11_000


@pytest.mark.parametrize("unreadable", ["C100", "C105"])
def test_exit_by_the_clock_is_decided_although_a_contract_cannot_be_read(unreadable: str) -> None:
    rig = rig_of()
    spread = rig.open("A", (SHORT, LONG), [FAR, TimeOfDay("10:05")])
    rig.step()

    def fail(what: str) -> None:
        if what == f"quote {unreadable}":
            raise RuntimeError("gone")

    rig.broker.fail = fail
    for _ in range(5):
        rig.step()
    assert ("C100", 1) in rig.sent() and spread.state is not State.OPEN
    assert any(f"{unreadable} cannot be read: RuntimeError: gone" in text for _, text in rig.alarms)


def test_price_that_moves_after_the_close_is_not_even_looked_at() -> None:
    rig = rig_of()
    spread = rig.open("A", (SHORT, LONG), [FAR])
    day = datetime(2024, 1, 3)
    rig.market.hours = TradingHours(day + timedelta(hours=9), day + timedelta(hours=10, minutes=8))
    while rig.broker.now < day + timedelta(hours=10, minutes=8):
        rig.step()
    rig.broker.price(9.00, 9.20, SHORT)
    rig.step()
    assert spread.state is State.OPEN and not rig.sent() and not rig.said(What.UNVALUABLE)


def test_exit_by_the_clock_is_decided_on_its_minute_between_two_rounds() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [FAR, TimeOfDay("10:08")])
    while not rig.sent():
        rig.step()
    assert f"{rig.broker.now:%H:%M}" == "10:08"


def test_leg_gone_is_found_at_the_pace_of_the_comparisons_though_nothing_else_is_due() -> None:
    rig = rig_of(BookSettings(check_every=timedelta(minutes=1), path_every=None))
    spread = rig.open("A", (SHORT, LONG), [FAR])
    while rig.broker.now.minute != 6:
        rig.step()
    rig.broker.outside("C100", 1)
    rig.step()
    rig.step()  # seen once it is doubted, seen twice it is believed
    assert spread.state is not State.OPEN


def two_of(rule: Rule) -> LiveRig:
    """A with the rule and B with a stop at 3.60, both watched for a while."""
    rig = quoted(SHORT, LONG)
    rig.broker.price(3.00, 3.20, SHORT_PUT)
    rig.broker.price(1.00, 1.20, LONG_PUT)
    rig.open("A", (SHORT, LONG), [rule])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("3.60")])
    for _ in range(3):
        rig.step()
    return rig


def cannot(rig: BookRig | LiveRig, *whats: str) -> None:
    def fail(what: str) -> None:
        if what in whats:
            raise RuntimeError("gone")

    rig.broker.fail = fail


@pytest.mark.parametrize("basis", [PriceBasis.NATURAL, PriceBasis.MID])
@pytest.mark.parametrize("command", [{"action": "close_spread", "spread_id": "A"}, {"action": "flatten"}])
def test_contract_unreadable_when_its_spread_is_closed_keeps_no_other_from_being_closed(
    basis: PriceBasis, command: dict[str, str]
) -> None:
    rig = two_of(NetDebit("4.50", basis=basis))
    cannot(rig, "quote C105")
    rig.command(**command)
    rig.step()
    rig.broker.price(4.80, 5.00, SHORT_PUT)
    rig.step()
    assert {("C100", 1), ("P90", 1)} <= set(rig.sent())


@pytest.mark.parametrize("command", [{"action": "close_spread", "spread_id": "A"}, {"action": "flatten"}])
def test_command_that_comes_while_prices_are_read_waits_for_the_next_slice(command: dict[str, str]) -> None:
    rig = two_of(NetDebit("3.60", basis=PriceBasis.MID))
    rig.step()
    rig.broker.price(3.60, 5.00, SHORT)  # the natural debit leaves the band, the mid does not
    given: list[Thread] = []

    def fail(what: str) -> None:
        if what == "quote C100" and not given:
            given.append(Thread(target=lambda: rig.command(**command)))
            given[0].start()
            given[0].join()

    rig.broker.fail = fail
    rig.step()
    rig.step()
    assert ("C100", 1) in rig.sent()
    assert not any("internal error" in text for _, text in rig.alarms)


def test_far_side_that_is_read_shows_that_the_feed_lives() -> None:
    rig = rig_of()
    rig.open("A", (SHORT, LONG), [FAR])
    rig.open("B", (SHORT_PUT, LONG_PUT), [TrailingDebit("2.00", basis=PriceBasis.MID)])
    rig.step()
    for minute in range(14):  # the quotes of A rest, of B only the side that closing does not touch moves
        rig.broker.now += timedelta(minutes=1)
        rig.broker.price(2.90 + 0.01 * (minute % 2), 3.20, SHORT_PUT)
        rig.pulse.beat(rig.broker.now)
    assert not rig.said(What.UNVALUABLE)


def test_position_that_cannot_be_read_hides_no_leg_gone_from_another_spread() -> None:
    rig = two_of(FAR)
    cannot(rig, "held C100")
    rig.broker.outside("P90", 1)
    for _ in range(12):
        rig.step()
    assert rig.spread("B").state is not State.OPEN
    assert any("gone" in text for _, text in rig.alarms)


def test_day_s_limit_that_was_reached_outlives_a_kill_though_the_price_came_back() -> None:
    rig = quoted(SHORT, LONG)
    guards = BookGuards(daily_loss=100, daily_loss_action=LossAction.STOP_ENTRIES)
    rig.gate.guards = guards
    rig.open("A", (SHORT, LONG), [FAR])
    rig.broker.price(4.50, 4.70, SHORT)
    rig.step()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.step()
    rig.kill()
    rig.gate.guards = guards
    rig.step()
    assert rig.gate.state.limit_hit


def test_alarm_outlives_a_kill() -> None:
    rig = two_of(FAR)
    cannot(rig, "quote C105")
    rig.step()
    cannot(rig)
    rig.kill()
    assert rig.known.standing()


def test_end_of_a_spread_that_failed_half_way_is_written_down_on_the_next_slice() -> None:
    rig = two_of(FAR)
    ended = rig.book._chronicle.ended
    failed: list[Any] = []

    def fails_once(*arguments: Any) -> None:
        if not failed:
            failed.append(arguments)
            raise RuntimeError("once")
        ended(*arguments)

    rig.book._chronicle.ended = fails_once  # type: ignore[method-assign, assignment]
    rig.book.close("A", "hand", "a test", rig.broker.now)
    for _ in range(3):
        rig.step()
    assert failed and [record["spread"] for record in rig.said(What.ENDED)] == ["A"]
    assert [spread.id for spread in rig.book.open_spreads()] == ["B"] and rig.gate.state.realised < 0


def test_position_that_cannot_be_looked_up_hides_no_leg_gone_from_another_spread() -> None:
    rig = two_of(FAR)
    position = rig.broker.position

    def fails(leg: Leg) -> PaperPosition:
        if leg.key == "C100":
            raise RuntimeError("gone")
        return position(leg)

    rig.broker.position = fails  # type: ignore[method-assign]
    rig.book.account_check.records_changed()
    rig.broker.outside("P90", 1)
    for _ in range(12):
        rig.step()
    assert rig.spread("B").state is not State.OPEN
