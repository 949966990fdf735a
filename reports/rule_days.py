"""What each stop rule does on each scripted day of the synthetic market: `python -m reports.rule_days`.

Runs the unmodified main.py once per rule set over all days and prints one table: exit time, exit debit and result of
the standard bear call and bull put. The committed copy is docs/rule-days.md; a test holds it to what comes out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import replay
from market.scenarios import SCENARIOS
from reports.records import Story
from reports.result import read_result

JOURNAL = "spread-journal.jsonl"
OFF = {"target-credit-percent": ""}
ALONE = {"stop-credit-percent": ""}
# main.py wants a stop beside every other exit: one that no day of the market comes near
NO_STOP = {**ALONE, "stop-short-strike": "cross buffer -1000"}
WIDEST = 10


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One column of the table: its heading and the parameters that differ from the defaults (targets are off)."""

    name: str
    parameters: Mapping[str, str]


RULE_SETS: tuple[RuleSet, ...] = (
    RuleSet("100 % of credit, natural", {}),
    RuleSet("100 %, mid", {"stop-price": "mid"}),
    RuleSet("100 %, natural, 60 s", {"confirm-seconds": "60"}),
    RuleSet("100 %, natural, 120 s graded", {"confirm-seconds": "120", "confirm-grades": "25:60, 50:0"}),
    RuleSet("1.5 times the credit", {**ALONE, "stop-credit-multiple": "1.5"}),
    RuleSet("loss $150", {**ALONE, "stop-loss-dollars": "150"}),
    RuleSet("30 % of max loss", {**ALONE, "stop-max-loss-percent": "30"}),
    RuleSet("trail 0.60", {**ALONE, "stop-trail-debit": "0.60"}),
    RuleSet("trail 60 % after 25 %", {**ALONE, "stop-trail-percent": "60 after 25"}),
    RuleSet("give back 50 % after 25 %", {**ALONE, "stop-give-back-percent": "50 after 25"}),
    RuleSet("strike touched", {**ALONE, "stop-short-strike": "touch"}),
    RuleSet("strike crossed by 5", {**ALONE, "stop-short-strike": "cross buffer -5"}),
    RuleSet("short delta 0.40", {**ALONE, "stop-short-delta": "0.40"}),
    RuleSet("50 % target", {**NO_STOP, "target-credit-percent": "50"}),
    RuleSet("time 14:00", {**NO_STOP, "exit-time": "14:00"}),
    RuleSet("held 90 min", {**NO_STOP, "exit-holding-minutes": "90"}),
    RuleSet("0 days at 13:30", {**NO_STOP, "exit-days-to-expiry": "0 at 13:30"}),
    RuleSet("15 min before close", {**NO_STOP, "exit-minutes-before-close": "15"}),
    RuleSet("10 min before expiry", {**NO_STOP, "exit-minutes-before-expiry": "10"}),
)


def run_rule_set(rules: RuleSet, data_folder: Path, main: Path, output: Path) -> list[Story]:
    """Stories of all spreads of one run.

    Raises:
        SystemExit: The run did not complete.
    """
    parameters = {**OFF, **rules.parameters}
    result = replay.run(main, data_folder=data_folder, output=output, parameters=parameters, object_store=output)
    if result.state != "Completed":
        raise SystemExit(f"rule set {rules.name!r}: the run ended as {result.state}")
    return read_result(output, output / JOURNAL).run.held


def cell(story: Story | None) -> str:
    """One spread in a few words: how it ended, when, and its result in dollars."""
    if story is None:
        return "not opened"
    pnl = story.pnl
    money = "open" if pnl is None else f"{pnl / 10_000:+,.0f}"
    if story.shot is None:
        return f"held {money}"
    natural = "?" if story.shot.natural is None else f"{story.shot.natural / 10_000:.2f}"
    return f"{story.shot.at:%H:%M} at {natural}: {money}"


def table(columns: Iterable[tuple[RuleSet, list[Story]]]) -> str:
    """The table in Markdown, one part per side, a row per day, a column per rule set, totals last."""
    columns = list(columns)
    lines = [
        "# What each rule does on each scripted day",
        "",
        "Made by `make ruledays`; a test holds this page to what the code does. One bear call and one bull put a day,",
        "opened at 10:00, 10 wide; profit targets off but in the column of that name. A cell says when the rule fired,",
        "the natural debit at that moment (? where the quotes gave none), and the result; `held` went to expiry.",
        "A result above the credit (zero_bid, feed_gap) is LEAN's: it fills at a bid that is not quoted any more.",
    ]
    for kind in ("bear call", "bull put"):
        lines += ["", f"## {kind.capitalize()}"]
        for first in range(0, len(columns), WIDEST):
            lines += ["", *_part(kind, columns[first : first + WIDEST])]
    lines += [
        "",
        "## What confirmation costs and saves",
        "",
        "The same stop, 100 % of the credit on the natural debit, fired at once and after a breach held.",
        "Twelve scripted days prove the mechanism, not a strategy.",
        "",
        "| Rule set | Spreads | Stops fired | Mean debit at the trigger | Result of all |",
        "|---|---|---|---|---|",
    ]
    for rules, stories in columns:
        if "natural" in rules.name:
            shots = [s.shot.natural / 10_000 for s in stories if s.shot is not None and s.shot.natural is not None]
            mean = f"{sum(shots) / len(shots):.2f}" if shots else "-"
            total = sum(s.pnl or 0 for s in stories) / 10_000
            lines.append(f"| {rules.name} | {len(stories)} | {len(shots)} | {mean} | {total:+,.0f} |")
    return "\n".join(lines) + "\n"


def _part(kind: str, columns: list[tuple[RuleSet, list[Story]]]) -> list[str]:
    """The rows of one side for as many rule sets as a page is wide."""
    lines = ["| Day | " + " | ".join(rules.name for rules, _ in columns) + " |", "|---|" + "---|" * len(columns)]
    for scenario in SCENARIOS:
        cells = [cell(_find(stories, kind, scenario.date)) for _, stories in columns]
        lines.append(f"| {scenario.name} {scenario.date:%m-%d} | " + " | ".join(cells) + " |")
    totals = [sum(s.pnl or 0 for s in stories if s.kind == kind) / 10_000 for _, stories in columns]
    return [*lines, "| **sum** | " + " | ".join(f"**{total:+,.0f}**" for total in totals) + " |"]


def _find(stories: list[Story], kind: str, day: object) -> Story | None:
    return next((s for s in stories if s.kind == kind and s.opened_at is not None and s.opened_at.date() == day), None)


def main(arguments: list[str] | None = None) -> int:
    """Run every rule set and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-folder", type=Path, default=Path("synthetic-data"))
    parser.add_argument("--algorithm", type=Path, default=Path("main.py"))
    parser.add_argument("--work", type=Path, default=Path("backtests/rule-days"))
    parser.add_argument("--write", type=Path, help="file to write instead of printing")
    options = parser.parse_args(arguments)
    columns = []
    for number, rules in enumerate(RULE_SETS):
        stories = run_rule_set(rules, options.data_folder, options.algorithm, options.work / str(number))
        columns.append((rules, stories))
    page = table(columns)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
