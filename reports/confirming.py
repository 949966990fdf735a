"""What waiting for a breach to hold cost or saved, against closing at once at the first breach."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .records import RunStory, Story


@dataclass(frozen=True, slots=True)
class Waited:
    """A spread whose breach had to hold. Money in 1/10000 dollars.

    `at_once` is the P&L had it been closed at the natural debit of its first breach, with the fees of a close;
    `gained` is what waiting brought (negative: cost). None where the natural was not known or it is still held.
    """

    story: Story
    rule: str
    began: int
    fired: bool
    at_once: int | None

    @property
    def gained(self) -> int | None:
        """P&L less the P&L of closing at once."""
        pnl = self.story.outcome.pnl if self.story.outcome else None
        return None if self.at_once is None or pnl is None else pnl - self.at_once


@dataclass(frozen=True, slots=True)
class WaitedByRule:
    """All spreads of a rule: breaches begun, spreads that fired, spreads that never did, gain in 1/10000 dollars.

    The gain is over the spreads where it is known, None when it is for none.
    """

    rule: str
    breaches: int
    fired: int
    avoided: int
    gained: int | None


def waited(run: RunStory) -> list[Waited]:
    """Every spread with a breach that had to be confirmed."""
    return [_waited(story) for story in run.held if story.breaches]


def waited_by_rule(run: RunStory) -> list[WaitedByRule]:
    """The same per rule, rules in alphabetical order."""
    groups: dict[str, list[Waited]] = defaultdict(list)
    for one in waited(run):
        groups[one.rule].append(one)
    return [
        WaitedByRule(
            rule,
            sum(one.began for one in group),
            sum(1 for one in group if one.fired),
            sum(1 for one in group if not one.fired),
            _sum([one.gained for one in group if one.gained is not None]),
        )
        for rule, group in sorted(groups.items())
    ]


def _waited(story: Story) -> Waited:
    first = story.breaches[0]
    at_once = None
    if first.natural is not None and story.credit is not None:
        closed = story.outcome is not None and story.outcome.state == "closed"
        fees = story.outcome.fees if closed and story.outcome else 2 * story.entry_fees
        at_once = story.money(story.credit - first.natural) - fees
    return Waited(story, first.rule, len(story.breaches), bool(story.shots), at_once)


def _sum(known: list[int]) -> int | None:
    return sum(known) if known else None
