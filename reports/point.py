"""One run of a sweep, in a process of its own: replay, read, reduce to a row."""

from __future__ import annotations

import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .quality import RuleQuality, exits, is_stop
from .records import RunStory, Story
from .result import Result, read_result
from .rows import Row
from .settlement import Settlement

if TYPE_CHECKING:
    from replay.shared import SharedBars


def ignore_interrupts() -> None:
    """A Ctrl-C is for the parent alone, so that the run in progress still gives its row."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@cache
def _bars_of(data_folder: Path) -> SharedBars:
    """Bars the runs of this process have decoded, by data folder."""
    from replay.shared import SharedBars

    return SharedBars()


class Unfinished(Exception):
    """A run that did not complete; the text is what it said last."""


def run_point(key: str, algorithm: Path, data_folder: Path, parameters: Mapping[str, str]) -> Row:
    """Run the algorithm with these parameters; a run that fails gives a row that says why."""
    from replay.errors import ReplayError

    began = time.perf_counter()
    try:
        result, order_hash = replayed(algorithm, data_folder, parameters)
        return reduce_to_row(key, result, Settlement(data_folder), order_hash, time.perf_counter() - began)
    except Unfinished as error:
        return Row(key, error=str(error))
    except (Exception, ReplayError) as error:
        return Row(key, error=f"{type(error).__name__}: {error}")


def replayed(algorithm: Path, data_folder: Path, parameters: Mapping[str, str]) -> tuple[Result, str]:
    """A run's results and the hash of its order list, which LEAN prints and leaves out of its files.

    Raises:
        Unfinished: The run did not complete.
        replay.errors.ReplayError: The data or the algorithm asks for what the replay cannot do.
    """
    from replay.session import run

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "result"
        ended = run(
            algorithm,
            shared=_bars_of(data_folder),
            data_folder=data_folder,
            output=folder,
            parameters=dict(parameters),
            object_store=folder / "storage",
        )
        if ended.state != "Completed":
            raise Unfinished(_first(ended.error) or f"the run ended as {ended.state}")
        return read_result(folder), ended.statistics.get("OrderListHash", "")


def reduce_to_row(key: str, result: Result, settlement: Settlement, order_hash: str, seconds: float) -> Row:
    """The figures of a run."""
    run = result.run
    closed = exits(run, settlement)
    found = RuleQuality("", tuple(one for one in closed if is_stop(one.shot.rule)))
    pnl = [story.pnl or 0 for story in run.held]
    unknown = [story.id for story in run.held if story.pnl is None]
    return Row(
        key,
        pnl=sum(pnl) / 10_000,
        worst_day=min(by_day(run).values(), default=0) / 10_000,
        drawdown=drawdown(run) / 10_000,
        spreads=len(run.held),
        won=sum(1 for value in pnl if value > 0),
        rule_exits=len(closed),
        stops=len(found.exits),
        trigger_excess=_text(found.middle("trigger_excess")),
        fill_excess=_text(found.middle("fill_excess")),
        judged=len(found.judged),
        needless=found.needless,
        against_holding=f"{found.saved / 10_000:.2f}" if found.judged else "",
        fees=sum(story.outcome.fees for story in run.held if story.outcome) / 10_000,
        order_hash=order_hash,
        seconds=round(seconds, 2),
        error=f"P&L of {', '.join(unknown)} is not known" if unknown else "",
    )


def by_day(run: RunStory) -> dict[date, int]:
    """P&L by the day on which each spread ended, 1/10000 dollars; a night's settlement counts for the expiry day."""
    days: dict[date, int] = defaultdict(int)
    for story in run.held:
        days[_day(story, run)] += story.pnl or 0
    return dict(sorted(days.items()))


def drawdown(run: RunStory) -> int:
    """Greatest fall of the closed P&L from its peak, 1/10000 dollars, positive."""
    total = peak = worst = 0
    for story in sorted(run.held, key=lambda one: (one.ended_at or run.last_at or one.opened_at, one.id)):
        total += story.pnl or 0
        peak = max(peak, total)
        worst = max(worst, peak - total)
    return worst


def _day(story: Story, run: RunStory) -> date:
    at = story.ended_at or run.last_at or story.opened_at
    assert at is not None
    return at.date()


def _text(ticks_per_share: float | None) -> str:
    return "" if ticks_per_share is None else f"{ticks_per_share / 10_000:.4f}"


def _first(lines: list[str]) -> str:
    return lines[-1].splitlines()[0] if lines else ""
