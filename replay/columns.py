"""Columns of one security's bars: lines of text until somebody reads a row or a whole column."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from replay.errors import DataError
from replay.prices import PRICE_UNIT, Ohlc, priced

Number = int | Decimal


class Columns:
    """One security's rows of one file, oldest first.

    ``ends`` are bar ends (UTC milliseconds). Prices are integers of 1/10000 dollar when ``unit`` is 0.0001, and
    decimals in dollars when ``unit`` is 1 (indices). An empty cell reads 0. A column is converted on first use; a cell
    that is no number raises DataError naming file, row and field.
    """

    __slots__ = ("_cells", "_found", "_lines", "_source", "ends", "unit")

    fields: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, lines: list[bytes], ends: list[int], unit: Decimal, source: tuple[str, str]) -> None:
        """``lines`` are the file's rows, all of the same number of cells; ``source`` is (file, member) for errors."""
        self._lines = lines
        self._cells: list[bytes] = []
        self._found: dict[str, list[Number]] = {}
        self._source = source
        self.ends = ends
        self.unit = unit

    def __len__(self) -> int:
        return len(self.ends)

    def retimed(self, ends: list[int | None]) -> Columns:
        """The same rows with other ends; a row whose end is None is left out."""
        kept = [(line, end) for line, end in zip(self._lines, ends, strict=True) if end is not None]
        return type(self)([line for line, _ in kept], [end for _, end in kept], self.unit, self._source)

    def column(self, name: str) -> list[Number]:
        """All values of one field."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._convert(name)
        return found

    def _convert(self, name: str) -> list[Number]:
        width = len(self.fields) + 1
        if not self._cells:
            self._cells = b",".join(self._lines).split(b",")
        raw = self._cells[self.fields.index(name) + 1 :: width]
        if self.unit == 1 and name not in self.plain:
            return self._decimals(raw, name)
        try:
            return [int(cell) if cell else 0 for cell in raw]
        except ValueError:
            return [_integral(value) for value in self._decimals(raw, name)]

    def _decimals(self, raw: list[bytes], name: str) -> list[Number]:
        return [_decimal(cell, row, name, self._source) for row, cell in enumerate(raw, 1)]

    def row(self, place: int) -> tuple[Number, ...]:
        """All values of one row, without converting the columns."""
        if self.unit is PRICE_UNIT:
            try:
                return tuple([int(cell or 0) for cell in self._lines[place].split(b",")[1:]])
            except ValueError:
                pass
        return tuple(self.column(name)[place] for name in self.fields)

    def cells(self, place: int) -> list[bytes]:
        """One row as it stands in the file, its time first."""
        return self._lines[place].split(b",")

    def index_at(self, utc_ms: int) -> int:
        """Position of the last bar that has ended at a moment; -1 before the first."""
        return bisect_right(self.ends, utc_ms) - 1

    def price(self, name: str, row: int) -> Decimal:
        """One price in dollars with the scale of the file (58.3000)."""
        value = self.column(name)[row]
        return value * PRICE_UNIT if self.unit is PRICE_UNIT else Decimal(value)


def _decimal(cell: bytes, row: int, name: str, source: tuple[str, str]) -> Decimal:
    """A cell as an exact number; DataError names file, member, row (from 1 on) and field."""
    try:
        value = Decimal(cell.decode()) if cell else Decimal(0)
    except (InvalidOperation, UnicodeDecodeError):
        value = Decimal("NaN")
    if not value.is_finite():
        file, member = source
        raise DataError(
            file, f"{cell!r} is no number", member=member, row=row, field=name, mend="mend or delete the row"
        )
    return value


def _integral(value: Number) -> Number:
    return int(value) if value == int(value) else value


class SideReader:
    """Reads a side of a quote bar later than its row: it keeps the names of the file, not its rows."""

    __slots__ = ("_source",)

    def __init__(self, source: tuple[str, str]) -> None:
        self._source = source

    def __call__(self, cells: list[bytes], where: tuple[int, int]) -> Ohlc:
        """Four prices in dollars; `where` is the row and its field that the first cell is, both from 0 on."""
        numbers: list[Number]
        try:
            numbers = [int(cell or 0) for cell in cells]
        except ValueError:
            names, row = QuoteColumns.fields[where[1] : where[1] + 4], where[0] + 1
            numbers = [
                _integral(_decimal(cell, row, name, self._source)) for cell, name in zip(cells, names, strict=True)
            ]
        return priced(numbers, PRICE_UNIT)


class QuoteColumns(Columns):
    """Quote bars: open, high, low, close and last size of bid and ask."""

    __slots__ = ("reader",)

    fields = (
        "bid_open",
        "bid_high",
        "bid_low",
        "bid_close",
        "bid_size",
        "ask_open",
        "ask_high",
        "ask_low",
        "ask_close",
        "ask_size",
    )
    plain = frozenset({"bid_size", "ask_size"})

    def __init__(self, lines: list[bytes], ends: list[int], unit: Decimal, source: tuple[str, str]) -> None:
        """As `Columns`."""
        super().__init__(lines, ends, unit, source)
        self.reader = SideReader(source)

    def has_bid(self, row: int) -> bool:
        """Whether the bar has a bid side: one of its four prices is not zero (LEAN's QuoteBar reader)."""
        return bool(self.column("bid_close")[row]) or self._any("bid", row)

    def has_ask(self, row: int) -> bool:
        """Whether the bar has an ask side."""
        return bool(self.column("ask_close")[row]) or self._any("ask", row)

    def _any(self, side: str, row: int) -> bool:
        return any(self.column(f"{side}_{name}")[row] for name in ("open", "high", "low"))


class TradeColumns(Columns):
    """Trade bars."""

    __slots__ = ()

    fields = ("open", "high", "low", "close", "volume")
    plain = frozenset({"volume"})


class OpenInterestColumns(Columns):
    """Open interest readings."""

    __slots__ = ()

    fields = ("value",)
    plain = frozenset({"value"})
