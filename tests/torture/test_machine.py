"""A state machine opens spreads, moves quotes, breaks things and lets time pass, on the real manager and replay."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from replay.algorithm import creating
from replay.fault_plan import CHOICES, Fault, FaultKind, FaultPlan
from replay.loader import algorithm_class, algorithm_module
from replay.session import finish, prepared, start
from replay.shared import SharedBars
from spreads.entry_windows import Window

from .trial import CASH, MAIN
from .watcher import PATIENCE, Broken, Watcher

POLICIES = ("legs", "both", "combo-market", "combo-limit", "leg-limit")
DAYS = ("2024-11-18", "2024-11-19", "2024-11-20", "2024-11-21")
SHARED = SharedBars()
MOST_OPEN = 8
CONTRACT = st.integers(0, 7)


class Day(RuleBasedStateMachine):
    """One synthetic day; the watcher checks every step, the end of the day the result."""

    data: Path

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.store = self.undo.enter_context(tempfile.TemporaryDirectory())
        self.engine: Any = None
        self.watcher = Watcher()
        self.opened = 0

    @initialize(
        day=st.sampled_from(DAYS), policy=st.sampled_from(POLICIES), mode=st.sampled_from(("combo", "legged")),
        no_bid=st.sampled_from(("keep", "offer", "market")), lots=st.integers(1, 4), minutes=st.integers(5, 200),
    )  # fmt: skip
    def open_the_day(self, day: str, policy: str, mode: str, no_bid: str, lots: int, minutes: int) -> None:
        parameters = {
            "start-date": day, "end-date": day, "cash": str(CASH), "universe-strikes": "8", "entry-times": "15:45",
            "close-policy": policy, "worthless-long": no_bid, "entry-mode": mode, "lots": str(lots), "max-open": "99",
            "entry-check": "warn", "position-groups": "off", "stop-credit-percent": "60", "path-minutes": "0",
        }  # fmt: skip
        self.undo.callback(creating, None)
        self.engine = prepared(self.data, parameters, Path(self.store), FaultPlan())
        self.undo.callback(self.engine.store.close)
        self.engine.store.shared = SHARED
        self.engine.after_step = self.watcher
        module = self.undo.enter_context(algorithm_module(MAIN))
        assert start(self.engine, algorithm_class(module, MAIN, None))
        self.engine.begin()
        self.pass_time(minutes)

    def held(self) -> bool:
        """Something is held, so that something can happen to it."""
        return any(s.symbol.has_underlying and s.holdings.exact_quantity for s in self.engine.securities.values())

    # -- what may happen ---------------------------------------------------------------------------------------

    @rule(steps=st.sampled_from((1, 1, 2, 5, 15, 40)))
    def pass_time(self, steps: int) -> None:
        for _ in range(steps):
            self.engine.advance()

    @precondition(lambda self: self.opened < MOST_OPEN)
    @rule(side=st.sampled_from(("call", "put")), distance=st.sampled_from((0, 5, 15)), width=st.sampled_from((5, 10)))
    def open_spread(self, side: str, distance: int, width: int) -> None:
        algorithm = self.engine.algorithm
        kind = type(algorithm._settings.width)
        algorithm._settings = replace(algorithm._settings, short_distance=kind(distance), width=kind(width))
        self.opened += 1
        chain = self.engine.current_slice.option_chains.get(algorithm._canonical)
        if chain is not None:
            start = datetime(2000, 1, 1, 0, self.opened)  # entries are told apart by their window
            algorithm._enter(chain, Window(side, start, start))

    @rule(which=st.integers(0, MOST_OPEN), everything=st.booleans())
    def close(self, which: int, everything: bool) -> None:
        manager = self.engine.algorithm.spreads
        live = manager.book.open_spreads()
        if live:
            manager.flatten(None if everything else live[which % len(live)], "by hand")

    @precondition(lambda self: self.held())
    @rule(contract=CONTRACT, factor=st.sampled_from((5, 50, 150, 300, 2000)), steps=st.integers(1, 20))
    def move_quotes(self, contract: int, factor: int, steps: int) -> None:
        self.go_wrong(Fault(FaultKind.ABSURD, contract=contract, factor=factor, steps=steps))

    @precondition(lambda self: self.held())
    @rule(contract=CONTRACT, side=st.sampled_from(CHOICES["side"]), steps=st.sampled_from((0, 3, 30)))
    def silence(self, contract: int, side: str, steps: int) -> None:
        self.go_wrong(Fault(FaultKind.SILENCE, contract=contract, side=side, steps=steps))

    @rule(ahead=st.integers(1, 4), stage=st.sampled_from(CHOICES["stage"]), code=st.sampled_from(CHOICES["code"]))
    def refuse(self, ahead: int, stage: str, code: str) -> None:
        self.go_wrong(Fault(FaultKind.REFUSE, nth=self.next_order(ahead), stage=stage, code=code, steps=1))

    @rule(ahead=st.integers(1, 4), kind=st.sampled_from((FaultKind.PARTIAL, FaultKind.DELAY)), steps=st.integers(1, 4))
    def fill_slowly(self, ahead: int, kind: FaultKind, steps: int) -> None:
        self.go_wrong(Fault(kind, nth=self.next_order(ahead), steps=steps, parts=3))

    @rule(outcome=st.sampled_from(CHOICES["outcome"]), steps=st.integers(1, 4))
    def answer_the_next_cancel(self, outcome: str, steps: int) -> None:
        self.watcher.race |= outcome == "filled late"
        self.go_wrong(Fault(FaultKind.CANCEL, nth=self.engine.faults.cancels + 1, outcome=outcome, steps=steps))

    @rule(kind=st.sampled_from((FaultKind.DROP, FaultKind.TWICE, FaultKind.HOLD)), ahead=st.integers(1, 5))
    def confuse_events(self, kind: FaultKind, ahead: int) -> None:
        self.go_wrong(Fault(kind, nth=self.engine.faults.events + ahead, steps=2))

    @precondition(lambda self: self.held())
    @rule(contract=CONTRACT, quantity=st.sampled_from((-1, 1, 1, 2)), told=st.booleans())
    def reach_in(self, contract: int, quantity: int, told: bool) -> None:
        self.go_wrong(Fault(FaultKind.OUTSIDE, contract=contract, quantity=quantity, told=told))

    @precondition(lambda self: self.held())
    @rule(contract=CONTRACT, quantity=st.integers(0, 2))
    def assign(self, contract: int, quantity: int) -> None:
        self.go_wrong(Fault(FaultKind.ASSIGN, contract=contract, quantity=quantity))

    def next_order(self, ahead: int) -> int:
        last: int = self.engine.orders.last_order_id
        return last + ahead

    def go_wrong(self, fault: Fault) -> None:
        """Let it happen from the next step on; what it may delay a close by is allowed for."""
        self.watcher.slack += fault.parts * max(fault.steps, 1) + PATIENCE // 4
        self.engine.faults.add(replace(fault, step=self.engine.steps + 1))

    # -- the end of the day ------------------------------------------------------------------------------------

    def teardown(self) -> None:
        with self.undo:
            if self.engine is None:
                return
            while self.engine.advance():
                pass
            assert finish(self.engine) == "Completed", self.engine.runtime_error
            self.watcher.finish(CASH * 10_000)


def drive(machine: type[Day], examples: int, data: Path) -> None:
    """Run a machine. A failure costs one run more; with SHRINK=1 it is made small first, which takes minutes."""
    machine.data = data
    phases = {Phase.explicit, Phase.generate} | ({Phase.shrink} if os.environ.get("SHRINK") else set())
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            derandomize=True,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_failed_machine_leaves_no_modules_of_its_own_behind(
    synthetic_market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spreads.closing

    ours = ("main", "AlgorithmImports", "spread_manager", "stop_rules", "spreads.closing", "spreads.closer")
    before, path = {name: sys.modules.get(name) for name in ours}, list(sys.path)
    monkeypatch.setattr(Day, "data", synthetic_market, raising=False)
    day = Day()
    day.open_the_day("2024-11-18", "legs", "combo", "keep", 1, 5)
    assert sys.modules["spreads.closing"] is not spreads.closing
    day.engine.after_step = lambda run: (_ for _ in ()).throw(Broken("a step"))
    with pytest.raises(Broken, match="a step"):
        day.teardown()
    assert ({name: sys.modules.get(name) for name in ours}, sys.path) == (before, path)


@pytest.mark.slow
def test_no_sequence_of_spreads_quotes_faults_and_time_breaks_an_invariant(synthetic_market: Path) -> None:
    drive(Day, 40, synthetic_market)
