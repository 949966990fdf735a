"""The menu of rules: where each stands, in exact ticks on both sides, what it says, and how it is set by parameters."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from spreads.errors import BadSetting
from spreads.legs import Leg, Right
from spreads.money import ticks
from spreads.valuation import PriceBasis
from spreads.view import Rule, Terms
from stop_rules import (
    PARAMETERS,
    AnyOf,
    At,
    BeforeClose,
    BeforeExpiry,
    CreditLost,
    CreditMultiple,
    DaysToExpiry,
    GiveBack,
    HoldingTime,
    MaxLossPercent,
    NetDebit,
    NetLossDollars,
    Per,
    ProfitTarget,
    ShortDelta,
    ShortStrike,
    TimeOfDay,
    TrailingDebit,
    after,
    all_of,
    any_of,
    from_dict,
    rule_for,
    rules_from,
    to_dict,
    unless,
    until,
)
from tests.spreads.looks import CLOSE, DAY, LEGS, at, look, moved, terms, value

TICK = 1
CONDOR = (
    *LEGS,
    Leg("SP", -1, Right.PUT, ticks(5900), DAY, "P5900"),
    Leg("LP", 1, Right.PUT, ticks(5895), DAY, "P5895"),
)


@pytest.mark.parametrize(
    ("rule", "known", "stop"),
    [
        (NetLossDollars(140), terms(), 3.40),
        (NetLossDollars(140), terms(lots=2), 2.70),
        (NetLossDollars(140, Per.CONTRACT), terms(lots=2), 3.40),
        (NetLossDollars(100), terms(lots=3), 2.3334),
        (NetLossDollars(140, with_fees=True), terms(fees=10), 3.30),
        (NetLossDollars("0.01"), terms(lots=7), 2.0001),
        (CreditLost(70), terms(), 3.40),
        (CreditLost("33.3"), terms(1.25), 1.6663),
        (CreditLost(0.1), terms(), 2.002),
        (CreditMultiple("1.7"), terms(), 3.40),
        (CreditMultiple(1.1), terms(0.35), 0.385),
        (NetDebit("3.40"), terms(), 3.40),
        (NetDebit(3.4), terms(), 3.40),
        (NetDebit("3.40001"), terms(), 3.4001),
        (MaxLossPercent(50), terms(), 3.50),
        (MaxLossPercent(100), terms(), 5.00),
        (CreditLost(70), terms(legs=CONDOR), 3.40),
        (TrailingDebit("0.50"), terms(), 1.70),
        (TrailingDebit(percent=25), terms(), 1.70),
        (TrailingDebit("0.50", arm_gain="0.80"), terms(), 1.70),
        (TrailingDebit(percent=25, arm_gain=40), terms(), 1.70),
        (GiveBack(50), terms(), 1.60),
        (GiveBack(100, after=40), terms(), 2.00),
    ],
    ids=str,
)
def test_stop_fires_at_its_debit_and_not_one_tick_below(rule: Rule, known: Terms, stop: float) -> None:
    reached = look(stop, best=1.20, known=known)
    decision = rule.evaluate(reached)
    assert decision is not None
    assert (decision.value, decision.threshold, decision.rule) == (ticks(stop), ticks(stop), rule.name)
    assert rule.evaluate(moved(reached, -TICK, -TICK, -TICK)) is None


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        (ProfitTarget(50), 1.00),
        (ProfitTarget("33.3"), 1.334),
        (ProfitTarget(100), 0.0),
        (ProfitTarget(price="0.10"), 0.10),
        (ProfitTarget(price="0.10009"), 0.10),
    ],
    ids=str,
)
def test_target_fires_at_its_debit_and_not_one_tick_above(rule: Rule, target: float) -> None:
    assert rule.evaluate(look(target)) is not None
    assert rule.evaluate(moved(look(target), TICK, TICK, TICK)) is None


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        (TimeOfDay("15:45"), at(15, 45)),
        (TimeOfDay(time(15, 45, 30)), at(15, 45, 30)),
        (BeforeClose(15), at(15, 45)),
        (BeforeClose("1.5"), at(15, 58, 30)),
        (DaysToExpiry(0), at(0, day=26)),
        (DaysToExpiry(1), at(0, day=25)),
        (DaysToExpiry(0, at="15:00"), at(15)),
        (HoldingTime(90), at(10, 1, 30)),
        (HoldingTime(timedelta(hours=2)), at(12)),
    ],
    ids=str,
)
def test_clock_exit_fires_at_its_moment_and_not_a_microsecond_before(rule: Rule, due: datetime) -> None:
    close = datetime.combine(due.date(), CLOSE.time())
    decision = rule.evaluate(look(2.0, now=due, close=close))
    assert decision is not None
    assert decision.at_once
    assert rule.evaluate(look(2.0, now=due - timedelta(microseconds=1), close=close)) is None


@pytest.mark.parametrize(
    "rule",
    [
        BeforeClose("0.5"),
        BeforeExpiry("0.5"),
        TimeOfDay("15:59:30"),
        DaysToExpiry(0, "15:59:01"),
        HoldingTime(timedelta(hours=5, minutes=59, seconds=30)),
        HoldingTime(timedelta(hours=6)),
    ],
    ids=str,
)
def test_exit_due_in_the_last_minute_fires_on_the_last_bar_before_the_close(rule: Rule) -> None:
    """Bars of a minute bring slices at 15:59 and at 16:00, when a market order waits for the next morning."""
    assert rule.evaluate(look(2.0, now=at(15, 58))) is None
    decision = rule.evaluate(look(2.0, now=at(15, 59)))
    assert decision is not None and decision.value == 0
    assert "taken at 15:59, the last minute with a slice before the close at 16:00" in decision.sentence
    assert not rule.band(look(2.0, now=at(15, 58))).quiet(value(2.0), at(15, 59))


def test_exit_due_after_the_close_waits_for_its_day() -> None:
    later = HoldingTime(timedelta(hours=6, seconds=1))
    assert later.evaluate(look(2.0, now=at(15, 59))) is None


def test_clock_exits_follow_a_half_day() -> None:
    half_day = at(13)
    assert BeforeClose(15).evaluate(look(2.0, now=at(12, 45), close=half_day)) is not None
    assert TimeOfDay("15:45").evaluate(look(2.0, now=at(12, 54), close=half_day)) is None
    decision = TimeOfDay("15:45").evaluate(look(2.0, now=at(12, 55), close=half_day))
    assert decision is not None
    assert "moved to 12:55 by the close at 13:00" in decision.sentence
    assert DaysToExpiry(0, "15:45").evaluate(look(2.0, now=at(12, 55), close=half_day)) is not None


def test_days_to_expiry_missed_is_made_up_for_the_next_morning() -> None:
    rule, tomorrow = DaysToExpiry(2, "15:30"), terms(expires=at(16, day=29))
    assert rule.evaluate(look(2.0, now=at(15, 29, day=27), known=tomorrow, close=at(16, day=27))) is None
    assert rule.evaluate(look(2.0, now=at(9, 31, day=28), known=tomorrow, close=at(16, day=28))) is not None


@pytest.mark.parametrize(
    ("rule", "fires", "rests"),
    [
        (ShortStrike("touch"), 6000.0, 5999.99),
        (ShortStrike("cross"), 6000.0001, 6000.0),
        (ShortStrike(At.TOUCH, buffer=5), 5995.0, 5994.99),
        (ShortStrike("touch", buffer="-2.5"), 6002.5, 6002.49),
    ],
    ids=str,
)
def test_short_call_strike_on_both_sides(rule: Rule, fires: float, rests: float) -> None:
    assert rule.evaluate(look(2.0, underlying=fires)) is not None
    assert rule.evaluate(look(2.0, underlying=rests)) is None
    assert rule.evaluate(look(2.0)) is None


def test_short_put_strike_is_watched_from_above() -> None:
    known = terms(legs=CONDOR)
    rule = ShortStrike("touch", buffer=5)
    assert rule.evaluate(look(2.0, known=known, underlying=5905.01)) is None
    decision = rule.evaluate(look(2.0, known=known, underlying=5905.0))
    assert decision is not None
    assert decision.sentence == "underlying 5905.00 touched the short put strike 5900.00 (buffer 5)"
    assert not decision.at_once


def test_crossed_short_strike_may_not_be_delayed() -> None:
    decision = ShortStrike("touch").evaluate(look(2.0, underlying=6000.01))
    assert decision is not None
    assert decision.at_once


def test_short_delta_on_both_sides() -> None:
    assert ShortDelta("0.40").evaluate(look(2.0, delta=0.4)) is not None
    assert ShortDelta("0.40").evaluate(look(2.0, delta=0.3999)) is None
    assert ShortDelta("0.40").evaluate(look(2.0)) is None


@pytest.mark.parametrize(("basis", "fires"), [("natural", True), ("mid", False), ("worst", True), ("mark", False)])
def test_stop_looks_at_the_price_it_was_told(basis: PriceBasis, fires: bool) -> None:
    view = look(value(3.40, mid=3.20, mark=3.00))
    assert (NetDebit("3.40", basis=basis).evaluate(view) is not None) is fires


def test_stops_default_to_natural_trails_to_mid_targets_to_natural() -> None:
    assert CreditLost(70).basis is PriceBasis.NATURAL
    assert TrailingDebit("0.5").basis is PriceBasis.MID
    assert ProfitTarget(50).basis is PriceBasis.NATURAL


def test_mark_is_never_read_on_quiet_looks_so_a_rule_on_it_is_always_asked() -> None:
    assert NetDebit("3.40", basis=PriceBasis.MARK).band(look(2.0)).always


def test_sentence_reads_aloud_with_its_numbers() -> None:
    decision = CreditLost(70).evaluate(look(3.45))
    assert decision is not None
    assert decision.sentence == "natural debit 3.45 reached the stop 3.40 (credit 2.00 + 70 %)"
    assert CreditLost(70).describe(terms()) == "close at a natural debit of 3.40 or more (credit 2.00 + 70 %)"


def test_unarmed_trail_rests_and_arms_on_its_gain() -> None:
    rule = TrailingDebit("0.50", arm_gain="0.80")
    assert rule.evaluate(look(4.90, best=1.2001)) is None
    assert rule.evaluate(look(4.90, best=1.20)) is not None


def test_give_back_needs_a_profit_first() -> None:
    assert GiveBack(50).evaluate(look(2.5, best=1.61)) is None
    assert GiveBack(50).evaluate(look(2.5, best=1.60)) is not None


def test_any_of_names_the_part_that_is_breached_worst_and_all_of_joins_the_reasons() -> None:
    near, far = NetDebit("3.40"), NetLossDollars(100)
    decision = any_of(near, far).evaluate(look(3.45))
    assert decision is not None
    assert decision.rule == "stop-loss-dollars"
    both = all_of(near, far).evaluate(look(3.45))
    assert both is not None
    assert " and " in both.sentence
    assert (both.rule, both.threshold) == ("all-of", ticks(3.40))
    assert all_of(near, far).evaluate(look(3.39)) is None


def test_all_of_spares_no_confirmation_that_one_part_needs() -> None:
    decision = all_of(TimeOfDay("10:00"), NetDebit("3.40")).evaluate(look(3.45))
    assert decision is not None
    assert not decision.at_once


def test_after_counts_in_the_same_look_and_for_good() -> None:
    rule = after(ProfitTarget(50), NetDebit("1.50"))
    before = look(1.60)
    assert rule.evaluate(before) is None
    assert not rule.latches(before)
    latched = rule.latches(look(0.90))
    assert rule.evaluate(look(1.60, latched=latched)) is not None


def test_until_switches_the_rule_off_for_good() -> None:
    rule = until(ProfitTarget(50), NetDebit("1.50"))
    assert rule.evaluate(look(1.60)) is not None
    assert rule.evaluate(look(1.60, latched=rule.latches(look(0.90)))) is None


def test_unless_holds_the_rule_back_only_while_the_condition_is_true() -> None:
    rule = unless(BeforeClose(10), NetDebit("3.40"))
    assert rule.evaluate(look(3.45, now=at(15, 49))) is not None
    assert rule.evaluate(look(3.45, now=at(15, 50))) is None


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("stop-loss-dollars", "200", NetLossDollars(200)),
        ("stop-loss-dollars", "200 per contract", NetLossDollars(200, Per.CONTRACT)),
        ("stop-credit-percent", "70", CreditLost(70)),
        ("stop-credit-multiple", "1.7", CreditMultiple("1.7")),
        ("stop-debit", "3.40", NetDebit("3.4")),
        ("stop-max-loss-percent", "50", MaxLossPercent(50)),
        ("stop-trail-debit", "0.50 after 0.30", TrailingDebit("0.5", None, "0.3")),
        ("stop-trail-percent", "25", TrailingDebit(percent=25)),
        ("stop-give-back-percent", "40 after 25", GiveBack(40, 25)),
        ("target-credit-percent", "50", ProfitTarget(50)),
        ("target-debit", "0.10", ProfitTarget(price="0.10")),
        ("stop-short-strike", "touch buffer 5", ShortStrike("touch", 5)),
        ("stop-short-delta", "0.40", ShortDelta("0.4")),
        ("exit-time", "15:45", TimeOfDay("15:45")),
        ("exit-minutes-before-close", "15", BeforeClose(15)),
        ("exit-minutes-before-expiry", "10", BeforeExpiry(10)),
        ("exit-days-to-expiry", "1 at 15:30", DaysToExpiry(1, "15:30")),
        ("exit-holding-minutes", "90", HoldingTime(5400)),
    ],
)
def test_parameter_makes_its_rule(name: str, text: str, rule: Rule) -> None:
    assert rule_for(name, text) == rule


def test_every_parameter_is_tested_and_named_by_its_rule() -> None:
    rules = rules_from(
        {
            name: help_text.split(": ")[-1].split(";")[0].split(" (")[0]
            for name, (_, help_text) in PARAMETERS.items()
            if name not in ("stop-loss-dollars", "stop-short-strike")
        }
    )
    assert isinstance(rules, AnyOf)
    assert len(rules.rules) == len(PARAMETERS) - 2
    assert {rule.name for rule in rules.rules} - {"exit-holding-time"} <= set(PARAMETERS)


def test_empty_parameters_switch_rules_off() -> None:
    assert rules_from({"stop-debit": " ", "width": "10"}) is None


def test_bases_of_stops_and_targets_are_set_apart() -> None:
    rules = rules_from({"stop-debit": "3.40", "target-debit": "0.1", "exit-time": "15:00"}, "mid", "natural")
    assert rules == any_of(NetDebit("3.40", basis=PriceBasis.MID), ProfitTarget(price="0.1"), TimeOfDay("15:00"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stop-debit", "abc"),
        ("stop-debit", "nan"),
        ("stop-debit", "0"),
        ("stop-debit", "-1"),
        ("stop-credit-percent", "inf"),
        ("stop-credit-multiple", "1"),
        ("stop-max-loss-percent", "101"),
        ("stop-loss-dollars", "200 per share"),
        ("stop-trail-debit", "after 0.30"),
        ("stop-give-back-percent", "40 after 0"),
        ("target-credit-percent", "120"),
        ("stop-short-strike", "near"),
        ("stop-short-delta", "40"),
        ("exit-time", "25:00"),
        ("exit-time", "15:00+00:00"),
        ("exit-minutes-before-close", "0"),
        ("exit-days-to-expiry", "1.5"),
        ("exit-holding-minutes", "-3"),
    ],
)
def test_unusable_text_names_the_parameter_the_value_and_what_is_allowed(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match="is not usable: allowed is") as caught:
        rule_for(name, text)
    assert caught.value.field.startswith(name)


@pytest.mark.parametrize(
    "build",
    [
        lambda: any_of(),
        lambda: all_of("stop-debit"),  # type: ignore[arg-type]
        lambda: after(NetDebit, NetDebit(1)),  # type: ignore[arg-type]
        lambda: TrailingDebit(),
        lambda: TrailingDebit("0.5", 25),
        lambda: ProfitTarget(),
        lambda: NetDebit("3.40", basis="last"),  # type: ignore[arg-type]
        lambda: NetDebit(True),
        lambda: from_dict({"kind": "stop-market"}),
        lambda: from_dict({"kind": "stop-debit"}),
        lambda: from_dict({"kind": "stop-debit", "price": "3.40", "colour": "red"}),
        lambda: from_dict({"kind": "any-of", "rules": ["stop-debit"]}),
        lambda: from_dict("stop-debit"),
        lambda: rule_for("stop-limit", "1"),
    ],
)
def test_what_is_no_rule_is_refused(build: object) -> None:
    with pytest.raises(BadSetting):
        build()  # type: ignore[operator]


def test_stored_form_is_plain_and_exact() -> None:
    assert to_dict(any_of(NetDebit(3.4), HoldingTime(90))) == {
        "kind": "any-of",
        "rules": [
            {"kind": "stop-debit", "basis": "natural", "price": "3.4"},
            {"kind": "exit-holding-time", "span": "90"},
        ],
    }


def test_settings_are_exact_whatever_they_were_written_as() -> None:
    assert NetDebit(3.4) == NetDebit("3.40") == NetDebit(Decimal("3.4"))
