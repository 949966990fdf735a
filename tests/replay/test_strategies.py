from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from replay.enums import SecurityType
from replay.errors import ArgumentException
from replay.strategies import Leg, OptionStrategies, OptionStrategy
from replay.symbol import Symbol

FAR, NEAR = datetime(2016, 2, 19), datetime(2016, 1, 15)
CANONICAL = Symbol.create("GOOG", SecurityType.OPTION)
S = OptionStrategies


def _shape(strategy: OptionStrategy) -> str:
    options = [
        f"{'CP'[leg.right]}{leg.strike:g}@{leg.expiration:%m%d}{leg.quantity:+d}" for leg in strategy.option_legs
    ]
    return " ".join(options + [f"S{leg.quantity:+d}" for leg in strategy.underlying_legs])


@pytest.mark.parametrize(
    ("strategy", "name", "shape"),
    [
        (S.bear_call_spread(CANONICAL, 10, 20, NEAR), "Bear Call Spread", "C10@0115-1 C20@0115+1"),
        (S.bull_put_spread(CANONICAL, 20, 10, NEAR), "Bull Put Spread", "P20@0115-1 P10@0115+1"),
        (S.bull_call_spread(CANONICAL, 10, 20, NEAR), "Bull Call Spread", "C10@0115+1 C20@0115-1"),
        (S.bear_put_spread(CANONICAL, 20, 10, NEAR), "Bear Put Spread", "P20@0115+1 P10@0115-1"),
        (S.iron_condor(CANONICAL, 10, 20, 30, 40, NEAR), "Iron Condor", "P10@0115+1 P20@0115-1 C30@0115-1 C40@0115+1"),
        (
            S.short_iron_condor(CANONICAL, 10, 20, 30, 40, NEAR),
            "Short Iron Condor",
            "P10@0115-1 P20@0115+1 C30@0115+1 C40@0115-1",
        ),
        (
            S.iron_butterfly(CANONICAL, 10, 20, 30, NEAR),
            "Iron Butterfly",
            "P10@0115+1 P20@0115-1 C20@0115-1 C30@0115+1",
        ),
        (S.straddle(CANONICAL, 10, NEAR), "Straddle", "C10@0115+1 P10@0115+1"),
        (S.short_strangle(CANONICAL, 20, 10, NEAR), "Short Strangle", "C20@0115-1 P10@0115-1"),
        (S.butterfly_call(CANONICAL, 30, 20, 10, NEAR), "Butterfly Call", "C30@0115+1 C20@0115-2 C10@0115+1"),
        (S.short_butterfly_put(CANONICAL, 30, 20, 10, NEAR), "Short Butterfly Put", "P30@0115-1 P20@0115+2 P10@0115-1"),
        (S.naked_put(CANONICAL, 10, NEAR), "Naked Put", "P10@0115-1"),
        (S.covered_call(CANONICAL, 10, NEAR), "Covered Call", "C10@0115-1 S+100"),
        (S.protective_put(CANONICAL, 10, NEAR), "Protective Put", "P10@0115+1 S+100"),
        (S.protective_collar(CANONICAL, 20, 10, NEAR), "Protective Collar", "C20@0115-1 P10@0115+1 S+100"),
        (S.reverse_conversion(CANONICAL, 10, NEAR), "Reverse Conversion", "C10@0115+1 P10@0115-1 S-100"),
        (S.call_calendar_spread(CANONICAL, 10, NEAR, FAR), "Call Calendar Spread", "C10@0115-1 C10@0219+1"),
        (S.jelly_roll(CANONICAL, 10, NEAR, FAR), "Jelly Roll", "C10@0115-1 C10@0219+1 P10@0115+1 P10@0219-1"),
        (S.box_spread(CANONICAL, 20, 10, NEAR), "Box Spread", "P20@0115+1 P10@0115-1 C10@0115+1 C20@0115-1"),
        (S.bear_put_ladder(CANONICAL, 30, 20, 10, NEAR), "Bear Put Ladder", "P30@0115+1 P20@0115-1 P10@0115-1"),
        (S.put_backspread(CANONICAL, 20, 10, NEAR), "Put Backspread", "P20@0115-1 P10@0115+2"),
    ],
)
def test_factory_gives_the_legs_in_leans_order(strategy: OptionStrategy, name: str, shape: str) -> None:
    assert (strategy.name, _shape(strategy)) == (name, shape)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: S.bear_call_spread(CANONICAL, 20, 20, NEAR),
            "BearCallSpread: leg1Strike must be less than leg2Strike (Parameter 'leg1Strike, leg2Strike')",
        ),
        (
            lambda: S.bull_put_spread(CANONICAL, 10, 20, NEAR),
            "BullPutSpread: leg1Strike must be greater than leg2Strike (Parameter 'leg1Strike, leg2Strike')",
        ),
        (
            lambda: S.bear_call_spread(CANONICAL.underlying, 10, 20, NEAR),
            "BearCallSpread: canonicalOption must contain canonical option symbol (Parameter 'canonicalOption')",
        ),
        (
            lambda: S.naked_call(CANONICAL, 10, datetime(9999, 12, 31)),
            "NakedCall: expiration must contain expiration date (Parameter 'expiration')",
        ),
        (
            lambda: S.iron_butterfly(CANONICAL, 10, 20, 31, NEAR),
            "IronButterfly: intervals between exercise prices must be equal",
        ),
        (
            lambda: S.put_calendar_spread(CANONICAL, 10, FAR, NEAR),
            (
                "PutCalendarSpread: near expiration must be less than far expiration "
                "(Parameter 'nearExpiration, farExpiration')"
            ),
        ),
    ],
)
def test_factory_refuses_with_leans_words(build: Callable[[], OptionStrategy], message: str) -> None:
    with pytest.raises(ArgumentException) as refusal:
        build()
    assert str(refusal.value) == message


def test_contract_given_as_canonical_is_refused() -> None:
    leg = S.naked_call(CANONICAL, 10, NEAR).option_legs[0].symbol
    with pytest.raises(ArgumentException, match="must contain canonical option symbol"):
        S.naked_call(leg, 10, NEAR)


def test_legs_of_a_weekly_index_root_keep_root_and_style() -> None:
    spx = Symbol.create("SPX", SecurityType.INDEX)
    spxw = Symbol.create_canonical_option(spx, "SPXW", "usa", None)
    symbol = S.bear_call_spread(spxw, 3700.0, 3800, datetime(2021, 1, 4)).option_legs[0].symbol
    assert (symbol.value, str(symbol.id)) == ("SPXW  210104C03700000", "SPXW XKX6S2GGFNQM|SPX 31")


def test_old_spelling_names_the_same_factory_and_fields() -> None:
    strategy = S.BearCallSpread(CANONICAL, 10.5, 20, NEAR)  # type: ignore[attr-defined]
    assert strategy.OptionLegs[0].Strike == 10.5
    assert strategy.OptionLegs[0].Symbol == strategy.option_legs[0].symbol


def test_own_leg_keeps_ratio_and_limit() -> None:
    leg = Leg.create(CANONICAL, -1, 2.5)
    assert (leg.symbol, leg.quantity, leg.order_price) == (CANONICAL, -1, 2.5)
