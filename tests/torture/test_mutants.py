"""The invariants can fail: a copy of the product with one bug in it turns them red."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .trial import MAIN, judge, trial_of

MUTANTS = {
    "an order that works does not stop a second one": [
        ("clearance.py", "        working = spread.working(leg.key)\n", "        working = []\n"),
        ("closer.py", " and not spread.working(leg.key) else 0", " else 0"),
    ],
    "the account does not cap a close": [
        ("desk.py", "return cap(held, self._reconciler.gap(leg), foreign, ", "return cap(held, 0, 0, ")
    ],
    "longs are sold before the shorts are bought back": [
        ("closer.py", "        if shorts and not self._both_at_once(", "        if False and not self._both_at_once(")
    ],
    "a refused close is never tried again": [("exits.py", "        if now < pause.until:\n", "        if True:\n")],
    "only the first part of a fill is posted": [
        ("ledger.py", "abs(known.filled) > abs(facts.filled)", "known.filled"),
    ],
    "fees are left out of the result": [("ledger.py", ".postings.values()) - self.fees", ".postings.values())")],
}
SEEDS = [0, 6, 10, 13, 15, 18, 19, 41, 54, 90, 96, 120, *range(20, 40)]


@pytest.mark.parametrize("name", MUTANTS)
def test_bug_turns_an_invariant_red(name: str, tmp_path: Path, synthetic_market: Path) -> None:
    for part in ("main.py", "spread_manager.py", "stop_rules.py"):
        shutil.copy(MAIN.parent / part, tmp_path / part)
    shutil.copytree(MAIN.parent / "spreads", tmp_path / "spreads", ignore=shutil.ignore_patterns("__pycache__"))
    for file, text, bug in MUTANTS[name]:
        source = (tmp_path / "spreads" / file).read_text(encoding="utf-8")
        assert text in source, f"{file} has changed: mend the mutant '{name}'"
        (tmp_path / "spreads" / file).write_text(source.replace(text, bug), encoding="utf-8")
    verdicts = (judge(trial_of(seed, synthetic_market), synthetic_market, tmp_path / "main.py") for seed in SEEDS)
    assert next((verdict.failure for verdict in verdicts if verdict.failure), "") != ""
