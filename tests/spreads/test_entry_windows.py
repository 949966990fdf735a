"""Entry windows: offered until a chain comes, told once when none did, and asked for at no cost between."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from spreads.entry_windows import LENGTH, EntryWindows

DAY = datetime(2024, 11, 18)


def at(text: str, days: int = 0) -> datetime:
    return DAY + timedelta(days=days) + (datetime.strptime(text, "%H:%M") - datetime(1900, 1, 1))


def names(windows: EntryWindows, now: datetime) -> tuple[list[str], list[str]]:
    found, missed = windows.look(now)
    return [f"{w.side} {w.start:%d %H:%M}" for w in found], [f"{w.side} {w.start:%d %H:%M}" for w in missed]


def two() -> EntryWindows:
    return EntryWindows([time(10), time(14)], ["call", "put"])


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("09:59", []),
        ("10:00", ["call 18 10:00", "put 18 10:00"]),
        ("10:14", ["call 18 10:00", "put 18 10:00"]),
        ("10:15", []),
    ],
)
def test_window_is_open_from_its_time_and_before_its_end(now: str, found: list[str]) -> None:
    windows = two()
    windows.look(at("09:31"))
    assert names(windows, at(now))[0] == found


def test_used_window_is_not_offered_again_and_not_missed() -> None:
    windows = two()
    found, _ = windows.look(at("10:00"))
    windows.use(found[0])
    assert names(windows, at("10:01")) == (["put 18 10:00"], [])
    assert names(windows, at("10:15")) == ([], ["put 18 10:00"])
    assert names(windows, at("10:16")) == ([], [])


def test_window_that_ended_before_the_first_look_is_not_told() -> None:
    assert names(two(), at("10:20")) == ([], [])


def test_windows_without_a_slice_are_told_by_the_next_one_over_night_too() -> None:
    windows = two()
    windows.look(at("09:31"))
    assert names(windows, at("09:31", days=1)) == (
        [],
        ["call 18 10:00", "put 18 10:00", "call 18 14:00", "put 18 14:00"],
    )


def test_nothing_is_due_until_the_next_window_opens() -> None:
    windows = two()
    windows.look(at("09:31"))
    assert windows.next == at("10:00")
    for window in windows.look(at("10:00"))[0]:
        assert windows.next == at("10:00")  # open and unused: look at every slice
        windows.use(window)
    windows.look(at("10:01"))
    assert windows.next == at("14:00")
    windows.look(at("14:00") + LENGTH)
    assert windows.next == at("00:00", days=1)
