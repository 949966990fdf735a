"""Where the recordings of the real engine are; tests that need them are skipped elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared"
REFERENCE = Path(os.environ.get("LEAN_REFERENCE", _BESIDE / "reference"))
DATA = Path(os.environ.get("LEAN_DATA", _BESIDE / "data"))

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason=f"no recordings at {REFERENCE}; set LEAN_REFERENCE to their folder"
)
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no LEAN data at {DATA}; set LEAN_DATA to the folder")


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    """(case/file, record) of every recording, sorted by name."""
    for path in sorted(REFERENCE.glob("*/expected*.json")):
        yield f"{path.parent.name}/{path.name}", json.loads(path.read_text())
