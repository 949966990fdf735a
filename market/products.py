"""The two kinds of option made here: weeklies on an index, and options on a stock that does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from market.pricing import EQUITY, INDEX, Surface
from market.quotes import EQUITY_TICKS, INDEX_TICKS, Ticks
from market.scenarios import GRID
from market.sessions import INDEX_OPTION_EXTRA


@dataclass(frozen=True, slots=True)
class Product:
    """What options on one underlying have in common."""

    ticker: str
    """In file names, lower case: the option root of an index, the underlying of a stock."""
    kind: str
    style: str
    surface: Surface
    ticks: Ticks
    step: int
    """Between strikes, e4."""
    longest: int
    """Calendar days to the farthest expiry."""
    weekly: bool
    """Whether only the last session of a week is an expiry, instead of each session."""
    extra: int
    """Minutes they trade on after the stock exchange's close, unless they expire."""

    @property
    def minutes(self) -> Path:
        """Folder of the minute zips."""
        return Path(self.kind) / "usa/minute" / self.ticker

    @property
    def universes(self) -> Path:
        """Folder of the universe files."""
        return Path(self.kind) / "usa/universes" / self.ticker

    def member(self, stamp: str, kind: str, right: str, strike: int, expiry: str) -> str:
        """Name of a contract's rows inside a zip."""
        side = "call" if right == "C" else "put"
        return f"{stamp}_{self.ticker}_minute_{kind}_{self.style}_{side}_{strike}_{expiry}.csv"


SPXW = Product(
    "spxw", "indexoption", "european", INDEX, INDEX_TICKS, GRID * 10_000, 5, weekly=False, extra=INDEX_OPTION_EXTRA
)
XYZ = Product("xyz", "option", "american", EQUITY, EQUITY_TICKS, 25_000, 11, weekly=True, extra=0)
XYZ_REACH = 200_000
"""How far XYZ's strikes go from the last close, e4."""
