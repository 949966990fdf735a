"""market-hours-database.json: finds and combines the entries the way LEAN's MarketHoursDatabaseJsonConverter does.

The file holds thousands of entries; only the few a run needs are decoded.
"""

from __future__ import annotations

import json
import re
from datetime import date as calendar_date
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from replay.enums import MarketHoursState, SecurityType
from replay.errors import ArgumentException, DataError
from replay.hours import ExchangeHours, Segment
from replay.symbol import Symbol
from replay.timezones import TimeZone

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WILDCARD = "[*]"
_TYPE_NAMES = {
    SecurityType.EQUITY: "Equity",
    SecurityType.OPTION: "Option",
    SecurityType.INDEX: "Index",
    SecurityType.INDEX_OPTION: "IndexOption",
}
_UNDERLYING_TYPES = {SecurityType.OPTION: SecurityType.EQUITY, SecurityType.INDEX_OPTION: SecurityType.INDEX}
_STATES = {state.name.replace("_", "").lower(): state for state in MarketHoursState}
_SPAN = re.compile(r"(?:(\d+)[.:])?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")

UNDERLYING_OF_ROOT = {"SPXW": "SPX", "VIXW": "VIX", "NDXP": "NDX", "NQX": "NDX", "RUTW": "RUT"}
"""Index option roots whose index has another ticker (LEAN's IndexOptionSymbol)."""


def database_key(symbol: Symbol) -> str:
    """The ticker a symbol is looked up by: the underlying for equity options, the root for index options."""
    if symbol.security_type == SecurityType.OPTION and symbol.underlying is not None:
        return symbol.underlying.value
    return symbol.id.symbol if symbol.underlying is not None else symbol.value


class MarketHoursDatabase:
    """The exchange hours of a data folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[tuple[str, str, SecurityType], ExchangeHours | None] = {}

    def of(self, symbol: Symbol) -> ExchangeHours:
        """The hours of a symbol's exchange."""
        return self.get(symbol.id.market, database_key(symbol), symbol.security_type)

    def get(self, market: str, ticker: str, security_type: SecurityType) -> ExchangeHours:
        """The hours of a ticker, else of its market's wildcard; DataError when neither is in the file."""
        found = self._entry(market, ticker, security_type) or self._entry(market, _WILDCARD, security_type)
        if found is None:
            name = _TYPE_NAMES.get(security_type, str(security_type))
            self._check_json()
            raise DataError(
                self._file,
                f"has no entry {name}-{market}-{ticker} and none for {name}-{market}-{_WILDCARD}",
                mend="add the entry; LEAN's own database has it",
            )
        return found

    @cached_property
    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(
                self._file, f"cannot be read ({error})", mend="a data folder needs LEAN's market hours database"
            ) from error

    def _check_json(self) -> None:
        """A file that is cut off or garbled says so, rather than that an entry is missing."""
        try:
            json.loads(self._text)
        except ValueError as error:
            raise DataError(self._file, f"is no valid JSON ({error})", mend="take LEAN's own database again") from error

    def _entry(self, market: str, ticker: str, security_type: SecurityType) -> ExchangeHours | None:
        key = (market, ticker.upper(), security_type)
        if key not in self._entries:
            self._entries[key] = self._read(*key)
        return self._entries[key]

    def _read(self, market: str, ticker: str, security_type: SecurityType) -> ExchangeHours | None:
        name = f"{_TYPE_NAMES.get(security_type, str(security_type))}-{market}-{ticker}"
        start = re.search(rf'"{re.escape(name)}"\s*:\s*', self._text)
        if start is None:
            return None
        try:
            entry = json.JSONDecoder().raw_decode(self._text, start.end())[0]
            return self._combine(entry, market, ticker, security_type)
        except (ValueError, KeyError, TypeError, AttributeError, ArgumentException) as error:
            raise DataError(
                self._file, f"the entry is malformed ({error!r})", field=name, mend="compare it with LEAN's database"
            ) from error

    def _combine(self, entry: dict[str, Any], market: str, ticker: str, security_type: SecurityType) -> ExchangeHours:
        holidays = {_date(text) for text in entry.get("holidays") or ()}
        early = {_date(text): _span(time) for text, time in (entry.get("earlyCloses") or {}).items()}
        late = {_date(text): _span(time) for text, time in (entry.get("lateOpens") or {}).items()}
        underlying = self._underlying(market, ticker, security_type)
        if underlying is not None:
            holidays = holidays or underlying.holidays
            early = early or underlying.early_closes
            late = late or underlying.late_opens
        common = self._entry(market, _WILDCARD, security_type) if ticker != _WILDCARD else None
        if common is not None:
            holidays = holidays | common.holidays
            early = common.early_closes | early
            late = common.late_opens | late
        return ExchangeHours(
            TimeZone.of(entry["exchangeTimeZone"]),
            TimeZone.of(entry["dataTimeZone"]),
            [[_segment(item) for item in entry.get(day) or ()] for day in _WEEK],
            holidays,
            early,
            late,
        )

    def _underlying(self, market: str, ticker: str, security_type: SecurityType) -> ExchangeHours | None:
        kind = _UNDERLYING_TYPES.get(security_type)
        if kind is None:
            return None
        root = UNDERLYING_OF_ROOT.get(ticker, ticker) if security_type == SecurityType.INDEX_OPTION else ticker
        return self._entry(market, root, kind) or self._entry(market, _WILDCARD, kind)


def _date(text: str) -> calendar_date:
    month, day, year = text.split("/")
    return calendar_date(int(year), int(month), int(day))


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time such as 09:30:00")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _segment(item: dict[str, str]) -> Segment:
    return Segment(_span(item["start"]), _span(item["end"]), _STATES[item["state"].lower()])
