"""From the journal's records to typed stories of spreads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from spreads.journal import Record, What, parse

from .records import (
    Breach,
    Curve,
    Fill,
    Gap,
    LegFacts,
    OrderSent,
    Outcome,
    RunFacts,
    RunStory,
    Shot,
    Standing,
    StopFacts,
    Story,
    WhatIf,
)


def read_run(lines: Iterable[str]) -> RunStory:
    """The run told by a journal's lines.

    Raises:
        JournalError: A line is damaged.
    """
    run = RunStory(RunFacts(), {}, [], None)
    open_gaps: dict[str, tuple[datetime, str]] = {}
    for record in parse(lines):
        run.last_at = _time(record["at"])
        what, spread = What(record["what"]), record.get("spread", "")
        if what is What.ERROR:
            run.errors.append((run.last_at, f"{spread} {record.get('text', '')}".strip()))
        if what is What.RUN:
            run.facts = _facts(record)
        elif not spread:
            run.notes.append((run.last_at, _sentence(record)))
        else:
            story = run.spreads.setdefault(spread, Story(spread))
            _gap(story, record, what, open_gaps)
            _TELL.get(what, _note)(story, record)
    for spread, (since, reason) in open_gaps.items():
        story = run.spreads[spread]
        until = story.outcome.at if story.outcome else run.last_at
        story.gaps.append(Gap(reason, since, max(since, until or since)))
    for story in run.spreads.values():
        story.gaps = [gap for one in story.gaps if (gap := _within(one, story.expires_at)).seconds > 0]
    return run


def _within(gap: Gap, expires_at: datetime | None) -> Gap:
    """A gap as long as the spread trades: LEAN settles in the night after, and nobody asks for a value until then."""
    return gap if expires_at is None else replace(gap, end=max(gap.start, min(gap.end, expires_at)))


def _facts(record: Record) -> RunFacts:
    return RunFacts(
        **{name: str(record.get(name, "")) for name in ("version", "algorithm", "fingerprint", "data", "start", "end")},
        parameters={str(k): str(v) for k, v in record["parameters"].items()},
        cash=str(record.get("cash", "")),
        mode=str(record.get("mode", "")),
    )


def _gap(story: Story, record: Record, what: What, open_gaps: dict[str, tuple[datetime, str]]) -> None:
    """Split the time without a value by reason: each reason counts until the next one, or until there is a value."""
    if what not in (What.UNVALUABLE, What.VALUABLE):
        return
    now, before = _time(record["at"]), open_gaps.pop(story.id, None)
    if before is not None:
        story.gaps.append(Gap(before[1], before[0], now))
    if what is What.UNVALUABLE:
        open_gaps[story.id] = (now, record["reason"])


def _opening(story: Story, record: Record) -> None:
    story.opening_at = story.opening_at or _time(record["at"])
    _describe(story, record)


def _opened(story: Story, record: Record) -> None:
    _describe(story, record)
    story.opened_at = _time(record["at"])
    story.credit = record["credit"]
    story.entry_fees = record["fees"]
    story.max_debit = record.get("max_debit")
    story.expires_at = _time(record["expires_at"]) if record.get("expires_at") else None
    story.stops = tuple(
        StopFacts(str(s.get("order", "")), s.get("rule", ""), s.get("text", ""), s.get("level"), s.get("basis") or "")
        for s in record["stops"]
    )


def _describe(story: Story, record: Record) -> None:
    story.kind = record["kind"]
    story.lots = record["lots"]
    story.multiplier = record.get("multiplier", story.multiplier)
    story.legs = tuple(
        LegFacts(
            leg["name"], leg["key"], leg["right"], leg["strike"], date.fromisoformat(leg["expiry"][:10]), leg["ratio"]
        )
        for leg in record["legs"]
    )


def _fire(story: Story, record: Record) -> None:
    since = record.get("breach_since")
    story.shots.append(
        Shot(
            _time(record["at"]),
            str(record["order"]),
            record["rule"],
            record["sentence"],
            record.get("basis", ""),
            record.get("value"),
            record.get("threshold"),
            record.get("natural"),
            record.get("mid"),
            _time(since) if since else None,
            int(record.get("held_seconds", 0)),
        )
    )


def _order(story: Story, record: Record) -> None:
    story.orders.append(
        OrderSent(
            _time(record["at"]),
            int(record["order_id"]),
            record["leg"],
            int(record["quantity"]),
            record["purpose"],
            record.get("tag", ""),
        )
    )


def _fill(story: Story, record: Record) -> None:
    order_id = int(record["order_id"])
    sent = {order.order_id: order.purpose for order in story.orders}
    story.fills.append(
        Fill(
            _time(record["at"]),
            order_id,
            record["leg"],
            int(record["quantity"]),
            record["price"],
            record.get("fee", 0),
            record.get("purpose") or sent.get(order_id, ""),
        )
    )


def _path(story: Story, record: Record) -> None:
    if record["t"]:
        start = _time(record["start"])
        times = tuple(start + timedelta(seconds=t) for t in record["t"])
        story.curve = Curve(times, tuple(record["natural"]), tuple(record["mid"]))


def _ended(story: Story, record: Record) -> None:
    if "legs" in record and isinstance(record["legs"], list) and not story.legs:
        _describe(story, record)
    story.lots = story.lots or record.get("lots", 0)
    story.kind = story.kind or record.get("kind", "")
    story.credit = record["credit"] if story.credit is None else story.credit
    story.outcome = Outcome(
        _time(record.get("closed_at") or record["at"]),
        record["state"],
        record["reason"],
        record["credit"],
        record["pnl"],
        record["fees"],
        record.get("exit_debit"),
        record.get("worst_natural"),
        record.get("worst_mid"),
        record.get("best_mid"),
    )


def _rejected(story: Story, record: Record) -> None:
    story.rejected = record["reason"]


def _standing(story: Story, record: Record) -> None:
    story.outcome, story.rejected = None, ""  # a late fill may have brought it back
    story.standing = Standing(record["state"], record["cash"], record.get("value"))


def _whatif(story: Story, record: Record) -> None:
    story.whatif = WhatIf(dict(record.get("settle", {})), record.get("underlying"))


def _confirming(story: Story, record: Record) -> None:
    breach = Breach(_time(record["at"]), str(record["order"]), record.get("rule", ""), record.get("natural"))
    story.breaches.append(breach)


def _reset(story: Story, record: Record) -> None:
    story.resets += 1


def _quiet(story: Story, record: Record) -> None:
    return


def _note(story: Story, record: Record) -> None:
    story.notes.append((_time(record["at"]), _sentence(record)))


_TELL: dict[What, Callable[[Story, Record], None]] = {
    What.OPENING: _opening,
    What.OPENED: _opened,
    What.REJECTED: _rejected,
    What.FIRE: _fire,
    What.ORDER: _order,
    What.FILL: _fill,
    What.PATH: _path,
    What.ENDED: _ended,
    What.STANDING: _standing,
    What.WHATIF: _whatif,
    What.CONFIRMING: _confirming,
    What.CONFIRM_RESET: _reset,
    What.PAUSED: _quiet,
    What.RESUMED: _quiet,
    What.STATE: _quiet,
    What.UNVALUABLE: _quiet,
    What.VALUABLE: _quiet,
}


def _sentence(record: Record) -> str:
    for name in ("text", "message", "reason", "command"):
        if record.get(name):
            return f"{record['what']}: {record[name]}"
    return str(record["what"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
