"""Texts LEAN prints, both spellings, and requests that once were refused; over a market of one day."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.errors import Unsupported
from replay.session import Result, run

from .small_market import write_market

QUOTES = {("call", 100): [(0, (1.0, 1.2)), (5, (1.4, 1.6)), (9, (0.9, 1.1))], ("call", 105): [(0, (0.4, 0.5))]}
HEAD = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.stock = self.add_equity("XYZ"{LEVERAGE})
        option = self.add_option("XYZ")
        option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 30))
        self.canonical = option.symbol
        self.call = Symbol.CreateOption("XYZ", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, {STRIKE}, {EXPIRY})

    def on_data(self, data):
        if self.transactions.orders_count == 0 and data.quote_bars.contains_key(self.call):
            self.act(data)
"""
EXPIRES = "datetime(2024, 1, 2)"


def replayed(tmp_path: Path, body: str, leverage: str = "", strike: int = 100) -> Result:
    text = HEAD.replace("{LEVERAGE}", leverage).replace("{STRIKE}", str(strike)).replace("{EXPIRY}", EXPIRES)
    file = tmp_path / "probe.py"
    file.write_text(text + "".join(f"    {line}\n" for line in body.strip("\n").split("\n")), encoding="utf-8")
    return run(file, data_folder=write_market(tmp_path / "data", QUOTES))


def test_text_of_orders_tickets_events_and_bars_is_leans(tmp_path: Path) -> None:
    body = """
def act(self, data):
    ticket = self.market_order(self.call, 2, tag="hello")
    limit = self.limit_order(self.call, -1, 9.5)
    for item in (ticket, limit, data.quote_bars[self.call], data.bars[self.stock.symbol]):
        self.log(str(item))

def on_order_event(self, event):
    self.log(str(event))
"""
    lines = [line.split(" ", 2)[2] for line in replayed(tmp_path, body).log]

    name = "XYZ   240102C00100000"
    assert lines[:3] == [
        (
            f"Time: 01/02/2024 14:31:00 OrderID: 1 EventID: 1 Symbol: {name} Status: Submitted Quantity: 2 "
            "IsAssignment: False"
        ),
        (
            f"Time: 01/02/2024 14:31:00 OrderID: 1 EventID: 2 Symbol: {name} Status: Filled Quantity: 2 "
            "FillQuantity: 2 FillPrice: $1.2 OrderFee: 1.30 USD IsAssignment: False"
        ),
        (
            f"Time: 01/02/2024 14:31:00 OrderID: 2 EventID: 1 Symbol: {name} Status: Submitted Quantity: -1 "
            "LimitPrice: $9.5 IsAssignment: False"
        ),
    ]
    assert lines[3:7] == [
        (
            f"1: OrderId: 1 (BrokerId: 1) Filled Market order for 2 units of {name}: hello Request Count: 1 "
            "Response Count: 1"
        ),
        (
            f"2: OrderId: 2 (BrokerId: 2) Submitted Limit order for -1 units of {name} at limit $9.5 Request Count: 1 "
            "Response Count: 1"
        ),
        f"{name}: Bid: O: 1 Bid: H: 1 Bid: L: 1 Bid: C: 1 Ask: O: 1.2 Ask: H: 1.2 Ask: L: 1.2 Ask: C: 1.2 ",
        "XYZ: O: 100 H: 100 L: 100 C: 100 V: 100",
    ]


def test_text_of_an_object_without_one_raises(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="text of a SecurityPortfolioManager"):
        replayed(tmp_path, "def act(self, data):\n        self.log(str(self.portfolio))")


def test_static_methods_have_the_old_spelling(tmp_path: Path) -> None:
    body = """
def act(self, data):
    legs = [Leg.Create(self.call, -1), Leg.create(self.stock.symbol, 100)]
    self.ComboMarketOrder(legs, 1)
    self.log(OrderType.ComboMarket.to_string())
"""
    result = replayed(tmp_path, body)

    assert [(order.type.name, float(order.quantity)) for order in result.orders] == [
        ("COMBO_MARKET", -1.0),
        ("COMBO_MARKET", 100.0),
    ]
    assert result.log[-1].endswith(" ComboMarket")


@pytest.mark.parametrize(("leverage", "shown"), [("", "2"), (", leverage=4", "4")])
def test_leverage_of_a_stock_divides_its_margin(tmp_path: Path, leverage: str, shown: str) -> None:
    body = """
def act(self, data):
    self.market_order(self.stock.symbol, 100)
    self.log(f"{self.stock.leverage:g} {self.portfolio.total_margin_used:.2f}")
"""
    assert replayed(tmp_path, body, leverage).log[-1].split(" ", 2)[2] == f"{shown} {10_000 / int(shown):.2f}"


def test_leverage_below_one_is_refused(tmp_path: Path) -> None:
    result = replayed(tmp_path, "def act(self, data):\n        self.stock.set_leverage(0.5)")

    assert "Leverage must be greater than or equal to 1." in result.error[-1]


def test_touched_limit_fills_at_its_limit_once_the_bid_is_there(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.limit_if_touched_order(self.stock.symbol, 10, 101, 102)
"""
    (order,) = replayed(tmp_path, body).orders

    assert (order.type.name, order.status.name, float(order.price)) == ("LIMIT_IF_TOUCHED", "FILLED", 100.0)


def test_exercise_of_a_long_call_brings_the_shares_at_the_strike(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.market_order(self.call, 1)
    ticket = self.exercise_option(self.call, 1)
    self.log(f"{ticket.status} {self.portfolio[self.call].quantity:g} {self.portfolio[self.stock.symbol].quantity:g}")
"""
    deep = {("call", 95): [(0, (5.0, 5.2))], ("call", 100): [(0, (1.0, 1.2))]}
    text = HEAD.replace("{LEVERAGE}", "").replace("{STRIKE}", "95").replace("{EXPIRY}", EXPIRES)
    file = tmp_path / "probe.py"
    file.write_text(text + "".join(f"    {line}\n" for line in body.strip("\n").split("\n")), encoding="utf-8")
    result = run(file, data_folder=write_market(tmp_path / "data", deep))

    assert result.log[-1].endswith(" FILLED 0 100")
    exercise = result.orders[-1]
    assert (exercise.type.name, float(exercise.quantity), float(exercise.price)) == ("OPTION_EXERCISE", -1.0, 95.0)
    assert [event.status.name for event in result.events if event.order_id == 2] == ["SUBMITTED", "FILLED", "FILLED"]


def test_exercise_of_more_than_is_held_is_refused_without_an_order(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.market_order(self.call, 1)
    self.log(str(self.exercise_option(self.call, 2).submit_request.response.error_code))
"""
    result = replayed(tmp_path, body)

    assert result.log[-1].endswith("UNSUPPORTED_REQUEST_TYPE")
    assert len(result.orders) == 1


def test_combo_limit_with_shares_keeps_four_places(tmp_path: Path) -> None:
    body = """
def act(self, data):
    legs = [Leg.create(self.call, -1), Leg.create(self.stock.symbol, 100)]
    self.combo_limit_order(legs, 1, 98.12345)
"""
    result = replayed(tmp_path, body)

    assert str(result.orders[0].group.limit_price) == "98.1234"


def test_order_with_a_date_ends_at_the_close_of_that_date(tmp_path: Path) -> None:
    body = """
def act(self, data):
    properties = OrderProperties()
    properties.time_in_force = TimeInForce.good_til_date(datetime(2024, 1, 2))
    self.limit_order(self.stock.symbol, 1, 50, order_properties=properties)
"""
    result = replayed(tmp_path, body)

    assert [event.status.name for event in result.events] == ["SUBMITTED", "CANCELED"]
    assert result.events[-1].message == "The order has expired."
    assert f"{result.events[-1].time_utc:%H:%M}" == "21:00"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("rsi('XYZ', 10)", "indicators"),
        ("Consolidate(1, 5)", "consolidators"),
        ("set_alpha(1)", "framework"),
    ],
)
def test_families_left_out_are_named(tmp_path: Path, call: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        replayed(tmp_path, f"def act(self, data):\n        self.{call}")


def test_notifications_of_a_backtest_are_answered_false(tmp_path: Path) -> None:
    body = "def act(self, data):\n        self.log(str(self.notify.email('a@b.c', 'subject', 'text')))"

    assert replayed(tmp_path, body).log[-1].endswith(" False")


def said(result: Result) -> list[str]:
    return [line.split(" ", 2)[2] for line in result.log]


def test_bar_of_a_contract_in_the_slice_is_its_quote(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.log(type(data[self.call]).__name__ + " " + type(data[self.stock.symbol]).__name__)
    self.log(str(data.get(QuoteBar, self.call).ask.close) + " " + str(data.get(TradeBar) is data.bars))
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:2] == ["QuoteBar TradeBar", "1.2 True"]


def test_type_and_symbol_without_data_raises(tmp_path: Path) -> None:
    body = """
def act(self, data):
    data.get(TradeBar, self.canonical)
"""
    result = replayed(tmp_path, body)
    assert result.state == "RuntimeError"
    assert "wasn't found in the TradeBars object" in result.error[-1]


def test_collections_give_pairs_in_the_order_of_symbols(tmp_path: Path) -> None:
    body = """
def act(self, data):
    chain = data.option_chains[self.canonical]
    self.log(" ".join(c.symbol.value[4:] for c in chain))
    self.log(" ".join(str(kvp.key)[:3] for kvp in data.quote_bars) + " " + str(list(data.quote_bars.Keys)[0]))
    self.log(" ".join(f"{kvp.key}={kvp.value.type}" for kvp in self.securities if not kvp.key.has_underlying))
    self.log(" ".join(f"{symbol}:{holding.quantity}" for symbol, holding in self.portfolio if symbol.value == "XYZ"))
    self.log(str(len(self.portfolio.Values) == self.securities.Count))
    self.log(str(self.active_securities.contains_key(self.call)))
    self.limit_order(self.call, 1, 0.01)
"""
    lines = said(replayed(tmp_path, body))
    assert lines[:6] == [
        "  240102C00100000   240102C00105000",
        "XYZ XYZ XYZ   240102C00100000",
        "XYZ=EQUITY",
        "XYZ:0.0",
        "True",
        "True",
    ]


def test_sizes_and_volume_of_a_contract_are_whole_numbers(tmp_path: Path) -> None:
    body = """
def act(self, data):
    contract = next(iter(data.option_chains[self.canonical]))
    option = self.securities[self.call]
    self.log(f"{contract.bid_size} {contract.volume} {option.open_interest} {option.contract_multiplier}")
    self.log(" ".join(data.option_chains[self.canonical].data_frame.columns[:4]))
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:2] == ["5 0 0 100", "strike scaledstrike theoreticalprice impliedvolatility"]


def test_filter_bounds_by_name_reach_the_filter(tmp_path: Path) -> None:
    body = """
def act(self, data):
    for wrong in ({"min_strike": 1}, {"min_strike": 0, "max_strike": 1, "weeks": 2}, {}):
        try:
            self.securities[self.canonical].set_filter(**wrong)
        except ValueError as error:
            self.log(str(error)[:24])
    self.securities[self.canonical].set_filter(min_strike=-1, max_strike=1, min_expiry_days=0, max_expiry_days=30)
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:3] == [
        "set_filter(min_strike): ",
        "set_filter(min_strike, m",
        "set_filter(): give a fun",
    ]


def test_named_expiry_bounds_select() -> None:
    from replay.selection import filter_of

    asked: list[tuple[str, object, object]] = []

    class Universe:
        def strikes(self, low: int, high: int) -> Universe:
            asked.append(("strikes", low, high))
            return self

        def expiration(self, low: int, high: int) -> Universe:
            asked.append(("expiration", low, high))
            return self

    filter_of(min_strike=-2, max_strike=3, min_expiry_days=1, max_expiry_days=9)(Universe())
    assert asked == [("strikes", -2, 3), ("expiration", 1, 9)]


def test_frames_take_tickers_and_symbols_as_keys(tmp_path: Path) -> None:
    body = """
def act(self, data):
    frame = self.history(self.stock.symbol, 1)
    stock = self.stock.symbol
    found = [frame.loc["XYZ"], frame.loc[stock], frame.loc[["XYZ"]], frame.xs("XYZ", level="symbol")]
    self.log(" ".join(str(part.close.iloc[0]) for part in found))
    self.log(f"{'XYZ' in frame.index} {'NOPE' in frame.index} {frame.close.unstack(level=0)['XYZ'].iloc[0]}")
    try:
        frame.loc["NOPE"]
    except KeyError as error:
        self.log(f"no {error}")
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:3] == ["100.0 100.0 100.0 100.0", "True False 100.0", "no 'NOPE'"]


def test_frames_keep_the_right_of_a_contract(tmp_path: Path) -> None:
    body = """
def act(self, data):
    frame = self.history(self.call, 1)
    chain = data.option_chains[self.canonical].data_frame
    self.log(f"{frame.index.get_level_values('type')[0]} {chain.right.iloc[0]} {chain.style.iloc[0]}")
    self.log(str(len(chain[chain.right == OptionRight.CALL])))
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:2] == ["CALL CALL AMERICAN", "2"]


def test_bars_of_several_symbols_come_as_collections(tmp_path: Path) -> None:
    body = """
def act(self, data):
    for bars in self.history[TradeBar]([self.stock.symbol], 1):
        self.log(f"{bars.time:%H:%M} {bars['XYZ'].close} {[str(pair.key) for pair in bars]} {bars.contains_key('XYZ')}")
    self.log(str([bar.close for bar in self.history[TradeBar](symbol="XYZ", periods=1)]))
    self.log(str(data.option_chains[self.canonical].quote_bars[self.call].ask.close))
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[:3] == ["09:31 100.0 ['XYZ'] True", "[100.0]", "1.2"]


def test_object_store_gives_pairs_of_key_and_bytes(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.object_store.save("a/b", "text")
    self.log(str([(pair.key, pair.value) for pair in self.object_store]))
    self.limit_order(self.call, 1, 0.01)
"""
    assert said(replayed(tmp_path, body))[0] == "[('a/b', b'text')]"


def test_attribute_that_an_algorithm_does_without_is_noted_once(tmp_path: Path) -> None:
    body = """
def act(self, data):
    self.no_such_thing_either = hasattr(self, "no_such_thing")
    self.log(f"{hasattr(self, 'NoSuchThing')} {getattr(self.call, 'cusip_number', 'none')} {hasattr(self, '_own')}")
"""
    result = replayed(tmp_path, body)
    assert result.log[0].endswith("False none False")
    notes = [note for note in result.extra["missing"] if "does not have" in note]
    assert [note.split(",")[0] for note in notes] == [
        "the algorithm asked for QCAlgorithm.NoSuchThing",
        "the algorithm asked for Symbol.cusip_number",
    ]
    silent = replayed(tmp_path, "def act(self, data):\n    self.market_order(data.option_chains[self.canonical], 1)")
    assert not any("does not have" in note for note in silent.extra["missing"])


def test_texts_of_a_side_of_the_book_and_of_a_slice_are_leans(tmp_path: Path) -> None:
    body = "def act(self, data):\n    self.log(str(data.quote_bars[self.call].ask)); self.log(str(data))"

    assert said(replayed(tmp_path, body))[:2] == ["O: 1.2 H: 1.2 L: 1.2 C: 1.2", "QuantConnect.Data.Slice"]


def test_run_says_that_it_is_a_local_backtest(tmp_path: Path) -> None:
    body = "def act(self, data):\n    self.log(f'{self.algorithm_mode} {self.deployment_target} {self.live_mode}')"

    assert said(replayed(tmp_path, body))[0] == "BACKTESTING LOCAL_PLATFORM False"


@pytest.mark.parametrize(
    "call", ["self.plot('Mine', 'line', float('nan'))", "self.limit_order(self.call, 1, float('nan'))"]
)
def test_number_that_is_none_ends_the_run_with_leans_words(tmp_path: Path, call: str) -> None:
    result = replayed(tmp_path, f"def act(self, data):\n    {call}")

    assert result.state == "RuntimeError"
    assert "It is not possible to cast a non-finite floating-point value (NaN) as decimal." in result.error[-1]


@pytest.mark.parametrize(
    ("color", "text"), [("Color.RED", "#FF0000"), ("Color.Green", "#008000"), ("Color.from_argb(1, 2, 3)", "#010203")]
)
def test_color_of_a_series_is_written_as_the_charts_file_has_it(tmp_path: Path, color: str, text: str) -> None:
    body = f"def act(self, data):\n    self.log(Series('line', SeriesType.LINE, 0, '$', {color}).to_json()['color'])"

    assert said(replayed(tmp_path, body))[0] == text


def test_color_without_a_name_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"Color\.PAPAYA_WHIP"):
        replayed(tmp_path, "def act(self, data):\n    Color.PAPAYA_WHIP")
