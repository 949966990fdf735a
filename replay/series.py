"""One stream of bars of one security, read as late as possible and never twice.

A series stands at a moment; ``advance`` moves it forward, opening day files only when somebody asks. Missing sides of
quote bars are inherited from the bar before, across days, as LEAN's QuoteBarFillForwardEnumerator does.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from decimal import Decimal

from replay.bar_ends import BarEnds
from replay.clock import MINUTE_MS, from_ms, to_ms
from replay.columns import Columns, QuoteColumns
from replay.enums import Resolution, TickType
from replay.prices import PRICE_UNIT, Ohlc, QuoteRow, Sided, TradeRow, priced
from replay.store import Store
from replay.symbol import Symbol
from replay.timing import COARSE

_ONE_DAY = timedelta(days=1)
PERIOD_MS = {
    Resolution.SECOND: 1000,
    Resolution.MINUTE: MINUTE_MS,
    Resolution.HOUR: 60 * MINUTE_MS,
    Resolution.DAILY: 86_400_000,
}
_NEVER = 1000


class Series:
    """Bars of ``symbol`` that end after ``start_ms`` (UTC).

    ``row`` is the last real bar of a session at the present position; ``latest`` may also lie outside sessions: copies
    are made of it, because LEAN fills forward before it filters by hours.
    """

    __slots__ = (
        "_ask",
        "_bid",
        "_columns",
        "_ends",
        "_first",
        "_hours",
        "_next_day",
        "_next_end",
        "_place",
        "_probe_day",
        "_span_of_day",
        "_spans",
        "ask_size",
        "at",
        "bid_size",
        "extended",
        "kind",
        "latest",
        "period",
        "period_ms",
        "resolution",
        "row",
        "start_ms",
        "store",
        "symbol",
    )

    def __init__(
        self,
        store: Store,
        symbol: Symbol,
        kind: TickType,
        resolution: Resolution,
        start_ms: int,
        extended: bool,
        spans: BarEnds | None = None,
    ) -> None:
        """``spans`` says when hour and daily bars end; without it they end as their files say."""
        self._spans = spans
        self.store, self.symbol, self.kind, self.resolution = store, symbol, kind, resolution
        self.start_ms, self.extended = start_ms, extended
        self.period_ms = PERIOD_MS[resolution]
        self.period = timedelta(milliseconds=self.period_ms)
        self.at = start_ms
        self.row: QuoteRow | TradeRow | None = None
        self.latest: QuoteRow | TradeRow | None = None
        self.bid_size = self.ask_size = 0
        self._bid: Ohlc | Sided | None = None
        self._ask: Ohlc | Sided | None = None
        self._hours = store.hours(symbol)
        first = self._hours.data_time_zone.to_local(from_ms(start_ms + 1)).date()
        self._next_day = self._probe_day = first
        self._columns: Columns | None = None
        self._ends: list[int] = []
        self._next_end = 0
        self._span_of_day = (0, 0)
        self._place = 0
        self._first: int | None = None

    def advance(self, ms: int) -> None:
        """Move to a later moment; an earlier one changes nothing."""
        if ms <= self.at:
            return
        self.at = ms
        while ms >= self._next_end:
            if self._columns is not None:
                ends, place = self._ends, self._place
                if place < len(ends) and ends[place] <= ms:
                    place += 1  # mostly one bar is due
                    if place < len(ends) and ends[place] <= ms:
                        place = bisect_right(ends, ms, place)
                    self._take(self._columns, place)
                if place < len(ends):
                    self._next_end = ends[place]
                    return
                self._columns = None
            if not self._open_next(ms):
                self._next_end = self._midnight(self._next_day)
                return

    def row_at(self, ms: int) -> QuoteRow | TradeRow | None:
        """The last bar at a moment, also outside sessions; one in the past is read again from the files."""
        if ms >= self.at:
            if ms > self.at:
                self.advance(ms)
            return self.latest
        if self.latest is not None and self.latest.end <= ms:
            return self.latest
        again = Series(self.store, self.symbol, self.kind, self.resolution, self.start_ms, self.extended, self._spans)
        again.advance(ms)
        return again.latest

    def period_at(self, end: datetime) -> timedelta:
        """Length of the bar that ends at a time of the exchange's zone."""
        if self._spans is None:
            return self.period
        session = self._hours.session(end.date()) if self._spans is not None and self._spans.strict else None
        return self.period if session is None else session[1] - session[0]

    def begun(self, ms: int) -> bool:
        """Whether a bar has ended by a moment; reads no more than first rows."""
        if self._first is None and self.latest is not None:
            self._first = self.latest.end
        while self._first is None:
            if self._midnight(self._probe_day) > ms:
                return False
            self._first = self._first_of(self._probe_day)
            self._probe_day = self._following(self._probe_day)
        return self._first <= ms

    def _following(self, day: date) -> date:
        """The day of the next file: hour and daily bars of contracts have one a year, of stocks and indices one."""
        if self.resolution not in COARSE:
            return day + _ONE_DAY
        return date(day.year + (1 if self.symbol.has_underlying else _NEVER), 1, 1)

    def _first_of(self, day: date) -> int | None:
        file = self.store.bars(self.symbol, self.resolution, self.kind, day)
        if file is None:
            return None
        if self._spans is not None and self._spans.strict:
            timed = self._timed(file.columns(self.symbol))
            return next((end for end in timed.ends if end > self.start_ms), None) if timed else None
        first = file.first_end(self.symbol)
        if first is None or first > self.start_ms:
            return first
        columns = file.columns(self.symbol)
        place = bisect_right(columns.ends, self.start_ms) if columns else 0
        return columns.ends[place] if columns and place < len(columns.ends) else None

    def _midnight(self, day: date) -> int:
        return self.store.midnight_ms(self._hours.data_time_zone, day)

    def _open_next(self, ms: int) -> bool:
        """Open the next day file that may hold bars ended by ``ms``; False when there is none yet."""
        while self._midnight(self._next_day) <= ms:
            day = self._next_day
            self._next_day = self._following(day)
            if self._columns_of(day):
                return True
            if self._next_day.year > 2100:
                break
        return False

    def _columns_of(self, day: date) -> bool:
        file = self.store.bars(self.symbol, self.resolution, self.kind, day)
        columns = self._timed(file.columns(self.symbol)) if file else None
        if columns is None:
            return False
        self._columns, self._ends = columns, columns.ends
        self._place = bisect_right(columns.ends, self.start_ms)
        self._span_of_day = self._session(day)
        return self._place < len(self._ends)

    def _timed(self, columns: Columns | None) -> Columns | None:
        if columns is None or self._spans is None or not self._spans.strict:
            return columns
        return columns.retimed([self._spans.of_row(end) for end in columns.ends])

    def _session(self, day: date) -> tuple[int, int]:
        """Places of the first bar of the session and of the first after it."""
        if self.resolution in COARSE or self.extended:
            return 0, len(self._ends)
        span = self._span(day)
        if span is None:
            return 0, 0
        return bisect_right(self._ends, span[0]), bisect_right(self._ends, span[1] + self.period_ms - 1)

    def _span(self, day: date) -> tuple[int, int] | None:
        session = self._hours.session(day, self.extended)
        if session is None:
            return None
        zone = self._hours.time_zone
        return to_ms(zone.to_utc(session[0])), to_ms(zone.to_utc(session[1]))

    def _take(self, columns: Columns, place: int) -> None:
        """Consume the rows before ``place``; those of the session also price the security."""
        opening, closing = self._span_of_day
        if opening < place <= closing:
            self.latest = self.row = self._consume(columns, place)
            return
        inner = min(place, closing)
        if inner > max(self._place, opening):
            self.latest = self.row = self._consume(columns, inner)
        if place > self._place:
            self.latest = self._consume(columns, place)

    def _consume(self, columns: Columns, place: int) -> QuoteRow | TradeRow:
        start, last = self._place, place - 1
        self._place = place
        if self.kind is TickType.QUOTE:
            return self._quote(columns, start, last)
        row = columns.row(last)
        return TradeRow(self._ends[last], priced(row[:4], columns.unit), Decimal(row[4]))

    def _quote(self, columns: Columns, start: int, last: int) -> QuoteRow:
        bid, bid_size, ask, ask_size = _sides(columns, last)
        self._bid, self._ask = bid or self._bid, ask or self._ask
        self.bid_size, self.ask_size = bid_size or self.bid_size, ask_size or self.ask_size
        if not (bid and ask and bid_size and ask_size):
            self._look_back(columns, start, last, bool(bid), bool(ask))
        return QuoteRow(self._ends[last], self._bid, bid_size if bid else 0, self._ask, ask_size if ask else 0)

    def _look_back(self, columns: Columns, start: int, last: int, has_bid: bool, has_ask: bool) -> None:
        """Sides and sizes the last row lacks, from the newest row before it that has them."""
        sized_bid = sized_ask = False
        for place in range(last, start - 1, -1):
            bid, bid_size, ask, ask_size = _sides(columns, place)
            if not has_bid and bid:
                self._bid, has_bid = bid, True
            if not has_ask and ask:
                self._ask, has_ask = ask, True
            if not sized_bid and bid_size:
                self.bid_size, sized_bid = bid_size, True
            if not sized_ask and ask_size:
                self.ask_size, sized_ask = ask_size, True
            if has_bid and has_ask and sized_bid and sized_ask:
                return


def _sides(columns: Columns, place: int) -> tuple[Ohlc | Sided | None, int, Ohlc | Sided | None, int]:
    """Bid, its size, ask and its size of a row; a side whose four prices are 0 is None.

    In files of whole numbers only the closes and sizes are read now. A cell that is no whole number is left to
    `Columns.row`, which reads it or says what is wrong with it.
    """
    if columns.unit is PRICE_UNIT and isinstance(columns, QuoteColumns):
        cells = columns.cells(place)
        try:
            bid_close, ask_close = int(cells[4] or 0), int(cells[9] or 0)
            has_bid = bid_close or any(int(cell or 0) for cell in cells[1:4])
            has_ask = ask_close or any(int(cell or 0) for cell in cells[6:9])
            bid = Sided(cells[1:5], bid_close, columns.reader, (place, 0)) if has_bid else None
            ask = Sided(cells[6:10], ask_close, columns.reader, (place, 5)) if has_ask else None
            return bid, int(cells[5] or 0), ask, int(cells[10] or 0)
        except ValueError:
            pass
    row = columns.row(place)
    bid_prices = priced(row[:4], columns.unit) if any(row[:4]) else None
    ask_prices = priced(row[5:9], columns.unit) if any(row[5:9]) else None
    return bid_prices, int(row[4]), ask_prices, int(row[9])
