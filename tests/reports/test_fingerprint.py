"""The data's fingerprint: changes with the folder, says nothing of where it lies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from reports.fingerprint import PROJECT, fingerprint, read_run_file, write_run_file
from reports.result import read_result
from tests.reports.made_up import one_stop


def test_folder_moved_elsewhere_keeps_its_fingerprint(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "option").mkdir(parents=True)
        (tmp_path / name / "option" / "x.zip").write_bytes(b"12345")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b") != ""


def test_file_cut_short_changes_it(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"12345")
    before = fingerprint(tmp_path)
    (tmp_path / "x.zip").write_bytes(b"1234")
    assert fingerprint(tmp_path) != before


def test_synthetic_market_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "SYNTHETIC.json").write_text(json.dumps({"fingerprint": "0123456789abcdef"}))
    assert fingerprint(tmp_path) == "0123456789ab"


def test_run_file_names_the_folder_and_not_its_path(tmp_path: Path) -> None:
    data = tmp_path / "secret-place" / "data"
    data.mkdir(parents=True)
    folder = one_stop(tmp_path / "run")
    write_run_file(folder, data)
    assert "secret-place" not in (folder / "run.json").read_text()
    assert read_run_file(folder)["data"] == "data (user's own)"
    assert read_result(folder).run.facts.fingerprint == "f00dfeed"


def test_lean_report_finds_the_result_by_the_id_beside_it(tmp_path: Path) -> None:
    folder = one_stop(tmp_path / "run")
    write_run_file(folder, tmp_path)
    identity = json.loads((folder / "config").read_text())["id"]
    assert (folder / f"{identity}.json").is_file()
    assert not identity.startswith("9")  # the lean command's mark of a folder without a result


def test_results_without_a_note_are_read_all_the_same(tmp_path: Path) -> None:
    assert read_run_file(tmp_path) == {}


def test_run_of_lean_has_the_digest_of_the_code_it_left_and_ours_that_of_the_project(tmp_path: Path) -> None:
    folder = one_stop(tmp_path / "run")
    for name in ("main.py", "spread_manager.py", "stop_rules.py"):
        (folder / "code").mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, folder / "code")
    assert read_result(one_stop(tmp_path / "no-code")).run.facts.code == ""
    shutil.copytree(PROJECT / "spreads", folder / "code" / "spreads")
    left = read_result(folder).run.facts.code
    write_run_file(folder, tmp_path)
    assert read_result(folder).run.facts.code == left != ""
    (folder / "run.json").unlink()
    (folder / "code" / "main.py").write_text("")
    assert read_result(folder).run.facts.code != left
