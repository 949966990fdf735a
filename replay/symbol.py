"""Symbols: a security's identity together with the ticker it trades under now."""

from __future__ import annotations

from datetime import date as calendar_date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from replay.enums import Market, OptionRight, OptionStyle, SecurityType
from replay.errors import ArgumentException, InvalidOperationException, Unsupported
from replay.identifier import DEFAULT_DATE, MARKET_CODES, SecurityIdentifier, set_map_file_lookup, to_decimal
from replay.naming import LeanObject

__all__ = [
    "DEFAULT_DATE",
    "SecurityIdentifier",
    "Symbol",
    "SymbolCache",
    "osi_ticker",
    "set_map_file_lookup",
    "to_decimal",
]


class SymbolCache:
    """Tickers of the securities a run has added; it turns a text into a symbol and a symbol into its text."""

    _symbols: ClassVar[dict[str, Symbol]] = {}
    _tickers: ClassVar[dict[SecurityIdentifier, str]] = {}

    @classmethod
    def set(cls, ticker: str, symbol: Symbol) -> None:
        """Remember a security the run has added."""
        cls._symbols[ticker.upper()] = symbol
        cls._tickers[symbol.id] = ticker

    @classmethod
    def find(cls, ticker: str) -> Symbol | None:
        """The symbol of a ticker or of an identifier text; None when it is neither."""
        found = cls._symbols.get(ticker.upper())
        if found is None and " " in ticker:
            try:
                sid = SecurityIdentifier.parse(ticker)
            except ArgumentException:
                return None
            return Symbol(sid, sid.symbol)
        return found

    @classmethod
    def ticker(cls, symbol: Symbol) -> str:
        """The ticker the symbol was added by, else its identifier text."""
        return cls._tickers.get(symbol.id) or str(symbol.id)

    @classmethod
    def clear(cls) -> None:
        """Forget everything, before a new run in the same process."""
        cls._symbols.clear()
        cls._tickers.clear()


def osi_ticker(root: str, right: OptionRight, strike: Decimal, expiry: calendar_date) -> str:
    """The OSI text of a contract, ``GOOG  151224C00745000``; the strike in thousandths of a dollar."""
    if len(root) > 5:
        root += " "
    thousandths = int((strike * 1000).quantize(Decimal(1), ROUND_HALF_UP))
    return f"{root:<6}{expiry:%y%m%d}{'CP'[right]}{thousandths:08d}"


class Symbol(LeanObject):
    """A security's identity plus the ticker it trades under now. Equal and hashed by identity alone."""

    __slots__ = ("_canonical", "_json", "_value", "id", "underlying")

    id: SecurityIdentifier
    underlying: Symbol | None

    _options: ClassVar[dict[tuple[SecurityIdentifier, str], Symbol]] = {}

    def __init__(self, id: SecurityIdentifier, value: str, underlying: Symbol | None = None) -> None:
        self.id = id
        if underlying is None and id.has_underlying:
            self.underlying = Symbol(id.underlying, id.underlying.symbol)
            self._value: str | None = None
        else:
            self.underlying = underlying
            self._value = value.upper() if value else None
        self._canonical: Symbol | None = None
        self._json: str | None = None

    @staticmethod
    def create(ticker: str, security_type: SecurityType, market: str = Market.USA, alias: str | None = None) -> Symbol:
        """A symbol from a ticker; for an option type its canonical symbol."""
        if security_type == SecurityType.EQUITY:
            return Symbol(SecurityIdentifier.generate_equity(ticker, market), alias or ticker)
        if security_type == SecurityType.INDEX:
            return Symbol(SecurityIdentifier.generate(ticker, security_type, market), alias or ticker)
        if security_type == SecurityType.OPTION:
            return Symbol.create_canonical_option(Symbol.create(ticker, SecurityType.EQUITY, market), market, alias)
        if security_type == SecurityType.INDEX_OPTION:
            return Symbol.create_canonical_option(Symbol.create(ticker, SecurityType.INDEX, market), market, alias)
        raise Unsupported(f"security type {security_type!s}", "allowed are EQUITY, INDEX, OPTION, INDEX_OPTION")

    @staticmethod
    def create_option(underlying: Symbol | str, *args: Any, **kwargs: Any) -> Symbol:
        """A contract: (underlying, [option root,] market, style, right, strike, expiry[, alias])."""
        if isinstance(underlying, str):
            underlying = Symbol.create(underlying, SecurityType.EQUITY)
        names = ["market", "style", "right", "strike", "expiry", "alias"]
        if "target_option" in kwargs or (len(args) > 2 and isinstance(args[1], str)):
            names.insert(0, "target_option")
        given = dict(zip(names, args, strict=False)) | kwargs
        missing = [name for name in names[:-1] if name not in given]
        if missing:
            raise ArgumentException(
                f"Symbol.create_option needs {', '.join(names[:-1])}; missing: {', '.join(missing)}"
            )
        root = given.get("target_option") or underlying.id.symbol
        return underlying._contract(
            root, given["market"], given["style"], given["right"], given["strike"], given["expiry"], given.get("alias")
        )

    @staticmethod
    def create_canonical_option(underlying: Symbol, *args: Any, **kwargs: Any) -> Symbol:
        """The symbol of a whole chain: (underlying, [option root,] market=None, alias=None)."""
        names = ["market", "alias"]
        if "target_option" in kwargs or len(args) == 3 or (len(args) > 1 and args[0] not in (None, *MARKET_CODES)):
            names.insert(0, "target_option")
        given = dict(zip(names, args, strict=False)) | kwargs
        index = underlying.security_type == SecurityType.INDEX
        style = OptionStyle.EUROPEAN if index else OptionStyle.AMERICAN
        return underlying._contract(
            given.get("target_option") or underlying.id.symbol,
            given.get("market") or underlying.id.market,
            style,
            OptionRight.CALL,
            0,
            DEFAULT_DATE,
            given.get("alias"),
        )

    def _contract(
        self,
        root: str,
        market: str,
        style: OptionStyle,
        right: OptionRight,
        strike: Any,
        expiry: calendar_date,
        alias: str | None,
    ) -> Symbol:
        kind = {SecurityType.EQUITY: SecurityType.OPTION, SecurityType.INDEX: SecurityType.INDEX_OPTION}.get(
            self.security_type
        )
        if kind is None:
            raise ArgumentException(
                f"a {self.security_type} such as {self.value} has no options; use an equity or index"
            )
        sid = SecurityIdentifier.generate(root, kind, market, expiry, strike, right, style, self.id)
        if alias:
            return Symbol(sid, alias, self)
        key = (sid, self.value)
        found = Symbol._options.get(key)
        if found is None:
            found = Symbol._options[key] = Symbol(sid, "", self)
        return found

    @property
    def value(self) -> str:
        """The present ticker: ``GOOG``, ``?SPXW`` for a chain, the OSI text for a contract."""
        if self._value is None:
            self._value = self._alias()
        return self._value

    def _alias(self) -> str:
        underlying, sid = self.underlying, self.id
        if underlying is None:
            return sid.symbol
        root = underlying.value if sid.symbol == underlying.id.symbol else sid.symbol
        if sid.date == DEFAULT_DATE:
            return f"?{root.upper()}"
        if len(root) > 5:
            root += " "
        return osi_ticker(root, sid.option_right, sid.strike_decimal, sid.date)

    @property
    def security_type(self) -> SecurityType:
        """The asset class."""
        return self.id.security_type

    @property
    def has_underlying(self) -> bool:
        """Whether this is a derivative."""
        return self.underlying is not None

    def is_canonical(self) -> bool:
        """Whether this stands for a whole option chain."""
        return self.underlying is not None and self.id.date == DEFAULT_DATE

    def has_canonical(self) -> bool:
        """Whether this is one contract of a chain."""
        return self.underlying is not None and not self.is_canonical()

    @property
    def canonical(self) -> Symbol:
        """The symbol of the chain this contract belongs to."""
        if self._canonical is None:
            if self.underlying is None:
                raise InvalidOperationException(f"{self.value} is no option and has no canonical symbol")
            self._canonical = (
                self
                if self.is_canonical()
                else Symbol.create_canonical_option(
                    self.underlying, target_option=self.id.symbol, market=self.id.market
                )
            )
        return self._canonical

    def with_ticker(self, ticker: str) -> Symbol:
        """The same security after its equity was renamed to ``ticker``; an option's underlying is renamed."""
        if self.underlying is None:
            return Symbol(self.id, ticker)
        if self.security_type == SecurityType.INDEX_OPTION:
            raise ArgumentException(f"the index option {self.value} cannot be renamed")
        renamed = Symbol(self.id, self.value, self.underlying.with_ticker(ticker))
        if not self.is_canonical():
            renamed._value = osi_ticker(ticker.upper(), self.id.option_right, self.id.strike_decimal, self.id.date)
        return renamed

    def lean_json(self) -> str:
        """The JSON text LEAN writes for a symbol inside an order."""
        if self._json is None:
            own = f'{{"value":"{self.value}","id":"{self.id}","permtick":"{self.value}"'
            self._json = own + (f',"underlying":{self.underlying.lean_json()}}}' if self.underlying else "}")
        return self._json

    def __str__(self) -> str:
        return SymbolCache.ticker(self)

    def __repr__(self) -> str:
        return str(self)

    def __hash__(self) -> int:
        return self.id._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Symbol):
            return self.id is other.id
        if isinstance(other, str):
            found = SymbolCache.find(other)
            return found is not None and found.id is self.id
        if isinstance(other, SecurityIdentifier):
            return self.id is other
        own = getattr(other, "symbol", None)  # a contract of a chain stands for its symbol
        return isinstance(own, Symbol) and own.id is self.id

    def _order_text(self, other: Symbol | str) -> str:
        return (other if isinstance(other, str) else other.value).upper()

    def __lt__(self, other: Symbol | str) -> bool:
        return self.value.upper() < self._order_text(other)

    def __le__(self, other: Symbol | str) -> bool:
        return self.value.upper() <= self._order_text(other)

    def __gt__(self, other: Symbol | str) -> bool:
        return self.value.upper() > self._order_text(other)

    def __ge__(self, other: Symbol | str) -> bool:
        return self.value.upper() >= self._order_text(other)

    def __reduce__(self) -> tuple[Any, ...]:
        return Symbol, (self.id, self.value, self.underlying)

    def __copy__(self) -> Symbol:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Symbol:
        return self
