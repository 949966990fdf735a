"""Factor files: splits and dividends of an equity, and the events they cause."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from replay.enums import Market
from replay.errors import DataError


@dataclass(frozen=True)
class FactorRow:
    """Factors valid up to and including ``date``; ``reference_price`` is the raw close of that date in dollars."""

    date: calendar_date
    price_factor: Decimal
    split_factor: Decimal
    reference_price: Decimal


class FactorFile:
    """The rows of one equity, oldest first; without rows every factor is 1."""

    def __init__(self, rows: list[FactorRow]) -> None:
        self.rows = rows
        self._dates = [row.date for row in rows]

    def row_on(self, day: calendar_date) -> FactorRow | None:
        """The row whose factors hold on a date; None after the last."""
        position = bisect_left(self._dates, day)
        return self.rows[position] if position < len(self.rows) else None

    def price_scale(self, day: calendar_date) -> Decimal:
        """Factor from raw to fully adjusted prices on a date."""
        row = self.row_on(day)
        return row.price_factor * row.split_factor if row else Decimal(1)

    def split_scale(self, day: calendar_date) -> Decimal:
        """Factor from raw to split adjusted prices on a date."""
        row = self.row_on(day)
        return row.split_factor if row else Decimal(1)

    def split_after(self, day: calendar_date) -> tuple[Decimal, Decimal] | None:
        """(factor, reference price) when the split factor changes on the session after ``day``, else None."""
        pair = self._pair(day)
        if pair is None or pair[0].split_factor == pair[1].split_factor:
            return None
        return pair[0].split_factor / pair[1].split_factor, pair[0].reference_price

    def dividend_after(self, day: calendar_date) -> tuple[Decimal, Decimal] | None:
        """(price factor ratio, reference price) when the session after ``day`` is an ex date, else None."""
        pair = self._pair(day)
        if pair is None or pair[0].price_factor == pair[1].price_factor:
            return None
        return pair[0].price_factor / pair[1].price_factor, pair[0].reference_price

    def _pair(self, day: calendar_date) -> tuple[FactorRow, FactorRow] | None:
        position = bisect_left(self._dates, day)
        if position + 1 >= len(self.rows) or self.rows[position].date != day:
            return None
        return self.rows[position], self.rows[position + 1]


class FactorFiles:
    """The factor files of a data folder, named by an equity's permanent ticker."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[tuple[str, str], FactorFile] = {}

    def of(self, permanent_ticker: str, market: str = Market.USA) -> FactorFile:
        """The factors of an equity; all 1 when the folder has no file for it."""
        key = (permanent_ticker.lower(), market)
        if key not in self._found:
            path = self._root / "equity" / market / "factor_files" / f"{key[0]}.csv"
            self._found[key] = FactorFile(_parse(path) if path.is_file() else [])
        return self._found[key]


def _parse(path: Path) -> list[FactorRow]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", mend="replace or delete the file") from error
    rows: list[FactorRow] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        cells = line.split(",")
        if "inf" in line.lower() or "e+" in line.lower():
            continue
        try:
            day = datetime.strptime(cells[0].strip(), "%Y%m%d").date()
            price, split = Decimal(cells[1]), Decimal(cells[2])
            reference = Decimal(cells[3]) if len(cells) > 3 else Decimal(0)
        except (ValueError, IndexError, InvalidOperation) as error:
            raise DataError(
                path,
                f"{line!r} is no row",
                row=number,
                mend="a row is YYYYMMDD,price factor,split factor,reference price",
            ) from error
        rows.append(FactorRow(day, price, split, reference))
    rows.sort(key=lambda row: row.date)
    return rows
