"""Exchange hours and symbol properties from a small database of our own and from LEAN's."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from replay.enums import SecurityType
from replay.errors import ArgumentException, DataError
from replay.hours_database import MarketHoursDatabase
from replay.properties import SymbolPropertiesDatabase
from replay.symbol import Symbol
from replay.timezones import TimeZone, TimeZones


def _week(*segments):
    day = [{"start": start, "end": end, "state": state} for start, end, state in segments]
    names = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return dict.fromkeys(names, day) | {"saturday": [], "sunday": []}


def _database(folder, **changes):
    new_york = {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"}
    chicago = {"dataTimeZone": "America/Chicago", "exchangeTimeZone": "America/Chicago"}
    equity = _week(
        ("04:00:00", "09:30:00", "premarket"),
        ("09:30:00", "16:00:00", "market"),
        ("16:00:00", "20:00:00", "postmarket"),
    )
    night = ("19:15:00", "1.00:00:00", "postmarket")
    entries = {
        "Equity-usa-[*]": new_york | equity | {"holidays": ["12/25/2015"], "earlyCloses": {"12/24/2015": "13:00:00"}},
        "Option-usa-[*]": new_york | _week(("09:30:00", "16:00:00", "market")),
        "Index-usa-[*]": chicago | _week(("08:30:00", "15:15:00", "market")) | {"holidays": ["12/25/2015"]},
        "IndexOption-usa-[*]": chicago | _week(("08:30:00", "15:15:00", "market")),
        "IndexOption-usa-SPXW": chicago
        | _week(("00:00:00", "08:15:00", "premarket"), ("08:30:00", "15:15:00", "market"), night),
    }
    file = folder / "market-hours-database.json"
    file.write_text(json.dumps({"entries": entries | changes}))
    return MarketHoursDatabase(file)


@pytest.fixture
def database(tmp_path):
    return _database(tmp_path)


def test_option_without_holidays_takes_those_of_its_underlying(database):
    hours = database.get("usa", "GOOG", SecurityType.OPTION)
    assert not hours.is_date_open(date(2015, 12, 25))
    assert hours.session(date(2015, 12, 24)) == (datetime(2015, 12, 24, 9, 30), datetime(2015, 12, 24, 13, 0))


def test_early_close_cuts_the_segments_after_it(database):
    hours = database.get("usa", "GOOG", SecurityType.EQUITY)
    assert hours.is_open(datetime(2015, 12, 24, 12, 59), False)
    assert not hours.is_open(datetime(2015, 12, 24, 13, 0), True)
    assert hours.is_open(datetime(2015, 12, 23, 17, 0), True)
    assert not hours.is_open(datetime(2015, 12, 23, 17, 0), False)


def test_stretch_is_open_when_it_touches_the_session(database):
    hours = database.get("usa", "GOOG", SecurityType.OPTION)
    assert hours.is_open(datetime(2015, 12, 23, 15, 59), datetime(2015, 12, 23, 16, 0), False)
    assert not hours.is_open(datetime(2015, 12, 23, 16, 0), datetime(2015, 12, 23, 16, 1), False)
    assert hours.is_open(datetime(2015, 12, 23, 20, 0), datetime(2015, 12, 24, 9, 31), False)


def test_next_open_and_close_step_over_holiday_and_weekend(database):
    hours = database.get("usa", "GOOG", SecurityType.OPTION)
    assert hours.get_next_market_open(datetime(2015, 12, 24, 9, 30), False) == datetime(2015, 12, 28, 9, 30)
    assert hours.get_next_market_close(datetime(2015, 12, 24, 13, 0), False) == datetime(2015, 12, 28, 16, 0)
    assert hours.get_previous_market_open(datetime(2015, 12, 27, 5), False) == datetime(2015, 12, 24, 9, 30)
    assert hours.GetNextTradingDay(datetime(2015, 12, 24)) == datetime(2015, 12, 28)


def test_extended_segments_over_midnight_count_as_one_session(database):
    hours = database.get("usa", "SPXW", SecurityType.INDEX_OPTION)
    tuesday = datetime(2021, 1, 5, 12)
    assert hours.get_next_market_close(tuesday.replace(hour=20), True) == datetime(2021, 1, 6, 8, 15)
    assert hours.get_next_market_open(tuesday.replace(hour=20), True) == datetime(2021, 1, 6, 8, 30)
    assert hours.get_next_market_open(tuesday.replace(hour=16), True) == datetime(2021, 1, 5, 19, 15)
    assert hours.regular_market_duration == timedelta(hours=6, minutes=45)


def test_missing_entry_is_named(tmp_path):
    file = tmp_path / "market-hours-database.json"
    file.write_text('{"entries": {}}')
    with pytest.raises(DataError, match="Option-usa-GOOG"):
        MarketHoursDatabase(file).get("usa", "GOOG", SecurityType.OPTION)


def test_malformed_entry_is_named(tmp_path):
    broken = _database(tmp_path, **{"Option-usa-GOOG": {"dataTimeZone": "America/New_York"}})
    with pytest.raises(DataError, match="field Option-usa-GOOG"):
        broken.get("usa", "GOOG", SecurityType.OPTION)


def test_missing_file_tells_what_a_data_folder_needs(tmp_path):
    with pytest.raises(DataError, match="data folder needs"):
        MarketHoursDatabase(tmp_path / "none.json").get("usa", "GOOG", SecurityType.OPTION)


def test_lean_database_gives_the_spxw_half_day(lean_data):
    database = MarketHoursDatabase(lean_data / "market-hours" / "market-hours-database.json")
    spx = Symbol.create("SPX", SecurityType.INDEX)
    hours = database.of(Symbol.create_canonical_option(spx, "SPXW", "usa", None))
    assert hours.session(date(2021, 1, 4)) == (datetime(2021, 1, 4, 8, 30), datetime(2021, 1, 4, 15, 15))
    assert hours.session(date(2021, 11, 26)) == (datetime(2021, 11, 26, 8, 30), datetime(2021, 11, 26, 12, 0))
    assert not hours.is_date_open(date(2021, 1, 18))
    assert (hours.time_zone.id, hours.data_time_zone.id) == ("America/Chicago", "America/New_York")


def test_time_zone_converts_both_ways_in_summer_and_winter():
    zone = TimeZones.NEW_YORK
    for utc, local in (
        (datetime(2015, 12, 24, 14, 31), datetime(2015, 12, 24, 9, 31)),
        (datetime(2023, 6, 26, 13, 31), datetime(2023, 6, 26, 9, 31)),
    ):
        assert zone.to_local(utc) == local
        assert zone.to_utc(local) == utc
    assert zone.to_utc(datetime(2021, 3, 14, 2, 30)) == datetime(2021, 3, 14, 7, 30)
    assert zone.to_utc(datetime(2021, 11, 7, 1, 30)) == datetime(2021, 11, 7, 5, 30)


def test_unknown_time_zone_is_named():
    with pytest.raises(ArgumentException, match="'Mars/Olympus'"):
        TimeZone("Mars/Olympus")


def test_time_zones_offer_both_spellings():
    assert TimeZones.NewYork is TimeZones.NEW_YORK
    assert TimeZones.CHICAGO.id == "America/Chicago"


HEADER = "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"


def _properties(folder, rows):
    file = folder / "symbol-properties-database.csv"
    file.write_text(HEADER + rows)
    return SymbolPropertiesDatabase(file)


def test_properties_prefer_the_symbol_row_to_the_wildcard(tmp_path):
    database = _properties(tmp_path, "usa,[*],index,,USD,1,0.01,1\nusa,RUT,index,,USD,1,0.001,1\n")
    assert database.of(Symbol.create("RUT", SecurityType.INDEX)).exact.minimum_price_variation == Decimal("0.001")
    assert database.of(Symbol.create("SPX", SecurityType.INDEX)).minimum_price_variation == 0.01


def test_properties_without_any_row_are_the_defaults(tmp_path):
    database = _properties(tmp_path, "")
    assert database.of(Symbol.create("SPX", SecurityType.INDEX)).contract_multiplier == 1.0


def test_properties_row_with_a_bad_number_is_named(tmp_path):
    database = _properties(tmp_path, "usa,[*],index,,USD,many,0.01,1\n")
    with pytest.raises(DataError, match="row 2 field contract_multiplier: 'many'"):
        database.of(Symbol.create("SPX", SecurityType.INDEX))
