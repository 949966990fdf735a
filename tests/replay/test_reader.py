"""Zip files of bars: names, times, sides, and the faults a user can meet."""

import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest

from replay.clock import from_ms
from replay.enums import OptionRight, OptionStyle, Resolution, SecurityType, TickType
from replay.errors import DataError
from replay.reader import open_bars, zip_path
from replay.symbol import Symbol
from replay.timezones import TimeZones

DAY = date(2021, 1, 4)
SPX = Symbol.create("SPX", SecurityType.INDEX)


def _contract(strike=3700, right=OptionRight.CALL):
    return Symbol.create_option(SPX, "SPXW", "usa", OptionStyle.EUROPEAN, right, strike, datetime(2021, 1, 4))


NAME = "20210104_spxw_minute_quote_european_call_37000000_20210104.csv"
ROW = "34200000,651000,671000,635000,649000,48,692000,707000,674000,679000,15"


def _write(root, content, name=NAME, symbol=None, tick_type=TickType.QUOTE, resolution=Resolution.MINUTE):
    path = zip_path(root, symbol or _contract(), resolution, tick_type, DAY)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


def _open(root, symbol=None, tick_type=TickType.QUOTE, zone=TimeZones.NEW_YORK, resolution=Resolution.MINUTE):
    return open_bars(root, symbol or _contract(), resolution, tick_type, DAY, zone)


def test_quote_row_ends_a_minute_later_in_utc_with_the_scale_of_the_file(tmp_path):
    _write(tmp_path, ROW + "\n")
    rows = _open(tmp_path).columns(_contract())
    assert from_ms(rows.ends[0]) == datetime(2021, 1, 4, 14, 31)
    assert str(rows.price("bid_close", 0)) == "64.9000"
    assert rows.column("ask_size") == [15]


def test_index_prices_are_plain_decimals_in_chicago_time(tmp_path):
    content = "30600000,3764.61,3769.99,3764.61,3766.63,59\n"
    _write(tmp_path, content, "20210104_spx_minute_trade.csv", SPX, TickType.TRADE)
    rows = _open(tmp_path, SPX, TickType.TRADE, TimeZones.CHICAGO).columns(SPX)
    assert rows.price("close", 0) == Decimal("3766.63")
    assert rows.column("volume") == [59]
    assert from_ms(rows.ends[0]) == datetime(2021, 1, 4, 14, 31)


def test_empty_or_zero_side_is_missing(tmp_path):
    _write(tmp_path, "34200000,,,,,0,5000,5000,5000,5000,16\n34260000,0,0,0,0,0,5000,5000,5000,0,16\n")
    rows = _open(tmp_path).columns(_contract())
    assert [rows.has_bid(row) for row in (0, 1)] == [False, False]
    assert [rows.has_ask(row) for row in (0, 1)] == [True, True]


def test_index_at_finds_the_last_bar_that_has_ended(tmp_path):
    _write(tmp_path, f"{ROW}\n{ROW.replace('34200000', '34320000')}\r\n")
    rows = _open(tmp_path).columns(_contract())
    assert [rows.index_at(rows.ends[0] + gap) for gap in (-1, 0, 119_999, 120_000)] == [-1, 0, 0, 1]


def test_first_end_reads_the_first_row_alone(tmp_path):
    _write(tmp_path, ROW + "\nthis row is broken")
    assert from_ms(_open(tmp_path).first_end(_contract())) == datetime(2021, 1, 4, 14, 31)


def test_absent_file_member_or_row_gives_none(tmp_path):
    assert _open(tmp_path) is None
    _write(tmp_path, "")
    file = _open(tmp_path)
    assert file.columns(_contract()) is None
    assert file.first_end(_contract()) is None
    assert file.columns(_contract(3800)) is None
    assert _contract() in file


def test_doubled_zip_suffix_is_not_seen(tmp_path):
    path = _write(tmp_path, ROW)
    path.rename(path.with_name(path.name + ".zip"))
    assert _open(tmp_path) is None


def test_surplus_cells_and_blank_lines_are_ignored(tmp_path):
    _write(tmp_path, f"{ROW},7\n\n{ROW.replace('34200000', '34260000')}\n")
    assert len(_open(tmp_path).columns(_contract())) == 2


def test_daily_rows_start_at_their_local_time(tmp_path):
    _write(tmp_path, "20210104 00:00,1,2,1,2,59\n", "spx.csv", SPX, TickType.TRADE, Resolution.DAILY)
    rows = _open(tmp_path, SPX, TickType.TRADE, TimeZones.CHICAGO, Resolution.DAILY).columns(SPX)
    assert from_ms(rows.ends[0]) == datetime(2021, 1, 5, 6, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("34200000,651000,671000", r"row 1: has 3 cells, 11 are needed; the columns are time, bid_open"),
        (f"{ROW}\nnoon" + ROW[8:], r"row 2 field time: b'noon' is no time \(milliseconds since midnight\)"),
        (f"{ROW}\n{ROW}", r"row 2 field time: 34200000 is not later than the row before"),
    ],
)
def test_bad_row_is_named(tmp_path, content, message):
    _write(tmp_path, content)
    with pytest.raises(DataError, match=message):
        _open(tmp_path).columns(_contract())


@pytest.mark.parametrize("price", ["x", "NaN", "\xff"])
def test_cell_that_is_no_number_is_named_when_its_column_is_read(tmp_path, price):
    _write(tmp_path, f"{ROW}\n{ROW.replace('34200000', '34260000').replace('679000', price)}")
    rows = _open(tmp_path).columns(_contract())
    assert rows.column("bid_close") == [649000, 649000]
    with pytest.raises(DataError, match=r"row 2 field ask_close: .* is no number; mend or delete"):
        rows.column("ask_close")


def test_fraction_of_a_price_unit_stays_exact(tmp_path):
    _write(tmp_path, ROW.replace("649000", "649000.5"))
    assert _open(tmp_path).columns(_contract()).price("bid_close", 0) == Decimal("64.90005")


def test_file_that_is_no_zip_is_named(tmp_path):
    path = _write(tmp_path, ROW)
    path.write_bytes(b"not a zip")
    with pytest.raises(DataError, match=r"20210104_quote_european\.zip: is no readable zip file"):
        _open(tmp_path)


def test_damaged_member_is_named(tmp_path):
    path = _write(tmp_path, ROW * 50)
    raw = bytearray(path.read_bytes())
    raw[len(NAME) + 40] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(DataError, match="cannot be unpacked"):
        _open(tmp_path).columns(_contract())


def test_members_with_foreign_names_are_named(tmp_path):
    _write(tmp_path, ROW, "quotes.csv")
    with pytest.raises(DataError, match=r"\[quotes\.csv\]: no member is named 20210104_spxw_minute_quote_"):
        _open(tmp_path)


def test_every_sample_quote_of_spxw_is_read(lean_data):
    for day in range(4, 9):
        opened = date(2021, 1, day)
        file = open_bars(lean_data, _contract(), Resolution.MINUTE, TickType.QUOTE, opened, TimeZones.NEW_YORK)
        read = 0
        for name in file.names():
            right, strike, expiry = name.removesuffix(".csv").split("_")[5:]
            symbol = Symbol.create_option(
                SPX,
                "SPXW",
                "usa",
                OptionStyle.EUROPEAN,
                OptionRight[right.upper()],
                Decimal(strike) / 10_000,
                datetime.strptime(expiry, "%Y%m%d"),
            )
            rows = file.columns(symbol)
            assert rows.ends[0] == file.first_end(symbol)
            read += sum(1 for close in rows.column("ask_close") if close is not None)
        with zipfile.ZipFile(file.path) as plain:
            assert read == sum(len(plain.read(name).split()) for name in plain.namelist())
