"""The filters of a chain that keep or drop contracts one by one, with LEAN's rules (ContractSecurityFilterUniverse).

Every filter changes the universe in place and returns it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from replay.enums import OptionRight, SecurityType
from replay.errors import ArgumentException, InvalidOperationException
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.settlement import is_standard
from replay.symbol import Symbol, to_decimal
from replay.universe import ContractRow, UnderlyingRow, UniverseFile

_STANDARD, _WEEKLY = 1, 2
Rows = list[ContractRow]
Selector = Callable[[Iterable[ContractRow]], Iterable[Any]]


class ChainFilters(LeanObject):
    """The contracts of one universe file, and the moment they are chosen at.

    ``local_time`` is the moment in the exchange's zone; expirations count from its date, or from the next trading day
    when the exchange is closed on it.
    """

    def __init__(
        self,
        file: UniverseFile,
        hours: ExchangeHours,
        local_time: datetime,
        strike_multiplier: Decimal = Decimal(1),
    ) -> None:
        self._file = file
        self._hours = hours
        self._multiplier = strike_multiplier
        self._types = _STANDARD | _WEEKLY
        self._types_applied = False
        self._unique_strikes: list[Decimal] | None = None
        self.local_time = local_time
        self.data: Rows = list(file.rows)

    @property
    def underlying(self) -> UnderlyingRow | None:
        """The underlying's day of the universe file."""
        return self._file.underlying

    @property
    def count(self) -> int:
        """Contracts left."""
        return len(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[ContractRow]:
        return iter(self.data)

    def strikes(self, min_strike: int, max_strike: int) -> Self:
        """Listed strikes counted from the underlying's price; negative numbers lie below it."""
        if self.underlying is None:
            return self
        if self._unique_strikes is None:
            self._unique_strikes = sorted({row.strike for row in self.data})
        listed = self._unique_strikes
        price = self._underlying_price() / self._multiplier
        position = bisect_left(listed, price)
        exact = position < len(listed) and listed[position] == price
        if position == len(listed):
            return self._keep([])
        low, high = position + int(min_strike), position + int(max_strike)
        if not exact:
            if min_strike < 0 < max_strike:
                high -= 1
            elif min_strike > 0:
                low, high = low - 1, high - 1
        low = max(low, 0)
        if low >= len(listed) or high < 0:
            return self._keep([])
        lowest, highest = listed[low], listed[min(high, len(listed) - 1)]
        return self._keep([row for row in self.data if lowest <= row.strike <= highest])

    def expiration(self, min_expiry: int | timedelta, max_expiry: int | timedelta) -> Self:
        """Contracts that expire between two distances, whole days or timedeltas."""
        start = self.local_time.replace(hour=0, minute=0, second=0, microsecond=0)
        if not self._hours.is_date_open(start):
            start = self._hours.get_next_trading_day(start)
        first, last = start + _days(min_expiry), start + _days(max_expiry)
        return self._keep([row for row in self.data if first <= row.expiry <= last])

    def standards_only(self) -> Self:
        """Monthly contracts only."""
        self._refuse_late_type("StandardsOnly")
        self._types = _STANDARD
        return self

    def weeklys_only(self) -> Self:
        """Contracts that are not monthly."""
        self._types = _WEEKLY
        return self

    def include_weeklys(self) -> Self:
        """Weekly contracts too, which is the default."""
        self._refuse_late_type("IncludeWeeklys")
        self._types |= _WEEKLY
        return self

    def apply_types_filter(self) -> Self:
        """Carries out what the type filters asked for, once."""
        if not self._types_applied:
            if self._types != _STANDARD | _WEEKLY:
                wanted = self._types == _STANDARD
                known: dict[datetime, bool] = {}
                kept: Rows = []
                for row in self.data:
                    if row.expiry not in known:
                        known[row.expiry] = is_standard(row.symbol)
                    if known[row.expiry] == wanted:
                        kept.append(row)
                self.data = kept
            self._types_applied = True
        return self

    def front_month(self) -> Self:
        """The nearest expiry only."""
        self.apply_types_filter()
        nearest = min((row.expiry for row in self.data), default=None)
        return self._keep([row for row in self.data if row.expiry == nearest])

    def back_months(self) -> Self:
        """Everything but the nearest expiry, by expiry."""
        self.apply_types_filter()
        nearest = min((row.expiry for row in self.data), default=None)
        later = [row for row in self.data if row.expiry != nearest]
        return self._keep(sorted(later, key=lambda row: row.expiry))

    def back_month(self) -> Self:
        """The second expiry only."""
        return self.back_months().front_month()

    def calls_only(self) -> Self:
        """Calls."""
        return self._keep([row for row in self.data if row.right == OptionRight.CALL])

    def puts_only(self) -> Self:
        """Puts."""
        return self._keep([row for row in self.data if row.right == OptionRight.PUT])

    def contracts(self, contracts: Iterable[Any] | Selector) -> Self:
        """The given symbols or rows, or what a function picks from the rows."""
        chosen = contracts(list(self.data)) if callable(contracts) else contracts
        return self._take(chosen)

    def where(self, predicate: Callable[[ContractRow], Any]) -> Self:
        """Rows for which a function is true."""
        return self._keep([row for row in self.data if predicate(row)])

    def select(self, map_func: Callable[[ContractRow], Any]) -> Self:
        """The symbols a function makes of the rows."""
        return self._take([map_func(row) for row in self.data])

    def select_many(self, map_func: Callable[[ContractRow], Iterable[Any]]) -> Self:
        """The symbols a function makes of each row, several per row."""
        return self._take([item for row in self.data for item in map_func(row)])

    def where_contains(self, filter_list: Iterable[Any]) -> Self:
        """Rows whose symbol is in a list."""
        wanted = {_symbol(item) for item in filter_list}
        return self._keep([row for row in self.data if row.symbol in wanted])

    def only_apply_filter_at_market_open(self) -> Self:
        """Does nothing: filters run once a day anyway."""
        return self

    def delta(self, min: float, max: float) -> Self:
        """Delta of the universe file between two bounds, both included."""
        return self._between("delta", min, max)

    def gamma(self, min: float, max: float) -> Self:
        """Gamma of the universe file."""
        return self._between("gamma", min, max)

    def vega(self, min: float, max: float) -> Self:
        """Vega of the universe file."""
        return self._between("vega", min, max)

    def theta(self, min: float, max: float) -> Self:
        """Theta per year: 365 times the file's."""
        return self._between("theta", min, max, 365)

    def rho(self, min: float, max: float) -> Self:
        """Rho of the universe file."""
        return self._between("rho", min, max)

    def implied_volatility(self, min: float, max: float) -> Self:
        """Implied volatility of the universe file, as a fraction per year."""
        return self._between("implied_volatility", min, max)

    def open_interest(self, min: int, max: int) -> Self:
        """Open interest of the universe file."""
        return self._between("open_interest", min, max)

    d, g, v, t, r = delta, gamma, vega, theta, rho
    iv, oi = implied_volatility, open_interest

    def symbols(self) -> list[Symbol]:
        """The contracts left."""
        return [row.symbol for row in self.data]

    def _underlying_price(self) -> Decimal:
        if self.underlying is None:
            raise InvalidOperationException(
                f"{self._file.path} has no row for the underlying, which filters by strike need"
            )
        return self.underlying.figure("close")

    def _between(self, name: str, low: float, high: float, factor: int = 1) -> Self:
        bottom, top = to_decimal(low), to_decimal(high)
        return self._keep([row for row in self.data if bottom <= row.figure(name) * factor <= top])

    def _keep(self, rows: Rows) -> Self:
        self.data = rows
        return self

    def _take(self, chosen: Iterable[Any]) -> Self:
        chosen = list(chosen)
        if all(isinstance(item, ContractRow) for item in chosen):
            return self._keep(chosen)
        known = {row.symbol: row for row in self.data}
        wanted = [_symbol(item) for item in chosen]
        return self._keep([known.get(symbol) or ContractRow.of_symbol(symbol, self._file) for symbol in wanted])

    def _refuse_late_type(self, name: str) -> None:
        if self._types_applied:
            raise InvalidOperationException(
                f"Type filters have already been applied, please call {name}() before applying other filters "
                "such as FrontMonth() or BackMonths()"
            )


def _days(distance: int | timedelta) -> timedelta:
    if isinstance(distance, timedelta):
        return min(distance, timedelta(days=100_000))
    return timedelta(days=min(int(distance), 100_000))


def _symbol(item: Any) -> Symbol:
    found = item if isinstance(item, Symbol) else getattr(item, "symbol", None)
    if not isinstance(found, Symbol) or found.security_type not in (SecurityType.OPTION, SecurityType.INDEX_OPTION):
        raise ArgumentException(f"{item!r} is no option contract; a filter takes symbols or rows of the universe")
    return found
