"""When a slice is quiet, and the clock that an algorithm hangs on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from threading import Thread

import pytest

from spreads.gate import EntryGate
from spreads.guards import BookGuards
from spreads.pulse import Pulse
from spreads.watch import Watchlist
from spreads.watched import Watched
from stop_rules import NetDebit
from tests.spreads.book_rig import BookRig
from tests.spreads.paper_broker import call

NOW = datetime(2024, 1, 3, 10)
MINUTE = timedelta(minutes=1)


class Steps:
    """Parts that are due again an hour after each step, and may fail."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        self.fails = False

    def __call__(self, now: datetime, touched: Iterable[Watched] | None) -> datetime:
        self.at.append(now)
        if self.fails:
            raise RuntimeError("a bug")
        return now + timedelta(hours=1)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def work() -> list[str]:
    return []


@pytest.fixture
def pulse(steps: Steps, work: list[str]) -> Pulse:
    made = Pulse(Watchlist(lambda watched, now: True), EntryGate(BookGuards()), [work], steps)
    assert made.beat(NOW) is False
    return made


def test_slice_before_anything_is_due_does_nothing_but_look(pulse: Pulse, steps: Steps) -> None:
    assert [pulse.beat(NOW + minute * MINUTE) for minute in (1, 59)] == [False, False]
    assert steps.at == [NOW]
    pulse.beat(NOW + 60 * MINUTE)
    assert steps.at == [NOW, NOW + 60 * MINUTE]


def test_what_has_come_is_taken_on_the_next_slice(pulse: Pulse, steps: Steps, work: list[str]) -> None:
    work.append("an event")
    pulse.beat(NOW + MINUTE)
    assert steps.at == [NOW, NOW + MINUTE]


def test_slice_after_one_that_failed_leaves_nothing_out(pulse: Pulse, steps: Steps, work: list[str]) -> None:
    work.append("an event")
    steps.fails = True
    with pytest.raises(RuntimeError):
        pulse.beat(NOW + MINUTE)
    work.clear()
    steps.fails = False
    pulse.beat(NOW + 2 * MINUTE)
    pulse.beat(NOW + 3 * MINUTE)
    assert steps.at == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]


def test_time_to_wake_comes_though_nothing_else_does_and_until_another_is_set(pulse: Pulse) -> None:
    pulse.wake_at(NOW + 3 * MINUTE)
    assert [pulse.beat(NOW + minute * MINUTE) for minute in (1, 2, 3, 4)] == [False, False, True, True]
    pulse.wake_at(NOW + 6 * MINUTE)
    assert [pulse.beat(NOW + minute * MINUTE) for minute in (5, 6)] == [False, True]
    pulse.wake_at(datetime.max)
    assert pulse.beat(NOW + 7 * MINUTE) is False


def test_time_to_wake_outlives_the_steps_between(pulse: Pulse, work: list[str]) -> None:
    pulse.wake_at(NOW + 3 * MINUTE)
    work.append("an event")
    assert pulse.beat(NOW + MINUTE) is False
    work.clear()
    assert [pulse.beat(NOW + minute * MINUTE) for minute in (2, 3)] == [False, True]


def test_order_changed_between_two_quiet_slices_bears_the_time_of_the_slice() -> None:
    rig = BookRig()
    short, long = call(100, -1), call(105, 1)
    rig.broker.price(3.00, 3.20, short)
    rig.broker.price(1.00, 1.20, long)
    rig.open("A", (short, long), [NetDebit("4.90")])
    for _ in range(8):
        rig.step()
    ticket = rig.book.orders_of("A")[0]
    ticket.cancel()
    assert ticket.history[-1][0] == rig.broker.now == rig.book.now


def test_time_set_by_another_thread_while_a_slice_is_under_way_is_not_lost(pulse: Pulse, work: list[str]) -> None:
    class Far(datetime):
        """While the slice compares it, another thread sets a nearer time."""

        def __lt__(self, other: date) -> bool:
            if not given:
                given.append(Thread(target=lambda: pulse.wake_at(NOW + 2 * MINUTE)))
                given[0].start()
                given[0].join()
            return datetime.__lt__(self, other)  # type: ignore[operator]

    given: list[Thread] = []
    pulse.wake_at(Far(2024, 1, 3, 15))
    work.append("an event")
    pulse.beat(NOW + MINUTE)
    work.clear()
    assert given
    assert pulse.beat(NOW + 2 * MINUTE) is True


def test_time_set_makes_one_slice_a_full_one_and_no_more(pulse: Pulse, steps: Steps) -> None:
    pulse.wake_at(NOW + 30 * MINUTE)
    for minute in (1, 2, 3):
        pulse.beat(NOW + minute * MINUTE)
    assert steps.at == [NOW, NOW + MINUTE]
