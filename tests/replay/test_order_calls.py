"""How order methods may be called: overloads, argument names, and what leaving securities do to orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.errors import Unsupported
from replay.order_json import order_json
from replay.session import run

from .small_market import write_market
from .test_texts_and_manners import QUOTES, replayed


def said(tmp_path: Path, *statements: str) -> list[str]:
    """What an algorithm prints that runs these statements once, with contract ``c`` and strategy ``s`` at hand."""
    head = [
        "c, k = self.call, self.canonical",
        "s = OptionStrategies.bear_call_spread(k, 100, 105, datetime(2024, 1, 2))",
    ]
    body = "def act(self, data):\n" + "".join(f"    {line}\n" for line in (*head, *statements))
    result = replayed(tmp_path, body)
    assert not result.error, result.error
    return [line.split(" ", 2)[2] for line in result.log]


def test_portfolio_and_securities_are_walked_as_pairs(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "self.market_order(c, 2)",
        "self.log(str([p.value.quantity for p in self.portfolio if p.value.invested]))",
        "self.log(str([p.key.value for p in self.securities if p.value.holdings.invested]))",
    )
    assert lines == ["[2.0]", "['XYZ   240102C00100000']"]


def test_second_text_of_liquidate_is_the_tag_and_ids_come_back(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "self.market_order(c, 2)",
        "self.log(str(self.liquidate(c, 'stop loss')))",
        "self.log(self.transactions.get_order_by_id(2).tag)",
    )
    assert lines == ["[2]", "stop loss"]


@pytest.mark.parametrize("name", ["symbol=c", "symbols=[c]"])
def test_liquidate_takes_leans_argument_names(tmp_path: Path, name: str) -> None:
    lines = said(tmp_path, "self.market_order(c, 2)", f"self.log(self.liquidate({name}, tag='a')[0].tag)")
    assert lines == ["a"]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("self.buy(symbol=c, quantity=1)", "FILLED"),
        ("self.sell(symbol=c, quantity=1)", "FILLED"),
        ("self.order(symbol=c, quantity=1, tag='t')", "FILLED"),
        ("self.buy(strategy=s, quantity=1)[0]", "FILLED"),
        ("self.sell(strategy=s, quantity=1)[0]", "FILLED"),
        ("self.order(strategy=s, quantity=1)[0]", "FILLED"),
    ],
)
def test_market_orders_take_leans_argument_names(tmp_path: Path, call: str, status: str) -> None:
    assert said(tmp_path, f"self.log(str({call}.status))") == [status]


@pytest.mark.parametrize(
    ("arguments", "stop", "tag"),
    [
        ("1, 0.5, False", "1.6", ""),
        ("1, 0.5, False, False, 'tag'", "1.6", "tag"),
        ("1, 0.5, True, tag='tag'", "1.65", "tag"),
        ("1, 3, 0.5, False", "3", ""),
        ("1, 3, 0.5, False, False, 'tag'", "3", "tag"),
        ("quantity=1, trailing_amount=0.5, trailing_as_percentage=False, tag='tag'", "1.6", "tag"),
        ("quantity=1, stop_price=3, trailing_amount=0.5, trailing_as_percentage=False", "3", ""),
    ],
)
def test_trailing_stop_is_called_as_in_lean(tmp_path: Path, arguments: str, stop: str, tag: str) -> None:
    lines = said(
        tmp_path,
        f"t = self.trailing_stop_order(c, {arguments})",
        "self.log(f'{t.get(OrderField.STOP_PRICE):g} {t.get(OrderField.TRAILING_AMOUNT)} {t.tag}')",
    )
    assert lines == [f"{stop} 0.5 {tag}"]


def test_date_of_a_market_on_close_order_is_dropped_with_a_warning(tmp_path: Path) -> None:
    body = """
def act(self, data):
    p = OrderProperties()
    p.time_in_force = TimeInForce.GOOD_TIL_DATE(datetime(2024, 1, 1))
    self.market_order(self.call, 1)
    self.market_on_close_order(self.call, -1, order_properties=p)
"""
    result = replayed(tmp_path, body)

    assert [(o.time_in_force, o.status.name) for o in result.orders] == [("GTC", "FILLED"), ("GTC", "FILLED")]
    assert result.debug[0].endswith(
        "Warning: Good-Til-Date Time-In-Force is not supported for MOO and MOC orders. The time-in-force will be "
        "reset to Good-Til-Canceled (GTC)."
    )


def test_combo_limit_with_a_leg_price_is_refused_in_leans_words(tmp_path: Path) -> None:
    body = "def act(self, data):\n    self.combo_limit_order([Leg.create(self.call, 1, 1.0)], 1, 1.0)"

    result = replayed(tmp_path, body)

    assert result.error[-1].endswith("ComboLimitOrder does not support limit prices for individual legs")


def test_leg_without_price_takes_the_price_of_the_leg_before(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "legs = [Leg.create(c, 1, 1.05), Leg.create(s.option_legs[1].symbol, -1)]",
        "self.log(str([t.get(OrderField.LIMIT_PRICE) for t in self.combo_market_order(legs, 1)]))",
    )
    assert lines == ["[1.05, 1.05]"]


def test_removed_security_is_closed_and_its_orders_cancelled_under_the_tag_removed(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "self.market_order(c, 1)",
        "t = self.limit_order(c, 1, 0.1)",
        "self.remove_security(c)",
        "o = self.transactions.get_order_by_id(3)",
        "self.log(f'{t.status} {t.tag}, {o.quantity} {o.status} {o.tag}, {self.securities[c].is_tradable}')",
    )
    assert lines == ["CANCELED Removed, -1.0 FILLED Removed, False"]


def test_removal_may_name_its_tag(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "self.market_order(c, 1)",
        "self.remove_option_contract(c, 'gone')",
        "self.log(self.transactions.get_order_by_id(2).tag)",
    )
    assert lines == ["gone"]


def test_removed_chain_takes_its_contracts_along(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.market_order(self.call, 1)
    self.remove_security(self.canonical)
    self.log(self.transactions.get_order_by_id(2).tag)

def on_securities_changed(self, changes):
    for security in changes.removed_securities:
        self.log(f"{self.time:%H:%M} removed {security.symbol.value}")

def on_end_of_algorithm(self):
    self.log(str(self.current_slice.option_chains.contains_key(self.canonical)))
"""
    lines = [line.split(" ", 2)[2] for line in replayed(tmp_path, body).log]

    removed = ["09:32 removed XYZ", *(f"09:32 removed XYZ   240102C00{strike}000" for strike in (100, 105))]
    assert lines == ["Removed", *removed, "False"]


@pytest.mark.parametrize(
    "statement",
    [
        "self.default_order_properties.time_in_force = TimeInForce.DAY",
        "self.DefaultOrderProperties.TimeInForce = TimeInForce.Day",
        "self.default_order_properties = day",
        "self.DefaultOrderProperties = day",
    ],
)
def test_default_order_properties_hold_for_orders_without_own(tmp_path: Path, statement: str) -> None:
    body = f"""
def act(self, data):
    day = OrderProperties()
    day.time_in_force = TimeInForce.DAY
    {statement}
    self.limit_order(self.call, 1, 0.1)
    self.limit_order(self.call, 1, 0.1, order_properties=OrderProperties())
"""
    result = replayed(tmp_path, body)

    assert [(o.time_in_force, o.status.name) for o in result.orders] == [("DAY", "CANCELED"), ("GTC", "SUBMITTED")]


@pytest.mark.parametrize(
    "name",
    ["_run", "_request", "_submit", "_single", "_combo", "_chain", "_underlying", "_add", "_properties", "_invalid"],
)
def test_private_names_belong_to_the_algorithm(tmp_path: Path, name: str) -> None:
    lines = said(
        tmp_path,
        f"self.{name} = None",
        "self.add_option('XYZ')",
        "self.add_equity('XYZ')",
        "self.log(str(self.buy(s, 1)[0].status) + str(self.limit_order(c, 1, 0.1).status))",
    )
    assert lines == ["FILLEDSUBMITTED"]


@pytest.mark.parametrize(
    "name", ["order", "market_order", "market_on_open_order", "add_security", "add_option_contract"]
)
def test_attribute_named_like_a_method_does_not_disturb_other_methods(tmp_path: Path, name: str) -> None:
    lines = said(
        tmp_path,
        f"self.{name} = None",
        "self.log(str(self.buy(c, 1).status) + str(self.sell(s, 1)[1].status))",
        "self.log(str(len(self.liquidate()) > 0))",
    )
    assert lines == ["FILLEDFILLED", "True"]


def test_cancel_of_all_open_orders_is_tagged_with_leans_text(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "t = self.limit_order(c, 1, 0.1)",
        "self.transactions.cancel_open_orders()",
        "self.log(t.tag)",
    )
    assert lines == ["Canceled by CancelOpenOrders() at 2024-01-02T14:31:00.0000000Z"]


STOCK = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.stock = self.add_equity("XYZ"{MORE})

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order(self.stock.symbol, 1)
            properties = OrderProperties()
            properties.time_in_force = TimeInForce.GOOD_TIL_DATE(datetime(2024, 1, 5))
            self.limit_order(self.stock.symbol, 1, 50, order_properties=properties)
"""


@pytest.mark.parametrize(("more", "mode"), [("", 1), (", data_normalization_mode=DataNormalizationMode.RAW", 0)])
def test_json_of_a_stock_order_tells_how_prices_are_adjusted(tmp_path: Path, more: str, mode: int) -> None:
    file = tmp_path / "probe.py"
    file.write_text(STOCK.replace("{MORE}", more), encoding="utf-8")

    orders = run(file, data_folder=write_market(tmp_path / "data", QUOTES)).orders

    assert [order_json(order)[-24:] for order in orders] == [f'"priceAdjustmentMode":{mode}}}'] * 2
    assert '"Expiry":"2024-01-05T00:00:00"' in order_json(orders[1])


def test_orders_tell_the_fields_of_their_type(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        "t = self.trailing_stop_order(c, 1, 0.5, True)",
        "o = self.transactions.get_order_by_id(t.order_id)",
        "self.log(f'{o.trailing_amount} {o.trailing_as_percentage} {o.stop_price:g}')",
        "t = self.limit_if_touched_order(c, 1, 0.2, 0.3)",
        "o = self.transactions.get_order_by_id(t.order_id)",
        "self.log(f'{o.trigger_price} {o.trigger_touched} {o.price_adjustment_mode}')",
    )
    assert lines == ["0.5 True 1.65", "0.2 False RAW"]


def test_margin_for_an_order_that_reduces_a_holding_is_refused_by_name(tmp_path: Path) -> None:
    body = "def act(self, data):\n    self.market_order(self.call, 1)\n    {}"
    ask = "self.portfolio.get_margin_remaining(self.call, OrderDirection.{})"

    replayed(tmp_path, body.format(ask.format("BUY")))
    with pytest.raises(Unsupported, match="margin remaining for an order that reduces a holding"):
        replayed(tmp_path, body.format(ask.format("SELL")))
