"""The quiet path decides what asking everything on every slice decides, and at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.book import BookSettings
from spreads.confirmation import Confirmation
from spreads.journal import What, parse
from spreads.judge import TradingHours
from spreads.legs import Leg
from spreads.view import Rule
from stop_rules import HoldingTime, TimeOfDay
from tests.spreads.book_rig import BookRig
from tests.spreads.looks import STOPS, TARGETS, TRAILS, combinations_of
from tests.spreads.paper_broker import call

CHAIN = {strike: call(strike, 0) for strike in (100, 105, 110, 115)}
SHAPES: dict[str, tuple[Leg, ...]] = {
    "A": (call(100, -1), call(105, 1)),
    "B": (call(105, -1), call(110, 1)),
    "C": (call(105, 1), call(100, -1)),
    "D": (call(100, -1), call(105, 1), call(110, 1), call(115, -1)),
}
START = {100: 300, 105: 200, 110: 130, 115: 90}


@dataclass(frozen=True)
class Move:
    """What happens to one contract before a slice: its middle moves by cents, its market is so wide, or a side goes."""

    strike: int
    by: int
    wide: int
    bid_live: bool = True
    ask_live: bool = True
    rests: bool = False


MOVES = st.builds(Move, st.sampled_from(sorted(CHAIN)), st.integers(-80, 80), st.sampled_from((0, 5, 10, 30)))
SPOILT = st.builds(
    Move,
    st.sampled_from(sorted(CHAIN)),
    st.integers(-80, 80),
    st.sampled_from((-10, 0, 10, 60)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
CLOCKS = st.one_of(
    st.integers(1, 25).map(lambda minute: TimeOfDay(f"10:{minute:02}")),
    st.integers(1, 25).map(lambda minutes: HoldingTime(timedelta(minutes=minutes))),
)
RULES = st.lists(combinations_of(st.one_of(STOPS, TRAILS, TARGETS, CLOCKS)), min_size=1, max_size=3)
HELD = st.sampled_from((0, 60, 180))
MINUTES = st.sampled_from((1, 2, 5)).map(lambda minutes: timedelta(minutes=minutes))


@dataclass(frozen=True)
class Day:
    """How the book watches, and when the session ends."""

    held: int = 0
    check_every: timedelta = timedelta(minutes=5)
    path_every: timedelta | None = timedelta(minutes=5)
    closes: int = 16 * 60
    outside: str = ""  # a contract of which somebody buys one outside, without an event


DAYS = st.builds(
    Day,
    HELD,
    MINUTES,
    st.none() | MINUTES,
    st.sampled_from((10 * 60 + 8, 10 * 60 + 23, 16 * 60)),
    st.sampled_from(("", "C100", "C110")),
)


def in_full(rig: BookRig) -> None:
    """A step that spares nothing but the rules of spreads inside their bands."""
    now = rig.broker.tick(1)
    for notice in rig.broker.notices:
        rig.book.queue(notice)
    rig.broker.notices.clear()
    rig.book.step(now)


def asking_all(rig: BookRig) -> None:
    """A step that asks every rule of every spread."""
    for spread_id in list(rig.book.watch.by_id):
        rig.book.watch.force(spread_id)
    in_full(rig)


def run(
    step: Callable[[BookRig], None], rules: dict[str, list[Rule]], day: Day, slices: list[list[Move]]
) -> tuple[BookRig, list[tuple[object, ...]]]:
    """A day of a book under one way to step: what was sent, and when."""
    rig = BookRig(
        BookSettings(confirmation=Confirmation(day.held), check_every=day.check_every, path_every=day.path_every)
    )
    midnight = datetime(2024, 1, 3)
    rig.market.hours = TradingHours(midnight + timedelta(hours=9), midnight + timedelta(minutes=day.closes))
    middles = dict(START)
    for strike, leg in CHAIN.items():
        rig.broker.price((middles[strike] - 5) / 100, (middles[strike] + 5) / 100, leg)
    for name, spread_rules in rules.items():
        rig.open(name, SHAPES[name], spread_rules)
    sent: list[tuple[object, ...]] = []
    for moves in slices:
        by_strike = {move.strike: move for move in moves}
        for strike, leg in CHAIN.items():
            move = by_strike.get(strike, Move(strike, 0, 10, rests=leg.key in rig.broker.resting))
            middles[strike] = max(middles[strike] + move.by, 6)
            bid, ask = (middles[strike] - move.wide / 2) / 100, (middles[strike] + move.wide / 2) / 100
            rig.broker.resting.discard(leg.key)
            if move.rests:
                rig.broker.resting.add(leg.key)
            else:
                rig.broker.price(max(bid, 0.0), ask, leg)
                quote = rig.broker.quotes[leg.key]
                rig.broker.quotes[leg.key] = replace(quote, bid_live=move.bid_live, ask_live=move.ask_live)
        if day.outside and rig.broker.now.minute == 6:
            rig.broker.outside(day.outside, 1)
        step(rig)
        sent += [(rig.broker.now, *order) for order in rig.sent()]
        rig.broker.sent.clear()
    return rig, sent


def records(rig: BookRig) -> list[dict[str, object]]:
    return parse(rig.journal.lines())


def fires(rig: BookRig) -> list[tuple[object, ...]]:
    return [
        (r["at"], r["spread"], r["order"], r["sentence"], r.get("natural"), r.get("mid"), r["held_seconds"])
        for r in rig.said(What.FIRE)
    ]


@settings(max_examples=150, deadline=None)
@given(
    rules=st.fixed_dictionaries({}, optional=dict.fromkeys(SHAPES, RULES)),
    day=DAYS,
    slices=st.lists(st.lists(SPOILT, max_size=3), min_size=1, max_size=40),
)
def test_quiet_slice_leaves_out_nothing_that_a_full_one_does(
    rules: dict[str, list[Rule]], day: Day, slices: list[list[Move]]
) -> None:
    quiet, sent = run(BookRig.step, rules, day, slices)
    full, sent_in_full = run(in_full, rules, day, slices)
    assert sent == sent_in_full
    assert records(quiet) == records(full)
    assert quiet.alarms == full.alarms


@settings(max_examples=150, deadline=None)
@given(
    rules=st.fixed_dictionaries({}, optional=dict.fromkeys(SHAPES, RULES)),
    held=HELD,
    slices=st.lists(st.lists(MOVES, max_size=4), min_size=1, max_size=25),
)
def test_rules_asked_on_every_slice_fire_when_those_asked_at_their_levels_do(
    rules: dict[str, list[Rule]], held: int, slices: list[list[Move]]
) -> None:
    lazy, sent = run(BookRig.step, rules, Day(held), slices)
    eager, sent_by_eager = run(asking_all, rules, Day(held), slices)
    assert fires(lazy) == fires(eager)
    assert sent == sent_by_eager
