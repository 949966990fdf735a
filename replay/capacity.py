"""How much money a strategy could trade before it moves the market: LEAN's estimate, in dollars.

Rules: Common/CapacityEstimate.cs and SymbolCapacity.cs. After a fill the dollar volume of that security's bars is
gathered for a while; now and then the security with the least of it gives the capacity of the whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from replay.buying_power import ZERO, OptionMarginModel, naked_margin
from replay.orders import OrderEvent
from replay.symbol import Symbol

_VOLUME_PER_MINUTE = Decimal(6_000_000)
_LONGEST_MINUTES, _MINUTES_WITHOUT_VOLUME = 120, 10
_SESSION_MINUTES = Decimal(390)
_EFFECT = timedelta(days=30)
_SHARE_OF_MINUTES, _SHARE_OF_HOURS, _SHARE_OF_DAYS = Decimal("0.20"), Decimal("0.05"), Decimal("0.02")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NEW, _OLD = Decimal("0.33"), Decimal("0.66")
_STEP = Decimal(1000)


class _Traded:
    """The market's volume around the fills of one security, dollars."""

    def __init__(self, security: Any) -> None:
        self.security = security
        self.sold = ZERO
        self.fills = 0
        self.last_fill = datetime.min
        self._gathered = self._share = ZERO
        self._discount = Decimal(1)
        self._start_again = False
        self._previous: tuple[datetime, Decimal] | None = None

    @property
    def market(self) -> Decimal:
        """What the market can take."""
        return self._gathered * self._share

    def filled(self, event: OrderEvent) -> None:
        """A fill opens another stretch of gathering; soon after the last one its volume counts less."""
        self.sold += event.fill_price * abs(event.fill_quantity) * self.security.multiplier
        if self.fills or self._start_again:
            minutes = Decimal((event.time_utc - self.last_fill).total_seconds()) / 60
            self._discount = min(max(2 * minutes / _SESSION_MINUTES, Decimal("0.20")), Decimal(1))
        if self._start_again:
            self._gathered, self.fills, self._start_again = ZERO, 0, False
        self.fills += 1
        self.last_fill = event.time_utc

    def reset(self) -> None:
        """After a snapshot: the next fill starts again."""
        self._start_again, self.sold = True, ZERO

    def step(self, run: Any) -> bool:
        """Take the bar of this step; True when the stretch is over."""
        found = self._bar(run)
        if found is None or not found[1]:
            return False
        close, volume, length = found
        minutes = Decimal(0)
        if self._previous is not None:
            minutes = Decimal((run.utc - self._previous[0]).total_seconds()) / 60
        average = close * volume
        if self._previous is not None and minutes:
            average = close * (volume + self._previous[1]) / minutes
        self._previous = (run.utc, volume)
        if not self._gathers(run.utc, length, average):
            return True
        self._share = _SHARE_OF_DAYS if length >= _DAY else _SHARE_OF_HOURS if length >= _HOUR else _SHARE_OF_MINUTES
        self._gathered += close * self._discount * volume * self.security.multiplier
        return False

    def _gathers(self, utc: datetime, length: timedelta, average: Decimal) -> bool:
        if length >= _DAY:
            return utc == self.last_fill or utc == _round_up(self.last_fill, _DAY)
        if length >= _HOUR:
            return utc == _round_up(self.last_fill, _HOUR)
        wanted = _VOLUME_PER_MINUTE / average if average else Decimal(_MINUTES_WITHOUT_VOLUME)
        return utc <= self.last_fill + timedelta(minutes=min(max(int(wanted), 1), _LONGEST_MINUTES))

    def _bar(self, run: Any) -> tuple[Decimal, Decimal, timedelta] | None:
        """Close, volume and length of the slice's trade bar, else of its quote bar with half its sizes as volume."""
        security = self.security
        for series in (security.trade, security.quote):
            found = None if series is None else run.feed.emitted(security, series, run.ms)
            if found is not None:
                row, copied, end = found
                length = series.period_at(end)
                if series is security.trade:
                    return row.ohlc[3], ZERO if copied else row.volume, length
                return row.middle(3), Decimal(row.bid_size + row.ask_size) / 2, length
        return None

    def margin_share(self, value: Decimal) -> Decimal:
        """The margin of the position times the leverage, per dollar of the portfolio."""
        security = self.security
        model, held = security.exact_margin_model, security.holdings.exact_quantity
        if isinstance(model, OptionMarginModel):
            margin = naked_margin(security.facts, held, abs(security.holdings.exact_cost)) if held < 0 else ZERO
        else:
            margin = model.maintenance(security.facts, held)
        share: Decimal = margin / model.rate / value
        return share

    def is_over(self, utc: datetime) -> bool:
        """Flat, and the last fill is long ago."""
        return not self.security.holdings.invested and utc >= self.last_fill + _EFFECT


class Capacity:
    """The estimate of one run; ``value`` in dollars, ``lowest`` the security it comes from."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._traded: dict[Symbol, _Traded] = {}
        self._gathering: dict[Symbol, _Traded] = {}
        self._exact = ZERO
        self.lowest: Symbol | None = None
        span = (run.end_date - run.start_date) / _DAY - 1
        self._period = timedelta(days=max(min(span, 7), 1))
        self._next = run.start_date + self._period

    @property
    def value(self) -> Decimal:
        """Rounded to thousands."""
        return (self._exact / _STEP).quantize(Decimal(1), ROUND_HALF_UP) * _STEP

    def filled(self, security: Any, event: OrderEvent) -> None:
        """Every fill."""
        traded = self._traded.setdefault(event.symbol, _Traded(security))
        traded.filled(event)
        self._gathering[event.symbol] = traded

    def step(self, force: bool = False) -> None:
        """End of a step; ``force`` at the end of the run."""
        for symbol, traded in list(self._gathering.items()):
            if traded.step(self._run):
                del self._gathering[symbol]
        today = self._run.utc.replace(hour=0, minute=0, second=0, microsecond=0)
        if self._traded and (force or today >= self._next):
            self._snapshot(today)

    def _snapshot(self, today: datetime) -> None:
        value = self._run.portfolio.exact_value
        if not value:
            return
        smallest = min(self._traded.values(), key=lambda one: one.market)
        self.lowest = smallest.security.symbol
        sold = sum((one.sold for one in self._traded.values()), ZERO)
        share = max(smallest.sold / sold if sold else ZERO, smallest.margin_share(value))
        found = smallest.market / smallest.fills / share if share else self._exact
        self._exact = _NEW * found + _OLD * self._exact if self._exact else found
        for symbol, traded in list(self._traded.items()):
            if traded.is_over(self._run.utc):
                del self._traded[symbol]
                self._gathering.pop(symbol, None)
            else:
                traded.reset()
        self._next = today + self._period


def _round_up(moment: datetime, step: timedelta) -> datetime:
    over = (moment - datetime.min) % step
    return moment + step - over if over else moment
