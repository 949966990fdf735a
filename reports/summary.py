"""The table at the end of a run: `python -m reports.summary RESULT_DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spreads.journal import JournalError
from spreads.money import money

from .reconcile import cash_text, checks, total_pnl, usd
from .records import Story
from .result import Result, ResultError, read_result

PLAIN_WIDTH = 220
REASON_WIDTH = 90
HEADINGS = ("id", "side", "strikes", "quantity", "credit", "worst debit", "exit debit", "exit reason", "P&L")


def row(story: Story) -> tuple[str, ...]:
    """A spread as a line of the table; prices in dollars per share, P&L in dollars after fees."""
    outcome = story.outcome
    return (
        story.id,
        story.kind,
        story.strikes,
        str(story.lots),
        _price(story.credit),
        _price(story.worst_debit),
        _price(outcome.exit_debit if outcome else None),
        reason(story),
        "unknown" if story.pnl is None else cash_text(usd(story.pnl)),
    )


def reason(story: Story) -> str:
    """Why it ended, or how it stands."""
    if story.outcome is not None:
        return story.outcome.reason or story.outcome.state
    if story.opened_at is None:
        return f"not opened: {story.rejected or 'the entry never filled'}"
    return f"still {story.standing.state if story.standing else 'held'} at the end of the run"


def totals(result: Result) -> str:
    """One line: counts and P&L."""
    held = result.run.held
    total, unknown = total_pnl(result)
    parts = [f"{len(held)} spread{'' if len(held) == 1 else 's'}"]
    won = sum(1 for story in held if story.pnl is not None and story.pnl > 0)
    lost = sum(1 for story in held if story.pnl is not None and story.pnl < 0)
    if held:
        parts.append(f"{won} won, {lost} lost")
    fired = sum(1 for story in held if story.shots)
    if fired:
        parts.append(f"{fired} closed by a rule")
    if result.run.rejected:
        parts.append(f"{len(result.run.rejected)} not opened")
    parts.append(f"P&L after fees {cash_text(usd(total))}")
    if unknown:
        parts.append(f"without {len(unknown)} of unknown P&L")
    return ", ".join(parts)


def print_summary(result: Result, console: Console | None = None) -> None:
    """Print table, totals, checks and the folder; colours and width only on a terminal."""
    console = console or Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    stories = list(result.run.spreads.values())
    if stories:
        console.print(_table(stories, console.is_terminal))
    else:
        console.print("No spread was opened.")
    console.print(totals(result), highlight=False)
    marks = {True: ("ok", "green"), False: ("DIFFERS", "bold red"), None: ("?", "yellow")}
    for check in checks(result):
        word, style = marks[check.passed]
        console.print(Text.assemble((word, style), " ", check.sentence), soft_wrap=True)
    for at, text in result.run.errors[:1]:
        more = f" (and {len(result.run.errors) - 1} more in the journal)" if len(result.run.errors) > 1 else ""
        line = Text.assemble(("ERROR", "bold red"), f" internal error at {at:%Y-%m-%d %H:%M}: {text}{more}")
        console.print(line, soft_wrap=True)
    console.print(f"Results: {_short(result.folder)}", highlight=False, markup=False, soft_wrap=True)


def _short(folder: Path) -> Path:
    """The folder as one would type it here."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _table(stories: Sequence[Story], colours: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    numbers = {"quantity", "credit", "worst debit", "exit debit", "P&L"}
    for heading in HEADINGS:
        wraps = heading == "exit reason"
        table.add_column(
            heading,
            justify="right" if heading in numbers else "left",
            no_wrap=not (wraps and colours),
            overflow="fold" if wraps and colours else "ellipsis",
            max_width=None if colours else REASON_WIDTH if wraps else None,
        )
    for story in stories:
        cells = [Text(cell) for cell in row(story)]
        if story.pnl is not None:
            cells[-1].stylize("red" if story.pnl < 0 else "green")
        table.add_row(*cells)
    return table


def _price(ticks_per_share: int | None) -> str:
    return "-" if ticks_per_share is None else money(ticks_per_share)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 1 for a folder that cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m reports.summary", description="Table of a run's spreads.")
    parser.add_argument("folder", type=Path, help="results folder of one run")
    parser.add_argument("--journal", type=Path, help="journal, when it is not journal.jsonl in the folder")
    options = parser.parse_args(arguments)
    try:
        print_summary(read_result(options.folder, options.journal))
    except (ResultError, JournalError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
