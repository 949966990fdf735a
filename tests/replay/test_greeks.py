from __future__ import annotations

from math import exp

import pytest

from replay.greeks import Terms, evaluate, implied_volatility


def terms(is_call: bool = True, is_american: bool = False, strike: float = 3700.0) -> Terms:
    return Terms(3766.63, strike, 4 / 365, 0.0025, 0.0, is_call, is_american)


def test_black_scholes_keeps_put_call_parity() -> None:
    call, put = terms(), terms(is_call=False)
    forward = call.spot - call.strike * exp(-call.rate * call.years)
    assert call.price(0.25) - put.price(0.25) == pytest.approx(forward)


def test_tree_and_formula_agree_for_a_call_without_dividends() -> None:
    european, american = terms(), terms(is_american=True)
    assert american.price(0.3) == pytest.approx(european.price(0.3), rel=2e-3)


@pytest.mark.parametrize("is_american", [False, True])
@pytest.mark.parametrize("volatility", [0.1, 0.35, 1.2])
def test_implied_volatility_is_found_to_leans_accuracy(is_american: bool, volatility: float) -> None:
    option = terms(is_american=is_american)
    price = option.price(volatility)
    assert implied_volatility(option, price) == pytest.approx(volatility, abs=1e-4 * price)


def test_price_below_intrinsic_has_no_volatility_and_the_mirror_helps_out() -> None:
    option = terms()
    assert implied_volatility(option, 60.0) is None
    alone = evaluate(option, 60.0, None)
    assert (alone.implied_volatility, alone.theoretical_price) == (0.0, 0.0)
    helped = evaluate(option, 60.0, terms(is_call=False).price(0.25))
    assert helped.implied_volatility == pytest.approx(0.25, abs=1e-3)


def test_in_the_money_call_takes_the_volatility_of_the_put() -> None:
    put = terms(is_call=False)
    call = evaluate(terms(), terms().price(0.4), put.price(0.25))
    assert call.implied_volatility == pytest.approx(0.25, abs=1e-3)
    other = evaluate(put, put.price(0.25), terms().price(0.4))
    assert other.implied_volatility == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("is_american", [False, True])
def test_greeks_are_the_slopes_of_the_price(is_american: bool) -> None:
    option = terms(is_american=is_american)
    greeks = evaluate(option, option.price(0.25), None).greeks
    shift, iv = 1.0, 0.25
    slope = (option.at(spot=option.spot + shift).price(iv) - option.at(spot=option.spot - shift).price(iv)) / 2
    assert greeks.delta == pytest.approx(slope, abs=0.02 if is_american else 5e-3)
    assert greeks.vega == pytest.approx(option.price(iv + 0.01) - option.price(iv), rel=0.05)
    day = 0.25 / 365
    decay = (option.at(years=option.years - day).price(iv) - option.price(iv)) / 0.25
    assert greeks.theta_per_day == pytest.approx(decay, rel=0.05)


def test_expired_and_last_moment_options_have_no_time_value_numbers() -> None:
    gone = terms().at(years=-0.001)
    assert evaluate(gone, 70.0, None).greeks.delta == 0.0
    assert evaluate(terms().at(years=0.0), 70.0, None).greeks.gamma == 0.0
