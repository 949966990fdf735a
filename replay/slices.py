"""The slice an algorithm receives: every bar and chain is made when it is asked for.

A slice stands for one moment; it stays right when it is kept, because rows of the past can be read again.
Rules: LEAN's Common/Data/Slice.cs and Engine/DataFeeds/TimeSliceFactory.cs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

from replay.bars import Delisting, Dividend, QuoteBar, Split, SymbolChangedEvent, TradeBar
from replay.enums import SecurityType
from replay.errors import KeyNotFoundException, Unsupported
from replay.naming import LeanObject
from replay.symbol import Symbol, SymbolCache

_UNMADE = object()


class KeyValuePair(tuple[Any, Any]):
    """An item of a slice collection: ``key`` and ``value``, or a pair to unpack."""

    key = property(lambda self: self[0])
    value = property(lambda self: self[1])
    Key = key
    Value = value


def _text(symbol: Symbol) -> str:
    return symbol.value.upper()


class DataDictionary(LeanObject):
    """Items by symbol, made on first use. ``find`` gives one item or None, ``symbols`` the candidates.

    Keys, values and items stand in the order of the symbols' texts (DataDictionary.cs, Symbol.CompareTo).
    """

    time: datetime

    def __init__(self, find: Callable[[Symbol], Any], symbols: Callable[[], Iterable[Symbol]]) -> None:
        self._find = find
        self._symbols = symbols
        self._made: dict[Symbol, Any] = {}

    def _symbol(self, key: Any) -> Symbol | None:
        if isinstance(key, Symbol):
            return key
        if isinstance(key, str):
            return SymbolCache.find(key)
        return getattr(key, "symbol", None)

    def get(self, key: Any, default: Any = None) -> Any:
        """The item, or ``default`` (None) when there is none."""
        symbol = key if type(key) is Symbol else self._symbol(key)
        if symbol is None:
            return default
        found = self._made.get(symbol, _UNMADE)
        if found is _UNMADE:
            found = self._made[symbol] = self._find(symbol)
        return default if found is None else found

    get_value = get

    def __getitem__(self, key: Any) -> Any:
        found = self.get(key)
        if found is None:
            raise KeyNotFoundException(
                f"'{key}' wasn't found in the {type(self).__name__} object, likely because there was no-data at this "
                "moment in time and it wasn't possible to fillforward historical data. Please check the data exists "
                'before accessing it with data.contains_key("{key}")'
            )
        return found

    def __contains__(self, key: Any) -> bool:
        return self.get(key) is not None

    contains_key = __contains__

    def try_get_value(self, key: Any) -> tuple[bool, Any]:
        """(found, value)."""
        found = self.get(key)
        return found is not None, found

    def items(self) -> list[tuple[Symbol, Any]]:
        """Keys and values, in order."""
        found = [(symbol, self.get(symbol)) for symbol in sorted(self._symbols(), key=_text)]
        return [(symbol, item) for symbol, item in found if item is not None]

    def keys(self) -> list[Symbol]:
        """The keys, in order."""
        return [symbol for symbol, _ in self.items()]

    def values(self) -> list[Any]:
        """The values, in order."""
        return [item for _, item in self.items()]

    Keys = property(lambda self: self.keys())
    Values = property(lambda self: self.values())

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(pair) for pair in self.items()])

    def __len__(self) -> int:
        return len(self.items())

    count = property(lambda self: len(self.items()))

    def __bool__(self) -> bool:
        return bool(self.items())


class _Bars(DataDictionary):
    """Bars of one kind at one moment, read from the feed when they are asked for."""

    _kind = ""
    _make: type[QuoteBar | TradeBar]

    def __init__(self, run: Any, ms: int, only: frozenset[Symbol] | None) -> None:
        super().__init__(self._read, run.feed.symbols_in_order)
        self._run, self._ms, self._only = run, ms, only
        self._all: dict[Symbol, Any] | None = None

    def _read(self, symbol: Symbol) -> Any:
        security = self._run.securities.find(symbol)
        return None if security is None else next(self._shown([security]), None)

    def _shown(self, securities: Iterable[Any]) -> Iterator[Any]:
        """The bars of those securities that show one."""
        only, make, series_of = self._only, self._make, attrgetter(self._kind)
        streams = [
            (security, series)
            for security in securities
            if (series := series_of(security)) is not None and (only is None or security.symbol in only)
        ]
        for security, series, row, copied, end in self._run.feed.all_emitted(streams, self._ms):
            yield make(security.symbol, row, copied, end, series.period_at(end))

    def _everything(self) -> dict[Symbol, Any]:
        if self._all is None:
            made = self._made
            self._all = {bar.symbol: made.get(bar.symbol, bar) for bar in self._shown(self._run.feed.in_order())}
            made.update(self._all)
        return self._all

    def items(self) -> list[tuple[Symbol, Any]]:
        """Keys and values, in order."""
        return list(self._everything().items())

    def values(self) -> list[Any]:
        """The values, in order."""
        return list(self._everything().values())

    def __len__(self) -> int:
        return len(self._everything())


class QuoteBars(_Bars):
    """Quote bars by symbol."""

    _kind = "quote"
    _make = QuoteBar


class TradeBars(_Bars):
    """Trade bars by symbol."""

    _kind = "trade"
    _make = TradeBar


class OptionChains(DataDictionary):
    """Option chains by canonical symbol."""


class Slice(LeanObject):
    """All data of one moment, or what the securities ``only`` have of it; ``time`` is in the algorithm's zone."""

    def __init__(
        self,
        run: Any,
        utc: datetime,
        ms: int,
        events: dict[str, dict[Symbol, Any]],
        only: frozenset[Symbol] | None = None,
    ) -> None:
        self._run = run
        self._ms = ms
        self._only = only
        self.utc_time = utc
        self.time = run.time_zone.to_local(utc)
        self._bars: TradeBars | None = None
        self._quotes: QuoteBars | None = None
        self._chains: OptionChains | None = None
        self.delistings = ready(events.get("delistings", {}))
        self.splits = ready(events.get("splits", {}))
        self.dividends = ready(events.get("dividends", {}))
        self.symbol_changed_events = ready(events.get("symbol_changes", {}))

    def __str__(self) -> str:
        return "QuantConnect.Data.Slice"

    @property
    def has_data(self) -> bool:
        """Whether there is data; a delivered slice always has."""
        return True

    def covers(self, symbol: Symbol) -> bool:
        """Whether the data of a security belong to this slice."""
        return self._only is None or symbol in self._only

    def _subscribed(self) -> list[Symbol]:
        return sorted(self._run.feed.symbols_in_order(), key=_text)

    @property
    def quote_bars(self) -> QuoteBars:
        """Quote bars by symbol."""
        if self._quotes is None:
            self._quotes = QuoteBars(self._run, self._ms, self._only)
        return self._quotes

    @property
    def bars(self) -> TradeBars:
        """Trade bars by symbol."""
        if self._bars is None:
            self._bars = TradeBars(self._run, self._ms, self._only)
        return self._bars

    @property
    def option_chains(self) -> OptionChains:
        """Option chains by canonical symbol."""
        if self._chains is None:
            from replay.chains import slice_chain

            run, ms = self._run, self._ms
            self._chains = OptionChains(lambda symbol: slice_chain(run, self, symbol, ms), run.feed.canonicals)
        return self._chains

    @property
    def ticks(self) -> DataDictionary:
        """Always empty."""
        return ready({})

    def get(self, key: Any, default: Any = None) -> Any:
        """``get(TradeBar)`` gives the collection of a type, ``get(TradeBar, symbol)`` its item; ``get(symbol)`` a bar.

        That bar is the last one of the slice: the quote's of a contract, the trade's of a stock (SubscriptionManager).
        """
        if isinstance(key, type):
            found = self._of_type(key)
            return found if default is None else found[default]
        symbol = self.bars._symbol(key)
        if symbol is None:
            return default
        found = None if symbol.security_type is SecurityType.EQUITY else self.quote_bars.get(symbol)
        if found is None:
            found = self.bars.get(symbol)
        return default if found is None else found

    def _of_type(self, kind: type) -> Any:
        from replay.chains import OptionChain

        known: dict[type, str] = {
            TradeBar: "bars",
            QuoteBar: "quote_bars",
            OptionChain: "option_chains",
            Delisting: "delistings",
            Split: "splits",
            Dividend: "dividends",
            SymbolChangedEvent: "symbol_changed_events",
        }
        if kind not in known:
            raise Unsupported(f"slice.get({kind.__name__})", "allowed are the types of a slice's collections")
        return getattr(self, known[kind])

    def __getitem__(self, key: Any) -> Any:
        found = self.get(key)
        if found is None:
            raise KeyNotFoundException(
                f"'{key}' wasn't found in the Slice object, likely because there was no-data at this moment in time "
                "and it wasn't possible to fillforward historical data. Please check the data exists before accessing "
                f'it with data.contains_key("{key}")'
            )
        return found

    def contains_key(self, key: Any) -> bool:
        """Whether the key is there."""
        return self.get(key) is not None

    __contains__ = contains_key

    def keys(self) -> list[Symbol]:
        """The keys, in order."""
        return [symbol for symbol in self._subscribed() if self.contains_key(symbol)]

    def values(self) -> list[Any]:
        """The values, in order."""
        return [self.get(symbol) for symbol in self.keys()]

    def items(self) -> list[tuple[Symbol, Any]]:
        """Keys and values, in order."""
        return [(symbol, self.get(symbol)) for symbol in self.keys()]

    Keys = property(lambda self: self.keys())
    Values = property(lambda self: self.values())

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(pair) for pair in self.items()])

    def __len__(self) -> int:
        return len(self.keys())

    count = property(lambda self: len(self.keys()))


def ready(items: dict[Symbol, Any]) -> DataDictionary:
    """A collection of things that are there already."""
    return DataDictionary(items.get, lambda: list(items))
