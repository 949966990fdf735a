"""A slice's chain makes its contracts on demand, and is the same however it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

import replay
from replay.chains import OptionContract

from .small_market import write_market

ALGORITHM = """
from AlgorithmImports import *

class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.add_equity("XYZ")
        option = self.add_option("XYZ")
        option.set_filter(lambda u: u.strikes(-5, 5).expiration(0, 30))
        self.canonical = option.symbol
        self.symbols, self.kept = [], None

    def on_data(self, data):
        chain = data.option_chains.get(self.canonical)
        if chain is None:
            return
        if not self.symbols:
            self.symbols = [contract.symbol for contract in chain]
            return
        if self.time.minute == 45 and self.time.hour == 9:
            self.kept = chain
        if self.time.minute == 50 and self.time.hour == 9:
            self.log("late " + " ".join(f"{c.strike:.0f} {c.bid_price:.2f}" for c in self.kept))
        one = chain.contracts.get(self.symbols[0])
        assert one is chain.get(self.symbols[0]) and self.symbols[0] in chain
        %s
"""
ALL = "assert [c.symbol for c in chain] == self.symbols and chain.contracts[self.symbols[0]] is one"


@pytest.fixture
def market(tmp_path: Path) -> Path:
    rows = [(minute, (1.0 + minute / 100, 1.5 + minute / 100)) for minute in range(30)]
    return write_market(tmp_path / "data", {("call", strike): rows for strike in (98, 99, 100, 101, 102)})


@pytest.mark.parametrize(("also", "contracts_a_slice"), [("pass", 1), (ALL, 5)], ids=["one", "all"])
def test_chain_makes_what_is_asked_for_and_gives_the_same_contract_again(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, also: str, contracts_a_slice: int
) -> None:
    made = []
    original = OptionContract.__init__

    def count(self: OptionContract, *parts: object) -> None:
        made.append(self)
        original(self, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(OptionContract, "__init__", count)
    file = tmp_path / "probe.py"
    file.write_text(ALGORITHM % also, encoding="utf-8")
    result = replay.run(file, data_folder=market)
    assert result.state == "Completed", result.error
    late = 0 if contracts_a_slice == 5 else 4  # the chain kept from 09:45, listed whole five minutes later
    assert len(made) == 5 + 389 * contracts_a_slice + late
    assert any("late 98 1.14 99 1.14" in str(line) for line in result.log)
