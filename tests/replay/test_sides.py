"""A side of a quote bar is read when it is asked for: the same numbers, the same words about a cell that is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from replay.columns import QuoteColumns
from replay.errors import DataError
from replay.prices import PRICE_UNIT, QuoteRow
from replay.series import _sides

ONE = PRICE_UNIT


def row_of(line: bytes) -> QuoteRow:
    columns = QuoteColumns(
        [b"0,1,1,1,1,1,1,1,1,1,1", line], [60_000, 120_000], PRICE_UNIT, ("quotes.zip", "member.csv")
    )
    bid, bid_size, ask, ask_size = _sides(columns, 1)
    return QuoteRow(120_000, bid, bid_size, ask, ask_size)


def test_prices_keep_the_scale_of_the_file() -> None:
    row = row_of(b"60000,12000,12500,11500,12300,7,13000,13500,12500,13300,9")
    assert [str(price) for price in row.bid or ()] == ["1.2000", "1.2500", "1.1500", "1.2300"]
    assert row.middle(3) == (Decimal("1.2300") + Decimal("1.3300")) / 2 and row.close == 1.28
    assert (row.bid_size, row.ask_size) == (7, 9)


@pytest.mark.parametrize(
    ("line", "bid", "close"),
    [
        (b"60000,0,0,0,0,0,13000,13500,12500,13300,9", None, 1.33),
        (b"60000,12000,0,0,0,0,13000,13500,12500,13300,9", (Decimal("1.2"), 0, 0, 0), 1.33),
        (b"60000,,,,,,,,,,", None, 0.0),
        (b"60000,12000.0,1,1,12300,7,13000,13500,12500,13300,9", (Decimal("1.2"), ONE, ONE, Decimal("1.23")), 1.28),
    ],
)
def test_missing_and_odd_sides_read_as_before(line: bytes, bid: tuple[Decimal, ...] | None, close: float) -> None:
    row = row_of(line)
    assert row.bid == bid and row.close == close


def test_bad_cell_is_named_when_its_side_is_read() -> None:
    row = row_of(b"60000,12x,12500,11500,12300,7,13000,13500,12500,13300,9")
    assert row.close == 1.28  # what is wrong is no part of it
    with pytest.raises(DataError, match=r"quotes\.zip.*") as caught:
        _ = row.bid
    assert "member.csv" in str(caught.value) and "row 2" in str(caught.value) and "bid_open" in str(caught.value)
