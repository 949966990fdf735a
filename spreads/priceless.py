"""What rules still say when the spread has no value: exits by the clock, the underlying and a delta need none."""

from __future__ import annotations

from .clock_rules import ClockExit
from .combine import After, AllOf, AnyOf, Unless, Until, was_true_before, worst
from .short_leg import ShortDelta, ShortStrike
from .view import Decision, Rule, View


def decide_without_price(rule: Rule, view: View) -> Decision | None:
    """The decision that stands whatever the spread is worth, or None. `view.value` is not looked at.

    A condition on the price counts as not true now; what it was before is remembered by the latches.
    """
    if isinstance(rule, ClockExit | ShortStrike | ShortDelta):
        return rule.evaluate(view)
    if isinstance(rule, AnyOf):
        return worst([decide_without_price(part, view) for part in rule.rules])
    if isinstance(rule, AllOf):
        decisions = [decide_without_price(part, view) for part in rule.rules]
        return None if None in decisions else rule.joined([each for each in decisions if each is not None])
    if isinstance(rule, After | Until):
        was_true = was_true_before(rule.condition, view) or decide_without_price(rule.condition, view) is not None
        return decide_without_price(rule.rule, view) if was_true is isinstance(rule, After) else None
    if isinstance(rule, Unless):
        return None if decide_without_price(rule.condition, view) else decide_without_price(rule.rule, view)
    return None
