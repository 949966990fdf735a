"""The page of a sweep: heat maps or curves per figure, and every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import product
from typing import Any

import plotly.graph_objects as go

from .document import document
from .figures import as_json
from .grid import Grid, steps
from .markup import Cell, paragraph, section, table
from .rows import Finished, Row

MOST_MAPS = 12
MEASURES: tuple[tuple[str, str, Callable[[Row], float | None], str], ...] = (
    ("pnl", "P&L after fees, $", lambda row: row.pnl, ",.0f"),
    ("worst-day", "worst day, $", lambda row: row.worst_day, ",.0f"),
    ("drawdown", "drawdown of the closed P&L, $", lambda row: row.drawdown, ",.0f"),
    ("needless", "needless stops, share of those that can be judged", lambda row: _share(row), ".0%"),
    ("holding", "saved by the stops against holding to expiry, $", lambda row: _number(row.against_holding), ",.0f"),
    ("trigger", "trigger excess of the stops, median, $ per share", lambda row: _number(row.trigger_excess), ".4f"),
)
_DOWNWARDS = {"drawdown", "needless", "trigger"}


def render_sweep(grid: Grid, finished: Finished, commands: Sequence[str], about: str) -> str:
    """The page's text, for whatever runs are finished."""
    figures: dict[str, Any] = {}
    parts = []
    sound = [(point, row) for point, row in finished if not row.error]
    names = [name for name, values in grid.axes.items() if len(values) > 1] or list(grid.axes)
    for measure, title, value, form in MEASURES:
        if not any(value(row) is not None for _, row in sound):
            continue
        inner = ""
        for number, (label, figure) in enumerate(_pictures(grid, names, sound, value, form, measure in _DOWNWARDS)):
            identity = f"{measure}-{number}"
            figures[identity] = as_json(figure)
            inner += (paragraph(label, "dim") if label else "") + f'<div class="chart" id="{identity}"></div>'
        parts.append(section(title, inner, identity=f"part-{measure}"))
    total = len(grid.points())
    head = f"<h1>Sweep</h1>{paragraph(f'{len(finished)} of {total} runs. {about}')}"
    few = [row.spreads for _, row in sound if row.spreads < 30]
    if few:
        head += paragraph(
            f"{len(few)} of {len(sound)} runs hold fewer than 30 spreads: differences between them may be chance.",
            "dim",
        )
    lean = section("The same grid in LEAN", *(f"<pre>{escape(line)}</pre>" for line in commands))
    return document("Sweep", head + "".join(parts) + _runs(grid, finished) + lean, {"figures": figures, "spreads": {}})


def _pictures(
    grid: Grid,
    names: Sequence[str],
    finished: Finished,
    value: Callable[[Row], float | None],
    form: str,
    downwards: bool,
) -> list[tuple[str, go.Figure]]:
    """A curve for one varied parameter; for two a heat map; for more one per combination of the others."""
    if len(names) == 1:
        return [("", _curve(grid, names[0], finished, value, form))]
    across, down, *others = names
    pictures = []
    for rest in product(*(grid.axes[name] for name in others)):
        held = dict(zip(others, rest, strict=True))
        chosen = {
            (point[down], point[across]): value(row)
            for point, row in finished
            if all(point[name] == wanted for name, wanted in held.items())
        }
        cells = [[chosen.get((y, x)) for x in grid.axes[across]] for y in grid.axes[down]]
        label = ", ".join(f"{name} {wanted}" for name, wanted in held.items())
        pictures.append((label, _heat(grid, across, down, cells, form, downwards)))
    return pictures[:MOST_MAPS]


def _curve(grid: Grid, name: str, finished: Finished, value: Callable[[Row], float | None], form: str) -> go.Figure:
    known = {point[name]: value(row) for point, row in finished}
    numeric = steps(grid.axes[name]) is not None or all(_number(v) is not None for v in grid.axes[name])
    labels = sorted(grid.axes[name], key=float) if numeric else list(grid.axes[name])
    figure = go.Figure(
        go.Scatter(
            x=[float(label) for label in labels] if numeric else labels,
            y=[known.get(label) for label in labels],
            mode="lines+markers",
            line={"color": "var(--accent)"},
            hovertemplate=f"{name} %{{x}}<br>%{{y:{form}}}<extra></extra>",
        )
    )
    figure.update_layout(_layout(260), xaxis={"title": {"text": name}, "automargin": True, "gridcolor": "#e5e7eb"})
    figure.update_yaxes(tickformat=form, automargin=True, gridcolor="#e5e7eb")
    return figure


def _heat(grid: Grid, across: str, down: str, cells: list[list[float | None]], form: str, downwards: bool) -> go.Figure:
    known = [value for line in cells for value in line if value is not None]
    both_signs = bool(known) and min(known) < 0 < max(known)
    figure = go.Figure(
        go.Heatmap(
            x=list(grid.axes[across]),
            y=list(grid.axes[down]),
            z=cells,
            colorscale="RdBu",
            reversescale=downwards,
            zmid=0 if both_signs else None,  # a gain never has the colour of a loss
            texttemplate=f"%{{z:{form}}}",
            hovertemplate=f"{across} %{{x}}<br>{down} %{{y}}<br>%{{z:{form}}}<extra></extra>",
            colorbar={"thickness": 10, "tickformat": form},
        )
    )
    figure.update_layout(
        _layout(140 + 34 * len(grid.axes[down])),
        xaxis={"title": {"text": across}, "type": "category", "automargin": True},
        yaxis={"title": {"text": down}, "type": "category", "automargin": True},
    )
    return figure


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": max(220, height),
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#1f2937"},
        "showlegend": False,
    }


def _runs(grid: Grid, finished: Finished) -> str:
    order = {tuple(point.items()): number for number, point in enumerate(grid.points())}
    rows = []
    for point, row in sorted(finished, key=lambda one: order.get(tuple(one[0].items()), 0)):
        cells = [Cell(point[name], "number") for name in grid.axes]
        if row.error:
            rows.append([*cells, Cell(row.error, "words")])
            continue
        figures = (
            f"{row.pnl:,.2f}", f"{row.worst_day:,.2f}", f"{row.drawdown:,.2f}", str(row.spreads), str(row.won),
            str(row.stops), f"{row.needless} of {row.judged}", _grouped(row.against_holding),
            row.trigger_excess or "–", row.fill_excess or "–",
        )  # fmt: skip
        rows.append([*cells, *(Cell(text, "number") for text in figures)])
    headings = (
        *grid.axes, "P&L, $", "worst day, $", "drawdown, $", "spreads", "gained", "stops", "needless",
        "against holding, $", "trigger excess", "fill excess",
    )  # fmt: skip
    return section("Every run", table(headings, rows, range(len(headings))), identity="runs")


def _grouped(text: str) -> str:
    number = _number(text)
    return "–" if number is None else f"{number:,.2f}"


def _share(row: Row) -> float | None:
    return row.needless / row.judged if row.judged else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
