"""The path of a spread's net debit: bounded, ordered, its worst moment kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spreads.debit_path import DebitPath
from spreads.journal import Journal, What, parse

NOON = datetime(2021, 1, 4, 12, 0)


def test_path_facts_count_seconds_from_the_first_point_and_show_gaps_as_null() -> None:
    path = DebitPath()
    path.add(NOON, 100, 90)
    path.gap(NOON + timedelta(minutes=1))
    path.gap(NOON + timedelta(minutes=2))
    path.add(NOON + timedelta(minutes=3), 130, 120)
    path.add(NOON + timedelta(minutes=3), 140, 125)
    assert path.facts() == {"start": NOON, "t": [0, 60, 180], "natural": [100, None, 140], "mid": [90, None, 125]}


def test_empty_path_is_a_legal_record() -> None:
    journal = Journal()
    journal.write(What.PATH, NOON, "A1", **DebitPath().facts())
    assert parse(journal.lines())[0]["t"] == []


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=300), st.integers(2, 40))
def test_thinned_path_stays_bounded_keeps_its_order_and_its_worst_moment(naturals: list[int], limit: int) -> None:
    path = DebitPath(limit)
    for minute, natural in enumerate(naturals):
        path.add(NOON + timedelta(minutes=minute), natural, natural - 1)
    facts = path.facts()
    times = facts["t"]
    assert isinstance(times, list)
    assert len(times) <= limit
    assert times == sorted(set(times)) and times[0] == 0
    assert path.worst_natural == max(naturals)
    assert path.best_mid == min(naturals) - 1
    assert max(facts["natural"]) == max(naturals)  # type: ignore[call-overload]
