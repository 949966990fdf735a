"""The tables of research.ipynb. Prices in dollars per share, money in dollars; empty where not known."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import pandas as pd

from .confirming import waited
from .point import by_day, drawdown
from .quality import Exit, RuleQuality, exits, is_stop
from .records import RunStory, Story
from .result import Result
from .settlement import Settlement

TICKS = 10_000  # a dollar
EXIT_PARTS = ("trigger excess", "basis gap", "fill excess")
EXITS = ("id", "rule", "fired", "level", *EXIT_PARTS, "exit debit", "P&L", "held to expiry", "verdict")
COMPARED = ("spreads", "P&L", "worst day", "drawdown", "stops", "judged", "needless", "saved")
WAITS = ("went away", "gained on those", "held", "gained on these", "gained by waiting")


def spreads_table(run: RunStory) -> pd.DataFrame:
    """One line per spread; P&L after fees."""
    return pd.DataFrame(
        [
            {
                "id": story.id,
                "day": story.opened_at.date() if story.opened_at else None,
                "side": story.kind,
                "strikes": story.strikes,
                "lots": story.lots,
                "credit": dollars(story.credit),
                "worst debit": dollars(story.worst_debit),
                "exit debit": dollars(story.outcome.exit_debit if story.outcome else None),
                "closed by": story.shot.rule if story.shot else (story.outcome.state if story.outcome else "held"),
                "P&L": dollars(story.pnl),
            }
            for story in run.held
        ]
    )


def exits_table(run: RunStory, settlement: Settlement) -> pd.DataFrame:
    """One line per exit by a rule, slippage taken apart."""
    return pd.DataFrame(
        [
            {
                "id": one.story.id,
                "rule": one.shot.rule,
                "fired": one.shot.at,
                "level": dollars(one.shot.threshold if one.shot.basis else None),
                **_parts(one),
                "exit debit": dollars(one.story.outcome.exit_debit if one.story.outcome else None),
                "P&L": dollars(one.story.pnl),
                "held to expiry": dollars(one.held),
                "verdict": one.verdict,
            }
            for one in exits(run, settlement)
        ],
        columns=list(EXITS),
    )


def comparison(results: Mapping[str, Result], settlement: Settlement) -> pd.DataFrame:
    """One line per variant of a run.

    `judged` counts the stops whose value at expiry is known, `needless` those of them that holding would have beaten;
    `saved` is P&L of the judged less what holding would have brought, empty when there are stops and none is judged.
    """
    return pd.DataFrame(
        [
            {
                "spreads": len(result.run.held),
                "P&L": spreads_pnl(result.run),
                "worst day": dollars(min(by_day(result.run).values(), default=0)),
                "drawdown": dollars(drawdown(result.run)),
                "stops": len(found.exits),
                "judged": len(found.judged),
                "needless": found.needless,
                "saved": dollars(found.saved) if found.judged or not found.exits else None,
            }
            for result in results.values()
            for found in [RuleQuality("", tuple(_stops(result.run, settlement)))]
        ],
        index=pd.Index(results, name="variant"),
        columns=list(COMPARED),
    ).astype({"saved": float})


def entries_said(table: pd.DataFrame) -> str:
    """Whether the variants of a comparison opened equally many spreads: only then do their figures compare exits."""
    counts = table["spreads"]
    if counts.nunique() <= 1:
        return f"{counts.max()} spreads in each" if len(counts) else "no run to compare"
    each = ", ".join(f"{name}: {count}" for name, count in counts.items())
    return f"NOT THE SAME ENTRIES ({each}): no spread is opened that its stop would close at once or never."


def stop_exits(results: Mapping[str, Result], settlement: Settlement) -> pd.DataFrame:
    """One line per stop that fired on a price, over all variants: level + the three parts = exit debit."""
    return pd.DataFrame(
        [
            {
                "variant": name,
                "id": one.story.id,
                "fired": one.shot.at,
                "level": dollars(one.shot.threshold),
                **_parts(one),
                "exit debit": dollars(one.story.outcome.exit_debit),
            }
            for name, result in results.items()
            for one in _stops(result.run, settlement)
            if one.trigger_excess is not None and one.story.outcome and one.story.outcome.exit_debit is not None
        ],
        columns=["variant", "id", "fired", "level", *EXIT_PARTS, "exit debit"],
    )


def price_table(results: Mapping[str, Result], settlement: Settlement) -> pd.DataFrame:
    """One line per price to trigger on: the comparison, and the median way from the stop's level to the exit debit.

    The parts are medians of their own and need not add up to `beyond level`, the median of exit debit less level.
    """
    fired = stop_exits(results, settlement)
    fired["beyond level"] = fired["exit debit"] - fired["level"]
    middle = fired.groupby("variant")[[*EXIT_PARTS, "beyond level"]].median()
    return comparison(results, settlement)[["spreads", "P&L", "stops", "judged", "needless", "saved"]].join(middle)


def waiting_table(run: RunStory) -> pd.DataFrame:
    """One line per spread whose breach had to hold, against closing at the first breach."""
    return pd.DataFrame(
        [
            {
                "id": one.story.id,
                "rule": one.rule,
                "breaches": one.began,
                "fired": one.fired,
                "P&L": dollars(one.story.pnl),
                "closed at the first breach": dollars(one.at_once),
                "gained by waiting": dollars(one.gained),
            }
            for one in waited(run)
        ],
        columns=["id", "rule", "breaches", "fired", "P&L", "closed at the first breach", "gained by waiting"],
    )


def waits_table(results: Mapping[str, Result], settlement: Settlement) -> pd.DataFrame:
    """One line per time to wait: what waiting brought where the breach went away and where it did not.

    Only spreads whose breach was waited for are in `went away` and `held`; a wait of none has none.
    """
    rows = []
    for result in results.values():
        found = [one for one in waited(result.run) if one.gained is not None]
        calm = [one.gained or 0 for one in found if not one.fired]
        fired = [one.gained or 0 for one in found if one.fired]
        sums = (dollars(sum(calm)), len(fired), dollars(sum(fired)), dollars(sum(calm) + sum(fired)))
        rows.append((len(calm), *sums))
    table = comparison(results, settlement)[["spreads", "P&L", "worst day", "stops"]]
    return table.join(pd.DataFrame(rows, index=table.index, columns=list(WAITS)))


def against(table: pd.DataFrame, one: str, other: str) -> str:
    """What two lines of `price_table` say against each other."""
    a, b = table.loc[one], table.loc[other]
    return (
        f"{one}: {a['stops']:.0f} stops, {a['needless']:.0f} of {a['judged']:.0f} needless, exits {_way(a)}, "
        f"P&L ${a['P&L']:,.2f}. {other}: {b['stops']:.0f} stops, {b['needless']:.0f} of {b['judged']:.0f} needless, "
        f"exits {_way(b)}, P&L ${b['P&L']:,.2f}."
    )


def stopped(run: RunStory) -> Story:
    """The stopped spread whose P&L is nearest to the middle of all stopped ones: an ordinary day of a stop.

    Raises:
        LookupError: No stop fired.
    """
    found = [story for story in run.held if story.shot is not None and is_stop(story.shot.rule)]
    if not found:
        raise LookupError("no stop fired in this run")
    middle = median(story.pnl or 0 for story in found)
    return min(found, key=lambda story: abs((story.pnl or 0) - middle))


def account_change(result: Result) -> float:
    """End less start of the account, dollars, from the result's statistics.

    Raises:
        ValueError: The result does not hold both.
    """
    start, end = result.dollars("Start Equity"), result.dollars("End Equity")
    if start is None or end is None:
        raise ValueError("the result has no Start Equity and End Equity")
    return float(end - start)


def spreads_pnl(run: RunStory) -> float:
    """Sum of the spreads' P&L after fees, dollars.

    Raises:
        ValueError: The P&L of a spread is not known.
    """
    total = sum(story.pnl or 0 for story in run.held)
    unknown = [story.id for story in run.held if story.pnl is None]
    if unknown:
        raise ValueError(f"P&L of {', '.join(unknown)} is not known")
    return total / TICKS


def dollars(amount: float | None) -> float | None:
    """Ticks or 1/10000 dollars as dollars."""
    return None if amount is None else amount / TICKS


def _stops(run: RunStory, settlement: Settlement) -> list[Exit]:
    return [one for one in exits(run, settlement) if is_stop(one.shot.rule)]


def _parts(one: Exit) -> dict[str, float | None]:
    return dict(zip(EXIT_PARTS, map(dollars, (one.trigger_excess, one.basis_gap, one.fill_excess)), strict=True))


def _way(line: pd.Series[float]) -> str:
    beyond = line["beyond level"]
    return "on no price" if pd.isna(beyond) else f"${beyond:.2f} a share beyond the level in the middle"
