"""Methods by which an algorithm subscribes to securities (LEAN: QCAlgorithm.cs)."""

from __future__ import annotations

from typing import Any

from replay.enums import DataNormalizationMode, Market, Resolution, SecurityType
from replay.errors import ArgumentException, Unsupported
from replay.naming import LeanObject, own, pascal_case
from replay.removal import remove_security
from replay.seeding import seed
from replay.symbol import Symbol, SymbolCache

_COARSE_ONLY = (SecurityType.INDEX_OPTION, SecurityType.OPTION)


class Adding(LeanObject):
    """Mixin of ``QCAlgorithm``."""

    _replay_run: Any

    def _replay_add(
        self, symbol: Symbol, resolution: Any, fill_forward: Any, extended: bool, leverage: float = 0
    ) -> Any:
        run, defaults = self._replay_run, self._replay_run.universe_settings
        resolution = defaults.resolution if resolution is None else Resolution(resolution)
        _check_resolution(symbol, resolution)
        forward = defaults.fill_forward if fill_forward is None else bool(fill_forward)
        known = run.securities.find(symbol)
        security = run.create(symbol, resolution, bool(extended), forward)
        if known is not None and symbol not in run.universes.active:
            security.resolution, security.extended_market_hours, security.fill_forward = resolution, extended, forward
        if known is None and leverage:
            security.set_leverage(leverage)
        if known is None and run.settings.seed_initial_prices and not symbol.is_canonical():
            seed(run, security)
        return security

    def add_equity(
        self,
        ticker: str,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool | None = None,
        leverage: float = 0,
        extended_market_hours: bool | None = None,
        data_normalization_mode: Any = None,
    ) -> Any:
        """Subscribe to a stock."""
        symbol = Symbol.create(ticker, SecurityType.EQUITY, market or Market.USA)
        extended = (
            self._replay_run.universe_settings.extended_market_hours
            if extended_market_hours is None
            else extended_market_hours
        )
        security = self._replay_add(symbol, resolution, fill_forward, extended, leverage)
        mode = self._replay_run.universe_settings.data_normalization_mode
        security.data_normalization_mode = mode if data_normalization_mode is None else data_normalization_mode
        self._replay_run.universes.add_user(security)
        return security

    def add_index(
        self, ticker: str, resolution: Any = None, market: str | None = None, fill_forward: bool | None = None
    ) -> Any:
        """Subscribe to an index."""
        symbol = Symbol.create(ticker, SecurityType.INDEX, market or Market.USA)
        security = self._replay_add(symbol, resolution, fill_forward, False)
        self._replay_run.universes.add_user(security)
        return security

    def _replay_underlying(self, underlying: Any, kind: SecurityType, resolution: Any, market: str | None) -> Symbol:
        if isinstance(underlying, Symbol):
            return underlying
        if isinstance(underlying, str):
            found = SymbolCache.find(underlying)
            if found is not None and found.security_type is kind:
                return found
            return Symbol.create(underlying, kind, market or Market.USA)
        symbol: Symbol = underlying.symbol
        return symbol

    def add_option(
        self,
        underlying: Any,
        *args: Any,
        target_option: str | None = None,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool | None = None,
        leverage: float = 0,
        extended_market_hours: bool = False,
    ) -> Any:
        """Follow an option chain: (underlying, [target_option,] resolution, market, fill_forward, ...)."""
        values = list(args)
        if values and isinstance(values[0], str):
            target_option = values.pop(0)
        given = _positional(values, resolution, market, fill_forward, leverage, extended_market_hours)
        symbol = self._replay_underlying(underlying, SecurityType.EQUITY, given[0], given[1])
        if symbol.security_type is SecurityType.INDEX:
            return own(self, "add_index_option")(symbol, target_option, *given)
        canonical = Symbol.create_canonical_option(
            symbol, target_option=target_option or symbol.id.symbol, market=given[1] or symbol.id.market
        )
        return self._replay_chain(canonical, given)

    def add_index_option(
        self,
        underlying: Any,
        *args: Any,
        target_option: str | None = None,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool | None = None,
        leverage: float = 0,
        extended_market_hours: bool = False,
    ) -> Any:
        """Follow an index option chain: (underlying, [target_option,] resolution, market, fill_forward, ...)."""
        values = list(args)
        if values and (isinstance(values[0], str) or (values[0] is None and len(values) > 1)):
            target_option = values.pop(0)
        given = _positional(values, resolution, market, fill_forward, leverage, extended_market_hours)
        symbol = self._replay_underlying(underlying, SecurityType.INDEX, given[0], given[1])
        canonical = Symbol.create_canonical_option(
            symbol, target_option=target_option or symbol.id.symbol, market=given[1] or symbol.id.market
        )
        return self._replay_chain(canonical, given)

    def _replay_chain(self, canonical: Symbol, given: tuple[Any, ...]) -> Any:
        resolution, _, fill_forward, leverage, extended = given
        run = self._replay_run
        security = self._replay_add(canonical, resolution, fill_forward, extended, leverage)
        if not run.universes.has_chain(security):
            self._replay_raw_underlying(canonical.underlying)
            run.universes.add_chain(security)
        return security

    def _replay_raw_underlying(self, symbol: Symbol | None) -> None:
        """Options need unadjusted prices of their stock."""
        security = self._replay_run.securities.find(symbol)
        if security is not None:
            security.data_normalization_mode = DataNormalizationMode.RAW

    def add_option_contract(
        self,
        symbol: Symbol,
        resolution: Any = None,
        fill_forward: bool | None = None,
        leverage: float = 0,
        extended_market_hours: bool = False,
    ) -> Any:
        """Subscribe to one contract; it has prices from the next step on."""
        run = self._replay_run
        symbol = run.symbol_of(symbol)
        if symbol.underlying is None or symbol.is_canonical():
            raise ArgumentException(f"{symbol} is no option contract")
        known = run.securities.find(symbol)
        if known is not None and symbol in run.universes.active and not run.universes.keep(known):
            run.universes.add_user(known)
            known.is_tradable = True
            return known
        stock = run.securities.find(symbol.underlying)
        if stock is None:
            run.universes.add_user(self._replay_add(symbol.underlying, resolution, fill_forward, False))
        else:
            _check_underlying(run, stock)
        self._replay_raw_underlying(symbol.underlying)
        security = self._replay_add(symbol, resolution, fill_forward, extended_market_hours, leverage)
        security.is_tradable = True
        run.universes.add_user(security)
        return security

    add_index_option_contract = add_option_contract

    def add_security(self, symbol: Any, resolution: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Subscribe by symbol, or by security type and ticker."""
        if isinstance(symbol, SecurityType):
            ticker, rest = resolution, args[0] if args else kwargs.pop("resolution", None)
            symbol, resolution = Symbol.create(str(ticker), symbol), rest
        kind = symbol.security_type
        if kind is SecurityType.EQUITY:
            return own(self, "add_equity")(symbol.value, resolution, **kwargs)
        if kind is SecurityType.INDEX:
            return own(self, "add_index")(symbol.value, resolution, **kwargs)
        if symbol.is_canonical():
            return own(self, "add_option")(symbol.underlying, symbol.id.symbol, resolution, **kwargs)
        return own(self, "add_option_contract")(symbol, resolution, **kwargs)

    def remove_security(self, symbol: Any, tag: str | None = None) -> bool:
        """Stop following a security; open orders are cancelled and the position closed first, tagged "Removed"."""
        return remove_security(self._replay_run, symbol, tag)

    remove_option_contract = remove_security

    def add_universe(self, *args: Any, **kwargs: Any) -> Any:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("add_universe", "use add_option or add_index_option with set_filter")

    def add_future(self, *args: Any, **kwargs: Any) -> Any:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("add_future", "the replay knows equities, indices and their options")

    add_forex = add_crypto = add_cfd = add_data = add_future_option = add_future


def _check_underlying(run: Any, stock: Any) -> None:
    """After initialize a stock must have raw prices before its first contract comes (QCAlgorithm.AddOptionContract)."""
    name = f"The underlying {pascal_case(stock.symbol.security_type.name.lower())} asset ({stock.symbol.value})"
    if stock.is_delisted:
        raise ArgumentException(f"{name} is delisted (current time is {run.time:%m/%d/%Y %H:%M:%S})")
    mode = stock.data_normalization_mode
    if not run.initialized or mode is DataNormalizationMode.RAW or stock.symbol.security_type is SecurityType.INDEX:
        return
    if all(other.symbol.underlying != stock.symbol for other in run.securities.values()):
        raise ArgumentException(
            f"{name} is set to {pascal_case(mode.name.lower())}, please change this to DataNormalizationMode.Raw with "
            "the SetDataNormalization() method"
        )


def _positional(values: list[Any], *defaults: Any) -> tuple[Any, ...]:
    return tuple(values) + tuple(defaults[len(values) :])


def _check_resolution(symbol: Symbol, resolution: Resolution) -> None:
    if symbol.security_type in _COARSE_ONLY and resolution in (Resolution.SECOND, Resolution.TICK):
        kind = "IndexOption" if symbol.security_type is SecurityType.INDEX_OPTION else "Option"
        name = resolution.name.capitalize()
        raise ArgumentException(
            f"Sorry {name} is not a supported resolution for QuoteBar and SecurityType.{kind}. Please change your "
            "AddData to use one of the supported resolutions (Daily,Hour,Minute)."
        )
    if resolution is Resolution.TICK:
        raise Unsupported("tick resolution", "use Resolution.MINUTE")
