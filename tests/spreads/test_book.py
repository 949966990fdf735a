"""The way of a slice through the book: quiet looks, fires, order of orders, independence, blindness."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from spreads.blindness import BlindPolicy
from spreads.book import BookSettings
from spreads.confirmation import Confirmation
from spreads.errors import BadSetting
from spreads.gate import Offer
from spreads.guards import BookGuards
from spreads.journal import What
from spreads.net_orders import NetOrders
from spreads.orders import Refusal
from spreads.quotes import LegQuote, Unusable
from spreads.spread import Spread
from spreads.spread_tickets import TicketStatus
from spreads.states import State
from spreads.valuation import Value
from spreads.view import Band, Decision, Need, Problem, Rule, Terms, View
from stop_rules import (
    BeforeClose,
    CreditLost,
    NetDebit,
    ProfitTarget,
    ShortDelta,
    ShortStrike,
    TimeOfDay,
    TrailingDebit,
    all_of,
    any_of,
)
from tests.spreads.book_rig import BookRig
from tests.spreads.paper_broker import call, put

SHORT, LONG = call(100, -1), call(105, 1)
SHORT_PUT, LONG_PUT = put(90, -1), put(85, 1)


@pytest.fixture
def rig() -> BookRig:
    made = BookRig()
    made.broker.price(3.00, 3.20, SHORT)
    made.broker.price(1.00, 1.20, LONG)
    made.broker.price(2.00, 2.10, SHORT_PUT)
    made.broker.price(0.50, 0.60, LONG_PUT)
    return made


def test_entry_filled_opens_and_takes_the_credit_from_the_fills(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [CreditLost(100)])
    assert spread.state is State.OPEN
    assert spread.terms().credit == 18_000  # sold at 3.00, bought at 1.20
    assert rig.said(What.OPENED)[0]["credit"] == 18_000


@pytest.mark.parametrize(("ask", "fires"), [(4.59, False), (4.60, True), (4.61, True)])
def test_natural_debit_at_the_stop_fires_to_the_cent(rig: BookRig, ask: float, fires: bool) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(4.40, ask, SHORT)
    rig.step()
    assert (spread.state is State.CLOSED) is fires


def test_breach_closes_all_legs_in_the_same_slice_shorts_of_all_spreads_first(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [NetDebit("3.00")])
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.broker.price(4.00, 4.20, SHORT_PUT)
    rig.step()
    assert rig.sent() == [("C100", 1), ("P90", 1), ("C105", -1), ("P85", -1)]
    tags = [order.tag for order in rig.broker.sent]
    assert tags[0].startswith("A ") and "3.60" in tags[0]
    assert [r["spread"] for r in rig.said(What.ENDED)] == ["A", "B"]


def test_stop_does_not_fire_in_the_slice_of_the_entry(rig: BookRig) -> None:
    """peers.md, wide quotes: the natural value of the entry slice is already beyond the stop."""
    rig.open("A", (SHORT, LONG), [NetDebit("2.00")])
    rig.pulse.beat(rig.broker.now)
    assert rig.sent() == []
    assert rig.said(What.UNVALUABLE)[0]["reason"] == Unusable.BEFORE_FILL


def test_quiet_slice_reads_one_side_of_each_leg_and_asks_no_rule(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60"), ProfitTarget(50)])
    rig.step()
    rig.step()
    for source in rig.market.sources.values():
        source.reads = 0
    rig.step()
    assert [source.reads for source in rig.market.sources.values()] == [1, 1]


def test_leg_shared_by_two_spreads_is_read_once(rig: BookRig) -> None:
    rig.broker.price(0.20, 0.30, call(110, 1))
    rig.open("A", (SHORT, LONG), [NetDebit("4.00")])
    rig.open("B", (SHORT, call(110, 1)), [NetDebit("4.50")])
    rig.step()
    rig.step()
    for source in rig.market.sources.values():
        source.reads = 0
    rig.step()
    assert sum(source.reads for source in rig.market.sources.values()) == 3


def test_one_spread_that_cannot_be_read_does_not_delay_another(rig: BookRig) -> None:
    broken = rig.open("A", (SHORT_PUT, LONG_PUT), [NetDebit("3.00")])
    rig.open("B", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(4.90, 5.00, SHORT)
    rig.broker.price(2.50, 2.60, SHORT_PUT)
    rig.book.watch.force("A")

    def fail(what: str) -> None:
        if what == "quote P90":
            raise RuntimeError("no such quote")

    rig.broker.fail = fail
    for source in ("P90", "P85"):
        rig.market.sources[source].broker = _frozen(rig)  # type: ignore[assignment]
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]
    assert broken.state is State.OPEN
    assert any(spread == "A" and "no such quote" in text for spread, text in rig.alarms)


def _frozen(rig: BookRig) -> object:
    class Frozen:
        def quote(self, leg: object) -> LegQuote:
            return LegQuote(25_000, 26_000, 25_500, rig.broker.now)

    return Frozen()


def test_spread_without_value_is_named_counted_and_alarmed_once(rig: BookRig) -> None:
    rig.settings = BookSettings(blind_alarm=timedelta(minutes=5))
    rig.__post_init__()
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.quotes[SHORT.key] = LegQuote(60_000, 40_000, 50_000, rig.broker.now)
    for _ in range(14):
        rig.step()
    assert [record["reason"] for record in rig.said(What.UNVALUABLE)] == [Unusable.CROSSED]
    assert len(rig.alarms) == 1 and "bid is above the ask" in rig.alarms[0][1]


def test_blind_policy_close_closes_what_can_be_closed(rig: BookRig) -> None:
    rig.settings = BookSettings(blind_alarm=timedelta(minutes=5), blind_policy=BlindPolicy.CLOSE)
    rig.__post_init__()
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.quotes[SHORT.key] = LegQuote(60_000, 40_000, 50_000, rig.broker.now)
    for _ in range(14):
        rig.step()
    assert spread.state is State.CLOSED


def test_time_exit_fires_even_when_the_spread_has_no_value(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60"), BeforeClose(60)])
    rig.step()
    rig.broker.quotes[SHORT.key] = LegQuote(60_000, 40_000, 50_000, rig.broker.now)
    rig.broker.now = rig.broker.now.replace(hour=15, minute=4)
    rig.step()
    assert spread.state is State.CLOSED


def test_exit_half_a_minute_before_the_close_is_sent_on_the_last_slice_of_the_session(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60"), BeforeClose("0.5")])
    rig.step()
    rig.broker.now = rig.broker.now.replace(hour=15, minute=57)
    for state in (State.OPEN, State.CLOSED):
        rig.broker.price(3.00, 3.20, SHORT)
        rig.step()
        assert spread.state is state


def test_nothing_is_decided_outside_the_session(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(6.00, 6.20, SHORT)
    rig.broker.now = rig.broker.now.replace(hour=15, minute=59)
    rig.step()  # 16:00, the closing slice
    assert spread.state is State.OPEN and rig.sent() == []


def test_vanished_bid_of_the_long_leg_fires_a_stop_its_floor_breaches(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=False)
    rig.step()
    assert spread.exit is not None


@pytest.mark.parametrize(
    ("short", "long", "fires"),
    [
        ((5.00, 5.20), (1.30, 1.20), True),  # 3.90 even if the long leg brings all of its bid
        ((4.70, 4.89), (1.30, 1.20), False),  # 3.59 at that bid: nothing is certain
        ((5.30, 5.20), (1.00, 1.20), False),  # the short leg's own ask is in doubt
        ((5.30, 5.20), (1.30, 1.20), False),
    ],
)
def test_bid_above_the_ask_of_the_long_leg_hides_no_stop_that_is_breached_for_certain(
    rig: BookRig, short: tuple[float, float], long: tuple[float, float], fires: bool
) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(*short, SHORT)
    rig.broker.price(*long, LONG)
    rig.step()
    assert (spread.exit is not None) is fires
    assert {record["reason"] for record in rig.said(What.UNVALUABLE)} <= {Unusable.CROSSED}


def test_vanished_bid_of_the_long_leg_never_fires_a_target(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60"), ProfitTarget(price="2.50")])
    rig.broker.price(3.00, 3.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=False)
    rig.step()
    assert spread.exit is None


@pytest.mark.parametrize(("bid", "fires"), [(1.2000, True), (1.2001, False)], ids=["worth nothing", "less"])
def test_debit_below_what_the_spread_can_be_worth_is_no_profit(rig: BookRig, bid: float, fires: bool) -> None:
    """Legs crossed against each other: the long bid above the ask of the short, which is worth more whatever comes."""
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60"), ProfitTarget(price="0.50")])
    rig.broker.price(1.10, 1.20, SHORT)
    rig.broker.price(bid, 1.40, LONG)
    rig.step()
    assert (spread.exit is not None) is fires
    assert [r["reason"] for r in rig.said(What.UNVALUABLE)] == ([] if fires else [Unusable.BELOW_LEAST])


def test_debit_below_what_the_spread_can_be_worth_moves_no_trailing_stop(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [TrailingDebit("0.50")])
    for _ in range(3):
        rig.broker.price(1.00, 1.10, SHORT)
        rig.broker.price(1.20, 1.40, LONG)
        rig.step()
    rig.broker.price(2.60, 2.80, SHORT)
    rig.broker.price(1.00, 1.20, LONG)
    rig.step()
    assert spread.exit is None


def test_debit_below_what_the_spread_can_be_worth_delays_no_stop_on_the_underlying(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60"), ShortStrike()])
    rig.broker.price(1.00, 1.10, SHORT)
    rig.broker.price(1.20, 1.40, LONG)
    rig.market.underlying_price = 1_000_000
    rig.step()
    assert spread.exit is not None and spread.exit.rule == "stop-short-strike"


def test_update_of_a_ticket_moves_the_stop(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG))
    ticket = rig.book.place("A", "stop market", NetDebit("3.60"), rig.broker.now)
    rig.step()
    assert ticket.update(rule=NetDebit("4.60"))
    rig.broker.price(4.90, 5.00, SHORT)
    rig.step()
    assert spread.state is State.OPEN
    rig.broker.price(5.60, 5.70, SHORT)
    rig.step()
    assert spread.state is State.CLOSED and ticket.status is TicketStatus.FILLED
    assert [text for _, text in ticket.history][:2] == ["submitted", "updated"]


def test_cancelled_ticket_never_fires(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG))
    ticket = rig.book.place("A", "stop market", NetDebit("3.60"), rig.broker.now)
    rig.step()
    assert ticket.cancel()
    rig.broker.price(6.00, 6.20, SHORT)
    rig.step()
    assert spread.state is State.OPEN and not ticket.cancel()


def test_closing_cancels_the_other_part_of_a_bracket(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG))
    stop = rig.book.place("A", "stop market", NetDebit("3.60"), rig.broker.now, group="b")
    target = rig.book.place("A", "profit target", ProfitTarget(price="0.50"), rig.broker.now, group="b")
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    assert (stop.status, target.status) == (TicketStatus.FILLED, TicketStatus.CANCELED)


def test_phantom_best_debit_of_one_look_does_not_move_a_trailing_stop(rig: BookRig) -> None:
    """peers.md 5, row 3: the high-water mark was updated from a phantom price."""
    spread = rig.open("A", (SHORT, LONG), [TrailingDebit("0.50")])
    rig.step()
    rig.broker.price(1.00, 1.20, SHORT)
    rig.step()  # phantom: debit 0.20 for one look
    rig.broker.price(3.00, 3.20, SHORT)
    for _ in range(3):
        rig.step()
    assert spread.state is State.OPEN


def test_confirmation_needs_the_breach_to_hold(rig: BookRig) -> None:
    rig.settings = BookSettings(confirmation=Confirmation(120))
    rig.__post_init__()
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(4.50, 4.65, SHORT)
    rig.step()
    rig.step()
    assert spread.state is State.OPEN
    rig.step()
    assert spread.state is State.CLOSED
    assert rig.said(What.FIRE)[0]["held_seconds"] == 120


def test_spread_that_ended_is_not_read_any_more(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    for source in rig.market.sources.values():
        source.reads = 0
    rig.step()
    assert len(rig.book.watch) == 0 and sum(s.reads for s in rig.market.sources.values()) == 0


def test_pnl_of_the_records_equals_the_cash_change(rig: BookRig) -> None:
    before = rig.broker.cash
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")], lots=3)
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    assert rig.said(What.ENDED)[0]["pnl"] == rig.broker.cash - before


def test_breach_of_the_floor_is_confirmed_like_any_other(rig: BookRig) -> None:
    rig.settings = BookSettings(confirmation=Confirmation(60))
    rig.__post_init__()
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(4.60, 4.80, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=False)
    rig.step()
    assert spread.exit is None
    rig.step()
    assert spread.exit is not None


def test_stop_limit_rests_at_its_limit_and_says_so_when_the_market_jumped_over(rig: BookRig) -> None:
    """peers.md 5, row 13: a stop limit that was jumped over rests unfilled; here it is never silent."""
    orders = NetOrders(rig.book, lambda: rig.broker.now)
    spread = rig.open("A", (SHORT, LONG))
    orders.stop_limit_order(spread, "3.00", "3.20")
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    for _ in range(8):
        rig.step()
    assert [order.limit for order in rig.broker.sent] == [32_000]
    assert {(order.limit, order.cancel_pending) for order in rig.broker.orders.values() if order.limit} == {
        (32_000, False)
    }
    assert spread.state is State.CLOSING and any("makes no progress" in text for _, text in rig.alarms)


@pytest.mark.parametrize("refusal", [Refusal.BUYING_POWER, Refusal.OTHER, Refusal.NOT_SUPPORTED], ids=str)
def test_stop_limit_that_is_refused_is_never_sent_without_its_limit(rig: BookRig, refusal: Refusal) -> None:
    orders = NetOrders(rig.book, lambda: rig.broker.now)
    spread = rig.open("A", (SHORT, LONG))
    rig.broker.refuse = lambda order: refusal
    orders.stop_limit_order(spread, "3.00", "3.20")
    rig.step()
    for cents in range(12):
        rig.broker.price(3.90, 4.10 + cents / 100, SHORT)
        rig.step()
    assert {getattr(order, "limit", None) for order in rig.broker.sent} == {32_000}
    assert spread.state is State.CLOSING and rig.alarms
    if refusal is Refusal.NOT_SUPPORTED:
        return
    rig.broker.refuse = lambda order: Refusal.NONE
    rig.broker.price(3.90, 4.10, SHORT)
    rig.step(6)  # longer than any pause after a refusal
    assert rig.broker.orders[rig.broker.out()[0]].limit == 32_000


def test_stop_limit_waits_while_an_order_of_others_is_in_the_way_of_one_leg(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG))
    NetOrders(rig.book, lambda: rig.broker.now).stop_limit_order(spread, "3.00", "3.20")
    rig.step()
    rig.broker.place_foreign(LONG, -1)
    rig.broker.price(3.90, 4.10, SHORT)
    rig.step()
    rig.step()
    assert rig.broker.sent == [] and spread.state is State.CLOSING


def jumped_over(rig: BookRig, *others: Rule) -> Spread:
    """A stop limit 3.00/3.20 that the market has jumped over, on a spread with other orders."""
    rig.broker.auto_cancel = True
    spread = rig.open("A", (SHORT, LONG), others)
    NetOrders(rig.book, lambda: rig.broker.now).stop_limit_order(spread, "3.00", "3.20")
    rig.step()
    rig.broker.price(4.50, 4.60, SHORT)
    rig.step()
    rig.step()
    assert spread.state is State.CLOSING
    return spread


def test_harder_stop_fires_while_a_stop_limit_rests_unfilled(rig: BookRig) -> None:
    """peers.md 5, row 13: the market jumps over the limit; the second layer must still be there."""
    spread = jumped_over(rig, NetDebit("4.00"))
    rig.broker.price(5.00, 5.10, SHORT)
    rig.step()
    rig.step()
    assert spread.state is State.CLOSED
    hard, limit = rig.book.orders_of("A")
    assert (hard.status, limit.status) == (TicketStatus.FILLED, TicketStatus.CANCELED)
    assert rig.said(What.ENDED)[0]["reason"].startswith("natural debit 4.10 reached the stop 4.00")


def test_time_exit_closes_while_a_stop_limit_rests_unfilled(rig: BookRig) -> None:
    spread = jumped_over(rig, BeforeClose(15))
    rig.broker.now = rig.broker.now.replace(hour=15, minute=44)
    rig.step()
    rig.step()
    assert spread.state is State.CLOSED


def test_flatten_by_hand_closes_while_a_stop_limit_rests_unfilled(rig: BookRig) -> None:
    spread = jumped_over(rig)
    assert rig.book.flatten("flatten", "by hand", rig.broker.now) == 1
    rig.step()
    rig.step()
    assert spread.state is State.CLOSED and rig.said(What.ENDED)[0]["reason"] == "by hand"


class Raising:
    """A rule of a user's own with a mistake in it."""

    name = "mine"
    needs: frozenset[Need] = frozenset()

    def evaluate(self, view: View) -> Decision | None:
        raise ZeroDivisionError("credit")

    def band(self, view: View) -> Band:
        return Band()

    def latches(self, view: View) -> frozenset[str]:
        return frozenset()

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        return []

    def describe(self, terms: Terms) -> str:
        return "mine"


@pytest.mark.parametrize("bid_live", [True, False])
def test_peer_18_rule_that_raises_silences_no_other_order_of_its_spread(rig: BookRig, bid_live: bool) -> None:
    spread = rig.open("A", (SHORT, LONG), [Raising(), NetDebit("3.60")])
    rig.step()
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=bid_live)
    rig.step()
    assert spread.exit is not None and spread.exit.rule == "stop-debit"
    told = [text for name, text in rig.alarms if name == "A" and "ZeroDivisionError: credit" in text]
    assert told == ["order 1 cannot be asked in full, the others can: ZeroDivisionError: credit"]


def test_peer_03_one_phantom_quote_looked_at_twice_does_not_move_a_trailing_stop(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [TrailingDebit("0.50")])
    rig.step()
    rig.broker.price(1.00, 1.20, SHORT)
    rig.step()
    for _ in range(3):  # the loop runs every second, no new quote comes
        rig.broker.now += timedelta(seconds=1)
        rig.pulse.beat(rig.broker.now)
    rig.broker.price(3.00, 3.20, SHORT)
    rig.step()
    rig.step()
    assert spread.state is State.OPEN


def test_best_debit_seen_in_two_quotes_moves_a_trailing_stop(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [TrailingDebit("0.50")])
    rig.step()
    rig.broker.price(1.40, 1.60, SHORT)
    rig.step()
    rig.step()
    rig.broker.price(2.00, 2.20, SHORT)
    rig.step()
    assert spread.state is State.CLOSED


def test_peer_29_every_order_on_an_open_spread_is_asked_on_the_next_slice(rig: BookRig) -> None:
    asked: list[tuple[int, datetime]] = []

    class Counting(Raising):
        def __init__(self, number: int) -> None:
            self.number = number

        def evaluate(self, view: View) -> Decision | None:
            asked.append((self.number, view.now))
            return None

    rig.open("A", (SHORT, LONG), [Counting(1), Counting(2)])
    rig.open("B", (SHORT_PUT, LONG_PUT), [Counting(3)])
    rig.step()
    assert asked == [(number, rig.broker.now) for number in (1, 2, 3)]
    rig.book.place("B", "rule", Counting(4), rig.broker.now)
    asked.clear()
    rig.step()
    assert (4, rig.broker.now) in asked


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (ShortStrike(), "the underlying has no fresh price"),
        (ShortDelta("0.4"), "the chain has no delta of a short leg"),
    ],
)
def test_rule_that_does_not_get_what_it_looks_at_is_counted_and_alarmed_once(
    rig: BookRig, rule: Rule, told: str
) -> None:
    rig.open("A", (SHORT, LONG), [rule])
    for _ in range(15):
        rig.step()
    assert [text.split(" since")[0] for _, text in rig.alarms] == [f"a rule cannot fire: {told}"]
    sight = rig.book.sight_of("A")
    assert sight is not None and sight.unusable == {Unusable(told): 15}


def test_price_of_a_silent_underlying_is_not_believed(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [ShortStrike()])
    rig.market.underlying_price, rig.market.underlying_at = 1_010_000, rig.broker.now - timedelta(minutes=5)
    rig.step()
    assert spread.state is State.OPEN
    rig.market.underlying_at = rig.broker.now
    rig.step()
    assert spread.state is State.CLOSED


def test_stop_and_target_touched_by_jumping_quotes_do_not_confirm_each_other(rig: BookRig) -> None:
    rig.settings = BookSettings(confirmation=Confirmation(60))
    rig.__post_init__()
    spread = rig.open("A", (SHORT, LONG), [any_of(NetDebit("3.60"), ProfitTarget(price="0.60"))])
    rig.step()
    for ask in (4.80, 1.40, 4.80, 1.40):
        rig.broker.price(ask - 0.20, ask, SHORT)
        rig.step()
    assert spread.state is State.OPEN
    rig.step()
    assert spread.state is State.CLOSED


def test_part_of_a_bracket_is_cancelled_as_soon_as_the_other_is_triggered(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG))
    stop, target = NetOrders(rig.book, lambda: rig.broker.now).bracket(spread, "3.60", "0.50")
    rig.step()
    rig.broker.auto_fill = False
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    assert (stop.status, target.status) == (TicketStatus.TRIGGERED, TicketStatus.CANCELED)
    assert not target.cancel() and not target.update(tag="late")


def test_stop_limit_below_its_stop_is_refused(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG))
    with pytest.raises(BadSetting, match="limit_price"):
        NetOrders(rig.book, lambda: rig.broker.now).stop_limit_order(spread, "3.00", "2.90")


@pytest.mark.parametrize(("action", "closed"), [("stop-entries", False), ("flatten", True)])
def test_daily_loss_limit_stops_entries_and_flattens_when_asked(rig: BookRig, action: str, closed: bool) -> None:
    rig.gate.guards = BookGuards(daily_loss=200, daily_loss_action=action)
    spread = rig.open("A", (SHORT, LONG), [NetDebit("4.90")])
    rig.step()
    rig.broker.price(4.90, 5.10, SHORT)  # debit 4.10 against a credit of 1.80: 230 dollars and the fees
    rig.step()
    assert (spread.state is State.CLOSED) is closed
    assert any("limit is a loss of 200" in text for _, text in rig.alarms)
    offer = Offer(18_000, (), rig.market.session(SHORT, rig.broker.now))
    refusals = rig.gate.refusals("call", offer, 0, 1, 0, rig.broker.now)
    assert any("no new entries today" in text for text in refusals)


def test_prices_without_a_value_are_a_hole_in_the_path_and_no_worst_debit(rig: BookRig) -> None:
    rig = BookRig(BookSettings(path_every=timedelta(minutes=1)), broker=rig.broker)
    rig.open("A", (SHORT, LONG), [NetDebit("9.00")])
    rig.step()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=False)
    rig.step(6)  # prices that rest are audited every five minutes
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    rig.broker.price(3.00, 3.30, SHORT)
    rig.broker.price(1.00, 1.20, LONG)
    rig.step()
    rig.book.close("A", "command", "a person", rig.broker.now)
    rig.step()
    assert rig.said(What.PATH)[0]["natural"] == [22_000, None, None, 23_000]
    assert rig.said(What.ENDED)[0]["worst_natural"] == 23_000


def test_entry_that_never_filled_is_recorded_as_rejected_and_not_as_held(rig: BookRig) -> None:
    rig.broker.refuse = lambda order: Refusal.BUYING_POWER
    rig.open("A", (SHORT, LONG), [])
    rig.step()
    assert rig.said(What.ENDED) == []
    (rejected,) = rig.said(What.REJECTED)
    assert rejected["spread"] == "A" and rejected["reason"] == "entry orders ended without a fill"


def test_second_end_after_a_late_fill_keeps_the_worst_debit(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    backstop = rig.broker.place_foreign(SHORT, 1)
    rig.desk.adopt_order(rig.book.spreads["A"], rig.broker.orders[backstop].facts, rig.broker.now)
    rig.broker.confirm_cancel(backstop)
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    rig.step()
    rig.broker.fill(backstop)
    for _ in range(3):
        rig.step()
    first, second = rig.said(What.ENDED)
    assert first["worst_natural"] == second["worst_natural"] == 42_000


def test_kept_worthless_long_does_not_count_among_the_spreads_at_risk(rig: BookRig) -> None:
    rig.broker.auto_fill = False
    rig.open("A", (SHORT, LONG), [])
    assert len(rig.book.at_risk()) == 1  # its entry is out
    for order in rig.broker.out():
        rig.broker.fill(order)
    rig.broker.auto_fill = True
    rig.step()
    assert len(rig.book.at_risk()) == 1
    rig.broker.price(0.00, 0.05, LONG)
    rig.book.close("A", "hand", "test", rig.broker.now)
    rig.step()
    assert rig.sent() == [("C100", 1)] and len(rig.book.open_spreads()) == 1
    assert rig.book.at_risk() == []


def test_bid_that_vanished_worthless_counts_as_nothing_in_path_and_worst_debit(rig: BookRig) -> None:
    rig.broker.price(0.05, 0.10, LONG)
    rig.open("A", (SHORT, LONG), [NetDebit("3.20")])
    rig.broker.price(0.05, 0.10, LONG, bid_live=False)
    rig.step()
    assert rig.said(What.FIRE)[0]["natural"] == 32_000
    rig.broker.price(0.05, 0.10, LONG)
    rig.step()
    assert rig.said(What.PATH)[0]["natural"] == [32_000]
    assert rig.said(What.ENDED)[0]["worst_natural"] == 32_000


def test_stop_fired_at_the_floor_of_a_spread_without_a_value_counts_the_floor_as_worst(rig: BookRig) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG, bid_live=False)
    rig.step()
    rig.broker.price(1.00, 1.20, LONG)
    rig.step()
    fired, ended = rig.said(What.FIRE)[0], rig.said(What.ENDED)[0]
    assert ended["worst_natural"] == fired["value"] >= 36_000


@pytest.mark.parametrize(
    "what", [What.OPENING, What.OPENED, What.STATE, What.FIRE, What.ORDER, What.FILL, What.ENDED], ids=str
)
def test_every_record_of_a_spread_with_a_value_has_both_prices(rig: BookRig, what: What) -> None:
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.price(5.00, 5.20, SHORT)
    rig.step()
    priced = [(record["natural"], record["mid"]) for record in rig.said(what)]
    at_the_entry, at_the_exit = (22_000, 20_000), (42_000, 40_000)
    assert priced and set(priced) <= {at_the_entry, at_the_exit}
    assert (priced[-1] == at_the_entry) is (what in (What.OPENING, What.OPENED))


def entry_refusals(rig: BookRig, side: str = "call") -> list[str]:
    offer = Offer(18_000, (), rig.market.session(SHORT, rig.broker.now))
    return rig.gate.refusals(side, offer, 0, 1, 0, rig.broker.now)


@pytest.mark.parametrize("rules", [[NetDebit("4.90")], []])
def test_false_quote_does_not_reach_the_daily_loss_limit(rig: BookRig, rules: list[Rule]) -> None:
    rig.gate.guards = BookGuards(daily_loss=200, daily_loss_action="flatten")
    first, other = rig.open("A", (SHORT, LONG), rules), rig.open("B", (SHORT_PUT, LONG_PUT))
    rig.step()
    rig.broker.quotes[SHORT.key] = LegQuote(400_000, 390_000, 395_000, rig.broker.now)
    rig.step()
    assert (first.state, other.state) == (State.OPEN, State.OPEN)


def test_debit_beyond_the_width_counts_as_the_width_for_the_daily_loss(rig: BookRig) -> None:
    rig.gate.guards = BookGuards(daily_loss=350, daily_loss_action="flatten")  # width 5.00, credit 1.80: 320
    other = rig.open("B", (SHORT_PUT, LONG_PUT))
    rig.open("A", (SHORT, LONG))
    rig.step()
    rig.broker.price(39.00, 40.00, SHORT)
    rig.step()
    assert other.state is State.OPEN


def test_fills_after_the_last_look_reach_the_daily_loss_limit(rig: BookRig) -> None:
    rig.gate.guards = BookGuards(daily_loss=300)
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.broker.auto_fill = False
    rig.broker.price(4.40, 4.60, SHORT)
    rig.step()
    rig.broker.price(6.40, 6.60, SHORT)
    for _ in range(2):
        for order in rig.broker.out():
            rig.broker.fill(order)
        rig.step()
    assert spread.state is State.CLOSED
    assert any("no new entries today" in text for text in entry_refusals(rig))


@pytest.mark.parametrize(
    ("rule", "ask", "cools"),
    [
        (NetDebit("3.60"), 4.60, True),
        (all_of(NetDebit("3.60"), TimeOfDay("10:01")), 4.60, True),
        (all_of(ProfitTarget(price="0.60"), TimeOfDay("10:01")), 1.60, False),
        (ProfitTarget(price="0.60"), 1.60, False),
        (TimeOfDay("10:02"), 4.60, False),
    ],
)
def test_cool_down_follows_a_stop_by_whatever_rule(rig: BookRig, rule: Rule, ask: float, cools: bool) -> None:
    rig.gate.guards = BookGuards(cool_down=30)
    spread = rig.open("A", (SHORT, LONG), [rule])
    rig.step()
    rig.broker.price(ask - 0.20, ask, SHORT)
    rig.step()
    assert spread.state is State.CLOSED
    assert any("was stopped at" in text for text in entry_refusals(rig)) is cools
    assert entry_refusals(rig, "put") == []


def test_stopped_iron_condor_cools_both_sides_down(rig: BookRig) -> None:
    rig.gate.guards = BookGuards(cool_down=30)
    rig.open("A", (LONG_PUT, SHORT_PUT, SHORT, LONG), [NetDebit("4.50")])
    rig.step()
    rig.broker.price(4.10, 4.30, SHORT)
    rig.step()
    assert all(entry_refusals(rig, side) for side in ("call", "put", "both"))
