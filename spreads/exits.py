"""The closing job of one spread: what was decided, what was tried, what was refused, when to try again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .closing import ClosePolicy, ExitSettings, Way
from .orders import OrderFacts, OrderKind, Refusal

COMBO = "*"
"""Key of pauses and steps that belong to the combo and not to one leg."""

NOT_COUNTED = frozenset({Refusal.CLOSED, Refusal.WARMING_UP})


@dataclass(slots=True)
class Pause:
    """Refusals in a row of one leg's order (or the combo's), and what must pass before the next try.

    `quoted_at` is the newest quote at the refusal; a newer one must come unless `any_quote`.
    """

    refusals: int
    until: datetime
    quoted_at: datetime | None
    any_quote: bool = False


@dataclass(slots=True)
class Step:
    """Where a walking limit stands: 0 is mid, `walk_steps` is natural, beyond it the clock has run out."""

    index: int
    since: datetime


@dataclass(slots=True)
class ExitJob:
    """From "close this" to "flat, proved by fills". It is never given up while something is held.

    Attributes:
        reason: The sentence of the decision.
        rule: Name of the rule, or who else decided.
        policy: How to close.
        begun_at: When it was decided, algorithm time.
        announced: True once the snapshot before the first order was asked for.
        way: How the last order went out; None before the first.
        unsupported: Kinds of order the brokerage model refused.
        banned: Situations in which the margin check refused an order; the same is not sent again in the same,
            until the patience is over.
        pauses: By leg key or COMBO.
        steps: Walking limits by leg key or COMBO.
        left: Contracts held at the last look, and `moved_at` since when.
        urged_at: When bans were last lifted because nothing moved for longer than the patience.
        kept: Long legs without a bid that wait for one.
        said: What was reported once and is not to be reported again.
    """

    reason: str
    rule: str
    policy: ClosePolicy
    begun_at: datetime
    announced: bool = False
    way: Way | None = None
    unsupported: set[OrderKind] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    pauses: dict[str, Pause] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    left: int = 0
    moved_at: datetime = datetime.min
    urged_at: datetime = datetime.min
    kept: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)

    def may_try(self, key: str, now: datetime, quoted_at: datetime | None) -> bool:
        """True when nothing was refused, or its pause is over and a newer quote than the refused order's is there."""
        pause = self.pauses.get(key)
        if pause is None:
            return True
        if now < pause.until:
            return False
        if pause.any_quote:
            return True
        return quoted_at is not None and (pause.quoted_at is None or quoted_at > pause.quoted_at)

    def refused(
        self, key: str, facts: OrderFacts, kind: OrderKind, situation: str, quoted_at: datetime | None,
        settings: ExitSettings, now: datetime,
    ) -> bool:  # fmt: skip
        """Remember a refusal; True when so many came in a row that an alarm is due.

        A combo refused so often is given up for its neighbour: some brokers refuse a net price above the width. Not
        one that is to rest at the user's limit.
        """
        if facts.refusal is Refusal.NOT_SUPPORTED and kind is not OrderKind.MARKET:
            self.unsupported.add(kind)
            return False
        if facts.refusal in NOT_COUNTED:
            self.pauses[key] = Pause(self._refusals(key), now + settings.retry_pause, None, True)
            return False
        if facts.refusal is Refusal.BUYING_POWER:
            self.banned.add(situation)
        refusals = self._refusals(key) + 1
        self.pauses[key] = Pause(refusals, now + settings.pause(refusals), quoted_at)
        if key == COMBO and refusals >= settings.alarm_after and not self.policy.rests:
            self.unsupported.add(kind)
        return refusals % settings.alarm_after == 0

    def _refusals(self, key: str) -> int:
        known = self.pauses.get(key)
        return 0 if known is None else known.refusals

    def went_on(self, key: str) -> None:
        """Forget refusals after a fill: the next one is a first one."""
        self.pauses.pop(key, None)
        self.banned.clear()

    def once(self, text: str) -> bool:
        """True the first time the text is given."""
        if text in self.said:
            return False
        self.said.add(text)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the snapshot. Pauses and steps begin anew after a restart: prices do too."""
        return {
            "reason": self.reason,
            "rule": self.rule,
            "policy": self.policy.to_dict(),
            "begun_at": self.begun_at.isoformat(),
            "unsupported": sorted(kind.value for kind in self.unsupported),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExitJob:
        """The job of an earlier process."""
        return cls(
            reason=data["reason"],
            rule=data["rule"],
            policy=ClosePolicy.from_dict(data["policy"]),
            begun_at=datetime.fromisoformat(data["begun_at"]),
            unsupported={OrderKind(kind) for kind in data["unsupported"]},
        )
