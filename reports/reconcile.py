"""Holds the journal against the engine's own results: money, fills, fees."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .records import Story
from .result import OrderEvent, Result

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. `passed` is None when it could not be made; the sentence says what was compared."""

    passed: bool | None
    sentence: str


def usd(amount: int) -> Decimal:
    """Dollars of an amount in 1/10000 dollars."""
    return Decimal(amount) / 10_000


def cash_text(amount: Decimal) -> str:
    """Dollars for people: sign before the symbol, cents always."""
    rounded = amount.quantize(CENT)
    return f"{'-' if rounded < 0 else ''}${abs(rounded):,.2f}"


def checks(result: Result) -> list[Check]:
    """Every comparison that the files allow."""
    return [_account(result), _fees(result), _fills(result)]


def total_pnl(result: Result) -> tuple[int, list[str]]:
    """Sum of the spreads' P&L in 1/10000 dollars, and the ids of those whose P&L is not known."""
    total, unknown = 0, []
    for story in result.run.held:
        if story.pnl is None:
            unknown.append(story.id)
        else:
            total += story.pnl
    return total, unknown


def recomputed_pnl(story: Story, fills: list[OrderEvent]) -> Decimal:
    """P&L of a spread closed by its own orders, in dollars, from the engine's fills alone."""
    traded = -sum((fill.quantity * fill.price for fill in fills), Decimal(0)) * story.multiplier
    return traded - sum((fill.fee for fill in fills), Decimal(0))


def _by_symbol(fills: list[OrderEvent]) -> dict[str, Decimal]:
    """Contracts left of each symbol after the fills."""
    left: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        left[fill.symbol] += fill.quantity
    return left


def _account(result: Result) -> Check:
    start, end = result.dollars("Start Equity"), result.dollars("End Equity")
    if start is None or end is None:
        return Check(None, "account not compared: the result has no Start Equity and End Equity")
    total, unknown = total_pnl(result)
    if unknown:
        return Check(None, f"account not compared: P&L of {', '.join(unknown[:5])} is not known")
    change, spreads = end - start, usd(total).quantize(CENT)
    if abs(change - spreads) <= CENT / 2:
        return Check(True, f"P&L of the spreads {cash_text(spreads)} = change of the account {cash_text(change)}")
    ours = {order_id for story in result.run.spreads.values() for order_id in story.order_ids}
    foreign = sorted({fill.order_id for fill in result.fills} - ours)
    hint = f"; filled orders of no spread: {', '.join(map(str, foreign[:8]))}" if foreign else ""
    return Check(
        False,
        f"P&L of the spreads {cash_text(spreads)}, change of the account {cash_text(change)}: "
        f"{cash_text(change - spreads)} come from elsewhere{hint}",
    )


def _fees(result: Result) -> Check:
    charged = result.dollars("Total Fees")
    if charged is None:
        return Check(None, "fees not compared: the result has no Total Fees")
    booked = Decimal(0)
    for story in result.run.held:
        if story.outcome is not None:
            booked += usd(story.outcome.fees)
        else:
            booked += usd(sum(fill.fee for fill in story.fills) or story.entry_fees)
    same = abs(booked - charged) <= CENT / 2
    return Check(same, f"fees of the spreads {cash_text(booked)}, fees of the account {cash_text(charged)}")


def _fills(result: Result) -> Check:
    if not result.fills:
        return Check(None, "fills not compared: the folder has no filled order events")
    by_order: dict[int, list[OrderEvent]] = defaultdict(list)
    for fill in result.fills:
        by_order[fill.order_id].append(fill)
    compared, wrong = 0, []
    for story in result.run.held:
        if story.outcome is None or story.outcome.state != "closed":
            continue
        fills = [fill for order_id in story.order_ids for fill in by_order.get(order_id, [])]
        if not fills or any(_by_symbol(fills).values()):
            continue
        compared += 1
        if abs(recomputed_pnl(story, fills) - usd(story.outcome.pnl)) > CENT / 2:
            wrong.append(story.id)
    if wrong:
        return Check(False, f"P&L recomputed from the engine's fills differs for {', '.join(wrong[:8])}")
    if not compared:
        return Check(None, "fills not compared: no spread was closed by its own orders")
    return Check(
        True, f"P&L recomputed from the engine's fills is the same for all {compared} spreads closed by orders"
    )
