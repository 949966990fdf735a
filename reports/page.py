"""The report as one self-contained page: what the run was, equity, all spreads, each spread, stop quality."""

from __future__ import annotations

from html import escape

from spreads.settings import as_texts, read_settings

from . import figures
from .confirming import waited_by_rule
from .document import document
from .markup import Cell, cash, paragraph, price, section, table, terms, tile
from .quality import by_rule, exits, is_stop, time_without_value
from .quality_page import blind_section, quality_section, waiting_section
from .reconcile import cash_text, checks, total_pnl, usd
from .records import Story
from .result import Result
from .settlement import Settlement
from .spread_data import spread_data
from .summary import reason

DEFAULTS = as_texts(read_settings({}))


def render(result: Result, settlement: Settlement) -> str:
    """The page's text; it needs no network and no other file."""
    run = result.run
    found = exits(run, settlement)
    stories = list(run.spreads.values())
    charts = {}
    if len(result.equity) > 0:
        charts["equity-chart"] = figures.as_json(figures.equity(result))
    if run.held:
        charts["timeline-chart"] = figures.as_json(figures.timeline(run.held, run.last_at))
    data = {"figures": charts, "spreads": {story.id: spread_data(story) for story in run.held}}
    body = "".join(
        (
            _head(result),
            _equity_section(result, "equity-chart" in charts),
            _timeline_section(result),
            quality_section(found, by_rule(found)),
            waiting_section(waited_by_rule(run)),
            blind_section(time_without_value(run)) if run.held else "",
            _spreads_section(stories),
            _notes_section(result),
        )
    )
    return document(f"{run.facts.algorithm or result.name}: report", body, data)


def _head(result: Result) -> str:
    run, facts = result.run, result.run.facts
    total, unknown = total_pnl(result)
    days = len({story.opened_at.date() for story in run.held if story.opened_at})
    opened = len(run.held)
    won = sum(1 for story in run.held if (story.pnl or 0) > 0)
    lost = sum(1 for story in run.held if (story.pnl or 0) < 0)
    fired = sum(1 for story in run.held if story.shots)
    stopped = sum(1 for story in run.held if story.shot and is_stop(story.shot.rule))
    worst = min((story for story in run.held if story.pnl is not None), key=lambda one: one.pnl or 0, default=None)
    fall, share = result.deepest_fall
    tone = "gain" if total > 0 else "loss" if total < 0 else ""
    tiles = [
        tile(cash_text(usd(total)), "P&L of the spreads after fees", tone),
        tile(f"{won} / {lost}", "gained / lost"),
        tile(f"{stopped} / {fired - stopped}", "closed by a stop / by another rule"),
        tile(cash_text(usd(worst.pnl or 0)) if worst else "–", f"worst spread{f', {worst.id}' if worst else ''}"),
        tile(cash_text(fall), f"deepest fall of the account, {share:.2%}"),
        tile(result.statistics.get("Total Fees", "unknown"), "fees of the account"),
    ]
    said = [
        ("algorithm", facts.algorithm or result.name),
        ("dates", f"{facts.start or '?'} to {facts.end or '?'}"),
        ("version", " code ".join(filter(None, (facts.version, facts.code))) or "unknown"),
        ("data", " ".join(filter(None, (facts.data, facts.fingerprint))) or "unknown"),
        ("orders", result.statistics.get("Total Orders", "unknown")),
        ("order list hash", result.statistics.get("OrderListHash", "unknown")),
    ]
    marks = {True: ("", "✓ "), False: ("check-false", "✗ "), None: ("check-none", "? ")}
    lines = [paragraph(marks[c.passed][1] + c.sentence, marks[c.passed][0]) for c in checks(result)]
    rejected = f", {len(run.rejected)} entries that never filled" if run.rejected else ""
    sentence = f"{opened} spread{'' if opened == 1 else 's'} opened on {days} day{'' if days == 1 else 's'}{rejected}."
    parameters = table(
        ("parameter", "value"), [(Cell(k, "name"), Cell(v, "words")) for k, v in sorted(facts.parameters.items())]
    )
    changed = [f"{k} {v or 'empty'}" for k, v in sorted(facts.parameters.items()) if v != DEFAULTS.get(k)]
    return (
        f"<h1>{escape(facts.algorithm or result.name)}</h1>"
        + paragraph(sentence)
        + (paragraph(f"P&L of {', '.join(unknown[:10])} is not known.", "check-false") if unknown else "")
        + f'<div class="tiles">{"".join(tiles)}</div>'
        + section(
            "What this run was",
            terms(said),
            *lines,
            paragraph(f"Settings that differ from the defaults: {', '.join(changed) or 'none'}."),
            f"<details><summary>All parameters ({len(facts.parameters)})</summary>{parameters}</details>",
            identity="run",
        )
    )


def _equity_section(result: Result, drawn: bool) -> str:
    start, end = result.dollars("Start Equity"), result.dollars("End Equity")
    said = "" if start is None or end is None else paragraph(f"{cash_text(start)} to {cash_text(end)}.", "dim")
    picture = '<div class="chart" id="equity-chart"></div>' if drawn else paragraph("The result holds no equity curve.")
    return section("Account value", said, picture, identity="equity")


def _timeline_section(result: Result) -> str:
    if not result.run.held:
        return ""
    return section("All spreads", '<div class="chart" id="timeline-chart"></div>', identity="timeline")


def _spreads_section(stories: list[Story]) -> str:
    if not stories:
        return section("Spreads", paragraph("No spread was opened in this run."), identity="spreads")
    filters = (
        '<div class="filters"><select id="which" aria-label="which spreads">'
        '<option value="all">all</option><option value="rule">closed by a rule</option>'
        '<option value="gain">gained</option><option value="loss">lost</option>'
        '<option value="blind">had no value for a time</option></select>'
        '<input id="words" placeholder="id, side, reason" aria-label="search">'
        '<span class="dim" id="shown"></span></div>'
    )
    telling = [story for story in stories if story.shots and (story.pnl or 0) < 0] or stories
    first = telling[0].id
    return section("Spreads", filters, *(_spread(story, story.id == first) for story in stories), identity="spreads")


def _spread(story: Story, is_open: bool) -> str:
    pnl = cash(story.pnl)
    groups = ["rule"] if story.shots else []
    groups += ["gain"] if (story.pnl or 0) > 0 else ["loss"] if (story.pnl or 0) < 0 else []
    groups += ["blind"] if story.gaps else []
    tone = pnl.style.replace("number", "").strip()
    when = story.opened_at or story.opening_at
    head = (
        f"<b>{escape(story.id)}</b><span>{escape(story.kind)} {escape(story.strikes)} × {story.lots}</span>"
        f'<span class="dim">{when:%Y-%m-%d %H:%M}</span>'
        if when
        else f"<b>{escape(story.id)}</b><span>{escape(story.kind)}</span>"
    )
    return (
        f'<details class="spread" data-id="{escape(story.id)}" data-groups="{" ".join(groups)}"'
        f"{' open' if is_open else ''}><summary>{head}"
        f'<span class="why">{escape(reason(story))}</span><span class="pnl {tone}">{escape(pnl.text)}</span></summary>'
        + _spread_body(story)
        + "</details>"
    )


def _spread_body(story: Story) -> str:
    outcome = story.outcome
    pairs = [
        ("credit", price(story.credit).text),
        ("worst debit", price(story.worst_debit).text),
        ("exit debit", price(outcome.exit_debit if outcome else None).text),
        ("fees", cash(outcome.fees if outcome else story.entry_fees).text),
        ("legs", ", ".join(f"{leg.ratio:+d} {leg.name}" for leg in story.legs)),
    ]
    pairs += [(stop.rule or "order", stop.text or stop.rule) for stop in story.stops]
    if story.shot is not None:
        pairs.append(("fired", f"{story.shot.at:%H:%M:%S}, {story.shot.rule}: {story.shot.sentence}"))
    fills = [
        (
            Cell(f"{fill.at:%m-%d %H:%M:%S}", "name"),
            Cell(fill.purpose),
            Cell(f"{fill.quantity:+d}", "number"),
            Cell(fill.leg, "name"),
            price(fill.price),
        )
        for fill in story.fills
    ]
    notes = "".join(paragraph(f"{at:%m-%d %H:%M} {text}", "dim") for at, text in story.notes)
    blind = "".join(
        paragraph(f"{gap.start:%m-%d %H:%M} no value for {gap.seconds // 60} min: {gap.reason}", "dim")
        for gap in story.gaps[:20]
    )
    chart = '<div class="chart"></div>' if story.opened_at or story.curve else ""
    orders = table(("filled", "for", "contracts", "leg", "price"), fills, (2, 4)) if fills else ""
    return chart + terms(pairs) + orders + notes + blind


def _notes_section(result: Result) -> str:
    notes = result.run.notes
    if not notes:
        return ""
    return section("What else happened", *(paragraph(f"{at:%Y-%m-%d %H:%M} {text}") for at, text in notes[:200]))
