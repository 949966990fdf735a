"""Stop quality: the parts of slippage add up, holding is judged honestly, few trades bear no conclusion."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from reports.confirming import waited, waited_by_rule
from reports.quality import LEAST_TRADES, RuleQuality, by_rule, conclusions, exits, time_without_value, wilson
from reports.records import RunStory, Story
from reports.result import read_result
from reports.settlement import Held, Settlement, held_pnl
from tests.reports.made_up import MadeUpRun, many, one_stop

OPENED = datetime(2021, 1, 4, 10, 0)


def run_of(folder: Path) -> RunStory:
    return read_result(folder).run


def without_settlement(run: RunStory) -> Story:
    story = run.spreads["A1"]
    story.whatif = None
    return story


def test_parts_of_one_stop_are_attributed(tmp_path: Path) -> None:
    [one] = exits(run_of(one_stop(tmp_path)), Settlement())
    assert (one.trigger_excess, one.basis_gap, one.fill_excess) == (3_000, 0, 1_000)
    assert (one.breach_to_fire, one.fire_to_flat) == (60, 0)
    assert one.worst_loss == (43_000 - 20_000) * 200
    # Held to expiry: (2.00 - 1.00) x 200 less 2.60 of entry fees; it was closed at -485.20.
    assert one.held == 1_974_000
    assert one.saved == -4_852_000 - 1_974_000
    assert one.verdict == "needless"


def test_threshold_and_parts_add_up_to_the_exit_debit_on_every_basis(tmp_path: Path) -> None:
    found = exits(run_of(many(tmp_path, 60)), Settlement())
    assert {one.shot.basis for one in found} == {"natural", "mid"}
    for one in found:
        assert one.story.outcome is not None
        parts = (one.shot.threshold, one.trigger_excess, one.basis_gap, one.fill_excess)
        assert sum(part or 0 for part in parts) == one.story.outcome.exit_debit


def test_stop_that_expiry_would_have_made_worse_saved_money(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [39_000, 39_000], stop=40_000, settle=250_000)
    [one] = exits(run_of(run.write()), Settlement())
    assert one.verdict == "saved money"
    assert one.saved == (250_000 - 41_000) * 100 - 2 * 6_500


def test_value_at_expiry_not_known_is_unknown_and_says_what_to_give(tmp_path: Path) -> None:
    run = run_of(one_stop(tmp_path))
    without_settlement(run)
    [one] = exits(run, Settlement())
    assert one.verdict == "unknown"
    assert "--data-folder" in one.held_source


@pytest.mark.parametrize(
    ("folder", "scale", "close", "debit"), [("index", "", "3712.5", 125_000), ("equity", "0000", "3690", 0)]
)
def test_close_in_the_data_folder_gives_the_value_at_expiry(
    tmp_path: Path, folder: str, scale: str, close: str, debit: int
) -> None:
    story = without_settlement(run_of(one_stop(tmp_path / "run")))
    day = tmp_path / "data" / folder / "usa" / "minute" / "spx"
    day.mkdir(parents=True)
    with zipfile.ZipFile(day / "20210104_trade.zip", "w") as archive:
        rows = [f"34200000,1,1,1,{close}{scale},5", f"59000000,1,1,1,9999{scale},5"]
        archive.writestr("x.csv", "\n".join(rows[: 1 if folder == "equity" else 2]))
    held = Settlement(tmp_path / "data").of(story)
    assert held.debit == debit
    assert "data folder" in held.source


def test_day_missing_in_the_data_folder_is_said(tmp_path: Path) -> None:
    story = without_settlement(run_of(one_stop(tmp_path / "run")))
    assert Settlement(tmp_path).of(story) == Held(None, "no underlying price of 2021-01-04 in the data folder")


def test_unreadable_zip_is_as_good_as_none(tmp_path: Path) -> None:
    story = without_settlement(run_of(one_stop(tmp_path / "run")))
    day = tmp_path / "index" / "usa" / "minute" / "spx"
    day.mkdir(parents=True)
    (day / "20210104_trade.zip").write_text("no zip")
    assert Settlement(tmp_path).of(story).debit is None


def test_underlying_recorded_in_the_journal_is_used(tmp_path: Path) -> None:
    story = run_of(one_stop(tmp_path)).spreads["A1"]
    assert story.whatif is not None
    story.whatif = replace(story.whatif, settle={}, underlying=37_100_000)
    assert Settlement().of(story) == Held(100_000, "the journal")


def test_settled_spread_is_what_holding_brought(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [10_000], settle=5_000)
    story = run_of(run.write()).spreads["A1"]
    held = Settlement().of(story)
    assert held_pnl(story, held) == story.pnl


def test_too_few_exits_bear_no_conclusion(tmp_path: Path) -> None:
    [sentence] = conclusions(by_rule(exits(run_of(one_stop(tmp_path)), Settlement())))
    assert sentence.startswith("stop-credit-percent: no conclusion, 1 exit")
    assert str(LEAST_TRADES) in sentence


def test_enough_exits_bear_one_with_its_uncertainty(tmp_path: Path) -> None:
    [one] = exits(run_of(one_stop(tmp_path)), Settlement())
    [sentence] = conclusions([RuleQuality("stop-price", (one,) * LEAST_TRADES)])
    assert "30 of 30 exits were needless (100%" in sentence
    assert "between 89% and 100%" in sentence
    assert "they fell on 1 day)" in sentence
    assert "cost $20,478.00" in sentence


def test_wilson_interval_matches_a_published_value() -> None:
    # 81 of 263, Newcombe 1998, table I: 0.2553 to 0.3662.
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_time_without_a_value_is_split_by_reason(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    path = folder / "journal.jsonl"
    change = '{"at":"2021-01-04T10:03:30","what":"unvaluable","spread":"A1","reason":"the feed is silent"}'
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if '"what":"unvaluable"' in line)
    path.write_text("\n".join([*lines[: at + 1], change, *lines[at + 1 :]]))
    assert time_without_value(run_of(folder)) == [
        ("the feed is silent", 90, 1),
        ("a quote is older than allowed", 30, 1),
    ]


def test_gap_that_never_ends_counts_until_the_end(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [10_000, None, None, None], settle=0)
    assert time_without_value(run_of(run.write())) == [("a quote is older than allowed", 120, 1)]


def test_time_after_expiry_is_no_time_without_a_value(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [10_000, None, None, None], settle=0)
    path = run.write() / "journal.jsonl"
    path.write_text(path.read_text().replace('"max_debit"', '"expires_at":"2021-01-04T10:03:00","max_debit"'))
    assert time_without_value(run_of(tmp_path)) == [("a quote is older than allowed", 60, 1)]


def test_quote_beyond_the_width_counts_as_a_loss_of_the_width(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [390_000, 395_000], stop=40_000, exit_debit=50_000, settle=0)
    [one] = exits(run_of(run.write()), Settlement())
    assert one.story.worst_debit == 397_000
    assert one.worst_loss == (250_000 - 20_000) * 100


def test_waiting_is_held_against_closing_at_the_first_breach(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.spread("A1", OPENED, 20_000, [38_500, 30_000, 10_000], stop=40_000, settle=0)
    run.spread("A2", OPENED, 20_000, [38_500, 48_000], stop=40_000, settle=0)
    story = run_of(run.write())
    avoided, fired = waited(story)
    # A1 would have been closed at 4.05; it expired worthless instead and saved the closing fees.
    assert (avoided.fired, avoided.gained) == (False, 40_500 * 100 + 2 * 6_500)
    assert (fired.fired, fired.gained) == (True, -(50_000 - 40_500) * 100)
    [both] = waited_by_rule(story)
    assert (both.breaches, both.fired, both.avoided) == (2, 1, 1)
    assert both.gained == (avoided.gained or 0) + (fired.gained or 0)


def test_early_close_of_a_half_day_ends_the_session(tmp_path: Path) -> None:
    story = without_settlement(run_of(one_stop(tmp_path / "run")))
    data = tmp_path / "data"
    day = data / "equity" / "usa" / "minute" / "spx"
    day.mkdir(parents=True)
    (data / "market-hours").mkdir()
    (data / "market-hours" / "market-hours-database.json").write_text(
        '{"entries": {"Equity-usa-[*]": {"earlyCloses": {"1/4/2021": "13:00:00"}}}}'
    )
    with zipfile.ZipFile(day / "20210104_trade.zip", "w") as archive:
        archive.writestr("x.csv", "46740000,1,1,1,37100000,5\n46800000,1,1,1,99990000,5")
    assert story.expiry == date(2021, 1, 4)
    assert Settlement(data).of(story).debit == 100_000
