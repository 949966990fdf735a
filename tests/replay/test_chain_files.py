"""``option_chain``: which file, which contracts, which numbers."""

from datetime import date, datetime

import pytest

from replay.chain_files import FileChains, contracts_listed, option_chain
from replay.enums import OptionRight, SecurityType
from replay.errors import ArgumentException, Unsupported
from replay.map_files import MapFiles
from replay.store import Store
from replay.symbol import SecurityIdentifier, Symbol, set_map_file_lookup
from replay.universe import open_universe


@pytest.fixture
def goog(lean_data):
    set_map_file_lookup(MapFiles(lean_data, date(2026, 1, 1)).first)
    yield Symbol.create("GOOG", SecurityType.EQUITY)
    set_map_file_lookup(None)


@pytest.mark.parametrize("utc", [datetime(2015, 12, 24, 5), datetime(2015, 12, 24, 15)])
def test_chain_is_the_file_of_the_session_before(lean_data, goog, utc):
    chain = option_chain(Store(lean_data), goog, utc)
    assert len(chain) == 2192
    assert sum(1 for contract in chain if contract.right == OptionRight.CALL) == 1096
    call = next(c for c in chain if c.symbol.value == "GOOG  160115C00747500")
    assert (call.bid_price, call.ask_price, call.last_price, call.bid_size) == (15.1, 15.1, 15.1, 0.0)
    assert (call.volume, call.open_interest, call.underlying_last_price) == (62.0, 83.0, 748.54)
    assert f"{call.implied_volatility:.6f} {call.greeks.theta:.6f}" == "0.581262 -355.656620"


def test_chain_looks_back_over_a_weekend_and_a_holiday(lean_data, goog):
    assert option_chain(Store(lean_data), goog, datetime(2015, 12, 28, 5)).underlying.end_time == datetime(2015, 12, 25)


def test_index_chain_of_the_running_day_waits_for_exchange_midnight(lean_data):
    spx = Symbol.create("SPX", SecurityType.INDEX)
    store = Store(lean_data)
    days = [
        option_chain(store, spx, utc).underlying.time.day for utc in (datetime(2021, 1, 5, 5), datetime(2021, 1, 5, 6))
    ]
    assert days == [31, 4]


def test_chain_without_a_recent_file_is_empty(lean_data):
    spx = Symbol.create("SPX", SecurityType.INDEX)
    chain = option_chain(
        Store(lean_data), Symbol.create_canonical_option(spx, "SPXW", "usa", None), datetime(2021, 1, 8, 15)
    )
    assert len(chain) == 0


def test_data_frame_has_a_row_per_contract(lean_data, goog):
    frame = option_chain(Store(lean_data), goog, datetime(2015, 12, 24, 15), flatten=True).data_frame
    assert frame.shape[0] == 2192
    assert frame["underlyinglastprice"].unique().tolist() == [748.54]


def test_data_frame_groups_members_by_type_and_drops_prices_that_are_all_zero(lean_data, goog):
    frame = option_chain(Store(lean_data), goog, datetime(2015, 12, 24, 15), flatten=True).data_frame
    assert " ".join(frame.columns) == (
        "strike scaledstrike impliedvolatility openinterest lastprice bidprice askprice underlyinglastprice "
        "right style delta gamma vega theta rho volume bidsize asksize underlyingsymbol expiry"
    )
    assert frame["volume"].dtype == "int64"
    assert not frame["bidsize"].any()


def test_data_frame_without_flatten_is_refused(lean_data, goog):
    with pytest.raises(Unsupported, match="flatten=True"):
        _ = option_chain(Store(lean_data), goog, datetime(2015, 12, 24, 15)).data_frame


def test_symbol_of_an_unknown_kind_is_refused(lean_data):
    base = Symbol(SecurityIdentifier.parse("EURUSD 8G"), "EURUSD")
    with pytest.raises(ArgumentException, match="not an option"):
        option_chain(Store(lean_data), base, datetime(2015, 12, 24, 15))


def test_several_chains_share_a_frame_by_canonical_symbol(lean_data, goog):
    store, utc = Store(lean_data), datetime(2015, 12, 24, 15)
    spx = Symbol.create("SPX", SecurityType.INDEX)
    chains = FileChains([option_chain(store, symbol, utc, flatten=True) for symbol in (goog, spx)], flatten=True)
    frame = chains.data_frame
    assert frame.index.names == ["canonical", "symbol"]
    canonicals = {key.value for key in frame.index.get_level_values("canonical")}
    assert canonicals == {"?GOOG", "?SPX"}
    assert len(frame.loc[[Symbol.create_canonical_option(goog)]]) == 2192
    assert Symbol.create_canonical_option(spx) in chains


def test_contracts_listed_stand_in_the_order_of_the_file(lean_data, goog):
    store = Store(lean_data)
    listed = contracts_listed(store, goog, datetime(2015, 12, 24))
    file = open_universe(lean_data, Symbol.create_canonical_option(goog), date(2015, 12, 23))
    assert listed == [row.symbol for row in file.rows]
    assert listed != sorted(listed, key=lambda symbol: symbol.value)
