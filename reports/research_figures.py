"""The pictures of research.ipynb. Prices in dollars per share, money in dollars."""

from __future__ import annotations

import textwrap

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .records import Story
from .research_tables import dollars

GAIN, LOSS, INK, LINE, PALE = "#15803d", "#b91c1c", "#1f2937", "#2563eb", "#94a3b8"
DODGE = 0.1  # how far dots of one line stand apart


def spread_figure(story: Story) -> go.Figure:
    """Net debit of a spread with its credit and levels, where breaches began, where a rule fired and what was paid."""
    figure = go.Figure()
    if story.curve is not None:
        times = story.curve.times
        mid, natural = ([dollars(v) for v in column] for column in (story.curve.mid, story.curve.natural))
        figure.add_scatter(x=times, y=mid, name="mid", line={"width": 1, "color": PALE})
        figure.add_scatter(
            x=times, y=natural, name="natural: what closing costs now", line={"width": 2, "color": LINE},
            fill="tonexty", fillcolor="rgba(37,99,235,0.10)",
        )  # fmt: skip
    levels = [("credit", story.credit, PALE)] + [(stop.rule, stop.level, LOSS) for stop in story.stops]
    for name, level, colour in levels:
        if level is not None:
            figure.add_hline(
                level / 10_000, line_dash="dash", line_color=colour, line_width=1,
                annotation_text=f"{name} {level / 10_000:.2f}", annotation_position="top left",
                annotation_font_color=colour,
            )  # fmt: skip
    began = [breach for breach in story.breaches if breach.natural is not None]
    if began:
        figure.add_scatter(
            x=[breach.at for breach in began], y=[dollars(breach.natural) for breach in began], name="a breach began",
            mode="markers", marker={"symbol": "triangle-up", "size": 11, "color": "#d97706"},
        )  # fmt: skip
    shot, outcome = story.shot, story.outcome
    if shot is not None:
        figure.add_scatter(
            x=[shot.at], y=[dollars(shot.natural)], name="the rule fired", mode="markers",
            marker={"symbol": "x", "size": 10, "color": LOSS},
        )  # fmt: skip
    if outcome is not None and outcome.exit_debit is not None:
        figure.add_scatter(
            x=[story.ended_at], y=[dollars(outcome.exit_debit)], name="paid to close", mode="markers",
            marker={"symbol": "circle-open", "size": 18, "line": {"width": 2}, "color": INK},
        )  # fmt: skip
    _dress(figure, f"{story.id}: {story.kind} {story.strikes}, {_day(story)}", 440)
    figure.update_yaxes(title="net debit, $ per share", tickformat=".2f")
    figure.update_xaxes(tickformat="%H:%M")
    return figure


def comparison_figure(table: pd.DataFrame, title: str) -> go.Figure:
    """P&L of each variant, and what its stops saved or cost against holding to expiry."""
    figure = make_subplots(
        1, 2, shared_yaxes=True, horizontal_spacing=0.08,
        subplot_titles=("P&L after fees", "its stops against holding to expiry"),
    )  # fmt: skip
    labels = [
        f"{name}<br>{line['stops']:.0f} stops in {line['spreads']:.0f} spreads" for name, line in table.iterrows()
    ]
    needless = [f"{n:.0f} of {j:.0f} stops needless" for n, j in table[["needless", "judged"]].values]
    for column, name in ((1, "P&L"), (2, "saved")):
        values, known = table[name].fillna(0), table[name].notna()
        texts = [_money(v) if sure else "" for v, sure in zip(values, known, strict=True)]
        for label, sure in zip(labels, known, strict=True):
            if not sure:
                figure.add_annotation(x=0, y=label, text="not known", xshift=36, showarrow=False, row=1, col=column)
        figure.add_bar(
            y=labels, x=list(values), orientation="h", marker_color=[_tone(v) for v in values],
            text=texts, textposition="auto", cliponaxis=False, customdata=needless,
            hovertemplate="%{y}: %{text}<br>%{customdata}<extra></extra>", showlegend=False, row=1, col=column,
        )  # fmt: skip
    _dress(figure, title, 130 + 52 * len(table))
    figure.update_xaxes(tickprefix="$", tickformat=",.0f", zeroline=True, zerolinecolor=INK, nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def price_figure(table: pd.DataFrame, fired: pd.DataFrame) -> go.Figure:
    """One dot a stop: how far beyond its level it was really closed, by the price it looked at; red is the median."""
    figure = go.Figure()
    for place, name in enumerate(table.index):
        dots = fired[fired["variant"] == name].sort_values("fired")
        beyond = dots["exit debit"] - dots["level"]
        figure.add_scatter(
            x=list(beyond), y=[place + DODGE * (n % 5 - 2) for n in range(len(dots))], mode="markers",
            marker={"size": 9, "color": LINE, "opacity": 0.7}, showlegend=False,
            text=[f"{one.id}, {one.fired:%Y-%m-%d %H:%M}" for one in dots.itertuples()],
            hovertemplate="%{text}: %{x:$.2f} beyond its level<extra></extra>",
        )  # fmt: skip
        if len(beyond):
            figure.add_shape(
                type="line", x0=beyond.median(), x1=beyond.median(), y0=place - 0.32, y1=place + 0.32,
                line={"color": LOSS, "width": 3},
            )  # fmt: skip
    labels = [f"{name}<br>{line['stops']:.0f} stops, P&L {_money(line['P&L'])}" for name, line in table.iterrows()]
    _dress(figure, "Exit debit less the stop's level: a dot for each stop, red: the median", 150 + 60 * len(table))
    figure.update_yaxes(
        tickvals=list(range(len(table))),
        ticktext=labels,
        ticks="outside",
        ticklen=8,
        tickcolor="white",
        range=[len(table) - 0.5, -0.5],
    )
    figure.update_xaxes(
        title="$ per share; right of 0: paid more than the level", rangemode="tozero", zeroline=True, zerolinecolor=INK
    )
    return figure


def waits_figure(table: pd.DataFrame) -> go.Figure:
    """What waiting saved on breaches that went away, and cost on those that held; the diamond is the sum."""
    waits = table[table["went away"] + table["held"] > 0]
    figure = go.Figure()
    for name, count, label, colour in (
        ("gained on those", "went away", "breaches that went away", GAIN),
        ("gained on these", "held", "breaches that held", LOSS),
    ):
        figure.add_bar(
            x=list(waits.index), y=list(waits[name]), name=label, marker_color=colour,
            text=[
                f"{_money(v)}<br>{n:.0f} spread{'' if n == 1 else 's'}" if n else ""
                for v, n in waits[[name, count]].values
            ],
            textposition="outside", cliponaxis=False, hovertemplate="%{x}: %{y:$,.2f}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=list(waits.index), y=list(waits["gained by waiting"]), name="together", mode="markers",
        marker={"symbol": "diamond", "size": 13, "color": INK}, hovertemplate="%{x}: %{y:$,.2f}<extra></extra>",
    )  # fmt: skip
    _dress(figure, "What waiting brought, against closing at the first breach", 440)
    figure.update_yaxes(title="$, above 0: waiting saved", zeroline=True, zerolinecolor=INK, tickformat=",.0f")
    figure.update_xaxes(title="time a breach must hold")
    return figure


def _dress(figure: go.Figure, title: str, height: int) -> None:
    figure.update_layout(
        template="plotly_white", height=height, font={"color": INK, "size": 13},
        title={"text": "<br>".join(textwrap.wrap(title, 90)), "x": 0, "xanchor": "left", "font": {"size": 16}},
        margin={"l": 10, "r": 20, "t": 90, "b": 10},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)


def _day(story: Story) -> str:
    return f"{story.opened_at:%A %d %B %Y}" if story.opened_at else ""


def _tone(amount: float) -> str:
    return GAIN if amount >= 0 else LOSS


def _money(amount: float) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount):,.0f}"
