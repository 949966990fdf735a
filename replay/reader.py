"""LEAN's zip files of bars: where they lie, what their members are called, and their rows as columns.

Paths and member names follow LEAN's LeanData (GenerateRelativeZipFilePath, GenerateZipEntryName). A file that is not
there is no error: LEAN goes on without it. A file that cannot be read raises DataError.
"""

from __future__ import annotations

import zipfile
import zlib
from datetime import date as calendar_date
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from replay.clock import DAY_MS, MINUTE_MS, to_ms
from replay.columns import Columns, OpenInterestColumns, QuoteColumns, TradeColumns
from replay.enums import Resolution, SecurityType, TickType
from replay.errors import DataError, Unsupported
from replay.prices import PRICE_UNIT
from replay.shared import SharedBars
from replay.symbol import Symbol
from replay.timezones import TimeZone

_FOLDERS = {
    SecurityType.EQUITY: "equity",
    SecurityType.OPTION: "option",
    SecurityType.INDEX: "index",
    SecurityType.INDEX_OPTION: "indexoption",
}
_TICK_NAMES = {TickType.TRADE: "trade", TickType.QUOTE: "quote", TickType.OPEN_INTEREST: "openinterest"}
_KINDS: dict[TickType, type[Columns]] = {
    TickType.TRADE: TradeColumns,
    TickType.QUOTE: QuoteColumns,
    TickType.OPEN_INTEREST: OpenInterestColumns,
}
_PERIOD_MS = {
    Resolution.SECOND: 1000,
    Resolution.MINUTE: MINUTE_MS,
    Resolution.HOUR: 60 * MINUTE_MS,
    Resolution.DAILY: DAY_MS,
}
_MEND = "replace the file or delete it; without it the day has no data"


def file_ticker(symbol: Symbol) -> str:
    """The ticker in paths: the underlying's for equity options, the root for index options, else its own."""
    if symbol.security_type == SecurityType.OPTION and symbol.underlying is not None:
        return symbol.underlying.value.lower()
    return (symbol.id.symbol if symbol.underlying is not None else symbol.value).lower()


def zip_path(root: Path, symbol: Symbol, resolution: Resolution, tick_type: TickType, day: calendar_date) -> Path:
    """The file that holds a symbol's bars of a day; for an hour or daily resolution of the year, or of all years."""
    ticker = file_ticker(symbol)
    kind = _FOLDERS.get(symbol.security_type)
    if kind is None:
        raise Unsupported(f"data of security type {symbol.security_type}")
    folder = root / kind / symbol.id.market / str(resolution).lower()
    suffix = _TICK_NAMES[tick_type]
    style = f"_{symbol.id.option_style!s}".lower() if symbol.underlying is not None else ""
    if resolution in (Resolution.HOUR, Resolution.DAILY):
        return folder / (f"{ticker}_{day.year}_{suffix}{style}.zip" if style else f"{ticker}.zip")
    return folder / ticker / f"{day:%Y%m%d}_{suffix}{style}.zip"


def member_name(
    symbol: Symbol, resolution: Resolution, tick_type: TickType, day: calendar_date, ticker: str | None = None
) -> str:
    """The name of a symbol's member in its zip; ``ticker`` is the one of that day when it was another."""
    ticker, suffix = ticker or file_ticker(symbol), _TICK_NAMES[tick_type]
    coarse = resolution in (Resolution.HOUR, Resolution.DAILY)
    if symbol.underlying is None:
        return f"{ticker}.csv" if coarse else f"{day:%Y%m%d}_{ticker}_{str(resolution).lower()}_{suffix}.csv"
    sid = symbol.id
    contract = f"{sid.option_style}_{sid.option_right}_{int(sid.strike_decimal * 10_000)}_{sid.date:%Y%m%d}.csv".lower()
    return f"{_prefix(ticker, resolution, suffix, day)}{contract}"


def _prefix(ticker: str, resolution: Resolution, suffix: str, day: calendar_date) -> str:
    if resolution in (Resolution.HOUR, Resolution.DAILY):
        return f"{ticker}_{suffix}_"
    return f"{day:%Y%m%d}_{ticker}_{str(resolution).lower()}_{suffix}_"


class BarFile:
    """One open zip of bars. ``columns`` decodes one symbol's member, ``first_end`` only its first row."""

    def __init__(
        self,
        path: Path,
        example: Symbol,
        resolution: Resolution,
        tick_type: TickType,
        day: calendar_date,
        data_zone: TimeZone,
    ) -> None:
        """``example`` is any symbol whose bars are in the file, under the ticker of that day; ``data_zone`` the zone of
        its times.
        """
        self.path = path
        self.resolution, self.tick_type, self.day = resolution, tick_type, day
        self.shared: SharedBars | None = None
        self._kind = _KINDS[tick_type]
        self._ticker = file_ticker(example)
        self._unit = Decimal(1) if example.security_type == SecurityType.INDEX else PRICE_UNIT
        self._period = _PERIOD_MS[resolution] if tick_type != TickType.OPEN_INTEREST else 0
        self._zone = data_zone
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise DataError(path, f"is no readable zip file ({error})", mend=_MEND) from error
        self._check_names(example)
        midnight = datetime(day.year, day.month, day.day)
        start, following = data_zone.to_utc(midnight), data_zone.to_utc(midnight + timedelta(days=1))
        self._base = to_ms(start) if following - start == timedelta(days=1) else None

    def _check_names(self, example: Symbol) -> None:
        names = self._zip.NameToInfo
        if not names:
            return
        suffix = _TICK_NAMES[self.tick_type]
        wanted = member_name(example, self.resolution, self.tick_type, self.day)
        if example.underlying is not None:
            wanted = _prefix(file_ticker(example), self.resolution, suffix, self.day)
        if not any(name.startswith(wanted) for name in names):
            raise DataError(
                self.path,
                f"no member is named {wanted}{'...' if example.underlying is not None else ''}",
                member=next(iter(names)),
                mend="rename the members as LEAN does; it would not see them either",
            )

    def __contains__(self, symbol: Symbol) -> bool:
        return self._name(symbol) in self._zip.NameToInfo

    def _name(self, symbol: Symbol) -> str:
        return member_name(symbol, self.resolution, self.tick_type, self.day, self._ticker)

    def names(self) -> list[str]:
        """The members of the file."""
        return list(self._zip.NameToInfo)

    def close(self) -> None:
        """Give the file back."""
        self._zip.close()

    def first_end(self, symbol: Symbol) -> int | None:
        """End of the symbol's first bar (UTC ms) from its first row alone; None when it has no row."""
        name = self._name(symbol)
        if name not in self._zip.NameToInfo:
            return None
        try:
            with self._zip.open(name) as stream:
                head = stream.read(24)
        except (zipfile.BadZipFile, OSError, zlib.error, NotImplementedError, RuntimeError) as error:
            raise DataError(self.path, f"cannot be unpacked ({error})", member=name, mend=_MEND) from error
        cell = head.split(b",", 1)[0].strip()
        return self._ends([cell], name)[0] if cell else None

    def columns(self, symbol: Symbol) -> Columns | None:
        """The symbol's rows; None when it has no member or no row."""
        name = self._name(symbol)
        key = (self.path, name)
        if self.shared is not None and key in self.shared:
            return self.shared.get(key)
        if name not in self._zip.NameToInfo:
            return None
        try:
            raw = self._zip.read(name)
        except (zipfile.BadZipFile, OSError, zlib.error, NotImplementedError, RuntimeError) as error:
            raise DataError(self.path, f"cannot be unpacked ({error})", member=name, mend=_MEND) from error
        found = self._decode(raw, name)
        if self.shared is not None:
            self.shared.keep(key, found, len(raw))
        return found

    def _decode(self, raw: bytes, name: str) -> Columns | None:
        raw = raw.replace(b"\r", b"").strip(b"\n")
        if not raw:
            return None
        width = len(self._kind.fields) + 1
        lines = raw.split(b"\n")
        if any(line.count(b",") != width - 1 for line in lines):
            lines = self._whole_lines(lines, width, name)
        ends = self._ends([line.partition(b",")[0] for line in lines], name)
        return self._kind(lines, ends, self._unit, (str(self.path), name))

    def _whole_lines(self, lines: list[bytes], width: int, name: str) -> list[bytes]:
        """Rows of unequal length: surplus cells are ignored as LEAN does, blank lines too."""
        whole: list[bytes] = []
        for row, line in enumerate(lines, 1):
            if not line:
                continue
            found = line.split(b",")
            if len(found) < width:
                raise DataError(
                    self.path,
                    f"has {len(found)} cells, {width} are needed",
                    member=name,
                    row=row,
                    mend=f"the columns are time, {', '.join(self._kind.fields)}",
                )
            whole.append(b",".join(found[:width]))
        return whole

    def _ends(self, cells: list[bytes], name: str) -> list[int]:
        ends: list[int] = []
        try:
            if self.resolution in (Resolution.HOUR, Resolution.DAILY):
                ends = [self._coarse(cell) for cell in cells]
            elif self._base is not None:
                shift = self._base + self._period
                ends = [int(cell) + shift for cell in cells]
            else:
                ends = [self._over_clock_change(int(cell)) for cell in cells]
        except ValueError:
            ends = []
        if len(ends) != len(cells) or any(later <= sooner for sooner, later in pairwise(ends)):
            self._explain(cells, ends, name)
        return ends

    def _explain(self, cells: list[bytes], ends: list[int], name: str) -> None:
        coarse = self.resolution in (Resolution.HOUR, Resolution.DAILY)
        form = "YYYYMMDD HH:MM" if coarse else "milliseconds since midnight"
        for row, cell in enumerate(cells, 1):
            try:
                _ = self._coarse(cell) if coarse else int(cell)
            except ValueError as error:
                raise DataError(
                    self.path, f"{cell!r} is no time ({form})", member=name, row=row, field="time", mend=_MEND
                ) from error
            if 1 < row <= len(ends) and ends[row - 1] <= ends[row - 2]:
                raise DataError(
                    self.path,
                    f"{cell.decode()} is not later than the row before",
                    member=name,
                    row=row,
                    field="time",
                    mend="sort the rows by time and keep one per bar",
                )

    def _over_clock_change(self, ms: int) -> int:
        midnight = datetime(self.day.year, self.day.month, self.day.day)
        return to_ms(self._zone.to_utc(midnight + timedelta(milliseconds=ms))) + self._period

    def _coarse(self, cell: bytes) -> int:
        text = cell.decode()
        if len(text) != 14:
            raise ValueError(text)
        local = datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[9:11]), int(text[12:14]))
        return to_ms(self._zone.to_utc(local)) + self._period


def open_bars(
    root: Path,
    symbol: Symbol,
    resolution: Resolution,
    tick_type: TickType,
    day: calendar_date,
    data_zone: TimeZone,
) -> BarFile | None:
    """The zip with a symbol's bars of a day, or None when the data folder has none."""
    path = zip_path(root, symbol, resolution, tick_type, day)
    return BarFile(path, symbol, resolution, tick_type, day, data_zone) if path.is_file() else None
