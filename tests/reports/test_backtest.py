"""The command behind `make backtest`: which steps run, with what, and where results go."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from reports import backtest

NOON = datetime(2024, 11, 25, 12, 0, 1)


class Steps:
    """Stands in for the programs: notes each call, ends one of them badly on request."""

    def __init__(self, failing: str = "") -> None:
        self.calls: list[tuple[str, ...]] = []
        self.failing = failing

    def __call__(self, module: str, *arguments: str) -> None:
        self.calls.append((module, *arguments))
        if module == self.failing:
            raise backtest.Stopped(3)

    @property
    def modules(self) -> list[str]:
        return [call[0] for call in self.calls]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    noted = Steps()
    monkeypatch.setattr(backtest, "run_step", noted)
    return noted


def test_two_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    first = backtest.new_result_folder(tmp_path / "backtests", NOON)
    second = backtest.new_result_folder(tmp_path / "backtests", NOON)
    assert (first.name, second.name) == ("2024-11-25_12-00-01", "2024-11-25_12-00-01-2")


def test_run_without_data_makes_the_synthetic_market_first(steps: Steps, tmp_path: Path) -> None:
    assert backtest.main(["--results", str(tmp_path)]) == 0
    assert steps.modules == ["market", "replay", "reports.summary"]
    assert steps.calls[0][2] == steps.calls[1][steps.calls[1].index("--data-folder") + 1]


def test_run_on_own_data_never_touches_the_market(steps: Steps, tmp_path: Path) -> None:
    assert backtest.main(["--data-folder", str(tmp_path), "--results", str(tmp_path / "results")]) == 0
    assert steps.modules == ["replay", "reports.summary"]


def test_other_arguments_reach_replay(steps: Steps, tmp_path: Path) -> None:
    backtest.main(["--results", str(tmp_path), "--parameter", "exit-days-to-expiry", "-1"])
    assert steps.calls[1][-3:] == ("--parameter", "exit-days-to-expiry", "-1")


def test_parameters_of_config_json_count_when_none_is_given(steps: Steps, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"parameters": {"width": "5", "exit-time": ""}}')
    assert backtest.configured(tmp_path / "config.json") == [
        "--parameter",
        "width",
        "5",
        "--parameter",
        "exit-time",
        "",
    ]
    backtest.main(["--results", str(tmp_path)])
    assert "underlying" in steps.calls[1]


def test_given_parameter_replaces_all_of_config_json(steps: Steps, tmp_path: Path) -> None:
    backtest.main(["--results", str(tmp_path), "--parameter", "width", "5"])
    assert steps.calls[1].count("--parameter") == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [("{} // none", "without comments"), ("[]", "not a JSON object"), ('{"parameters": {"width": 5}}', '"width": "5"')],
)
def test_unusable_config_json_is_named_with_the_mend(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json") as refused:
        backtest.configured(tmp_path / "config.json")
    assert named in str(refused.value)


def test_table_is_of_the_folder_that_replay_wrote(steps: Steps, tmp_path: Path) -> None:
    backtest.main(["--results", str(tmp_path)])
    replay, summary = steps.calls[1:]
    assert replay[replay.index("--output") + 1] == summary[1]
    assert Path(summary[1]).parent == tmp_path


def test_failing_replay_gives_its_exit_code_and_no_empty_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failing = Steps(failing="replay")
    monkeypatch.setattr(backtest, "run_step", failing)
    assert backtest.main(["--results", str(tmp_path)]) == 3
    assert failing.modules == ["market", "replay"]
    assert list(tmp_path.iterdir()) == []


def test_missing_data_folder_is_named_with_what_it_should_hold(
    steps: Steps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        backtest.main(["--data-folder", str(tmp_path / "nowhere")])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "nowhere: no such folder" in said
    assert "market-hours/" in said
    assert steps.calls == []


def test_results_that_cannot_be_written_are_named(
    steps: Steps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert backtest.main(["--results", str(tmp_path / "file")]) == 1
    assert "Name another one with --results DIR" in capsys.readouterr().err


def test_misspelled_argument_is_refused_under_the_name_of_the_command_typed(
    steps: Steps, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    with pytest.raises(SystemExit):
        backtest.main(["--results", str(tmp_path), "--paramter", "width", "5"])
    said = capsys.readouterr().err
    assert said.startswith("usage: make backtest [")
    assert "--parameter NAME VALUE" in said
    assert "python -m replay" not in said
    assert steps.calls == []
