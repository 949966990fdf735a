"""Portfolio statistics under LEAN's names: returns, risk ratios, drawdown.

Formulas: Common/Statistics/{PortfolioStatistics,Statistics,StatisticsBuilder}.cs with 252 trading days. Rates are
fractions, money dollars. The first daily sample and the one after it are dropped, as LEAN does.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import erf, isfinite, sqrt
from statistics import NormalDist

ZERO = Decimal(0)
TRADING_DAYS = 252


@dataclass(frozen=True, slots=True)
class Samples:
    """What the statistics are made of; every series is time -> value, in order of time (UTC)."""

    start_equity: Decimal
    equity: Mapping[datetime, Decimal]
    returns_percent: Mapping[datetime, Decimal] = field(default_factory=dict)
    benchmark: Mapping[datetime, Decimal] = field(default_factory=dict)
    turnover: Sequence[Decimal] = ()
    profit_loss: Sequence[Decimal] = ()
    wins: int = 0
    losses: int = 0
    risk_free: float = 0.0


@dataclass(slots=True)
class Performance:
    """LEAN's PortfolioStatistics."""

    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    compounding_annual_return: float = 0.0
    drawdown: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    sharpe_ratio: float = 0.0
    probabilistic_sharpe_ratio: float = 0.0
    sortino_ratio: float = 0.0
    alpha: float = 0.0
    beta: float = 0.0
    annual_standard_deviation: float = 0.0
    annual_variance: float = 0.0
    information_ratio: float = 0.0
    tracking_error: float = 0.0
    treynor_ratio: float = 0.0
    portfolio_turnover: Decimal = ZERO
    value_at_risk99: float = 0.0
    value_at_risk95: float = 0.0
    drawdown_recovery: int = 0


def performance(samples: Samples) -> Performance:
    """All figures; those that need two days of samples stay 0 on a shorter run."""
    result = Performance(start_equity=samples.start_equity)
    equity = list(samples.equity.values())
    result.end_equity = equity[-1] if equity else ZERO
    if samples.turnover:
        result.portfolio_turnover = sum(samples.turnover, ZERO) / len(samples.turnover)
    own = [float(value / 100) for value in list(samples.returns_percent.values())[2:]]
    market = list(_changes(list(samples.benchmark.values())))[1:]
    if not samples.start_equity or len(market) < 2 or len(own) < 2:
        return result
    _trades(result, samples)
    result.total_net_profit = result.end_equity / samples.start_equity - 1
    times = list(samples.equity)
    years = (times[-1] - times[0]).total_seconds() / 86400 / 365
    if years and result.end_equity > 0:
        result.compounding_annual_return = _finite(float(result.end_equity / samples.start_equity) ** (1 / years) - 1)
    _risk(result, own, market, samples.risk_free)
    result.drawdown, result.drawdown_recovery = drawdown(samples.equity)
    return result


def _changes(values: Sequence[Decimal]) -> Iterable[float]:
    for before, after in itertools.pairwise(values):
        yield float((after - before) / before) if before else 0.0


def _trades(result: Performance, samples: Samples) -> None:
    capital = samples.start_equity
    gains: list[Decimal] = []
    losses: list[Decimal] = []
    for profit in samples.profit_loss:
        (gains if profit > 0 else losses).append(profit / capital)
        capital += profit
    result.average_win_rate = sum(gains, ZERO) / len(gains) if gains else ZERO
    result.average_loss_rate = sum(losses, ZERO) / len(losses) if losses else ZERO
    if result.average_loss_rate:
        result.profit_loss_ratio = result.average_win_rate / abs(result.average_loss_rate) or ZERO
    total = samples.wins + samples.losses
    if total:
        result.win_rate = Decimal(samples.wins) / total
        result.loss_rate = Decimal(samples.losses) / total
    result.expectancy = (result.win_rate * result.profit_loss_ratio or ZERO) - result.loss_rate


def _risk(result: Performance, own: Sequence[float], market: Sequence[float], risk_free: float) -> None:
    days = TRADING_DAYS
    result.annual_variance = _variance(own) * days
    result.annual_standard_deviation = sqrt(result.annual_variance)
    yearly, market_yearly = _annual(own), _annual(market)
    if result.annual_standard_deviation:
        result.sharpe_ratio = (yearly - risk_free) / result.annual_standard_deviation
    downside = sqrt(_variance([value for value in own if value < 0]) * days)
    if downside:
        result.sortino_ratio = (yearly - risk_free) / downside
    if len(own) == len(market):
        spread = _variance(market)
        result.beta = _covariance(own, market) / spread if spread else 0.0
        result.tracking_error = sqrt(_variance([a - b for a, b in zip(own, market, strict=True)]) * days)
    if result.beta:
        result.alpha = yearly - (risk_free + result.beta * (market_yearly - risk_free))
        result.treynor_ratio = (yearly - risk_free) / result.beta
    if result.tracking_error:
        result.information_ratio = (yearly - market_yearly) / result.tracking_error
    result.probabilistic_sharpe_ratio = _probabilistic_sharpe(own, 1 / sqrt(days), risk_free / days)
    recent = own[-days:]
    deviation = sqrt(_variance(recent))
    if deviation:
        spread_of = NormalDist(_mean(recent), deviation)
        result.value_at_risk99 = round(spread_of.inv_cdf(0.01), 3)
        result.value_at_risk95 = round(spread_of.inv_cdf(0.05), 3)


def drawdown(equity: Mapping[datetime, Decimal]) -> tuple[Decimal, int]:
    """Deepest fall from a peak as a fraction (3 places) and the longest recovery in whole days."""
    worst, longest = ZERO, 0
    peak, peak_time, since = ZERO, datetime(1, 1, 1), None
    for moment, value in equity.items():
        if not peak or value >= peak:
            if since is not None:
                longest, since = max(longest, (moment - since).days), None
            peak, peak_time = value, moment
        if peak and value / peak - 1 < 0:
            worst = min(worst, value / peak - 1)
            since = since or peak_time
    return (round(abs(worst), 3) if worst else ZERO), longest


def _finite(value: float) -> float:
    return value if isfinite(value) else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    return _covariance(values, values)


def _covariance(one: Sequence[float], two: Sequence[float]) -> float:
    if len(one) < 2:
        return 0.0
    mean_one, mean_two = _mean(one), _mean(two)
    return sum((a - mean_one) * (b - mean_two) for a, b in zip(one, two, strict=True)) / (len(one) - 1)


def _annual(values: Sequence[float]) -> float:
    base = _mean(values) + 1
    return _finite(base**TRADING_DAYS - 1) if base > 0 else -1.0


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Sample skewness and excess kurtosis with the small-sample corrections LEAN's library uses."""
    count, mean = len(values), _mean(values)
    deviation = sqrt(_variance(values))
    if not deviation or count < 4:
        return 0.0, 0.0
    scaled = [(value - mean) / deviation for value in values]
    skew = count / ((count - 1) * (count - 2)) * sum(value**3 for value in scaled)
    fourth = count * (count + 1) / ((count - 1) * (count - 2) * (count - 3)) * sum(value**4 for value in scaled)
    return skew, fourth - 3 * (count - 1) ** 2 / ((count - 2) * (count - 3))


def _probabilistic_sharpe(values: Sequence[float], benchmark: float, risk_free: float) -> float:
    deviation = sqrt(_variance(values))
    if not deviation or len(values) < 4:
        return 0.0
    observed = (_mean(values) - risk_free) / deviation
    skew, kurtosis = _moments(values)
    inner = (1 - skew * observed + (kurtosis - 1) / 4 * observed**2) / (len(values) - 1)
    if inner < 0:
        return 0.0
    z = (observed - benchmark) / sqrt(inner) if inner else 0.0
    return 0.5 * (1 + erf(z / sqrt(2)))
