"""Evaluates an option of a run with LEAN's default price model (Indicators/IndicatorBasedOptionPriceModel.cs)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from replay.enums import OptionRight, OptionStyle, SecurityType
from replay.factor_files import FactorFile, FactorFiles
from replay.greeks import OptionPriceModelResult, Terms, no_result
from replay.greeks import evaluate as model
from replay.interest_rates import InterestRates
from replay.settlement import settlement_time
from replay.symbol import Symbol

_YEAR = 365.0
_TRAILING = timedelta(days=350)
ZERO = Decimal(0)


def evaluate(run: Any, option: Any) -> OptionPriceModelResult:
    """Greeks at this moment: prices are `Security.price` of option, underlying and the other right of the strike."""
    symbol, now = option.symbol, option.local_time
    underlying = option.underlying
    if now.date() > symbol.id.date.date() or not option.exact_price or underlying is None or not underlying.exact_price:
        return no_result()
    spot = underlying.exact_price
    years = (settlement_time(symbol, option.hours) - now).total_seconds() / 86400 / _YEAR
    terms = Terms(
        spot=float(spot),
        strike=symbol.id.strike_price,
        years=years,
        rate=_rates(run).rate(now.date()),
        dividend=float(_dividend_yield(run, symbol, now.date(), spot)),
        is_call=symbol.id.option_right == OptionRight.CALL,
        is_american=symbol.id.option_style == OptionStyle.AMERICAN,
    )
    mirror = run.securities.find(_mirror(symbol))
    mirror_price = float(mirror.exact_price) if mirror is not None else 0.0
    return model(terms, float(option.exact_price), mirror_price or None)


def _mirror(symbol: Symbol) -> Symbol:
    sid = symbol.id
    right = OptionRight.PUT if sid.option_right == OptionRight.CALL else OptionRight.CALL
    assert symbol.underlying is not None
    return Symbol.create_option(
        symbol.underlying, sid.symbol, sid.market, sid.option_style, right, sid.strike_decimal, sid.date
    )


def _rates(run: Any) -> InterestRates:
    found: InterestRates | None = run.__dict__.get("_interest_rates")
    if found is None:
        found = run._interest_rates = InterestRates(run.store.root)
    return found


def _dividend_yield(run: Any, option: Symbol, day: date, spot: Decimal) -> Decimal:
    """Dividends of the year before the last one, over the price; 0 for index options."""
    if option.security_type == SecurityType.INDEX_OPTION or option.underlying is None:
        return ZERO
    factors: FactorFiles | None = run.__dict__.get("_factor_files")
    if factors is None:
        factors = run._factor_files = FactorFiles(run.store.root)
    return yearly_dividend(factors.of(option.underlying.id.symbol), day) / spot


def yearly_dividend(factors: FactorFile, day: date) -> Decimal:
    """Dollars per share paid in the 350 days up to the last dividend before `day`, in shares of that time."""
    events = [
        (row.date + timedelta(days=1), following, row)
        for row, following in pairwise(factors.rows)
        if row.date + timedelta(days=1) <= day
    ]
    paid = [when for when, following, row in events if following.price_factor != row.price_factor]
    if not paid:
        return ZERO
    total, split = ZERO, Decimal(1)
    for when, following, row in reversed(events):
        if when < max(paid) - _TRAILING:
            break
        if following.split_factor != row.split_factor:
            split *= row.split_factor / following.split_factor
        if following.price_factor != row.price_factor:
            dividend = row.reference_price * (1 - row.price_factor / following.price_factor)
            total += round(dividend, 10) * split
    return total
