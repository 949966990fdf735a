"""Laws that every rule and every combination of rules keeps, whatever the prices do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.combine import excess
from spreads.valuation import PriceBasis, Value
from spreads.view import Decision, Extremes, Rule, View
from stop_rules import (
    GiveBack,
    HoldingTime,
    NetDebit,
    ProfitTarget,
    TimeOfDay,
    TrailingDebit,
    after,
    all_of,
    any_of,
    from_dict,
    to_dict,
    unless,
    until,
)
from tests.spreads.looks import (
    BASES,
    CLOSE,
    OPENED,
    RULES,
    SHORT_LEG_RULES,
    STOPS,
    TRAILS,
    combinations_of,
    look,
    moved,
    terms,
    value,
)

CENTS = st.integers(-50, 700).map(lambda cents: cents * 100)
VALUES = st.builds(
    lambda natural, half, mark: Value(natural, natural - half, mark),
    CENTS,
    st.integers(-10, 80).map(lambda n: n * 50),
    CENTS,
)


@dataclass(frozen=True)
class Step:
    value: Value
    after: timedelta
    underlying: int | None
    delta: float | None


STEPS = st.lists(
    st.builds(
        Step,
        VALUES,
        st.integers(1, 90).map(lambda minutes: timedelta(minutes=minutes)),
        st.none() | st.integers(59_700_000, 60_100_000),
        st.none() | st.floats(0, 1),
    ),
    min_size=2,
    max_size=14,
)


@dataclass
class Watcher:
    """What a manager does with one order: keep extremes and latches, ask the rule; `lazy` heeds the band."""

    rule: Rule
    lazy: bool
    extremes: Extremes | None = None
    previous: Value | None = None
    latched: frozenset[str] = frozenset()
    quiet: object = None
    decisions: list[Decision | None] = field(default_factory=list)

    def see(self, step: Step, now: datetime) -> None:
        quiet = self.lazy and self.quiet is not None and self.quiet.quiet(step.value, now)  # type: ignore[attr-defined]
        if not quiet:
            self.ask(step, now)
        else:
            self.decisions.append(None)
        self.previous = step.value

    def ask(self, step: Step, now: datetime) -> None:
        if self.extremes is None:
            self.extremes = Extremes.start(step.value)
        else:
            self.extremes = self.extremes.after(step.value, self.previous or step.value)
        close = datetime.combine(now.date(), CLOSE.time())
        view = View(now, step.value, TERMS, self.extremes, OPENED, close, self.latched, step.underlying, step.delta)
        self.decisions.append(self.rule.evaluate(view))
        self.latched |= self.rule.latches(view)
        self.quiet = self.rule.band(view.with_latched(self.latched))


TERMS = terms(expires=CLOSE + timedelta(days=1))


def both_ways(rule: Rule, steps: Sequence[Step]) -> None:
    """A watcher that asks on every look and one that heeds the band decide and remember the same."""
    always, lazy = Watcher(rule, lazy=False), Watcher(rule, lazy=True)
    now = OPENED
    for step in steps:
        now += step.after
        always.see(step, now)
        lazy.see(step, now)
        assert lazy.decisions == always.decisions
        assert lazy.latched == always.latched


@settings(max_examples=400)
@given(RULES, STEPS)
def test_asking_only_outside_the_band_decides_and_remembers_the_same(rule: Rule, steps: list[Step]) -> None:
    both_ways(rule, steps)


SMALL = st.integers(1, 60).map(lambda cents: cents / 100)
NEAR = st.one_of(
    st.builds(TrailingDebit, SMALL, st.none(), st.none() | SMALL, basis=BASES),
    st.builds(GiveBack, st.integers(10, 90), st.integers(1, 30), basis=BASES),
    st.builds(NetDebit, st.integers(150, 250).map(lambda cents: cents / 100), basis=BASES),
    st.builds(ProfitTarget, st.none(), st.integers(150, 250).map(lambda cents: cents / 100), basis=BASES),
    st.builds(HoldingTime, st.integers(1, 12).map(lambda minutes: 60 * minutes)),
)
LEVELS = st.integers(150, 250).map(lambda cents: cents * 100)
SHORT_STEPS = st.lists(
    st.builds(
        lambda natural, mid: Step(Value(natural, mid, mid), timedelta(minutes=1), None, None),
        LEVELS,
        LEVELS,
    ),
    min_size=5,
    max_size=12,
)


@settings(max_examples=600)
@given(combinations_of(NEAR), SHORT_STEPS)
def test_prices_that_wander_near_the_levels_are_decided_the_same(rule: Rule, steps: list[Step]) -> None:
    both_ways(rule, steps)


def walk(*debits: float) -> list[Step]:
    return [Step(value(debit), timedelta(minutes=1), None, None) for debit in debits]


DEEP = walk(2.0, 1.8, 1.2, 1.2, 1.5, 1.75, 1.75)
TRAIL = TrailingDebit("0.50")


@pytest.mark.parametrize(
    "rule",
    [
        TRAIL,
        TrailingDebit("0.50", basis=PriceBasis.NATURAL),
        TrailingDebit("0.50", basis=PriceBasis.WORST),
        after(HoldingTime(330), TRAIL),
        all_of(HoldingTime(330), TRAIL),
        any_of(NetDebit(4), unless(TRAIL, HoldingTime(300))),
        until(ProfitTarget(price="1.30"), NetDebit("1.70")),
        after(ProfitTarget(price="1.30"), NetDebit("1.70")),
        all_of(NetDebit("1.70"), after(ProfitTarget(price="1.30"), HoldingTime(60))),
    ],
    ids=str,
)
def test_a_best_debit_seen_in_quiet_looks_is_not_missed(rule: Rule) -> None:
    both_ways(rule, DEEP)


def test_a_best_mid_under_crossed_quotes_is_not_missed_by_a_trail_on_the_worst_price() -> None:
    prices = [(1.0, 1.2), (1.05, 1.05), (1.05, 1.05), (1.6, 1.6)]
    steps = [Step(value(natural, mid), timedelta(minutes=1), None, None) for natural, mid in prices]
    both_ways(TrailingDebit("0.50", basis=PriceBasis.WORST), steps)


@given(RULES, st.lists(VALUES, min_size=2, max_size=2))
def test_inside_the_band_no_rule_fires_and_nothing_is_latched(rule: Rule, values: list[Value]) -> None:
    first = replace(look(values[0]), terms=TERMS)
    band = rule.band(first.with_latched(first.latched | rule.latches(first)))
    now = first.now + timedelta(minutes=1)
    later = replace(first, now=now, value=values[1], extremes=first.extremes.after(values[1], values[0]))
    later = later.with_latched(first.latched | rule.latches(first))
    if band.quiet(values[1], now):
        assert rule.evaluate(later) is None
        assert rule.latches(later) <= later.latched


UP = st.integers(0, 60_000)


def only_any_and_all(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return st.recursive(
        rules,
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(lambda some: any_of(*some)),
            st.lists(parts, min_size=1, max_size=3).map(lambda some: all_of(*some)),
        ),
        max_leaves=4,
    )


@settings(max_examples=300)
@given(only_any_and_all(st.one_of(STOPS, TRAILS)), VALUES, VALUES, st.integers(1, 3), UP, UP, UP)
def test_a_worse_mark_never_unfires_a_stop(
    rule: Rule, seen: Value, best: Value, lots: int, natural: int, mid: int, mark: int
) -> None:
    view = replace(look(seen, known=terms(lots=lots)), extremes=Extremes.start(best))
    decision = rule.evaluate(view)
    worse = rule.evaluate(moved(view, natural, mid, mark))
    if decision is not None:
        assert worse is not None
        assert excess(worse) >= excess(decision)


@given(SHORT_LEG_RULES, st.integers(59_000_000, 61_000_000), st.floats(0, 1), st.integers(0, 10**6), st.floats(0, 1))
def test_a_worse_underlying_never_unfires_a_short_leg_rule(
    rule: Rule, underlying: int, delta: float, up: int, more: float
) -> None:
    view = replace(look(2.0), underlying=underlying, short_delta=delta)
    worse = replace(view, underlying=underlying + up, short_delta=min(1.0, delta + more))
    assert rule.evaluate(view) is None or rule.evaluate(worse) is not None


@given(STOPS, st.integers(1, 3), UP)
def test_every_debit_beyond_the_width_fires_every_stop(rule: Rule, lots: int, beyond: int) -> None:
    view = look(5.0, known=terms(lots=lots))
    assert rule.evaluate(moved(view, beyond + 1, beyond + 1, beyond + 1)) is not None


@given(st.lists(RULES, min_size=2, max_size=4), VALUES)
def test_the_order_of_rules_never_changes_whether_they_fire(rules: Sequence[Rule], seen: Value) -> None:
    view = look(seen, underlying=6001.0, delta=0.3)
    answers = {
        (any_of(*some).evaluate(view) is None, all_of(*some).evaluate(view) is None) for some in permutations(rules[:3])
    }
    assert len(answers) == 1


@given(RULES, RULES, VALUES)
def test_another_rule_never_changes_what_a_rule_says(rule: Rule, other: Rule, seen: Value) -> None:
    view = look(seen, underlying=6001.0, delta=0.3)
    alone = rule.evaluate(view)
    other.evaluate(view), other.band(view), other.latches(view)
    assert rule.evaluate(view) == alone
    assert (any_of(rule, other).evaluate(view) is None) == (alone is None and other.evaluate(view) is None)


@settings(max_examples=300)
@given(RULES)
def test_a_rule_survives_json_unchanged(rule: Rule) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(rule)))) == rule


@given(RULES, VALUES)
def test_latches_survive_json_of_their_rule(rule: Rule, seen: Value) -> None:
    view = look(seen, now=CLOSE - timedelta(minutes=1), underlying=6001.0, delta=0.3)
    assert from_dict(to_dict(rule)).latches(view) == rule.latches(view)


@given(RULES, VALUES)
def test_every_rule_can_be_described_and_checked(rule: Rule, seen: Value) -> None:
    assert rule.describe(TERMS)
    assert rule.name
    for problem in rule.problems(TERMS, seen):
        assert problem.sentence


@given(combinations_of(st.one_of(STOPS, TRAILS)), VALUES)
def test_a_decision_carries_its_numbers(rule: Rule, seen: Value) -> None:
    decision = rule.evaluate(look(seen))
    if decision is not None:
        assert decision.basis is not None
        assert decision.value >= decision.threshold
        assert str(decision.basis) in decision.sentence


def test_a_part_that_cannot_be_true_yet_keeps_the_whole_quiet() -> None:
    rule = all_of(TimeOfDay("15:00"), NetDebit("3.40"))
    view = look(3.5)
    assert rule.band(view).quiet(value(3.6), view.now)
