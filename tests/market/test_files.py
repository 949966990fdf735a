"""The files: LEAN's layout, honest quotes, and the same bytes every time."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from market.generate import Settings, ensure
from market.pricing import RATE
from market.scenarios import BY_NAME
from market.sessions import sessions
from tests.market.reading import contract, filled, minute, option_file, quotes, rows

GRIND = BY_NAME["grind_up"].date
HALF = BY_NAME["half_day"].date
FINGERPRINT = "414d83f1ca1db719a394660e24c4819e303dbafef4385f260729f8b779dd9f97"


def content(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_same_settings_twice_give_the_same_bytes(small_market: Path, small_settings: Settings, tmp_path: Path) -> None:
    ensure(tmp_path / "again", small_settings)
    assert content(tmp_path / "again") == content(small_market)


def test_market_is_the_one_every_machine_makes(small_market: Path) -> None:
    """A change of the generator that is meant changes this number; a library or machine must not."""
    assert json.loads((small_market / "SYNTHETIC.json").read_text())["fingerprint"] == FINGERPRINT


def test_another_seed_gives_another_market(small_market: Path, small_settings: Settings, tmp_path: Path) -> None:
    other = Settings(seed=8, scenarios=small_settings.scenarios, reach=small_settings.reach)
    _, mark = ensure(tmp_path / "other", other)
    assert mark["fingerprint"] != json.loads((small_market / "SYNTHETIC.json").read_text())["fingerprint"]


def test_a_last_bits_difference_in_every_price_changes_no_byte(
    small_market: Path, small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import QuantLib

    exact = QuantLib.blackFormula
    monkeypatch.setattr(QuantLib, "blackFormula", lambda *a: exact(*a) * (1 + 4e-15))
    ensure(tmp_path / "nudged", small_settings)
    assert content(tmp_path / "nudged") == content(small_market)


def test_a_day_is_the_same_alone_and_among_others(small_market: Path, small_settings: Settings, tmp_path: Path) -> None:
    ensure(tmp_path / "alone", Settings(seed=7, scenarios=("half_day",), reach=small_settings.reach))
    day = f"{HALF:%Y%m%d}"
    among, alone = content(small_market), content(tmp_path / "alone")
    for name in (n for n in alone if day in n):
        assert alone[name] == among[name]


def test_members_are_named_as_lean_names_them_and_rows_rise_in_time(small_market: Path) -> None:
    for kind, width in (("quote", 11), ("trade", 6), ("openinterest", 2)):
        for member, found in rows(option_file(small_market, GRIND, kind)):
            name = contract(member)
            right = "call" if name.right == "C" else "put"
            assert member == (
                f"{GRIND:%Y%m%d}_spxw_minute_{kind}_european_{right}_{name.strike * 10_000}_{name.expiry:%Y%m%d}.csv"
            )
            assert found and all(len(row) == width for row in found)
            times = [int(row[0]) for row in found]
            assert times == sorted(set(times))


def test_expiring_contracts_stop_with_the_index_and_others_trade_a_quarter_longer(small_market: Path) -> None:
    for day, length in ((GRIND, 390), (HALF, 210)):
        last = {True: 0, False: 0}
        for member, found in rows(option_file(small_market, day, "quote")):
            expires = contract(member).expiry == day
            last[expires] = max(last[expires], minute(found[-1][0]))
        assert last[True] < length <= last[False] < length + 15


def test_index_bars_are_plain_decimals_in_chicago_time(small_market: Path) -> None:
    ((member, found),) = rows(small_market / f"index/usa/minute/spx/{GRIND:%Y%m%d}_trade.zip")
    assert member == f"{GRIND:%Y%m%d}_spx_minute_trade.csv"
    assert [int(r[0]) for r in found] == [30_600_000 + 60_000 * m for m in range(390)]
    for _, o, h, low, c, _ in found:
        assert float(low) <= min(float(o), float(c)) <= max(float(o), float(c)) <= float(h)


def test_quotes_are_on_the_exchange_grid_never_crossed_and_never_older_than_a_quarter(small_market: Path) -> None:
    for _, found in rows(option_file(small_market, GRIND, "quote")):
        assert max(b - a for a, b in pairwise([0, *(minute(r[0]) for r in found)])) <= 15
        last = None
        for row in found:
            bid, ask = int(row[4] or 0), int(row[9])
            assert 0 <= bid < ask
            for price in (bid, ask):
                assert price % (500 if price < 30_000 else 1_000) == 0
            assert (bid == 0) == (row[1:5] == [""] * 4) == (row[5] == "0")
            assert int(row[10]) > 0
            now = minute(row[0])
            assert last is None or (bid, ask) != last[1:] or now - last[0] <= 15
            last = (now, bid, ask)


def test_minute_bars_hold_open_and_close_between_low_and_high(small_market: Path) -> None:
    for _, found in rows(option_file(small_market, GRIND, "quote")):
        for row in found:
            for side in (row[1:5], row[6:10]):
                if side[0]:
                    o, h, low, c = map(int, side)
                    assert low == min(o, c) and h == max(o, c)


def test_prints_lie_between_bid_and_ask(small_market: Path) -> None:
    seen = 0
    for member, found in rows(option_file(small_market, GRIND, "trade")):
        name = contract(member)
        known = filled(quotes(small_market, GRIND, name.right, name.strike, name.expiry), 405)
        for row in found:
            quote = known[minute(row[0])]
            assert quote and quote.bid <= int(row[1]) <= quote.ask and int(row[5]) > 0
            seen += 1
    assert seen > 100


def test_deep_wings_have_no_bid_and_spreads_widen_in_the_money_and_with_time(small_market: Path) -> None:
    spot = 5_950
    wing = filled(quotes(small_market, GRIND, "P", 5_850), 390)[380]
    assert wing and wing.bid == 0
    later = sessions().next(GRIND)
    width = [
        q.ask - q.bid
        for q in (
            filled(quotes(small_market, GRIND, "C", strike, expiry), 390)[200]
            for strike, expiry in ((spot, GRIND), (spot, later), (spot - 90, later))
        )
        if q
    ]
    assert width[0] < width[1] < width[2]


def test_puts_and_calls_agree_within_their_spreads(small_market: Path) -> None:
    index = [float(r[4]) for r in next(rows(small_market / f"index/usa/minute/spx/{GRIND:%Y%m%d}_trade.zip"))[1]]
    compared = 0
    for expiry in sessions().within(GRIND, 5):
        for strike in range(5_870, 5_960, 15):
            call, put = (filled(quotes(small_market, GRIND, right, strike, expiry), 390) for right in "CP")
            for m in range(5, 390, 40):
                c, p = call[m], put[m]
                if not c or not p or not c.bid or not p.bid:
                    continue
                days = dt.datetime.combine(expiry, dt.time(16)) - dt.datetime.combine(GRIND, dt.time(9, 31 + 0))
                t = (days.total_seconds() - m * 60) / (365 * 86_400)
                forward = index[m] * math.exp(-0.013 * t) - strike * math.exp(-RATE * t)
                gap = (c.bid + c.ask - p.bid - p.ask) / 20_000 - forward
                assert abs(gap) <= (c.ask - c.bid + p.ask - p.bid) / 20_000
                compared += 1
    assert compared > 200


@pytest.mark.parametrize("served", [GRIND, HALF])
def test_universe_of_the_session_before_lists_just_the_contracts_of_the_day(
    small_market: Path, served: dt.date
) -> None:
    eve = sessions().previous(served)
    path = small_market / f"indexoption/usa/universes/spxw/{eve:%Y%m%d}.csv"
    header, underlying, *listed = csv.reader(path.read_text().splitlines())
    assert header[0] == "#expiry" and underlying[:3] == ["", "", ""] and float(underlying[6]) > 0
    names = {(row[2], int(row[1]), dt.datetime.strptime(row[0], "%Y%m%d").date()) for row in listed}
    quoted = {contract(m) for m, _ in rows(option_file(small_market, served, "quote"))}
    assert names == {(n.right, n.strike, n.expiry) for n in quoted}
    for row in listed:
        assert len(row) == len(header)
        delta, iv = float(row[10]), float(row[9])
        assert 0.1 < iv < 1 and int(row[8]) > 0
        assert 0 <= delta <= 1 if row[2] == "C" else -1 <= delta <= 0


def test_market_hours_have_the_four_entries_thanksgiving_and_the_half_day(small_market: Path) -> None:
    entries = json.loads((small_market / "market-hours/market-hours-database.json").read_text())["entries"]
    assert sorted(entries) == ["Equity-usa-[*]", "Index-usa-[*]", "IndexOption-usa-[*]", "Option-usa-[*]"]
    for entry in entries.values():
        assert "11/28/2024" in entry["holidays"]
    assert entries["Option-usa-[*]"]["earlyCloses"]["11/29/2024"] == "13:00:00"
    assert entries["IndexOption-usa-[*]"]["earlyCloses"]["11/29/2024"] == "12:15:00"
    assert entries["IndexOption-usa-[*]"]["dataTimeZone"] == "America/New_York"
    assert entries["IndexOption-usa-[*]"]["exchangeTimeZone"] == "America/Chicago"


def test_benchmark_has_a_row_for_every_contract_and_minute(tmp_path: Path) -> None:
    ensure(tmp_path / "bench", Settings(bench_days=2, bench_contracts=4))
    zips = sorted((tmp_path / "bench/indexoption/usa/minute/spxw").glob("*_quote_*.zip"))
    assert len(zips) == 2
    for path in zips:
        assert [len(found) for _, found in rows(path)] == [405] * 4
