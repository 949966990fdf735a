from __future__ import annotations

from pathlib import Path

from market.scenarios import SCENARIOS

PAGE = Path(__file__).parents[2] / "docs/market.md"


def test_page_tells_every_scenario_with_its_date_and_story() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for scenario in SCENARIOS:
        mark = " (XYZ too)" if scenario.equity else ""
        assert f"| {scenario.date:%Y-%m-%d %a} | `{scenario.name}`{mark} | {scenario.story} |" in text
