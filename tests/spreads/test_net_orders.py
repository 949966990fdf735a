"""Orders on the net price of a spread as tickets: placed, updated, refused; what is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spreads.errors import BadSetting
from spreads.journal import What
from spreads.net_orders import NetOrders
from spreads.spread import Spread
from spreads.spread_tickets import TicketStatus
from spreads.states import State
from stop_rules import CreditLost, NetDebit, TrailingDebit
from tests.spreads.book_rig import BookRig
from tests.spreads.paper_broker import call

SHORT, LONG = call(100, -1), call(105, 1)


@pytest.fixture
def rig() -> BookRig:
    made = BookRig()
    made.broker.price(3.00, 3.20, SHORT)
    made.broker.price(1.00, 1.20, LONG)
    return made


@pytest.fixture
def spread(rig: BookRig) -> Spread:
    return rig.open("A", (SHORT, LONG))


@pytest.fixture
def orders(rig: BookRig) -> NetOrders:
    return NetOrders(rig.book, lambda: rig.broker.now)


@pytest.mark.parametrize(("ask", "fires"), [(5.09, False), (5.10, True)])
def test_updated_stop_price_is_the_one_that_fires(
    rig: BookRig, orders: NetOrders, spread: Spread, ask: float, fires: bool
) -> None:
    ticket = orders.stop_market_order(spread, "3.00")
    assert ticket.update_stop_price("4.10", tag="moved")
    rig.step()
    rig.broker.price(4.50, ask, SHORT)
    rig.step()
    assert (spread.state is State.CLOSED) is fires and ticket.tag == "moved"


def test_updated_target_price_is_the_one_that_fires(rig: BookRig, orders: NetOrders, spread: Spread) -> None:
    ticket = orders.profit_target_order(spread, "0.50")
    assert ticket.update_stop_price("1.50")
    rig.broker.price(2.30, 2.50, SHORT)
    rig.step()
    assert ticket.status is TicketStatus.FILLED


@pytest.mark.parametrize("price", ["0", "-1", "nan", "", "3.30"])
def test_update_to_an_unusable_stop_price_changes_nothing(orders: NetOrders, spread: Spread, price: str) -> None:
    ticket = orders.stop_limit_order(spread, "3.00", "3.20")
    before = ticket.rule, ticket.policy, list(ticket.history)
    with pytest.raises(BadSetting):
        ticket.update_stop_price(price)
    assert (ticket.rule, ticket.policy, ticket.history) == before


def test_limit_follows_an_update_and_never_stands_below_the_stop(
    rig: BookRig, orders: NetOrders, spread: Spread
) -> None:
    ticket = orders.stop_limit_order(spread, "3.00", "3.20")
    assert ticket.update_limit_price("3.00")
    with pytest.raises(BadSetting, match="limit_price"):
        ticket.update_limit_price("2.99")
    rig.step()
    rig.broker.price(4.50, 4.60, SHORT)
    rig.step()
    assert [order.limit for order in rig.broker.sent] == [30_000]


@pytest.mark.parametrize(
    "change",
    [
        lambda ticket: ticket.update_stop_price("3.00"),
        lambda ticket: ticket.update_limit_price("3.00"),
        lambda ticket: ticket.update(rule=NetDebit),
        lambda ticket: ticket.update(rule="3.40"),
    ],
)
def test_update_that_does_not_fit_the_order_is_refused(orders: NetOrders, spread: Spread, change: Callable) -> None:  # type: ignore[type-arg]
    ticket = orders.trailing_stop_order(spread, "0.50")
    with pytest.raises(BadSetting):
        change(ticket)
    assert ticket.rule == TrailingDebit("0.50")


@pytest.mark.parametrize("rule", [CreditLost, "stop-debit 3.40", None, 3.40])
def test_what_is_no_rule_is_refused_and_nothing_is_taken_over(rig: BookRig, rule: object) -> None:
    with pytest.raises(BadSetting):
        rig.open("A", (SHORT, LONG), [NetDebit("3.60"), rule])  # type: ignore[list-item]
    assert not rig.book.spreads and not rig.said(What.OPENING)


@pytest.mark.parametrize(("stop", "target"), [("3.00", "0"), ("3.00", "3.00"), ("0.50", "3.00"), ("", "0.50")])
def test_bracket_that_cannot_be_placed_places_neither_part(
    rig: BookRig, orders: NetOrders, spread: Spread, stop: str, target: str
) -> None:
    with pytest.raises(BadSetting):
        orders.bracket(spread, stop, target)
    assert rig.book.orders_of("A") == []


def test_unknown_basis_or_option_is_refused_by_name(orders: NetOrders, spread: Spread) -> None:
    with pytest.raises(BadSetting, match="basis"):
        orders.stop_market_order(spread, "3.00", basis="last")
    with pytest.raises(BadSetting, match="colour"):
        orders.stop_market_order(spread, "3.00", colour="red")
