"""Option chains: of a slice (contracts with data at that moment) and of a universe file (``option_chain``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """Contracts of one underlying; iterating gives the contracts.

    Those of a slice are made when they are asked for: one by its symbol, or all at once.
    """

    def __init__(self, symbol: Symbol, time: datetime, underlying: Any, slice_: Any = None) -> None:
        self.symbol = symbol
        self._slice = slice_
        self.time = self.end_time = time
        self.underlying = underlying
        self._made: dict[Symbol, Any] = {}
        self._source: Contracts | None = None

    def draw_from(self, source: Contracts) -> OptionChain:
        """Let a slice's contracts be made on demand."""
        self._source = source
        return self

    @property
    def _contracts(self) -> dict[Symbol, Any]:
        """All contracts by symbol."""
        source, self._source = self._source, None
        if source is not None:
            self._made = dict(source.all(self, self._made))
        return self._made

    def _one(self, symbol: Symbol, default: Any = None) -> Any:
        """A contract without making the others."""
        found = self._made.get(symbol)
        if found is None and self._source is not None:
            found = self._source.one(self, symbol)
            if found is not None:
                self._made[symbol] = found
        return default if found is None else found

    @property
    def data_frame(self) -> Any:
        """One row per contract, by symbol."""
        from replay.chain_frames import frame_of_contracts

        return frame_of_contracts(self)

    @property
    def contracts(self) -> DataDictionary:
        """The contracts by symbol."""
        return DataDictionary(self._one, lambda: list(self._contracts))

    def add(self, contract: Any) -> None:
        """Put a contract into the chain."""
        self._contracts[contract.symbol] = contract

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._contracts.values()))

    def __len__(self) -> int:
        return len(self._contracts)

    count = property(lambda self: len(self._contracts))

    def __contains__(self, symbol: Symbol) -> bool:
        return self._one(symbol) is not None

    def contains_key(self, key: Symbol) -> bool:
        """Whether the contract is there."""
        return self._one(key) is not None

    def __bool__(self) -> bool:
        return True

    def get(self, symbol: Symbol, default: Any = None) -> Any:
        """The value, or ``default`` when the key is not there."""
        return self._one(symbol, default)

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


class Contracts:
    """The contracts of a slice's chain: those with a bar or copy at its moment, and silent ones with open interest."""

    def __init__(self, run: Any, slice_: Any, canonical: Symbol, ms: int) -> None:
        self._run, self._slice, self._canonical, self._ms = run, slice_, canonical, ms
        self._order = run.feed.in_order()

    def any(self) -> bool:
        """True when one has a bar or copy: open interest alone makes no chain."""
        return any(any(self._bars(security)) for security in self._securities())

    def all(self, chain: OptionChain, made: Mapping[Symbol, Any]) -> Iterator[tuple[Symbol, OptionContract]]:
        """Every contract, in the order of their texts; those made before are taken over."""
        for security in sorted(self._securities(), key=lambda one: one.symbol.value):
            contract = made.get(security.symbol) or self._made(chain, security)
            if contract is not None:
                yield security.symbol, contract

    def one(self, chain: OptionChain, symbol: Symbol) -> OptionContract | None:
        """The contract of a symbol."""
        security = self._run.securities.find(symbol)
        return self._made(chain, security) if security is not None and self._is_of_chain(security) else None

    def _securities(self) -> Iterator[Any]:
        return (security for security in self._order if self._is_of_chain(security))

    def _is_of_chain(self, security: Any) -> bool:
        symbol = security.symbol
        if not symbol.has_underlying or symbol.canonical != self._canonical or security.trade is None:
            return False
        return bool(self._slice.covers(symbol))

    def _bars(self, security: Any) -> tuple[Any, Any]:
        emitted, ms = self._run.feed.emitted, self._ms
        return emitted(security, security.quote, ms), emitted(security, security.trade, ms)

    def _made(self, chain: OptionChain, security: Any) -> OptionContract | None:
        quote, trade = self._bars(security)
        if not quote and not trade and not self._run.feed.has_interest(security, self._ms):
            return None
        return OptionContract(self._run, security, chain, quote, trade)


def slice_chain(run: Any, slice_: Any, canonical: Symbol, ms: int) -> OptionChain | None:
    """The chain of a slice: contracts with a bar or copy at this moment, in the order of their texts.

    Open interest makes no chain, but it brings a contract without bars into one that is there.
    """
    if not canonical.has_underlying:
        return None
    canonical = canonical.canonical
    underlying = run.securities.find(canonical.underlying)
    data = None if underlying is None else _underlying_data(run, slice_, underlying, ms)
    contracts = Contracts(run, slice_, canonical, ms)
    if data is None or not contracts.any():
        return None
    return OptionChain(canonical, slice_.time, data, slice_).draw_from(contracts)


def _underlying_data(run: Any, slice_: Any, underlying: Any, ms: int) -> Any:
    """The underlying's last update of this slice (its quote bar before its trade bar), else its last real bar."""
    for series in (underlying.quote, underlying.trade) if slice_.covers(underlying.symbol) else ():
        found = None if series is None else run.feed.emitted(underlying, series, ms)
        if found is not None:
            return bar_of(underlying, *found)
    return underlying.get_last_data()


__all__ = ["KeyValuePair", "OptionChain", "OptionContract", "slice_chain"]
