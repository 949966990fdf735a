"""What is remembered of the looks at one spread, and what one look came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .quotes import Fault, Unusable
from .spread_tickets import SpreadTicket
from .valuation import Value
from .view import Band, Decision, Need, Rule, View


@dataclass(slots=True)
class Sight:
    """What the judge remembers of a spread from look to look.

    Attributes:
        previous: The last usable value; None before the first.
        fault: The fault of the last look, None when it had a value.
        blind_since: When the spread stopped having a value.
        unusable: Looks without a value, or without what a rule looks at, by reason.
        alarmed: True once an alarm was raised for the present blindness.
        quoted_at: Newest quote of any leg at the last usable look.
        lacking: What rules look at and did not get (underlying, delta), and since when.
        told: Errors and lacks that were told and are not to be told again.
    """

    previous: Value | None = None
    fault: Fault | None = None
    blind_since: datetime | None = None
    unusable: dict[Unusable, int] | None = None
    alarmed: bool = False
    quoted_at: datetime | None = None
    lacking: dict[Unusable, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Outcome of one full look: who fires, whether the next slice must look again, the new band, whose rule raised."""

    fired: tuple[SpreadTicket, Decision] | None
    look_again: bool
    band: Band
    value: Value | None
    fault: Fault | None
    failed: tuple[tuple[SpreadTicket, Exception], ...] = ()


def lacks_of(rule: Rule, view: View) -> Iterator[Unusable]:
    """What a rule looks at and does not get in this look."""
    if Need.UNDERLYING in rule.needs and view.underlying is None:
        yield Unusable.NO_UNDERLYING
    if Need.DELTA in rule.needs and view.short_delta is None:
        yield Unusable.NO_DELTA


def count(sight: Sight, *reasons: Unusable) -> None:
    """Count looks by what was wrong with them."""
    counts = sight.unusable = sight.unusable or {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
