"""Every recording of the real engine, replayed: orders, events, log, statistics and hash must be equal."""

from __future__ import annotations

import pytest

from replay.conformance import Recording, compare, recordings

from .recordings import DATA, REFERENCE, needs_data, needs_reference

FOUND = list(recordings(REFERENCE)) if REFERENCE.is_dir() else []


@pytest.mark.conformance
@needs_reference
@needs_data
@pytest.mark.parametrize("recording", FOUND, ids=lambda recording: recording.name)
def test_replay_of_a_recording_is_equal(recording: Recording) -> None:
    difference = compare(recording, DATA)
    assert difference is None, f"{difference.where}\nrecorded {difference.expected}\nreplayed {difference.actual}"
