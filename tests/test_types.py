"""The product's types by a second checker, where node has it; `make check` asks mypy everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def test_pyright_finds_no_error_in_the_product() -> None:
    pyright = os.environ.get("PYRIGHT") or shutil.which("pyright")
    if pyright is None:
        pytest.skip("needs pyright (npm install --global pyright), or PYRIGHT set to its path")
    if not (PROJECT / ".venv").is_dir():
        pytest.skip("pyright looks for LEAN's stubs in .venv, which is not there")
    ended = subprocess.run([pyright], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
