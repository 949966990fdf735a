"""Before the entry order goes out: can this spread be sold for something, and can its stop work?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .legs import Leg, max_debit
from .money import money
from .quotes import LegQuote, QuoteLimits
from .valuation import Value, leg_mid
from .view import Extremes, Problem, Rule, Terms, View

ENTRY = "entry"


def entry_credit(legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> int:
    """Net price received by selling at the bids and buying at the asks, ticks per share; negative when paid."""
    return sum(-leg.ratio * (quote.bid if leg.is_short else quote.ask) for leg, quote in zip(legs, quotes, strict=True))


def quoted_value(legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> Value:
    """What it would cost to close at once, from quotes that are there on both sides."""
    natural = mid = mark = 0
    for leg, quote in zip(legs, quotes, strict=True):
        natural -= leg.ratio * (quote.ask if leg.is_short else quote.bid)
        mid -= leg.ratio * leg_mid(quote, quote.bid)
        mark -= leg.ratio * quote.mark
    return Value(natural, mid, mark)


def check_entry(
    legs: Sequence[Leg],
    quotes: Sequence[LegQuote],
    rules: Sequence[Rule],
    *,
    lots: int,
    multiplier: int,
    fees: int,
    now: datetime,
    expires_at: datetime,
    credit: int | None = None,
    limits: QuoteLimits | None = None,
    session_close: datetime | None = None,
    underlying: int | None = None,
    short_delta: float | None = None,
) -> list[Problem]:
    """Everything that speaks against the entry, the worst first; empty when nothing does.

    Args:
        legs: The legs as they will be held.
        quotes: Their quotes now, ticks per share.
        rules: Rules that will watch the spread.
        lots: Spreads to open.
        multiplier: Shares per contract.
        fees: Estimate of all fees, entry and exit, of the whole position, 1/10000 dollars.
        now: Algorithm time.
        expires_at: End of trading of the nearest expiry.
        credit: Net price expected, ticks per share; None takes the natural entry price, or give what the fills
            made of it to check the rules once more.
        limits: How old a quote may be.
        session_close: Today's end of the contract's session, algorithm time; None takes `expires_at`.
        underlying: Underlying price in ticks, for rules that look at it.
        short_delta: Greatest absolute delta of a short leg, for rules that look at it.
    """
    found = _quote_problems(legs, quotes, now, limits or QuoteLimits())
    if any(problem.fatal for problem in found):
        return found
    expected = entry_credit(legs, quotes) if credit is None else credit
    most, quoted = max_debit(legs), quoted_value(legs, quotes)
    found += _credit_problems(expected, most, lots * multiplier, fees)
    if not any(problem.fatal for problem in found):
        terms = Terms(tuple(legs), lots, multiplier, expected, fees, most, now, expires_at)
        close = expires_at if session_close is None else min(session_close, expires_at)
        extremes = Extremes.start(quoted, expected)
        view = View(now, quoted, terms, extremes, now, close, underlying=underlying, short_delta=short_delta)
        for rule in rules:
            problems = list(rule.problems(terms, quoted))
            told = any(problem.fatal for problem in problems)
            found += problems if told else problems + _true_already(rule, view)
    return sorted(found, key=lambda problem: not problem.fatal)


def _true_already(rule: Rule, view: View) -> list[Problem]:
    """The rule as it would be asked on the slice of the entry."""
    decision = rule.evaluate(view)
    if decision is None:
        return []
    return [Problem(decision.rule, True, f"{decision.rule}: {decision.sentence}: it would be closed at once")]


def _quote_problems(
    legs: Sequence[Leg], quotes: Sequence[LegQuote], now: datetime, limits: QuoteLimits
) -> list[Problem]:
    found = []
    for leg, quote in zip(legs, quotes, strict=True):
        text = f"{leg.name} is quoted {money(quote.bid)}/{money(quote.ask)}"
        if quote.quoted_at is None:
            found.append(Problem(ENTRY, True, f"{leg.name} has no quote yet", "wait for its first bar"))
        elif not (quote.ask and quote.ask_live):
            found.append(Problem(ENTRY, True, f"{text}: there is no ask now", "wait for a two-sided quote"))
        elif leg.is_short and not (quote.bid and quote.bid_live):
            found.append(Problem(ENTRY, True, f"{text}: there is no bid to sell at", "a strike nearer the underlying"))
        elif now - quote.quoted_at > limits.max_age:
            age = f"{text}, last at {quote.quoted_at:%m-%d %H:%M}"
            found.append(Problem(ENTRY, True, f"{age}: too old to trade on", "wait for a new quote"))
        elif quote.bid > quote.ask and quote.bid_live:
            found.append(Problem(ENTRY, True, f"{text}: crossed", "wait for a sound quote"))
        elif not (quote.bid and quote.bid_live):
            found.append(Problem(ENTRY, False, f"{text}: no bid, so the long leg brings nothing when it is closed"))
    return found


def _credit_problems(credit: int, most: int | None, shares: int, fees: int) -> list[Problem]:
    if credit <= 0:
        return [Problem(ENTRY, True, f"the quotes give no credit: {money(credit)}", "another pair of strikes")]
    if most is not None and credit > most:
        text = f"the credit {money(credit)} is above {money(most)}, the most the spread can owe: a quote is wrong"
        return [Problem(ENTRY, True, text, "wait for sound quotes")]
    if credit * shares <= fees:
        least = money(fees // shares + 1)
        text = f"the credit {money(credit)} brings {money(credit * shares)} dollars and fees take {money(fees)}"
        return [Problem(ENTRY, True, text, f"a credit of at least {least}")]
    return []
