"""The index's walk through every scripted day, one opening where the last one closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from market.dice import bell, generator
from market.path import Bar, bars, line, walk
from market.scenarios import SCENARIOS, START_SPOT, START_STOCK, STOCK_CENTS, Scenario
from market.sessions import INDEX_OPTION_EXTRA, clock, sessions
from market.universe import Eve


@dataclass(frozen=True)
class Day:
    """One day of an underlying: prices in cents, minutes since the open."""

    scenario: Scenario
    entry_spot: int
    bars: tuple[Bar, ...]
    after: tuple[int, ...] = ()
    """What the market takes the index for in each minute after its last bar, while some options still trade."""

    @property
    def date(self) -> dt.date:
        """The session."""
        return self.scenario.date

    @property
    def close(self) -> int:
        """The last price."""
        return self.bars[-1].close

    @property
    def open(self) -> int:
        """The first price."""
        return self.bars[0].open

    @property
    def eve(self) -> Eve:
        """What the next day's universe file tells of this day."""
        high, low = max(b.high for b in self.bars), min(b.low for b in self.bars)
        factors = tuple(self.factor(self.scenario.volatility, minute) for minute in (0, len(self.bars)))
        return Eve(self.date, (self.open, high, low, self.close), (factors[0], factors[1]))

    def factor(self, anchors: Sequence[tuple[str, float]], minute: int) -> int:
        """A scenario's factor over time at a minute, in thousandths."""
        return line([(clock(at), round(value * 1000)) for at, value in anchors], minute)

    def price(self, minute: int) -> int:
        """The price options go by when a bar that starts at `minute` ends."""
        past = minute - len(self.bars)
        return self.bars[minute].close if past < 0 else self.after[past]

    @property
    def silence(self) -> range:
        """Minutes without any data."""
        start, end = self.scenario.silence or ("09:30", "09:30")
        return range(clock(start), clock(end))


def index_days(seed: int) -> tuple[Day, ...]:
    """Every scripted day of the index in order; a choice of days is cut from it, so a day is the same in each."""
    return _walk(seed, SCENARIOS, START_SPOT, "index")


def stock_days(seed: int) -> tuple[Day, ...]:
    """The days of XYZ: it does what the index does, three times as much for its price, and no quote is spoiled."""
    return _walk(seed, [stock_scenario(s) for s in SCENARIOS if s.equity], START_STOCK, "stock")


def stock_scenario(scenario: Scenario) -> Scenario:
    """An index day's scenario for the stock."""
    scale = STOCK_CENTS / 100
    anchors = tuple((time, points * scale) for time, points in scenario.anchors)
    return replace(scenario, anchors=anchors, noise=scenario.noise * scale, gap=scenario.gap * scale, anomalies=())


def _walk(seed: int, scenarios: Iterable[Scenario], close: int, purpose: str) -> tuple[Day, ...]:
    made: list[Day] = []
    for scenario in scenarios:
        made.append(walk_day(seed, scenario, scenario.open(close), purpose))
        close = made[-1].close
    return tuple(made)


def walk_day(seed: int, scenario: Scenario, opening: int, purpose: str = "index") -> Day:
    """Walk one day from its opening level in cents."""
    source = generator(seed, scenario.name, purpose)
    noise = round(scenario.noise * 100)
    levels = walk(source, scenario.levels(opening), noise)
    if len(levels) != sessions().minutes(scenario.date) + 1:
        raise AssertionError(f"scenario {scenario.name}: its last anchor is not the close of {scenario.date}")
    made = tuple(bars(source, levels, noise))
    steps = (bell(source, noise) for _ in range(INDEX_OPTION_EXTRA))
    after = tuple(accumulate(steps, initial=levels[-1]))[1:]
    return Day(scenario, scenario.entry_spot(opening), made, after)
