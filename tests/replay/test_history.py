"""History: which bars, which copies, and the frames they make."""

import json
import zipfile
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from replay.bars import OpenInterest, QuoteBar, Tick, TradeBar
from replay.enums import OptionRight, OptionStyle, Resolution, SecurityType, TickType
from replay.errors import ArgumentException, Unsupported
from replay.history import History
from replay.history_rows import start_of_periods
from replay.map_files import MapFiles
from replay.reader import member_name, zip_path
from replay.settings import AlgorithmSettings
from replay.store import Store
from replay.symbol import Symbol, set_map_file_lookup
from replay.timezones import TimeZones
from replay.universe_history import OptionUniverse

from .test_option_filters import HOURS, XYZ

CALL = Symbol.create_option(XYZ, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2016, 1, 15))
PUT = Symbol.create_option(XYZ, "usa", OptionStyle.AMERICAN, OptionRight.PUT, 90, datetime(2016, 1, 15))
DAY = date(2015, 12, 23)
OPENING = 34_200_000


def _quote(minute, bid, ask):
    side = "{0},{0},{0},{0},{1}"
    parts = [side.format(price * 10_000, 5) if price else ",,,,0" for price in (bid, ask)]
    return f"{OPENING + minute * 60_000},{','.join(parts)}"


def _trade(minute, price, volume=3):
    units = price * 10_000
    return f"{OPENING + minute * 60_000},{units},{units + 10_000},{units},{units},{volume}"


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "market-hours"
    folder.mkdir()
    (folder / "market-hours-database.json").write_text(json.dumps(HOURS))
    (tmp_path / "symbol-properties").mkdir()

    def write(kind, rows_by_symbol, day=DAY):
        path = zip_path(tmp_path, CALL, Resolution.MINUTE, kind, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as file:
            for symbol, rows in rows_by_symbol.items():
                file.writestr(member_name(symbol, Resolution.MINUTE, kind, day), "\n".join(rows))

    write(TickType.QUOTE, {CALL: [_quote(0, 1, 2), _quote(3, 0, 3)], PUT: [_quote(1, 5, 6)]})
    write(TickType.TRADE, {CALL: [_trade(1, 4)]})
    write(TickType.QUOTE, {CALL: [_quote(1, 7, 8)]}, date(2015, 12, 24))
    return tmp_path


def _history(root, utc, security=None):
    run = SimpleNamespace(
        store=Store(root),
        utc=utc,
        time_zone=TimeZones.NEW_YORK,
        settings=AlgorithmSettings(),
        securities=SimpleNamespace(find=lambda symbol: security),
    )
    return History(run)


NOON = datetime(2015, 12, 23, 14, 36)


def test_quotes_are_filled_forward_and_a_missing_side_is_inherited(data):
    bars = _history(data, NOON)[QuoteBar](CALL, timedelta(minutes=10))
    assert [(bar.end_time.minute, bar.is_fill_forward, bar.bid.close, bar.ask.close) for bar in bars] == [
        (31, False, 1.0, 2.0),
        (32, True, 1.0, 2.0),
        (33, True, 1.0, 2.0),
        (34, False, 1.0, 3.0),
        (35, True, 1.0, 3.0),
        (36, True, 1.0, 3.0),
    ]
    assert bars[3].last_bid_size == 0.0


def test_nothing_before_the_start_is_filled_forward(data):
    bars = _history(data, NOON)[TradeBar](CALL, timedelta(minutes=3))
    assert bars == []
    bars = _history(data, NOON)[TradeBar](CALL, timedelta(minutes=4))
    assert [bar.end_time.minute for bar in bars] == [33, 34, 35, 36]


def test_number_of_bars_counts_back_over_the_night(data):
    now = datetime(2015, 12, 24, 14, 32)
    bars = _history(data, now)[QuoteBar](CALL, 4, Resolution.MINUTE)
    assert [(bar.end_time.day, bar.end_time.hour, bar.end_time.minute) for bar in bars] == [(24, 9, 32)]
    store = Store(data)
    start = start_of_periods(store.hours(CALL), now, Resolution.MINUTE, 4, False)
    assert start == datetime(2015, 12, 23, 20, 58)


def test_copies_run_to_the_close_and_start_again_at_the_open(data):
    bars = _history(data, datetime(2015, 12, 24, 14, 32))[QuoteBar](
        CALL, datetime(2015, 12, 23), datetime(2015, 12, 25)
    )
    ends = [bar.end_time for bar in bars]
    assert len(ends) == 392
    assert ends[389:] == [datetime(2015, 12, 23, 16), datetime(2015, 12, 24, 9, 31), datetime(2015, 12, 24, 9, 32)]
    assert [bar.is_fill_forward for bar in bars[390:]] == [True, False]


def test_without_fill_forward_only_real_rows_come(data):
    bars = _history(data, NOON)[QuoteBar](CALL, timedelta(minutes=10), fill_forward=False)
    assert [(bar.end_time.minute, bar.bid is None) for bar in bars] == [(31, False), (34, True)]


def test_subscription_settles_fill_forward(data):
    security = SimpleNamespace(resolution=Resolution.MINUTE, fill_forward=False, extended_market_hours=False)
    assert len(_history(data, NOON, security)[QuoteBar](CALL, timedelta(minutes=10))) == 2


def test_several_symbols_give_one_collection_per_moment(data):
    found = _history(data, NOON)[QuoteBar]([CALL, PUT], timedelta(minutes=10))
    assert [moment.keys() for moment in found][:2] == [[CALL], [CALL, PUT]]


def test_frame_of_an_option_has_five_levels_and_trade_prices(data):
    frame = _history(data, NOON)(CALL, timedelta(minutes=10), Resolution.MINUTE)
    assert frame.index.names == ["expiry", "strike", "type", "symbol", "time"]
    assert list(frame.columns) == sorted(frame.columns)
    assert {"askclose", "bidsize", "close", "volume"} <= set(frame.columns)
    row = frame.loc[(datetime(2016, 1, 15), 100.0, OptionRight.CALL, CALL, datetime(2015, 12, 23, 9, 32))]
    assert (row["close"], row["high"], row["bidclose"], row["volume"]) == (4.0, 5.0, 1.0, 3.0)
    first = frame.iloc[0]
    assert (first["close"], first["asksize"]) == (1.5, 5.0)


def test_frame_leaves_out_columns_of_zeros_and_missing_sides(data):
    frame = _history(data, NOON)(TradeBar, CALL, timedelta(minutes=4))
    assert list(frame.columns) == ["close", "high", "low", "open"]


def test_frame_without_bars_is_empty(data):
    assert _history(data, datetime(2015, 12, 23, 12))(CALL, 5).empty


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((CALL, "soon"), ArgumentException, "'soon' is none of them"),
        ((CALL,), ArgumentException, "a number of bars"),
        ((CALL, datetime(2015, 12, 23)), ArgumentException, "an end"),
        ((Tick, CALL, 5), Unsupported, "history of Tick"),
        ((CALL, 5, Resolution.TICK), Unsupported, "tick history"),
        ((CALL.canonical, 5), Unsupported, "flatten=True"),
        ((QuoteBar, CALL.canonical, timedelta(1)), Unsupported, "flatten=True"),
        ((5,), Unsupported, "all securities"),
        (("NOPE", 5), ArgumentException, "'NOPE'"),
    ],
)
def test_impossible_history_is_refused(data, arguments, error, message):
    with pytest.raises(error, match=message):
        _history(data, NOON)(*arguments)


@pytest.fixture
def goog(lean_data):
    set_map_file_lookup(MapFiles(lean_data, date(2026, 1, 1)).first)
    yield Symbol.create("GOOG", SecurityType.EQUITY)
    set_map_file_lookup(None)


def test_recorded_history_of_a_goog_call(lean_data, goog):
    call = Symbol.create_option(goog, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 750, datetime(2016, 1, 15))
    history = _history(lean_data, datetime(2015, 12, 24, 15, 0))
    five = history[QuoteBar](call, 5, Resolution.MINUTE)
    assert [f"{bar.end_time:%H:%M} {bar.close:.4f}" for bar in five] == [
        "09:56 13.1000",
        "09:57 13.0500",
        "09:58 12.8500",
        "09:59 12.8500",
        "10:00 12.6000",
    ]
    assert len(history[QuoteBar](call, timedelta(minutes=10), Resolution.MINUTE)) == 10
    trades = history[TradeBar](call, timedelta(hours=2), Resolution.MINUTE)
    assert [(bar.end_time.minute, bar.is_fill_forward) for bar in trades] == [(54, False)] + [
        (minute % 60, True) for minute in range(55, 61)
    ]
    interest = history[OpenInterest](call, timedelta(days=1), Resolution.MINUTE)
    assert [bar.value for bar in interest] == [889.0]


def test_daily_index_bars_take_the_times_of_their_session(lean_data):
    spx = Symbol.create("SPX", SecurityType.INDEX)
    bars = _history(lean_data, datetime(2021, 1, 5, 15, 0))[TradeBar](spx, 1, Resolution.DAILY)
    assert [(bar.time, bar.end_time, bar.close) for bar in bars] == [
        (datetime(2021, 1, 4, 8, 30), datetime(2021, 1, 4, 15, 15), 3700.65)
    ]


def test_daily_bars_without_precise_ends_span_the_date(lean_data):
    spx = Symbol.create("SPX", SecurityType.INDEX)
    history = _history(lean_data, datetime(2021, 1, 7, 15, 0))
    history._run.settings.daily_precise_end_time = False
    bars = history[TradeBar](spx, 3, Resolution.DAILY)
    assert [(bar.time, bar.is_fill_forward) for bar in bars] == [
        (datetime(2021, 1, 4), False),
        (datetime(2021, 1, 5), True),
        (datetime(2021, 1, 6), True),
    ]


def test_hour_bars_of_an_index_end_at_whole_hours_up_to_the_one_that_holds_the_close(lean_data):
    spx = Symbol.create("SPX", SecurityType.INDEX)
    bars = _history(lean_data, datetime(2021, 1, 5, 6, 0))[TradeBar](spx, 10, Resolution.HOUR)
    assert [bar.end_time.hour for bar in bars] == list(range(9, 17))
    assert (bars[0].open, bars[-1].close) == (3764.61, 3700.65)


def test_history_of_a_chain_is_one_universe_per_session(lean_data, goog):
    history = _history(lean_data, datetime(2015, 12, 25, 5))
    canonical = Symbol.create_canonical_option(goog)
    days = history[OptionUniverse](canonical, 3)
    assert [day.end_time for day in days] == [datetime(2015, 12, day) for day in (23, 24, 25)]
    assert len(days[1].data) == 2192
    frame = history(canonical, 3, flatten=True)
    assert frame.index.names == ["time", "symbol"]
    assert frame.index.levshape[0] == 3
    assert {"close", "delta", "impliedvolatility", "openinterest"} <= set(frame.columns)
    assert list(frame.columns) == sorted(frame.columns)
