"""How long a breach must hold: bounded steps, pauses, resets, grades; and never later for a worse breach."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.confirmation import (
    Clock,
    Confirmation,
    Grade,
    Verdict,
    grades_from,
    policy_from_dict,
    policy_to_dict,
)
from spreads.errors import BadSetting
from spreads.money import ticks
from spreads.valuation import PriceBasis
from spreads.view import Decision

START = datetime(2024, 11, 26, 11)
GRADED = Confirmation(120, (Grade(10, 20), Grade(30, 0)), max_step=10)
WIDTH = ticks(5)


def breach(debit: float = 3.40, at_once: bool = False) -> Decision:
    return Decision("stop-debit", PriceBasis.NATURAL, ticks(debit), ticks(3.40), "because", at_once)


def run(policy: Confirmation, looks: Sequence[tuple[float, Decision | None, bool]]) -> list[Verdict]:
    """Verdicts of looks given as (second, decision, usable)."""
    clock, verdicts = Clock(), []
    for second, decision, usable in looks:
        now = START + timedelta(seconds=second)
        clock, verdict = policy.look(clock, now, decision, usable=usable, max_debit=WIDTH)
        verdicts.append(verdict)
    return verdicts


def test_off_fires_at_the_first_usable_breach() -> None:
    assert Confirmation().is_off
    assert run(Confirmation(), [(0, None, False), (1, None, True), (2, breach(), True)]) == ["quiet", "quiet", "fire"]


def test_time_completes_the_wait_to_the_second() -> None:
    policy = Confirmation(30, max_step=10)
    assert run(policy, [(s, breach(), True) for s in (0, 10, 20, 29.999)])[-1] is Verdict.CONFIRMING
    assert run(policy, [(s, breach(), True) for s in (0, 10, 20, 30)])[-1] is Verdict.FIRE


def test_a_late_step_is_credited_only_in_part() -> None:
    assert run(GRADED, [(0, breach(), True), (600, breach(), True)])[-1] is Verdict.CONFIRMING


def test_one_late_step_alone_never_completes_even_a_short_wait() -> None:
    policy = Confirmation(20, max_step=60)
    late = [(0, breach(), True), (600, breach(), True)]
    assert run(policy, late)[-1] is Verdict.CONFIRMING
    assert run(policy, [*late, (601, breach(), True)])[-1] is Verdict.FIRE
    assert run(policy, [(0, breach(), True), (60, breach(), True)])[-1] is Verdict.FIRE


def test_unusable_looks_pause_and_keep() -> None:
    policy = Confirmation(20, max_step=10)
    looks = [(0, breach(), True), (10, breach(), True), (11, None, False), (300, None, False), (301, breach(), True)]
    assert run(policy, looks) == ["confirming", "confirming", "paused", "paused", "confirming"]
    assert run(policy, [*looks, (310, breach(), True)])[-1] is Verdict.FIRE


def test_time_without_usable_quotes_is_not_credited() -> None:
    clock, _ = Confirmation(100, max_step=60).look(Clock(), START, breach())
    policy = Confirmation(100, max_step=60)
    clock, _ = policy.look(clock, START + timedelta(seconds=2), None, usable=False)
    clock, _ = policy.look(clock, START + timedelta(seconds=50), breach())
    assert clock.held == timedelta(seconds=2)


def test_usable_look_without_breach_resets() -> None:
    policy = Confirmation(20, max_step=10)
    looks = [(0, breach(), True), (10, breach(), True), (15, None, True), (16, breach(), True), (26, breach(), True)]
    assert run(policy, looks) == ["confirming", "confirming", "quiet", "confirming", "confirming"]


def test_a_quote_seen_before_credits_nothing() -> None:
    policy, clock = Confirmation(20, max_step=10), Clock()
    for second in (0, 10, 20, 30, 40):
        now = START + timedelta(seconds=second)
        clock, verdict = policy.look(clock, now, breach(), quoted_at=START)
    assert verdict is Verdict.PAUSED
    assert clock.held == timedelta(0)


def test_minute_quotes_seen_every_second_are_credited_by_the_minute() -> None:
    policy, clock, fired = Confirmation(120, max_step=60), Clock(), None
    for second in range(300):
        now = START + timedelta(seconds=second)
        clock, verdict = policy.look(clock, now, breach(), quoted_at=START + timedelta(minutes=second // 60))
        if verdict is Verdict.FIRE:
            fired = second
            break
    assert fired == 120


@pytest.mark.parametrize(
    ("debit", "seconds"),
    [(3.40, 120), (3.7399, 120), (3.74, 20), (4.4199, 20), (4.42, 0), (5.0, 0), (5.0001, 0)],
)
def test_the_worse_the_breach_the_shorter_the_wait(debit: float, seconds: int) -> None:
    assert GRADED.wait(breach(debit), WIDTH) == timedelta(seconds=seconds)


def test_beyond_the_width_fires_at_once_unless_told_otherwise() -> None:
    assert run(Confirmation(120), [(0, breach(5.01), True)]) == ["fire"]
    assert run(Confirmation(120, beyond_width=60), [(0, breach(5.01), True)]) == ["confirming"]


def test_a_decision_that_may_not_wait_fires_at_once() -> None:
    assert run(Confirmation(120), [(0, breach(at_once=True), True)]) == ["fire"]


def test_a_breach_that_gets_worse_fires_when_its_shorter_wait_is_over() -> None:
    looks = [(0, breach(), True), (10, breach(), True), (20, breach(), True), (30, breach(3.80), True)]
    assert run(GRADED, looks)[-1] is Verdict.FIRE


def test_sentence_says_how_far_it_is() -> None:
    clock, _ = GRADED.look(Clock(), START, breach())
    text = "breach held 0 of 120 s at 3.40 against 3.40, seen first at 11:00:00"
    assert GRADED.sentence(clock, breach(), WIDTH) == text


@pytest.mark.parametrize(
    "build",
    [
        lambda: Confirmation(-1),
        lambda: Confirmation("soon"),
        lambda: Confirmation(20, max_step=0),
        lambda: Confirmation(20, beyond_width=-1),
        lambda: Confirmation(20, (Grade(10, 30),)),
        lambda: Confirmation(20, (Grade(10, 5), Grade(10, 1))),
        lambda: Confirmation(20, (Grade(0, 5),)),
        lambda: grades_from("10-20"),
        lambda: Clock.from_dict({"held": 1}),
        lambda: policy_from_dict({"seconds": "1"}),
    ],
)
def test_unusable_settings_are_refused(build: object) -> None:
    with pytest.raises(BadSetting):
        build()  # type: ignore[operator]


def test_policy_survives_json() -> None:
    assert policy_from_dict(json.loads(json.dumps(policy_to_dict(GRADED)))) == GRADED
    assert grades_from("10:20, 30:0") == (Grade("10", "20"), Grade("30", "0"))


DEBITS = st.integers(340, 700).map(lambda cents: cents / 100)
WAITS = st.lists(st.integers(0, 200), min_size=3, max_size=3).map(lambda waits: sorted(waits, reverse=True))
POLICIES = st.builds(
    lambda waits, step: Confirmation(waits[0], (Grade(10, waits[1]), Grade(30, waits[2])), max_step=step),
    WAITS,
    st.integers(1, 90),
)
GAPS = st.lists(st.tuples(st.integers(0, 200), st.booleans(), DEBITS), min_size=1, max_size=12)


@settings(max_examples=300)
@given(POLICIES, GAPS, st.integers(0, 200))
def test_a_worse_breach_never_fires_later(
    policy: Confirmation, gaps: list[tuple[int, bool, float]], worse_by: int
) -> None:
    def looks(add: float) -> list[tuple[float, Decision | None, bool]]:
        second, found = 0, []
        for gap, usable, debit in gaps:
            second += gap
            found.append((float(second), breach(debit + add) if usable else None, usable))
        return found

    mild, bad = run(policy, looks(0)), run(policy, looks(worse_by / 100))
    if Verdict.FIRE in mild:
        assert Verdict.FIRE in bad
        assert bad.index(Verdict.FIRE) <= mild.index(Verdict.FIRE)


@given(POLICIES, GAPS)
def test_no_step_credits_more_than_allowed_and_none_is_lost(
    policy: Confirmation, gaps: list[tuple[int, bool, float]]
) -> None:
    clock, now = Clock(), START
    for gap, usable, debit in gaps:
        now += timedelta(seconds=gap)
        before = clock.held
        clock, _ = policy.look(clock, now, breach(debit) if usable else None, usable=usable)
        credited = clock.held - before
        assert timedelta(0) <= credited <= min(timedelta(seconds=float(policy.max_step)), now - START)
        assert usable or credited == timedelta(0)


@given(POLICIES, GAPS)
def test_clock_survives_json_in_the_middle_of_a_breach(
    policy: Confirmation, gaps: list[tuple[int, bool, float]]
) -> None:
    clock, now = Clock(), START
    for gap, usable, debit in gaps:
        now += timedelta(seconds=gap)
        clock, _ = policy.look(clock, now, breach(debit) if usable else None, usable=usable)
        assert Clock.from_dict(json.loads(json.dumps(clock.to_dict()))) == clock


@given(POLICIES, st.integers(1, 60), st.integers(1, 5))
def test_intermittent_quotes_cannot_starve_the_stop(policy: Confirmation, step: int, missing: int) -> None:
    clock, now, credited = Clock(), START, min(step, float(policy.max_step))
    for _ in range(int(float(policy.seconds) / credited) + 3):
        now += timedelta(seconds=step)
        clock, verdict = policy.look(clock, now, breach())
        if verdict is Verdict.FIRE:
            return
        for _ in range(missing):
            now += timedelta(seconds=step)
            clock, _ = policy.look(clock, now, None, usable=False)
    raise AssertionError("never fired")
