"""Tickers over time, splits and dividends, interest rates."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from replay.corporate_actions import CorporateActions
from replay.enums import SecurityType
from replay.errors import DataError
from replay.factor_files import FactorFiles
from replay.hours_database import MarketHoursDatabase
from replay.interest_rates import DEFAULT_RATE, InterestRates
from replay.map_files import MapFiles
from replay.symbol import Symbol

TODAY = date(2026, 11, 22)


def _map_files(root, **files):
    folder = root / "equity" / "usa" / "map_files"
    folder.mkdir(parents=True)
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(rows)
    return MapFiles(root, TODAY)


GOOG = "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n"
GOOGL = "20040819,goog,Q\n20140402,goog,Q\n20501231,googl,Q\n"


def test_ticker_of_today_is_the_file_that_still_uses_it(tmp_path):
    found = _map_files(tmp_path, goog=GOOG, googl=GOOGL)
    assert found.first("goog", "usa") == ("GOOCV", datetime(2014, 3, 27))
    assert found.first("GOOGL", "usa") == ("GOOG", datetime(2004, 8, 19))


def test_former_ticker_finds_the_equity_that_used_it_last(tmp_path):
    found = _map_files(tmp_path, nws="19960101,nwsa,Q\n20130628,nwsa,Q\n20190319,fox,Q\n")
    assert found.resolve("FOX").permanent_ticker == "NWS"
    assert found.resolve("NWSA").delisting_date == date(2019, 3, 19)


def test_ticker_on_a_date_changes_the_day_after_the_last_use(tmp_path):
    file = _map_files(tmp_path, goog=GOOG).resolve("GOOG")
    assert [file.ticker_on(date(2014, 4, day)) for day in (2, 3)] == ["GOOCV", "GOOG"]
    assert file.renames() == [(date(2014, 4, 2), "GOOCV", "GOOG")]


def test_ticker_without_a_map_file_is_unknown(tmp_path):
    assert _map_files(tmp_path, goog=GOOG).first("XYZ", "usa") is None
    assert MapFiles(tmp_path / "nowhere", TODAY).first("XYZ", "usa") is None


def test_bad_map_row_is_named(tmp_path):
    with pytest.raises(DataError, match=r"goog\.csv row 2: '2014,goog' is no row"):
        _map_files(tmp_path, goog="20140327,goocv,Q\n2014,goog\n").resolve("GOOG")


def _factors(root, rows):
    folder = root / "equity" / "usa" / "factor_files"
    folder.mkdir(parents=True)
    (folder / "aapl.csv").write_text(rows)
    return FactorFiles(root).of("AAPL")


def test_split_is_announced_by_the_row_of_the_day_before(tmp_path):
    file = _factors(tmp_path, "19980102,0.9,0.142857,100\n20140606,0.9,0.142857,645.57\n20501231,1,1,0\n")
    factor, reference = file.split_after(date(2014, 6, 6))
    assert (factor, reference) == (Decimal("0.142857"), Decimal("645.57"))
    assert file.split_after(date(2014, 6, 5)) is None
    assert file.dividend_after(date(2014, 6, 6))[0] == Decimal("0.9")


def test_scale_holds_up_to_the_date_of_its_row(tmp_path):
    file = _factors(tmp_path, "20140606,0.9,0.5,645.57\n20501231,1,1,0\n")
    assert file.price_scale(date(2014, 6, 6)) == Decimal("0.45")
    assert file.price_scale(date(2014, 6, 7)) == 1
    assert file.split_scale(date(2014, 1, 1)) == Decimal("0.5")


def test_equity_without_a_factor_file_has_factor_one(tmp_path):
    file = FactorFiles(tmp_path).of("XYZ")
    assert file.price_scale(date(2020, 1, 1)) == 1
    assert file.split_after(date(2020, 1, 1)) is None


def test_bad_factor_row_is_named(tmp_path):
    with pytest.raises(DataError, match="row 1: '20140606,one,1,1' is no row"):
        _factors(tmp_path, "20140606,one,1,1\n")


def _rates(root, rows):
    folder = root / "alternative" / "interest-rate" / "usa"
    folder.mkdir(parents=True)
    (folder / "interest-rate.csv").write_text("DATE,PCREDIT8\n" + rows)
    return InterestRates(root)


def test_rate_holds_until_the_next_row(tmp_path):
    rates = _rates(tmp_path, "2015-12-17,1.00\n2020-03-16,0.25\n")
    assert rates.rate(date(2015, 12, 24)) == 0.01
    assert rates.rate(datetime(2021, 1, 4, 9, 31)) == 0.0025
    assert rates.rate(date(2001, 1, 1)) == 0.01


def test_rate_without_a_file_is_the_default(tmp_path):
    assert InterestRates(tmp_path).rate(date(2021, 1, 4)) == DEFAULT_RATE


def test_bad_rate_row_is_named(tmp_path):
    with pytest.raises(DataError, match="row 2: 'soon,1' is no row"):
        _rates(tmp_path, "soon,1\n").rate(date(2021, 1, 4))


def _actions(root, first, last, *, factors="", maps=""):
    for folder, rows in (("factor_files", factors), ("map_files", maps)):
        path = root / "equity" / "usa" / folder
        path.mkdir(parents=True)
        if rows:
            (path / "aapl.csv").write_text(rows)
    week = {
        day: [{"start": "09:30:00", "end": "16:00:00", "state": "market"}]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    }
    zones = {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"}
    file = root / "hours.json"
    file.write_text(json.dumps({"entries": {"Equity-usa-[*]": zones | week}}))
    symbol = Symbol.create("AAPL", SecurityType.EQUITY)
    found = CorporateActions(MapFiles(root, TODAY), FactorFiles(root)).within(
        symbol, MarketHoursDatabase(file).of(symbol), first, last
    )
    return [(action.kind.value, action.time.day, action) for action in found]


def test_split_is_warned_on_the_last_day_before_and_happens_at_the_next_trading_midnight(tmp_path):
    rows = "20140606,1,0.25,645.57\n20501231,1,1,0\n"
    found = _actions(tmp_path, date(2014, 6, 5), date(2014, 6, 10), factors=rows)
    assert [(kind, day) for kind, day, _ in found] == [("split warning", 6), ("split", 9)]
    assert (found[1][2].factor, found[1][2].reference_price) == (Decimal("0.25"), Decimal("645.57"))


def test_dividend_amount_comes_from_the_price_factor(tmp_path):
    rows = "20140605,0.99,1,200\n20501231,1,1,0\n"
    found = _actions(tmp_path, date(2014, 6, 5), date(2014, 6, 10), factors=rows)
    assert [(kind, day, action.amount) for kind, day, action in found] == [("dividend", 6, Decimal("2.00"))]


def test_rename_stands_at_the_first_day_of_the_new_ticker(tmp_path):
    rows = "20000103,old,Q\n20140606,old,Q\n20501231,aapl,Q\n"
    found = _actions(tmp_path, date(2014, 6, 5), date(2014, 6, 10), maps=rows)
    assert [(kind, day, action.old, action.new) for kind, day, action in found] == [("rename", 9, "OLD", "AAPL")]


def test_delisting_is_warned_on_its_day_and_done_at_midnight_after(tmp_path):
    rows = "20000103,aapl,Q\n20140606,aapl,Q\n"
    found = _actions(tmp_path, date(2014, 6, 5), date(2014, 6, 10), maps=rows)
    assert [(kind, day) for kind, day, _ in found] == [("delisting warning", 6), ("delisted", 7)]


def test_delisting_on_the_last_day_of_a_run_is_only_warned(tmp_path):
    rows = "20000103,aapl,Q\n20140606,aapl,Q\n"
    found = _actions(tmp_path, date(2014, 6, 5), date(2014, 6, 6), maps=rows)
    assert [kind for kind, _, _ in found] == ["delisting warning"]
