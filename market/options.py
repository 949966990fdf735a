"""A day of a product's options as files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from market import quotes
from market.chain import Chain, Contract, contracts_of, last_minute, seconds_left
from market.days import Day
from market.dice import Integers
from market.pricing import american, european
from market.products import Product
from market.quotes import Book, Flags
from market.scenarios import Kind
from market.sessions import clock, sessions
from market.trades import prints
from market.universe import open_interest
from market.zips import OPEN_MS, quote_rows, trade_rows, write_zip


def write_chain(root: Path, product: Product, day: Day, chain: Chain, seed: int, every_minute: bool = False) -> None:
    """One day of the contracts of a chain: quotes, prints and open interest.

    A quote row is written when `Book.due` says so, or `every_minute`.
    """
    stamp = f"{day.date:%Y%m%d}"
    members: dict[str, dict[str, str]] = {"quote": {}, "trade": {}, "openinterest": {}}
    for expiry, strikes in chain:
        contracts = contracts_of([(expiry, strikes)])
        book, printed = trading(product, day, expiry, contracts, seed, every_minute)
        due = book.shown if every_minute else book.due(keys_of(contracts))
        for column, contract in enumerate(contracts):
            held = open_interest(seed, contract, day.date, day.open * 100)
            texts = {
                "quote": quote_rows(book, column, due),
                "trade": trade_rows(*printed, column),
                "openinterest": f"{OPEN_MS - 3 * 3_600_000},{held}\n",
            }
            for kind, text in texts.items():
                if text:
                    name = product.member(stamp, kind, contract.right, contract.strike, f"{expiry:%Y%m%d}")
                    members[kind][name] = text
    for kind, found in members.items():
        write_zip(root / product.minutes / f"{stamp}_{kind}_{product.style}.zip", dict(sorted(found.items())))


def keys_of(contracts: list[Contract]) -> Integers:
    """The contracts' numbers."""
    return np.array([c.key for c in contracts], dtype=np.int64)


def trading(
    product: Product, day: Day, expiry: dt.date, contracts: list[Contract], seed: int, every_minute: bool
) -> tuple[Book, tuple[Flags, Integers, Integers]]:
    """One expiry's day, calls then puts of the same strikes: the book, spoiled as the scenario says, and the prints."""
    minutes = last_minute(product, sessions(), day.date, expiry)
    keys = keys_of(contracts)
    value = american if product.style == "american" else european
    valued = value(
        product.surface,
        np.array([c.strike for c in contracts if c.right == "C"], dtype=np.int64),
        [day.price(m) / 100 for m in range(minutes)],
        seconds_left(sessions(), day.date, expiry, range(1, minutes + 1)),
        [day.factor(day.scenario.volatility, m) / 1000 for m in range(minutes)],
    )
    worth = np.hstack((valued.calls, valued.puts))
    extrinsic = np.hstack((valued.extrinsic, valued.extrinsic))
    width = np.array([[day.factor(day.scenario.width, m)] for m in range(minutes)], dtype=np.int64)
    half = quotes.half_width(extrinsic, worth - extrinsic, valued.sensitivity, width)
    if not every_minute:
        worth, half = quotes.held(worth, half)
    book = quotes.make(worth, half, product.ticks, seed, keys)
    book.shown[day.silence.start : day.silence.stop] = False
    spoil(book, product, day, contracts, (Kind.DEAD, Kind.ZERO_BID))
    printed = prints(book, chances(product, day, contracts), product.ticks, seed, keys)
    spoil(book, product, day, contracts, (Kind.ABSURD_ASK, Kind.CROSSED))
    return book, printed


def chances(product: Product, day: Day, contracts: list[Contract]) -> Integers:
    """How likely a contract prints in a minute, in 65,536ths: more near the day's open and near expiry."""
    steps = np.array([abs(c.strike - day.open * 100) // product.step for c in contracts], dtype=np.int64)
    ahead = np.array([(c.expiry - day.date).days for c in contracts], dtype=np.int64)
    return np.asarray(np.select([steps < 5, steps < 12, steps < 20], [6_000, 2_500, 500], 60) // (1 + ahead))


def spoil(book: Book, product: Product, day: Day, contracts: list[Contract], kinds: tuple[Kind, ...]) -> None:
    """Do to the book what the day's scenario says, of these kinds."""
    for anomaly in day.scenario.anomalies:
        if anomaly.kind not in kinds:
            continue
        legs = np.array([anomaly.rows.holds(c.right, c.strike // 10_000, day.entry_spot) for c in contracts])
        cells = (slice(clock(anomaly.start), clock(anomaly.end)), legs)
        match anomaly.kind:
            case Kind.ABSURD_ASK:
                quotes.absurd_ask(book, cells)
            case Kind.CROSSED:
                quotes.crossed(book, cells, product.ticks)
            case Kind.DEAD:
                quotes.silent(book, cells)
            case Kind.ZERO_BID:
                quotes.no_bid(book, cells)
