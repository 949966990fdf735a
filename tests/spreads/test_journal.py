"""The journal: stable text, nothing lost, clear errors."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from spreads.journal import FIELDS, Journal, JournalError, What, parse
from spreads.valuation import PriceBasis

NOON = datetime(2021, 1, 4, 12, 0)


def test_record_written_keeps_head_first_and_sorts_the_facts() -> None:
    journal = Journal()
    journal.write(What.FIRE, NOON, "A1", threshold=100, rule="debit", order="A1/1", basis=PriceBasis.MID, sentence="s")
    line = (
        '{"at":"2021-01-04T12:00:00","what":"fire","spread":"A1","basis":"mid","order":"A1/1","rule":"debit",'
        '"sentence":"s","threshold":100}'
    )
    assert journal.lines() == [line]


def test_fact_that_is_none_is_left_out() -> None:
    assert "natural" not in Journal().write(What.ALARM, NOON, "A1", text="x", natural=None)


def test_values_json_does_not_know_become_plain() -> None:
    record = Journal().write(
        What.ERROR,
        NOON.replace(microsecond=250_000),
        text="x",
        day=date(2021, 1, 4),
        age=timedelta(minutes=2),
        price=Decimal("1.10"),
        nan=float("nan"),
        legs=({"b": 1, "a": NOON},),
        names=frozenset({"b", "a"}),
        other=object,
    )
    assert json.loads(json.dumps(record)) == record
    assert record["at"] == "2021-01-04T12:00:00.250"
    assert (record["day"], record["age"], record["price"], record["nan"]) == ("2021-01-04", 120, "1.10", "nan")
    assert list(record["legs"][0]) == ["a", "b"]
    assert record["names"] == ["a", "b"]


def test_sink_takes_the_lines_and_nothing_is_kept() -> None:
    taken: list[str] = []
    journal = Journal(taken.append)
    journal.write(What.ALARM, NOON, text="x")
    assert len(taken) == 1
    assert len(journal) == 0


def test_sink_that_fails_leaves_the_line_and_does_not_raise() -> None:
    def broken(line: str) -> None:
        raise OSError(line)

    journal = Journal(broken)
    journal.write(What.ALARM, NOON, text="x")
    assert journal.sink_failures == 1
    assert len(journal.lines()) == 1


def test_drained_lines_are_forgotten() -> None:
    journal = Journal()
    journal.write(What.ALARM, NOON, text="x")
    assert len(journal.drain()) == 1
    assert journal.lines() == []


def test_every_kind_of_record_has_its_fields_named() -> None:
    assert set(FIELDS) == set(What)
    assert all(fields.split("?")[0] == fields or fields.count("?") == 1 for fields in FIELDS.values())


def test_written_lines_parse_back_to_the_same_records() -> None:
    journal = Journal()
    written = [
        journal.write(What.STATE, NOON, "A1", before="open", after="closing", evidence="decision"),
        journal.write(What.VALUABLE, NOON, "A1", reason="bid", seconds=60),
    ]
    assert parse([*journal.lines(), ""]) == written


@pytest.mark.parametrize(
    ("line", "field", "text"),
    [
        ("{", "", "not JSON"),
        ("[1]", "", "not a JSON object"),
        ('{"at":"2021-01-04T12:00:00","what":"party","spread":""}', "what", "'party' is not one of"),
        ('{"at":"noon","what":"alarm","spread":"","text":"x"}', "at", "not an ISO time"),
        ('{"at":"2021-01-04T12:00:00","what":"alarm","spread":""}', "text", "missing in a record of kind 'alarm'"),
    ],
)
def test_damaged_line_is_named_with_number_field_and_mend(line: str, field: str, text: str) -> None:
    with pytest.raises(JournalError) as caught:
        parse(["", line])
    assert caught.value.line == 2
    assert caught.value.field == field
    assert text in str(caught.value)
    assert "run the backtest again" in str(caught.value)


def test_prices_are_asked_once_a_moment_and_stand_in_its_records() -> None:
    asked: list[tuple[str, datetime]] = []

    def prices(spread: str, now: datetime) -> tuple[int, int]:
        asked.append((spread, now))
        return 200, 150

    journal = Journal()
    journal.prices = prices
    written = [journal.write(What.STATE, NOON, "A1"), journal.write(What.FILL, NOON, "A1")]
    assert [(record["natural"], record["mid"]) for record in written] == [(200, 150)] * 2
    assert asked == [("A1", NOON)]


def test_prices_given_hold_for_the_moment_and_none_asks_nobody() -> None:
    journal = Journal()
    journal.prices = lambda spread, now: (200, 150)
    journal.write(What.FIRE, NOON, "A1", natural=300, mid=280)
    assert journal.write(What.ORDER, NOON, "A1")["natural"] == 300
    later = NOON + timedelta(minutes=1)
    journal.write(What.FIRE, later, "A1", natural=None, mid=None)
    assert "natural" not in journal.write(What.ORDER, later, "A1")


def test_prices_that_cannot_be_read_do_not_stop_a_record() -> None:
    def broken(spread: str, now: datetime) -> tuple[int, int]:
        raise RuntimeError(spread)

    journal = Journal()
    journal.prices = broken
    assert "natural" not in journal.write(What.FILL, NOON, "A1")
