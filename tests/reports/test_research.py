"""The notebook: committed clean, right in LEAN's research environment, its tables the run's figures."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from reports import research
from reports import research_figures as figures
from reports import research_tables as tables
from reports.result import read_result
from reports.settlement import Settlement
from tests.reports.made_up import empty_run, many, one_stop

NOTEBOOK = Path(__file__).resolve().parents[2] / "research.ipynb"


def code_cells() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


class QuantBook:
    """LEAN's research object, as far as the notebook looks at it."""

    def __init__(self, journal: str | None) -> None:
        self.object_store = SimpleNamespace(
            contains_key=lambda key: journal is not None and key == research.JOURNAL_KEY, read=lambda key: journal
        )


def test_notebook_is_committed_without_outputs_and_valid() -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (make venv)")
    document = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(document)
    assert document.metadata.kernelspec.name == "python3"
    for cell in document.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_notebook_runs_in_lean_on_the_journal_of_a_backtest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = (many(tmp_path, 40) / "journal.jsonl").read_text()
    names: dict[str, object] = {"QuantBook": lambda: QuantBook(journal)}
    for source in code_cells():
        exec(compile(source, "research.ipynb", "exec"), names)
    said = capsys.readouterr().out
    assert "reading the journal of the last backtest" in said
    assert "10 days, 40 spreads" in said


def test_lean_without_a_backtest_says_what_to_do() -> None:
    names: dict[str, object] = {"QuantBook": lambda: QuantBook(None)}
    with pytest.raises(AssertionError, match="run a backtest of this project first"):
        for source in code_cells():
            exec(compile(source, "research.ipynb", "exec"), names)


def test_tables_sum_to_the_account(tmp_path: Path) -> None:
    result = read_result(many(tmp_path, 30))
    table = tables.spreads_table(result.run)
    assert len(table) == 30
    assert table["P&L"].sum() == pytest.approx(tables.account_change(result))
    assert tables.spreads_pnl(result.run) == pytest.approx(tables.account_change(result))


def test_exit_is_taken_apart_and_drawn(tmp_path: Path) -> None:
    run = read_result(one_stop(tmp_path)).run
    [line] = tables.exits_table(run, Settlement()).to_dict("records")
    assert (line["level"], line["trigger excess"], line["fill excess"], line["exit debit"]) == (4.0, 0.3, 0.1, 4.4)
    figure = figures.spread_figure(tables.stopped(run))
    drawn = {trace.name.split(":")[0]: list(trace.y) for trace in figure.data}
    assert drawn["natural"] == [2.2, 2.7, 3.2, 4.05, 4.3]
    assert (drawn["a breach began"], drawn["the rule fired"], drawn["paid to close"]) == ([4.05], [4.3], [4.4])
    assert [note.text for note in figure.layout.annotations] == ["credit 2.00", "stop-credit-percent 4.00"]


def test_prices_to_trigger_on_are_compared_with_the_way_from_level_to_exit(tmp_path: Path) -> None:
    runs = {"natural": read_result(many(tmp_path / "a", 40)), "mid": read_result(one_stop(tmp_path / "b"))}
    table = tables.price_table(runs, Settlement())
    fired = tables.stop_exits(runs, Settlement())
    parts = fired["level"] + fired[list(tables.EXIT_PARTS)].sum(axis=1)
    assert list(parts) == pytest.approx(list(fired["exit debit"]))
    # rules on the mid are filled at the natural, 20 cents above
    assert set(fired["basis gap"].round(2)) == {0.0, 0.2}
    assert table.loc["mid", "beyond level"] == pytest.approx(0.4)
    # held to expiry it would have cost 1.00 instead of 4.40, two lots; closing cost $2.60 in fees
    assert (table.loc["mid", "saved"], table.loc["mid", "needless"]) == (-682.6, 1)
    assert "mid: 1 stops, 1 of 1 needless, exits $0.40 a share beyond the level" in tables.against(
        table, "natural", "mid"
    )
    drawn = figures.price_figure(table, fired)
    assert [list(dots.x) for dots in drawn.data][1] == pytest.approx([0.4])
    assert sum(len(dots.x) for dots in drawn.data) == len(fired)


def test_comparison_is_drawn_with_its_figures(tmp_path: Path) -> None:
    table = tables.comparison({"one": read_result(one_stop(tmp_path))}, Settlement())
    bars = figures.comparison_figure(table, "title").data
    assert [list(trace.x) for trace in bars] == [[table.loc["one", "P&L"]], [table.loc["one", "saved"]]]


def test_runs_with_other_entries_are_not_compared_in_silence(tmp_path: Path) -> None:
    one, many_of_them = read_result(one_stop(tmp_path / "a")), read_result(many(tmp_path / "b", 8))
    said = tables.entries_said(tables.comparison({"one": one, "many": many_of_them}, Settlement()))
    assert said.startswith("NOT THE SAME ENTRIES (one: 1, many: 8)")
    assert tables.entries_said(tables.comparison({"one": one, "again": one}, Settlement())) == "1 spreads in each"


def test_stops_whose_value_at_expiry_is_not_known_show_no_saving(tmp_path: Path) -> None:
    result = read_result(one_stop(tmp_path))
    for story in result.run.held:
        story.whatif = None
    table = tables.comparison({"one": result}, Settlement())
    assert table["saved"].isna().all()
    assert "not known" in [note.text for note in figures.comparison_figure(table, "title").layout.annotations]


def test_waiting_is_split_by_breaches_that_held_and_that_went_away(tmp_path: Path) -> None:
    waits = tables.waits_table({"60 s": read_result(many(tmp_path, 40))}, Settlement())
    line, each = waits.loc["60 s"], tables.waiting_table(read_result(tmp_path).run)
    assert (line["went away"], line["held"]) == ((~each["fired"]).sum(), each["fired"].sum())
    assert line["gained by waiting"] == pytest.approx(each["gained by waiting"].sum())
    drawn = {trace.name: list(trace.y) for trace in figures.waits_figure(waits).data}
    assert drawn["together"] == [drawn["breaches that went away"][0] + drawn["breaches that held"][0]]


def test_no_variant_and_no_stop_give_empty_tables_and_pictures(tmp_path: Path) -> None:
    quiet = {"quiet": read_result(empty_run(tmp_path))}
    for runs in ({}, quiet):
        table, waits = tables.price_table(runs, Settlement()), tables.waits_table(runs, Settlement())
        assert len(table) == len(waits) == len(runs)
        figures.price_figure(table, tables.stop_exits(runs, Settlement()))
        figures.comparison_figure(tables.comparison(runs, Settlement()), "title")
        figures.waits_figure(waits)


def test_settings_of_the_command_line_reach_the_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert research.given() == (None, {})
    for name, value in research.as_variables(tmp_path, [("width", "100")]).items():
        monkeypatch.setenv(name, value)
    assert research.given() == (str(tmp_path), {"width": "100"})


def test_empty_run_gives_empty_tables_and_no_stop(tmp_path: Path) -> None:
    run = read_result(empty_run(tmp_path)).run
    assert len(tables.spreads_table(run)) == len(tables.waiting_table(run)) == 0
    with pytest.raises(LookupError, match="no stop fired"):
        tables.stopped(run)


def test_data_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        research.open_bench(data_folder=tmp_path / "nowhere")


def test_bench_without_data_does_not_pretend_to_run() -> None:
    with pytest.raises(RuntimeError, match="open_bench"):
        research.open_bench(QuantBook(None)).run({"width": "5"})
