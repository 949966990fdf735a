"""``python -m replay.compare RESULT_A RESULT_B``: do two runs agree, order for order?

Each is a result folder or file of LEAN (native, ``lean backtest``, cloud download) or of the replay. Prints what was
compared and the first difference in orders, events and equity side by side. Exit code 0: equal, 1: different, 2: a
folder cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from replay.errors import DataError
from replay.matching_records import same_text
from replay.result_files import ResultFiles, common_times, read_results

CENT = Decimal("0.01")
_COLUMN = 34
_FIGURES = ("Total Orders", "End Equity", "Total Fees", "OrderListHash")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing compared: how much each side has and, when they differ, the first difference as table rows."""

    name: str
    sizes: tuple[str, str]
    where: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()

    @property
    def equal(self) -> bool:
        """Whether both sides agree."""
        return not self.where


def compare_results(one: ResultFiles, two: ResultFiles) -> list[Part]:
    """Orders, events, equity and the figures both print; each with its first difference."""
    return [
        _records("orders", "order", one.orders, two.orders),
        _records("events", "event", one.events, two.events),
        _equity(one.equity, two.equity),
        _figures(one.statistics, two.statistics),
    ]


def _records(name: str, title: str, one: Sequence[dict[str, Any]], two: Sequence[dict[str, Any]]) -> Part:
    sizes = (str(len(one)), str(len(two)))
    for number, (left, right) in enumerate(zip(one, two, strict=False), 1):
        keys = list(dict.fromkeys([*left, *right]))
        different = [key for key in keys if not _same(key, left.get(key), right.get(key))]
        if different:
            rows = tuple((key, _text(left.get(key)), _text(right.get(key))) for key in keys)
            return Part(name, sizes, f"{title} {number}: {', '.join(different)}", rows)
    if len(one) != len(two):
        shorter, longer = (one, two) if len(one) < len(two) else (two, one)
        extra = longer[len(shorter)]
        first = longer is one
        rows = tuple(
            (key, _text(value) if first else "", "" if first else _text(value)) for key, value in extra.items()
        )
        return Part(name, sizes, f"{title} {len(shorter) + 1} is on one side only", rows)
    return Part(name, sizes)


def _same(key: str, left: Any, right: Any) -> bool:
    if key == "message":
        return same_text(left or "", right or "")
    return bool(left == right)


def _equity(one: dict[datetime, Decimal], two: dict[datetime, Decimal]) -> Part:
    """Compared to the cent at the moments both sides sampled; each may sample at other moments too."""
    times = common_times(list(one), list(two))
    sizes = (f"{len(one)} samples", f"{len(two)} samples, {len(times)} in common")
    if bool(one) != bool(two) or (one and two and not times):
        return Part("equity", sizes, "no sample in common", (("first", _first(one), _first(two)),))
    for time in times:
        if abs(one[time] - two[time]) >= CENT:
            return Part("equity", sizes, f"{time} UTC", ((str(time), f"{one[time]:.2f}", f"{two[time]:.2f}"),))
    return Part("equity", sizes)


def _first(samples: dict[datetime, Decimal]) -> str:
    return f"{min(samples)}" if samples else "none"


def _figures(one: dict[str, str], two: dict[str, str]) -> Part:
    names = [name for name in _FIGURES if name in one and name in two]
    sizes = (f"{len(names)} figures", f"{len(names)} figures")
    rows = tuple((name, one[name], two[name]) for name in names if not same_text(one[name], two[name]))
    return Part("statistics", sizes, rows[0][0] if rows else "", rows)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def report(one: ResultFiles, two: ResultFiles, parts: Sequence[Part]) -> str:
    """The table a user reads."""
    lines = [f"A  {one.path}", f"B  {two.path}", ""]
    for part in parts:
        verdict = "equal" if part.equal else f"DIFFERENT at {part.where}"
        lines.append(f"{part.name:<11} A {part.sizes[0]:<14} B {part.sizes[1]:<28} {verdict}")
    for part in parts:
        if part.equal:
            continue
        lines += ["", f"first difference in {part.name}: {part.where}"]
        for name, left, right in part.rows:
            mark = "  " if left == right else "* "
            lines.append(f"  {mark}{name:<14} {left:<{_COLUMN}} {right}".rstrip())
    equal = all(part.equal for part in parts)
    lines += ["", "The two runs agree." if equal else "The two runs differ."]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when equal, 1 when different, 2 when a side cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m replay.compare", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("a", type=Path, metavar="RESULT_A", help="result folder or file")
    parser.add_argument("b", type=Path, metavar="RESULT_B", help="result folder or file")
    given = parser.parse_args(arguments)
    try:
        one, two = read_results(given.a), read_results(given.b)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    parts = compare_results(one, two)
    print(report(one, two, parts))
    return 0 if all(part.equal for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
