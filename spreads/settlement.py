"""What others did to our legs: assignment, exercise, expiry, delisting, a split, a margin call, a hand at the broker.

Which spread lost how much, at what price, and what came in its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .legs import Leg, Right, intrinsic
from .money import ticks
from .order_notes import Purpose
from .orders import Broker, Notice
from .spread import Spread

_UNDERLYING = re.compile(r"Underlying: (\d+(?:\.\d+)?)")


class Cause(StrEnum):
    """Who took a leg. UNSEEN: the account lost it and no event said why."""

    ASSIGNED = "assigned"
    EXERCISED = "exercised"
    EXPIRED = "expired"
    HAND = "closed by somebody else"
    UNSEEN = "gone without an event"


SETTLING = frozenset({Cause.ASSIGNED, Cause.EXERCISED, Cause.EXPIRED})


@dataclass(frozen=True, slots=True)
class Loss:
    """What one outside event did to a contract: signed change, price in ticks per share, fees in 1/10000 dollars.

    `known` is False when the price is an estimate.
    """

    cause: Cause
    change: int
    price: int
    fees: int = 0
    known: bool = True


def loss_from_notice(notice: Notice, leg: Leg, spread: Spread, broker: Broker, change: int) -> Loss:
    """Read an event of an order that is not ours.

    LEAN fills exercises at price 0 and says "Assigned", "Automatic Exercise" or "OTM" with the underlying's price
    (DefaultExerciseModel); cash settlement pays intrinsic value without a second event (lean_semantics.md 7.2).
    """
    if not notice.is_assignment and not notice.is_exercise:
        return Loss(Cause.HAND, change, notice.fill_price, notice.fee)
    if notice.message.startswith("OTM"):
        return Loss(Cause.EXPIRED, change, 0, notice.fee)
    cause = Cause.ASSIGNED if notice.is_assignment else Cause.EXERCISED
    if not spread.cash_settled:
        return Loss(cause, change, 0, notice.fee)
    price = settlement_price(notice) or underlying_price(spread, broker)
    return Loss(cause, change, intrinsic(leg, price) if price else 0, notice.fee, known=bool(price))


def settlement_price(notice: Notice) -> int:
    """The underlying's price that an exercise names, ticks; 0 when it names none."""
    said = _UNDERLYING.search(notice.message)
    return ticks(float(said.group(1))) if said else 0


def loss_without_notice(
    leg: Leg, spread: Spread, broker: Broker, change: int, now: datetime, settled_at: int = 0
) -> Loss:
    """Estimate what a leg brought that vanished silently: intrinsic value after expiry; before, the last mark,
    or what it was traded at when the contract has no price.

    `settled_at` is the underlying's price at which other contracts of that expiry were settled, 0 when unknown.
    """
    if now.date() > leg.expiry:
        price = settled_at or underlying_price(spread, broker)
        return Loss(Cause.EXPIRED, change, intrinsic(leg, price) if price else 0, known=False)
    price = max(broker.quote(leg).mark, 0) or spread.ledger.entry_price(leg.key)
    return Loss(Cause.UNSEEN, change, price, known=False)


def settles_whole(spread: Spread, now: datetime) -> bool:
    """True when a leg that just went was the first of an expiration that takes the others too and delivers nothing."""
    cause = spread.ledger.last_cause()
    quiet = cause == Cause.EXPIRED or (spread.cash_settled and cause in SETTLING)
    rest = [leg for leg, _ in spread.holdings()]
    return quiet and now >= spread.expires_at and all(leg.expiry <= now.date() for leg in rest)


def expired_worthless(spread: Spread) -> bool:
    """True when nothing but an expiration at no value ended it."""
    outside = [posting for posting in spread.ledger.postings.values() if posting.cause]
    return bool(outside) and all(one.cause == Cause.EXPIRED and not one.proceeds for one in outside)


def underlying_price(spread: Spread, broker: Broker) -> int:
    """The underlying's price in ticks; 0 when it is not known."""
    return 0 if spread.underlying is None else max(broker.quote(spread.underlying).mark, 0)


def delivered(leg: Leg, change: int, multiplier: int) -> int:
    """Shares that the exercise of a physically settled contract brings into the account, signed.

    `change` is the option's change: +1 is a short that was assigned, -1 a long that was exercised.
    """
    return -change * multiplier * (1 if leg.right is Right.CALL else -1)


def share_out(change: int, leg: str, spreads: Sequence[Spread]) -> list[tuple[Spread, int]]:
    """Which spreads a change of the account's holding is charged to, and how much to each, signed.

    Those that hold the contract in that direction, first those without a closing order under way (its fill may be
    what is missing elsewhere), in the order they were registered. What no spread holds stays out.
    """
    holders = [s for s in spreads if s.ledger.held(leg) * change < 0]
    holders.sort(key=lambda s: bool(s.working(leg, Purpose.CLOSE)))
    shares, left = [], abs(change)
    for spread in holders:
        part = min(left, abs(spread.ledger.held(leg)))
        if part:
            shares.append((spread, part if change > 0 else -part))
            left -= part
    return shares
