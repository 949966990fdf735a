"""Plans that once failed, or that showed what a policy does at its edge: each by name."""

from __future__ import annotations

from pathlib import Path

from replay.fault_plan import Fault, FaultKind, FaultPlan

from .trial import CASH, Trial, judge, trial_of, watcher_of

WALKING = {
    "start-date": "2024-11-20", "end-date": "2024-11-20", "cash": str(CASH), "universe-strikes": "9",
    "entry-times": "09:33,09:36,09:39", "max-open": "40", "lots": "3", "brokerage": "tastytrade",
    "close-policy": "combo-limit", "worthless-long": "keep", "entry-check": "warn", "position-groups": "off",
    "stop-credit-percent": "20", "stop-loss-dollars": "200", "target-credit-percent": "", "path-minutes": "0",
}  # fmt: skip
NO_COMBOS = {
    "underlying": "XYZ", "option-root": "", "start-date": "2024-11-22", "end-date": "2024-11-22", "cash": str(CASH),
    "universe-strikes": "8", "entry-times": "10:11", "width": "2.5", "short-distance": "1", "min-credit": "0.01",
    "fee-per-contract": "0", "days-to-expiry": "1", "lots": "5", "brokerage": "alpaca", "close-policy": "leg-limit",
    "entry-check": "warn", "position-groups": "off", "stop-price": "mid", "stop-credit-percent": "",
    "stop-trail-percent": "30", "target-credit-percent": "", "path-minutes": "0",
}  # fmt: skip


def test_fill_after_a_confirmed_cancel_that_another_spread_is_charged_with_ends_flat(synthetic_market: Path) -> None:
    plan = FaultPlan(
        (
            Fault(FaultKind.CANCEL, nth=2, steps=3, outcome="filled late"),
            Fault(FaultKind.CANCEL, nth=3, steps=1, outcome="filled"),
        )
    )
    trial = Trial(33, WALKING, plan)
    watcher = watcher_of(plan)
    assert judge(trial, synthetic_market, watcher=watcher).failure == ""
    assert all(spread.has_ended for spread in watcher.book.spreads.values() if spread.exit is not None)


def test_close_quoted_beyond_the_width_where_combos_are_refused_waits_under_an_alarm(synthetic_market: Path) -> None:
    plan = FaultPlan((Fault(FaultKind.ABSURD, step=244, steps=60, factor=200, contract="XYZ   241129P00147500"),))
    trial = Trial(1655, NO_COMBOS, plan)
    watcher = watcher_of(plan)
    assert judge(trial, synthetic_market, watcher=watcher).failure == ""
    waited = [s for s in watcher.book.spreads.values() if any("beyond the width" in t for t in watcher.alarms(s.id, 0))]
    assert waited
    paid = [r for r in watcher.records if r["what"] == "fill" and r["spread"] == waited[0].id and r["quantity"] > 0]
    assert all(r["step"] < 244 or r["step"] >= 304 for r in paid if r["purpose"] == "close")


def test_legged_entry_in_the_first_step_is_watched(synthetic_market: Path) -> None:
    assert judge(trial_of(212, synthetic_market), synthetic_market).failure == ""
