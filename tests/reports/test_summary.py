"""The table of a run: right figures, honest checks, clear errors; none, one and many spreads."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from reports.reconcile import checks, total_pnl
from reports.result import Result, ResultError, read_result
from reports.summary import main, print_summary
from tests.reports.made_up import MadeUpRun, empty_run, many, one_stop


def printed(result: Result) -> str:
    out = io.StringIO()
    print_summary(result, Console(file=out, width=200))
    return out.getvalue()


def test_one_stop_prints_its_line_totals_and_folder(tmp_path: Path) -> None:
    result = read_result(one_stop(tmp_path / "run"))
    text = printed(result)
    # credit 2.00, paid 4.40, 2 lots: -480.00, less 4 fills x 2 contracts x 0.65
    line = next(line for line in text.splitlines() if line.startswith("A1"))
    assert line.split()[:8] == ["A1", "bear", "call", "3700/3725", "2", "2.00", "4.30", "4.40"]
    assert line.rstrip().endswith("-$485.20")
    assert "1 spread, 0 won, 1 lost, 1 closed by a rule, P&L after fees -$485.20" in text
    assert f"Results: {tmp_path / 'run'}" in text


def test_results_folder_below_the_present_one_is_told_as_one_would_type_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = read_result(one_stop(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    assert printed(result).splitlines()[-1] == "Results: run"


def test_internal_errors_of_a_run_are_told_with_the_first_of_them(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
        for minute in (1, 2):
            journal.write(f'{{"at":"2024-01-03T15:0{minute}:00","what":"error","text":"on_data: a bug"}}\n')
    said = "ERROR internal error at 2024-01-03 15:01: on_data: a bug (and 1 more in the journal)"
    assert said in printed(read_result(folder))


def test_rejected_entry_is_told_as_not_opened_and_no_spread_held(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
        said = '"at":"2024-01-03T15:00:00","spread":"B1"'
        journal.write(f'{{{said},"what":"opening","kind":"bear call","legs":[],"lots":1}}\n')
        journal.write(f'{{{said},"what":"rejected","reason":"entry orders ended without a fill"}}\n')
    text = printed(read_result(folder))
    assert "1 spread, 0 won, 1 lost, 1 closed by a rule, 1 not opened" in text
    assert "not opened: entry orders ended without a fill" in text


def test_plain_table_is_aligned_and_free_of_control_codes(tmp_path: Path) -> None:
    text = printed(read_result(many(tmp_path, 5)))
    lines = [line.rstrip() for line in text.splitlines() if line[:2] in ("BC", "BP", "id")]
    assert "\x1b" not in text
    assert len({len(line) for line in lines}) == 1


def test_checks_pass_for_a_consistent_run(tmp_path: Path) -> None:
    found = checks(read_result(many(tmp_path, 12)))
    assert [check.passed for check in found] == [True, True, True]


def test_pnl_sums_to_the_account_to_the_cent(tmp_path: Path) -> None:
    result = read_result(many(tmp_path, 40))
    end, start = result.dollars("End Equity"), result.dollars("Start Equity")
    assert end is not None and start is not None
    assert Decimal(total_pnl(result)[0]) / 10_000 == end - start


def test_account_that_changed_otherwise_is_said_with_the_difference(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    path = folder / "MadeUpAlgorithm.json"
    document = json.loads(path.read_text())
    document["statistics"]["End Equity"] = "99515.81"
    path.write_text(json.dumps(document))
    check = checks(read_result(folder))[0]
    assert check.passed is False
    assert "$1.01 come from elsewhere" in check.sentence


def test_fill_price_that_differs_from_the_engine_is_found(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    path = folder / "MadeUpAlgorithm-order-events.json"
    events = json.loads(path.read_text())
    events[2]["fillPrice"] += 0.01
    path.write_text(json.dumps(events))
    check = checks(read_result(folder))[2]
    assert check.passed is False
    assert "A1" in check.sentence


def test_run_without_spreads_says_so(tmp_path: Path) -> None:
    text = printed(read_result(empty_run(tmp_path)))
    assert "No spread was opened." in text
    assert "0 spreads, P&L after fees $0.00" in text
    assert "ok P&L of the spreads $0.00" in text


def test_five_hundred_spreads_print_a_line_each(tmp_path: Path) -> None:
    text = printed(read_result(many(tmp_path, 500)))
    assert sum(line[:2] in ("BC", "BP") for line in text.splitlines()) == 500
    assert "500 spreads" in text


def test_unopened_spread_is_listed_with_the_reason(tmp_path: Path) -> None:
    from datetime import datetime

    from spreads.journal import What

    run = MadeUpRun(tmp_path)
    run.journal.write(What.REJECTED, datetime(2021, 1, 4, 10), "R1", reason="insufficient buying power")
    text = printed(read_result(run.write()))
    assert "not opened: insufficient buying power" in text
    assert "0 spreads, 1 not opened" in text


def test_spread_still_held_counts_at_leans_own_price(tmp_path: Path) -> None:
    folder = one_stop(tmp_path)
    journal = folder / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"what":"ended"' not in line]
    lines.append(
        '{"at":"2021-01-04T16:00:00","what":"standing","spread":"A1","cash":3974000,"value":-3800000,"state":"open"}'
    )
    journal.write_text("\n".join(lines))
    result = read_result(folder)
    assert total_pnl(result) == (3_974_000 - 3_800_000, [])
    assert "still open at the end of the run" in printed(result)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda folder: (folder / "MadeUpAlgorithm.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "MadeUpAlgorithm.json").unlink(), "should hold one result file"),
        (lambda folder: (folder / "journal.jsonl").unlink(), "--journal FILE"),
        (lambda folder: (folder / "journal.jsonl").write_text("x"), "journal line 1"),
    ],
)
def test_damaged_folder_is_an_error_that_says_what_to_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: object,
    text: str,
) -> None:
    folder = one_stop(tmp_path)
    damage(folder)  # type: ignore[operator]
    assert main([str(folder)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert text in error


def test_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="is no folder"):
        read_result(tmp_path / "nowhere")
