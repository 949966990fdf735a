"""How good the stops were: what triggered, what it cost to get out, and what holding would have brought.

Signs: an excess is positive when it cost more. For a rule that fires at a high debit,
`threshold + trigger excess + basis gap + fill excess = exit debit`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from .records import RunStory, Shot, Story, seconds_between
from .settlement import Settlement, held_pnl

LEAST_TRADES = 30  # a conclusion is printed on this many closed trades or more


@dataclass(frozen=True, slots=True)
class Exit:
    """One exit by a rule. Per share in ticks, money in 1/10000 dollars, None where not known.

    Attributes:
        trigger_excess: How far the price the rule looked at was beyond the threshold when it fired.
        basis_gap: Natural debit at the trigger less the price the rule looked at (0 for rules on the natural).
        fill_excess: Exit debit by the fills less the natural debit at the trigger.
        breach_to_fire: Seconds from the first breach to the shot.
        fire_to_flat: Seconds from the shot to the last closing fill.
        worst_loss: Greatest loss against the credit on the natural debit, but never more than the legs can owe; money.
        held: P&L had it been held to expiry; `held_source` says where from, or why not known.
    """

    story: Story
    shot: Shot
    trigger_excess: int | None
    basis_gap: int | None
    fill_excess: int | None
    breach_to_fire: int | None
    fire_to_flat: int | None
    worst_loss: int | None
    held: int | None
    held_source: str

    @property
    def saved(self) -> int | None:
        """P&L less what holding would have brought: positive = the exit saved money, negative = it was needless."""
        return None if self.held is None or self.story.pnl is None else self.story.pnl - self.held

    @property
    def verdict(self) -> str:
        """saved money, needless, no difference, or unknown."""
        if self.saved is None:
            return "unknown"
        return "saved money" if self.saved > 0 else "needless" if self.saved < 0 else "no difference"


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """The exits of one rule together; medians and sums as in `Exit`."""

    rule: str
    exits: tuple[Exit, ...]

    @property
    def judged(self) -> list[Exit]:
        """Exits whose outcome at expiry is known."""
        return [one for one in self.exits if one.saved is not None]

    @property
    def needless(self) -> int:
        """Exits that holding would have beaten."""
        return sum(1 for one in self.judged if (one.saved or 0) < 0)

    @property
    def saving(self) -> int:
        """Exits that beat holding."""
        return sum(1 for one in self.judged if (one.saved or 0) > 0)

    @property
    def saved(self) -> int:
        """Sum of what the exits saved against holding, money; negative when they cost."""
        return sum(one.saved or 0 for one in self.judged)

    @property
    def pnl(self) -> int:
        """Sum of the P&L after fees, money."""
        return sum(one.story.pnl or 0 for one in self.exits)

    def middle(self, name: str) -> float | None:
        """Median of one of the figures of `Exit` over the exits that have it."""
        values = [value for one in self.exits if (value := getattr(one, name)) is not None]
        return median(values) if values else None

    def money_sum(self, name: str) -> int:
        """Sum of a per-share figure of `Exit` as money of the whole positions."""
        return sum(one.story.money(v) for one in self.exits if (v := getattr(one, name)) is not None)


def is_stop(rule: str) -> bool:
    """True for a rule that limits a loss; targets and exits by the clock begin with other words."""
    return not rule.startswith(("target", "exit", "time"))


def exits(run: RunStory, settlement: Settlement) -> list[Exit]:
    """Every spread that a rule closed and that is flat, in order of the shots."""
    found = [
        _exit(story, story.shot, settlement)
        for story in run.held
        if story.shot is not None and story.outcome is not None
    ]
    return sorted(found, key=lambda one: (one.shot.at, one.story.id))


def by_rule(found: Iterable[Exit]) -> list[RuleQuality]:
    """Exits grouped by rule, rules in alphabetical order."""
    groups: dict[str, list[Exit]] = defaultdict(list)
    for one in found:
        groups[one.shot.rule].append(one)
    return [RuleQuality(rule, tuple(groups[rule])) for rule in sorted(groups)]


def time_without_value(run: RunStory) -> list[tuple[str, int, int]]:
    """(reason, seconds, spreads concerned) over all spreads, longest first."""
    seconds: dict[str, int] = defaultdict(int)
    spreads: dict[str, set[str]] = defaultdict(set)
    for story in run.spreads.values():
        for gap in story.gaps:
            seconds[gap.reason] += gap.seconds
            spreads[gap.reason].add(story.id)
    return sorted(((r, s, len(spreads[r])) for r, s in seconds.items()), key=lambda item: (-item[1], item[0]))


def conclusions(rules: Sequence[RuleQuality]) -> list[str]:
    """Sentences the figures bear; for a rule with too few judged exits, that they bear none."""
    sentences = []
    for rule in rules:
        count = len(rule.judged)
        if count < LEAST_TRADES:
            sentences.append(
                f"{rule.rule}: no conclusion, {count} exit{'' if count == 1 else 's'} with a known expiry value; "
                f"at least {LEAST_TRADES} are asked for."
            )
            continue
        low, high = wilson(rule.needless, count)
        days = len({one.shot.at.date() for one in rule.judged})
        verb = "saved" if rule.saved >= 0 else "cost"
        sentences.append(
            f"{rule.rule}: {rule.needless} of {count} exits were needless ({rule.needless / count:.0%}; with this many "
            f"exits the true share lies between {low:.0%} and {high:.0%} in 19 of 20 cases, if they do not hang "
            f"together; they fell on {days} day{'' if days == 1 else 's'}). Against holding to expiry "
            f"the rule {verb} ${abs(rule.saved) / 10_000:,.2f} in all, after fees."
        )
    return sentences


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / count
    centre = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _exit(story: Story, shot: Shot, settlement: Settlement) -> Exit:
    assert story.outcome is not None
    priced = bool(shot.basis) and shot.value is not None and shot.threshold is not None
    held = settlement.of(story)
    paid = story.outcome.exit_debit
    worst = story.worst_debit
    if worst is not None and story.max_debit is not None:
        worst = min(worst, story.max_debit)
    return Exit(
        story,
        shot,
        (shot.value or 0) - (shot.threshold or 0) if priced else None,
        shot.natural - (shot.value or 0) if priced and shot.natural is not None else None,
        paid - shot.natural if paid is not None and shot.natural is not None else None,
        seconds_between(shot.breach_since, shot.at),
        seconds_between(shot.at, story.flat_at),
        None if worst is None or story.credit is None else max(0, story.money(worst - story.credit)),
        held_pnl(story, held),
        held.source,
    )
