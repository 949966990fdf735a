"""The last known prices of securities: what LEAN gives one that was just added, before its first bar.

Rules: QCAlgorithm.GetLastKnownPrices and AlgorithmUtils.SeedSecurities: a few bars of the security's own resolution,
then more of them, then days; real bars only, each kind for itself. Open interest is asked by the day.
"""

from __future__ import annotations

from typing import Any

from replay.bars import BaseData, OpenInterest
from replay.clock import to_ms
from replay.enums import Resolution, TickType
from replay.history import available_kinds, bar_shown
from replay.history_rows import Request, bars_of, start_of_periods
from replay.symbol import Symbol

_FIRST, _LAST = 5, 50
_AGAIN = {Resolution.MINUTE: 24 * 60, Resolution.HOUR: 24, Resolution.DAILY: 10}
Attempts = tuple[tuple[Resolution, int], ...]
_DAYS = tuple((Resolution.DAILY, days) for days in (_FIRST, _AGAIN[Resolution.DAILY], _LAST))


def last_known(run: Any, symbol: Symbol) -> list[Any]:
    """The last real bar of each kind, by start; none for a chain. A symbol not followed is asked by minutes."""
    if symbol.is_canonical():
        return []
    security = run.securities.find(symbol)
    resolution = Resolution.MINUTE if security is None else max(security.resolution, Resolution.MINUTE)
    extended = security is not None and bool(security.extended_market_hours)
    kinds = available_kinds(symbol, resolution)
    attempts: Attempts = ((resolution, _FIRST), (resolution, _AGAIN[resolution]), (Resolution.DAILY, _LAST))
    asked = [(kind, attempts) for kind in (kinds if symbol.has_underlying else reversed(kinds))]
    if symbol.has_underlying:
        asked.append((TickType.OPEN_INTEREST, _DAYS))
    bars = (_last(run, symbol, kind, spans, extended) for kind, spans in asked)
    return sorted((bar for bar in bars if bar is not None), key=lambda bar: bar.time)


def _last(run: Any, symbol: Symbol, kind: TickType, attempts: Attempts, extended: bool) -> Any:
    hours, strict = run.store.hours(symbol), run.settings.daily_precise_end_time
    for resolution, periods in attempts:
        if kind is not TickType.OPEN_INTEREST and kind not in available_kinds(symbol, resolution):
            continue
        start = start_of_periods(hours, run.utc, resolution, periods, extended, strict_daily=strict)
        request = Request(
            symbol, kind, resolution, to_ms(start), run.ms, fill_forward=False, extended=extended, strict=strict
        )
        bars = list(bars_of(run.store, request))
        if bars:
            return bar_shown(run.store, request, bars[-1])
    return None


def seed(run: Any, security: Any) -> None:
    """Give a security without a price its last known ones."""
    if not security.exact_price:
        for bar in last_known(run, security.symbol):
            security.set_market_price(bar)


def seed_with(security: Any, found: Any) -> bool:
    """Give a security what an algorithm's function found: bars, one bar or None; whether there was one."""
    bars = [found] if isinstance(found, BaseData | OpenInterest) else list(found or ())
    for bar in bars:
        security.set_market_price(bar)
    return bool(bars)
