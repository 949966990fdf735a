"""Universe files: what may be traded on the next day, with the close's prices, Greeks and open interest."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from market.chain import Contract, seconds_left
from market.dice import generator
from market.pricing import GUARD, Surface, greeks
from market.sessions import Sessions
from market.zips import write_text

HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"


def decimal(value: float, places: int) -> str:
    """A number with so many decimals, halves up with a guard, so that a last bit decides nothing."""
    whole = math.floor(abs(value) * 10**places + 0.5 + GUARD)
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // 10**places}.{whole % 10**places:0{places}d}"


def open_interest(seed: int, contract: Contract, day: dt.date, spot: int) -> int:
    """Contracts held before a day's open: more near the money, at round strikes and toward expiry. `spot` in e4."""
    source = generator(seed, contract.key, "open interest")
    away = abs(contract.strike - spot) * 100 // spot
    usual = 1_500 // (1 + away) * (4 if contract.strike % 500_000 == 0 else 1)
    age = max(1, 7 - (contract.expiry - day).days)
    return 10 + usual * age * (500 + source.getrandbits(9)) // 7_000


@dataclass(frozen=True, slots=True)
class Eve:
    """What a universe file knows of the underlying's day: open, high, low, close in cents, and the factor on its
    volatility at the open and at the close in thousandths.
    """

    date: dt.date
    prices: tuple[int, int, int, int]
    factors: tuple[int, int] = (1000, 1000)


def write_universe(
    root: Path, sessions: Sessions, eve: Eve, contracts: Iterable[Contract], surface: Surface, seed: int
) -> None:
    """Write a day's file, which serves the next session."""
    day, prices = eve.date, eve.prices
    opening, high, low, close = (decimal(p / 100, 4) for p in prices)
    lines = [HEADER, f",,,{opening},{high},{low},{close},0,,,,,,,"]
    length = sessions.minutes(day)
    for contract in sorted(contracts):
        strike, left = contract.strike / 10_000, seconds_left(sessions, day, contract.expiry, (0, length))
        first, last = (
            greeks(surface, contract.right, strike, price / 100, seconds, factor / 1000)
            for price, seconds, factor in zip((prices[0], prices[3]), left, eve.factors, strict=True)
        )
        bar = (first.price, max(first.price, last.price), min(first.price, last.price), last.price)
        held = open_interest(seed, contract, sessions.next(day), prices[3] * 100)
        numbers = (last.volatility, last.delta, last.gamma, last.vega, last.theta, last.rho)
        lines.append(
            f"{contract.expiry:%Y%m%d},{decimal(strike, 2).rstrip('0').rstrip('.')},{contract.right},"
            f"{','.join(decimal(p, 4) for p in bar)},{held // 3},{held},{','.join(decimal(n, 6) for n in numbers)}"
        )
    write_text(root / f"{day:%Y%m%d}.csv", lines)
