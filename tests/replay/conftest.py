"""Where the sample data of LEAN and the recordings of the real engine are found."""

import os
from pathlib import Path

import pytest


def _shared(variable, folder):
    named = os.environ.get(variable)
    found = Path(named) if named else Path(__file__).parents[3] / "shared" / folder
    return found if found.is_dir() else None


@pytest.fixture(scope="session")
def lean_data():
    """LEAN's sample data folder."""
    found = _shared("LEAN_DATA", "data")
    if found is None:
        pytest.skip("LEAN's sample data are not here; set LEAN_DATA to a data folder")
    return found


@pytest.fixture(scope="session")
def lean_reference():
    """The recordings of the real engine."""
    found = _shared("LEAN_REFERENCE", "reference")
    if found is None:
        pytest.skip("the recordings are not here; set LEAN_REFERENCE to their folder")
    return found
