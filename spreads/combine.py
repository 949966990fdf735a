"""Rules made of rules: any, all, after, until, unless. A condition is a rule whose answer only counts as true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from .errors import BadSetting
from .rule_text import to_text
from .trailing import Trail
from .valuation import Value
from .view import Band, Decision, Need, Problem, Rule, Terms, View, as_rule


def excess(decision: Decision) -> Fraction:
    """How far a debit is beyond its threshold, as a part of the threshold; 0 where no price was looked at."""
    if decision.basis is None:
        return Fraction(0)
    return Fraction(decision.value - decision.threshold, max(abs(decision.threshold), 1))


def worst(decisions: Sequence[Decision | None]) -> Decision | None:
    """The decision that may not wait, else the one breached furthest; the first of equals."""
    fired = [decision for decision in decisions if decision is not None]
    return max(fired, key=lambda decision: (decision.at_once, excess(decision)), default=None)


def remembers(rule: Rule) -> bool:
    """True when what a rule answers depends on earlier looks, so that none may be kept from it."""
    if isinstance(rule, After | Until):
        return True
    if isinstance(rule, AnyOf | AllOf):
        return any(remembers(part) for part in rule.rules)
    if isinstance(rule, Unless):
        return remembers(rule.condition) or remembers(rule.rule)
    return isinstance(rule, Trail) or not _is_of_the_menu(rule)


def _is_of_the_menu(rule: Rule) -> bool:
    return hasattr(type(rule), "kind")


@dataclass(frozen=True, slots=True)
class _Together:
    """Rules side by side."""

    rules: tuple[Rule, ...]

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse what is no list of rules."""
        object.__setattr__(self, "rules", _rules(self.kind, self.rules))

    @property
    def name(self) -> str:
        """Name of the combination."""
        return self.kind

    @property
    def needs(self) -> frozenset[Need]:
        """What any part needs."""
        return _needs(*self.rules)

    def latches(self, view: View) -> frozenset[str]:
        """What the parts remember."""
        return _latches(self.rules, view)


@dataclass(frozen=True, slots=True)
class AnyOf(_Together):
    """Close when any of the rules says so. The decision named is one that may not wait, else the worst breach."""

    kind: ClassVar[str] = "any-of"

    def evaluate(self, view: View) -> Decision | None:
        """The decision of the part that is breached worst."""
        return worst([rule.evaluate(view) for rule in self.rules])

    def band(self, view: View) -> Band:
        """Quiet while all parts are."""
        return _meet(self.rules, view)

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """The problems of all parts: each would close the spread."""
        return [problem for rule in self.rules for problem in rule.problems(terms, quoted)]

    def describe(self, terms: Terms) -> str:
        """The parts in words."""
        return "; or ".join(rule.describe(terms) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class AllOf(_Together):
    """Close when all of the rules say so at the same time. No confirmation is spared unless all spare it."""

    kind: ClassVar[str] = "all-of"

    def evaluate(self, view: View) -> Decision | None:
        """One decision with the reasons of all parts; its price is that of the least breach."""
        fired = []
        for rule in self.rules:
            decision = rule.evaluate(view)
            if decision is None:
                return None
            fired.append(decision)
        return self.joined(fired)

    def joined(self, fired: Sequence[Decision]) -> Decision:
        """One decision out of those of all parts."""
        priced = [decision for decision in fired if decision.basis is not None] or fired
        sentence = " and ".join(decision.sentence for decision in fired)
        at_once = all(decision.at_once for decision in fired)
        return replace(min(priced, key=excess), rule=self.name, sentence=sentence, at_once=at_once)

    def band(self, view: View) -> Band:
        """Quiet while one part is, as long as no part misses a look it must remember."""
        if any(remembers(rule) for rule in self.rules):
            return _meet(self.rules, view)
        quiet = [rule.band(view) for rule in self.rules if rule.evaluate(view) is None]
        return min(quiet, key=lambda band: band.always, default=_meet(self.rules, view))

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """The problems of the parts; none is fatal, since one part alone closes nothing."""
        return _softened(self.rules, terms, quoted)

    def describe(self, terms: Terms) -> str:
        """The parts in words."""
        return " and ".join(f"[{rule.describe(terms)}]" for rule in self.rules)


@dataclass(frozen=True, slots=True)
class _Conditional:
    """A rule and the condition it hangs on."""

    condition: Rule
    rule: Rule

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse what is no rule, and a condition that could not be remembered where it must be."""
        _rules(self.kind, (self.condition, self.rule))
        if isinstance(self, After | Until):
            _latch(self.condition)

    @property
    def name(self) -> str:
        """Name of the combination."""
        return f"{self.kind} {self.condition.name}: {self.rule.name}"

    @property
    def needs(self) -> frozenset[Need]:
        """What either part needs."""
        return _needs(self.condition, self.rule)


@dataclass(frozen=True, slots=True)
class After(_Conditional):
    """The rule counts once the condition has been true: in the same look, and for good."""

    kind: ClassVar[str] = "after"

    def evaluate(self, view: View) -> Decision | None:
        """The rule's decision once the condition was true."""
        return self.rule.evaluate(view) if _was_true(self.condition, view) else None

    def band(self, view: View) -> Band:
        """Before: quiet while the condition is. From then on: quiet while the rule is."""
        if _was_true(self.condition, view):
            return self.rule.band(view)
        before = self.condition.band(view)
        return before.meet(self.rule.band(view)) if remembers(self.rule) else before

    def latches(self, view: View) -> frozenset[str]:
        """That the condition was true, and what the parts remember."""
        return _latches_of(self.condition, view) | self.rule.latches(view)

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """The rule's problems; none is fatal, since it does not count yet."""
        return _softened((self.rule,), terms, quoted)

    def describe(self, terms: Terms) -> str:
        """Both parts in words."""
        return f"after [{self.condition.describe(terms)}]: {self.rule.describe(terms)}"


@dataclass(frozen=True, slots=True)
class Until(_Conditional):
    """The rule counts until the condition has been true once; from that look on it is off for good."""

    kind: ClassVar[str] = "until"

    def evaluate(self, view: View) -> Decision | None:
        """The rule's decision while the condition was never true."""
        return None if _was_true(self.condition, view) else self.rule.evaluate(view)

    def band(self, view: View) -> Band:
        """Quiet while both parts are; for good once it is off."""
        return Band() if _was_true(self.condition, view) else _meet((self.condition, self.rule), view)

    def latches(self, view: View) -> frozenset[str]:
        """That the condition was true, and what the parts remember before that."""
        own = _latches_of(self.condition, view)
        return own if _was_true(self.condition, view) else own | self.rule.latches(view)

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """The rule's problems: it counts from the start."""
        return list(self.rule.problems(terms, quoted))

    def describe(self, terms: Terms) -> str:
        """Both parts in words."""
        return f"until [{self.condition.describe(terms)}]: {self.rule.describe(terms)}"


@dataclass(frozen=True, slots=True)
class Unless(_Conditional):
    """The rule counts in looks in which the condition is not true."""

    kind: ClassVar[str] = "unless"

    def evaluate(self, view: View) -> Decision | None:
        """The rule's decision, if the condition is not true now."""
        decision = self.rule.evaluate(view)
        return None if decision is None or self.condition.evaluate(view) is not None else decision

    def band(self, view: View) -> Band:
        """Quiet while the rule is, as long as the condition misses no look it must remember."""
        band = self.rule.band(view)
        return band.meet(self.condition.band(view)) if remembers(self.condition) else band

    def latches(self, view: View) -> frozenset[str]:
        """What the parts remember."""
        return _latches((self.condition, self.rule), view)

    def problems(self, terms: Terms, quoted: Value) -> list[Problem]:
        """The rule's problems."""
        return list(self.rule.problems(terms, quoted))

    def describe(self, terms: Terms) -> str:
        """Both parts in words."""
        return f"unless [{self.condition.describe(terms)}]: {self.rule.describe(terms)}"


def any_of(*rules: Rule) -> AnyOf:
    """Close when any of the rules says so."""
    return AnyOf(rules)


def all_of(*rules: Rule) -> AllOf:
    """Close when all of the rules say so at the same time."""
    return AllOf(rules)


def after(condition: Rule, rule: Rule) -> After:
    """The rule counts once the condition has been true."""
    return After(condition, rule)


def until(condition: Rule, rule: Rule) -> Until:
    """The rule counts until the condition has been true."""
    return Until(condition, rule)


def unless(condition: Rule, rule: Rule) -> Unless:
    """The rule counts while the condition is not true."""
    return Unless(condition, rule)


@lru_cache(maxsize=4096)
def _latch(condition: Rule) -> str:
    """Under this name it is remembered that a condition was true; equal conditions of one order share it."""
    return f"was true: {to_text(condition)}"


def was_true_before(condition: Rule, view: View) -> bool:
    """True when the latches say that the condition was true in an earlier look."""
    return _latch(condition) in view.latched


def _was_true(condition: Rule, view: View) -> bool:
    return was_true_before(condition, view) or condition.evaluate(view) is not None


def _latches_of(condition: Rule, view: View) -> frozenset[str]:
    """The condition's own latch, and before that what its parts remember on the way to it."""
    if _was_true(condition, view):
        return frozenset({_latch(condition)})
    return condition.latches(view)


def _rules(kind: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    if isinstance(rules, str) or not isinstance(rules, Sequence) or not rules:
        raise BadSetting(kind, rules, "one or more rules")
    return tuple(as_rule(kind, rule) for rule in rules)


def _needs(*rules: Rule) -> frozenset[Need]:
    return frozenset().union(*(rule.needs for rule in rules))


def _latches(rules: Sequence[Rule], view: View) -> frozenset[str]:
    return frozenset().union(*(rule.latches(view) for rule in rules))


def _meet(rules: Sequence[Rule], view: View) -> Band:
    band = Band()
    for rule in rules:
        band = band.meet(rule.band(view))
    return band


def _softened(rules: Sequence[Rule], terms: Terms, quoted: Value) -> list[Problem]:
    return [replace(problem, fatal=False) for rule in rules for problem in rule.problems(terms, quoted)]
