"""The folder's mark: never mixed with real data, not made twice, damage seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from market.__main__ import main
from market.folder import MARK
from market.generate import Settings, ensure

TINY = ["--scenario", "half_day", "--reach", "60"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "synthetic"
    assert main(["--output", str(root), *TINY]) == 0
    return root


def stamps(root: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


def test_folder_of_real_data_is_refused_and_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    real = tmp_path / "data"
    (real / "equity").mkdir(parents=True)
    (real / "equity/goog.zip").write_bytes(b"real")
    assert main(["--output", str(real), *TINY]) == 2
    said = capsys.readouterr().err
    assert str(real) in said and MARK in said and "new, empty or marked" in said
    assert [p.name for p in real.rglob("*")] == ["equity", "goog.zip"]


def test_marked_folder_with_a_strange_file_is_not_made_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "equity-of-mine.zip").write_bytes(b"real")
    assert main(["--output", str(folder), *TINY, "--seed", "5"]) == 2
    assert "equity-of-mine.zip" in capsys.readouterr().err
    assert (folder / "equity-of-mine.zip").read_bytes() == b"real"


def test_same_settings_again_write_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = stamps(folder)
    assert main(["--output", str(folder), *TINY]) == 0
    assert stamps(folder) == before
    assert "is there already" in capsys.readouterr().out


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_damaged_market_is_made_again(folder: Path, harm: str) -> None:
    victim = next(folder.glob("indexoption/usa/minute/spxw/*quote*"))
    whole = victim.read_bytes()
    if harm == "changed":
        victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    else:
        victim.unlink()
    assert main(["--output", str(folder), *TINY]) == 0
    assert victim.read_bytes() == whole


def test_other_settings_replace_the_market_and_leave_nothing_behind(folder: Path) -> None:
    assert main(["--output", str(folder), "--scenario", "quiet", "--reach", "60"]) == 0
    mark = json.loads((folder / MARK).read_text())
    assert [d["scenario"] for d in mark["days"]] == ["quiet"]
    assert not list(folder.rglob("20241129_*"))
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_mark_names_seed_scenarios_dates_and_every_file(folder: Path) -> None:
    mark = json.loads((folder / MARK).read_text())
    assert mark["synthetic"] is True and mark["settings"]["seed"] == 1
    assert mark["days"] == [{"date": "2024-11-29", "scenario": "half_day"}]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MARK}
    assert set(mark["files"]) == there


def test_unreadable_mark_is_an_error_that_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / MARK).write_text("{")
    assert main(["--output", str(folder), *TINY]) == 2
    assert "delete the folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--scenario", "calm"], "'calm'"),
        (["--days", "0"], "--days 0"),
        (["--reach", "10"], "--reach 10"),
        (["--seed", "-1"], "--seed -1"),
        (["--bench-days", "1", "--bench-contracts", "3"], "--bench-contracts 3"),
    ],
)
def test_setting_out_of_range_is_named_with_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert main(["--output", str(tmp_path / "x"), *options]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_output_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("")
    assert main(["--output", str(tmp_path / "x")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_interrupted_making_leaves_the_old_market_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stamps(folder)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("market.scripted.write_market", fail)
    with pytest.raises(KeyboardInterrupt):
        ensure(folder, Settings(seed=9))
    assert stamps(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
