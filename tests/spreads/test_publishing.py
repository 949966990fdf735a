"""When the journal of a backtest is saved: often enough to outlive a crash, seldom enough to cost little."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from spreads.continuity import Continuity
from spreads.journal import Journal, What
from spreads.publishing import LEAST_GROWTH, Publisher
from tests.spreads.live_rig import MemoryFiles

NOW = datetime(2024, 11, 18, 10, 0)


class Shown(MemoryFiles):
    """A store with a banner nobody looks at."""

    def show(self, name: str, value: str) -> None:
        pass

    def plot(self, chart: str, series: str, value: float) -> None:
        pass


def backtest_of(journal: Journal, files: Shown) -> Publisher:
    continuity = cast(Continuity, cast(Any, SimpleNamespace(journal=journal)))
    return Publisher(files, continuity, "status", "journal", keeps_status=False)


def grow(publisher: Publisher, journal: Journal, records: int) -> None:
    for number in range(records):
        journal.write(What.GUARD, NOW, text=str(number))
        publisher.step(NOW)


def test_journal_of_a_run_that_is_told_no_end_lacks_its_last_tenth_at_most() -> None:
    journal, files = Journal(), Shown()
    publisher = backtest_of(journal, files)
    for _ in range(50):
        grow(publisher, journal, 37)
        saved = files.kept["journal"].decode().splitlines()
        assert saved == journal.lines()[: len(saved)]
        assert len(journal) - len(saved) <= max(LEAST_GROWTH, len(journal) // 10)


def test_bytes_written_grow_with_the_journal_not_with_its_square() -> None:
    journal, files = Journal(), Shown()
    written = 0
    publisher = backtest_of(journal, files)
    for _ in range(5_000):
        before = len(files.writes)
        grow(publisher, journal, 1)
        written += len(files.kept["journal"]) if len(files.writes) > before else 0
    assert written < 12 * len(files.kept["journal"])


def test_store_that_refuses_is_not_asked_again_at_every_slice() -> None:
    journal, files = Journal(), Shown(refuse=True)
    publisher = backtest_of(journal, files)
    with pytest.raises(OSError, match="journal could not be saved"):
        grow(publisher, journal, LEAST_GROWTH)
    grow(publisher, journal, LEAST_GROWTH - 1)
    files.refuse = False
    grow(publisher, journal, 1)
    assert len(files.kept["journal"].splitlines()) == 2 * LEAST_GROWTH


def test_journal_that_is_off_is_never_saved() -> None:
    journal, files = Journal(), Shown()
    publisher = backtest_of(journal, files)
    publisher.saves_journal = False
    grow(publisher, journal, 100)
    assert files.writes == []
