"""Every factory of LEAN's `OptionStrategies`.

Leg order, ratios, names and refusals follow Common/Securities/Option/OptionStrategies.cs. Strikes are dollars per
share. Buying `bear_call_spread`, `bull_put_spread` or `iron_condor` opens the credit side, selling closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from replay.enums import OptionRight
from replay.errors import ArgumentException
from replay.legs import Leg, OptionLegData, OptionStrategy, Strike, UnderlyingLegData
from replay.naming import pascal_case
from replay.symbol import Symbol, to_decimal

__all__ = ["Leg", "OptionLegData", "OptionStrategies", "OptionStrategy", "UnderlyingLegData"]

CONTRACT_MULTIPLIER = 100  # shares per contract of every US equity and index option in LEAN's symbol properties


def _refuse(message: str, parameter: str) -> ArgumentException:
    return ArgumentException(f"{message} (Parameter '{parameter}')")


def _check(canonical: Any, strategy: str, **expirations: datetime) -> tuple[Symbol, list[datetime]]:
    symbol = getattr(canonical, "symbol", None) or canonical
    if not getattr(symbol, "has_underlying", False) or not symbol.is_canonical():
        raise _refuse(f"{strategy}: canonicalOption must contain canonical option symbol", "canonicalOption")
    dates = []
    for name, value in expirations.items():
        when = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        if when.date() in (date.min, date.max):
            raise _refuse(f"{strategy}: expiration must contain expiration date", name)
        dates.append(when)
    return symbol, dates


_C, _P = OptionRight.CALL, OptionRight.PUT


def _legs(when: datetime, *rows: tuple[OptionRight, Decimal, int]) -> list[OptionLegData]:
    return [OptionLegData(right, strike, ratio, when) for right, strike, ratio in rows]


def _inverted(strategy: OptionStrategy, name: str) -> OptionStrategy:
    strategy.name = name
    for leg in (*strategy.option_legs, *strategy.underlying_legs):
        leg.quantity = -leg.quantity
    return strategy


def _renamed(strategy: OptionStrategy, name: str) -> OptionStrategy:
    strategy.name = name
    return strategy


def _single(kind: str, name: str, canonical: Any, right: OptionRight, strike: Strike, expiration: datetime) -> Any:
    symbol, (when,) = _check(canonical, kind, expiration=expiration)
    return OptionStrategy(name, symbol, _legs(when, (right, to_decimal(strike), -1)))


def _covered(kind: str, name: str, canonical: Any, right: OptionRight, strike: Strike, expiration: datetime) -> Any:
    strategy = _single(kind, name, canonical, right, strike, expiration)
    shares = CONTRACT_MULTIPLIER if right == _C else -CONTRACT_MULTIPLIER
    strategy.underlying_legs.append(UnderlyingLegData.create(shares, strategy.underlying))
    return strategy


def _vertical(
    kind: str, name: str, canonical: Any, right: OptionRight, first: Strike, second: Strike, ratio: int, expiration: Any
) -> OptionStrategy:
    symbol, (when,) = _check(canonical, kind, expiration=expiration)
    one, two = to_decimal(first), to_decimal(second)
    if right == _C and one >= two:
        raise _refuse(f"{kind}: leg1Strike must be less than leg2Strike", "leg1Strike, leg2Strike")
    if right == _P and one <= two:
        raise _refuse(f"{kind}: leg1Strike must be greater than leg2Strike", "leg1Strike, leg2Strike")
    return OptionStrategy(name, symbol, _legs(when, (right, one, ratio), (right, two, -ratio)))


def _butterfly(
    kind: str, error: str, name: str, canonical: Any, right: OptionRight, strikes: Sequence[Strike], expiration: Any
) -> OptionStrategy:
    symbol, (when,) = _check(canonical, kind, expiration=expiration)
    high, middle, low = (to_decimal(strike) for strike in strikes)
    if high <= middle or low >= middle or high - middle != middle - low:
        raise _refuse(
            f"{error}: upper and lower strikes must both be equidistant from the middle strike",
            "higherStrike, middleStrike, lowerStrike",
        )
    return OptionStrategy(name, symbol, _legs(when, (right, high, 1), (right, middle, -2), (right, low, 1)))


def _calendar(
    kind: str, name: str, canonical: Any, right: OptionRight, strike: Strike, near: datetime, far: datetime
) -> OptionStrategy:
    symbol, (first, last) = _check(canonical, kind, nearExpiration=near, farExpiration=far)
    if first >= last:
        raise _refuse(f"{kind}: near expiration must be less than far expiration", "nearExpiration, farExpiration")
    level = to_decimal(strike)
    return OptionStrategy(name, symbol, _legs(first, (right, level, -1)) + _legs(last, (right, level, 1)))


def _backspread(
    kind: str, name: str, canonical: Any, right: OptionRight, near: Strike, far: Strike, expiration: Any
) -> OptionStrategy:
    symbol, (when,) = _check(canonical, kind, expiration=expiration)
    one, two = to_decimal(near), to_decimal(far)
    if right == _C and one >= two:
        raise ArgumentException(f"{kind}: strike prices must be in ascending order, lowerStrike, higherStrike")
    if right == _P and one <= two:
        raise ArgumentException(f"{kind}: strike prices must be in descending order, higherStrike, lowerStrike")
    return OptionStrategy(name, symbol, _legs(when, (right, one, -1), (right, two, 2)))


class OptionStrategies:
    """LEAN's factories; the canonical option comes first, the expiration last. Also spelled in PascalCase."""

    @staticmethod
    def covered_call(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Call -1 against one contract of shares bought."""
        return _covered("CoveredCall", "Covered Call", canonical_option, _C, strike, expiration)

    @staticmethod
    def protective_call(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """The covered call with every sign turned: call +1, shares sold."""
        return _inverted(OptionStrategies.covered_call(canonical_option, strike, expiration), "Protective Call")

    @staticmethod
    def covered_put(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Put -1 against one contract of shares sold short."""
        return _covered("CoveredPut", "Covered Put", canonical_option, _P, strike, expiration)

    @staticmethod
    def protective_put(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """The covered put with every sign turned: put +1, shares bought."""
        return _inverted(OptionStrategies.covered_put(canonical_option, strike, expiration), "Protective Put")

    @staticmethod
    def protective_collar(
        canonical_option: Any, call_strike: Strike, put_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Call -1 at the higher strike, put +1 at the lower, shares bought."""
        if to_decimal(call_strike) < to_decimal(put_strike):
            raise _refuse("ProtectiveCollar: callStrike must be greater than putStrike", "callStrike, putStrike")
        call = OptionStrategies.covered_call(canonical_option, call_strike, expiration)
        put = OptionStrategies.protective_put(canonical_option, put_strike, expiration)
        legs = call.option_legs + put.option_legs
        return OptionStrategy("Protective Collar", call.canonical_option, legs, call.underlying_legs)

    @staticmethod
    def conversion(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Collar with both options at one strike."""
        collar = OptionStrategies.protective_collar(canonical_option, strike, strike, expiration)
        return _renamed(collar, "Conversion")

    @staticmethod
    def reverse_conversion(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """The conversion with every sign turned."""
        return _inverted(OptionStrategies.conversion(canonical_option, strike, expiration), "Reverse Conversion")

    @staticmethod
    def naked_call(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Call -1: buying the strategy sells the option."""
        return _single("NakedCall", "Naked Call", canonical_option, _C, strike, expiration)

    @staticmethod
    def naked_put(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Put -1: buying the strategy sells the option."""
        return _single("NakedPut", "Naked Put", canonical_option, _P, strike, expiration)

    @staticmethod
    def bear_call_spread(
        canonical_option: Any, leg_1_strike: Strike, leg_2_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Call -1 at the lower strike (first), call +1 at the higher: a credit when bought."""
        return _vertical(
            "BearCallSpread", "Bear Call Spread", canonical_option, _C, leg_1_strike, leg_2_strike, -1, expiration
        )

    @staticmethod
    def bear_put_spread(
        canonical_option: Any, leg_1_strike: Strike, leg_2_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Put +1 at the higher strike (first), put -1 at the lower: a debit when bought."""
        return _vertical(
            "BearPutSpread", "Bear Put Spread", canonical_option, _P, leg_1_strike, leg_2_strike, 1, expiration
        )

    @staticmethod
    def bull_call_spread(
        canonical_option: Any, leg_1_strike: Strike, leg_2_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Call +1 at the lower strike (first), call -1 at the higher: a debit when bought."""
        return _vertical(
            "BullCallSpread", "Bull Call Spread", canonical_option, _C, leg_1_strike, leg_2_strike, 1, expiration
        )

    @staticmethod
    def bull_put_spread(
        canonical_option: Any, leg_1_strike: Strike, leg_2_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Put -1 at the higher strike (first), put +1 at the lower: a credit when bought."""
        return _vertical(
            "BullPutSpread", "Bull Put Spread", canonical_option, _P, leg_1_strike, leg_2_strike, -1, expiration
        )

    @staticmethod
    def straddle(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """Call +1 and put +1 at one strike."""
        symbol, (when,) = _check(canonical_option, "Straddle", expiration=expiration)
        level = to_decimal(strike)
        return OptionStrategy("Straddle", symbol, _legs(when, (_C, level, 1), (_P, level, 1)))

    @staticmethod
    def short_straddle(canonical_option: Any, strike: Strike, expiration: datetime) -> OptionStrategy:
        """The straddle with every sign turned."""
        return _inverted(OptionStrategies.straddle(canonical_option, strike, expiration), "Short Straddle")

    @staticmethod
    def strangle(
        canonical_option: Any, call_leg_strike: Strike, put_leg_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Call +1 at the higher strike (first argument), put +1 at the lower."""
        symbol, (when,) = _check(canonical_option, "Strangle", expiration=expiration)
        call, put = to_decimal(call_leg_strike), to_decimal(put_leg_strike)
        if call <= put:
            raise _refuse("Strangle: callLegStrike must be greater than putLegStrike", "callLegStrike, putLegStrike")
        return OptionStrategy("Strangle", symbol, _legs(when, (_C, call, 1), (_P, put, 1)))

    @staticmethod
    def short_strangle(
        canonical_option: Any, call_leg_strike: Strike, put_leg_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The strangle with every sign turned."""
        strangle = OptionStrategies.strangle(canonical_option, call_leg_strike, put_leg_strike, expiration)
        return _inverted(strangle, "Short Strangle")

    @staticmethod
    def call_butterfly(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Calls +1, -2, +1 from the higher to the lower strike, wings of equal width."""
        strikes = (higher_strike, middle_strike, lower_strike)
        return _butterfly("CallButterfly", "ButterflyCall", "Butterfly Call", canonical_option, _C, strikes, expiration)

    butterfly_call = call_butterfly

    @staticmethod
    def short_butterfly_call(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The call butterfly with every sign turned."""
        butterfly = OptionStrategies.call_butterfly(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(butterfly, "Short Butterfly Call")

    @staticmethod
    def put_butterfly(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Puts +1, -2, +1 from the higher to the lower strike, wings of equal width."""
        strikes = (higher_strike, middle_strike, lower_strike)
        return _butterfly("PutButterfly", "ButterflyPut", "Butterfly Put", canonical_option, _P, strikes, expiration)

    butterfly_put = put_butterfly

    @staticmethod
    def short_butterfly_put(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The put butterfly with every sign turned."""
        butterfly = OptionStrategies.put_butterfly(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(butterfly, "Short Butterfly Put")

    @staticmethod
    def call_calendar_spread(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Call -1 at the near expiry, +1 at the far one."""
        kind, name = "CallCalendarSpread", "Call Calendar Spread"
        return _calendar(kind, name, canonical_option, _C, strike, near_expiration, far_expiration)

    @staticmethod
    def short_call_calendar_spread(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """The call calendar with every sign turned."""
        calendar = OptionStrategies.call_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(calendar, "Short Call Calendar Spread")

    @staticmethod
    def put_calendar_spread(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Put -1 at the near expiry, +1 at the far one."""
        kind, name = "PutCalendarSpread", "Put Calendar Spread"
        return _calendar(kind, name, canonical_option, _P, strike, near_expiration, far_expiration)

    @staticmethod
    def short_put_calendar_spread(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """The put calendar with every sign turned."""
        calendar = OptionStrategies.put_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(calendar, "Short Put Calendar Spread")

    @staticmethod
    def iron_butterfly(
        canonical_option: Any, otm_put_strike: Strike, atm_strike: Strike, otm_call_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Iron condor with both shorts at one strike and wings of equal width: a credit when bought."""
        if to_decimal(atm_strike) - to_decimal(otm_put_strike) != to_decimal(otm_call_strike) - to_decimal(atm_strike):
            raise ArgumentException("IronButterfly: intervals between exercise prices must be equal")
        condor = OptionStrategies.iron_condor(
            canonical_option, otm_put_strike, atm_strike, atm_strike, otm_call_strike, expiration
        )
        return _renamed(condor, "Iron Butterfly")

    @staticmethod
    def short_iron_butterfly(
        canonical_option: Any, otm_put_strike: Strike, atm_strike: Strike, otm_call_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The iron butterfly with every sign turned."""
        butterfly = OptionStrategies.iron_butterfly(
            canonical_option, otm_put_strike, atm_strike, otm_call_strike, expiration
        )
        return _inverted(butterfly, "Short Iron Butterfly")

    @staticmethod
    def iron_condor(
        canonical_option: Any,
        long_put_strike: Strike,
        short_put_strike: Strike,
        short_call_strike: Strike,
        long_call_strike: Strike,
        expiration: datetime,
    ) -> OptionStrategy:
        """Put +1, put -1, call -1, call +1 in ascending strikes: a credit when bought."""
        symbol, (when,) = _check(canonical_option, "IronCondor", expiration=expiration)
        lp, sp = to_decimal(long_put_strike), to_decimal(short_put_strike)
        sc, lc = to_decimal(short_call_strike), to_decimal(long_call_strike)
        if lp >= sp or sp > sc or sc >= lc:
            raise _refuse(
                "IronCondor: strike prices must be in ascending order",
                "longPutStrike, shortPutStrike, shortCallStrike, longCallStrike",
            )
        return OptionStrategy("Iron Condor", symbol, _legs(when, (_P, lp, 1), (_P, sp, -1), (_C, sc, -1), (_C, lc, 1)))

    @staticmethod
    def short_iron_condor(
        canonical_option: Any,
        short_put_strike: Strike,
        long_put_strike: Strike,
        long_call_strike: Strike,
        short_call_strike: Strike,
        expiration: datetime,
    ) -> OptionStrategy:
        """The iron condor with every sign turned."""
        condor = OptionStrategies.iron_condor(
            canonical_option, short_put_strike, long_put_strike, long_call_strike, short_call_strike, expiration
        )
        return _inverted(condor, "Short Iron Condor")

    @staticmethod
    def box_spread(
        canonical_option: Any, higher_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Bear put spread and bull call spread on the same two strikes."""
        if to_decimal(higher_strike) <= to_decimal(lower_strike):
            raise ArgumentException("BoxSpread: strike prices must be in descending order, higherStrike, lowerStrike")
        puts = OptionStrategies.bear_put_spread(canonical_option, higher_strike, lower_strike, expiration)
        calls = OptionStrategies.bull_call_spread(canonical_option, lower_strike, higher_strike, expiration)
        return OptionStrategy("Box Spread", puts.canonical_option, puts.option_legs + calls.option_legs)

    @staticmethod
    def short_box_spread(
        canonical_option: Any, higher_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The box with every sign turned."""
        box = OptionStrategies.box_spread(canonical_option, higher_strike, lower_strike, expiration)
        return _inverted(box, "Short Box Spread")

    @staticmethod
    def jelly_roll(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """Call calendar and short put calendar at one strike."""
        calls = OptionStrategies.call_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        puts = OptionStrategies.short_put_calendar_spread(canonical_option, strike, near_expiration, far_expiration)
        return OptionStrategy("Jelly Roll", calls.canonical_option, calls.option_legs + puts.option_legs)

    @staticmethod
    def short_jelly_roll(
        canonical_option: Any, strike: Strike, near_expiration: datetime, far_expiration: datetime
    ) -> OptionStrategy:
        """The jelly roll with every sign turned."""
        roll = OptionStrategies.jelly_roll(canonical_option, strike, near_expiration, far_expiration)
        return _inverted(roll, "Short Jelly Roll")

    @staticmethod
    def bear_call_ladder(
        canonical_option: Any, lower_strike: Strike, middle_strike: Strike, higher_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Calls -1, +1, +1 in ascending strikes."""
        symbol, (when,) = _check(canonical_option, "BearCallLadder", expiration=expiration)
        low, middle, high = to_decimal(lower_strike), to_decimal(middle_strike), to_decimal(higher_strike)
        if not low < middle < high:
            raise _refuse(
                "BearCallLadder: strike prices must be in ascending order", "lowerStrike, middleStrike, higherStrike"
            )
        return OptionStrategy("Bear Call Ladder", symbol, _legs(when, (_C, low, -1), (_C, middle, 1), (_C, high, 1)))

    @staticmethod
    def bear_put_ladder(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Puts +1, -1, -1 in descending strikes."""
        symbol, (when,) = _check(canonical_option, "BearPutLadder", expiration=expiration)
        high, middle, low = to_decimal(higher_strike), to_decimal(middle_strike), to_decimal(lower_strike)
        if not high > middle > low:
            raise _refuse(
                "BearPutLadder: strike prices must be in descending order", "higherStrike, middleStrike, lowerStrike"
            )
        return OptionStrategy("Bear Put Ladder", symbol, _legs(when, (_P, high, 1), (_P, middle, -1), (_P, low, -1)))

    @staticmethod
    def bull_call_ladder(
        canonical_option: Any, lower_strike: Strike, middle_strike: Strike, higher_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The bear call ladder with every sign turned."""
        ladder = OptionStrategies.bear_call_ladder(
            canonical_option, lower_strike, middle_strike, higher_strike, expiration
        )
        return _inverted(ladder, "Bull Call Ladder")

    @staticmethod
    def bull_put_ladder(
        canonical_option: Any, higher_strike: Strike, middle_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The bear put ladder with every sign turned."""
        ladder = OptionStrategies.bear_put_ladder(
            canonical_option, higher_strike, middle_strike, lower_strike, expiration
        )
        return _inverted(ladder, "Bull Put Ladder")

    @staticmethod
    def call_backspread(
        canonical_option: Any, lower_strike: Strike, higher_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Call -1 at the lower strike, +2 at the higher."""
        kind, name = "CallBackspread", "Call Backspread"
        return _backspread(kind, name, canonical_option, _C, lower_strike, higher_strike, expiration)

    @staticmethod
    def put_backspread(
        canonical_option: Any, higher_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """Put -1 at the higher strike, +2 at the lower."""
        kind, name = "PutBackspread", "Put Backspread"
        return _backspread(kind, name, canonical_option, _P, higher_strike, lower_strike, expiration)

    @staticmethod
    def short_call_backspread(
        canonical_option: Any, lower_strike: Strike, higher_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The call backspread with every sign turned."""
        spread = OptionStrategies.call_backspread(canonical_option, lower_strike, higher_strike, expiration)
        return _inverted(spread, "Short Call Backspread")

    @staticmethod
    def short_put_backspread(
        canonical_option: Any, higher_strike: Strike, lower_strike: Strike, expiration: datetime
    ) -> OptionStrategy:
        """The put backspread with every sign turned."""
        spread = OptionStrategies.put_backspread(canonical_option, higher_strike, lower_strike, expiration)
        return _inverted(spread, "Short Put Backspread")


def _add_pascal_names() -> None:
    factories: dict[str, Callable[..., OptionStrategy]] = {
        name: value for name, value in vars(OptionStrategies).items() if isinstance(value, staticmethod)
    }
    for name, factory in factories.items():
        setattr(OptionStrategies, pascal_case(name), factory)


_add_pascal_names()
