"""Option chains: of a slice (contracts with data at that moment) and of a universe file (``option_chain``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from replay.enums import OptionRight, OptionStyle
from replay.naming import LeanObject
from replay.prices import QuoteRow, TradeRow
from replay.security_parts import bar_of
from replay.slices import DataDictionary, KeyValuePair
from replay.symbol import Symbol


class OptionContract(LeanObject):
    """One contract of a slice's chain. Sizes and prices are of this slice, 0 when the side or the bar is missing."""

    def __init__(self, run: Any, security: Any, chain: OptionChain, quote: Any, trade: Any) -> None:
        self._run, self._security, self._chain = run, security, chain
        self._quote: QuoteRow | None = quote[0] if quote else None
        self._trade: TradeRow | None = trade[0] if trade else None
        self._trade_forward = bool(trade and trade[1])
        self._model: Any = None
        self.symbol: Symbol = security.symbol

    @property
    def id(self) -> Any:
        """The security identifier."""
        return self.symbol.id

    @property
    def underlying_symbol(self) -> Symbol | None:
        """The symbol of the underlying."""
        return self.symbol.underlying

    strike = property(lambda self: self.symbol.id.strike_price)
    scaled_strike = strike
    time = property(lambda self: self._chain.time)

    @property
    def expiry(self) -> datetime:
        """Midnight of the expiry date."""
        date: datetime = self.symbol.id.date
        return date

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        right: OptionRight = self.symbol.id.option_right
        return right

    @property
    def style(self) -> OptionStyle:
        """American or European."""
        style: OptionStyle = self.symbol.id.option_style
        return style

    bid_price = property(lambda self: float(self._quote.bid[3]) if self._quote and self._quote.bid else 0.0)
    ask_price = property(lambda self: float(self._quote.ask[3]) if self._quote and self._quote.ask else 0.0)
    bid_size = property(lambda self: int(self._quote.bid_size) if self._quote else 0)
    ask_size = property(lambda self: int(self._quote.ask_size) if self._quote else 0)
    last_price = property(lambda self: float(self._trade.ohlc[3]) if self._trade else 0.0)
    open_interest = property(lambda self: float(self._security.open_interest))

    @property
    def volume(self) -> int:
        """Contracts traded in this bar."""
        return 0 if self._trade is None or self._trade_forward else int(self._trade.volume)

    @property
    def underlying_last_price(self) -> float:
        """Price of the underlying in this slice, dollars."""
        return float(self._chain.underlying.price) if self._chain.underlying else 0.0

    def _evaluate(self) -> Any:
        if self._model is None:
            from replay.pricing import evaluate

            self._model = evaluate(self._run, self._security)
        return self._model

    greeks = property(lambda self: self._evaluate().greeks)
    implied_volatility = property(lambda self: self._evaluate().implied_volatility)
    theoretical_price = property(lambda self: self._evaluate().theoretical_price)

    def __str__(self) -> str:
        return self.symbol.value


class OptionChain(LeanObject):
    """Contracts of one underlying; iterating gives the contracts."""

    def __init__(self, symbol: Symbol, time: datetime, underlying: Any, slice_: Any = None) -> None:
        self.symbol = symbol
        self._slice = slice_
        self.time = self.end_time = time
        self.underlying = underlying
        self._contracts: dict[Symbol, Any] = {}

    @property
    def data_frame(self) -> Any:
        """One row per contract, by symbol."""
        from replay.chain_frames import frame_of_contracts

        return frame_of_contracts(self)

    @property
    def contracts(self) -> DataDictionary:
        """The contracts by symbol."""
        found = self._contracts
        return DataDictionary(found.get, lambda: list(found))

    def add(self, contract: Any) -> None:
        """Put a contract into the chain."""
        self._contracts[contract.symbol] = contract

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._contracts.values()))

    def __len__(self) -> int:
        return len(self._contracts)

    count = property(lambda self: len(self._contracts))

    def __contains__(self, symbol: Symbol) -> bool:
        return symbol in self._contracts

    def contains_key(self, key: Symbol) -> bool:
        """Whether the contract is there."""
        return key in self._contracts

    def __bool__(self) -> bool:
        return True

    def get(self, symbol: Symbol, default: Any = None) -> Any:
        """The value, or ``default`` when the key is not there."""
        return self._contracts.get(symbol, default)

    def values(self) -> list[Any]:
        """The values, in order."""
        return list(self._contracts.values())

    @property
    def quote_bars(self) -> DataDictionary:
        """The quote bars of this slice, by contract."""
        return self._bars("quote_bars")

    @property
    def trade_bars(self) -> DataDictionary:
        """The trade bars of this slice, by contract."""
        return self._bars("bars")

    def _bars(self, name: str) -> DataDictionary:
        """A collection of the slice, cut to the contracts; empty for a chain of a universe file."""
        if self._slice is None:
            return DataDictionary(lambda symbol: None, list)
        found, contracts = getattr(self._slice, name), self._contracts
        return DataDictionary(
            lambda symbol: found.get(symbol) if symbol in contracts else None, lambda: list(contracts)
        )

    @property
    def filtered_contracts(self) -> list[Symbol]:
        """Symbols of the contracts."""
        return list(self._contracts)


def slice_chain(run: Any, slice_: Any, canonical: Symbol, ms: int) -> OptionChain | None:
    """The chain of a slice: contracts with a bar or copy at this moment, in the order of their texts.

    Open interest makes no chain, but it brings a contract without bars into one that is there.
    """
    if not canonical.has_underlying:
        return None
    canonical = canonical.canonical
    underlying = run.securities.find(canonical.underlying)
    rows: list[tuple[Any, Any, Any]] = []
    silent: list[tuple[Any, Any, Any]] = []
    for security in run.feed.in_order():
        symbol = security.symbol
        if not symbol.has_underlying or symbol.canonical != canonical or not slice_.covers(symbol):
            continue
        trade = run.feed.emitted(security, security.trade, ms)
        quote = run.feed.emitted(security, security.quote, ms)
        if trade or quote:
            rows.append((security, quote, trade))
        elif run.feed.has_interest(security, ms):
            silent.append((security, None, None))
    data = None if underlying is None else _underlying_data(run, slice_, underlying, ms)
    if not rows or data is None:
        return None
    chain = OptionChain(canonical, slice_.time, data, slice_)
    for security, quote, trade in sorted((*rows, *silent), key=lambda row: row[0].symbol.value):
        chain.add(OptionContract(run, security, chain, quote, trade))
    return chain


def _underlying_data(run: Any, slice_: Any, underlying: Any, ms: int) -> Any:
    """The underlying's last update of this slice (its quote bar before its trade bar), else its last real bar."""
    for series in (underlying.quote, underlying.trade) if slice_.covers(underlying.symbol) else ():
        found = None if series is None else run.feed.emitted(underlying, series, ms)
        if found is not None:
            return bar_of(underlying, *found)
    return underlying.get_last_data()


__all__ = ["KeyValuePair", "OptionChain", "OptionContract", "slice_chain"]
