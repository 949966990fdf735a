"""What holds for every order book: cash and equity to the cent, rising ids, fills within their orders."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import replay

from .small_market import write_market

CONTRACTS = [("CALL", 100), ("CALL", 105), ("PUT", 95), ("PUT", 100)]
ACTIONS = st.lists(
    st.tuples(
        st.integers(0, 380),
        st.sampled_from(("market", "limit", "stop", "combo", "cancel", "update", "liquidate")),
        st.integers(0, 3),
        st.integers(-3, 3),
        st.sampled_from((0.4, 1.2, 2.05, 2.6, 4.0)),
    ),
    min_size=1,
    max_size=12,
)
PROBE = """
from AlgorithmImports import *
import json

CONTRACTS = @CONTRACTS@

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.set_cash(1000000)
        self.portfolio.set_positions(SecurityPositionGroupModel.NULL)
        self.set_security_initializer(lambda s: s.set_buying_power_model(ConstantBuyingPowerModel(1)))
        option = self.add_option("XYZ", Resolution.MINUTE)
        option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 10))
        stock = option.symbol.underlying
        self.legs = [Symbol.create_option(stock, Market.USA, OptionStyle.AMERICAN, getattr(OptionRight, right), strike,
                                          datetime(2024, 1, 2)) for right, strike in CONTRACTS]
        self.actions = json.loads(self.get_parameter("actions"))
        self.tickets = []

    def on_data(self, data):
        minute = self.time.hour * 60 + self.time.minute - 570
        for at, kind, leg, lots, price in self.actions:
            if at == minute:
                self.act(kind, self.legs[leg], self.legs[leg - 1], lots, price)

    def act(self, kind, symbol, other, lots, price):
        if kind == "market":
            self.tickets.append(self.market_order(symbol, lots))
        elif kind == "limit":
            self.tickets.append(self.limit_order(symbol, lots, price))
        elif kind == "stop":
            self.tickets.append(self.stop_market_order(symbol, lots, price))
        elif kind == "combo":
            self.tickets += self.combo_market_order([Leg.create(symbol, 1), Leg.create(other, -1)], lots)
        elif kind == "liquidate":
            self.tickets += self.liquidate(symbol)
        elif self.tickets and kind == "cancel":
            self.tickets[-1].cancel("again")
        elif self.tickets:
            self.tickets[-1].update_quantity(lots)
""".replace("@CONTRACTS@", repr(CONTRACTS))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("market")
    waves = {
        (right.lower(), strike): [
            (minute, (price := 2 + (minute * (place + 3) % 17) / 10, price + 0.1))
            for minute in range(0, 390, place + 1)
        ]
        for place, (right, strike) in enumerate(CONTRACTS)
    }
    (root / "probe.py").write_text(PROBE, encoding="utf-8")
    return write_market(root / "data", waves)


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=ACTIONS)
def test_orders_in_any_sequence_keep_the_books(market: Path, actions: list[Any]) -> None:
    import json

    result = replay.run(market.parent / "probe.py", data_folder=market, parameters={"actions": json.dumps(actions)})
    assert result.state == "Completed", result.error
    cash, filled = Decimal(1_000_000), dict.fromkeys((order.id for order in result.orders), Decimal(0))
    for event in result.events:
        cash -= event.fill_quantity * event.fill_price * 100 + event.fee
        filled[event.order_id] += event.fill_quantity
    portfolio = result.algorithm.portfolio
    worth = sum((holding.exact_value for holding in portfolio.values()), Decimal(0))
    assert portfolio.exact_cash == cash
    assert result.equity == cash + worth
    assert [order.id for order in result.orders] == list(range(1, len(result.orders) + 1))
    for order in result.orders:
        assert filled[order.id] in (0, order.quantity)
        assert (filled[order.id] != 0) == (order.status.name == "FILLED")
