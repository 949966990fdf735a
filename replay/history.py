"""``self.history``: past bars as data frames, or as objects with ``self.history[QuoteBar]``.

Rules: LEAN's QCAlgorithm.History.cs. A symbol that is subscribed is asked with its own resolution, fill-forward and
extended hours unless the call says otherwise; any other with minute bars of regular hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from replay.bars import OpenInterest, QuoteBar, Tick, TradeBar
from replay.clock import from_ms, to_ms
from replay.enums import Resolution, SecurityType, TickType
from replay.errors import ArgumentException, Unsupported
from replay.frames import frame_of
from replay.history_rows import Bar, InterestRow, Request, bars_of, start_of_periods
from replay.prices import QuoteRow
from replay.slices import DataDictionary, ready
from replay.symbol import Symbol, SymbolCache
from replay.timing import COARSE
from replay.universe_history import OptionUniverse, frame_of_universes, universes_between

_KINDS = {QuoteBar: TickType.QUOTE, TradeBar: TickType.TRADE, OpenInterest: TickType.OPEN_INTEREST}
_OPTIONS = ("resolution", "fill_forward", "extended_market_hours")
_IGNORED = ("data_mapping_mode", "data_normalization_mode", "contract_depth_offset", "flatten")


class History:
    """The history of a run: callable for frames, subscripted with a type for objects.

    ``run`` offers ``store``, ``utc`` (naive UTC), ``time_zone``, ``settings`` and ``securities.find(symbol)``.
    """

    def __init__(self, run: Any) -> None:
        self._run = run

    def __getitem__(self, kind: Any) -> Callable[..., list[Any]]:
        """``history[QuoteBar](symbol, ...)`` gives bars, with a list of symbols one collection by symbol per moment."""
        chains = kind is OptionUniverse
        wanted = TickType.TRADE if chains else _kind(kind)

        def typed(*args: Any, **kwargs: Any) -> list[Any]:
            symbols = kwargs.pop("symbols", kwargs.pop("symbol", None))
            if symbols is None:
                symbols, args = _first(args)
            single = not _is_many(symbols)
            if chains:
                found = self._universes(_symbols(symbols), args, kwargs)
                return found if single else [ready({universe.symbol: universe}) for universe in found]
            bars = self._bars(_symbols(symbols), (wanted,), args, kwargs)
            if single:
                return [bar for _, bar in bars]
            moments: dict[int, dict[Symbol, Any]] = {}
            for end, bar in bars:
                moments.setdefault(end, {})[bar.symbol] = bar
            return [self._dictionary(end, found) for end, found in moments.items()]

        return typed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A data frame for (symbols, periods | timedelta | start, end[, resolution]); a type may come first."""
        kinds: tuple[TickType, ...] | None = None
        kind = kwargs.pop("type", None)
        if kind is None and args and isinstance(args[0], type):
            kind, args = args[0], args[1:]
        chains = kind is OptionUniverse
        if kind is not None and not chains:
            kinds = (_kind(kind),)
        symbols = kwargs.pop("tickers", kwargs.pop("symbols", kwargs.pop("symbol", None)))
        if symbols is None:
            symbols, args = _first(args)
        chosen = _symbols(symbols)
        if chains or any(symbol.is_canonical() for symbol in chosen):
            if not kwargs.pop("flatten", False):
                raise Unsupported("history of a chain without flatten=True", "add flatten=True")
            return frame_of_universes(self._universes(chosen, args, kwargs))
        return frame_of(bar for _, bar in self._bars(chosen, kinds, args, kwargs))

    def _dictionary(self, end: int, bars: dict[Symbol, Any]) -> DataDictionary:
        """The bars of one moment; its ``time`` is in the algorithm's zone."""
        found = ready(bars)
        found.time = self._run.time_zone.to_local(from_ms(end))
        return found

    def _universes(self, symbols: list[Symbol], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[OptionUniverse]:
        """The days of chains, in the order of time."""
        span, _ = _span(args, kwargs)
        found: list[OptionUniverse] = []
        for symbol in symbols:
            start, end = self._limits(symbol, span, Resolution.DAILY, extended=False, strict_daily=False)
            found += universes_between(self._run.store, symbol.canonical, to_ms(start), to_ms(end))
        return sorted(found, key=lambda universe: universe.end_time)

    def _limits(
        self,
        symbol: Symbol,
        span: tuple[Any, ...],
        resolution: Resolution,
        *,
        extended: bool,
        strict_daily: bool | None = None,
    ) -> tuple[datetime, datetime]:
        """Start and end of a call in UTC; never later than now."""
        if strict_daily is None:
            strict_daily = self._run.settings.daily_precise_end_time
        now, zone = self._run.utc, self._run.time_zone
        if isinstance(span[0], int):
            hours = self._run.store.hours(symbol)
            return start_of_periods(hours, now, resolution, span[0], extended, strict_daily=strict_daily), now
        if isinstance(span[0], timedelta):
            return now - span[0], now
        return zone.to_utc(span[0]), min(zone.to_utc(span[1]), now)

    def _bars(
        self, symbols: list[Symbol], kinds: tuple[TickType, ...] | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> list[tuple[int, Any]]:
        """(UTC milliseconds of the end, bar) in the order of time."""
        span, args = _span(args, kwargs)
        unknown = set(kwargs) - {*_OPTIONS, *_IGNORED}
        if unknown:
            raise Unsupported(f"history argument {', '.join(sorted(unknown))}")
        given = dict(zip(_OPTIONS, args, strict=False)) | kwargs
        found: list[tuple[int, Any]] = []
        for symbol in symbols:
            for request in self._requests(symbol, kinds, span, given):
                found += [
                    (bar.end, bar_shown(self._run.store, request, bar)) for bar in bars_of(self._run.store, request)
                ]
        return sorted(found, key=lambda pair: pair[0])

    def _requests(
        self, symbol: Symbol, kinds: tuple[TickType, ...] | None, span: tuple[Any, ...], given: dict[str, Any]
    ) -> list[Request]:
        if symbol.is_canonical():
            raise Unsupported(f"bars of the chain {symbol.value}", "ask history[OptionUniverse] or single contracts")
        security = self._run.securities.find(symbol)
        resolution = given.get("resolution")
        if resolution is None:
            resolution = security.resolution if security is not None else Resolution.MINUTE
        if resolution is Resolution.TICK:
            raise Unsupported("tick history")
        fill, extended = given.get("fill_forward"), given.get("extended_market_hours")
        if fill is None:
            fill = security.fill_forward if security is not None else True
        if extended is None:
            extended = security.extended_market_hours if security is not None else False
        regular = resolution in COARSE or not extended
        start, end = self._limits(symbol, span, resolution, extended=not regular)
        wanted = [kind for kind in available_kinds(symbol, resolution) if kinds is None or kind in kinds]
        if kinds is not None and TickType.OPEN_INTEREST in kinds and symbol.has_underlying:
            wanted = [TickType.OPEN_INTEREST]
        if not wanted:
            raise ArgumentException(
                "No history data could be fetched. This could be due to the specified security not being of the "
                f"requested type. Symbol: {symbol} Requested Type: {kinds[0] if kinds else ''}"
            )
        strict = self._run.settings.daily_precise_end_time
        first, last = to_ms(start), to_ms(end)
        return [Request(symbol, kind, resolution, first, last, bool(fill), bool(extended), strict) for kind in wanted]


def bar_shown(store: Any, request: Request, bar: Bar) -> Any:
    """A bar of a request as an algorithm sees it."""
    zone = store.hours(request.symbol).time_zone
    end = zone.to_local(from_ms(bar.end))
    period = timedelta(milliseconds=bar.end - bar.start)
    if isinstance(bar.row, InterestRow):
        made: Any = OpenInterest()
        made.symbol, made.value, made.time, made.end_time = request.symbol, float(bar.row.value), end, end
    elif isinstance(bar.row, QuoteRow):
        made = QuoteBar(request.symbol, bar.row, bar.copy, end, period)
    else:
        made = TradeBar(request.symbol, bar.row, bar.copy, end, period)
    return made


def available_kinds(symbol: Symbol, resolution: Resolution) -> tuple[TickType, ...]:
    """The kinds a frame is made of, quotes first as in LEAN."""
    if symbol.security_type is SecurityType.INDEX:
        return (TickType.TRADE,)
    if symbol.security_type is SecurityType.EQUITY and resolution in COARSE:
        return (TickType.TRADE,)
    return (TickType.QUOTE, TickType.TRADE)


def _kind(kind: Any) -> TickType:
    if kind is Tick or kind not in _KINDS:
        name = getattr(kind, "__name__", str(kind))
        raise Unsupported(f"history of {name}", "allowed are QuoteBar, TradeBar and OpenInterest")
    return _KINDS[kind]


def _first(args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The symbols a call names, and what follows them."""
    if not args or isinstance(args[0], int | timedelta | datetime):
        raise Unsupported("history of all securities at once", "name the symbols")
    return args[0], args[1:]


def _is_many(symbols: Any) -> bool:
    return isinstance(symbols, Iterable) and not isinstance(symbols, str | Symbol)


def _symbols(symbols: Any) -> list[Symbol]:
    return [_symbol(item) for item in (symbols if _is_many(symbols) else [symbols])]


def _symbol(item: Any) -> Symbol:
    if isinstance(item, Symbol):
        return item
    found = SymbolCache.find(item) if isinstance(item, str) else getattr(item, "symbol", None)
    if not isinstance(found, Symbol):
        raise ArgumentException(
            f"Cannot create history for the given ticker {item!r}. Either explicitly use a symbol object to make the "
            "history request or ensure the symbol has been added using the AddSecurity() method."
        )
    return found


def _span(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What the call says of time, and the arguments that are left."""
    for name in ("periods", "span"):
        if name in kwargs:
            return (kwargs.pop(name),), args
    rest = [kwargs.pop("start"), *args] if "start" in kwargs else list(args)
    if not rest:
        raise ArgumentException("history needs a number of bars, a timedelta, or a start and an end")
    first = rest.pop(0)
    if isinstance(first, datetime):
        if not rest and "end" not in kwargs:
            raise ArgumentException("history needs an end after its start")
        return (first, kwargs.pop("end") if "end" in kwargs else rest.pop(0)), tuple(rest)
    if isinstance(first, bool) or not isinstance(first, int | timedelta):
        raise ArgumentException(
            f"history needs a number of bars, a timedelta, or a start and an end; {first!r} is none of them"
        )
    return (first,), tuple(rest)
