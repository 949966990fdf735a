"""symbol-properties-database.csv: multiplier, tick and lot of a security."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path

from replay.enums import SecurityType
from replay.errors import DataError
from replay.hours_database import database_key
from replay.naming import LeanObject
from replay.symbol import Symbol

_TYPE_NAMES = {
    SecurityType.EQUITY: "equity",
    SecurityType.OPTION: "option",
    SecurityType.INDEX: "index",
    SecurityType.INDEX_OPTION: "indexoption",
}
_COLUMNS = (
    "contract_multiplier",
    "minimum_price_variation",
    "lot_size",
    "market_ticker",
    "minimum_order_size",
    "price_magnifier",
    "strike_multiplier",
)


@dataclass(frozen=True)
class ExactProperties:
    """The figures as decimals; prices in dollars, lot in units."""

    description: str
    quote_currency: str
    contract_multiplier: Decimal
    minimum_price_variation: Decimal
    lot_size: Decimal
    strike_multiplier: Decimal


class SymbolProperties(LeanObject):
    """What the algorithm sees of them: floats; ``exact`` keeps the decimals."""

    __slots__ = ("exact",)

    exact: ExactProperties

    def __init__(self, exact: ExactProperties) -> None:
        self.exact = exact

    @property
    def description(self) -> str:
        """Free text."""
        return self.exact.description

    @property
    def quote_currency(self) -> str:
        """Currency of the price."""
        return self.exact.quote_currency

    @property
    def contract_multiplier(self) -> float:
        """Units of the underlying per contract."""
        return float(self.exact.contract_multiplier)

    @property
    def minimum_price_variation(self) -> float:
        """Tick in dollars."""
        return float(self.exact.minimum_price_variation)

    @property
    def lot_size(self) -> float:
        """Smallest quantity step."""
        return float(self.exact.lot_size)

    @property
    def strike_multiplier(self) -> float:
        """Factor from the listed strike to the underlying's scale."""
        return float(self.exact.strike_multiplier)


DEFAULT_PROPERTIES = SymbolProperties(ExactProperties("", "USD", Decimal(1), Decimal("0.01"), Decimal(1), Decimal(1)))
"""LEAN's figures for a security that no row names."""


class SymbolPropertiesDatabase:
    """The symbol properties of a data folder; only the rows asked for are decoded."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._found: dict[tuple[str, str, SecurityType], SymbolProperties] = {}

    def of(self, symbol: Symbol) -> SymbolProperties:
        """The row of the symbol, else of its market's wildcard, else LEAN's defaults."""
        key = (symbol.id.market, database_key(symbol), symbol.security_type)
        if key not in self._found:
            self._found[key] = self._read(*key)
        return self._found[key]

    @cached_property
    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(
                self._file, f"cannot be read ({error})", mend="a data folder needs LEAN's symbol properties database"
            ) from error

    def _read(self, market: str, ticker: str, security_type: SecurityType) -> SymbolProperties:
        kind = _TYPE_NAMES.get(security_type, str(security_type).lower())
        for name in (ticker, "[*]"):
            pattern = rf"^{re.escape(market)},{re.escape(name)},{kind},.*$"
            match = re.search(pattern, self._text, re.MULTILINE | re.IGNORECASE)
            if match is not None:
                return self._decode(match.group().rstrip().split(","), self._text.count("\n", 0, match.start()) + 1)
        return DEFAULT_PROPERTIES

    def _decode(self, cells: list[str], row: int) -> SymbolProperties:
        cells += [""] * (5 + len(_COLUMNS) - len(cells))
        figures: dict[str, Decimal] = {}
        for name, text in zip(_COLUMNS, cells[5:], strict=False):
            if name in ("market_ticker", "minimum_order_size", "price_magnifier"):
                continue
            try:
                value = Decimal(text or "1") if name == "strike_multiplier" else Decimal(text)
            except InvalidOperation as error:
                raise DataError(
                    self._file, f"{text!r} is no number", row=row, field=name, mend="allowed is a positive number"
                ) from error
            if value <= 0:
                raise DataError(
                    self._file, f"{text} is not positive", row=row, field=name, mend="allowed is a positive number"
                )
            figures[name] = value
        return SymbolProperties(ExactProperties(cells[3], cells[4], **figures))
