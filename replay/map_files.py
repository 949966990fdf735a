"""Map files: which ticker an equity traded under when; LEAN's MapFileResolver says which file serves a ticker."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import datetime, time
from pathlib import Path

from replay.enums import Market, SecurityType
from replay.errors import DataError
from replay.symbol import SecurityIdentifier, Symbol

FAR_FUTURE = calendar_date(2050, 12, 31)
"""The date of the last row of an equity that still trades."""


@dataclass(frozen=True)
class MapFile:
    """One equity's tickers: each row holds the last date its ticker was used; the first row holds the listing date."""

    permanent_ticker: str
    rows: tuple[tuple[calendar_date, str], ...]

    @property
    def first_date(self) -> calendar_date:
        """The first date the equity traded."""
        return self.rows[0][0]

    @property
    def first_ticker(self) -> str:
        """The ticker it was listed under; a numbering suffix such as ``.1`` is dropped."""
        ticker = self.ticker_on(self.first_date)
        stem, dot, number = ticker.rpartition(".")
        return stem if dot and stem and number.isdigit() else ticker

    @property
    def delisting_date(self) -> calendar_date:
        """The last date of the last ticker; FAR_FUTURE while it still trades."""
        return self.rows[-1][0]

    def ticker_on(self, day: calendar_date) -> str:
        """The ticker in use on a date; the empty text after the delisting."""
        position = bisect_left(self.rows, (day, ""))
        return self.rows[position][1] if position < len(self.rows) else ""

    def renames(self) -> list[tuple[calendar_date, str, str]]:
        """(last date of the old ticker, old, new) for every rename."""
        steps = zip(self.rows, self.rows[1:], strict=False)
        return [(day, old, new) for (day, old), (_, new) in steps if old != new]


class MapFiles:
    """The map files of a data folder; a folder without any is fine, tickers then stand for themselves."""

    def __init__(self, root: Path, today: calendar_date) -> None:
        """``today`` settles which equity is meant when several used a ticker; LEAN takes the day of the run."""
        self._root = root
        self._today = today
        self._files: dict[Path, MapFile | None] = {}
        self._found: dict[tuple[str, str], MapFile | None] = {}
        self._by_id: dict[SecurityIdentifier, MapFile | None] = {}

    def resolve(self, ticker: str, market: str = Market.USA) -> MapFile | None:
        """The file of the equity known as ``ticker`` today; None without one."""
        key = (ticker.upper(), market)
        if key not in self._found:
            self._found[key] = self._search(key[0], self._root / "equity" / market / "map_files")
        return self._found[key]

    def of(self, symbol: Symbol) -> MapFile | None:
        """The file of an equity, or of an option's underlying; None without one and for indices."""
        base = symbol.underlying or symbol
        if base.security_type != SecurityType.EQUITY:
            return None
        if base.id not in self._by_id:
            self._by_id[base.id] = self.resolve(base.value, base.id.market)
        return self._by_id[base.id]

    def on(self, symbol: Symbol, day: calendar_date) -> Symbol:
        """The symbol under the ticker of a date, as data files of that date name it."""
        file = self.of(symbol)
        ticker = file.ticker_on(calendar_date.fromordinal(day.toordinal())) if file is not None else ""
        if not ticker or ticker == (symbol.underlying or symbol).value:
            return symbol
        return symbol.with_ticker(ticker)

    def first(self, ticker: str, market: str) -> tuple[str, datetime] | None:
        """First ticker and first date of an equity, as its identifier holds them; None without a map file."""
        found = self.resolve(ticker, market)
        return (found.first_ticker, datetime.combine(found.first_date, time())) if found else None

    def _search(self, ticker: str, folder: Path) -> MapFile | None:
        own = self._read(folder / f"{ticker.lower()}.csv")
        if own is not None and own.rows[-1][1] == ticker and own.delisting_date >= self._today:
            return own
        used: dict[calendar_date, MapFile] = {}
        for path in sorted(folder.glob("*.csv")):
            file = self._read(path)
            for day, name in file.rows if file is not None else ():
                if name == ticker and file is not None:
                    used.setdefault(day, file)
        days = sorted(used)
        if days:
            position = min(bisect_left(days, self._today), len(days) - 1)
            own = used[days[position]]
        return own if own is not None and own.first_date <= self._today else None

    def _read(self, path: Path) -> MapFile | None:
        if path not in self._files:
            self._files[path] = _parse(path) if path.is_file() else None
        return self._files[path]


def _parse(path: Path) -> MapFile | None:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", mend="replace or delete the file") from error
    rows: list[tuple[calendar_date, str]] = []
    for number, line in enumerate(lines, 1):
        cells = line.split(",")
        if not line.strip():
            continue
        try:
            day = datetime.strptime(cells[0].strip(), "%Y%m%d").date()
            ticker = cells[1].strip().upper()
        except (ValueError, IndexError) as error:
            raise DataError(
                path, f"{line!r} is no row", row=number, mend="a row is YYYYMMDD,ticker[,exchange], the last date of it"
            ) from error
        if (day, ticker) not in rows:
            rows.append((day, ticker))
    rows.sort(key=lambda row: row[0])
    return MapFile(path.stem.upper(), tuple(rows)) if rows else None
