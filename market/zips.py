"""Minutes as zips of CSV, the same bytes every time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from market.dice import Integers
from market.quotes import Book, Flags
from market.sessions import OPEN_MINUTE

OPEN_MS = OPEN_MINUTE * 60_000
"""The open in milliseconds since midnight, New York."""


def write_zip(path: Path, members: Mapping[str, str]) -> None:
    """Write the members in the given order, with a fixed time stamp and no trace of the machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 0, 0
            archive.writestr(entry, text.encode("ascii"), zipfile.ZIP_DEFLATED, 6)


def write_text(path: Path, lines: Iterable[str]) -> None:
    """Write lines ended by a line feed on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))


def quote_rows(book: Book, column: int, due: Flags) -> str:
    """One contract's quote rows, those that are due; a minute opens where the last row closed."""
    at = np.flatnonzero(due[:, column])
    if not len(at):
        return ""
    bids, asks = book.bid[at, column], book.ask[at, column]
    columns = (OPEN_MS + at * 60_000, *_bar(bids), book.bid_size[at, column], *_bar(asks), book.ask_size[at, column])
    rows = [
        _ROW % row if row[4] else _ROW_WITHOUT_BID % (row[0], *row[6:])
        for row in zip(*(c.tolist() for c in columns), strict=True)
    ]
    return "".join(rows)


_ROW = "%d," * 10 + "%d\n"
_ROW_WITHOUT_BID = "%d,,,,,0," + "%d," * 4 + "%d\n"


def _bar(closes: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Open, high, low, close; the open is the last close, or this one when there was none."""
    opens = np.concatenate((closes[:1], closes[:-1]))
    opens = np.where(opens == 0, closes, opens)
    return opens, np.maximum(opens, closes), np.minimum(opens, closes), closes


def trade_rows(where: Flags, price: Integers, volume: Integers, column: int) -> str:
    """One contract's prints, each a bar of one price."""
    at = np.flatnonzero(where[:, column])
    cells = zip((OPEN_MS + at * 60_000).tolist(), price[at, column].tolist(), volume[at, column].tolist(), strict=True)
    return "".join(f"{ms},{p},{p},{p},{p},{v}\n" for ms, p, v in cells)
