"""Ways to watch N spreads on one slice, from nothing to what the first version of this project did, timed side by side.

A scene holds the same spreads for every way: on the objects of a replay, or on plain ones that cost next to nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from spreads.money import ticks
from spreads.valuation import Value
from spreads.view import Extremes, Rule, Terms, View
from stop_rules import rule_for

RULES: tuple[Rule, ...] = (
    rule_for("stop-max-loss-percent", "99", "natural"),
    rule_for("stop-credit-percent", "5000", "natural"),
    rule_for("stop-debit", "9.95", "mid"),
    rule_for("target-debit", "0.01", "mid"),
    rule_for("exit-days-to-expiry", "0"),
)
"""Five rules on both prices that stay quiet while the benchmark lasts."""
RULES_OF = {"five": RULES, "natural": RULES[:2], "stops": RULES[:3]}
"""The rules by what a quiet slice must read: both sides of each leg (a target on the mid), or one, even for a stop on
the mid."""

MANAGER = "the manager"
SEED = "the seed's way: portfolio[leg].unrealized_profit"
PLAIN = "cached securities: ask less bid, one level"
LEVELS = "the least for five rules: natural and mid, levels compared"
LEAN_SLICE_NS = 920_000
"""What a slice of that size takes LEAN (issue text's measurement on a quiet 2-core machine), nanoseconds."""


@dataclass(slots=True)
class Scene:
    """The spreads as each way needs them.

    Attributes:
        step: One slice of the manager.
        pairs: (short, long) security of each spread.
        symbols: (short, long) key into `portfolio` of each spread.
        portfolio: Holdings with `unrealized_profit`, by symbol; empty when there are none.
        terms: Terms of each spread.
        started: When watching began.
    """

    step: Callable[[datetime], object]
    pairs: list[tuple[Any, Any]]
    symbols: list[tuple[Any, Any]]
    portfolio: Any
    terms: list[Terms]
    started: datetime
    extremes: list[Extremes] = field(default_factory=list)


def nothing(scene: Scene, now: datetime) -> None:
    """What the clocks themselves cost."""


def empty_loop(scene: Scene, now: datetime) -> None:
    """A loop over the spreads."""
    for _short, _long in scene.pairs:
        pass


def cached_securities(scene: Scene, now: datetime) -> None:
    """The least that can tell whether a natural stop is touched."""
    for short, long in scene.pairs:
        if short.ask_price - long.bid_price >= 9.95:
            raise AssertionError("the benchmark's spreads stay quiet")


def levels(scene: Scene, now: datetime) -> None:
    """The least that sees five rules on both prices: all sides read and compared, nothing kept, no time looked at."""
    for short, long in scene.pairs:
        ask, bid = short.ask_price, long.bid_price
        natural = ask - bid
        mid = (short.bid_price + natural - long.ask_price) / 2
        if not (natural < 9.95 and 0.01 < mid < 9.95):
            raise AssertionError("the benchmark's spreads stay quiet")


def manager(scene: Scene, now: datetime) -> None:
    """This project's manager, all of `on_data`."""
    scene.step(now)


def frozen_rules(scene: Scene, now: datetime) -> None:
    """The same four reads; a fresh view each slice and every rule asked."""
    fresh = not scene.extremes
    for place, ((short, long), terms) in enumerate(zip(scene.pairs, scene.terms, strict=True)):
        short_bid, short_ask = ticks(short.bid_price), ticks(short.ask_price)
        long_bid, long_ask = ticks(long.bid_price), ticks(long.ask_price)
        mid = (short_bid + short_ask - long_bid - long_ask) // 2
        value = Value(short_ask - long_bid, mid, mid)
        if fresh:
            scene.extremes.append(Extremes.start(value))
        view = View(now, value, terms, scene.extremes[place], scene.started, now + timedelta(hours=1))
        for rule in RULES:
            rule.evaluate(view)


def unrealized_profit(scene: Scene, now: datetime) -> None:
    """A sum of LEAN's own profits, leg by leg."""
    portfolio = scene.portfolio
    for short, long in scene.symbols:
        if portfolio[short].unrealized_profit + portfolio[long].unrealized_profit <= -1_000_000:
            raise AssertionError("the benchmark's spreads stay quiet")


WAYS: dict[str, Callable[[Scene, datetime], None]] = {
    "clocks": nothing,
    "an empty loop over the spreads": empty_loop,
    PLAIN: cached_securities,
    LEVELS: levels,
    MANAGER: manager,
    "five frozen rules asked on a fresh view": frozen_rules,
    SEED: unrealized_profit,
}


@dataclass(slots=True)
class Times:
    """Samples of one way: wall and thread CPU time of each slice, nanoseconds."""

    wall: list[int] = field(default_factory=list)
    cpu: list[int] = field(default_factory=list)


class Timing:
    """Times every way of a scene once a slice, in an order that rotates."""

    def __init__(self) -> None:
        self.times = {name: Times() for name in WAYS}
        self.slices = 0

    def slice(self, scene: Scene, now: datetime) -> None:
        """One slice. Prices are read once before, so that no way pays for the engine's own work."""
        for short, long in scene.pairs:
            _ = short.ask_price, short.bid_price, long.ask_price, long.bid_price
        names = [name for name in WAYS if name != SEED or scene.portfolio]
        turn = self.slices % len(names)
        for name in names[turn:] + names[:turn]:
            way, times = WAYS[name], self.times[name]
            cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
            way(scene, now)
            taken = time.perf_counter_ns() - wall
            times.cpu.append(time.thread_time_ns() - cpu)
            times.wall.append(taken)
        self.slices += 1

    def per_spread(self, spreads: int) -> dict[str, dict[str, float]]:
        """Microseconds per spread and slice: median wall time and mean thread CPU, what the clocks cost taken off."""
        found = {}
        base = self.times["clocks"]
        for name, times in self.times.items():
            if name == "clocks" or not times.wall:
                continue
            median = statistics.median(times.wall) - statistics.median(base.wall)
            mean = statistics.fmean(times.cpu) - statistics.fmean(base.cpu)
            found[name] = {"median_us": median / spreads / 1000, "mean_cpu_us": mean / spreads / 1000}
        return found
