"""``SimpleMovingAverage`` and ``ExponentialMovingAverage``, fed by hand or by the trade bars of a security.

Rules: LEAN's Indicators/{SimpleMovingAverage,ExponentialMovingAverage,IndicatorBase}.cs, in decimals. Copies of bars
count like bars, because LEAN hands both to what consolidates.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.errors import Unsupported
from replay.naming import LeanObject
from replay.symbol import Symbol, to_decimal

ZERO = Decimal(0)


class IndicatorDataPoint(LeanObject):
    """A value and its time."""

    def __init__(self, time: datetime, value: Decimal) -> None:
        self.time = self.end_time = time
        self.exact = value

    value = property(lambda self: float(self.exact))
    price = value


class MovingAverage(LeanObject):
    """Common part: the present value (``current.value``), the one before, and how many values came."""

    def __init__(self, name: str, period: int) -> None:
        self.name, self.period = name, int(period)
        self.warm_up_period = self.period
        self.reset()

    def reset(self) -> None:
        """Back to the start."""
        self.samples = 0
        self.current = self.previous = IndicatorDataPoint(datetime.min, ZERO)
        self._newest: list[Decimal] = []

    def update(self, time: Any, value: Any = None) -> bool:
        """Take (time, value), a data point or a bar; True once ready. An earlier time than the last is left out."""
        if value is None:
            time, value = time.end_time, getattr(time, "exact", time.value)
        if self.samples and time < self.current.end_time:
            return self.is_ready
        exact = to_decimal(value)
        self.samples += 1
        self._newest = [*self._newest[-self.period + 1 :], exact] if self.period > 1 else [exact]
        self.previous, self.current = self.current, IndicatorDataPoint(time, self._next(exact))
        return self.is_ready

    def _next(self, value: Decimal) -> Decimal:
        raise NotImplementedError

    @property
    def is_ready(self) -> bool:
        """Whether ``period`` values have come."""
        return bool(self.samples >= self.period)

    def _other(self, other: Any) -> Decimal:
        return other.current.exact if isinstance(other, MovingAverage) else to_decimal(other)

    def __gt__(self, other: Any) -> bool:
        return bool(self.current.exact > self._other(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.current.exact >= self._other(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.current.exact < self._other(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.current.exact <= self._other(other))


class SimpleMovingAverage(MovingAverage):
    """The mean of the last ``period`` values, of fewer before they came."""

    def __init__(self, *name_and_period: Any) -> None:
        period = name_and_period[-1]
        super().__init__(name_and_period[0] if len(name_and_period) > 1 else f"SMA({period})", period)

    def _next(self, value: Decimal) -> Decimal:
        return sum(self._newest, ZERO) / len(self._newest)


class ExponentialMovingAverage(MovingAverage):
    """Starts as the mean of the first ``period`` values (0 before); factor 2 / (period + 1) unless given."""

    def __init__(self, *arguments: Any) -> None:
        named = bool(arguments) and isinstance(arguments[0], str)
        period, *rest = arguments[1:] if named else arguments
        super().__init__(arguments[0] if named else f"EMA({period})", period)
        self._factor = to_decimal(rest[0]) if rest else Decimal(2) / (1 + self.period)

    def _next(self, value: Decimal) -> Decimal:
        if self.samples < self.period:
            return ZERO
        if self.samples == self.period:
            return sum(self._newest, ZERO) / self.period
        return value * self._factor + self.current.exact * (1 - self._factor)


class BarFeeds:
    """Averages that take the close of every trade bar of a security, copies too, before ``on_data``."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._fed: list[tuple[Symbol, MovingAverage]] = []

    def add(self, symbol: Symbol, average: MovingAverage, resolution: Any, selector: Any) -> None:
        """Feed an average; Unsupported for bars of another length than the subscription's."""
        security = self._run.securities[symbol]
        if resolution not in (None, security.resolution):
            raise Unsupported(f"an indicator of {resolution} bars on {security.resolution} bars", "leave it out")
        if selector is not None:
            raise Unsupported("an indicator's selector", "update the indicator by hand with another field")
        if self._run.settings.automatic_indicator_warm_up:
            raise Unsupported("settings.automatic_indicator_warm_up", "use set_warm_up, or update by hand")
        self._fed.append((security.symbol, average))

    def step(self) -> None:
        """Take the bars of this step."""
        run = self._run
        for symbol, average in self._fed:
            security = run.securities.find(symbol)
            found = None
            if security is not None and security.trade is not None:
                found = run.feed.emitted(security, security.trade, run.ms)
            if found is not None:
                average.update(found[2], found[0].ohlc[3])
