"""The notebook: committed clean, right in LEAN's research environment, its tables the run's figures."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from reports import research
from reports.result import read_result
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
    table = research.spreads_table(result.run)
    assert len(table) == 30
    assert table["P&L"].sum() == pytest.approx(research.account_change(result))
    assert research.spreads_pnl(result.run) == pytest.approx(research.account_change(result))


def test_exit_is_taken_apart_and_drawn(tmp_path: Path) -> None:
    run = read_result(one_stop(tmp_path)).run
    [line] = research.exits_table(run).to_dict("records")
    assert (line["threshold"], line["trigger excess"], line["fill excess"], line["exit debit"]) == (4.0, 0.3, 0.1, 4.4)
    figure = research.spread_figure(research.stopped(run))
    assert [trace.name for trace in figure.data] == ["mid", "natural", "trigger", "exit"]
    assert list(figure.data[1].y) == [2.2, 2.7, 3.2, 4.05, 4.3]
    assert figure.data[3].y[0] == 4.4


def test_empty_run_gives_empty_tables_and_no_stop(tmp_path: Path) -> None:
    run = read_result(empty_run(tmp_path)).run
    assert len(research.spreads_table(run)) == len(research.waiting_table(run)) == 0
    with pytest.raises(LookupError, match="no stop fired"):
        research.stopped(run)


def test_data_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        research.open_bench(data_folder=tmp_path / "nowhere")


def test_bench_without_data_does_not_pretend_to_run() -> None:
    with pytest.raises(RuntimeError, match="open_bench"):
        research.open_bench(QuantBook(None)).run(width="5")
