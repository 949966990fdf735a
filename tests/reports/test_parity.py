"""The command behind `make parity`: what it says where LEAN cannot run, and what it compares where it can."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reports import backtest, parity


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no programs but those put into the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(parity, "LEAN", tmp_path / "lean")
    return tmp_path


def program(folder: Path, name: str, *, says: str = "", exit_code: int = 0) -> None:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{says}" >&2\nexit {exit_code}\n')
    path.chmod(0o755)


def test_machine_without_docker_and_lean_names_both(empty_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parity.main() == 2
    said = capsys.readouterr().err
    assert "Docker is not installed" in said
    assert "make venv" in said


def test_docker_that_does_not_answer_is_named_with_its_words(empty_path: Path) -> None:
    program(empty_path, "docker", says="Cannot connect to the Docker daemon", exit_code=1)
    program(empty_path, "lean")
    [reason] = parity.missing()
    assert "Cannot connect to the Docker daemon" in reason


def test_lean_that_cannot_start_is_named_with_its_words(empty_path: Path) -> None:
    program(empty_path, "docker")
    program(empty_path, "lean", says="Modules json not found", exit_code=1)
    [reason] = parity.missing()
    assert "Modules json not found" in reason


def test_both_results_of_the_same_data_are_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    steps: list[tuple[str, ...]] = []
    monkeypatch.setattr(parity, "missing", list)
    monkeypatch.setattr(parity, "run_step", lambda *step: steps.append(step))
    monkeypatch.setattr(parity, "new_result_folder", lambda parent, start: tmp_path)
    monkeypatch.setattr(parity.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0))
    assert parity.main() == 0
    assert [step[0] for step in steps] == ["market", "replay", "replay.compare"]
    assert steps[2][1:] == (str(tmp_path / "lean"), str(tmp_path / "replay"))


def test_difference_gives_the_exit_code_of_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    def differ() -> None:
        raise backtest.Stopped(1)

    monkeypatch.setattr(parity, "missing", list)
    monkeypatch.setattr(parity, "parity", differ)
    assert parity.main() == 1
