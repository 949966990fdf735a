"""The data folder of a run: exchange hours, symbol properties, and the zip files of bars, each opened once."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime
from pathlib import Path

from replay.bar_ends import BarEnds
from replay.clock import to_ms
from replay.enums import Resolution, TickType
from replay.factor_files import FactorFiles
from replay.hours import ExchangeHours
from replay.hours_database import MarketHoursDatabase
from replay.map_files import MapFiles
from replay.properties import SymbolProperties, SymbolPropertiesDatabase
from replay.reader import BarFile, open_bars
from replay.shared import SharedBars
from replay.symbol import Symbol
from replay.timezones import TimeZone
from replay.timing import COARSE

_FILES_KEPT_OPEN = 24


class Store:
    """Files below ``root``; zip files stay open for a while because every contract of a day lives in the same one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shared: SharedBars | None = None
        self.maps = MapFiles(root, date.today())
        self.factors = FactorFiles(root)
        self._hours = MarketHoursDatabase(root / "market-hours" / "market-hours-database.json")
        self._properties = SymbolPropertiesDatabase(root / "symbol-properties" / "symbol-properties-database.csv")
        self._files: OrderedDict[tuple[Symbol, Resolution, TickType, date], BarFile | None] = OrderedDict()
        self._midnights: dict[tuple[TimeZone, date], int] = {}
        self._bar_ends: dict[tuple[int, Resolution, bool, bool], BarEnds] = {}
        self._hours_of: dict[Symbol, ExchangeHours] = {}
        self.looked_for: dict[tuple[Symbol, TickType], dict[date, bool]] = {}

    def hours(self, symbol: Symbol) -> ExchangeHours:
        """Exchange hours of a symbol; contracts of one chain share them."""
        key = symbol.canonical if symbol.has_underlying else symbol
        found = self._hours_of.get(key)
        if found is None:
            found = self._hours_of[key] = self._hours.of(symbol)
        return found

    def bar_ends(self, symbol: Symbol, resolution: Resolution, extended: bool, strict: bool) -> BarEnds | None:
        """When a symbol's hour or daily bars end; None for finer bars. ``strict``: daily bars end at the close."""
        if resolution not in COARSE:
            return None
        hours = self.hours(symbol)
        key = (id(hours), resolution, extended, strict)
        if key not in self._bar_ends:
            self._bar_ends[key] = BarEnds(hours, resolution, extended, strict)
        return self._bar_ends[key]

    def properties(self, symbol: Symbol) -> SymbolProperties:
        """Symbol properties of a symbol."""
        return self._properties.of(symbol)

    def bars(self, symbol: Symbol, resolution: Resolution, kind: TickType, day: date) -> BarFile | None:
        """The open zip with a symbol's bars of a day; None when the folder has none."""
        symbol = self.maps.on(symbol, day)
        key = (symbol.canonical if symbol.has_underlying else symbol, resolution, kind, day)
        if key in self._files:
            self._files.move_to_end(key)
            return self._files[key]
        found = open_bars(self.root, symbol, resolution, kind, day, self.hours(symbol).data_time_zone)
        self.looked_for.setdefault((key[0], kind), {})[day] = found is not None
        if found is not None:
            found.shared = self.shared
        self._files[key] = found
        while len(self._files) > _FILES_KEPT_OPEN:
            _, old = self._files.popitem(last=False)
            if old is not None:
                old.close()
        return found

    def close(self) -> None:
        """Give all files back."""
        for file in self._files.values():
            if file is not None:
                file.close()
        self._files.clear()

    def midnight_ms(self, zone: TimeZone, day: date) -> int:
        """UTC milliseconds of a date's midnight in a zone."""
        found = self._midnights.get((zone, day))
        if found is None:
            found = to_ms(zone.to_utc(datetime(day.year, day.month, day.day)))
            self._midnights[zone, day] = found
        return found
