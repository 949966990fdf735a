"""Universe files: the contracts of one chain on one day, with prices, open interest, volatility and Greeks.

A file holds thousands of contracts and few are ever looked at, so a row keeps its text until a field is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as calendar_date
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from replay.enums import OptionRight, OptionStyle, SecurityType
from replay.errors import DataError
from replay.naming import LeanObject
from replay.reader import file_ticker
from replay.symbol import SecurityIdentifier, Symbol

_RIGHTS = {"C": OptionRight.CALL, "P": OptionRight.PUT}
_FOLDERS = {SecurityType.OPTION: "option", SecurityType.INDEX_OPTION: "indexoption"}
_FIELDS = (
    "open",
    "high",
    "low",
    "close",
    "volume",
    "open_interest",
    "implied_volatility",
    "delta",
    "gamma",
    "vega",
    "theta",
    "rho",
)
_COLUMN = {name: position for position, name in enumerate(_FIELDS)}
_DAYS_A_YEAR = 365


def universe_path(root: Path, canonical: Symbol, day: calendar_date) -> Path:
    """The universe file of a chain for a day."""
    folder = root / _FOLDERS[canonical.security_type] / canonical.id.market / "universes"
    return folder / file_ticker(canonical) / f"{day:%Y%m%d}.csv"


class _Row(LeanObject):
    """The figures of a row; an empty, missing or odd cell reads 0 as it does in LEAN."""

    __slots__ = ("_cells", "_text", "file")

    file: UniverseFile

    def __init__(self, text: str, file: UniverseFile) -> None:
        self._text = text
        self._cells: list[str] | None = None
        self.file = file

    def figure(self, name: str) -> Decimal:
        """One figure, exact: prices in dollars, theta per day as the file has it."""
        if self._cells is None:
            self._cells = self._text.split(",")
        position = _COLUMN[name]
        text = self._cells[position] if position < len(self._cells) else ""
        try:
            return Decimal(text) if text else Decimal(0)
        except InvalidOperation:
            return Decimal(0)

    @property
    def open(self) -> float:
        """First price of the day, dollars per share."""
        return float(self.figure("open"))

    @property
    def high(self) -> float:
        """Highest price of the day."""
        return float(self.figure("high"))

    @property
    def low(self) -> float:
        """Lowest price of the day."""
        return float(self.figure("low"))

    @property
    def close(self) -> float:
        """Last price of the day."""
        return float(self.figure("close"))

    @property
    def value(self) -> float:
        """The close."""
        return self.close

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    @property
    def volume(self) -> float:
        """Contracts or shares traded."""
        return float(self.figure("volume"))

    @property
    def time(self) -> datetime:
        """Midnight at which the day of the file begins, exchange time."""
        return self.file.time

    @property
    def end_time(self) -> datetime:
        """The midnight after."""
        return self.file.time + timedelta(days=1)


class UnderlyingRow(_Row):
    """The underlying's day."""

    __slots__ = ("symbol",)

    symbol: Symbol

    def __init__(self, symbol: Symbol, text: str, file: UniverseFile) -> None:
        super().__init__(text, file)
        self.symbol = symbol


class FileGreeks(LeanObject):
    """The Greeks of a universe file; ``theta`` is per year, ``theta_per_day`` as written."""

    __slots__ = ("_row",)

    lean_name = "Greeks"

    def __init__(self, row: _Row) -> None:
        self._row = row

    @property
    def delta(self) -> float:
        """Dollars per dollar of the underlying."""
        return float(self._row.figure("delta"))

    @property
    def gamma(self) -> float:
        """Change of delta per dollar of the underlying."""
        return float(self._row.figure("gamma"))

    @property
    def vega(self) -> float:
        """Dollars per unit of volatility."""
        return float(self._row.figure("vega"))

    @property
    def theta(self) -> float:
        """Dollars per year."""
        return float(self._row.figure("theta") * _DAYS_A_YEAR)

    @property
    def theta_per_day(self) -> float:
        """Dollars per day."""
        return float(self._row.figure("theta"))

    @property
    def rho(self) -> float:
        """Dollars per unit of interest."""
        return float(self._row.figure("rho"))

    @property
    def lambda_(self) -> float:
        """Always 0 in a universe file."""
        return 0.0


class ContractRow(_Row):
    """One contract's day; LEAN's OptionUniverse. Its symbol is made when somebody asks for it."""

    __slots__ = ("_symbol", "expiry", "right", "strike")

    lean_name = "OptionUniverse"

    expiry: datetime
    right: OptionRight
    strike: Decimal

    def __init__(self, expiry: datetime, strike: Decimal, right: OptionRight, text: str, file: UniverseFile) -> None:
        super().__init__(text, file)
        self.expiry, self.strike, self.right = expiry, strike, right
        self._symbol: Symbol | None = None

    @classmethod
    def of_symbol(cls, symbol: Symbol, file: UniverseFile) -> ContractRow:
        """A row without figures for a contract the file does not have."""
        row = cls(symbol.id.date, symbol.id.strike_decimal, symbol.id.option_right, "", file)
        row._symbol = symbol
        return row

    @property
    def symbol(self) -> Symbol:
        """The contract."""
        if self._symbol is None:
            self._symbol = self.file.contract(self.expiry, self.strike, self.right)
        return self._symbol

    @property
    def id(self) -> SecurityIdentifier:
        """The contract's identifier."""
        return self.symbol.id

    @property
    def underlying(self) -> UnderlyingRow | None:
        """The underlying's day."""
        return self.file.underlying

    @property
    def open_interest(self) -> float:
        """Open contracts."""
        return float(self.figure("open_interest"))

    @property
    def implied_volatility(self) -> float:
        """Volatility per year as a fraction."""
        return float(self.figure("implied_volatility"))

    @property
    def greeks(self) -> FileGreeks:
        """The Greeks of the file."""
        return FileGreeks(self)

    def to_symbol(self) -> Symbol:
        """The contract."""
        return self.symbol


class UniverseFile:
    """One day of one chain; ``time`` is the midnight its day begins."""

    def __init__(self, path: Path, canonical: Symbol, day: calendar_date) -> None:
        self.path = path
        self.canonical = canonical
        self.time = datetime(day.year, day.month, day.day)
        self.underlying: UnderlyingRow | None = None
        self.rows: list[ContractRow] = []
        index = canonical.security_type == SecurityType.INDEX_OPTION
        self._style = OptionStyle.EUROPEAN if index else OptionStyle.AMERICAN
        self._read()

    def __iter__(self) -> Iterator[ContractRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def contract(self, expiry: datetime, strike: Decimal, right: OptionRight) -> Symbol:
        """The symbol of one contract of this chain."""
        chain = self.canonical
        assert chain.underlying is not None
        return Symbol.create_option(
            chain.underlying, chain.id.symbol, chain.id.market, self._style, right, strike, expiry
        )

    def _read(self) -> None:
        try:
            lines = self.path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(self.path, f"cannot be read ({error})", mend="replace or delete the file") from error
        expiries: dict[str, datetime] = {}
        strikes: dict[str, Decimal] = {}
        rights = _RIGHTS
        for number, line in enumerate(lines, 1):
            if not line or line[0] == "#":
                continue
            cells = line.split(",", 3)
            try:
                if not cells[0]:
                    assert self.canonical.underlying is not None
                    self.underlying = UnderlyingRow(self.canonical.underlying, cells[3], self)
                    continue
                expiry = expiries.get(cells[0])
                if expiry is None:
                    expiry = expiries[cells[0]] = datetime.strptime(cells[0], "%Y%m%d")
                strike = strikes.get(cells[1])
                if strike is None:
                    strike = strikes[cells[1]] = Decimal(cells[1])
                self.rows.append(ContractRow(expiry, strike, rights[cells[2].upper()], cells[3], self))
            except (ValueError, IndexError, KeyError, InvalidOperation) as error:
                raise DataError(
                    self.path,
                    f"{line[:60]!r} is no row",
                    row=number,
                    mend="a row is expiry YYYYMMDD,strike,right C or P,open,high,low,close,volume,open_interest,"
                    "implied_volatility,delta,gamma,vega,theta,rho; the underlying's row leaves the first three empty",
                ) from error


def open_universe(root: Path, canonical: Symbol, day: calendar_date) -> UniverseFile | None:
    """The universe of a chain for a day; None when the data folder has no such file."""
    path = universe_path(root, canonical, day)
    return UniverseFile(path, canonical, day) if path.is_file() else None
