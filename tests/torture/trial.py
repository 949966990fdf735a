"""One trial: a seed's parameters and faults, the unmodified main.py on one synthetic day, and the verdict."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import replay
from replay.errors import Unsupported
from replay.fault_plan import CHOICES, Fault, FaultKind, FaultPlan, kinds_of
from replay.shared import SharedBars

from .watcher import Broken, Watcher

MAIN = Path(__file__).resolve().parents[2] / "main.py"
SPX_DAYS = ("18", "19", "20", "21", "22", "25", "26", "27", "29")
XYZ_DAYS = ("18", "19", "20", "21", "22")
CASH = 10_000_000
XYZ = {
    "underlying": "XYZ", "option-root": "", "width": "2.5", "short-distance": "1", "min-credit": "0.01",
    "fee-per-contract": "0", "universe-strikes": "8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What one seed stands for."""

    seed: int
    parameters: dict[str, str]
    plan: FaultPlan

    def __str__(self) -> str:
        given = " ".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))
        return f"seed {self.seed}: {given}\n{self.plan}\n{self.plan.to_json()}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial: `failure` is empty when everything held; kinds of faults that did something."""

    seed: int
    failure: str
    happened: tuple[str, ...] = field(default=())
    spreads: int = 0
    orders: int = 0
    unsupported: bool = False


def trial_of(seed: int, data: Path) -> Trial:
    """The trial of a seed, the same on every machine.

    Of six seeds one is aimed (which takes one run more), one walks limits against slow cancels, one has hardly
    more cash than its spreads' margin. One of five runs into the next day, past the settlement of what expired.
    """
    trial = _thrown(seed)
    return aimed(trial, data) if seed % 6 == 0 else trial


def _thrown(seed: int) -> Trial:
    dice = random.Random(f"torture {seed}")
    stock = dice.random() < 0.3
    day = dice.choice(XYZ_DAYS if stock else SPX_DAYS)
    entries = dice.choice((1, 2, 3, 5))
    first, gap = dice.randint(1, 60), dice.choice((3, 5, 11, 30))
    times = [9 * 60 + 30 + first + gap * number for number in range(entries)]
    parameters = {
        "start-date": f"2024-11-{day}",
        "end-date": f"2024-11-{day}",
        "cash": str(CASH),
        "universe-strikes": "9",
        "entry-times": ",".join(f"{at // 60:02d}:{at % 60:02d}" for at in times),
        "max-open": "40",
        "lots": str(dice.choice((1, 1, 2, 3, 5))),
        "short-distance": str(dice.choice((0, 5, 10, 20, 30))),
        "width": str(dice.choice((5, 10, 10))),
        "days-to-expiry": str(dice.choice((0, 0, 0, 1))),
        "close-policy": dice.choice(("legs", "legs", "both", "combo-market", "combo-limit", "leg-limit")),
        "worthless-long": dice.choice(("keep", "offer", "market")),
        "entry-mode": dice.choice(("combo", "combo", "legged")),
        "confirm-seconds": dice.choice(("0", "0", "60")),
        "stop-price": dice.choice(("natural", "mid")),
        "stop-credit-percent": dice.choice(("", "20", "50", "100", "400")),
        "stop-loss-dollars": dice.choice(("", "200")),
        "target-credit-percent": dice.choice(("", "20", "50")),
        "exit-minutes-before-close": dice.choice(("", "", "20")),
        "blind-policy": dice.choice(("keep", "close")),
        "entry-check": "warn",
        "position-groups": "off" if entries > 1 else dice.choice(("on", "off")),
        "brokerage": dice.choice(("default",) * 6 + ("interactive-brokers", "tradier", "charles-schwab", "alpaca")),
        "path-minutes": "0",
    }
    if not parameters["stop-credit-percent"] and not parameters["stop-loss-dollars"]:
        parameters["stop-trail-percent"] = "30"
    days = XYZ_DAYS if stock else SPX_DAYS
    if seed % 5 == 3 and day != days[-1]:
        parameters["end-date"] = f"2024-11-{days[days.index(day) + 1]}"
    if seed % 6 == 1:
        parameters["close-policy"] = dice.choice(("combo-limit", "leg-limit"))
    if seed % 6 == 2:
        dollars = int(parameters["width"]) * 100 * int(parameters["lots"]) * 2
        tight = {"cash": str(round(dollars * dice.choice((1, 1.3, 2)))), "position-groups": "on"}
        parameters |= tight | {"entry-times": parameters["entry-times"].split(",")[0]}
    kinds = list(FaultKind) if dice.random() < 0.5 else dice.sample(list(FaultKind), 2)
    plan = FaultPlan.random(seed, orders=8 * entries, most=8, kinds=kinds)
    if seed % 6 == 1:
        plan = FaultPlan((*_slow_cancels(dice), *plan.faults), seed)
    return Trial(seed, parameters | (XYZ if stock else {}), plan)


def _slow_cancels(dice: random.Random) -> list[Fault]:
    """Cancels that the broker answers late or with a fill, and orders that rest long enough to be cancelled."""
    answers = [
        Fault(FaultKind.CANCEL, nth=n, steps=dice.choice((0, 1, 3, 8)), outcome=dice.choice(CHOICES["outcome"]))
        for n in range(1, 6)
    ]
    return answers + [Fault(FaultKind.DELAY, nth=dice.randint(1, 30), steps=dice.choice((2, 5, 20))) for _ in range(3)]


def watcher_of(plan: FaultPlan) -> Watcher:
    """The watcher that allows for what the plan does."""
    kinds = kinds_of(plan.faults)
    slack = sum(
        (one.parts if one.kind is FaultKind.PARTIAL else 1) * max(one.steps, 1) + 4
        for one in plan.faults
        if one.kind in (FaultKind.PARTIAL, FaultKind.DELAY, FaultKind.CANCEL, FaultKind.REFUSE, FaultKind.RAISE)
    )
    # an order may also be filled while its cancel is under way, after somebody else closed what it was for
    racing = {"filled late", "filled"} if FaultKind.OUTSIDE in kinds else {"filled late"}
    race = any(one.kind is FaultKind.CANCEL and one.outcome in racing for one in plan.faults)
    return Watcher(slack, race, FaultKind.RAISE in kinds)


def aimed(trial: Trial, data: Path) -> Trial:
    """The trial with hands at the broker that reach for a leg in the very step in which its spread begins to close."""
    watcher = watcher_of(trial.plan)
    judge(trial, data, watcher=watcher)
    dice = random.Random(f"aim {trial.seed}")
    faults = []
    for record in watcher.records:
        if record["what"] == "state" and record["after"] == "closing":
            leg = dice.choice(watcher.book.spreads[record["spread"]].legs)
            quantity, told = dice.choice((1, 1, 2, 5, -1)), dice.random() < 0.3
            faults.append(
                Fault(FaultKind.OUTSIDE, step=record["step"], contract=leg.name, quantity=quantity, told=told)
            )
    dice.shuffle(faults)
    return replace(trial, plan=FaultPlan((*trial.plan.faults, *faults[:4]), trial.seed))


def judge(trial: Trial, data: Path, algorithm: Path = MAIN, watcher: Watcher | None = None) -> Verdict:
    """Run a trial; the watcher may be looked at afterwards."""
    watcher = watcher or watcher_of(trial.plan)
    engine: list[Any] = []

    def after_step(run: Any) -> None:
        if not engine:
            engine.append(run)
        watcher(run)

    failure, unsupported, result = "", False, None
    try:
        with tempfile.TemporaryDirectory() as store:
            result = replay.run(
                algorithm, data_folder=data, parameters=trial.parameters, object_store=store,
                faults=trial.plan, after_step=after_step, shared=_bars(data),
            )  # fmt: skip
        if result.state != "Completed":
            raise Broken(f"the run ended as {result.state}: {result.error[-1:]}")
        watcher.finish(int(trial.parameters["cash"]) * 10_000)
    except Broken as broken:
        failure = str(broken)
        unsupported = "replay does not support" in failure
    except Unsupported:
        unsupported = True
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    happened = tuple(sorted({str(one.kind) for one in engine[0].faults.happened})) if engine else ()
    spreads = len(engine[0].algorithm.spreads.book.spreads) if engine else 0
    orders = engine[0].orders.total_orders if engine else 0
    return Verdict(trial.seed, "" if unsupported else failure, happened, spreads, orders, unsupported)


def judged(seed: int, data: Path) -> Verdict:
    """The verdict on a seed."""
    return judge(trial_of(seed, data), data)


@cache
def _bars(data: Path) -> SharedBars:
    """What the runs of this process have decoded."""
    return SharedBars()


def shrunk(trial: Trial, data: Path, algorithm: Path = MAIN) -> Trial:
    """The trial with every fault left out that the failure does not need."""
    place = 0
    while place < len(trial.plan.faults):
        smaller = replace(trial, plan=trial.plan.without(place))
        if judge(smaller, data, algorithm).failure:
            trial = smaller
        else:
            place += 1
    return trial
