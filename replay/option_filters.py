"""OptionFilterUniverse: what an option's filter function gets, with LEAN's rules for picking a strategy's contracts.

Offsets from the money are dollars, expiries calendar days. Filters that pick a strategy's contracts start from what is
left of the chain and leave an empty universe when it has no such contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from replay.chain_filters import ChainFilters, Rows
from replay.enums import OptionRight
from replay.errors import ArgumentException, InvalidOperationException
from replay.symbol import Symbol, to_decimal
from replay.universe import ContractRow


class OptionFilterUniverse(ChainFilters):
    """The universe a filter function works on."""

    def naked_call(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> OptionFilterUniverse:
        """One call."""
        return self._single(OptionRight.CALL, min_days_till_expiry, strike_from_atm)

    def naked_put(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> OptionFilterUniverse:
        """One put."""
        return self._single(OptionRight.PUT, min_days_till_expiry, strike_from_atm)

    def call_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> OptionFilterUniverse:
        """Two calls of one expiry."""
        return self._vertical(OptionRight.CALL, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def put_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> OptionFilterUniverse:
        """Two puts of one expiry."""
        return self._vertical(OptionRight.PUT, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def call_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> OptionFilterUniverse:
        """Two calls of one strike."""
        return self._calendar(OptionRight.CALL, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def put_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> OptionFilterUniverse:
        """Two puts of one strike."""
        return self._calendar(OptionRight.PUT, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def strangle(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> OptionFilterUniverse:
        """A call above and a put below the money."""
        if call_strike_from_atm <= 0:
            raise ArgumentException("Strangle(): callStrikeFromAtm must be positive")
        if put_strike_from_atm >= 0:
            raise ArgumentException("Strangle(): putStrikeFromAtm must be negative")
        return self._call_and_put(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm, out_of_money=True)

    def straddle(self, min_days_till_expiry: int = 30) -> OptionFilterUniverse:
        """A call and a put at the money."""
        return self._call_and_put(min_days_till_expiry, 0, 0)

    def protective_collar(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> OptionFilterUniverse:
        """A call and a lower put."""
        if call_strike_from_atm <= put_strike_from_atm:
            raise ArgumentException(
                "ProtectiveCollar(): strike price arguments must be in descending order, "
                "callStrikeFromAtm, putStrikeFromAtm"
            )
        self._call_and_put(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm)
        if not self.data:
            raise InvalidOperationException("Sequence contains no matching element")
        call, put = self.data
        return self if call.strike > put.strike else self._keep([])

    def conversion(self, min_days_till_expiry: int = 30, strike_from_atm: float = 5) -> OptionFilterUniverse:
        """A call and a put of about one strike."""
        return self._call_and_put(min_days_till_expiry, strike_from_atm, strike_from_atm)

    def call_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> OptionFilterUniverse:
        """Three calls at equal distances."""
        return self._butterfly(OptionRight.CALL, min_days_till_expiry, strike_spread)

    def put_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> OptionFilterUniverse:
        """Three puts at equal distances."""
        return self._butterfly(OptionRight.PUT, min_days_till_expiry, strike_spread)

    def iron_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> OptionFilterUniverse:
        """A straddle at the money and the wings at equal distances."""
        _positive("IronButterfly(): strikeSpread arguments must be positive", strike_spread)
        rows = self._expiring(min_days_till_expiry)
        calls, puts = self._out_of_money(rows)
        if not calls or not puts:
            return self._keep([])
        middle = self._strike(rows, 0)
        assert middle is not None
        upper = self._strike([row for row in calls if row.strike > middle], strike_spread)
        lower = None if upper is None else middle * 2 - upper
        wings = {(OptionRight.CALL, upper), (OptionRight.PUT, lower)}
        return self._exactly(
            4, lambda row: row.expiry == rows[0].expiry and (row.strike == middle or (row.right, row.strike) in wings)
        )

    def iron_condor(
        self, min_days_till_expiry: int = 30, near_strike_spread: float = 5, far_strike_spread: float = 10
    ) -> OptionFilterUniverse:
        """Two calls above and two puts below the money, equally wide."""
        names = "nearStrikeSpread, farStrikeSpread"
        _positive(f"IronCondor(): strike arguments must be positive, {names}", near_strike_spread, far_strike_spread)
        if near_strike_spread >= far_strike_spread:
            raise ArgumentException(f"IronCondor(): strike arguments must be in ascending orders, {names}")
        rows = self._expiring(min_days_till_expiry)
        calls, puts = self._out_of_money(rows)
        if not calls or not puts:
            return self._keep([])
        near_call, near_put = self._strike(calls, near_strike_spread), self._strike(puts, -near_strike_spread)
        assert near_call is not None and near_put is not None
        far_call = self._strike([row for row in calls if row.strike > near_call], far_strike_spread)
        far_put = None if far_call is None else near_put - far_call + near_call
        legs = {
            (OptionRight.CALL, near_call),
            (OptionRight.PUT, near_put),
            (OptionRight.CALL, far_call),
            (OptionRight.PUT, far_put),
        }
        return self._exactly(4, lambda row: row.expiry == rows[0].expiry and (row.right, row.strike) in legs)

    def box_spread(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> OptionFilterUniverse:
        """Calls and puts of a strike above and one below the money."""
        _positive("BoxSpread(): strike arguments must be positive, strikeSpread", strike_spread)
        rows = self._expiring(min_days_till_expiry)
        if not rows:
            return self._keep([])
        price = self._underlying_price()
        higher = self._strike([row for row in rows if row.strike > price], strike_spread)
        below = [row for row in rows if row.strike < price and (higher is None or row.strike < higher)]
        pair = {higher, self._strike(below, -strike_spread)}
        return self._exactly(4, lambda row: row.strike in pair and row.expiry == rows[0].expiry)

    def jelly_roll(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> OptionFilterUniverse:
        """Call and put of one strike for two expiries."""
        _check_calendar("JellyRoll", min_near_days_till_expiry, min_far_days_till_expiry)
        if not self.data:
            raise InvalidOperationException("Sequence contains no elements")
        strike = self._strike(self.data, strike_from_atm)
        calls = [row for row in self.data if row.strike == strike and row.right == OptionRight.CALL]
        near, far = self._two_expiries(calls, min_near_days_till_expiry, min_far_days_till_expiry)
        if near is None or far is None:
            return self._keep([])
        return self._exactly(4, lambda row: row.strike == strike and row.expiry in (near.expiry, far.expiry))

    def call_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> OptionFilterUniverse:
        """Three calls of rising strikes."""
        return self._ladder(
            OptionRight.CALL,
            min_days_till_expiry,
            (lower_strike_from_atm, middle_strike_from_atm, higher_strike_from_atm),
        )

    def put_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> OptionFilterUniverse:
        """Three puts of rising strikes."""
        return self._ladder(
            OptionRight.PUT,
            min_days_till_expiry,
            (lower_strike_from_atm, middle_strike_from_atm, higher_strike_from_atm),
        )

    def _single(self, right: OptionRight, days: int, offset: float) -> OptionFilterUniverse:
        rows = [row for row in self._expiring(days) if row.right == right]
        strike = self._strike(rows, offset)
        return self._keep([row for row in rows if row.strike == strike])

    def _vertical(self, right: OptionRight, days: int, higher: float, lower: float | None) -> OptionFilterUniverse:
        lower = -higher if lower is None else lower
        if higher <= lower:
            raise ArgumentException(
                "Spread(): strike price arguments must be in descending order, higherStrikeFromAtm, lowerStrikeFromAtm"
            )
        rows = [row for row in self._expiring(days) if row.right == right]
        low = self._strike(rows, lower)
        above = [row for row in rows if low is not None and row.strike > low]
        high = self._strike(above, higher)
        if low is None or high is None:
            return self._keep([])
        return self._keep([_only(rows, low), _only(above, high)])

    def _calendar(self, right: OptionRight, offset: float, near_days: int, far_days: int) -> OptionFilterUniverse:
        _check_calendar("CalendarSpread", near_days, far_days)
        strike = self._strike(self.data, offset)
        rows = [row for row in self.data if row.strike == strike and row.right == right]
        near, far = self._two_expiries(rows, near_days, far_days)
        return self._keep([] if near is None or far is None else [near, far])

    def _two_expiries(self, rows: Rows, near_days: int, far_days: int) -> tuple[ContractRow | None, ContractRow | None]:
        near = next(iter(self._expiring(near_days, rows)), None)
        later = [row for row in rows if near is not None and row.expiry > near.expiry]
        return near, next(iter(self._expiring(far_days, later)), None)

    def _call_and_put(
        self, days: int, call_offset: float, put_offset: float, *, out_of_money: bool = False
    ) -> OptionFilterUniverse:
        rows = self._expiring(days)
        if out_of_money:
            calls, puts = self._out_of_money(rows)
        else:
            calls = [row for row in rows if row.right == OptionRight.CALL]
            puts = [row for row in rows if row.right == OptionRight.PUT]
        call, put = self._strike(calls, call_offset), self._strike(puts, put_offset)
        if call is None or put is None:
            return self._keep([])
        return self._keep([_only(calls, call), _only(puts, put)])

    def _butterfly(self, right: OptionRight, days: int, width: float) -> OptionFilterUniverse:
        _positive("ProtectiveCollar(): strikeSpread arguments must be positive", width)
        rows = [row for row in self._expiring(days) if row.right == right]
        middle = self._strike(rows, 0)
        if middle is None:
            return self._keep([])
        price = self._underlying_price()
        lower = self._strike([row for row in rows if row.strike < price and row.strike < middle], -width)
        wanted = {middle, lower, None if lower is None else middle * 2 - lower}
        return self._exactly(
            3, lambda row: row.expiry == rows[0].expiry and row.right == right and row.strike in wanted
        )

    def _ladder(self, right: OptionRight, days: int, offsets: tuple[float, float, float]) -> OptionFilterUniverse:
        lower, middle, higher = offsets
        if not lower < middle < higher:
            raise ArgumentException(
                "Ladder(): strike price arguments must be in descending order, "
                "higherStrikeFromAtm, middleStrikeFromAtm, lowerStrikeFromAtm"
            )
        rows = self._expiring(days, [row for row in self.data if row.right == right])
        if not rows:
            raise InvalidOperationException("Sequence contains no elements")
        chosen: Rows = []
        for offset in offsets:
            above = [row for row in rows if not chosen or row.strike > chosen[-1].strike]
            strike = self._strike(above, offset)
            if strike is None:
                return self._keep([])
            chosen.append(_only(above, strike))
        return self._keep([row for row in self.data if row in chosen])

    def _expiring(self, min_days: int, rows: Rows | None = None) -> Rows:
        """The rows of the nearest expiry at least so many days away, ordered by identifier."""
        first = self.local_time.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=min_days)
        rows = [row for row in (self.data if rows is None else rows) if row.expiry >= first]
        nearest = min((row.expiry for row in rows), default=None)
        return sorted((row for row in rows if row.expiry == nearest), key=lambda row: str(row.id))

    def _out_of_money(self, rows: Rows) -> tuple[Rows, Rows]:
        price = self._underlying_price()
        calls = [row for row in rows if row.right == OptionRight.CALL and row.strike > price]
        return calls, [row for row in rows if row.right == OptionRight.PUT and row.strike < price]

    def _strike(self, rows: Rows, offset: float) -> Decimal | None:
        """The strike nearest to the underlying plus an offset; the first of two equally near; None without rows."""
        if not rows:
            return None
        target = self._underlying_price() + to_decimal(offset)
        return min(rows, key=lambda row: abs(target - row.strike)).strike

    def _exactly(self, number: int, predicate: Callable[[ContractRow], bool]) -> OptionFilterUniverse:
        kept = [row for row in self.data if predicate(row)]
        return self._keep(kept if len(kept) == number else [])


def chosen_symbols(universe: OptionFilterUniverse, result: Any) -> list[Symbol]:
    """The contracts a filter function left, from what it returned: the universe, nothing, or a list of symbols."""
    if isinstance(result, OptionFilterUniverse):
        universe = result
    elif result is not None:
        if isinstance(result, str) or not isinstance(result, Iterable):
            raise ArgumentException(
                f"QCAlgorithm.SetFilter: result type {type(result)} from filter function is not a valid argument, "
                "please return either a OptionFilterUniverse or a list of symbols"
            )
        universe.where_contains(result)
    return universe.apply_types_filter().symbols()


def _only(rows: Rows, strike: Decimal) -> ContractRow:
    return next(row for row in rows if row.strike == strike)


def _positive(message: str, *numbers: float) -> None:
    if any(number <= 0 for number in numbers):
        raise ArgumentException(message)


def _check_calendar(name: str, near: int, far: int) -> None:
    if far <= near:
        raise ArgumentException(
            f"{name}(): expiry arguments must be in ascending order, minNearDaysTillExpiry, minFarDaysTillExpiry"
        )
    if near < 0:
        raise ArgumentException(f"{name}(): near expiry argument must be positive.")
