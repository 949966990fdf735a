"""Guards over the book: each refusal has a name and numbers, and what they remember survives a restart."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.errors import BadSetting
from spreads.guards import BookGuards, Guard, GuardState, LossAction, Refusal
from tests.spreads.looks import at

OPEN, CLOSE = at(9, 30), at(16)
DOLLAR = 10_000


def refused(guards: BookGuards, state: GuardState | None = None, now=at(11), side="call", spreads=0) -> list[Guard]:  # type: ignore[no-untyped-def]  # noqa: B008
    found = guards.refusals(state or GuardState(), now, side, spreads, OPEN, CLOSE)
    assert all(isinstance(each, Refusal) and each.sentence for each in found)
    return [each.guard for each in found]


def test_guards_are_off_unless_set() -> None:
    guards = BookGuards()
    state, hit = guards.look(GuardState(), at(11), -(10**12))
    assert hit is None
    assert refused(guards, state, spreads=1000) == []


@pytest.mark.parametrize(("loss", "reached"), [(500 * DOLLAR, True), (500 * DOLLAR - 1, False)])
def test_daily_loss_counts_realised_and_open_to_the_tick(loss: int, reached: bool) -> None:
    guards = BookGuards(daily_loss=500)
    state, _ = guards.look(GuardState(), at(9, 31), 0)
    state, hit = guards.look(state.closed("call", -200 * DOLLAR, at(11), by_stop=True), at(11), 200 * DOLLAR - loss)
    assert (hit is not None) is reached
    assert (Guard.DAILY_LOSS in refused(guards, state)) is reached


def test_daily_loss_is_told_once_and_stays_reached_for_the_day() -> None:
    guards = BookGuards(daily_loss=500, daily_loss_action="flatten")
    assert guards.daily_loss_action is LossAction.FLATTEN
    state, hit = guards.look(GuardState(), at(11), -500 * DOLLAR)
    assert hit is not None
    assert hit.sentence == (
        "the day's result is -500.00 dollars (open -500.00), the limit is a loss of 500; no new entries today"
    )
    state, again = guards.look(state, at(12), 0)
    assert again is None
    assert refused(guards, state, now=at(12)) == [Guard.DAILY_LOSS]


def test_next_day_starts_afresh_with_the_nights_gap_in_it() -> None:
    guards = BookGuards(daily_loss=500)
    state, _ = guards.look(GuardState(), at(15), -450 * DOLLAR)
    tomorrow = at(10, day=27)
    state, hit = guards.look(state, tomorrow, -900 * DOLLAR)
    assert hit is None
    assert state.today == -450 * DOLLAR
    state, hit = guards.look(state, tomorrow, -950 * DOLLAR)
    assert hit is not None


def test_a_spread_closed_before_the_days_first_look_counts_for_the_day() -> None:
    state = GuardState().looked(at(15), -100 * DOLLAR).closed("call", -300 * DOLLAR, at(9, 31, day=27), by_stop=True)
    assert state.looked(at(9, 32, day=27), 0).today == -200 * DOLLAR


@pytest.mark.parametrize(("spreads", "expected"), [(2, []), (3, [Guard.MAX_OPEN])])
def test_most_open_spreads(spreads: int, expected: list[Guard]) -> None:
    assert refused(BookGuards(max_open=3), spreads=spreads) == expected


@pytest.mark.parametrize(
    ("side", "by_stop", "minutes", "expected"),
    [
        ("call", True, 119, [Guard.COOL_DOWN]),
        ("call", True, 120, []),
        ("put", True, 1, []),
        ("call", False, 1, []),
    ],
)
def test_cool_down_holds_the_side_that_was_stopped(
    side: str, by_stop: bool, minutes: int, expected: list[Guard]
) -> None:
    state = GuardState().closed("call", -DOLLAR, at(11), by_stop)
    assert refused(BookGuards(cool_down=120), state, at(11) + timedelta(minutes=minutes), side) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(9, 29), [Guard.MARKET_CLOSED]),
        (at(9, 34, 59), [Guard.AFTER_OPEN]),
        (at(9, 35), []),
        (at(15, 29, 59), []),
        (at(15, 30), [Guard.BEFORE_CLOSE]),
        (at(16), [Guard.MARKET_CLOSED]),
    ],
)
def test_no_entries_near_the_open_and_the_close(now, expected) -> None:  # type: ignore[no-untyped-def]
    assert refused(BookGuards(after_open=5, before_close=30), now=now) == expected


def test_pause_holds_until_resumed() -> None:
    state = GuardState().pause("news at 14:00")
    assert refused(BookGuards(), state) == [Guard.PAUSED]
    assert refused(BookGuards(), state.resume()) == []


def test_all_reasons_are_named_at_once() -> None:
    guards = BookGuards(max_open=1, before_close=30)
    assert refused(guards, GuardState().pause(""), at(15, 45), spreads=1) == [
        Guard.PAUSED,
        Guard.MAX_OPEN,
        Guard.BEFORE_CLOSE,
    ]


@given(st.lists(st.tuples(st.sampled_from(["call", "put"]), st.integers(-(10**9), 10**9), st.booleans()), max_size=6))
def test_state_survives_json(ends: list[tuple[str, int, bool]]) -> None:
    guards, state = BookGuards(daily_loss=1), GuardState()
    for minute, (side, pnl, by_stop) in enumerate(ends):
        state = state.closed(side, pnl, at(11, minute), by_stop)
        state, _ = guards.look(state, at(11, minute), pnl)
    assert GuardState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


@pytest.mark.parametrize(
    "build",
    [
        lambda: BookGuards(daily_loss=-5),
        lambda: BookGuards(max_open=0),
        lambda: BookGuards(cool_down="long"),
        lambda: BookGuards(daily_loss_action="sell"),
        lambda: GuardState.from_dict({"day": "today"}),
        lambda: GuardState.from_dict({**GuardState().to_dict(), "stops": []}),
    ],
)
def test_unusable_settings_are_refused(build: object) -> None:
    with pytest.raises(BadSetting):
        build()  # type: ignore[operator]
