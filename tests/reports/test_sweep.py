"""The sweep: every point checked first, finished rows kept, an interrupt resumed, the same grid for LEAN."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from reports import sweep as command
from reports.grid import Grid, optimizer_commands, read_grid, steps
from reports.point import by_day, drawdown, reduce_to_row
from reports.result import read_result
from reports.rows import Row, RowFile, run_key
from reports.settlement import Settlement
from reports.sweep import plan, sweep
from reports.sweep_page import render_sweep
from spreads.errors import BadSetting
from tests.reports.fake_run import fake_run
from tests.reports.made_up import many, one_stop

STOPS = ["stop-credit-percent", "50", "100", "150"]


def run(grid: Grid, folder: Path, table: RowFile) -> bool:
    (folder / "main.py").touch()
    for name in ("spread_manager.py", "stop_rules.py"):
        (folder / name).touch()
    (folder / "data").mkdir(exist_ok=True)
    with Progress(console=Console(quiet=True)) as progress:
        keys = plan(grid, folder / "main.py", folder / "data")
        return sweep(grid, folder / "main.py", folder / "data", table, 1, progress, keys, fake_run)


def ran(folder: Path) -> int:
    return len(list(folder.glob("ran-*")))


def test_grid_is_every_combination_over_the_fixed_parameters() -> None:
    grid = read_grid([STOPS, ["confirm-seconds", "0", "60"]], {"width": "5", "confirm-seconds": "30"})
    assert len(grid.points()) == 6
    assert grid.points()[1] == {"stop-credit-percent": "50", "confirm-seconds": "60"}
    assert grid.parameters(grid.points()[0])["width"] == "5"
    assert grid.parameters(grid.points()[0])["confirm-seconds"] == "0"


@pytest.mark.parametrize(
    ("vary", "text"),
    [
        ([], "at least one parameter"),
        ([["width"]], "a parameter and its values"),
        ([["width", "5", "5"]], "each of its values once"),
        ([["width", "5"], ["width", "6"]], "each parameter once"),
        ([["stop-credit-percnt", "50"]], "Did you mean stop-credit-percent"),
        ([["nonsense", "1"]], "a parameter of the algorithm"),
        ([["stop-credit-percent", "fifty"]], "stop-credit-percent"),
        ([["lots", *map(str, range(1, 102))], ["max-open", *map(str, range(1, 102))]], "at most 10000"),
    ],
)
def test_bad_grid_is_named_before_anything_runs(vary: list[list[str]], text: str) -> None:
    with pytest.raises((BadSetting, ValueError), match=text):
        read_grid(vary, {})


def test_evenly_spaced_numbers_become_min_max_step() -> None:
    assert [str(number) for number in steps(["150", "50", "100"]) or ()] == ["50", "150", "50"]
    assert [str(number) for number in steps(["0.1", "0.2", "0.3"]) or ()] == ["0.1", "0.3", "0.1"]
    assert steps(["50", "100", "200"]) is None
    assert steps(["mid", "natural"]) is None


def test_leans_commands_are_printed_exactly() -> None:
    lines = optimizer_commands(read_grid([STOPS], {"width": "5"}), {"width": "5"})
    grid = '--target "Sharpe Ratio" --target-direction max --parameter stop-credit-percent 50 150 50'
    assert lines == [
        "Set in config.json: width = '5'",
        f'lean optimize . --strategy "Grid Search" {grid}',
        f'lean cloud optimize "Option Spreads" --push {grid} --node O2-8 --parallel-nodes 12',
    ]


def test_sweep_over_the_synthetic_market_names_it_to_lean_too() -> None:
    local, cloud = optimizer_commands(read_grid([STOPS], {}), {}, "lean.synthetic.json")
    assert local.startswith("lean optimize . --lean-config lean.synthetic.json --strategy ")
    assert "--lean-config" not in cloud


def test_grid_that_lean_cannot_run_is_said() -> None:
    [line] = optimizer_commands(read_grid([["stop-price", "mid", "natural"]], {}), {})
    assert "stop-price" in line and "numbers only" in line
    three = read_grid([STOPS, ["confirm-seconds", "0", "60"], ["width", "5", "10"]], {})
    assert "at most 2 parameters" in optimizer_commands(three, {})[1]


def test_values_that_are_no_numbers_take_an_optimization_each() -> None:
    lines = optimizer_commands(read_grid([STOPS, ["stop-price", "mid", "natural"]], {}), {})
    assert lines[0] == "Set in config.json: stop-price = 'mid'"
    assert lines[3] == "Set in config.json: stop-price = 'natural'"
    assert lines[1] == lines[4]
    assert lines[1].endswith("--parameter stop-credit-percent 50 150 50")


def test_every_point_is_run_once_and_written(tmp_path: Path) -> None:
    table = RowFile(tmp_path / "out" / "sweep.csv", ["stop-credit-percent"])
    assert run(read_grid([STOPS], {}), tmp_path, table)
    with table.path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["stop-credit-percent"]: float(row["pnl"]) for row in rows} == {"50": 50, "100": 100, "150": 150}
    assert ran(tmp_path) == 3


def test_finished_rows_are_not_run_again_but_damaged_and_failed_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    grid = read_grid([["stop-credit-percent", "13", "50", "100"]], {})
    run(grid, tmp_path, RowFile(path, ["stop-credit-percent"]))
    lines = path.read_text().splitlines()
    cut = next(line for line in lines if line.startswith("100,"))
    path.write_text("\n".join([*(line for line in lines if line != cut), cut[:20]]))
    for note in tmp_path.glob("ran-*"):
        note.unlink()
    table = RowFile(path, ["stop-credit-percent"])
    assert len(table.rows) == 1
    run(grid, tmp_path, table)
    assert ran(tmp_path) == 2
    assert {point["stop-credit-percent"]: bool(row.error) for point, row in table.rows.values()} == {
        "13": True, "50": False, "100": False,
    }  # fmt: skip


def test_other_code_or_data_is_another_run() -> None:
    keys = {run_key({"a": "1"}, code, data) for code in ("x", "y") for data in ("x", "y")}
    assert len(keys) == 4
    assert run_key({"a": "1", "b": "2"}, "", "") == run_key({"b": "2", "a": "1"}, "", "")


def test_rows_of_other_code_stay_in_the_table_and_do_not_count(tmp_path: Path) -> None:
    path, grid = tmp_path / "sweep.csv", read_grid([STOPS], {})
    run(grid, tmp_path, RowFile(path, ["stop-credit-percent"]))
    (tmp_path / "stop_rules.py").write_text("changed = True")
    table = RowFile(path, ["stop-credit-percent"])
    keys = plan(grid, tmp_path / "main.py", tmp_path / "data")
    with Progress(console=Console(quiet=True)) as progress:
        sweep(grid, tmp_path / "main.py", tmp_path / "data", table, 1, progress, keys, fake_run)
    assert (ran(tmp_path), len(table.rows)) == (6, 6)
    assert len(set(keys) & set(table.rows)) == 3


def test_interrupt_keeps_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = RowFile(tmp_path / "sweep.csv", ["stop-credit-percent"])
    original = table.add

    def add_then_interrupt(point: dict[str, str], row: Row) -> None:
        original(point, row)
        if len(table.rows) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(table, "add", add_then_interrupt)
    assert run(read_grid([STOPS], {}), tmp_path, table) is False
    kept = len(RowFile(table.path, ["stop-credit-percent"]).rows)
    assert 1 <= kept <= 3
    assert run(read_grid([STOPS], {}), tmp_path, RowFile(table.path, ["stop-credit-percent"]))
    assert ran(tmp_path) == 3


def test_row_is_the_runs_figures(tmp_path: Path) -> None:
    row = reduce_to_row("k", read_result(one_stop(tmp_path)), Settlement(), "hash", 1.0)
    assert (row.pnl, row.worst_day, row.drawdown, row.spreads, row.stops) == (-485.2, -485.2, 485.2, 1, 1)
    assert (row.trigger_excess, row.fill_excess, row.needless, row.against_holding) == (
        "0.3000",
        "0.1000",
        1,
        "-682.60",
    )


def test_days_sum_to_the_account_and_drawdown_is_the_greatest_fall(tmp_path: Path) -> None:
    result = read_result(many(tmp_path, 40))
    start, end = result.dollars("Start Equity"), result.dollars("End Equity")
    assert start is not None and end is not None
    assert sum(by_day(result.run).values()) == (end - start) * 10_000
    values = [float(amount) for _, amount in result.equity]
    # The made-up equity curve has a point at every close.
    expected = max(max(values[: i + 1]) - value for i, value in enumerate(values))
    assert drawdown(result.run) / 10_000 == pytest.approx(expected)


@pytest.mark.parametrize("vary", [[STOPS], [STOPS, ["stop-price", "mid", "natural"]]])
def test_page_shows_every_run_and_the_commands(vary: list[list[str]]) -> None:
    grid = read_grid(vary, {})
    rows = [(point, Row(str(n), pnl=1234.0 + n, spreads=40)) for n, point in enumerate(grid.points())]
    text = render_sweep(grid, rows, ["lean optimize ."], "Data: x.")
    assert all(f"{row.pnl:,.2f}" in text for _, row in rows)
    assert "lean optimize ." in text
    assert f"{len(rows)} of {len(rows)} runs" in text


def test_command_names_a_bad_value_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = command.main(["--vary", "width", "-1", "--data-folder", str(tmp_path), "--output", str(tmp_path / "o")])
    assert code == 1
    assert "width = '-1' is not usable" in capsys.readouterr().err


@pytest.mark.parametrize(("values", "middle"), [((-293.0, 480.0), 0), ((275.0, 890.0), None)])
def test_colours_of_gains_and_losses_part_at_zero(values: tuple[float, float], middle: int | None) -> None:
    grid = read_grid([["stop-credit-percent", "50", "100"], ["width", "5"]], {})
    rows = [(point, Row("k", pnl=value)) for point, value in zip(grid.points(), values, strict=True)]
    text = render_sweep(Grid({**grid.axes, "width": ("5", "10")}, {}), rows, [], "")
    data = json.loads(text[text.index('id="data">') + 10 : text.index("</script>", text.index('id="data">'))])
    assert data["figures"]["pnl-0"]["data"][0].get("zmid") == middle
