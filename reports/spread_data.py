"""What the page's script needs to draw one spread: compact columns, seconds since the opening, ticks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .figures import axis_breaks
from .records import Story, seconds_between


def spread_data(story: Story) -> dict[str, Any]:
    """Path, lines and marks of a spread. Times in seconds since `start`; prices in ticks per share.

    `most` is the most the spread can owe, None when it is not known.
    """
    start = story.opened_at or story.opening_at
    if start is None:
        return {}
    curve = story.curve
    data: dict[str, Any] = {
        "start": start.isoformat(timespec="seconds"),
        "t": [seconds_between(start, at) for at in curve.times] if curve else [],
        "natural": list(curve.natural) if curve else [],
        "mid": list(curve.mid) if curve else [],
        "credit": story.credit,
        "lines": _lines(story),
        "gaps": [
            [seconds_between(start, gap.start), seconds_between(start, gap.end), gap.reason] for gap in story.gaps
        ],
        "end": seconds_between(start, _end(story)),
        "most": story.max_debit,
    }
    if curve:
        data["breaks"] = axis_breaks([start, *curve.times])
    if story.shot is not None and story.shot.natural is not None:
        data["fire"] = [seconds_between(start, story.shot.at), story.shot.natural, story.shot.sentence]
    if story.outcome is not None and story.outcome.exit_debit is not None:
        word = "settled" if story.outcome.state == "settled" else "closed"
        data["exit"] = [seconds_between(start, story.ended_at), story.outcome.exit_debit, word]
    return data


def _lines(story: Story) -> list[list[Any]]:
    """Stops with a fixed level, and the threshold of the shot where it is none of them."""
    lines = [[stop.level, stop.rule] for stop in story.stops if stop.level is not None]
    shot = story.shot
    if shot is not None and shot.basis and shot.threshold is not None and shot.threshold not in [y for y, _ in lines]:
        lines.append([shot.threshold, f"{shot.rule} when it fired"])
    return lines


def _end(story: Story) -> datetime | None:
    last = story.curve.times[-1] if story.curve else None
    candidates = [at for at in (story.ended_at, last, story.opened_at) if at is not None]
    return max(candidates, default=None)
