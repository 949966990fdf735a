"""One life of a process: ended at any event or step, and begun again with what a broker keeps.

A broker keeps cash, holdings and the orders that are out. A new process is given them as LEAN's live start gives them
(Engine/Setup/BrokerageSetupHandler.cs): after `initialize`, before `on_warmup_finished`, contracts subscribed but
without a price, order ids from 1 again, tags lost. The object store's folder is the caller's and simply stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from replay.algorithm import creating
from replay.engine import Run
from replay.enums import OrderStatus, OrderType, Resolution
from replay.identifier import SecurityIdentifier
from replay.loader import algorithm_class, algorithm_module
from replay.orders import GroupOrderManager, Order, OrderEvent, is_closed
from replay.requests import SubmitOrderRequest
from replay.session import finish, prepared, start
from replay.symbol import Symbol
from replay.tickets import OrderTicket


class Killed(BaseException):
    """kill -9: no handler of the algorithm's sees it."""


@dataclass(frozen=True, slots=True)
class Position:
    """A holding: identifier and ticker text, signed quantity, average price in dollars."""

    id: str
    name: str
    quantity: Decimal
    average: Decimal


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An order that is out. ``group`` numbers the combo it belongs to (0 = none), with its size and net limit."""

    id: str
    name: str
    type: OrderType
    quantity: Decimal
    broker_ids: tuple[str, ...]
    limit: Decimal | None = None
    time_in_force: str = "GTC"
    group: int = 0
    group_size: tuple[Decimal, Decimal, int] = (Decimal(0), Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Carry:
    """What outlives a process, and when it died (naive UTC)."""

    utc: datetime
    cash: Decimal
    positions: tuple[Position, ...]
    orders: tuple[RestingOrder, ...]


@dataclass(frozen=True, slots=True)
class KillAt:
    """When to kill: at the n-th order event (before the algorithm hears of it), or after the n-th step; from 1."""

    event: int = 0
    step: int = 0


@dataclass(slots=True)
class Life:
    """One process: ``carry`` when it was killed, else its end. ``engine`` is the engine as it was left."""

    engine: Run
    carry: Carry | None = None
    state: str = ""
    events: list[OrderEvent] = field(default_factory=list)

    @property
    def equity(self) -> Decimal:
        """Cash and holdings, dollars."""
        return self.engine.portfolio.exact_value


def live(
    algorithm_path: str | Path,
    *,
    data_folder: str | Path,
    object_store: str | Path,
    parameters: dict[str, Any] | None = None,
    kill: KillAt | None = None,
    carry: Carry | None = None,
    live_mode: bool = True,
) -> Life:
    """Run an algorithm until its end or the kill; with ``carry`` it begins where an earlier process died."""
    path = Path(algorithm_path)
    engine = prepared(Path(data_folder), parameters or {}, Path(object_store))
    life = Life(engine)
    try:
        with algorithm_module(path) as module:
            found = algorithm_class(module, path, None)
            kind = type(found.__name__, (found,), {"live_mode": live_mode})
            if not start(engine, kind):
                life.state = "RuntimeError"
                return life
            if carry is not None:
                _resume(engine, carry)
            if kill is not None:
                _plan(engine, kill)
            try:
                engine.loop()
                life.state = finish(engine)
            except Killed:
                life.carry = _what_is_left(engine)
    finally:
        life.events = list(engine.orders.events)
        engine.store.close()
        creating(None)
    return life


def _plan(engine: Run, kill: KillAt) -> None:
    heard = 0

    def on_event(event: OrderEvent, order: Order) -> None:
        nonlocal heard
        heard += 1
        if heard == kill.event:
            raise Killed

    def after_step(run: Run) -> None:
        if run.steps == kill.step:
            raise Killed

    engine.orders.observe(on_event)
    engine.after_step = after_step


def _what_is_left(engine: Run) -> Carry:
    positions = tuple(
        Position(str(s.symbol.id), s.symbol.value, s.holdings.exact_quantity, s.holdings.exact_average)
        for s in engine.securities.values()
        if s.holdings.exact_quantity
    )
    pending = engine.orders.matching.pending
    orders = tuple(_kept(engine, order) for _, order in sorted(pending.items()) if _is_out(engine, order))
    return Carry(engine.utc, engine.portfolio.exact_cash, positions, orders)


def _is_out(engine: Run, order: Order) -> bool:
    """Still working; a combo of which a leg was still to be sent never reached the broker."""
    legs = engine.orders.group_of(order)
    whole = legs is not None and all(leg.id in engine.orders.matching.pending for leg in legs)
    return whole and not is_closed(order.status)


def _kept(engine: Run, order: Order) -> RestingOrder:
    group = order.group
    left = order.quantity if group is not None else engine.orders.tickets[order.id].exact_remaining
    return RestingOrder(
        str(order.symbol.id),
        order.symbol.value,
        order.type,
        left,
        tuple(f"broker {text}" if not text.startswith("broker") else text for text in order.broker_ids),
        order.limit_price,
        order.time_in_force,
        0 if group is None else group.id,
        (Decimal(0), Decimal(0), 0) if group is None else (group.quantity, group.limit_price, group.count),
    )


def _resume(engine: Run, carry: Carry) -> None:
    """The account as LEAN finds it at the broker, at the time of the kill."""
    engine.start_date = engine.time_zone.to_local(carry.utc)
    engine.set_time(carry.utc)
    engine.portfolio.cash_book.base.exact_amount = carry.cash
    for position in carry.positions:
        holdings = _security(engine, position.id, position.name).holdings
        holdings.exact_quantity, holdings.exact_average = position.quantity, position.average
    engine.buying_power.changed()
    groups: dict[int, GroupOrderManager] = {}
    for kept in carry.orders:
        _restore(engine, kept, groups)


def _security(engine: Run, identifier: str, name: str) -> Any:
    symbol = Symbol(SecurityIdentifier.parse(identifier), name)
    known = engine.securities.find(symbol)
    return known if known is not None else engine.algorithm.add_security(symbol, Resolution.MINUTE)


def _restore(engine: Run, kept: RestingOrder, groups: dict[int, GroupOrderManager]) -> None:
    handler, now = engine.orders, engine.utc
    symbol = _security(engine, kept.id, kept.name).symbol
    group = None
    if kept.group:
        if kept.group not in groups:
            handler.last_group_id += 1
            groups[kept.group] = GroupOrderManager(handler.last_group_id, *kept.group_size)
        group = groups[kept.group]
    handler.last_order_id += 1
    order = Order(
        handler.last_order_id, kept.type, symbol, kept.quantity, now, tag="", status=OrderStatus.SUBMITTED,
        limit_price=kept.limit, time_in_force=kept.time_in_force, group=group, broker_ids=list(kept.broker_ids),
    )  # fmt: skip
    if group is not None:
        group.order_ids.append(order.id)
    request = SubmitOrderRequest(now, kept.type, symbol, kept.quantity, "", None, limit=kept.limit, group=group)
    request.order_id = order.id
    request.respond(request.success())
    ticket = OrderTicket(handler, request)
    ticket.set_order(order)
    handler.orders[order.id] = handler.open[order.id] = order
    handler.tickets[order.id] = ticket
    handler.total_orders += 1
    handler.matching.take_up(order)
