"""What several rooms' tests share: where LEAN's sample data and recordings are, and one synthetic market for all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def outside_folder(variable: str, default: Path, what: str) -> Path:
    """A folder outside the project, from the environment or beside the checkout; skips the test when absent."""
    folder = Path(os.environ.get(variable, default)).expanduser()
    if not folder.is_dir():
        pytest.skip(f"needs {what}: set {variable} to its folder (not found at {folder})")
    return folder.resolve()


@pytest.fixture(scope="session")
def lean_data() -> Path:
    """LEAN's sample data, the `data` folder of `lean init`."""
    return outside_folder("LEAN_DATA", PROJECT.parent / "shared" / "data", "LEAN's sample data")


@pytest.fixture(scope="session")
def lean_reference() -> Path:
    """The recordings of the real engine."""
    return outside_folder("LEAN_REFERENCE", PROJECT.parent / "shared" / "reference", "recordings of the real engine")


@pytest.fixture(scope="session")
def synthetic_market(pytestconfig: pytest.Config) -> Path:
    """The synthetic market, made once for each state of `market/` and kept in pytest's cache; do not write to it."""
    sources = sorted((PROJECT / "market").rglob("*.py"))
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    cache = pytestconfig.cache.mkdir("synthetic-market")
    folder = cache / state
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for outdated in cache.glob("*/"):
                shutil.rmtree(outdated)
            making = cache / f"{state}-unfinished"
            made = subprocess.run(
                [sys.executable, "-m", "market", "--output", str(making)],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert made.returncode == 0, f"python -m market failed:\n{made.stdout}{made.stderr}"
            making.rename(folder)
    return folder
