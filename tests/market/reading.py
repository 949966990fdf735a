"""Reads a market's files with the standard library only, as another program would."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Quote:
    bid: int
    ask: int
    bid_size: int
    ask_size: int


@dataclass(frozen=True)
class Name:
    right: str
    strike: int
    expiry: dt.date


def rows(path: Path, member: str | None = None) -> Iterator[tuple[str, list[list[str]]]]:
    with zipfile.ZipFile(path) as archive:
        for name in [member] if member else archive.namelist():
            yield name, list(csv.reader(archive.read(name).decode().splitlines()))


def minute(ms: str) -> int:
    return (int(ms) - 34_200_000) // 60_000


def contract(member: str) -> Name:
    parts = member[:-4].split("_")
    expiry = dt.datetime.strptime(parts[7], "%Y%m%d").date()
    return Name(parts[5][0].upper(), int(parts[6]) // 10_000, expiry)


def option_file(root: Path, day: dt.date, kind: str) -> Path:
    return root / f"indexoption/usa/minute/spxw/{day:%Y%m%d}_{kind}_european.zip"


def quotes(root: Path, day: dt.date, right: str, strike: int, expiry: dt.date | None = None) -> dict[int, Quote]:
    """Rows by minute since the open, prices in e4, 0 for a missing side."""
    name = "call" if right == "C" else "put"
    member = f"{day:%Y%m%d}_spxw_minute_quote_european_{name}_{strike * 10_000}_{expiry or day:%Y%m%d}.csv"
    (_, found), *_ = rows(option_file(root, day, "quote"), member)
    return {minute(r[0]): Quote(int(r[4] or 0), int(r[9] or 0), int(r[5] or 0), int(r[10] or 0)) for r in found}


def filled(by_minute: dict[int, Quote], minutes: int) -> list[Quote | None]:
    """The quote known at the end of each minute."""
    last, out = None, []
    for m in range(minutes):
        last = by_minute.get(m, last)
        out.append(last)
    return out


def index_closes(root: Path, day: dt.date) -> dict[int, float]:
    (_, found), *_ = rows(root / f"index/usa/minute/spx/{day:%Y%m%d}_trade.zip")
    return {(int(r[0]) - 30_600_000) // 60_000: float(r[4]) for r in found}


def debits(root: Path, day: dt.date, right: str, short: int, long: int, minutes: int) -> list[int | None]:
    """Natural debit of a vertical in e4 at the end of each minute: ask of the short minus bid of the long."""
    pair = (filled(quotes(root, day, right, strike), minutes) for strike in (short, long))
    return [s.ask - g.bid if s and g else None for s, g in zip(*pair, strict=True)]


def credit(root: Path, day: dt.date, right: str, short: int, long: int, at: int) -> int:
    """Natural credit of a vertical in e4 with the bar that starts at `at`: bid of the short minus ask of the long."""
    s, g = (filled(quotes(root, day, right, strike), at + 1)[at] for strike in (short, long))
    assert s and g
    return s.bid - g.ask
