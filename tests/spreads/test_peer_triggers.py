"""Failures other stop managers had when deciding to fire, one test each; the number is the row of the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from spreads.confirmation import Clock, Confirmation, Verdict
from spreads.entry_check import check_entry
from spreads.guards import BookGuards, Guard, GuardState
from spreads.money import ticks
from spreads.quotes import GONE, NOTHING, LegQuote, QuoteLimits, Unusable, find_fault
from spreads.valuation import PriceBasis, Value, net_value
from spreads.view import Extremes, Rule
from stop_rules import CreditLost, CreditMultiple, MaxLossPercent, NetDebit, NetLossDollars, TrailingDebit, any_of
from tests.spreads.looks import CLOSE, LEGS, OPENED, at, look, quote, terms, value

NOW = at(11)
MINUTE = timedelta(minutes=1)
NORMAL, PHANTOM = value(2.10), value(0.05)


def fault(short: LegQuote, long: LegQuote, now: datetime = NOW, heartbeat: datetime = NOW) -> Unusable | None:
    found = find_fault(LEGS, (short, long), now, heartbeat, OPENED, QuoteLimits())
    return None if found is None else found.reason


def fires_at(policy: Confirmation, rule: Rule, looks: Sequence[tuple[datetime, Value | None]]) -> datetime | None:
    """When the rule fires under the policy; a look without a value is one without usable quotes."""
    clock = Clock()
    for now, seen in looks:
        decision = None if seen is None else rule.evaluate(look(seen, now=now))
        clock, verdict = policy.look(clock, now, decision, usable=seen is not None, max_debit=ticks(5))
        if verdict is Verdict.FIRE:
            return now
    return None


def test_peer_01_wide_quotes_of_the_first_minutes_do_not_fire() -> None:
    opening = [
        (at(9, 31), value(3.60, mid=2.30)),
        (at(9, 32), value(3.50, mid=2.25)),
        (at(9, 33), value(2.20, mid=2.15)),
    ]
    stop = CreditLost(70)
    assert fires_at(Confirmation(120), stop, opening) is None
    assert fires_at(Confirmation(), CreditLost(70, basis=PriceBasis.MID), opening) is None
    early = BookGuards(after_open=5).refusals(GuardState(), at(9, 31), "call", 0, at(9, 30), CLOSE)
    assert [refusal.guard for refusal in early] == [Guard.AFTER_OPEN]


@pytest.mark.parametrize("multiple", ["1.3", "1.4"])
def test_peer_01_stop_that_would_fire_in_the_slice_of_the_entry_is_refused(multiple: str) -> None:
    quotes = (quote(16.0, 18.5), quote(8.0, 9.0))
    legs = (LEGS[0], replace(LEGS[1], strike=ticks(6100)))
    problems = check_entry(
        legs, quotes, [CreditMultiple(multiple)], lots=1, multiplier=100, fees=0, now=OPENED, expires_at=CLOSE
    )
    assert [problem.fatal for problem in problems] == [True]


def test_peer_02_an_absent_side_is_a_named_fault_and_a_worthless_long_leg_a_value() -> None:
    fresh = quote(0.90, 1.00, NOW)
    assert fault(quote(2.90, 0.00, NOW), fresh) is Unusable.SIDE_NEVER_SEEN
    assert fault(quote(2.90, 3.00, None), fresh) is Unusable.NO_QUOTE_YET
    assert fault(NOTHING, fresh) is Unusable.NO_QUOTE_YET
    assert fault(GONE, fresh) is Unusable.CONTRACT_GONE
    assert fault(quote(2.90, 3.00, NOW, ask_live=False), fresh) is Unusable.SIDE_INHERITED
    worthless = (quote(3.40, 3.45, NOW), quote(0.00, 0.05, NOW))
    assert fault(*worthless) is None
    assert CreditLost(70).evaluate(look(net_value(LEGS, worthless))) is not None


def test_peer_03_a_phantom_price_does_not_move_a_trailing_stop() -> None:
    trail = TrailingDebit("0.50")
    seen = Extremes.start(NORMAL, ticks(2)).after(PHANTOM, NORMAL).after(NORMAL, PHANTOM)
    assert trail.evaluate(replace(look(NORMAL), extremes=seen)) is None


def test_peer_03_a_phantom_in_the_very_first_look_does_not_arm_a_trailing_stop() -> None:
    seen = Extremes.start(PHANTOM, ticks(2)).after(NORMAL, PHANTOM)
    assert TrailingDebit("0.50").evaluate(replace(look(NORMAL), extremes=seen)) is None


def test_peer_04_a_phantom_last_trade_fires_nothing_by_default() -> None:
    rules = any_of(CreditLost(70), NetLossDollars(140), NetDebit("3.40"), MaxLossPercent(40), TrailingDebit("0.50"))
    assert rules.evaluate(look(value(2.10, mark=4.90))) is None


def test_peer_05_frozen_quotes_are_no_value() -> None:
    old = quote(0.05, 0.10, NOW - 61 * MINUTE)
    assert fault(quote(2.90, 3.00, NOW), old) is Unusable.TOO_OLD
    frozen = quote(2.90, 3.00, NOW - 6 * MINUTE), quote(0.90, 1.00, NOW - 6 * MINUTE)
    assert fault(*frozen, heartbeat=NOW - 6 * MINUTE) is Unusable.FEED_SILENT


def test_peer_05b_a_quiet_far_leg_is_not_a_dead_feed() -> None:
    quiet = quote(0.05, 0.10, NOW - 59 * MINUTE)
    breached = quote(3.50, 3.60, NOW)
    assert fault(breached, quiet) is None
    assert CreditLost(70).evaluate(look(net_value(LEGS, (breached, quiet)))) is not None


def test_peer_05c_a_quote_from_before_the_fill_is_no_value() -> None:
    before = OPENED
    assert fault(quote(3.9, 4.0, before), quote(0.1, 0.2, before), OPENED + MINUTE / 2, OPENED) is Unusable.BEFORE_FILL
    after = OPENED + MINUTE
    assert fault(quote(3.9, 4.0, after), quote(0.1, 0.2, before), after, after) is None


def test_peer_06_confirmation_does_not_run_through_an_outage() -> None:
    policy, breach = Confirmation(120, max_step=10), value(3.45)
    seen = [(NOW + timedelta(seconds=second), breach) for second in (0, 1)]
    silent = [(NOW + timedelta(seconds=second), None) for second in range(2, 420)]
    assert fires_at(policy, NetDebit("3.40"), [*seen, *silent, (at(11, 7), breach)]) is None
    assert fires_at(policy, NetDebit("3.40"), [*seen, (at(11, 7), breach), (at(11, 14), breach)]) is None


@pytest.mark.parametrize("step", [1, 2, 5, 10])
def test_peer_07_confirmation_means_the_same_however_often_one_looks(step: int) -> None:
    looks: list[tuple[datetime, Value | None]] = [
        (NOW + timedelta(seconds=second), value(3.45)) for second in range(0, 300, step)
    ]
    assert fires_at(Confirmation(120, max_step=10), NetDebit("3.40"), looks) == NOW + timedelta(seconds=120)


@pytest.mark.parametrize("debit", [5.0001, 5.06, 6.00, 50.00])
@pytest.mark.parametrize(
    "rule", [NetDebit("3.40"), NetLossDollars(140), CreditLost(70), CreditLost(400), MaxLossPercent(100)], ids=str
)
def test_peer_17_mark_beyond_width_still_fires(rule: Rule, debit: float) -> None:
    decision = rule.evaluate(look(debit))
    assert decision is not None
    assert "beyond 5.00, the most the spread can owe" in decision.sentence
    assert fires_at(Confirmation(120), rule, [(NOW, value(debit))]) == NOW


def test_peer_17b_an_intermittent_feed_cannot_starve_the_stop() -> None:
    looks: list[tuple[datetime, Value | None]] = [
        (NOW + timedelta(seconds=second), value(3.45) if second % 2 == 0 else None) for second in range(600)
    ]
    fired = fires_at(Confirmation(120, max_step=10), NetDebit("3.40"), looks)
    assert fired is not None
    assert fired <= NOW + timedelta(seconds=241)


def test_peer_28_percent_is_of_the_net_credit_and_dollars_are_of_the_whole_position() -> None:
    known = terms(credit=2.0, lots=3, fees=3.90)
    assert CreditLost(70).stop_at(known) == ticks(3.40)
    assert NetLossDollars(420).stop_at(known) == ticks(3.40)
    assert NetLossDollars(420, with_fees=True).stop_at(known) == ticks(3.387)
    assert MaxLossPercent(50).stop_at(known) == ticks(3.50)
