"""Laws of the whole book: the order of spreads, and the presence of others, change no decision."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.journal import What
from spreads.legs import Leg
from spreads.view import Rule
from stop_rules import CreditLost, NetDebit, ProfitTarget, TrailingDebit
from tests.spreads.book_rig import BookRig
from tests.spreads.paper_broker import call, put

LEGS: dict[str, tuple[Leg, Leg]] = {
    "A": (call(100, -1), call(105, 1)),
    "B": (put(90, -1), put(85, 1)),
    "C": (call(110, -1), call(115, 1)),
}
RULES: dict[str, list[Rule]] = {
    "A": [NetDebit("3.00")],
    "B": [CreditLost(100), ProfitTarget(50)],
    "C": [TrailingDebit("0.50")],
}
PRICES = st.lists(
    st.fixed_dictionaries({name: st.integers(min_value=110, max_value=480) for name in LEGS}), min_size=2, max_size=8
)
Decisions = list[tuple[str, str, str, str]]


def decisions(names: tuple[str, ...], path: list[dict[str, int]], broken: str = "") -> Decisions:
    """What fired, when and why, with the spreads registered in this order; one may fail to be valued."""
    rig = BookRig()
    for name in LEGS:
        rig.broker.price(2.00, 2.10, LEGS[name][0])
        rig.broker.price(1.00, 1.10, LEGS[name][1])

    def fail(what: str) -> None:
        if broken and what == f"quote {LEGS[broken][0].key}" and rig.broker.now.minute % 2:
            raise RuntimeError("this quote cannot be read")

    for name in names:
        rig.open(name, LEGS[name], RULES[name])
    rig.broker.fail = fail
    for prices in path:
        for name in names:
            short = prices[name] / 100
            rig.broker.price(short - 0.10, short, LEGS[name][0])
        rig.step()
    return sorted((r["spread"], r["at"], r["rule"], r["sentence"]) for r in rig.said(What.FIRE))


@settings(max_examples=60, deadline=None)
@given(path=PRICES)
def test_any_order_of_registration_gives_the_same_decisions(path: list[dict[str, int]]) -> None:
    expected = decisions(("A", "B", "C"), path)
    assert all(decisions(order, path) == expected for order in permutations(LEGS))


@settings(max_examples=60, deadline=None)
@given(path=PRICES, broken=st.sampled_from(["", "B", "C"]))
def test_adding_spreads_changes_no_decision_of_another_even_when_they_cannot_be_valued(
    path: list[dict[str, int]], broken: str
) -> None:
    alone = decisions(("A",), path)
    together = decisions(("B", "A", "C"), path, broken)
    assert [one for one in together if one[0] == "A"] == alone
