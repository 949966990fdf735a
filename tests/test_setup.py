"""What a newcomer reads when the set-up cannot work: run against interpreters that only pretend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
WORKING_VENV = 'mkdir -p "$4/bin" && cp "$0" "$4/bin/python"'


def pretend_python(folder: Path, *, version_fits: bool = True, venv: str = WORKING_VENV, pip: str = "exit 0") -> Path:
    """A program that answers what the set-up asks of Python: its version, `-m venv --clear DIR`, `-m pip`."""
    program = folder / "python"
    program.write_text(
        "#!/bin/sh\n"
        'case "$1 $2" in\n'
        '  "--version "*) echo "Python 3.9.2" ;;\n'
        f'  "-c "*) exit {0 if version_fits else 1} ;;\n'
        f'  "-m venv") {venv} ;;\n'
        f'  "-m pip") if [ "$3" = install ]; then {pip}; fi; [ -e "$(dirname "$0")/../bin/python" ] ;;\n'
        "esac\n"
    )
    program.chmod(0o755)
    return program


def set_up(python: Path | str, venv: Path, which: str = "run") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHON": str(python), "VENV": str(venv)}
    return subprocess.run(
        ["sh", ".ci/venv", which], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def test_python_that_is_too_old_is_named_with_what_to_do(tmp_path: Path) -> None:
    ended = set_up(pretend_python(tmp_path, version_fits=False), tmp_path / "venv")
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed" in ended.stderr
    assert "is Python 3.9.2" in ended.stderr
    assert "make PYTHON=" in ended.stderr


def test_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = set_up(tmp_path / "nowhere", tmp_path / "venv")
    assert ended.returncode == 1
    assert "is not there" in ended.stderr


def test_missing_venv_module_names_the_package_and_leaves_nothing(tmp_path: Path) -> None:
    python = pretend_python(tmp_path, venv="echo ensurepip is not available; exit 1")
    ended = set_up(python, tmp_path / "venv")
    assert ended.returncode == 1
    assert "ensurepip is not available" in ended.stderr
    assert "apt install python3-venv" in ended.stderr
    assert not (tmp_path / "venv").exists()


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = set_up(pretend_python(tmp_path), tmp_path / "file" / "venv")
    assert ended.returncode == 1
    assert "cannot write" in ended.stderr
    assert "make VENV=" in ended.stderr


@pytest.mark.parametrize(
    ("pip_says", "told"),
    [
        ("NewConnectionError: Failed to establish a new connection", "Check the network or the proxy"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "make PYTHON=python3.11"),
        ("OSError: [Errno 28] No space left on device", "No space left on device"),
    ],
)
def test_pip_that_fails_says_why_and_leaves_no_stamp(tmp_path: Path, pip_says: str, told: str) -> None:
    ended = set_up(pretend_python(tmp_path, pip=f'echo "{pip_says}"; exit 1'), tmp_path / "venv")
    assert ended.returncode == 1
    assert told in ended.stderr
    assert not (tmp_path / "venv" / "run.stamp").exists()


@pytest.mark.parametrize(("which", "stamps"), [("run", {"run.stamp"}), ("dev", {"run.stamp", "dev.stamp"})])
def test_pip_that_works_is_quiet_and_leaves_its_stamps(tmp_path: Path, which: str, stamps: set[str]) -> None:
    ended = set_up(pretend_python(tmp_path, pip="echo hundred lines"), tmp_path / "venv", which)
    assert ended.returncode == 0
    assert "hundred lines" not in ended.stdout + ended.stderr
    assert {path.name for path in (tmp_path / "venv").glob("*.stamp")} == stamps


def test_make_sets_up_once(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("needs make")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "run.stamp").touch()
    (venv / "dev.stamp").touch()
    ended = subprocess.run([make, f"VENV={venv}", "venv"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "Setting up" not in ended.stderr
    assert "is ready" in ended.stdout
