"""``option_chain``: the chain of the last universe file, as the same kind of chain a slice has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.chain_frames import frame_of_chains
from replay.chains import OptionChain
from replay.enums import OPTION_TYPES, OptionRight, OptionStyle, Resolution, SecurityType
from replay.errors import ArgumentException, Unsupported
from replay.history_rows import start_of_periods
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.slices import DataDictionary
from replay.store import Store
from replay.symbol import Symbol
from replay.universe import ContractRow, FileGreeks, UniverseFile, open_universe
from replay.universe_history import trading_days

_TRIES = 3


class FileContract(LeanObject):
    """A contract of a universe file: bid, ask and last are the day's close, sizes are 0, the Greeks are the file's."""

    __slots__ = ("_multiplier", "_row")

    lean_name = "OptionContract"

    theoretical_price = 0.0
    bid_size = ask_size = 0

    def __init__(self, row: ContractRow, multiplier: Decimal) -> None:
        self._row, self._multiplier = row, multiplier

    symbol = property(lambda self: self._row.symbol)
    id = property(lambda self: self._row.symbol.id)
    expiry = property(lambda self: self._row.expiry)
    strike = property(lambda self: float(self._row.strike))
    scaled_strike = property(lambda self: float(self._row.strike * self._multiplier))
    last_price = property(lambda self: self._row.close)
    bid_price = last_price
    ask_price = last_price
    volume = property(lambda self: int(self._row.volume))
    open_interest = property(lambda self: self._row.open_interest)
    implied_volatility = property(lambda self: self._row.implied_volatility)
    time = property(lambda self: self._row.end_time)
    end_time = time
    underlying_symbol = property(lambda self: self._row.symbol.underlying)

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        return self._row.right

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        return self._row.symbol.id.option_style

    @property
    def greeks(self) -> FileGreeks:
        """The Greeks of the file; theta per year."""
        return self._row.greeks

    @property
    def underlying_last_price(self) -> float:
        """The underlying's close in the file; 0 when it has none."""
        return self._row.underlying.close if self._row.underlying else 0.0

    def __str__(self) -> str:
        return self._row.symbol.value


class FileChain(OptionChain):
    """The contracts of a universe file that have not expired on `time`'s date, by symbol text; none without a file."""

    lean_name = "OptionChain"

    def __init__(
        self, symbol: Symbol, time: datetime, file: UniverseFile | None, multiplier: Decimal, flatten: bool = False
    ) -> None:
        super().__init__(symbol, time, file.underlying if file else None)
        self._flatten = flatten
        living = [row for row in (file.rows if file else ()) if row.expiry.date() >= time.date()]
        for row in sorted(living, key=lambda row: row.symbol.value):
            self.add(FileContract(row, multiplier))

    @property
    def data_frame(self) -> Any:
        """One row per contract; only of a chain that was asked for with ``flatten=True``."""
        _needs_flatten(self._flatten)
        return super().data_frame


class FileChains(DataDictionary):
    """Several chains of universe files by canonical symbol; LEAN's OptionChains."""

    lean_name = "OptionChains"

    def __init__(self, chains: list[FileChain], flatten: bool = False) -> None:
        found = {chain.symbol: chain for chain in chains}
        super().__init__(found.get, lambda: list(found))
        self._flatten = flatten

    @property
    def data_frame(self) -> Any:
        """All chains, rows by (canonical, symbol)."""
        _needs_flatten(self._flatten)
        return frame_of_chains({chain.symbol: chain.data_frame for chain in self.values() if len(chain)})


def _needs_flatten(flatten: bool) -> None:
    if not flatten:
        raise Unsupported("data_frame of a chain asked without flatten=True", "add flatten=True")


def canonical_of(symbol: Symbol) -> Symbol:
    """The chain meant by an underlying, a contract or a canonical symbol."""
    if symbol.security_type in OPTION_TYPES:
        return symbol.canonical
    if symbol.security_type in (SecurityType.EQUITY, SecurityType.INDEX):
        return Symbol.create_canonical_option(symbol)
    raise ArgumentException(f"The symbol {symbol} is not an option or an underlying symbol.")


def option_chain(store: Store, symbol: Symbol, utc: datetime, flatten: bool = False) -> FileChain:
    """The chain as it was published last before a moment: LEAN looks back up to three sessions."""
    canonical = canonical_of(symbol)
    today = store.hours(canonical).time_zone.to_local(utc).replace(hour=0, minute=0, second=0, microsecond=0)
    multiplier = store.properties(canonical).exact.strike_multiplier
    return FileChain(canonical, today, _last_file(store, canonical, utc), multiplier, flatten)


def _last_file(store: Store, canonical: Symbol, utc: datetime) -> UniverseFile | None:
    hours = store.hours(canonical)
    for periods in range(1, _TRIES + 1):
        for day in _days_within(hours, utc, periods):
            file = open_universe(store.root, canonical, day)
            if file is not None and file.rows:
                return file
    return None


def contracts_listed(store: Store, symbol: Symbol, date: datetime) -> list[Symbol]:
    """Contracts listed at a moment in exchange time and not expired by its date, in the order of the file."""
    canonical = canonical_of(symbol)
    file = _last_file(store, canonical, store.hours(canonical).time_zone.to_utc(date))
    midnight = date.replace(hour=0, minute=0, second=0, microsecond=0)
    return [row.symbol for row in (file.rows if file is not None else ()) if row.expiry >= midnight]


def _days_within(hours: ExchangeHours, utc: datetime, periods: int) -> Iterator[datetime]:
    """Trading days whose file is known at a moment and not older than a number of sessions, oldest first."""
    return trading_days(hours, start_of_periods(hours, utc, Resolution.DAILY, periods, False, strict_daily=False), utc)
