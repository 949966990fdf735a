"""Identifiers and symbols against texts LEAN printed."""

import copy
import pickle
from datetime import datetime
from decimal import Decimal

import pytest

from replay import symbol as symbols
from replay.enums import Market, OptionRight, OptionStyle, OrderStatus, SecurityType
from replay.errors import ArgumentException, InvalidOperationException, Unsupported, UnsupportedAttribute
from replay.symbol import SecurityIdentifier, Symbol, SymbolCache


@pytest.fixture(autouse=True)
def goog_map_file():
    symbols.set_map_file_lookup(
        lambda ticker, market: ("GOOCV", datetime(2014, 3, 27)) if ticker.upper() == "GOOG" else None
    )
    yield
    symbols.set_map_file_lookup(None)
    SymbolCache.clear()


def _goog_call():
    goog = Symbol.create("GOOG", SecurityType.EQUITY, Market.USA)
    return Symbol.create_option(goog, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 745, datetime(2015, 12, 24))


def _spxw_put(strike=3700):
    spx = Symbol.create("SPX", SecurityType.INDEX, Market.USA)
    return Symbol.create_option(
        spx, "SPXW", Market.USA, OptionStyle.EUROPEAN, OptionRight.PUT, strike, datetime(2021, 1, 4)
    )


def test_equity_with_a_map_file_takes_first_ticker_and_date():
    assert str(Symbol.create("GOOG", SecurityType.EQUITY, Market.USA).id) == "GOOCV VP83T1ZUHROL"


def test_equity_without_a_map_file_has_no_date():
    xyz = Symbol.create("xyz", SecurityType.EQUITY, Market.USA)
    assert (str(xyz.id), xyz.value) == ("XYZ 2T", "XYZ")


def test_index_identifier_is_the_recorded_text():
    assert str(Symbol.create("SPX", SecurityType.INDEX, Market.USA).id) == "SPX 31"


def test_contract_value_is_the_osi_text_of_the_present_ticker():
    assert _goog_call().value == "GOOG  151224C00745000"
    assert _spxw_put().value == "SPXW  210104P03700000"


def test_fractional_strike_survives_the_identifier():
    sid = SecurityIdentifier.parse(str(_spxw_put(732.5).id))
    assert sid.strike_decimal == Decimal("732.5")
    assert sid is _spxw_put(732.5).id


def test_parsed_identifier_gives_every_part():
    sid = SecurityIdentifier.parse(str(_goog_call().id))
    assert (sid.date, sid.strike_price, sid.option_right, sid.option_style, sid.symbol, sid.market) == (
        datetime(2015, 12, 24),
        745.0,
        OptionRight.CALL,
        OptionStyle.AMERICAN,
        "GOOCV",
        "usa",
    )
    assert sid.underlying is Symbol.create("GOOG", SecurityType.EQUITY, Market.USA).id


def test_canonical_of_a_weekly_contract_is_the_root_chain():
    spx = Symbol.create("SPX", SecurityType.INDEX, Market.USA)
    canonical = Symbol.create_canonical_option(spx, "SPXW", Market.USA, "?SPXW")
    assert canonical.is_canonical()
    assert canonical.value == "?SPXW"
    assert _spxw_put().canonical == canonical


def test_canonical_with_three_arguments_reads_market_and_alias():
    goog = Symbol.create("GOOG", SecurityType.EQUITY, Market.USA)
    assert Symbol.create_canonical_option(goog, Market.USA, None) == _goog_call().canonical
    assert Symbol.create_canonical_option(goog).value == "?GOOG"


def test_text_of_a_symbol_is_the_ticker_only_after_it_was_added():
    call = _goog_call()
    assert str(call) == str(call.id)
    SymbolCache.set(call.value, call)
    assert str(call) == call.value == f"{call}"
    assert call == call.value


def test_renamed_symbol_equals_the_old_one_with_a_new_value():
    renamed = _goog_call().with_ticker("GOOGL")
    assert renamed == _goog_call()
    assert hash(renamed) == hash(_goog_call())
    assert renamed.value == "GOOGL 151224C00745000"


def test_symbols_sort_by_value_calls_before_puts():
    goog = Symbol.create("GOOG", SecurityType.EQUITY, Market.USA)
    put = Symbol.create_option(goog, Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 700, datetime(2015, 12, 24))
    assert sorted([put, _goog_call()]) == [_goog_call(), put]


def test_symbol_survives_pickle_and_copy_as_the_same_identity():
    call = _goog_call()
    assert pickle.loads(pickle.dumps(call)) == call
    assert copy.deepcopy(call) is call


def test_json_text_nests_the_underlying():
    assert _spxw_put().lean_json().startswith('{"value":"SPXW  210104P03700000","id":"SPXW ')
    assert _spxw_put().lean_json().endswith('"underlying":{"value":"SPX","id":"SPX 31","permtick":"SPX"}}')


def test_pascal_spelling_reads_the_same_attribute():
    assert _goog_call().ID.StrikePrice == 745.0
    assert _goog_call().SecurityType is SecurityType.OPTION


def test_strike_of_an_index_is_refused():
    with pytest.raises(InvalidOperationException, match="options only"):
        _ = Symbol.create("SPX", SecurityType.INDEX, Market.USA).id.strike_price


def test_strike_with_too_many_digits_is_refused():
    with pytest.raises(ArgumentException, match="digits"):
        _spxw_put("475712.1")


def test_text_that_is_no_identifier_is_refused():
    with pytest.raises(ArgumentException, match="'nonsense'"):
        SecurityIdentifier.parse("nonsense")


def test_unknown_market_and_type_are_named():
    with pytest.raises(Unsupported, match="'eurex'"):
        Symbol.create("SPX", SecurityType.INDEX, "eurex")
    with pytest.raises(Unsupported, match="FUTURE"):
        Symbol.create("ES", SecurityType.FUTURE, Market.USA)


def test_missing_attribute_is_named_and_an_attribute_error():
    with pytest.raises(UnsupportedAttribute, match=r"Symbol\.cusip"):
        _ = _goog_call().cusip
    assert not hasattr(_goog_call(), "cusip")


def test_enum_prints_its_name_and_reads_pascal_members():
    assert f"{OrderStatus.FILLED}" == "FILLED" == str(OrderStatus.Filled)
    assert OrderStatus.UpdateSubmitted is OrderStatus.UPDATE_SUBMITTED
    with pytest.raises(UnsupportedAttribute, match=r"OrderStatus\.DONE"):
        _ = OrderStatus.DONE
