"""Which short options are assigned before their expiry."""

from pathlib import Path

import pytest

from replay.session import run

from .small_market import write_market

EARLY = """
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 2)
        self.set_cash(100000)
        option = self.add_option("XYZ", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.strikes(0, 1))
        self.chain = option.symbol

    def on_data(self, data):
        chain = data.option_chains.get(self.chain)
        if chain and not self.portfolio.invested and self.time.hour == 9:
            self.market_order(next(iter(chain)).symbol, -1)

    def on_assignment_order_event(self, event):
        self.log(f"{self.time:%H:%M} {event.symbol.value} {event.message}")
"""


@pytest.mark.parametrize(("strike", "hour"), [(106, "10:00"), (105, "")])
def test_short_over_five_percent_in_the_money_is_assigned_whatever_its_bid_is_worth(
    tmp_path: Path, strike: int, hour: str
) -> None:
    quotes = [(minute, (20, 21)) for minute in range(390)]
    data = write_market(tmp_path / "data", {("put", strike): quotes})
    path = tmp_path / "main.py"
    path.write_text(EARLY)
    lines = [line[20:] for line in run(path, data_folder=data).log]
    assert [line[:5] for line in lines] == ([hour] if hour else [])
