"""Splits, dividends, renames and delistings, run through the engine over a small data folder of our own."""

import json
import zipfile
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from replay.corporate_events import CorporateEvents
from replay.enums import OptionRight, Resolution, SecurityType, TickType
from replay.errors import Unsupported
from replay.reader import member_name, zip_path
from replay.session import run
from replay.symbol import Symbol

DAYS = [date(2014, 6, 5), date(2014, 6, 6), date(2014, 6, 9), date(2014, 6, 10)]
WEEK = {
    day: [{"start": "09:30:00", "end": "16:00:00", "state": "market"}]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}
ZONES = {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"}
PROPERTIES = (
    "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"
    "usa,[*],equity,,USD,1,0.01,1\nusa,[*],option,,USD,100,0.01,1\n"
)
XYZ = Symbol.create("XYZ", SecurityType.EQUITY)
CALL = Symbol.create_option(XYZ, "usa", 0, OptionRight.CALL, 100, datetime(2014, 7, 18))

ALGORITHM = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2014, 6, 5)
        self.set_end_date(2014, 6, 10)
        self.set_cash(100000)
        self.symbol = self.add_equity("XYZ", Resolution.MINUTE, {mode}).symbol
        {more}

    def on_data(self, data):
        if not self.portfolio[self.symbol].invested and self.time.day == 5:
            self.market_order(self.symbol, 10)
            self.limit_order(self.symbol, 10, 20)
            {held}

    def on_splits(self, splits):
        for split in splits.values():
            self.log(f"{{split.type}} {{split.split_factor:.2f}} {{split.reference_price:.2f}} holds {{self._held()}}")

    def on_dividends(self, dividends):
        for dividend in dividends.values():
            self.log(f"dividend {{dividend.distribution:.2f}} cash {{self.portfolio.cash:.2f}}")

    def on_symbol_changed_events(self, changes):
        for change in changes.values():
            self.log(f"{{change.old_symbol}} to {{change.new_symbol}} {{self.securities[self.symbol].symbol.value}}")

    def on_delistings(self, delistings):
        for delisting in delistings.values():
            self.log(f"{{delisting.symbol.value}} {{delisting.type}} holds {{self._held()}}")

    def on_order_event(self, event):
        self.log(f"order {{event.order_id}} {{event.status}} {{event.fill_quantity:g}} @ {{event.fill_price:.2f}}")

    def _held(self):
        holding = self.portfolio[self.symbol]
        return f"{{holding.quantity:g}} at {{holding.average_price:.2f}}"
"""
RAW = "data_normalization_mode=DataNormalizationMode.RAW"


def _member(root, symbol, kind, day, rows):
    path = zip_path(root, symbol, Resolution.MINUTE, kind, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member_name(symbol, Resolution.MINUTE, kind, day), "\n".join(rows))


def _prices(price, sized=True):
    side = ",".join([str(price * 10_000)] * 4)
    times = range(34_200_000, 57_600_000, 60_000)
    return [f"{time},{side},5,{side},5" if sized else f"{time},{side},100" for time in times]


@pytest.fixture
def play(tmp_path):
    def build(
        *, factors="", maps="", price=lambda day: 40, ticker=lambda day: "XYZ", mode=RAW, more="pass", held="pass"
    ):
        data = tmp_path / "data"
        for folder, rows in (("factor_files", factors), ("map_files", maps)):
            path = data / "equity" / "usa" / folder
            path.mkdir(parents=True)
            if rows:
                (path / "xyz.csv").write_text(rows)
        for folder, name, text in (
            (
                "market-hours",
                "market-hours-database.json",
                json.dumps({"entries": {"Equity-usa-[*]": ZONES | WEEK, "Option-usa-[*]": ZONES | WEEK}}),
            ),
            ("symbol-properties", "symbol-properties-database.csv", PROPERTIES),
        ):
            (data / folder).mkdir()
            (data / folder / name).write_text(text)
        for day in DAYS:
            equity = Symbol.create(ticker(day), SecurityType.EQUITY)
            _member(data, equity, TickType.TRADE, day, _prices(price(day), sized=False))
            _member(data, equity, TickType.QUOTE, day, _prices(price(day)))
            _member(data, CALL.with_ticker(ticker(day)), TickType.QUOTE, day, _prices(3))
        path = tmp_path / "main.py"
        path.write_text(ALGORITHM.format(mode=mode, more=more, held=held))
        return run(path, data_folder=data)

    return build


SPLIT = "20140606,1,0.25,40\n20501231,1,1,0\n"


def _after_split(day):
    return 40 if day < date(2014, 6, 9) else 10


def test_raw_split_multiplies_shares_and_adjusts_resting_orders(play):
    result = play(factors=SPLIT, price=_after_split)
    lines = [line[20:] for line in result.log if "SPLIT" in line or "WARNING" in line]
    assert lines == ["WARNING 0.25 40.00 holds 10 at 40.00", "SPLIT_OCCURRED 0.25 40.00 holds 40 at 10.00"]
    assert result.state == "Completed"
    resting = next(order for order in result.orders if order.limit_price is not None)
    assert (resting.quantity, resting.limit_price) == (40, 5)
    assert float(result.equity) == 100_000 - 1


def test_options_are_sold_at_the_close_before_a_split(play):
    more = (
        "self.call = self.add_option_contract(Symbol.create_option(self.symbol, Market.USA, OptionStyle.AMERICAN, "
        "OptionRight.CALL, 100, datetime(2014, 7, 18)), Resolution.MINUTE).symbol"
    )
    result = play(factors=SPLIT, price=_after_split, more=more, held="self.market_order(self.call, 1)")
    order = result.orders[-1]
    assert (str(order.type), order.tag, order.quantity) == (
        "MARKET_ON_CLOSE",
        "Liquidated due to impending split. Option splits are not currently supported.",
        -1,
    )
    assert order.created_utc == datetime(2014, 6, 6, 19, 44)
    assert order.last_fill_utc == datetime(2014, 6, 6, 20, 0)
    assert any("due to impending XYZ split event" in line for line in result.debug)


def test_dividend_is_paid_in_cash_on_raw_prices(play):
    result = play(factors="20140605,0.95,1,40\n20501231,1,1,0\n")
    assert [line[20:] for line in result.log if "dividend" in line] == ["dividend 2.00 cash 99619.00"]


def test_rename_cancels_open_orders_and_reads_on_under_the_new_ticker(play):
    maps = "20000103,old,Q\n20140606,old,Q\n20501231,xyz,Q\n"
    result = play(maps=maps, ticker=lambda day: "OLD" if day < date(2014, 6, 9) else "XYZ")
    lines = [line[20:] for line in result.log]
    assert "OLD to XYZ XYZ" in lines
    assert lines.index("OLD to XYZ XYZ") < lines.index("order 2 CANCELED 0 @ 0.00")
    assert result.orders[0].price == 40
    assert float(result.equity) == 100_000 - 1


def test_delisted_shares_are_sold_at_the_last_price_without_a_fee(play):
    result = play(maps="20000103,xyz,Q\n20140606,xyz,Q\n")
    lines = [line[20:] for line in result.log]
    assert "XYZ WARNING holds 10 at 40.00" in lines
    assert "order 3 FILLED -10 @ 40.00" in lines
    assert (result.orders[2].tag, result.orders[2].created_utc) == (
        "Liquidate from delisting",
        datetime(2014, 6, 7, 4, 0),
    )
    assert float(result.equity) == 100_000 - 1


def test_adjusted_prices_with_factors_are_refused_by_name(play):
    with pytest.raises(Unsupported, match="adjusted prices of XYZ: add it with data_normalization_mode"):
        play(factors=SPLIT, mode="")


def test_adjusted_prices_without_factors_are_the_raw_ones(play):
    assert play(mode="").state == "Completed"


@pytest.mark.parametrize(("resolution", "hour", "minute"), [(Resolution.MINUTE, 15, 44), (Resolution.HOUR, 15, 0)])
def test_options_are_sold_before_a_split_at_the_start_of_the_last_bar_that_leaves_time(resolution, hour, minute):
    hours = SimpleNamespace(
        get_next_market_close=lambda time, extended: datetime(2014, 6, 6, 16),
        time_zone=SimpleNamespace(to_utc=lambda time: time),
    )
    security = SimpleNamespace(resolution=resolution, hours=hours, local_time=datetime(2014, 6, 6))
    events, planned = CorporateEvents(SimpleNamespace()), []
    events._plan = lambda where, utc, item: planned.append(utc)

    events._announce(security)

    assert planned == [datetime(2014, 6, 6, hour, minute)]
