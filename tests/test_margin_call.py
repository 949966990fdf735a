"""A margin call by LEAN of a watched spread, on LEAN's sample data: its orders are not ours, its result is."""

from __future__ import annotations

from pathlib import Path

import replay

ALGORITHM = '''
from AlgorithmImports import *

from spread_manager import SpreadManager


class Called(QCAlgorithm):
    """The bull put of SingleLotOptionStrategyMarginCall, watched; half the cash is taken out of the account."""

    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 4)
        self.set_cash(200_000)
        index, expiry = self.add_index("SPX", Resolution.MINUTE).symbol, datetime(2021, 1, 15)
        self.legs = [
            self.add_index_option_contract(
                Symbol.create_option(index, Market.USA, OptionStyle.EUROPEAN, OptionRight.PUT, strike, expiry),
                Resolution.MINUTE,
            ).symbol
            for strike in (4200, 3200)
        ]
        self.spreads, self.spread = SpreadManager(self), None

    def on_data(self, slice):
        self.spreads.on_data(slice)
        if self.spread is None and all(self.securities[leg].has_data for leg in self.legs):
            strategy = OptionStrategies.bull_put_spread(self.legs[0].canonical, 4200, 3200, datetime(2021, 1, 15))
            self.spread = self.spreads.register(self.buy(strategy, 1))
            self.taken_out = self.portfolio.cash - 100_000
            self.portfolio.cash_book["USD"].set_amount(100_000)

    def on_order_event(self, order_event):
        self.spreads.on_order_event(order_event)

    def on_margin_call(self, requests):
        self.called = len(requests)
        return requests

    def on_end_of_algorithm(self):
        self.spreads.on_end_of_algorithm()
'''


def test_margin_call_by_lean_ends_the_spread_with_the_cash_its_fills_brought(lean_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "called.py"
    file.write_text(ALGORITHM, encoding="utf-8")
    result = replay.run(file, data_folder=lean_data, object_store=tmp_path / "store")
    assert result.state == "Completed", result.error
    spread = result.algorithm.spread
    assert result.algorithm.called == 2
    assert spread.state.value == "closed" and "closed by somebody else" in spread.exit_reason
    change = round(result.algorithm.portfolio.cash + result.algorithm.taken_out) - 200_000
    assert spread.ledger.cash(100) == change * 10_000
    assert not result.algorithm.spreads.book.open_spreads()
