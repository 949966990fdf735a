"""Orders as data, and the port to whatever carries them out.

The manager implements `Broker` on LEAN; tests implement it in memory. Nothing here knows the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from .legs import Leg
from .quotes import NOTHING, LegQuote


class Status(StrEnum):
    """Status of an engine order; names and meaning are LEAN's OrderStatus."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    NONE = "NONE"
    INVALID = "INVALID"
    CANCEL_PENDING = "CANCEL_PENDING"
    UPDATE_SUBMITTED = "UPDATE_SUBMITTED"


DONE = frozenset({Status.FILLED, Status.CANCELED, Status.INVALID})


class OrderKind(StrEnum):
    """Kinds of engine orders an exit or an entry may use."""

    MARKET = "market"
    LIMIT = "limit"
    COMBO_MARKET = "combo market"
    COMBO_LIMIT = "combo limit"


@dataclass(frozen=True, slots=True)
class LegOrder:
    """An order for one contract. `quantity` in contracts, positive buys; `limit` in ticks, None = market."""

    leg: Leg
    quantity: int
    tag: str
    limit: int | None = None

    @property
    def kind(self) -> OrderKind:
        """Market or limit."""
        return OrderKind.MARKET if self.limit is None else OrderKind.LIMIT


@dataclass(frozen=True, slots=True)
class ComboOrder:
    """An order for several contracts that fill together or not at all.

    `legs` with signed ratios per unit, `quantity` units (positive); `limit` is the net price per share in
    ticks that the unit may cost (negative = at least this much is received), None = market.
    """

    legs: tuple[tuple[Leg, int], ...]
    quantity: int
    tag: str
    limit: int | None = None

    @property
    def kind(self) -> OrderKind:
        """Combo market or combo limit."""
        return OrderKind.COMBO_MARKET if self.limit is None else OrderKind.COMBO_LIMIT


class Refusal(StrEnum):
    """Why an order was not taken, as far as the way of trying again depends on it."""

    NONE = ""
    BUYING_POWER = "insufficient buying power"
    NOT_SUPPORTED = "order type not supported by the brokerage"
    NO_PRICE = "no price or no data yet"
    CLOSED = "the exchange is closed"
    NOT_TRADABLE = "the contract cannot be traded"
    WARMING_UP = "the algorithm is warming up"
    OTHER = "refused"

    @classmethod
    def told(cls, message: str) -> Refusal:
        """The reason in an engine's or a broker's own words."""
        if "buying power" in message.lower() or "margin" in message.lower():
            return cls.BUYING_POWER
        return cls.NOT_SUPPORTED if "does not support" in message else cls.OTHER


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the engine says of one order now, read from its ticket and not from events.

    Attributes:
        order_id: LEAN's id; zero or negative when the order was refused before it got one.
        leg: Key of the contract.
        quantity: Contracts ordered, signed.
        filled: Contracts filled so far, signed.
        proceeds: Cash from the fills in ticks per share x contracts, signed: sales positive, purchases negative;
            multiply by the contract multiplier and divide by 10,000 for dollars. Fees not included.
        fees: Fees so far in 1/10000 dollars.
        status: LEAN's status.
        refusal: Named reason when INVALID.
        message: The engine's own words, if any.
        broker_ids: The brokerage's ids: the only ids that survive a restart.
        waits_for_open: True when LEAN turned the order into a market-on-open order.
    """

    order_id: int
    leg: str
    quantity: int
    filled: int
    proceeds: int
    fees: int
    status: Status
    refusal: Refusal = Refusal.NONE
    message: str = ""
    broker_ids: tuple[str, ...] = ()
    waits_for_open: bool = False

    @property
    def is_done(self) -> bool:
        """True when nothing more can come from the order."""
        return self.status in DONE

    @property
    def remaining(self) -> int:
        """Contracts still working, signed; 0 when done."""
        return 0 if self.is_done else self.quantity - self.filled


def refused_together(facts: Sequence[OrderFacts]) -> list[OrderFacts]:
    """Facts of a combo's legs: LEAN names the reason on one of them, and it holds for all that are INVALID."""
    named = [one.refusal for one in facts if one.refusal not in (Refusal.NONE, Refusal.OTHER)]
    return [replace(one, refusal=named[0]) if named and one.status is Status.INVALID else one for one in facts]


@dataclass(frozen=True, slots=True)
class Notice:
    """An engine event, queued as it came and applied on the algorithm's own step.

    A notice only says where to look, with two exceptions that no ticket of ours shows: fills of orders that
    are not ours (exercise, assignment, a margin call, a hand at the broker) and delistings.
    """

    order_id: int
    event_id: int
    leg: str
    status: Status
    fill_quantity: int
    fill_price: int
    fee: int
    is_assignment: bool
    is_exercise: bool
    message: str


class HeldContracts(Protocol):
    """What the account holds of one contract, as it changes; LEAN's `SecurityHolding` is one."""

    @property
    def quantity(self) -> float:
        """Contracts, signed."""
        ...


@dataclass(frozen=True, slots=True)
class NothingHeld:
    """Of a contract the engine does not have."""

    quantity: float = 0


class Broker(Protocol):
    """What the spreads need of an engine. Every call happens on the algorithm's own step."""

    def send(self, order: LegOrder) -> OrderFacts:
        """Send one order; never raises for a refusal: the facts say INVALID and why."""
        ...

    def send_combo(self, order: ComboOrder) -> Sequence[OrderFacts]:
        """Send one combo; one facts per leg, in leg order (a refusal before any id gives one facts, INVALID)."""
        ...

    def facts(self, order_id: int) -> OrderFacts | None:
        """Facts of an order now; None when the engine does not know the id."""
        ...

    def cancel(self, order_id: int, tag: str) -> bool:
        """Ask to cancel; True when the request was taken. The tag replaces the order's tag (LEAN does that)."""
        ...

    def move_limit(self, order_id: int, limit: int) -> bool:
        """Ask for another limit (ticks; a combo's group limit); True when the request was taken."""
        ...

    def working(self, leg: Leg) -> Sequence[OrderFacts]:
        """Every order of the account that still works on this contract, ours or not."""
        ...

    def held(self, leg: Leg) -> int:
        """Contracts the account holds now, signed; 0 when the contract is gone."""
        ...

    def position(self, leg: Leg) -> HeldContracts:
        """Where what the account holds of the contract can be read from now on, until an order on it is filled."""
        ...

    def quote(self, leg: Leg) -> LegQuote:
        """The contract's quote as the engine has it."""
        ...

    def is_open(self, leg: Leg) -> bool:
        """True while the contract's regular session lasts, so that a market order is a market order."""
        ...

    def price_step(self, leg: Leg, price: int) -> int:
        """Smallest price step in ticks at a price (the exchange's grid)."""
        ...

    def free_margin(self) -> int:
        """Margin left in 1/10000 dollars."""
        ...

    def supports(self, kind: OrderKind, legs: int) -> bool:
        """True when the brokerage model takes this kind of order for options with so many legs."""
        ...


def read_quote(broker: Broker, leg: Leg) -> tuple[LegQuote, str]:
    """A contract's quote, or an empty one and why it cannot be read: neither a look nor an order waits for that."""
    try:
        return broker.quote(leg), ""
    except Exception as error:
        return NOTHING, f"{type(error).__name__}: {error}"
