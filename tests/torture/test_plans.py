"""A few hundred random fault plans against the unmodified main.py; `make faults` runs ten thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trial import judge, shrunk, trial_of

PLANS, BATCH = 200, 10


@pytest.mark.parametrize("first", range(0, PLANS, BATCH))
def test_random_faults_break_no_invariant(first: int, synthetic_market: Path) -> None:
    for seed in range(first, first + BATCH):
        trial = trial_of(seed, synthetic_market)
        verdict = judge(trial, synthetic_market)
        if verdict.failure:
            pytest.fail(f"{verdict.failure}\n{shrunk(trial, synthetic_market)}", pytrace=False)


def test_trial_is_the_same_for_a_seed(synthetic_market: Path) -> None:
    assert trial_of(6, synthetic_market) == trial_of(6, synthetic_market)
    assert trial_of(7, synthetic_market) == trial_of(7, synthetic_market)
    assert judge(trial_of(7, synthetic_market), synthetic_market) == judge(
        trial_of(7, synthetic_market), synthetic_market
    )
