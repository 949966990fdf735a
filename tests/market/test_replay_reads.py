"""`replay` reads the market's files as it reads LEAN's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from market.scenarios import BY_NAME
from replay.clock import from_ms
from replay.columns import QuoteColumns
from replay.enums import OptionRight, OptionStyle, Resolution, SecurityType, TickType
from replay.reader import open_bars
from replay.symbol import Symbol
from replay.timezones import TimeZones
from tests.market.reading import quotes

GRIND = BY_NAME["grind_up"].date


def test_replay_reads_the_index_and_a_quote_as_the_standard_library_does(small_market: Path) -> None:
    index = Symbol.create("SPX", SecurityType.INDEX)
    strike = 5_930
    expiry = datetime(GRIND.year, GRIND.month, GRIND.day)
    call = Symbol.create_option(index, "SPXW", "usa", OptionStyle.EUROPEAN, OptionRight.CALL, strike, expiry)
    bars = open_bars(small_market, index, Resolution.MINUTE, TickType.TRADE, GRIND, TimeZones.CHICAGO)
    book = open_bars(small_market, call, Resolution.MINUTE, TickType.QUOTE, GRIND, TimeZones.NEW_YORK)
    assert bars and book
    closes, rows = bars.columns(index), book.columns(call)
    assert closes and isinstance(rows, QuoteColumns)
    assert from_ms(closes.ends[0]) == from_ms(rows.ends[0]) == datetime(2024, 11, 19, 14, 31)
    assert len(closes.ends) == 390
    for row, (minute, quote) in enumerate(quotes(small_market, GRIND, "C", strike).items()):
        assert rows.ends[row] - rows.ends[0] == minute * 60_000
        assert rows.price("ask_close", row) == Decimal(quote.ask) / 10_000
        assert rows.has_bid(row) == (quote.bid > 0)
