"""The benchmarks work; what they measure is no test, what they count is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import sections
from bench.processes import Failed, once


def test_small_benchmark_writes_every_figure_and_ends_with_0(tmp_path: Path) -> None:
    output = tmp_path / "bench.json"
    assert command.main(["--small", "--only", "watching", "reads", "throughput", "--output", str(output)]) == 0
    found = json.loads(output.read_text())
    assert found["reads"][0]["4 five"] == {"prices": 4, "others": 1, "calls": found["reads"][0]["1 five"]["calls"]}
    assert found["throughput"][0]["points"] > 10_000
    plain, replayed = found["watching"]
    assert set(plain["4"]) < set(replayed["4"])


def test_more_reads_than_allowed_end_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sections, "READS_ALLOWED", 3)
    assert command.main(["--small", "--only", "reads", "--output", str(tmp_path / "bench.json")]) == 1
    assert "1 spreads, five: 4 reads a spread (allowed 3)" in capsys.readouterr().err


def test_command_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(Failed, match="ended with 3: no such thing"):
        once(["-c", "import sys; sys.stderr.write('no such thing'); sys.exit(3)"])


def test_measured_process_may_write_its_compiled_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    once(["-c", "import sys; sys.exit(sys.dont_write_bytecode)"])
