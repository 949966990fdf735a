"""Alarms, notifications, the status, and the edge that no error crosses."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from spreads.alarms import Alarms, Bell, Telling
from spreads.edge import at_the_edge
from spreads.errors import BadSetting
from spreads.notify import notifier
from spreads.quotes import LegQuote
from spreads.status import banner
from stop_rules import NetDebit
from tests.spreads.live_rig import LiveRig
from tests.spreads.paper_broker import call

NOW = datetime(2024, 1, 3, 10, 0)
SHORT, LONG = call(100, -1), call(105, 1)
BOTH = Telling(True, True)
NEITHER = Telling(False, False)


def test_repeated_alarm_is_counted_and_told_again_after_a_while() -> None:
    alarms = Alarms()
    assert alarms.raise_alarm("A", "wolf", NOW) == BOTH
    assert alarms.raise_alarm("A", "wolf", NOW + timedelta(minutes=1)) == NEITHER
    assert alarms.raise_alarm("A", "wolf", NOW + timedelta(minutes=31)) == BOTH
    assert alarms.standing()[0].times == 3


def test_flood_of_alarms_is_logged_but_not_all_sent() -> None:
    alarms = Alarms(per_hour=5)
    told = [alarms.raise_alarm("A", f"wolf {number}", NOW) for number in range(9)]
    assert sum(one.notify for one in told) == 5 and all(one.log for one in told)
    assert alarms.raise_alarm("A", "later", NOW + timedelta(hours=1)).notify


def test_last_alarm_sent_within_an_hour_says_that_further_ones_are_not() -> None:
    now, logged, sent = [NOW], [], []  # type: ignore[var-annotated]
    bell = Bell(Alarms(per_hour=3), lambda: now[0], logged.append, lambda spread, text: sent.append(text))
    for number in range(5):
        bell.ring("A", f"wolf {number}")
    assert sent[:2] == ["wolf 0", "wolf 1"] and len(sent) == 3
    assert sent[2] == "wolf 2 (3 alarms within an hour: further ones stand only in the log and the status)"
    assert logged[2:] == ["ALARM A: wolf 2", "ALARM A: wolf 3", "ALARM A: wolf 4"]
    now[0] += timedelta(hours=1)
    bell.ring("A", "later")
    assert sent[3:] == ["later"]


def test_acknowledging_an_unknown_alarm_names_the_known() -> None:
    alarms = Alarms()
    alarms.raise_alarm("A", "wolf", NOW)
    with pytest.raises(BadSetting, match="allowed is 1"):
        alarms.acknowledge(9)


def test_alarms_read_back_and_numbers_go_on() -> None:
    alarms, again = Alarms(), Alarms()
    alarms.raise_alarm("A", "wolf", NOW)
    alarms.acknowledge()
    again.restore(json.loads(json.dumps(alarms.to_data())))
    assert again.to_data() == alarms.to_data()
    again.raise_alarm("B", "fox", NOW)
    assert again.numbers() == [1, 2]


def test_alarm_raised_before_the_restore_does_not_share_a_number_with_a_restored_one() -> None:
    """A damaged file is told before the earlier alarms are read: acknowledging one must not hide both."""
    earlier, alarms = Alarms(), Alarms()
    earlier.raise_alarm("A", "wolf", NOW)
    alarms.raise_alarm("", "the saved state is not used", NOW)
    alarms.restore(earlier.to_data())
    assert [(alarm.number, alarm.text) for alarm in alarms.standing()] == [
        (1, "wolf"),
        (2, "the saved state is not used"),
    ]
    alarms.acknowledge(1)
    assert [alarm.number for alarm in alarms.standing()] == [2]


def test_acknowledged_alarm_that_comes_back_after_a_quiet_day_is_told_again() -> None:
    alarms = Alarms()
    alarms.raise_alarm("", "disk full", NOW)
    alarms.acknowledge()
    for hour in range(1, 30):  # it goes on: silent
        assert alarms.raise_alarm("", "disk full", NOW + timedelta(hours=hour)) == NEITHER
    assert alarms.raise_alarm("", "disk full", NOW + timedelta(days=9)) == BOTH
    assert len(alarms.standing()) == 1


def test_alarm_is_told_when_the_clock_has_gone_back() -> None:
    alarms = Alarms()
    alarms.raise_alarm("A", "wolf", NOW)
    assert alarms.raise_alarm("A", "wolf", NOW - timedelta(hours=5)) == BOTH


def test_only_the_newest_alarms_are_remembered() -> None:
    alarms = Alarms(keep=3)
    for number in range(10):
        alarms.raise_alarm("", str(number), NOW)
    assert alarms.numbers() == [8, 9, 10]


def test_one_way_of_notifying_that_fails_does_not_keep_the_others() -> None:
    sent: list[str] = []
    log: list[str] = []

    def broken(subject: str, text: str) -> None:
        raise OSError("no route")

    ways = [("a@b", broken), ("", lambda s, t: sent.append("never")), ("tele", lambda s, t: sent.append(f"{s}: {t}"))]
    notifier("Algo", ways, log.append)("call1", "wolf")
    assert sent == ["Algo call1: wolf"]
    assert len(log) == 1 and log[0].startswith("no notification to a@b: OSError: no route (test_alarms.py:")


def test_error_at_the_edge_is_told_with_its_place_and_swallowed() -> None:
    told: list[str] = []
    assert at_the_edge(lambda: 1 // 0, told.append) is None
    assert told[0].startswith("ZeroDivisionError: ") and "test_alarms.py" in told[0]


def test_error_in_telling_is_swallowed_too() -> None:
    assert at_the_edge(lambda: 1 // 0, lambda text: [][1]) is None


def test_status_tells_value_distance_orders_and_why_there_is_no_value() -> None:
    rig = LiveRig()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG)
    rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.step()
    rig.step()
    status = rig.continuity.status(rig.broker.now)
    json.dumps(status)
    one = status["spreads"][0]
    assert (one["id"], one["state"], one["credit"]) == ("A", "open", 1.8)
    assert (one["net_debit"], one["acts_at"], one["distance"]) == (2.2, 3.6, 1.4)
    assert one["legs"] == {"C100": -1, "C105": 1}
    assert one["orders"][0]["order"] == 1 and "3.60" in one["orders"][0]["rule"]
    assert banner(status)["Nearest stop"] == "A 1.40 away"
    rig.broker.quotes["C100"] = LegQuote(0, 0, 0, None)
    rig.step()
    one = rig.continuity.status(rig.broker.now)["spreads"][0]
    assert one["no_value_because"] and one["looks_without_value"]
    assert banner(rig.continuity.status(rig.broker.now))["Without value"] == "1"
