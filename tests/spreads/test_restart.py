"""A new process: notes, ledgers and the account are brought together again, and nothing is sent twice."""

from __future__ import annotations

import json

from spreads.closing import ClosePolicy, Way
from spreads.desk import Desk
from spreads.orders import ComboOrder
from spreads.spread import Spread
from spreads.states import State
from tests.spreads.paper_broker import spread_of
from tests.spreads.rig import LONG, SHORT, Rig


def reborn(rig: Rig, *spreads: Spread) -> list[Spread]:
    """Kill the process: only JSON, holdings and open orders (new ids) are left."""
    text = json.dumps([spread.to_dict() for spread in spreads])
    rig.broker.restart()
    rig.desk = Desk(rig.broker, rig.settings, rig.records.append, lambda s, t: rig.alarms.append((s, t)))
    again = [Spread.from_dict(data) for data in json.loads(text)]
    rig.desk.restore(again, rig.broker.now)
    return again


def test_open_spread_comes_back_as_it_was() -> None:
    rig = Rig()
    spread = rig.open(lots=2)
    (again,) = reborn(rig, spread)
    assert again.terms() == spread.terms() and again.state is State.OPEN
    assert not rig.alarms and not rig.sent()


def test_new_order_with_an_old_id_is_counted_beside_the_old_one() -> None:
    rig = Rig()
    (again,) = reborn(rig, rig.open(lots=2))
    rig.close(again)
    assert again.state is State.CLOSED and again.ledger.cash(100) == rig.broker.cash


def test_closing_order_still_out_is_found_by_its_broker_id_and_not_sent_again() -> None:
    rig = Rig()
    spread = rig.open(lots=4)
    rig.broker.auto_fill = False
    rig.close(spread)
    rig.broker.fill(rig.broker.out()[0], 1)
    rig.step()
    rig.broker.sent.clear()
    (again,) = reborn(rig, spread)
    for _ in range(3):
        rig.step()
    assert rig.sent() == []
    rig.broker.fill(rig.broker.out()[0])
    rig.step()
    assert rig.sent() == [("C105", -4)]
    rig.broker.fill(rig.broker.out()[0])
    rig.step()
    assert again.state is State.CLOSED and again.ledger.cash(100) == rig.broker.cash


def test_short_bought_back_while_away_goes_on_with_the_long() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.auto_fill = False
    rig.close(spread)
    data = spread.to_dict()
    rig.broker.fill(rig.broker.out()[0])
    rig.broker.sent.clear()
    (again,) = reborn(rig, Spread.from_dict(data))
    rig.broker.auto_fill = True
    rig.step()
    assert rig.sent() == [("C105", -1)] and again.state is State.CLOSED


def test_spread_closed_while_away_ends_at_once() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.outside("C100", 1, 30_000)
    rig.broker.outside("C105", -1, 10_000)
    (again,) = reborn(rig, spread)
    assert again.state is State.CLOSED and not rig.sent()


def test_close_decided_but_not_sent_is_carried_out() -> None:
    rig = Rig()
    spread = rig.open()
    rig.desk.begin_close(spread, "x", "debit", rig.broker.now, ClosePolicy(Way.COMBO_MARKET))
    (again,) = reborn(rig, spread)
    assert again.state is State.CLOSING and again.exit is not None
    rig.step()
    assert again.state is State.CLOSED and isinstance(rig.broker.sent[0], ComboOrder)


def test_walking_combo_limit_walks_on() -> None:
    rig = Rig()
    rig.broker.auto_cancel = True
    spread = rig.open()
    rig.close(spread, ClosePolicy(Way.COMBO_LIMIT))
    (again,) = reborn(rig, spread)
    for _ in range(8):
        rig.step()
    assert again.state is State.CLOSED and again.ledger.cash(100) == rig.broker.cash


def test_entry_filled_while_away_is_taken_into_the_ledger() -> None:
    rig = Rig()
    rig.broker.auto_fill = False
    spread = spread_of("A", SHORT, LONG, lots=2)
    facts = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 2, "entry"))
    rig.desk.adopt(spread, facts, rig.broker.now)
    rig.broker.fill_whole(facts[0].order_id)
    (again,) = reborn(rig, spread)
    rig.step()
    assert again.state is State.OPEN and again.ledger.held("C100") == -2
    assert any("filled while we were away" in text for _, text in rig.alarms)


def test_entry_still_out_is_found_again() -> None:
    rig = Rig()
    rig.broker.auto_fill = False
    spread = spread_of("A", SHORT, LONG, lots=2)
    facts = rig.broker.send_combo(ComboOrder(((SHORT, -1), (LONG, 1)), 2, "entry"))
    rig.desk.adopt(spread, facts, rig.broker.now)
    (again,) = reborn(rig, spread)
    rig.step()
    assert again.state is State.OPENING
    rig.broker.fill_whole(1)
    rig.step()
    assert again.state is State.OPEN and again.ledger.entry_credit(2) == 18_000
