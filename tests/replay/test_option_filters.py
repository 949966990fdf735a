"""Universe filters: rules on a small chain of our own, and the recorded selections of the real engine."""

import json
import re
from datetime import date, datetime, timedelta

import pytest

from replay.enums import OptionRight, SecurityType
from replay.errors import ArgumentException, DataError, InvalidOperationException
from replay.hours_database import MarketHoursDatabase
from replay.map_files import MapFiles
from replay.option_filters import OptionFilterUniverse, chosen_symbols
from replay.settlement import is_standard, settlement_time
from replay.symbol import Symbol, set_map_file_lookup
from replay.universe import open_universe, universe_path

HOURS = {
    "entries": {
        "Option-usa-[*]": {
            "dataTimeZone": "America/New_York",
            "exchangeTimeZone": "America/New_York",
            **{
                day: [{"start": "09:30:00", "end": "16:00:00", "state": "market"}]
                for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
            },
            "holidays": ["12/25/2015"],
        }
    }
}
XYZ = Symbol.create("XYZ", SecurityType.EQUITY)
CHAIN = Symbol.create_canonical_option(XYZ)
DAY = date(2015, 12, 22)
EXPIRIES = ("20151224", "20151231", "20160115")
STRIKES = (90, 95, 100, 105, 110)


def _rows(price="101"):
    yield "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta"
    yield f",,,{price},{price},{price},{price},1000"
    for expiry in EXPIRIES:
        for strike in STRIKES:
            for right in "CP":
                yield f"{expiry},{strike},{right},1,2,0.5,1.5,7,{strike},0.25,{(110 - strike) / 20},0,0,-0.01,0"


@pytest.fixture
def chain(tmp_path):
    def build(price="101", at=datetime(2015, 12, 23)):
        path = universe_path(tmp_path, CHAIN, DAY)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(_rows(price)) + "\n")
        hours = tmp_path / "hours.json"
        hours.write_text(json.dumps(HOURS))
        file = open_universe(tmp_path, CHAIN, DAY)
        return OptionFilterUniverse(file, MarketHoursDatabase(hours).of(CHAIN), at)

    return build


def _strikes(universe):
    return sorted({int(row.strike) for row in universe})


@pytest.mark.parametrize(
    ("price", "low", "high", "kept"),
    [
        ("101", -1, 1, [100, 105]),
        ("101", 1, 2, [105, 110]),
        ("101", -2, -1, [95, 100]),
        ("101", 0, 0, [105]),
        ("100", -1, 1, [95, 100, 105]),
        ("100", 1, 1, [105]),
        ("89", -1, 1, [90]),
        ("111", -9, 9, []),
        ("101", 3, 9, []),
        ("101", -9, -8, []),
    ],
)
def test_strikes_count_from_the_underlying(chain, price, low, high, kept):
    assert _strikes(chain(price).strikes(low, high)) == kept


def test_expiration_counts_from_the_date_or_the_next_trading_day(chain):
    assert {row.expiry.day for row in chain().expiration(0, 8)} == {24, 31}
    holiday = chain(at=datetime(2015, 12, 25))
    assert {row.expiry.day for row in holiday.expiration(timedelta(3), timedelta(days=3))} == {31}


def test_monthly_and_weekly_filters_split_the_chain(chain):
    assert {row.expiry.day for row in chain().standards_only().apply_types_filter()} == {15}
    assert {row.expiry.day for row in chain().weeklys_only().apply_types_filter()} == {24, 31}
    assert len(chain().include_weeklys().apply_types_filter()) == 30


def test_front_and_back_months_split_by_expiry(chain):
    assert {row.expiry.day for row in chain().front_month()} == {24}
    assert {row.expiry.day for row in chain().back_months()} == {31, 15}
    assert {row.expiry.day for row in chain().back_month()} == {31}


def test_type_filter_after_front_month_is_refused(chain):
    with pytest.raises(InvalidOperationException, match="already been applied"):
        chain().front_month().standards_only()


def test_greek_bounds_are_included_and_theta_is_per_year(chain):
    assert _strikes(chain().delta(0.25, 0.5)) == [100, 105]
    assert len(chain().theta(-3.65, -3.65)) == 30
    assert len(chain().iv(0.2, 0.24)) == 0
    assert _strikes(chain().oi(95, 100)) == [95, 100]
    assert _strikes(chain().D(0.9, 1.1)) == [90]


def _legs(universe):
    return sorted((row.expiry.day, int(row.strike), "CP"[row.right]) for row in universe)


@pytest.mark.parametrize(
    ("name", "arguments", "legs"),
    [
        ("naked_call", (5, 4), [(31, 105, "C")]),
        ("naked_put", (0, -6), [(24, 95, "P")]),
        ("call_spread", (5, 5, -5), [(31, 95, "C"), (31, 105, "C")]),
        ("put_spread", (5, 10), [(31, 90, "P"), (31, 110, "P")]),
        ("call_calendar_spread", (0, 1, 9), [(15, 100, "C"), (24, 100, "C")]),
        ("strangle", (5, 5, -5), [(31, 95, "P"), (31, 105, "C")]),
        ("straddle", (5,), [(31, 100, "C"), (31, 100, "P")]),
        ("protective_collar", (5, 5, -5), [(31, 95, "P"), (31, 105, "C")]),
        ("conversion", (5, 5), [(31, 105, "C"), (31, 105, "P")]),
        ("call_butterfly", (5, 5), [(31, 95, "C"), (31, 100, "C"), (31, 105, "C")]),
        ("iron_butterfly", (5, 5), [(31, 95, "P"), (31, 100, "C"), (31, 100, "P"), (31, 105, "C")]),
        ("iron_condor", (5, 1, 12), [(31, 95, "P"), (31, 100, "P"), (31, 105, "C"), (31, 110, "C")]),
        ("box_spread", (5, 5), [(31, 95, "C"), (31, 95, "P"), (31, 105, "C"), (31, 105, "P")]),
        ("jelly_roll", (0, 1, 9), [(15, 100, "C"), (15, 100, "P"), (24, 100, "C"), (24, 100, "P")]),
        ("call_ladder", (5, 9, 4, -1), [(31, 100, "C"), (31, 105, "C"), (31, 110, "C")]),
        ("iron_condor", (5, 5, 500), [(31, 95, "P"), (31, 90, "P"), (31, 105, "C"), (31, 110, "C")]),
        ("call_spread", (300,), []),
    ],
)
def test_strategy_filter_keeps_its_contracts(chain, name, arguments, legs):
    assert _legs(getattr(chain(), name)(*arguments)) == sorted(legs)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("call_spread", (5, -5, 5)),
        ("strangle", (5, -5, -5)),
        ("iron_condor", (5, 10, 5)),
        ("iron_condor", (5, -1, 5)),
        ("jelly_roll", (0, 60, 30)),
        ("call_ladder", (5, 1, 2, 3)),
        ("put_butterfly", (5, 0)),
    ],
)
def test_strategy_filter_refuses_impossible_arguments(chain, name, arguments):
    with pytest.raises(ArgumentException):
        getattr(chain(), name)(*arguments)


def test_contracts_take_a_function_or_a_list_even_of_foreign_symbols(chain):
    assert _strikes(chain().contracts(lambda rows: [row for row in rows if row.id.strike_price > 105])) == [110]
    far = Symbol.create_option(XYZ, "usa", 0, OptionRight.CALL, 500, datetime(2016, 1, 15))
    universe = chain().contracts([far])
    assert universe.symbols() == [far]
    assert universe.data[0].greeks.delta == 0


def test_where_select_and_iteration_see_rows(chain):
    universe = chain()
    assert len(universe.where(lambda row: row.strike == 90 and row.right == OptionRight.PUT)) == 3
    assert universe.select(lambda row: row.symbol).count == 3
    assert {row.open_interest for row in universe} == {90.0}


def test_filter_result_may_be_none_a_universe_or_symbols(chain):
    universe = chain()
    universe.puts_only()
    assert len(chosen_symbols(universe, None)) == 15
    other = chain()
    assert len(chosen_symbols(other, [row.symbol for row in other][:4])) == 4
    with pytest.raises(ArgumentException, match="not a valid argument"):
        chosen_symbols(chain(), 3)


def test_universe_without_an_underlying_row_keeps_all_strikes(chain, tmp_path):
    universe = chain()
    path = universe_path(tmp_path, CHAIN, DAY)
    path.write_text("20151224,100,C,1,1,1,1\n")
    bare = OptionFilterUniverse(open_universe(tmp_path, CHAIN, DAY), universe._hours, universe.local_time)
    assert len(bare.strikes(-1, 1)) == 1
    with pytest.raises(InvalidOperationException, match="no row for the underlying"):
        bare.naked_call(0)


@pytest.mark.parametrize("row", ["2015,100,C,1", "20151224,many,C,1", "20151224,100,X,1", "20151224,100"])
def test_bad_universe_row_is_named(chain, tmp_path, row):
    chain()
    universe_path(tmp_path, CHAIN, DAY).write_text(f"#header\n{row}\n")
    with pytest.raises(DataError, match=r"20151222\.csv row 2: .* is no row"):
        open_universe(tmp_path, CHAIN, DAY)


def test_spxw_settles_in_the_afternoon_and_spx_at_the_open(lean_data):
    hours = MarketHoursDatabase(lean_data / "market-hours" / "market-hours-database.json")
    spx = Symbol.create("SPX", SecurityType.INDEX)
    for root, expiry, when in (
        ("SPXW", datetime(2021, 1, 4), datetime(2021, 1, 4, 15, 0)),
        ("SPX", datetime(2021, 1, 15), datetime(2021, 1, 15, 8, 30)),
    ):
        symbol = Symbol.create_option(spx, root, "usa", 1, OptionRight.CALL, 3700, expiry)
        assert settlement_time(symbol, hours.of(symbol)) == when


def test_standard_index_contract_depends_on_its_root():
    spx = Symbol.create("SPX", SecurityType.INDEX)
    for root, expiry, expected in (("SPXW", 4, False), ("SPXW", 15, True), ("SPX", 4, True)):
        symbol = Symbol.create_option(spx, root, "usa", 1, OptionRight.CALL, 3700, datetime(2021, 1, expiry))
        assert is_standard(symbol) is expected


FILTERS = {
    "strikes": lambda u: u.strikes(-3, 2).expiration(0, 30),
    "strikes_above": lambda u: u.strikes(1, 3).expiration(0, 30),
    "strikes_below": lambda u: u.strikes(-3, -1).expiration(0, 30),
    "standards_only": lambda u: u.standards_only().strikes(-2, 2).expiration(0, 60),
    "weeklys_only": lambda u: u.weeklys_only().strikes(-1, 1).expiration(0, 40),
    "calls_only": lambda u: u.calls_only().strikes(-2, 2).expiration(timedelta(7), timedelta(15)),
    "puts_only": lambda u: u.puts_only().strikes(-2, 2).expiration(0, 8),
    "delta": lambda u: u.include_weeklys().expiration(0, 10).delta(0.25, 0.40),
    "put_delta": lambda u: u.puts_only().expiration(7, 30).delta(-0.30, -0.20),
    "front_month": lambda u: u.strikes(-1, 1).front_month(),
    "back_months": lambda u: u.strikes(0, 0).back_months(),
    "call_spread": lambda u: u.call_spread(5, 5, -5),
    "put_spread": lambda u: u.put_spread(5, 10),
    "iron_condor": lambda u: u.iron_condor(5, 5, 15),
    "contracts": lambda u: u.contracts(
        lambda cs: [c for c in cs if c.id.strike_price % 50 == 0 and c.id.date.day == 8]
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_goog_filter_selects_what_the_engine_selected(name, lean_data, lean_reference):
    file = "expected.json" if name == "strikes" else f"expected-{name}.json"
    log = json.loads((lean_reference / "universe_filters_goog" / file).read_text())["log"]
    recorded = {}
    for line in log:
        if found := re.match(r"2015-12-(\d\d) 00:00:00 .. 00:00 (added|removed) \d+: (.*)", line):
            recorded.setdefault(int(found[1]), {})[found[2]] = set(found[3].split(", "))
    set_map_file_lookup(MapFiles(lean_data, date(2026, 1, 1)).first)
    try:
        goog = Symbol.create("GOOG", SecurityType.EQUITY)
    finally:
        set_map_file_lookup(None)
    canonical = Symbol.create_canonical_option(goog)
    hours = MarketHoursDatabase(lean_data / "market-hours" / "market-hours-database.json").of(canonical)
    selected, expired = set(), set()
    for day in (23, 24, 25):
        universe = open_universe(lean_data, canonical, date(2015, 12, day - 1))
        filters = OptionFilterUniverse(universe, hours, datetime(2015, 12, day))
        now = {symbol.value[6:] for symbol in chosen_symbols(filters, FILTERS[name](filters))}
        changes = recorded.get(day, {})
        assert now - selected == changes.get("added", set())
        expired = {value for value in selected if value < f"1512{day}"}
        assert (selected - now) | expired == changes.get("removed", set())
        selected = now - expired
