"""The stock that does not exist and its American options."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813

from market.pricing import EQUITY, RATE, american
from market.scenarios import BY_NAME, SCENARIOS
from market.sessions import sessions
from tests.market.reading import rows

GRIND = BY_NAME["grind_up"].date


def test_stock_has_bars_quotes_options_and_universes_on_each_of_its_days(synthetic_market: Path) -> None:
    days = [s.date for s in SCENARIOS if s.equity]
    assert len(days) >= 2
    for day in days:
        for kind, width in (("trade", 6), ("quote", 11)):
            ((member, found),) = rows(synthetic_market / f"equity/usa/minute/xyz/{day:%Y%m%d}_{kind}.zip")
            assert member == f"{day:%Y%m%d}_xyz_minute_{kind}.csv"
            assert [int(r[0]) for r in found] == [34_200_000 + 60_000 * m for m in range(390)]
            assert all(len(r) == width for r in found)
        for member, found in rows(synthetic_market / f"option/usa/minute/xyz/{day:%Y%m%d}_quote_american.zip"):
            assert member.startswith(f"{day:%Y%m%d}_xyz_minute_quote_american_") and found
            for row in found:
                bid, ask = int(row[4] or 0), int(row[9])
                assert bid < ask
                assert all(price % (100 if price < 30_000 else 500) == 0 for price in (bid, ask))
        eve = sessions().previous(day)
        listed = list(csv.reader((synthetic_market / f"option/usa/universes/xyz/{eve:%Y%m%d}.csv").open()))[2:]
        quoted = [name for name, _ in rows(synthetic_market / f"option/usa/minute/xyz/{day:%Y%m%d}_quote_american.zip")]
        assert len(listed) == len(quoted)


def test_stocks_bear_call_doubles_on_the_grind_up(synthetic_market: Path) -> None:
    path = synthetic_market / f"option/usa/minute/xyz/{GRIND:%Y%m%d}_quote_american.zip"
    legs = []
    for strike in (1_550_000, 1_600_000):
        ((_, found),) = rows(path, f"{GRIND:%Y%m%d}_xyz_minute_quote_american_call_{strike}_20241122.csv")
        at_ten = [r for r in found if int(r[0]) < 36_000_000][-1]
        legs.append((at_ten, found[-1]))
    (short, short_end), (long, long_end) = legs
    credit = int(short[4]) - int(long[9])
    assert credit > 3_000
    assert int(short_end[9]) - int(long_end[4]) > 2 * credit


@pytest.mark.parametrize("days", [1, 4, 11])
@pytest.mark.parametrize("spot", [140.0, 150.0, 157.5])
def test_american_put_agrees_with_a_tree_and_is_never_below_its_exercise(days: int, spot: float) -> None:
    strikes = np.arange(130, 172, 5, dtype=np.int64) * 10_000
    valued = american(EQUITY, strikes, [spot], [days * 86_400], [1.0])
    t = days / 365
    for column, strike in enumerate(strikes / 10_000):
        put = valued.puts[0, column] / 10_000
        volatility = float(EQUITY.volatility(np.array([strike]), spot * np.exp(RATE * t), t, 1.0)[0])
        assert put == pytest.approx(by_tree(strike, spot, volatility, days), abs=0.03)
        assert put >= strike - spot - 1e-9
        assert valued.calls[0, column] / 10_000 >= spot - strike - 1e-9


def by_tree(strike: float, spot: float, volatility: float, days: int) -> float:
    today, count = ql.Date(2, 1, 2024), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today

    def flat(value: float) -> ql.YieldTermStructureHandle:
        return ql.YieldTermStructureHandle(ql.FlatForward(today, value, count))

    smile = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), volatility, count))
    process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(spot)), flat(0.0), flat(RATE), smile)
    put = ql.VanillaOption(
        ql.PlainVanillaPayoff(ql.Option.Put, float(strike)), ql.AmericanExercise(today, today + days)
    )
    put.setPricingEngine(ql.BinomialVanillaEngine(process, "crr", 401))
    return float(put.NPV())
