"""What research.ipynb calls: runs over a data folder, or a run LEAN has made, as tables and pictures.

Outside LEAN runs are made here by replay. In LEAN's research environment (a QuantBook is there) the notebook reads the
journal that a backtest left in the object store.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .confirming import waited
from .fingerprint import SYNTHETIC_MARK
from .point import ignore_interrupts, run_point
from .quality import exits
from .records import RunStory, Story
from .result import Result, read_result
from .settlement import Settlement
from .story import read_run

PROJECT = Path(__file__).resolve().parent.parent
JOURNAL_KEY = "spread-journal.jsonl"


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the notebook works: a data folder to run on, and LEAN's QuantBook when there is one."""

    data_folder: Path | None
    book: Any = None

    @property
    def is_synthetic(self) -> bool:
        """True on the project's own market."""
        return self.data_folder is not None and (self.data_folder / SYNTHETIC_MARK).exists()

    def days(self) -> list[date]:
        """Trading days of the synthetic market; empty for other data."""
        if not self.is_synthetic or self.data_folder is None:
            return []
        mark = json.loads((self.data_folder / SYNTHETIC_MARK).read_text(encoding="utf-8"))
        return [date.fromisoformat(day["date"]) for day in mark["days"]]

    def scenario(self, day: date) -> str:
        """Name of the day's scenario in the synthetic market."""
        assert self.data_folder is not None
        mark = json.loads((self.data_folder / SYNTHETIC_MARK).read_text(encoding="utf-8"))
        return next(str(entry["scenario"]) for entry in mark["days"] if entry["date"] == day.isoformat())

    def run(self, **parameters: str) -> Result:
        """Run main.py by replay; names with underscores stand for dashes.

        Raises:
            RuntimeError: There are no data files here, or the run failed.
        """
        if self.data_folder is None:
            raise RuntimeError("no data folder here to run on; give one: open_bench(data_folder=...)")
        from replay.session import run

        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            ended = run(
                PROJECT / "main.py",
                data_folder=self.data_folder,
                output=folder,
                parameters=dashed(parameters),
                object_store=folder / "storage",
            )
            if ended.state != "Completed":
                raise RuntimeError(f"the run ended as {ended.state}: {ended.error[-1] if ended.error else ''}")
            return read_result(folder)

    def compare(self, variants: Mapping[str, Mapping[str, str]], **common: str) -> pd.DataFrame:
        """Run each variant on all cores; one line per variant, money in dollars."""
        if self.data_folder is None:
            raise RuntimeError("no data folder here to run on; give one: open_bench(data_folder=...)")
        wanted = {label: dashed({**common, **parameters}) for label, parameters in variants.items()}
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=ignore_interrupts) as pool:
            futures = {
                label: pool.submit(run_point, label, PROJECT / "main.py", self.data_folder, parameters)
                for label, parameters in wanted.items()
            }
            rows = {label: future.result() for label, future in futures.items()}
        for label, row in rows.items():
            if row.error:
                raise RuntimeError(f"{label}: {row.error}")
        return pd.DataFrame(
            {
                label: {
                    "P&L": row.pnl,
                    "worst day": row.worst_day,
                    "drawdown": row.drawdown,
                    "spreads": row.spreads,
                    "stops": row.stops,
                    "needless": f"{row.needless} of {row.judged}",
                    "saved against holding": row.against_holding,
                    "trigger excess": row.trigger_excess,
                    "fill excess": row.fill_excess,
                }
                for label, row in rows.items()
            }
        ).T.rename_axis("variant")

    def journal(self) -> RunStory | None:
        """The run whose journal is in LEAN's object store; None when there is none."""
        if self.book is None or not self.book.object_store.contains_key(JOURNAL_KEY):
            return None
        return read_run(self.book.object_store.read(JOURNAL_KEY).splitlines())


def open_bench(book: Any = None, data_folder: str | Path | None = None) -> Bench:
    """The folder given; else LEAN's journal when there is a QuantBook; else the synthetic market, made if missing."""
    if data_folder is not None:
        folder = Path(data_folder).expanduser().resolve()
        if not folder.is_dir():
            raise FileNotFoundError(f"data folder {folder}: no such folder")
        return Bench(folder, book)
    if book is not None:
        return Bench(None, book)
    synthetic = PROJECT / "synthetic-data"
    if not (synthetic / SYNTHETIC_MARK).exists():
        from .backtest import run_step

        run_step("market", "--output", str(synthetic))
    return Bench(synthetic)


def dashed(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameter names as LEAN has them."""
    return {name.replace("_", "-"): value for name, value in parameters.items()}


def spreads_table(run: RunStory) -> pd.DataFrame:
    """One line per spread; prices in dollars per share, P&L in dollars after fees."""
    return pd.DataFrame(
        [
            {
                "id": story.id,
                "day": story.opened_at.date() if story.opened_at else None,
                "side": story.kind,
                "strikes": story.strikes,
                "lots": story.lots,
                "credit": _dollars(story.credit),
                "worst debit": _dollars(story.worst_debit),
                "exit debit": _dollars(story.outcome.exit_debit if story.outcome else None),
                "closed by": story.shot.rule if story.shot else (story.outcome.state if story.outcome else "held"),
                "P&L": _dollars(story.pnl),
            }
            for story in run.held
        ]
    )


def exits_table(run: RunStory, data_folder: Path | None = None) -> pd.DataFrame:
    """One line per exit by a rule, slippage taken apart; prices in dollars per share."""
    return pd.DataFrame(
        [
            {
                "id": one.story.id,
                "rule": one.shot.rule,
                "fired": one.shot.at,
                "threshold": _dollars(one.shot.threshold if one.shot.basis else None),
                "natural at trigger": _dollars(one.shot.natural),
                "exit debit": _dollars(one.story.outcome.exit_debit if one.story.outcome else None),
                "trigger excess": _dollars(one.trigger_excess),
                "basis gap": _dollars(one.basis_gap),
                "fill excess": _dollars(one.fill_excess),
                "P&L": _dollars(one.story.pnl),
                "held to expiry": _dollars(one.held),
                "verdict": one.verdict,
            }
            for one in exits(run, Settlement(data_folder))
        ]
    )


def waiting_table(run: RunStory) -> pd.DataFrame:
    """One line per spread whose breach had to hold, against closing at the first breach; dollars."""
    return pd.DataFrame(
        [
            {
                "id": one.story.id,
                "rule": one.rule,
                "breaches": one.began,
                "fired": one.fired,
                "P&L": _dollars(one.story.pnl),
                "closed at the first breach": _dollars(one.at_once),
                "gained by waiting": _dollars(one.gained),
            }
            for one in waited(run)
        ],
        columns=["id", "rule", "breaches", "fired", "P&L", "closed at the first breach", "gained by waiting"],
    )


def stopped(run: RunStory) -> Story:
    """The first spread that a stop closed.

    Raises:
        LookupError: No stop fired.
    """
    for story in run.held:
        if story.shot is not None and story.shot.rule.startswith("stop"):
            return story
    raise LookupError("no stop fired in this run")


def spread_figure(story: Story) -> go.Figure:
    """Net debit of a spread with its credit, levels, trigger and exit."""
    figure = go.Figure()
    curve = story.curve
    if curve is not None:
        for name, values, width in (("mid", curve.mid, 1), ("natural", curve.natural, 2)):
            figure.add_scatter(x=curve.times, y=[_dollars(v) for v in values], name=name, line={"width": width})
    if story.credit is not None:
        figure.add_hline(_dollars(story.credit), line_dash="dot", annotation_text="credit")
    for stop in story.stops:
        if stop.level is not None:
            figure.add_hline(_dollars(stop.level), line_dash="dash", annotation_text=stop.rule)
    if story.shot is not None:
        figure.add_scatter(x=[story.shot.at], y=[_dollars(story.shot.natural)], name="trigger", mode="markers")
    if story.outcome is not None and story.outcome.exit_debit is not None:
        figure.add_scatter(x=[story.ended_at], y=[_dollars(story.outcome.exit_debit)], name="exit", mode="markers")
    figure.update_traces(marker_size=11, selector={"mode": "markers"})
    figure.update_layout(title=f"{story.id} {story.kind} {story.strikes}", yaxis_title="debit, $ per share", height=420)
    return figure


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
    return total / 10_000


def _dollars(amount: float | None) -> float | None:
    return None if amount is None else amount / 10_000
