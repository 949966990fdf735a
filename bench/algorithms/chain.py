"""A chain of index options subscribed for days. Parameters: days, and what is done on a slice, `doing`.

nothing; entry: ten spreads are sold once, after a look at the chain; hourly: the chain is walked once an hour;
bars: every bar of every slice is looked at.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from AlgorithmImports import *


class Chain(QCAlgorithm):
    """Counts slices; `points` counts the bars of the slices when they are looked at."""

    def initialize(self) -> None:
        """Subscribe to every contract of the benchmark market."""
        first = datetime(2025, 2, 3)
        last = first + timedelta(days=int(self.get_parameter("days", "1")) - 1)
        self.set_start_date(first.year, first.month, first.day)
        self.set_end_date(last.year, last.month, last.day)
        self.set_cash(10_000_000)
        index = self.add_index("SPX", Resolution.MINUTE)
        option = self.add_index_option(index.symbol, "SPXW", Resolution.MINUTE)
        option.set_filter(lambda u: u.include_weeklys().strikes(-500, 500).expiration(0, 60))
        self._canonical = option.symbol
        self._doing = self.get_parameter("doing", "nothing")
        self._entered = False
        self.slices = self.points = self.walked = 0
        self.best = 0.0

    def on_data(self, slice: Slice) -> None:
        """One slice."""
        self.slices += 1
        if self._doing == "bars":
            bars: list[Any] = [*slice.quote_bars.values(), *slice.bars.values()]
            self.points += len(bars)
            self.best = max(self.best, *(bar.close for bar in bars))
        elif self._doing == "hourly" and self.time.minute == 0:
            self._walk(slice)
        elif self._doing == "entry" and not self._entered and self.time.hour == 10:
            self._entered = True
            self._enter(slice)

    def _walk(self, slice: Slice) -> None:
        chain = slice.option_chains.get(self._canonical)
        if chain is None:
            return
        for contract in chain:
            self.walked += 1
            self.best = max(self.best, contract.bid_price + contract.ask_price - contract.strike)

    def _enter(self, slice: Slice) -> None:
        chain = slice.option_chains.get(self._canonical)
        expiry = max(contract.expiry for contract in chain)
        strikes = sorted({contract.strike for contract in chain if contract.strike > chain.underlying.price})
        for short, long in zip(strikes[:10], strikes[2:12], strict=False):
            self.buy(OptionStrategies.bear_call_spread(self._canonical, short, long, expiry), 1, False, "measured")
