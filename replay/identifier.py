"""Security identifiers: the permanent identity of a security.

The text form (``SPXW XKX6S2GGFNQM|SPX 31``) packs kind, market, strike, style, date and right into one base-36 number;
its digits are laid out as in LEAN's SecurityIdentifier. Identifiers are interned, so equality is identity.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

from replay.enums import OPTION_TYPES, Market, OptionRight, OptionStyle, SecurityType
from replay.errors import ArgumentException, InvalidOperationException, Unsupported
from replay.naming import LeanObject

DEFAULT_DATE = datetime(1899, 12, 30)
"""The date of identifiers without one; a canonical option carries it as its expiry."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MARKET_CODES = {"empty": 0, Market.USA: 1}
_MARKET_NAMES = {code: name for name, code in MARKET_CODES.items()}
_MAX_STRIKE_DIGITS = 475_712
_NEGATIVE_STRIKE = 1 << 19
_DAYS = 10**14

MapFileLookup = Callable[[str, str], tuple[str, datetime] | None]
"""(ticker of today, market) -> (first ticker, first date) or None without a map file."""


def _no_map_files(_ticker: str, _market: str) -> tuple[str, datetime] | None:
    return None


_map_lookup: MapFileLookup = _no_map_files


def set_map_file_lookup(lookup: MapFileLookup | None) -> None:
    """Tell symbols where equity tickers are resolved; None forgets it."""
    global _map_lookup
    _map_lookup = lookup or _no_map_files


def to_base36(number: int) -> str:
    """Upper-case base 36, '0' for zero."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


_NON_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def to_decimal(value: Any) -> Decimal:
    """A price or strike as an exact decimal; a float is taken by its shortest text, as the .NET conversion does.

    ArgumentException for what is no number (LEAN: Extensions.SafeDecimalCast).
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    number = float(value)
    if not isfinite(number):
        raise ArgumentException(
            f"It is not possible to cast a non-finite floating-point value ({_NON_FINITE[str(number)]}) as "
            "decimal. Please review math operations and verify the result is valid. (Parameter 'input')"
        )
    return Decimal(repr(number))


def plain_decimal(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def _pack_strike(strike: Decimal) -> int:
    """Strike and its scale as one number below the style digit."""
    if not strike:
        return 0
    scaled, scale = strike * 10**6, 0
    while scaled % 10 == 0:
        scaled /= 10
        scale += 1
    digits = int(scaled)
    if abs(digits) >= _MAX_STRIKE_DIGITS:
        raise ArgumentException(f"the strike price {strike} has more digits than a security identifier can hold")
    if digits < 0:
        digits = -digits | _NEGATIVE_STRIKE
    return scale * 10**5 + digits * 10**7


class SecurityIdentifier(LeanObject):
    """The permanent identity of a security; it outlives ticker changes. Use the class methods to get one."""

    __slots__ = (
        "_date",
        "_hash",
        "_market",
        "_strike",
        "_text",
        "_underlying",
        "properties",
        "security_type",
        "symbol",
    )

    _known: ClassVar[dict[tuple[str, int, SecurityIdentifier | None], SecurityIdentifier]] = {}
    _parsed: ClassVar[dict[str, SecurityIdentifier]] = {}

    symbol: str
    properties: int
    security_type: SecurityType

    def __init__(self, symbol: str, properties: int, underlying: SecurityIdentifier | None) -> None:
        self.symbol = symbol
        self.properties = properties
        self._underlying = underlying
        self.security_type = SecurityType(properties % 100)
        self._text: str | None = None
        self._date: datetime | None = None
        self._strike: Decimal | None = None
        self._market: str | None = None
        self._hash = hash((symbol, properties, underlying))

    @classmethod
    def of(cls, symbol: str, properties: int, underlying: SecurityIdentifier | None = None) -> SecurityIdentifier:
        """The one identifier with these parts."""
        key = (symbol, properties, underlying)
        found = cls._known.get(key)
        if found is None:
            found = cls._known[key] = cls(symbol, properties, underlying)
        return found

    @classmethod
    def generate(
        cls,
        symbol: str,
        security_type: SecurityType,
        market: str = Market.USA,
        date: calendar_date = DEFAULT_DATE,
        strike: Any = 0,
        right: OptionRight = OptionRight.CALL,
        style: OptionStyle = OptionStyle.AMERICAN,
        underlying: SecurityIdentifier | None = None,
    ) -> SecurityIdentifier:
        """The identifier of a security from its parts; ``date`` is the expiry or, for an equity, the first date."""
        code = MARKET_CODES.get(market.lower())
        if code is None:
            raise Unsupported(f"market {market!r}", f"allowed is {Market.USA!r}")
        days = date.toordinal() - DEFAULT_DATE.toordinal()
        number = int(security_type) + code * 100 + _pack_strike(to_decimal(strike))
        number += int(style) * 10**13 + days * _DAYS + int(right) * 10**19
        return cls.of(symbol.upper(), number, underlying)

    @classmethod
    def generate_equity(cls, ticker: str, market: str = Market.USA) -> SecurityIdentifier:
        """The identifier of an equity: first ticker and first date of its map file, when there is one."""
        first = _map_lookup(ticker, market)
        symbol, date = first if first else (ticker, DEFAULT_DATE)
        return cls.generate(symbol, SecurityType.EQUITY, market, date)

    @classmethod
    def parse(cls, text: str) -> SecurityIdentifier:
        """Read the text form back; ArgumentException names a text that is none."""
        found = cls._parsed.get(text)
        if found is None:
            for part in reversed(text.split("|")):
                pieces = part.split()
                try:
                    symbol, packed = pieces
                    found = cls.of(symbol, int(packed, 36), found)
                except ValueError as error:
                    raise ArgumentException(f"{text!r} is not a security identifier such as 'SPX 31'") from error
            assert found is not None
            cls._parsed[text] = found
        return found

    @property
    def has_underlying(self) -> bool:
        """Whether this is a derivative."""
        return self._underlying is not None

    @property
    def underlying(self) -> SecurityIdentifier:
        """The identifier of the underlying; InvalidOperationException without one."""
        if self._underlying is None:
            raise InvalidOperationException(f"the identifier {self} has no underlying")
        return self._underlying

    @property
    def date(self) -> datetime:
        """Expiry of an option, first date of an equity, at midnight."""
        if self._date is None:
            self._date = DEFAULT_DATE + timedelta(days=self.properties // _DAYS % 10**5)
        return self._date

    @property
    def market(self) -> str:
        """The market's name."""
        if self._market is None:
            code = self.properties // 100 % 1000
            self._market = _MARKET_NAMES.get(code, str(code))
        return self._market

    @property
    def strike_decimal(self) -> Decimal:
        """The strike in dollars, exact."""
        if self._strike is None:
            self._option_only("strike_price")
            digits = self.properties // 10**7 % 10**6
            sign = -1 if digits & _NEGATIVE_STRIKE else 1
            digits &= ~_NEGATIVE_STRIKE if sign < 0 else -1
            self._strike = plain_decimal(Decimal(sign * digits).scaleb(self.properties // 10**5 % 100 - 6))
        return self._strike

    @property
    def strike_price(self) -> float:
        """The strike in dollars."""
        return float(self.strike_decimal)

    @property
    def option_right(self) -> OptionRight:
        """Call or put."""
        self._option_only("option_right")
        return OptionRight(self.properties // 10**19)

    @property
    def option_style(self) -> OptionStyle:
        """American or European."""
        self._option_only("option_style")
        return OptionStyle(self.properties // 10**13 % 10)

    def _option_only(self, name: str) -> None:
        if self.security_type not in OPTION_TYPES:
            raise InvalidOperationException(f"{name} is defined for options only, {self} is {self.security_type}")

    def __str__(self) -> str:
        if self._text is None:
            own = f"{self.symbol} {to_base36(self.properties)}"
            self._text = own if self._underlying is None else f"{own}|{self._underlying}"
        return self._text

    def __repr__(self) -> str:
        return str(self)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other

    def __lt__(self, other: SecurityIdentifier) -> bool:
        return str(self) < str(other)

    def __reduce__(self) -> tuple[Any, ...]:
        return SecurityIdentifier.parse, (str(self),)

    def __copy__(self) -> SecurityIdentifier:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> SecurityIdentifier:
        return self
