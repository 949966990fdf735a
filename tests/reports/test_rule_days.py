"""What each rule does on each scripted day is written down, and the page is what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.rule_days import RULE_SETS, run_rule_set, table

PROJECT = Path(__file__).parents[2]


@pytest.mark.slow
def test_committed_page_is_what_the_rules_do(synthetic_market: Path, tmp_path: Path) -> None:
    columns = [
        (rules, run_rule_set(rules, synthetic_market, PROJECT / "main.py", tmp_path / str(number)))
        for number, rules in enumerate(RULE_SETS)
    ]
    committed = (PROJECT / "docs" / "rule-days.md").read_text(encoding="utf-8")
    made = table(columns)
    assert made.splitlines() == committed.splitlines(), "run `make ruledays` and read what changed before committing it"
