"""The two pictures of a whole run: equity, and all spreads on one time axis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from .reconcile import cash_text, usd
from .records import Story
from .result import Result

NEW_YORK = ZoneInfo("America/New_York")
COLOURS = {"gain": "var(--gain)", "loss": "var(--loss)", "held": "var(--held)", "line": "var(--accent)"}
FLAT = 20.0  # dollars; an account that moved less is drawn as a flat line
SESSION = (time(9, 30), time(16, 15))
_AXIS: dict[str, Any] = {"gridcolor": "#e5e7eb", "zeroline": False, "automargin": True, "fixedrange": False}


def as_json(figure: go.Figure) -> dict[str, Any]:
    """Traces and layout alone, as the page's script wants them."""
    document = json.loads(figure.to_json())
    document["layout"].pop("template", None)
    return {"data": document["data"], "layout": document["layout"]}


def equity(result: Result) -> go.Figure:
    """Account value over time, New York time; there must be a sample."""
    times = [stamp.astimezone(NEW_YORK).replace(tzinfo=None) for stamp, _ in result.equity]
    values = [float(amount) for _, amount in result.equity]
    trace = go.Scatter(
        x=times,
        y=values,
        mode="lines" if len(times) > 1 else "markers",
        line={"color": COLOURS["line"], "width": 1.5, "shape": "hv"},
        hovertemplate="%{x|%Y-%m-%d %H:%M}<br>$%{y:,.2f}<extra></extra>",
        name="account value",
    )
    figure = go.Figure(trace)
    axis = {**_AXIS, "tickprefix": "$", "tickformat": ",.0f"}
    if max(values) - min(values) < FLAT:
        axis["range"] = [min(values) - FLAT, max(values) + FLAT]  # else the labels repeat one dollar
    across = dict(_AXIS)
    if len(times) == 1:
        across["range"] = [times[0] - timedelta(hours=1), times[0] + timedelta(hours=1)]
    figure.update_layout(_layout(260), yaxis=axis, xaxis=across)
    return figure


def timeline(stories: Sequence[Story], end: datetime | None) -> go.Figure:
    """One bar a spread from opening to end, packed in lanes; colour by P&L, a cross where a rule fired."""
    bars = [(story, story.opened_at, _end(story, end)) for story in stories if story.opened_at is not None]
    lanes = _lanes([(start, until) for _, start, until in bars])
    groups: dict[str, list[tuple[Story, datetime, datetime, int]]] = {"gain": [], "loss": [], "held": []}
    for (story, start, until), lane in zip(bars, lanes, strict=True):
        groups[_group(story)].append((story, start, until, lane))
    figure = go.Figure()
    for group, name in (("gain", "gained"), ("loss", "lost"), ("held", "P&L 0 or not known")):
        if groups[group]:
            figure.add_trace(_bar_trace(groups[group], name, COLOURS[group], _width(max(lanes) + 1)))
    shots = [
        (story.shot, lane) for members in groups.values() for story, _, _, lane in members if story.shot is not None
    ]
    if shots:
        figure.add_trace(
            go.Scatter(
                x=[shot.at for shot, _ in shots],
                y=[lane + 1 for _, lane in shots],
                mode="markers",
                marker={"symbol": "x", "size": 6 if len(bars) <= 60 else 3, "color": "var(--ink)"},
                text=[shot.rule for shot, _ in shots],
                hovertemplate="%{text}<br>%{x|%m-%d %H:%M}<extra>a rule fired</extra>",
                name="a rule fired",
            )
        )
    height = 120 + 16 * min(max(lanes, default=0) + 1, 30)
    figure.update_layout(
        _layout(max(220, height)),
        yaxis={**_AXIS, "visible": False, "range": [0.2, max(lanes, default=0) + 1.8]},
        xaxis={**_AXIS, "rangebreaks": axis_breaks([t for _, start, until in bars for t in (start, until)])},
        showlegend=True,
        hovermode="closest",
    )
    return figure


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#1f2937"},
        "showlegend": False,
    }


def _bar_trace(
    members: Sequence[tuple[Story, datetime, datetime, int]], name: str, colour: str, width: int
) -> go.Scatter:
    x: list[datetime | None] = []
    y: list[int | None] = []
    text: list[str] = []
    for story, start, until, lane in members:
        pnl = "" if story.pnl is None else cash_text(usd(story.pnl))
        label = f"{story.id} {story.kind} {story.strikes}<br>{pnl}"
        x += [start, until, None]
        y += [lane + 1, lane + 1, None]
        text += [label, label, ""]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"size": max(3, width - 2), "color": colour},
        text=text,
        hovertemplate="%{text}<br>%{x|%Y-%m-%d %H:%M}<extra></extra>",
        name=name,
    )


def _width(lanes: int) -> int:
    return 8 if lanes <= 12 else 5 if lanes <= 30 else 3


def _end(story: Story, end: datetime | None) -> datetime:
    until = story.ended_at or end or story.opened_at
    assert until is not None
    return until


def _group(story: Story) -> str:
    return "held" if not story.pnl else "gain" if story.pnl > 0 else "loss"


def _lanes(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Lowest free lane for each span, so that only spans that overlap are stacked."""
    free_from: list[datetime] = []
    lanes = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: spans[i]):
        start, until = spans[index]
        lane = next((n for n, free in enumerate(free_from) if free <= start), len(free_from))
        if lane == len(free_from):
            free_from.append(until)
        free_from[lane] = until
        lanes[index] = lane
    return lanes


def axis_breaks(times: Sequence[datetime]) -> list[dict[str, Any]]:
    """Leave nights and weekends out of an axis of more than a day, when nothing happens in them."""
    if len({at.date() for at in times}) < 2:
        return []
    breaks: list[dict[str, Any]] = []
    if all(at.weekday() < 5 for at in times):
        breaks.append({"bounds": ["sat", "mon"]})
    if all(SESSION[0] <= at.time() <= SESSION[1] for at in times):
        breaks.append({"bounds": [16.25, 9.5], "pattern": "hour"})
    return breaks
