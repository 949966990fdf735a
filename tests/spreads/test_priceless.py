"""A spread without a value still obeys the clock and the underlying."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.priceless import decide_without_price
from spreads.valuation import Value
from spreads.view import Rule
from stop_rules import BeforeClose, NetDebit, ProfitTarget, ShortStrike, TimeOfDay, after, all_of, any_of, unless, until
from tests.spreads.looks import RULES, at, look

LATE = at(15, 50)
TIME = TimeOfDay("15:45")
BREACHED = NetDebit("1.00")


@pytest.mark.parametrize(
    ("rule", "fires"),
    [
        (TIME, True),
        (BREACHED, False),
        (any_of(BREACHED, TIME), True),
        (all_of(BREACHED, TIME), False),
        (all_of(BeforeClose(15), TIME), True),
        (after(TIME, BREACHED), False),
        (after(BREACHED, TIME), False),
        (after(TIME, BeforeClose(15)), True),
        (until(BREACHED, TIME), True),
        (until(BeforeClose(15), TIME), False),
        (unless(BREACHED, TIME), True),
        (unless(BeforeClose(15), TIME), False),
        (ShortStrike("touch"), True),
    ],
    ids=str,
)
def test_only_what_needs_no_price_fires_without_one(rule: Rule, fires: bool) -> None:
    view = look(2.0, now=LATE, underlying=6000.0)
    assert (decide_without_price(rule, view) is not None) is fires


def test_conditions_that_were_true_before_are_remembered_without_a_price() -> None:
    rule = after(ProfitTarget(50), TIME)
    latched = rule.latches(look(0.90))
    assert decide_without_price(rule, look(2.0, now=LATE)) is None
    assert decide_without_price(rule, look(2.0, now=LATE, latched=latched)) is not None


@given(RULES, st.integers(-5000, 70_000), st.integers(-5000, 70_000))
def test_the_price_is_not_looked_at(rule: Rule, one: int, other: int) -> None:
    answers = [decide_without_price(rule, look(Value(v, v, v), now=LATE, underlying=6000.0)) for v in (one, other)]
    assert answers[0] == answers[1]
