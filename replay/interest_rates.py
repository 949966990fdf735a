"""interest-rate.csv: LEAN's risk-free rate, the primary credit rate of the Federal Reserve."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date as calendar_date
from pathlib import Path

from replay.errors import DataError

DEFAULT_RATE = 0.01
"""LEAN's rate when the folder has no file."""

_FIRST_DATE = calendar_date(1998, 1, 1)


class InterestRates:
    """Yearly rates as fractions (0.0225 is 2.25 %), each valid until the next row."""

    def __init__(self, root: Path) -> None:
        self._file = root / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
        self._rows: list[tuple[calendar_date, float]] | None = None

    def rate(self, day: calendar_date) -> float:
        """The rate on a date; before the first row the first one, after the last row the last one."""
        if self._rows is None:
            self._rows = self._read() if self._file.is_file() else []
        if not self._rows:
            return DEFAULT_RATE
        day = max(calendar_date.fromordinal(day.toordinal()), _FIRST_DATE)
        position = bisect_right(self._rows, (day, float("inf"))) - 1
        return self._rows[max(position, 0)][1]

    def _read(self) -> list[tuple[calendar_date, float]]:
        rows: list[tuple[calendar_date, float]] = []
        for number, line in enumerate(self._file.read_text(encoding="utf-8-sig").splitlines()[1:], 2):
            if not line.strip():
                continue
            cells = line.split(",")
            try:
                rows.append((calendar_date.fromisoformat(cells[0].strip()), float(cells[1]) / 100))
            except (ValueError, IndexError) as error:
                raise DataError(
                    self._file, f"{line!r} is no row", row=number, mend="a row is YYYY-MM-DD,rate in percent"
                ) from error
        return sorted(rows)
