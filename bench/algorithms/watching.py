"""N spreads held for days, watched in every way on each slice, timed or counted.

Parameters: spreads (how many), days, strikes (on each side), close (how many are closed at noon), rules ("five",
"stops", "natural"), and mode: "time" times every way of watching, "count" counts the manager's reads and calls,
"watch" only watches.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from AlgorithmImports import *

from bench.counting import SliceCount, counted
from bench.ways import RULES_OF, Scene, Timing
from spread_manager import SpreadManager


class Watching(QCAlgorithm):
    """Opens N verticals at 10:00 and then only watches; the long leg of one can be the short leg of another."""

    def initialize(self) -> None:
        """Subscribe to the contracts of the benchmark market."""
        first = datetime(2025, 2, 3)
        last = first + timedelta(days=int(self.get_parameter("days", "1")) - 1)
        self.set_start_date(first.year, first.month, first.day)
        self.set_end_date(last.year, last.month, last.day)
        self.set_cash(10_000_000)
        self.portfolio.set_positions(SecurityPositionGroupModel.NULL)
        index = self.add_index("SPX", Resolution.MINUTE)
        option = self.add_index_option(index.symbol, "SPXW", Resolution.MINUTE)
        strikes = int(self.get_parameter("strikes", "500"))
        option.set_filter(lambda u: u.include_weeklys().strikes(-strikes, strikes).expiration(0, 60))
        self._canonical = option.symbol
        self._wanted, self._closing = int(self.get_parameter("spreads", "1")), int(self.get_parameter("close", "0"))
        self._rules = RULES_OF[self.get_parameter("rules", "five")]
        self._mode = self.get_parameter("mode", "time")
        self._opened_at: datetime | None = None
        self._scene: Scene | None = None
        self.spreads = SpreadManager(self)
        self.timing = Timing()
        self.counts: list[SliceCount] = []

    def on_data(self, slice: Slice) -> None:
        """Open once, wait for the fills, and measure every slice from then on."""
        now = self.time
        if self._opened_at is None:
            self.spreads.on_data(slice)
            if (now.hour, now.minute) == (10, 0):
                self._opened_at = now
                self._open(slice)
            return
        if self._closing and (now.hour, now.minute) == (12, 0):
            for spread_id in list(self.spreads.book.spreads)[: self._closing]:
                self.spreads.book.close(spread_id, "hand", "to measure", now)
        if self._mode == "watch" or now < self._opened_at + timedelta(minutes=2):
            self.spreads.on_data(slice)
        elif self._mode == "count":
            self.counts.append(counted(self.spreads, slice, now))
        else:
            if self._scene is None:
                self._scene = self._make_scene(slice)
            self.timing.slice(self._scene, now)

    def on_end_of_algorithm(self) -> None:
        """Log what was measured: in LEAN the log is all there is to see."""
        for way, found in self.timing.per_spread(self._wanted).items() if self.timing.slices else ():
            self.log(f"{way}: {found['median_us']:.2f} / {found['mean_cpu_us']:.2f} us a spread, N={self._wanted}")

    def _open(self, slice: Slice) -> None:
        chain = slice.option_chains.get(self._canonical)
        expiry = max(contract.expiry for contract in chain)
        strikes = sorted({contract.strike for contract in chain})
        near = min(range(len(strikes)), key=lambda place: abs(strikes[place] - chain.underlying.price))
        pairs: list[tuple[str, float, float]] = []
        for width in (2, 1):
            for step in range(len(strikes)):
                for side, sign in (("call", 1), ("put", -1)):
                    short, long = near + sign * step, near + sign * (step + width)
                    if min(short, long) >= 0 and max(short, long) < len(strikes):
                        pairs.append((side, strikes[short], strikes[long]))
        for side, short_strike, long_strike in pairs[: self._wanted]:
            make = OptionStrategies.bear_call_spread if side == "call" else OptionStrategies.bull_put_spread
            tickets = self.buy(make(self._canonical, short_strike, long_strike, expiry), 1, False, "measured")
            self.spreads.register(tickets, self._rules)

    def _make_scene(self, slice: Slice) -> Scene:
        spreads = self.spreads.book.open_spreads()
        by_id = {str(security.symbol.id): security for security in self.securities.values()}
        pairs = [(by_id[spread.legs[0].key], by_id[spread.legs[1].key]) for spread in spreads]
        if len(pairs) != self._wanted or any(spread.legs[0].ratio > 0 for spread in spreads):
            raise RuntimeError(f"{len(pairs)} of {self._wanted} spreads are open with the short leg first")
        symbols = [(short.symbol, long.symbol) for short, long in pairs]
        terms = [spread.terms() for spread in spreads]
        return Scene(lambda now: self.spreads.on_data(slice), pairs, symbols, self.portfolio, terms, self.time)
