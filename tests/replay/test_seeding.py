"""The last known prices of a security that was just added: which bars they come from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import replay
from replay.bars import OpenInterest, QuoteBar, TradeBar
from replay.clock import to_ms
from replay.enums import OptionRight, OptionStyle, SecurityType
from replay.errors import Unsupported
from replay.security_manager import SecurityManager
from replay.seeding import last_known
from replay.settings import AlgorithmSettings
from replay.store import Store
from replay.symbol import Symbol

from .recordings import DATA, needs_data
from .small_market import write_market

SPX = Symbol.create("SPX", SecurityType.INDEX)
GOOG = Symbol.create("GOOG", SecurityType.EQUITY)


def _run(*moment: int) -> Any:
    utc = datetime(*moment)  # type: ignore[arg-type]
    return SimpleNamespace(
        store=Store(DATA), utc=utc, ms=to_ms(utc), securities=SecurityManager(), settings=AlgorithmSettings()
    )


@needs_data
def test_prices_of_the_last_minutes_are_found_first() -> None:
    (bar,) = last_known(_run(2021, 1, 4, 18, 0), SPX)

    assert (type(bar), bar.end_time, bar.period.total_seconds()) == (TradeBar, datetime(2021, 1, 4, 12, 0), 60)


@needs_data
def test_days_are_asked_when_the_minutes_of_some_days_hold_nothing() -> None:
    (bar,) = last_known(_run(2021, 1, 12, 18, 0), SPX)

    assert (bar.time, bar.end_time) == (datetime(2021, 1, 4, 8, 30), datetime(2021, 1, 4, 15, 15))
    assert bar.close == 3700.65


@needs_data
def test_contract_has_its_quote_its_trade_and_open_interest_by_start() -> None:
    call = Symbol.create_option(GOOG, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 750, datetime(2016, 1, 15))

    found = last_known(_run(2015, 12, 24, 16, 0), call)

    assert {type(bar) for bar in found} <= {QuoteBar, TradeBar, OpenInterest}
    assert QuoteBar in {type(bar) for bar in found}
    assert [bar.time for bar in found] == sorted(bar.time for bar in found)


SEEDED = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 3)
        self.set_end_date(2024, 1, 3)
        {how}
        self.call = Symbol.create_option("XYZ", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100,
                                         datetime(2024, 1, 19))
        option = self.add_option_contract(self.call)
        self.log(f"{{option.price:g}} {{option.bid_price:g}} {{option.ask_price:g}}")
"""


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("pass", "0 0 0"),
        ("self.settings.seed_initial_prices = True", "1.1 1 1.2"),
        ("self.add_security_initializer(FuncSecuritySeeder(self.get_last_known_prices).seed_security)", "1.1 1 1.2"),
        ("self.add_security_initializer(lambda s: s.set_market_price(self.get_last_known_price(s)))", "1.1 1 1.2"),
    ],
)
def test_security_added_in_initialize_has_a_price_when_it_is_seeded(tmp_path: Path, how: str, said: str) -> None:
    data = write_market(tmp_path / "data", {("call", 100): [(0, (1.0, 1.2))]}, expiry="20240119")
    (tmp_path / "probe.py").write_text(SEEDED.format(how=how), encoding="utf-8")

    result = replay.run(tmp_path / "probe.py", data_folder=data)

    assert [line.split(" ", 2)[2] for line in result.log] == [said]


def test_settings_that_are_unknown_are_refused(tmp_path: Path) -> None:
    data = write_market(tmp_path / "data", {("call", 100): [(0, (1.0, 1.2))]})
    (tmp_path / "probe.py").write_text(SEEDED.format(how="self.universe_settings.filling = 1"), encoding="utf-8")

    with pytest.raises(Unsupported, match=r"universe_settings\.filling"):
        replay.run(tmp_path / "probe.py", data_folder=data)
