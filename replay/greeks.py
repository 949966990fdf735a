"""Implied volatility and Greeks of one option, by LEAN's indicator-based price model.

Formulas: Indicators/{ImpliedVolatility,GreeksIndicators,OptionGreekIndicatorsHelper,Delta,Gamma,Vega,Theta,Rho}.cs.
European options: Black-Scholes; American options: a 200-step forward tree (which, like LEAN's, never exercises a put
early). Prices are dollars per share, volatility and rates fractions per year, time years of 365 days. Vega and rho are
per percentage point, theta per year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import copysign, erf, exp, isfinite, log, pi, sqrt
from typing import Any

from replay.naming import LeanObject

STEPS = 200
_LOWEST, _HIGHEST = 1e-7, 4.0
_ACCURACY = 1e-4
_EPSILON = 2.0**-52


class Greeks(LeanObject):
    """The Greeks of an option; `theta` is per year."""

    def __init__(
        self, delta: float = 0.0, gamma: float = 0.0, vega: float = 0.0, theta: float = 0.0, rho: float = 0.0
    ) -> None:
        self.delta, self.gamma, self.vega, self.theta, self.rho = delta, gamma, vega, theta, rho
        self.lambda_ = 0.0

    @property
    def theta_per_day(self) -> float:
        """A 365th of theta."""
        return self.theta / 365


class OptionPriceModelResult(LeanObject):
    """Model price in dollars per share, implied volatility and Greeks."""

    def __init__(self, theoretical_price: float, implied_volatility: float, greeks: Greeks) -> None:
        self.theoretical_price = theoretical_price
        self.implied_volatility = implied_volatility
        self.greeks = greeks


def no_result() -> OptionPriceModelResult:
    """What LEAN gives without prices or after expiry: zeros."""
    return OptionPriceModelResult(0.0, 0.0, Greeks())


class IndicatorBasedOptionPriceModel(LeanObject):
    """LEAN's default price model; the object only names it, `replay.pricing` evaluates contracts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything but the volatility; `years` may be 0 or negative after settlement."""

    spot: float
    strike: float
    years: float
    rate: float
    dividend: float
    is_call: bool
    is_american: bool

    def price(self, volatility: float) -> float:
        """Model price in dollars per share."""
        return _tree(self, volatility) if self.is_american else _black(self, volatility)

    def at(self, **changes: Any) -> Terms:
        """The same option with other inputs."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return Terms(**(values | changes))


def evaluate(terms: Terms, price: float, mirror_price: float | None) -> OptionPriceModelResult:
    """The model of an option at `price`; with the price of the other right at this strike IV is smoothed.

    The contract out of the money supplies the volatility of both; without a solution for one, the other's is used.
    """
    own = implied_volatility(terms, price)
    volatility = own or 0.0
    if mirror_price:
        mirror = implied_volatility(terms.at(is_call=not terms.is_call), mirror_price)
        in_the_money = terms.strike < terms.spot if terms.is_call else terms.strike > terms.spot
        if mirror is not None and (own is None or in_the_money):
            volatility = mirror
    theoretical = terms.price(volatility) if volatility else 0.0
    if terms.years < 0:
        return OptionPriceModelResult(_finite(theoretical), volatility, Greeks())
    numbers = _tree_greeks(terms, volatility) if terms.is_american else _black_greeks(terms, volatility)
    return OptionPriceModelResult(_finite(theoretical), volatility, Greeks(*(_finite(number) for number in numbers)))


def implied_volatility(terms: Terms, price: float) -> float | None:
    """The volatility at which the model gives `price`, to LEAN's accuracy; None when none is found in its bounds."""
    low, high = _LOWEST, _HIGHEST
    accuracy = max(_ACCURACY, _ACCURACY * price)
    if terms.is_american:
        guess = implied_volatility(terms.at(is_american=False), price)
        if guess:
            low, high = max(low, guess * 0.5), min(high, guess * 1.5)
    return _brent(lambda volatility: terms.price(volatility) - price, low, high, accuracy)


def _finite(value: float) -> float:
    return value if isfinite(value) else 0.0


def _cdf(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


def _density(x: float) -> float:
    return exp(-x * x / 2) / sqrt(2 * pi)


def _d1(terms: Terms, volatility: float) -> float:
    spread = volatility * sqrt(max(0.0, terms.years))
    if not spread:
        return 10.0
    drift = terms.rate - terms.dividend + 0.5 * volatility * volatility
    return (log(terms.spot / terms.strike) + drift * terms.years) / spread


def _d2(terms: Terms, d1: float, volatility: float) -> float:
    return d1 - volatility * sqrt(max(0.0, terms.years))


def _black(terms: Terms, volatility: float) -> float:
    d1 = _d1(terms, volatility)
    d2 = _d2(terms, d1, volatility)
    spot, strike = terms.spot * exp(-terms.dividend * terms.years), terms.strike * exp(-terms.rate * terms.years)
    if terms.is_call:
        return spot * _cdf(d1) - strike * _cdf(d2)
    return strike * _cdf(-d2) - spot * _cdf(-d1)


def _tree(terms: Terms, volatility: float) -> float:
    """The forward tree; LEAN raises only the up factor to powers, for down moves too."""
    import numpy as np

    step = terms.years / STEPS
    if step < 0:
        return float("nan")
    growth = exp((terms.rate - terms.dividend) * step)
    move = volatility * sqrt(step)
    up, down = exp(move) * growth, exp(-move) * growth
    if up == down:
        up, down = 1.0001, 0.9999
    chance = (growth - down) / (up - down)
    discount = exp(-terms.rate * step)
    fall, rise = discount * (1 - chance), discount * chance
    sign = 1.0 if terms.is_call else -1.0
    ends = terms.spot * np.power(up, 2.0 * np.arange(STEPS + 1) - STEPS)
    values = np.maximum(sign * (ends - terms.strike), 0.0)
    if not terms.is_call:
        for _ in range(STEPS):
            values = values[:-1] * fall + values[1:] * rise
        return float(values[0])
    exercise = np.maximum(terms.spot * np.power(up, np.arange(2.0 * STEPS) - STEPS) - terms.strike, 0.0)
    for period in range(STEPS - 1, -1, -1):
        held = values[:-1] * fall + values[1:] * rise
        values = np.maximum(held, exercise[STEPS - period : STEPS + period + 1 : 2])
    return float(values[0])


def _black_greeks(terms: Terms, volatility: float) -> tuple[float, float, float, float, float]:
    if not terms.years:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    root = sqrt(terms.years)
    d1 = _d1(terms, volatility)
    d2 = _d2(terms, d1, volatility)
    carry, discount = exp(-terms.dividend * terms.years), exp(-terms.rate * terms.years)
    sign = 1.0 if terms.is_call else -1.0
    side1, side2 = sign * _cdf(sign * d1), -sign * _cdf(sign * d2)
    gamma = _density(-d1) / terms.spot / max(volatility, 0.01) / root
    vega = terms.spot * root * _density(d1) * carry / 100
    theta = -terms.spot * max(volatility, 0.01) * _density(d1) * carry * 0.5 / root
    theta += terms.dividend * terms.spot * side1 * carry + terms.rate * terms.strike * discount * side2
    rho = -terms.strike * terms.years * discount * side2 / 100
    return side1 * carry, gamma, vega, theta, rho


def _tree_greeks(terms: Terms, volatility: float) -> tuple[float, float, float, float, float]:
    """Differences of the tree, with LEAN's shifts."""
    step = terms.years / STEPS
    growth = exp((terms.rate - terms.dividend) * step)
    move = volatility * sqrt(step)
    up, down = exp(move) * growth, exp(-move) * growth
    up, down = (1.00001 if up == 1 else up), (0.99999 if down == 1 else down)
    price = terms.price(volatility)

    def priced(**changes: float) -> float:
        return terms.at(**changes).price(volatility)

    high, low = terms.spot * up, terms.spot * down
    delta = _divide(priced(spot=high) - priced(spot=low), high - low)
    wide = exp(move) if move else 1.0001
    top, bottom = terms.spot * wide * wide, terms.spot / wide / wide
    above = _divide(priced(spot=top) - price, top - terms.spot)
    below = _divide(price - priced(spot=bottom), terms.spot - bottom)
    gamma = _divide((above - below) * 2, top - bottom)
    vega = terms.price(volatility + 0.01) - price
    theta = _divide((priced(years=terms.years - 2 * step) - price) * 0.5, step)
    rho = (priced(rate=terms.rate + 0.0001) - price) / 0.0001 / 100
    return delta, gamma, vega, theta, rho


def _divide(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _brent(function: Callable[[float], float], low: float, high: float, accuracy: float) -> float | None:
    """Brent's root search, ending where LEAN's numerics library ends: a small bracket or a small value."""
    f_low, f_high = function(low), function(high)
    root, f_root = high, f_high
    step = before = 0.0
    middle = float("nan")
    if not (isfinite(f_low) and isfinite(f_high)) or _sign(f_low) == _sign(f_high):
        return None
    for _ in range(101):
        if _sign(f_root) == _sign(f_high):
            high, f_high = low, f_low
            before = step = root - low
        if abs(f_high) < abs(f_root):
            low, root, high = root, high, root
            f_low, f_root, f_high = f_root, f_high, f_root
        tolerance = _EPSILON * abs(root) + 0.5 * accuracy
        previous, middle = middle, (high - root) / 2
        if abs(middle) <= tolerance or abs(f_root) < accuracy:
            return root
        if middle == previous:
            return None
        step, before = _brent_step((low, root, high), (f_low, f_root, f_high), middle, tolerance, step, before)
        low, f_low = root, f_root
        root += step if abs(step) > tolerance else copysign(tolerance, middle)
        f_root = function(root)
    return None


def _brent_step(
    points: tuple[float, float, float],
    values: tuple[float, float, float],
    middle: float,
    tolerance: float,
    step: float,
    before: float,
) -> tuple[float, float]:
    """The next step and the one to compare the following with: interpolation where it converges, else bisection."""
    (low, root, high), (f_low, f_root, f_high) = points, values
    if abs(before) < tolerance or abs(f_low) <= abs(f_root):
        return middle, middle
    ratio = f_root / f_low
    if abs(low - high) <= 10 * _EPSILON * max(abs(low), abs(high)):
        p, q = 2.0 * middle * ratio, 1.0 - ratio
    else:
        q, r = f_low / f_high, f_root / f_high
        p = ratio * (2.0 * middle * q * (q - r) - (root - low) * (r - 1.0))
        q = (q - 1.0) * (r - 1.0) * (ratio - 1.0)
    if p > 0:
        q = -q
    p = abs(p)
    if 2.0 * p < min(3.0 * middle * q - abs(tolerance * q), abs(before * q)):
        return p / q, step
    return middle, middle
