"""Which data a run looked for and did not find: LEAN goes on without a word, a user wants to know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from replay.enums import SecurityType, TickType
from replay.universe import universe_path

_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
_SHOWN = 3


def missing_data(run: Any) -> list[str]:
    """One line per security or chain without prices on trading days of the run, and per chain without a universe."""
    first, last = run.start_date.date(), run.end_date.date()
    notes = []
    for (symbol, kind), days in sorted(run.store.looked_for.items(), key=lambda item: (item[0][0].value, item[0][1])):
        wanted = TickType.QUOTE if symbol.security_type in _OPTIONS else TickType.TRADE
        if kind is not wanted:
            continue
        hours = run.store.hours(symbol)
        open_days = [day for day in sorted(days) if first <= day <= last and hours.is_date_open(day)]
        absent = [day for day in open_days if not days[day]]
        if absent:
            more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
            named = ", ".join(day.isoformat() for day in absent[:_SHOWN])
            notes.append(
                f"no {kind.name.lower()} file of {symbol.value} on {len(absent)} of {len(open_days)} trading days "
                f"({named}{more}); last known prices stand in"
            )
    return notes + [
        note for chain in run.universes.chains if (note := _universe(run, chain.option.symbol, first, last))
    ]


def _universe(run: Any, symbol: Any, first: date, last: date) -> str:
    """A chain none of whose universe files is there up to the end of the run follows no contract."""
    folder = universe_path(run.store.root, symbol, first).parent
    before = (first - timedelta(days=7)).strftime("%Y%m%d")
    names = sorted(file.stem for file in folder.glob("*.csv"))
    if any(before <= name <= last.strftime("%Y%m%d") for name in names):
        return ""
    return f"no universe file for {symbol.value} in {folder} from {before} on: its option chain stays empty"
