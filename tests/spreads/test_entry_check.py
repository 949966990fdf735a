"""Before the order goes out: stops that cannot work, credits that pay nothing, quotes that cannot be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.entry_check import check_entry, entry_credit, quoted_value
from spreads.money import ticks
from spreads.quotes import LegQuote
from spreads.valuation import PriceBasis
from spreads.view import Problem, Rule
from stop_rules import (
    BeforeClose,
    BeforeExpiry,
    CreditLost,
    CreditMultiple,
    DaysToExpiry,
    GiveBack,
    MaxLossPercent,
    NetDebit,
    NetLossDollars,
    ProfitTarget,
    ShortDelta,
    ShortStrike,
    TimeOfDay,
    TrailingDebit,
    all_of,
    any_of,
    rule_for,
)
from tests.spreads.looks import CLOSE, LEGS, OPENED, at, look, quote, terms

NARROW = (quote(3.00, 3.05), quote(0.95, 1.00))
WIDE = (quote(3.00, 3.80), quote(0.60, 1.00))


def check(
    quotes: Sequence[LegQuote], *rules: Rule, fees: int = 0, credit: int | None = None, lots: int = 1,
    now: datetime = OPENED, underlying: float | None = None, delta: float | None = None,
) -> list[Problem]:  # fmt: skip
    return check_entry(
        LEGS, quotes, rules, lots=lots, multiplier=100, fees=fees, now=now, expires_at=CLOSE, credit=credit,
        session_close=CLOSE, underlying=None if underlying is None else ticks(underlying), short_delta=delta,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "facts", "nearest_that_is_not"),
    [
        (ShortStrike(), {"underlying": 6000}, {"underlying": 5999.99}),
        (ShortStrike("touch", 5), {"underlying": 5995}, {"underlying": 5994.99}),
        (ShortStrike("cross"), {"underlying": 6000.01}, {"underlying": 6000}),
        (ShortDelta("0.40"), {"delta": 0.40}, {"delta": 0.3999}),
        (any_of(NetDebit("3.40"), ShortStrike()), {"underlying": 6001}, {}),
        (BeforeClose(15), {"now": at(15, 45)}, {"now": at(15, 44)}),
        (BeforeExpiry(15), {"now": at(15, 45)}, {"now": at(15, 44)}),
    ],
    ids=str,
)
def test_rule_that_is_true_already_would_close_the_spread_at_once(
    rule: Rule, facts: dict[str, Any], nearest_that_is_not: dict[str, Any]
) -> None:
    quotes = [replace(each, quoted_at=facts.get("now", OPENED)) for each in NARROW]
    [problem] = check(quotes, rule, **facts)
    assert problem.fatal and "it would be closed at once" in problem.sentence
    assert check(quotes, rule, **nearest_that_is_not) == []


def test_rule_that_is_true_already_is_named_once() -> None:
    assert len(check(NARROW, NetDebit("2.05"))) == 1


def test_rule_that_is_true_already_is_named_beside_what_is_only_flagged() -> None:
    flagged = any_of(NetDebit("2.15"), ShortStrike())
    assert [problem.fatal for problem in check(NARROW, flagged, underlying=6000)] == [True, False]


def test_sound_entry_has_no_problem() -> None:
    assert entry_credit(LEGS, NARROW) == ticks(2.00)
    assert quoted_value(LEGS, NARROW).natural == ticks(2.10)
    rules = (
        CreditLost(70),
        NetLossDollars(140),
        MaxLossPercent(50),
        ProfitTarget(50),
        TrailingDebit("0.5"),
        GiveBack(50),
    )
    assert check(NARROW, *rules, TimeOfDay("15:45"), ShortStrike()) == []


@pytest.mark.parametrize(
    ("rule", "fatal", "nearest"),
    [
        (NetDebit("2.10"), True, "stop-debit 2.21"),
        (NetDebit("2.11"), False, "stop-debit 2.21"),
        (NetDebit("2.20"), False, "stop-debit 2.21"),
        (CreditLost(5), True, "stop-credit-percent 11"),
        (CreditMultiple("1.1"), False, "stop-credit-multiple 1.11"),
        (NetLossDollars(10), True, "stop-loss-dollars 21"),
        (MaxLossPercent(4), False, "stop-max-loss-percent 7"),
        (NetDebit("5.01"), True, "stop-debit 5.00"),
        (CreditLost(200), True, "stop-credit-percent 150"),
        (NetLossDollars(301), True, "stop-loss-dollars 300"),
        (ProfitTarget(price="2.00"), True, "target-credit-percent 50"),
        (TrailingDebit("0.10"), False, "more than 0.10"),
        (TimeOfDay("10:00"), True, "exit-days-to-expiry with a time"),
        (DaysToExpiry(0), True, "exit-minutes-before-close 15"),
    ],
    ids=str,
)
def test_rule_that_cannot_work_is_named_with_the_nearest_that_can(rule: Rule, fatal: bool, nearest: str) -> None:
    (problem,) = check(NARROW, rule)
    assert (problem.fatal, problem.nearest, problem.rule) == (fatal, nearest, rule.name)
    assert problem.sentence.startswith(rule.name)


@pytest.mark.parametrize("debit", ["2.21", "5.00"])
def test_stops_between_the_quoted_spread_and_the_width_can_work(debit: str) -> None:
    assert check(NARROW, NetDebit(debit)) == []


@given(
    st.sampled_from(
        ["stop-debit", "stop-credit-percent", "stop-credit-multiple", "stop-loss-dollars", "stop-max-loss-percent"]
    ),
    st.integers(101, 1000),
    st.integers(1, 3),
)
def test_nearest_setting_offered_has_no_problem(name: str, setting: int, lots: int) -> None:
    text = f"{setting / 100}" if setting <= 10_000 else "1"
    for problem in check(NARROW, rule_for(name, text), lots=lots):
        offered, _, nearest = problem.nearest.partition(" ")
        assert check(NARROW, rule_for(offered, nearest), lots=lots) == []


def test_wide_quotes_leave_no_room_for_a_stop_near_the_credit() -> None:
    (problem,) = check(WIDE, CreditMultiple("1.4"))
    assert problem.fatal
    assert "closing at a normal quote already costs 3.20 (natural): it would fire at once" in problem.sentence
    assert CreditMultiple("1.4").evaluate(look(3.20)) is not None


def test_mid_stop_inside_wide_quotes_is_flagged_not_refused() -> None:
    (problem,) = check(WIDE, CreditMultiple("1.5", basis=PriceBasis.MID))
    assert not problem.fatal
    assert "while the legs are quoted 1.20 wide" in problem.sentence


def test_quotes_wider_than_the_room_offer_no_nearest() -> None:
    (problem,) = check((quote(3.0, 4.4), quote(0.2, 1.0)), CreditLost(110))
    assert problem.nearest.startswith("none")


def test_filled_credit_that_differs_from_the_quoted_one_moves_the_stop() -> None:
    assert check(NARROW, CreditLost(20)) == []
    (problem,) = check(NARROW, CreditLost(20), credit=ticks(1.70))
    assert problem.fatal


@pytest.mark.parametrize(
    ("quotes", "text"),
    [
        ((quote(1.00, 1.05), quote(0.95, 1.00)), "no credit: 0.00"),
        ((quote(0.90, 1.05), quote(0.95, 1.00)), "no credit: -0.10"),
        ((quote(9.00, 9.05), quote(0.95, 1.00)), "above 5.00, the most the spread can owe"),
        ((quote(3.06, 3.05), quote(0.95, 1.00)), "crossed"),
        ((quote(0.00, 3.05), quote(0.95, 1.00)), "no bid to sell at"),
        ((quote(3.00, 0.00), quote(0.95, 1.00)), "no ask"),
        ((quote(3.00, 3.05, ask_live=False), quote(0.95, 1.00)), "no ask"),
        ((quote(3.00, 3.05, bid_live=False), quote(0.95, 1.00)), "no bid to sell at"),
        ((quote(3.00, 3.05, None), quote(0.95, 1.00)), "has no quote yet"),
        ((quote(3.00, 3.05), quote(0.95, 0.00)), "no ask"),
    ],
)
def test_entry_that_makes_no_sense_is_refused(quotes: Sequence[LegQuote], text: str) -> None:
    problems = check(quotes)
    assert problems[0].fatal
    assert text in problems[0].sentence


def test_long_leg_without_a_bid_is_flagged() -> None:
    problems = check((quote(0.50, 0.55), quote(0.00, 0.05)), NetDebit("2.00"))
    assert [problem.fatal for problem in problems] == [False]


@pytest.mark.parametrize(("fees", "refused"), [(199 * 10_000, False), (200 * 10_000, True)])
def test_credit_must_be_more_than_the_fees(fees: int, refused: bool) -> None:
    problems = check(NARROW, fees=fees)
    assert bool(problems) is refused
    assert not refused or problems[0].nearest == "a credit of at least 2.0001"


def test_worst_problem_comes_first() -> None:
    problems = check(NARROW, NetDebit("2.15"), NetDebit("6"))
    assert [problem.fatal for problem in problems] == [True, False]


def test_one_part_of_any_of_that_fires_at_once_refuses_but_in_all_of_it_only_flags() -> None:
    near = NetDebit("2.05")
    assert check(NARROW, any_of(near, TimeOfDay("15:45")))[0].fatal
    assert not check(NARROW, all_of(near, TimeOfDay("15:45")))[0].fatal


def test_unbounded_risk_needs_another_stop_than_percent_of_the_greatest_loss() -> None:
    naked = replace(terms(legs=LEGS[:1]), max_debit=None)
    (problem,) = MaxLossPercent(50).problems(naked, quoted_value(LEGS[:1], NARROW[:1]))
    assert problem.fatal
    assert MaxLossPercent(50).evaluate(look(400.0, known=naked)) is None
