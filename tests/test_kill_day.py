"""Killed at every order event and at every slice of days with fires, and started again: nothing is lost or doubled.

What a kill may change, as docs/live.md says: an entry cut off in the middle is not made again; what a close had not
sent yet goes out at the first new quote after the restart, at its price; a contract has no price before its next quote.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from replay.restart import KillAt
from tests.kill_day import DAYS, Outcome, differences, killed_life, quiet_life

LATER = timedelta(minutes=20)  # a walking limit begins anew after a restart
MOST_DOLLARS = Decimal(300)  # a few minutes of a spread's price, both spreads
ENTRIES_END = "15:16"  # UTC; entries begin at 15:00
Variant = tuple[tuple[str, str], ...]


def hold_together(data: Path, day: str, kills: list[KillAt], more: Variant = ()) -> None:
    """Two lives against the quiet one."""
    quiet = quiet_life(data, day, more)
    killed, lives = killed_life(data, day, kills, more)
    told = f"{day} {kills}: {differences(quiet, killed)}"
    assert killed.state == "Completed", told
    assert all(abs(held) <= abs(quiet.held.get(name, 0)) for name, held in killed.held.items()), told
    more_traded = killed.contracts - quiet.contracts
    kept = Counter({(name, -1 if held > 0 else 1): abs(held) for name, held in quiet.held.items()})
    assert not more_traded - kept, f"more was traded: {told}"
    died = [f"{life.carry.utc:%H:%M}" for life in lives if life.carry is not None]
    if died and min(died) >= ENTRIES_END:
        assert killed.contracts - more_traded == quiet.contracts, told
        assert not late_fills(quiet, killed), told
        if more_traded:
            return
        assert abs(killed.equity - quiet.equity) <= MOST_DOLLARS, told


def late_fills(quiet: Outcome, killed: Outcome) -> list[str]:
    """Fills more than a few minutes after the quiet life's fill of the same contract in the same direction."""
    when = {(name, quantity > 0): clock(at) for at, name, quantity, _ in quiet.fills}
    return [
        f"{at} {name}"
        for at, name, quantity, _ in killed.fills
        if (name, quantity > 0) in when and clock(at) - when[name, quantity > 0] > LATER
    ]


def clock(text: str) -> datetime:
    return datetime.strptime(text, "%H:%M")


def moments(data: Path, day: str, more: Variant = ()) -> list[KillAt]:
    quiet = quiet_life(data, day, more)
    return [KillAt(event=n) for n in range(1, quiet.events + 1)] + [KillAt(step=n) for n in range(2, quiet.steps)]


def test_kill_after_a_slice_without_orders_changes_nothing(synthetic_market: Path) -> None:
    quiet = quiet_life(synthetic_market, DAYS["targets"])
    killed, _ = killed_life(synthetic_market, DAYS["targets"], [KillAt(step=100)])
    assert differences(quiet, killed) == []


@pytest.mark.parametrize("event", [1, 3, 4, 6, 9, 10, 11, 12, 13, 16])
def test_kill_at_an_order_event_loses_and_doubles_nothing(synthetic_market: Path, event: int) -> None:
    hold_together(synthetic_market, DAYS["targets"], [KillAt(event=event)])


@pytest.mark.parametrize("event", [9, 11])
def test_kill_while_a_limit_rests_adopts_it(synthetic_market: Path, event: int) -> None:
    hold_together(synthetic_market, DAYS["both stops"], [KillAt(event=event)], (("close-policy", "leg-limit"),))


def test_two_kills_in_one_close_lose_and_double_nothing(synthetic_market: Path) -> None:
    hold_together(synthetic_market, DAYS["targets"], [KillAt(event=9), KillAt(event=1)])


@pytest.mark.torture
@pytest.mark.parametrize("policy", ["legs", "combo-market", "leg-limit"])
@pytest.mark.parametrize("day", DAYS.values(), ids=list(DAYS))
def test_kill_at_every_event_and_slice_of_a_day(synthetic_market: Path, day: str, policy: str) -> None:
    more = (("close-policy", policy),)
    failures = []
    for kill in moments(synthetic_market, day, more):
        try:
            hold_together(synthetic_market, day, [kill], more)
        except AssertionError as error:
            failures.append(str(error).splitlines()[0])
    assert failures == []


@pytest.mark.torture
@pytest.mark.parametrize("day", DAYS.values(), ids=list(DAYS))
def test_kill_again_every_fifth_slice_of_a_day(synthetic_market: Path, day: str) -> None:
    quiet = quiet_life(synthetic_market, day)
    hold_together(synthetic_market, day, [KillAt(step=40), *[KillAt(step=6)] * ((quiet.steps - 60) // 5)])
