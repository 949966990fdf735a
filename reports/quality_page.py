"""The report's sections on stop quality, confirmation and time without a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from .confirming import WaitedByRule
from .markup import Cell, cash, duration, paragraph, price, section, table
from .quality import LEAST_TRADES, Exit, RuleQuality, conclusions

MOST_ROWS = 200
PARTS = ("trigger_excess", "basis_gap", "fill_excess")


def quality_section(found: Sequence[Exit], rules: Sequence[RuleQuality]) -> str:
    """Per rule, what the figures bear, and each exit."""
    if not found:
        return section("Stop quality", paragraph("No rule closed a spread in this run."), identity="quality")
    return section(
        "Stop quality",
        paragraph(
            "Trigger excess: how far the price the rule looked at was beyond its threshold when it fired. "
            "Basis gap: the natural debit at the trigger less that price (0 for rules on the natural). "
            "Fill excess: the exit debit by the fills less the natural at the trigger. "
            "Threshold, excesses and gap add up to the exit debit.",
            "dim",
        ),
        "<h3>Per rule</h3>",
        _rule_table(rules),
        "<h3>What the figures bear</h3>",
        *(paragraph(sentence) for sentence in conclusions(rules)),
        paragraph(
            "Needless: held to expiry, the spread would have ended better. Saved money: it would have ended worse. "
            f"Nothing is concluded on fewer than {LEAST_TRADES} exits whose value at expiry is known.",
            "dim",
        ),
        f"<details{' open' if len(found) <= 12 else ''}><summary>Each exit ({len(found)})</summary>",
        _exit_table(found[:MOST_ROWS]),
        paragraph(f"The first {MOST_ROWS} of {len(found)}.", "dim") if len(found) > MOST_ROWS else "",
        *(paragraph(f"Unknown for {count}: {why}.", "dim") for why, count in _unknown(found)),
        "</details>",
        identity="quality",
    )


def waiting_section(rules: Sequence[WaitedByRule]) -> str:
    """What confirmation cost or saved."""
    if not rules:
        return ""
    rows = [
        (
            Cell(rule.rule, "name"),
            Cell(str(rule.breaches), "number"),
            Cell(str(rule.fired), "number"),
            Cell(str(rule.avoided), "number"),
            cash(rule.gained),
        )
        for rule in rules
    ]
    return section(
        "Waiting for a breach to hold",
        table(
            ("rule", "breaches", "spreads that fired", "spreads that did not", "gained by waiting"), rows, range(1, 5)
        ),
        paragraph(
            "Gained by waiting: P&L less the P&L of closing at the natural debit of the first breach, fees included.",
            "dim",
        ),
        identity="waiting",
    )


def blind_section(reasons: Sequence[tuple[str, int, int]]) -> str:
    """Time in which spreads had no value, by named reason."""
    if not reasons:
        return section("Time without a value", paragraph("Every spread had a value at every look."), identity="blind")
    rows = [(Cell(r, "words"), duration(seconds), Cell(str(count), "number")) for r, seconds, count in reasons]
    return section(
        "Time without a value", table(("reason", "time, all spreads", "spreads"), rows, (1, 2)), identity="blind"
    )


def _rule_table(rules: Sequence[RuleQuality]) -> str:
    """Rules as columns: there are few of them, and a phone is narrow."""
    lines: list[tuple[str, Callable[[RuleQuality], Cell]]] = [
        ("exits", lambda rule: Cell(str(len(rule.exits)), "number")),
        ("P&L", lambda rule: cash(rule.pnl)),
        ("trigger excess, per share", lambda rule: price(rule.middle("trigger_excess"))),
        ("basis gap, per share", lambda rule: price(rule.middle("basis_gap"))),
        ("fill excess, per share", lambda rule: price(rule.middle("fill_excess"))),
        ("excess and gap, dollars", lambda rule: cash(sum(map(rule.money_sum, PARTS)), coloured=False)),
        ("breach to fire", lambda rule: duration(rule.middle("breach_to_fire"))),
        ("fire to flat", lambda rule: duration(rule.middle("fire_to_flat"))),
        ("worst loss seen", lambda rule: cash(_whole(rule.middle("worst_loss")), coloured=False)),
        ("needless", lambda rule: Cell(str(rule.needless), "number")),
        ("saved money", lambda rule: Cell(str(rule.saving), "number")),
        ("not known", lambda rule: Cell(str(len(rule.exits) - len(rule.judged)), "number")),
        ("against holding, dollars", lambda rule: cash(rule.saved if rule.judged else None)),
    ]
    rows = [(Cell(name, "words"), *(tell(rule) for rule in rules)) for name, tell in lines]
    return table(("", *(rule.rule for rule in rules)), rows, range(1, len(rules) + 1)) + paragraph(
        "Prices per share, times and worst loss: medians. Dollars: sums over whole positions. "
        "A loss is counted up to what the legs can owe, whatever was quoted.",
        "dim",
    )


def _unknown(found: Sequence[Exit]) -> list[tuple[str, int]]:
    """Why the value at expiry is not known, and for how many exits."""
    return sorted(Counter(one.held_source for one in found if one.held is None).items())


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _exit_table(found: Sequence[Exit]) -> str:
    headings = (
        "spread", "rule", "fired", "P&L", "held to expiry", "verdict", "threshold", "natural at trigger", "fill",
        "trigger excess", "basis gap", "fill excess", "excess, $", "breach to fire", "fire to flat",
        "worst loss seen", "looked at",
    )  # fmt: skip
    rows = [
        (
            Cell(one.story.id, "name"),
            Cell(one.shot.rule, "words"),
            Cell(f"{one.shot.at:%Y-%m-%d %H:%M:%S}", "time"),
            cash(one.story.pnl),
            cash(one.held),
            Cell(one.verdict, "name"),
            price(one.shot.threshold if one.shot.basis else None),
            price(one.shot.natural),
            price(one.story.outcome.exit_debit if one.story.outcome else None),
            price(one.trigger_excess),
            price(one.basis_gap),
            price(one.fill_excess),
            cash(
                one.story.money(sum(v or 0 for v in (one.trigger_excess, one.basis_gap, one.fill_excess))),
                coloured=False,
            ),
            duration(one.breach_to_fire),
            duration(one.fire_to_flat),
            cash(one.worst_loss, coloured=False),
            Cell(one.shot.basis or "–"),
        )
        for one in found
    ]
    return table(headings, rows, (3, 4, *range(6, 16)))
