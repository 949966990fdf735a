"""Past bars of one security between two moments, gaps filled forward as LEAN's history provider does.

The rules are those of SubscriptionDataReader (nothing before the start is read), QuoteBarFillForwardEnumerator and
FillForwardEnumerator: a copy appears at every bar end of a session until the next real bar or the end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from replay.bar_ends import BarEnds
from replay.clock import DAY_MS, from_ms, to_ms
from replay.columns import Columns, OpenInterestColumns, QuoteColumns
from replay.enums import Resolution, TickType
from replay.hours import ExchangeHours
from replay.prices import Ohlc, QuoteRow, TradeRow
from replay.series import PERIOD_MS
from replay.store import Store
from replay.symbol import Symbol
from replay.timing import COARSE

_ONE_DAY = timedelta(days=1)


class InterestRow(NamedTuple):
    """An open interest reading; ``end`` is UTC milliseconds."""

    end: int
    value: Decimal


Row = QuoteRow | TradeRow | InterestRow


class Bar(NamedTuple):
    """A row as history shows it: ``start`` and ``end`` are UTC milliseconds, ``copy`` is a filled-forward one."""

    start: int
    end: int
    row: Row
    copy: bool


@dataclass(frozen=True)
class Request:
    """One stream of history: bars that end after ``start_ms`` and not after ``end_ms`` (UTC milliseconds)."""

    symbol: Symbol
    kind: TickType
    resolution: Resolution
    start_ms: int
    end_ms: int
    fill_forward: bool = True
    extended: bool = False
    strict: bool = True
    """Daily bars end at the close of their session, else at midnight."""


def bars_of(store: Store, request: Request) -> Iterator[Bar]:
    """The bars of a request, oldest first."""
    hours = store.hours(request.symbol)
    ends = store.bar_ends(request.symbol, request.resolution, request.extended, request.strict)
    previous: Bar | None = None
    for bar in _real_bars(store, request, hours, ends):
        if previous is not None and request.fill_forward:
            yield from _copies(previous, bar.end, request, hours, ends)
        previous = bar
        if bar.end > request.end_ms:
            break
        if bar.end > request.start_ms and _in_session(bar, request, hours):
            yield bar
    else:
        if previous is not None and request.fill_forward:
            yield from _copies(previous, request.end_ms + 1, request, hours, ends)


def start_of_periods(
    hours: ExchangeHours,
    utc: datetime,
    resolution: Resolution,
    periods: int,
    extended: bool,
    *,
    strict_daily: bool = True,
) -> datetime:
    """The UTC time after which ``periods`` bars fit before ``utc``: LEAN's Time.GetStartTimeForTradeBars.

    ``strict_daily``: daily bars end at the close, as price bars do; universe files end at midnight.
    """
    zone, step = hours.time_zone, timedelta(milliseconds=PERIOD_MS[resolution])
    now = zone.to_local(utc)
    current = now
    if resolution is Resolution.DAILY and strict_daily:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not hours.is_date_open(now) or hours.get_next_market_close(midnight, extended) > now:
            current = _floor(utc, hours, step)
    else:
        current = _floor(utc, hours, step)
    found = 0
    while found < periods:
        found += hours.is_open(current - step, current, extended)
        current -= step
    return zone.to_utc(current)


def _floor(utc: datetime, hours: ExchangeHours, step: timedelta) -> datetime:
    """A moment rounded down in the zone of the data, in exchange time."""
    local = hours.data_time_zone.to_local(utc)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return hours.time_zone.to_local(hours.data_time_zone.to_utc(local - (local - midnight) % step))


def _real_bars(store: Store, request: Request, hours: ExchangeHours, bar_ends: BarEnds | None) -> Iterator[Bar]:
    zone = hours.data_time_zone
    first, last = zone.to_local(from_ms(request.start_ms)).date(), zone.to_local(from_ms(request.end_ms)).date()
    if request.resolution in COARSE:
        days = (
            [date(year, 1, 1) for year in range(first.year, last.year + 1)] if request.symbol.has_underlying else [last]
        )
    else:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    sides: list[Ohlc | None] = [None, None]
    for day in days:
        if request.resolution not in COARSE and not hours.is_date_open(day, request.extended):
            continue
        file = store.bars(request.symbol, request.resolution, request.kind, day)
        columns = file.columns(request.symbol) if file is not None else None
        if columns is not None:
            yield from _rows_of(columns, request, bar_ends, sides)


def _rows_of(columns: Columns, request: Request, bar_ends: BarEnds | None, sides: list[Ohlc | None]) -> Iterator[Bar]:
    ends = columns.ends
    low, high = bisect_left(ends, request.start_ms), bisect_right(ends, request.end_ms)
    if request.resolution is Resolution.DAILY:
        low, high = bisect_left(ends, request.start_ms - DAY_MS), bisect_right(ends, request.end_ms + DAY_MS)
    period = PERIOD_MS[request.resolution] if not isinstance(columns, OpenInterestColumns) else 0
    for place in range(low, min(high + 1, len(ends))):
        start, end = ends[place] - period, ends[place]
        if request.resolution is Resolution.DAILY and period and bar_ends is not None:
            close = bar_ends.of_row(end)
            span = None if close is None or close < request.start_ms else bar_ends.last(close)
            if span is None:
                continue
            start, end = span
        yield Bar(start, end, _row(columns, place, end, request.fill_forward, sides), False)


def _row(columns: Columns, place: int, end: int, inherit: bool, sides: list[Ohlc | None]) -> Row:
    if isinstance(columns, OpenInterestColumns):
        return InterestRow(end, Decimal(columns.column("value")[place]))
    if not isinstance(columns, QuoteColumns):
        return TradeRow(end, _ohlc(columns, "", place), Decimal(columns.column("volume")[place]))
    bid = _ohlc(columns, "bid_", place) if columns.has_bid(place) else None
    ask = _ohlc(columns, "ask_", place) if columns.has_ask(place) else None
    bid_size = int(columns.column("bid_size")[place]) if bid else 0
    ask_size = int(columns.column("ask_size")[place]) if ask else 0
    if inherit:
        bid, ask = bid or sides[0], ask or sides[1]
        sides[:] = bid, ask
    return QuoteRow(end, bid, bid_size, ask, ask_size)


def _ohlc(columns: Columns, prefix: str, place: int) -> Ohlc:
    price = columns.price
    return (
        price(f"{prefix}open", place),
        price(f"{prefix}high", place),
        price(f"{prefix}low", place),
        price(f"{prefix}close", place),
    )


def _in_session(bar: Bar, request: Request, hours: ExchangeHours) -> bool:
    if request.resolution is Resolution.DAILY or bar.start == bar.end:
        return True
    zone = hours.time_zone
    return hours.is_open(zone.to_local(from_ms(bar.start)), zone.to_local(from_ms(bar.end)), request.extended)


def _copies(
    previous: Bar, before_ms: int, request: Request, hours: ExchangeHours, bar_ends: BarEnds | None
) -> Iterator[Bar]:
    """Copies of a bar at the bar ends after it and before a moment."""
    if request.kind is TickType.OPEN_INTEREST:
        return
    zone, period = hours.time_zone, PERIOD_MS[request.resolution]
    limit = min(before_ms, request.end_ms + 1)
    if bar_ends is not None:
        for end_ms in bar_ends.after(previous.end, limit - 1):
            span = bar_ends.last(end_ms)
            if span is not None and end_ms > request.start_ms:
                yield Bar(*span, previous.row, True)
        return
    step = timedelta(milliseconds=period)
    end = zone.to_local(from_ms(previous.end)) + step
    while (end_ms := to_ms(zone.to_utc(end))) < limit:
        if hours.is_open(end - step, end, request.extended):
            if end_ms > request.start_ms:
                yield Bar(end_ms - period, end_ms, previous.row, True)
            end += step
        else:
            opening = hours.get_next_market_open(end - step, request.extended)
            midnight = opening.replace(hour=0, minute=0, second=0, microsecond=0)
            end = max(midnight + (opening - midnight) // step * step + step, end + step)
