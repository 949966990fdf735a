"""When universes select, which file they use, and what open interest does to a chain."""

import json
import re
import zipfile
from datetime import date, datetime

import pytest

from replay.enums import OptionRight, Resolution, SecurityType, TickType
from replay.order_json import order_json
from replay.reader import member_name, zip_path
from replay.session import run
from replay.symbol import Symbol
from replay.universe import universe_path

from .small_market import write_market

SPX = Symbol.create("SPX", SecurityType.INDEX)
CHAIN = Symbol.create_canonical_option(SPX, "SPXW", "usa", None)
EXPIRY = datetime(2021, 1, 8)
DAYS = [date(2021, 1, day) for day in (4, 5, 6)]
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
ALGORITHM = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, {start})
        self.set_end_date(2021, 1, 6)
        index = self.add_index("SPX", Resolution.MINUTE).symbol
        self.add(index) if {early} else setattr(self, "index", index)
        self.seen = None

    def add(self, index):
        option = self.add_index_option(index, "SPXW", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.strikes(0, 0).expiration(0, 9))
        self.chain = option.symbol

    def on_securities_changed(self, changes):
        for title, items in (("added", changes.added_securities), ("removed", changes.removed_securities)):
            names = sorted(s.symbol.value[6:] for s in items if s.symbol.has_underlying and not s.symbol.is_canonical())
            if names:
                self.log(f"{{title}} {{' '.join(names)}}")

    def on_data(self, data):
        if not {early} and self.time.hour == 10 and self.time.minute == 0 and self.time.day == 4:
            self.add(self.index)
        chain = data.option_chains.get(getattr(self, "chain", None)) if hasattr(self, "chain") else None
        if chain and self.seen != self.time.day:
            self.seen = self.time.day
            rows = [f"{{c.symbol.value[6:]}}:{{c.ask_price:g}}:{{c.open_interest:g}}" for c in chain]
            self.log("chain " + " ".join(rows))
"""


def _contract(strike, right):
    return Symbol.create_option(SPX, "SPXW", "usa", 1, right, strike, EXPIRY)


def _hours(zone, data_zone):
    session = [{"start": "08:30:00", "end": "15:15:00", "state": "market"}]
    return {"exchangeTimeZone": zone, "dataTimeZone": data_zone} | dict.fromkeys(WEEK, session)


def _write(root, symbols, kind, day):
    path = zip_path(root, symbols[0], Resolution.MINUTE, kind, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {
        TickType.QUOTE: "34200000,10000,10000,10000,10000,1,20000,20000,20000,20000,1",
        TickType.OPEN_INTEREST: "23400000,77",
        TickType.TRADE: "30600000,3700,3700,3700,3700,0\n30660000,3701,3701,3701,3701,0",
    }
    with zipfile.ZipFile(path, "w") as file:
        for symbol in symbols:
            file.writestr(member_name(symbol, Resolution.MINUTE, kind, day), rows[kind])


@pytest.fixture
def play(tmp_path):
    def build(closes, *, start=4, early=True):
        data = tmp_path / "data"
        (data / "market-hours").mkdir(parents=True)
        entries = {
            "Index-usa-[*]": _hours("America/Chicago", "America/Chicago"),
            "IndexOption-usa-[*]": _hours("America/Chicago", "America/New_York"),
        }
        (data / "market-hours" / "market-hours-database.json").write_text(json.dumps({"entries": entries}))
        (data / "symbol-properties").mkdir()
        (data / "symbol-properties" / "symbol-properties-database.csv").write_text("market,symbol,type\n")
        for day, close in closes.items():
            path = universe_path(data, CHAIN, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            strikes = [f"20210108,{strike},{right},1,1,1,1,0" for strike in (3700, 3800) for right in "CP"]
            path.write_text("\n".join([f",,,{close},{close},{close},{close},1", *strikes]))
        for day in DAYS:
            _write(data, [SPX], TickType.TRADE, day)
            _write(data, [_contract(strike, OptionRight.CALL) for strike in (3700, 3800)], TickType.QUOTE, day)
            both = [_contract(3700, right) for right in OptionRight]
            _write(data, both, TickType.OPEN_INTEREST, day)
        path = tmp_path / "main.py"
        path.write_text(ALGORITHM.format(start=start, early=early))
        return [line[8:] for line in run(path, data_folder=data).log]

    return build


FILES = {date(2021, 1, 1): 3700, date(2021, 1, 4): 3800}


def test_file_of_the_last_session_selects_at_the_start_and_the_next_at_exchange_midnight(play):
    lines = play(FILES)
    assert [line for line in lines if "chain" not in line] == [
        "04 00:00:00 added 210108C03700000 210108P03700000",
        "05 01:00:00 added 210108C03800000 210108P03800000",
        "05 01:00:00 removed 210108C03700000 210108P03700000",
    ]


def test_start_after_new_york_midnight_waits_for_exchange_midnight(play):
    assert play(FILES, start=5)[0] == "05 01:00:00 added 210108C03800000 210108P03800000"


def test_file_of_a_closed_day_is_not_read(play):
    lines = play(FILES | {date(2021, 1, 3): 3800})
    assert lines[0] == "04 00:00:00 added 210108C03700000 210108P03700000"


def test_day_without_a_file_keeps_the_selection(play):
    lines = play({date(2021, 1, 1): 3700})
    assert [line for line in lines if "chain" not in line] == ["04 00:00:00 added 210108C03700000 210108P03700000"]


def test_chain_added_during_the_day_selects_in_the_same_step(play):
    assert play(FILES, early=False)[0] == "04 10:00:00 added 210108C03700000 210108P03700000"


def test_open_interest_brings_a_silent_contract_into_the_chain(play):
    lines = [line for line in play(FILES) if "chain" in line]
    assert lines[0] == "04 09:31:00 chain 210108C03700000:2:77 210108P03700000:0:77"
    assert lines[1] == "05 09:31:00 chain 210108C03800000:2:0"


LATE_CHAIN = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.add_equity("XYZ", Resolution.MINUTE)
        self.chain = None

    def on_securities_changed(self, changes):
        names = [s.symbol.value[6:] for s in changes.added_securities if s.symbol.has_underlying]
        prices = [self.securities[key].price for key in self.securities.keys() if not key.is_canonical()]
        self.log(f"added {len(names)} {prices}")

    def on_data(self, data):
        if (self.time.hour, self.time.minute) > (9, 33):
            return
        chain = data.option_chains.get(self.chain) if self.chain else None
        strikes = [c.strike for c in chain] if chain else []
        self.log(f"stock {'XYZ' in data.bars} quotes {len(data.quote_bars)} chain {strikes} keys {len(data.keys())}")
        if self.chain is None and self.time.minute == 32:
            option = self.add_option("XYZ", Resolution.MINUTE)
            option.set_filter(lambda universe: universe.strikes(-9, 9))
            self.chain = option.symbol

"""


def test_chain_added_during_the_day_brings_a_second_slice_with_what_its_contracts_have_now(tmp_path):
    data = write_market(tmp_path / "data", {("put", 105): [(0, (1, 2)), (1, (3, 4))], ("put", 100): [(2, (1, 2))]})
    path = tmp_path / "main.py"
    path.write_text(LATE_CHAIN)
    assert [line[17:] for line in run(path, data_folder=data).log] == [
        "00 added 0 [0.0]",
        "00 stock True quotes 0 chain [] keys 1",
        "00 stock True quotes 0 chain [] keys 1",
        "00 added 2 [100.0, 3.5, 0.0]",
        "00 stock False quotes 1 chain [105.0] keys 1",
        "00 stock True quotes 2 chain [100.0, 105.0] keys 3",
    ]


CHANGES = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.add_chain()

    def add_chain(self):
        option = self.add_option("XYZ", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.strikes(0, 1))
        self.chain = option.symbol

    def on_securities_changed(self, changes):
        names = [[s.symbol.value[6:] for s in part] for part in (changes.added_securities, changes.removed_securities)]
        self.log(f"changes {names}")

    def on_data(self, data):
        clock = (self.time.hour, self.time.minute)
        chain = data.option_chains.get(self.chain)
        if clock <= (9, 33) or clock == (12, 0):
            self.log(f"chain {[c.strike for c in chain] if chain else []}")
        if clock == (9, 31):
            self.contract = next(iter(chain)).symbol
        {act}
"""
BOTH = ["240102P00100000", "240102P00105000"]


def changes_of(tmp_path, act):
    quotes = [(minute, (1, 2)) for minute in range(390)]
    data = write_market(tmp_path / "data", {("put", 105): quotes, ("put", 100): quotes})
    path = tmp_path / "main.py"
    path.write_text(CHANGES.replace("{act}", act))
    result = run(path, data_folder=data)
    assert result.error == []
    return [line[11:16] + line[19:] for line in result.log][2:]


def test_chain_removed_and_added_again_in_one_step_selects_in_the_next(tmp_path):
    act = "if clock == (9, 31):\n            self.remove_security(self.chain)\n            self.add_chain()"
    whole = "chain [100.0, 105.0]"
    expected = [f"09:31 {whole}", f"09:32 changes [{BOTH}, ['']]", f"09:32 {whole}", f"09:33 {whole}"]
    assert changes_of(tmp_path, act)[:4] == expected


def test_removed_contract_of_a_chain_keeps_its_data_and_is_not_reported(tmp_path):
    act = """if clock == (9, 31):
            self.remove_security(self.contract)
            self.log(str(self.securities[self.contract].is_tradable))"""
    whole = "chain [100.0, 105.0]"
    expected = [f"09:31 {whole}", "09:31 False", f"09:32 {whole}", f"09:33 {whole}"]
    assert changes_of(tmp_path, act)[:4] == expected


def test_contract_asked_for_stays_when_the_chain_that_selected_it_is_removed(tmp_path):
    act = "if clock == (9, 31): self.add_option_contract(self.contract); self.remove_security(self.chain)"
    expected = ["09:31 chain [100.0, 105.0]", f"09:32 changes [[], {['', *BOTH]}]", "09:32 chain [100.0]"]
    assert changes_of(tmp_path, act)[:3] == expected


@pytest.mark.parametrize(("minutes", "gone"), [(1440, []), (0, ["10:00 changes [[], ['240102P00100000']]"])])
def test_contract_asked_for_and_removed_leaves_after_the_minimum_time_in_a_universe(tmp_path, minutes, gone):
    act = f"""self.universe_settings.minimum_time_in_universe = timedelta(minutes={minutes})
        if clock == (9, 31): self.remove_security(self.chain)
        if clock == (9, 33): self.add_option_contract(self.contract)
        if clock == (10, 0): self.remove_security(self.contract)"""
    lines = changes_of(tmp_path, act)
    assert [line for line in lines if line.startswith("10:")] == gone
    assert lines[-1] == ("12:00 chain []" if gone else "12:00 chain [100.0]")


@pytest.mark.parametrize("call", ["self.add_option_contract(contract)", "self.market_order(contract, 1)"])
@pytest.mark.parametrize(("mode", "ends"), [("ADJUSTED", "RuntimeError"), ("RAW", "Completed")])
def test_first_contract_of_a_stock_with_adjusted_prices_is_refused_after_initialize(tmp_path, call, mode, ends):
    data = write_market(tmp_path / "data", {("put", 105): [(0, (1, 2))]})
    path = tmp_path / "main.py"
    path.write_text(f"""
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        mode = DataNormalizationMode.{mode}
        self.stock = self.add_equity("XYZ", Resolution.MINUTE, data_normalization_mode=mode).symbol

    def on_data(self, data):
        kind = (Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 105, datetime(2024, 1, 2))
        contract = Symbol.create_option(self.stock, *kind)
        if self.time.hour == 9:
            {call}
""")
    result = run(path, data_folder=data)
    text = "The underlying Equity asset (XYZ) is set to Adjusted, please change this to DataNormalizationMode.Raw"
    assert (result.state, text in " ".join(result.error)) == (ends, mode == "ADJUSTED")


TICK = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.stock = self.add_equity("XYZ", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW).symbol
        self.step = 0

    def on_data(self, data):
        self.step += 1
        if self.step == 1:
            kind = (Market.USA, OptionStyle.AMERICAN, OptionRight.PUT)
            legs = [Symbol.create_option(self.stock, *kind, k, datetime(2024, 1, 2)) for k in (100, 105)]
            self.combo_limit_order([Leg.create(legs[0], -1), Leg.create(legs[1], 1)], 1, 9)

    def on_securities_changed(self, changes):
        if self.step == 1:
            self.market_order(self.stock, 1)

    def on_order_event(self, event):
        self.log(f"{self.time:%H:%M:%S} {event.order_id} {event.status}")
"""


def test_what_an_order_adds_comes_in_a_step_a_tick_later_that_tries_resting_orders(tmp_path):
    data = write_market(tmp_path / "data", {("put", 105): [(0, (5, 6))], ("put", 100): [(0, (1, 2))]})
    path = tmp_path / "main.py"
    path.write_text(TICK)
    result = run(path, data_folder=data)
    assert [line[20:] for line in result.log] == [
        "09:31:00 1 SUBMITTED",
        "09:31:00 2 SUBMITTED",
        "09:31:00 1 FILLED",
        "09:31:00 2 FILLED",
        "09:31:00 3 SUBMITTED",
        "09:31:00 3 FILLED",
    ]
    created = [re.search(r'"createdTime":"([^"]*)"', order_json(order)).group(1) for order in result.orders]
    assert created == ["2024-01-02T14:31:00Z", "2024-01-02T14:31:00Z", "2024-01-02T14:31:00.0000001Z"]
    assert '"lastFillTime":"2024-01-02T14:31:00.0000001Z"' in order_json(result.orders[0])
