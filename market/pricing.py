"""What an option is worth: QuantLib's formulas on a volatility smile.

Prices leave this module as whole ten-thousandths of a dollar ("e4"), LEAN's own unit on disk; whatever follows is
integer arithmetic, so the last bit of a logarithm cannot change a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import QuantLib as ql  # noqa: N813

from market.dice import Integers

Floats = npt.NDArray[np.float64]

RATE = 0.045
"""Interest per year, continuous."""
YEAR_SECONDS = 365 * 86_400
"""Time to expiry counts calendar days of 365 a year, as LEAN's own Greeks do."""
LEAST_SECONDS = 30
"""Time to expiry is never less; at the last bar an option is worth its intrinsic value."""
GUARD = 1e-6
"""Halves are rounded up from this far below the half, so that values meant to lie on it all go one way."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Volatility at the money and how it bends.

    z is the distance from the forward in standard deviations: vol(z) = at money x (1 - skew z + smile z^2), |z| <= 4.
    At the money it is `level` at expiry and falls toward `far` x level with the days ahead, since nights and weekends
    are calmer than the calendar days they count for.
    """

    level: float
    skew: float
    smile: float
    dividend: float
    far: float = 1.0

    def volatility(self, strikes: Floats, forward: float, years: float, factor: float) -> Floats:
        """Volatility per year of each strike; only + - x / and the square root, which are exact everywhere."""
        at_money = self.level * factor * (self.far + (1.0 - self.far) / (1.0 + 365.0 * years))
        spread = forward * at_money * math.sqrt(max(years, 3600 / YEAR_SECONDS))
        z = np.clip((strikes - forward) / spread, -4.0, 4.0)
        return at_money * (1.0 - self.skew * z + self.smile * z * z)


INDEX = Surface(level=0.215, skew=0.045, smile=0.012, dividend=0.013, far=0.65)
EQUITY = Surface(level=0.42, skew=0.03, smile=0.02, dividend=0.0)


def e4(values: Floats) -> Integers:
    """Dollars as whole ten-thousandths."""
    return np.floor(values * 10_000.0 + 0.5 + GUARD).astype(np.int64)


def years(seconds: int) -> float:
    """Seconds to expiry as years, not below `LEAST_SECONDS`."""
    return max(seconds, LEAST_SECONDS) / YEAR_SECONDS


@dataclass(frozen=True, slots=True)
class Valued:
    """Worth of an expiry's strikes over time in e4, arrays of shape (minutes, strikes)."""

    calls: Integers
    puts: Integers
    extrinsic: Integers
    """The worth of whichever of the two is out of the money."""
    sensitivity: Integers
    """What one point of volatility is worth at the money, shape (minutes, 1)."""


def european(
    surface: Surface, strikes: Integers, spots: Sequence[float], seconds: Sequence[int], factors: Sequence[float]
) -> Valued:
    """Value an expiry minute by minute: the out-of-the-money side by Black's formula, the other by put-call parity.

    `strikes` in e4; per minute the underlying's price in dollars, seconds to expiry, and a volatility factor.
    """
    ks = strikes / 10_000.0
    outside, inside, sensitivity = np.empty((3, len(spots), len(ks)))
    for i, (spot, left, factor) in enumerate(zip(spots, seconds, factors, strict=True)):
        t = years(left)
        forward = spot * math.exp((RATE - surface.dividend) * t)
        discount = math.exp(-RATE * t)
        deviations = surface.volatility(ks, forward, t, factor) * math.sqrt(t)
        rights = [ql.Option.Call if k >= forward else ql.Option.Put for k in ks]
        outside[i] = list(
            map(ql.blackFormula, rights, ks.tolist(), repeat(forward), deviations.tolist(), repeat(discount))
        )
        inside[i] = discount * (forward - ks)
        sensitivity[i] = 0.004 * spot * math.sqrt(t)
    extrinsic, intrinsic = e4(outside), e4(inside)
    return Valued(
        extrinsic + np.maximum(intrinsic, 0), extrinsic + np.maximum(-intrinsic, 0), extrinsic, e4(sensitivity[:, :1])
    )


def american(
    surface: Surface, strikes: Integers, spots: Sequence[float], seconds: Sequence[int], factors: Sequence[float]
) -> Valued:
    """The same with puts that may be exercised early (Barone-Adesi and Whaley); without dividends no call ever is."""
    valued = european(surface, strikes, spots, seconds, factors)
    ks = strikes / 10_000.0
    early = EarlyPuts(ks.tolist())
    worth = np.empty((len(spots), len(ks)))
    for i, (spot, left, factor) in enumerate(zip(spots, seconds, factors, strict=True)):
        t = years(left)
        forward = spot * math.exp((RATE - surface.dividend) * t)
        deviations = surface.volatility(ks, forward, t, factor) * math.sqrt(t)
        worth[i] = early.values(spot, RATE * t, deviations.tolist())
    return Valued(valued.calls, np.maximum(e4(worth), valued.puts), valued.extrinsic, valued.sensitivity)


class EarlyPuts:
    """American puts of many strikes without dividends, by QuantLib.

    Its dates are whole days, so the time to expiry is put into rate and volatility and all options run one year.
    """

    def __init__(self, strikes: Sequence[float]) -> None:
        today, days = ql.Date(1, 1, 2024), ql.Actual365Fixed()
        ql.Settings.instance().evaluationDate = today
        self._spot, self._rate = ql.SimpleQuote(100.0), ql.SimpleQuote(0.01)
        self._deviations = [ql.SimpleQuote(0.1) for _ in strikes]
        flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, days))
        rates = ql.YieldTermStructureHandle(ql.FlatForward(today, ql.QuoteHandle(self._rate), days))
        self._puts = []
        for strike, deviation in zip(strikes, self._deviations, strict=True):
            smile = ql.BlackConstantVol(today, ql.NullCalendar(), ql.QuoteHandle(deviation), days)
            process = ql.BlackScholesMertonProcess(
                ql.QuoteHandle(self._spot), flat, rates, ql.BlackVolTermStructureHandle(smile)
            )
            payoff = ql.PlainVanillaPayoff(ql.Option.Put, strike)
            put = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + 365))
            put.setPricingEngine(ql.BaroneAdesiWhaleyApproximationEngine(process))
            self._puts.append(put)

    def values(self, spot: float, interest: float, deviations: Sequence[float]) -> list[float]:
        """Dollars for each strike at a spot, an interest to expiry and standard deviations to expiry."""
        self._spot.setValue(spot)
        self._rate.setValue(interest)
        for quote, deviation in zip(self._deviations, deviations, strict=True):
            quote.setValue(deviation)
        return [put.NPV() for put in self._puts]


@dataclass(frozen=True, slots=True)
class Greeks:
    """As a universe file holds them: theta a day, vega and rho per percentage point."""

    price: float
    volatility: float
    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float


def greeks(surface: Surface, right: str, strike: float, spot: float, seconds: int, factor: float) -> Greeks:
    """Black-Scholes value and Greeks of one contract, American ones too; prices in dollars."""
    t = years(seconds)
    forward = spot * math.exp((RATE - surface.dividend) * t)
    volatility = float(surface.volatility(np.array([strike]), forward, t, factor)[0])
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if right == "C" else ql.Option.Put, strike)
    black = ql.BlackCalculator(payoff, forward, volatility * math.sqrt(t), math.exp(-RATE * t))
    return Greeks(
        price=black.value(),
        volatility=volatility,
        delta=black.delta(spot),
        gamma=black.gamma(spot),
        vega=black.vega(t) / 100,
        theta=black.thetaPerDay(spot, t),
        rho=black.rho(t) / 100,
    )
