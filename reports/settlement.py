"""What a spread would have cost at expiry, had it been held: from the run itself, else from a data folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from spreads.legs import Leg, Right, debit_at_expiry

from .records import LegFacts, Story

REGULAR_CLOSE = {"equity": "16:00:00", "index": "15:15:00"}
PRICE_SCALE = {"equity": 1, "index": 10_000}  # file prices to ticks: equities are stored in ticks already
HOURS_KEY = {"equity": "Equity-usa-[*]", "index": "Index-usa-[*]"}


@dataclass(frozen=True, slots=True)
class Held:
    """Cost at expiry in ticks per share, and where the figure comes from; None when it is not known."""

    debit: int | None
    source: str


@dataclass(slots=True)
class Settlement:
    """Answers what a spread would have cost at expiry.

    Args:
        data_folder: A LEAN data folder whose underlying prices may be used; None = the journal only.
    """

    data_folder: Path | None = None
    _closes: dict[tuple[str, date], int | None] = field(default_factory=dict)

    def of(self, story: Story) -> Held:
        """The cost at expiry of one spread."""
        outcome, whatif = story.outcome, story.whatif
        if outcome is not None and outcome.state == "settled" and outcome.exit_debit is not None:
            return Held(outcome.exit_debit, "it was held to expiry")
        if whatif is not None:
            if whatif.underlying is not None:
                return Held(debit_at_expiry(_legs(story), whatif.underlying), "the journal")
            if whatif.settle and all(leg.name in whatif.settle for leg in story.legs):
                return Held(-sum(leg.ratio * whatif.settle[leg.name] for leg in story.legs), "the journal")
        if self.data_folder is None:
            return Held(None, "the journal does not say; give --data-folder")
        if story.expiry is None:
            return Held(None, "it has no expiry")
        if len({leg.expiry for leg in story.legs}) > 1:
            return Held(None, "its legs expire on different days")
        close = self._close(story.legs[0], story.expiry)
        if close is None:
            return Held(None, f"no underlying price of {story.expiry} in the data folder")
        return Held(debit_at_expiry(_legs(story), close), "the last underlying price in the data folder")

    def _close(self, leg: LegFacts, day: date) -> int | None:
        key = (_underlying(leg), day)
        if key not in self._closes:
            self._closes[key] = self._read_close(leg, day)
        return self._closes[key]

    def _read_close(self, leg: LegFacts, day: date) -> int | None:
        assert self.data_folder is not None
        for kind, ticker in _files(leg):
            folder = self.data_folder / kind / "usa"
            until = _closing_ms(self.data_folder, kind, day)
            minutes = folder / "minute" / ticker / f"{day:%Y%m%d}_trade.zip"
            rows = [row for row in _rows(minutes) if int(row[0]) < until]
            if not rows:
                rows = [row for row in _rows(folder / "daily" / f"{ticker}.zip") if row[0].startswith(f"{day:%Y%m%d}")]
            if rows:
                return round(Decimal(rows[-1][4]) * PRICE_SCALE[kind])
        return None


def held_pnl(story: Story, held: Held) -> int | None:
    """P&L in 1/10000 dollars, had it been held to expiry: the entry's fees, none for the settlement."""
    if held.debit is None or story.credit is None:
        return None
    return story.money(story.credit - held.debit) - story.entry_fees


def _legs(story: Story) -> list[Leg]:
    return [Leg(leg.key, leg.ratio, Right(leg.right), leg.strike, leg.expiry, leg.name) for leg in story.legs]


def _underlying(leg: LegFacts) -> str:
    # An option's identifier text ends with "|" and its underlying's: ticker, blank, code.
    tail = leg.key.partition("|")[2] or leg.key
    return tail.split()[0].lower() if tail.split() else ""


def _files(leg: LegFacts) -> Iterator[tuple[str, str]]:
    # An equity's file has the ticker it traded under, which is the option's root; its identifier the first one ever.
    tickers = dict.fromkeys((_underlying(leg), leg.name.split()[0].lower() if leg.name.split() else ""))
    for kind in ("index", "equity"):
        for ticker in tickers:
            if ticker:
                yield kind, ticker


def _rows(path: Path) -> list[list[str]]:
    """Rows of the one member of a zip of trade bars; a file that cannot be read has none."""
    if not path.exists():
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode("ascii")
        rows = [line.split(",") for line in text.splitlines() if line.strip()]
        return [row for row in rows if len(row) >= 5 and Decimal(row[4]) > 0 and row[0][:8].isdigit()]
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, IndexError, InvalidOperation):
        return []


def _closing_ms(data_folder: Path, kind: str, day: date) -> int:
    """End of the regular session in milliseconds of the data's own day."""
    text = _early_closes(data_folder, kind).get(f"{day.month}/{day.day}/{day.year}", REGULAR_CLOSE[kind])
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


@cache
def _early_closes(data_folder: Path, kind: str) -> dict[str, str]:
    try:
        document = json.loads((data_folder / "market-hours" / "market-hours-database.json").read_text(encoding="utf-8"))
        return dict(document["entries"][HOURS_KEY[kind]].get("earlyCloses", {}))
    except (OSError, ValueError, KeyError):
        return {}
