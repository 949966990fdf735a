"""Entry: what became of it, and the legged way in (long first, the short only once the long is filled)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from .order_notes import Purpose
from .orders import Status
from .states import Evidence

if TYPE_CHECKING:
    from .courier import Courier
    from .spread import Spread


@dataclass(slots=True)
class EntryJob:
    """A legged entry under way: which legs were sent, on what day, and whether it is over (done or failed)."""

    tag: str = ""
    sent: set[str] = field(default_factory=set)
    over: bool = False
    day: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return {"tag": self.tag, "sent": sorted(self.sent), "over": self.over}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EntryJob:
        """The job of an earlier process: it is over, what it got is kept if complete and undone if not."""
        return cls(data["tag"], set(data["sent"]), True)


def judge_entry(spread: Spread) -> tuple[Evidence | None, int]:
    """What the entry came to, and how many whole spreads it holds; None while orders are out.

    Fills in the legs' own proportion are an open spread, if a smaller one; anything else is a partial entry.
    """
    if spread.working() or (spread.entry is not None and not spread.entry.over):
        return None, 0
    held = [spread.ledger.held(leg.key) for leg in spread.legs]
    if not any(held):
        return Evidence.ENTRY_DEAD, 0
    lots = held[0] // spread.legs[0].ratio
    whole = lots > 0 and all(have == leg.ratio * lots for have, leg in zip(held, spread.legs, strict=True))
    return (Evidence.ENTRY_FILLED, lots) if whole else (Evidence.ENTRY_PARTIAL, 0)


def leg_in(spread: Spread, courier: Courier, now: datetime) -> None:
    """Carry a legged entry on: all longs, then, for as many spreads as they cover, the shorts.

    A refused leg ends the entry, and so does the session in which it began: the next day's prices are none that it
    was decided on. What was bought by then is undone by the desk. Nothing is sent twice.
    """
    job = spread.entry
    if job is None or job.over or spread.working():
        return
    if job.day not in (None, now.date()):
        job.over = True
        return
    longs = [leg for leg in spread.legs if leg.ratio > 0]
    shorts = [leg for leg in spread.legs if leg.ratio < 0]
    for batch in (longs, shorts):
        if batch is shorts:
            spread.lots = min([spread.lots, *(spread.ledger.held(leg.key) // leg.ratio for leg in longs)])
            if not spread.lots:
                spread.lots = 1
                job.over = True
                return
        for leg in batch:
            if leg.key in job.sent:
                continue
            if not courier.broker.is_open(leg) or now.date() > leg.expiry:
                job.over = bool(job.sent)
                return
            job.day = now.date()
            job.sent.add(leg.key)
            facts = courier.send(spread, leg, leg.ratio * spread.lots, Purpose.ENTRY, job.tag, now)
            if facts.status is Status.INVALID:
                job.over = True
                return
        if spread.working():
            return
    job.over = True
