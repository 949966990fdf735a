"""docs/replay.md is what coverage.py writes, and names every recorded case."""

from __future__ import annotations

from .coverage import AREAS, PAGE, page, properties, refused
from .recordings import REFERENCE, needs_reference


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"


@needs_reference
def test_every_recorded_case_stands_in_exactly_one_area() -> None:
    named = [case for _, _, cases in AREAS for case in cases]

    assert sorted(named) == sorted(folder.parent.name for folder in REFERENCE.glob("*/algorithm.py"))


def test_refused_features_and_properties_are_found() -> None:
    assert ("add_universe", "use add_option or add_index_option with set_filter") in refused()
    assert properties()
