"""What the brokerage models take, by the names LEAN gives them."""

from __future__ import annotations

import pytest

from spreads.brokers import broker_rules
from spreads.orders import OrderKind


@pytest.mark.parametrize(
    ("name", "market", "limit"),
    [
        ("DEFAULT", True, True),
        ("INTERACTIVE_BROKERS_BROKERAGE", True, True),
        ("TASTYTRADE", False, True),
        ("TRADIER_BROKERAGE", False, False),
        ("ALPACA", False, False),
    ],
)
def test_combos_are_taken_by_model(name: str, market: bool, limit: bool) -> None:
    rules = broker_rules(name)
    assert (rules.takes(OrderKind.COMBO_MARKET), rules.takes(OrderKind.COMBO_LIMIT)) == (market, limit)
    assert rules.takes(OrderKind.MARKET) and rules.takes(OrderKind.LIMIT)


@pytest.mark.parametrize(
    ("older", "name"),
    [
        ("Default", "DEFAULT"),
        ("QuantConnectBrokerage", "QUANT_CONNECT_BROKERAGE"),
        ("InteractiveBrokersBrokerage", "INTERACTIVE_BROKERS_BROKERAGE"),
        ("CharlesSchwab", "CHARLES_SCHWAB"),
        ("TradierBrokerage", "TRADIER_BROKERAGE"),
    ],
)
def test_name_as_an_older_engine_prints_it_gives_the_same_rules(older: str, name: str) -> None:
    assert broker_rules(older) == broker_rules(name)


def test_model_nobody_knows_gets_single_legs_only() -> None:
    rules = broker_rules("SOMETHING_NEW")
    assert not rules.takes(OrderKind.COMBO_MARKET) and rules.takes(OrderKind.MARKET)
