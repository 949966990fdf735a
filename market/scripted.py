"""The scripted days as files: the index's and, where a scenario has it, the stock's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from market.chain import contracts_of, listed
from market.days import Day, index_days, stock_days
from market.generate import Progress, Settings
from market.options import write_chain
from market.products import SPXW, XYZ, XYZ_REACH, Product
from market.scenarios import START_SPOT, START_STOCK
from market.sessions import sessions
from market.static import write_static
from market.underlyings import write_index, write_stock
from market.universe import Eve, write_universe


def write_market(root: Path, settings: Settings, progress: Progress) -> None:
    """Write the scenario days chosen."""
    write_static(root, sessions())
    chosen = settings.chosen()
    index = Writer(root, SPXW, index_days(settings.seed), START_SPOT, settings.reach * 10_000, settings.seed)
    stock = Writer(root, XYZ, stock_days(settings.seed), START_STOCK, XYZ_REACH, settings.seed)
    for done, scenario in enumerate(chosen):
        progress(done, len(chosen), f"{scenario.date} {scenario.name}")
        write_index(root, index.write(scenario.date))
        if scenario.equity:
            write_stock(root, stock.write(scenario.date), settings.seed)
    progress(len(chosen), len(chosen), "")


class Writer:
    """Writes days of one product's options out of all scripted days, with the universe files around each.

    `start` is the underlying's close before the first of `days` in cents, `reach` how far strikes go in e4.
    """

    def __init__(self, root: Path, product: Product, days: Sequence[Day], start: int, reach: int, seed: int) -> None:
        self._root, self._product, self._reach, self._seed = root, product, reach, seed
        self._days = {day.date: day for day in days}
        first = sessions().previous(days[0].date)
        self._eves = {first: Eve(first, (start,) * 4)} | {day.date: day.eve for day in days}
        self._closes = {date: eve.prices[3] for date, eve in self._eves.items()}
        self._universes: set[dt.date] = set()

    def write(self, date: dt.date) -> Day:
        """Write a day's options, the universe that serves it and the one that follows; returns the day."""
        chain = listed(self._product, sessions(), self._closes, date, self._reach)
        write_chain(self._root, self._product, self._days[date], chain, self._seed)
        for eve in {sessions().previous(date), date} - self._universes:
            self._write_universe(eve)
        return self._days[date]

    def _write_universe(self, eve: dt.date) -> None:
        chain = listed(self._product, sessions(), self._closes, sessions().next(eve), self._reach)
        folder, surface = self._root / self._product.universes, self._product.surface
        write_universe(folder, sessions(), self._eves[eve], contracts_of(chain), surface, self._seed)
        self._universes.add(eve)
