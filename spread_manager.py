"""SpreadManager: stop orders on the net price of option spreads, for any QCAlgorithm.

The only product file besides main.py that talks to LEAN. `spreads/` decides; here LEAN's symbols, prices, tickets and
events become plain data and back. Prices in the public calls are dollars per share, positive = a debit to pay.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from AlgorithmImports import *

from spreads.alarms import Alarms, Bell
from spreads.assembly import Keys, assemble, book_guards, book_settings, configure, exit_settings
from spreads.book import BookSettings
from spreads.brokers import BrokerRules, broker_rules
from spreads.closing import ExitSettings
from spreads.commands import Action
from spreads.edge import at_the_edge, tell_of
from spreads.errors import BadSetting
from spreads.gate import Offer
from spreads.guards import BookGuards
from spreads.journal import What
from spreads.judge import TradingHours
from spreads.legs import Leg as SpreadLeg
from spreads.legs import Right
from spreads.money import TICKS_PER_DOLLAR, Number, as_float, ticks
from spreads.net_orders import NetOrders
from spreads.notify import notifier_of, undelivered
from spreads.orders import ComboOrder as ComboRequest
from spreads.orders import (
    HeldContracts,
    LegOrder,
    NothingHeld,
    Notice,
    OrderFacts,
    OrderKind,
    Refusal,
    Status,
    refused_together,
)
from spreads.quotes import GONE, LegQuote
from spreads.sessions import Sessions
from spreads.settings import Settings
from spreads.spread import Spread
from spreads.times import plain
from spreads.view import Problem, Rule

T = TypeVar("T")

_STATUS = {getattr(OrderStatus, status.name): status for status in Status}
_REFUSALS = {
    OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER: Refusal.BUYING_POWER,
    OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER: Refusal.NOT_SUPPORTED,
    OrderResponseErrorCode.SECURITY_PRICE_ZERO: Refusal.NO_PRICE,
    OrderResponseErrorCode.SECURITY_HAS_NO_DATA: Refusal.NO_PRICE,
    OrderResponseErrorCode.EXCHANGE_NOT_OPEN: Refusal.CLOSED,
    OrderResponseErrorCode.NON_TRADABLE_SECURITY: Refusal.NOT_TRADABLE,
    OrderResponseErrorCode.MISSING_SECURITY: Refusal.NOT_TRADABLE,
    OrderResponseErrorCode.ALGORITHM_WARMING_UP: Refusal.WARMING_UP,
}


class LeanMarket:
    """LEAN's contracts, calendar and prices as plain data: the port `spreads.judge.Market`."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._algorithm = algorithm
        # size 0 tells an inherited side in files alone: live bars carry sizes on, or never had one (QuoteBar.Update)
        self._sizeless = bool(algorithm.live_mode)
        self._symbols: dict[str, Symbol] = {}
        self._securities: dict[str, Security] = {}
        self._holdings: dict[str, SecurityHolding] = {}
        self._sessions = Sessions(lambda leg: self._security(leg).exchange, self.clock)

    # -- contracts ---------------------------------------------------------------------------------------------

    def leg(self, symbol: Symbol, ratio: int = 0) -> SpreadLeg:
        """The leg of a LEAN symbol (option or underlying); its contract can be asked for from now on."""
        key = str(symbol.id)
        self._symbols[key] = symbol
        self._forget(key)
        if not symbol.has_underlying:
            return SpreadLeg(key, ratio, Right.SHARES, 0, date.max, str(symbol.value))
        right = Right.CALL if symbol.id.option_right == OptionRight.CALL else Right.PUT
        return SpreadLeg(key, ratio, right, ticks(symbol.id.strike_price), symbol.id.date.date(), str(symbol.value))

    def underlying_of(self, leg: SpreadLeg) -> SpreadLeg | None:
        """What an option is written on; None for anything else."""
        symbol = self._symbols[leg.key]
        return self.leg(symbol.underlying) if symbol.has_underlying else None

    def cash_settled(self, leg: SpreadLeg) -> bool:
        """True for index options."""
        return self._symbols[leg.key].underlying.security_type == SecurityType.INDEX

    def multiplier(self, leg: SpreadLeg) -> int:
        """Shares per contract."""
        return round(self._security(leg).symbol_properties.contract_multiplier)

    def take_up(self, leg: SpreadLeg) -> None:
        """Make a contract of an earlier process known again; subscribe it unless its holding did or it expired."""
        made = Symbol(SecurityIdentifier.parse(leg.key), leg.name)  # pyright: ignore[reportArgumentType]
        symbol = self._symbols.setdefault(leg.key, made)
        algorithm = self._algorithm
        if symbol in algorithm.securities or self.clock().date() > leg.expiry:
            return
        if not symbol.has_underlying:
            algorithm.add_security(symbol, Resolution.MINUTE)
        elif symbol.security_type == SecurityType.INDEX_OPTION:
            algorithm.add_index_option_contract(symbol, Resolution.MINUTE)
        else:
            algorithm.add_option_contract(symbol, Resolution.MINUTE)

    def _forget(self, key: str) -> None:
        self._securities.pop(key, None)
        self._securities.pop(f"under {key}", None)
        self._holdings.pop(key, None)

    def _security(self, leg: SpreadLeg) -> Security:
        security = self._find(leg)
        if security is None:
            raise LookupError(f"{leg.name} is not in the algorithm's securities")
        return security

    def _find(self, leg: SpreadLeg) -> Security | None:
        """The security of a contract once it was subscribed, kept: LEAN gives the same object (SecurityManager.cs).

        An older LEAN makes another for a contract that was removed and added again, so whoever names one anew and
        whoever begins to watch it has it looked up anew.
        """
        return self._found(leg.key, lambda: self._symbols[leg.key])

    def _find_underlying(self, leg: SpreadLeg) -> Security | None:
        return self._found(f"under {leg.key}", lambda: self._symbols[leg.key].underlying)

    def _found(self, key: str, symbol: Callable[[], Symbol]) -> Security | None:
        found = self._securities.get(key)
        if found is None:
            wanted, securities = symbol(), self._algorithm.securities
            if wanted in securities:
                found = self._securities[key] = securities[wanted]
        return found

    # -- calendar ----------------------------------------------------------------------------------------------

    def clock(self) -> datetime:
        """Algorithm time."""
        return plain(self._algorithm.time)

    def expires_at(self, leg: SpreadLeg) -> datetime:
        """End of the contract's trading, algorithm time; half days honoured."""
        return self._sessions.last_trade(leg, self._symbols[leg.key].security_type == SecurityType.INDEX_OPTION)

    def session(self, leg: SpreadLeg, now: datetime) -> TradingHours | None:
        """Today's regular session by the exchange calendar, half days honoured."""
        return self._sessions.session(leg, now.date())

    def is_open(self, leg: SpreadLeg) -> bool:
        """True while a market order stays a market order, and the contract is traded."""
        security = self._find(leg)
        if security is None or not security.exchange.exchange_open:
            return False
        now = self.clock()
        return leg.right is Right.SHARES or now < self.expires_at(leg)

    # -- prices ------------------------------------------------------------------------------------------------

    def source(self, leg: SpreadLeg) -> Security:
        """The Security whose bid and ask are read each slice, looked up anew when watching begins."""
        self._forget(leg.key)
        return self._security(leg)

    def quote(self, leg: SpreadLeg) -> LegQuote:
        """Bid, ask and mark as LEAN has them, and the newest real quote bar's time and sides."""
        security = self._find(leg)
        if security is None:
            return GONE
        bar = security.cache.get_data(QuoteBar)
        if bar is None:
            return LegQuote(0, 0, ticks(security.price), None, False, False)
        return LegQuote(
            ticks(security.bid_price),
            ticks(security.ask_price),
            ticks(security.price),
            self._sessions.algorithm_time(leg, bar.end_time),
            bar.bid is not None and (self._sizeless or bar.last_bid_size > 0),
            bar.ask is not None and (self._sizeless or bar.last_ask_size > 0),
        )

    def underlying(self, leg: SpreadLeg) -> int:
        """Price of the underlying, 0 when it is not there."""
        security = self._find_underlying(leg)
        return 0 if security is None else ticks(security.price)

    def underlying_time(self, leg: SpreadLeg) -> datetime | None:
        """End of the underlying's newest real bar."""
        security = self._find_underlying(leg)
        data = None if security is None else security.get_last_data()
        if security is None or data is None:
            return None
        name = f"under {leg.key.split(' ')[0]}"
        return self._sessions.to_algorithm(data.end_time, name, lambda: security.exchange)

    def short_delta(self, legs: Sequence[SpreadLeg]) -> float | None:
        """Greatest absolute delta of the short legs by LEAN's price model, from the current slice's chain."""
        deltas = []
        current = self._algorithm.current_slice
        for leg in legs:
            symbol = self._symbols[leg.key]
            chain = current.option_chains.get(symbol.canonical) if current is not None else None
            contract = chain.contracts.get(symbol) if chain is not None else None
            if contract is None:
                return None
            deltas.append(abs(contract.greeks.delta))
        return max(deltas, default=None)

    def price_step(self, leg: SpreadLeg, price: int) -> int:
        """The contract's price grid: index options 0.05 below 3.00 and 0.10 from there, others LEAN's variation."""
        security = self._security(leg)
        if security.type == SecurityType.INDEX_OPTION:
            return 500 if price < 3 * TICKS_PER_DOLLAR else 1_000
        return max(ticks(security.symbol_properties.minimum_price_variation), 100)


class LeanEngine(LeanMarket):
    """LEAN as the book sees it: also orders, events and the account (`spreads.orders.Broker`, `restart.Account`)."""

    # -- orders ------------------------------------------------------------------------------------------------

    def send(self, order: LegOrder) -> OrderFacts:
        """One order for one contract; asynchronous in live, so that no slice waits for a fill."""
        symbol = self._symbols[order.leg.key]
        live, properties = self._algorithm.live_mode, self._properties()
        if order.limit is None:
            ticket = self._algorithm.market_order(symbol, order.quantity, live, order.tag, properties)
        else:
            limit = as_float(order.limit)
            ticket = self._algorithm.limit_order(symbol, order.quantity, limit, live, order.tag, properties)
        return self._facts(ticket, order.leg.key)

    def send_combo(self, order: ComboRequest) -> list[OrderFacts]:
        """One combo; LEAN gives a ticket per leg, or a single invalid one."""
        lean_legs = [Leg.create(self._symbols[leg.key], ratio) for leg, ratio in order.legs]
        live, properties = self._algorithm.live_mode, self._properties()
        if order.limit is None:
            tickets = self._algorithm.combo_market_order(lean_legs, order.quantity, live, order.tag, properties)
        else:
            limit = as_float(order.limit)
            tickets = self._algorithm.combo_limit_order(lean_legs, order.quantity, limit, live, order.tag, properties)
        return refused_together([self.ticket_facts(ticket) for ticket in tickets])

    def _properties(self) -> Any:
        """Some brokers take option orders for the day only (lean_semantics.md 9.2)."""
        if not self.rules.day_only:
            return None
        properties = OrderProperties()
        properties.time_in_force = TimeInForce.DAY
        return properties

    def facts(self, order_id: int) -> OrderFacts | None:
        """What the ticket says now."""
        ticket = self._algorithm.transactions.get_order_ticket(order_id)
        return None if ticket is None else self.ticket_facts(ticket)

    def _facts(self, ticket: OrderTicket, key: str) -> OrderFacts:
        status = _STATUS.get(ticket.status, Status.NONE)
        filled = round(ticket.quantity_filled)
        events = list(ticket.order_events) if filled or status is Status.INVALID else []
        seen = {event.id: event for event in events}.values()
        fees = sum(round(event.order_fee.value.amount * TICKS_PER_DOLLAR) for event in seen)
        message = next((str(event.message) for event in seen if event.message), "")
        refusal = _REFUSALS.get(ticket.submit_request.response.error_code) or Refusal.told(message)
        order = self._algorithm.transactions.get_order_by_id(ticket.order_id) if ticket.order_id > 0 else None
        return OrderFacts(
            ticket.order_id,
            key,
            round(ticket.quantity),
            filled,
            -round(ticket.average_fill_price * TICKS_PER_DOLLAR * filled),
            fees,
            status,
            refusal if status is Status.INVALID else Refusal.NONE,
            message or str(ticket.submit_request.response.error_message or ""),
            () if order is None else tuple(str(one) for one in order.broker_id),
            ticket.order_type == OrderType.MARKET_ON_OPEN,
        )

    def cancel(self, order_id: int, tag: str) -> bool:
        """Ask to cancel; LEAN overwrites the order's tag with ours."""
        ticket = self._algorithm.transactions.get_order_ticket(order_id)
        return ticket is not None and bool(ticket.cancel(tag).is_success)

    def move_limit(self, order_id: int, limit: int) -> bool:
        """Ask for another limit."""
        ticket = self._algorithm.transactions.get_order_ticket(order_id)
        if ticket is None:
            return False
        fields = UpdateOrderFields()
        fields.limit_price = as_float(limit)
        return bool(ticket.update(fields).is_success)

    def ticket_facts(self, ticket: OrderTicket) -> OrderFacts:
        """Facts of a ticket somebody holds."""
        return self._facts(ticket, str(ticket.symbol.id))

    def notice(self, event: OrderEvent) -> Notice:
        """An engine event as data."""
        ticket = event.ticket
        return Notice(
            event.order_id,
            event.id,
            str(event.symbol.id),
            _STATUS.get(event.status, Status.NONE),
            round(event.fill_quantity),
            ticks(event.fill_price),
            round(event.order_fee.value.amount * TICKS_PER_DOLLAR),
            event.is_assignment,
            ticket is not None and ticket.order_type == OrderType.OPTION_EXERCISE,
            str(event.message),
        )

    def working(self, leg: SpreadLeg) -> list[OrderFacts]:
        """Open orders of the account on the contract."""
        tickets = self._algorithm.transactions.get_open_order_tickets(self._symbols[leg.key])
        return [self._facts(ticket, leg.key) for ticket in tickets]

    # -- the account -------------------------------------------------------------------------------------------

    def positions(self) -> dict[str, tuple[str, int]]:
        """Every option contract the account holds."""
        options = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
        return {
            str(holding.symbol.id): (str(holding.symbol.value), round(holding.quantity))
            for holding in self._algorithm.portfolio.values()
            if holding.quantity != 0 and holding.symbol.security_type in options
        }

    def held(self, leg: SpreadLeg) -> int:
        """Contracts in LEAN's portfolio."""
        return round(self.position(leg).quantity)

    def position(self, leg: SpreadLeg) -> HeldContracts:
        """LEAN's holding of the contract, kept: likewise always the same object (Security.cs)."""
        holding = self._holdings.get(leg.key)
        if holding is None:
            security = self._find(leg)
            if security is None:
                return NothingHeld()
            holding = self._holdings[leg.key] = security.holdings
        return holding

    def holding(self, leg: SpreadLeg, quantity: int, claimed: int) -> OrderFacts:
        """Contracts the account holds besides those `claimed`, as if traded at the holding's average price.

        Raises:
            BadSetting: The account does not hold that many in that direction.
        """
        held = self.held(leg) - claimed
        if held * quantity <= 0 or abs(held) < abs(quantity):
            what = f"what the account holds and no other spread claims: {held}"
            raise BadSetting(f"quantity of {leg.name}", quantity, what)
        price = ticks(self._algorithm.portfolio[self._symbols[leg.key]].average_price)
        return OrderFacts(0, leg.key, quantity, quantity, -price * quantity, 0, Status.FILLED)

    def free_margin(self) -> int:
        """LEAN's margin remaining in 1/10000 dollars."""
        return round(self._algorithm.portfolio.margin_remaining * TICKS_PER_DOLLAR)

    def supports(self, kind: OrderKind, legs: int) -> bool:
        """By the brokerage model's name."""
        return self.rules.takes(kind)

    @property
    def rules(self) -> BrokerRules:
        """What the brokerage model takes."""
        return broker_rules(str(self._algorithm.brokerage_name))

    def entry_problems(self, legs: Sequence[SpreadLeg], quotes: Sequence[LegQuote]) -> list[Problem]:
        """Why the brokerage model would refuse to open these legs."""
        return self.rules.problems(str(self._algorithm.brokerage_name), legs, quotes)


class LeanStore:
    """LEAN's object store, banner and charts: the ports `spreads.store.Files` and `spreads.publishing.Display`."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._algorithm = algorithm
        self._store = algorithm.object_store

    def read(self, key: str) -> bytes | None:
        """What stands under a key, from its file: LEAN's copy in memory does not see what another process wrote."""
        if not self._store.contains_key(key):
            return None
        file = Path(self._store.get_file_path(key))
        return file.read_bytes() if file.is_file() else bytes(self._store.read_bytes(key))

    def write(self, key: str, text: str) -> bool:
        """Save, have it written at once (`save` alone may keep it in memory for 5 s), and see whether it was.

        LEAN says True with a full disk too (LocalObjectStore.PersistData only logs what went wrong).
        """
        saved = bool(self._store.save(key, text))
        file = Path(self._store.get_file_path(key))
        if file.is_file():
            return saved and file.read_bytes() == text.encode()
        # a store that keeps no local folder can only be believed
        return saved and (not file.parent.is_dir() or os.access(file.parent, os.W_OK))

    def show(self, name: str, value: str) -> None:
        """A figure of the banner."""
        self._algorithm.set_runtime_statistic(name, value)

    def plot(self, chart: str, series: str, value: float) -> None:
        """A point of a chart."""
        self._algorithm.plot(chart, series, value)


class SpreadManager(NetOrders):
    """Watches spreads and closes them. Forward `on_data` and `on_order_event` to it; the rest is optional.

    For live trading forward `on_warmup_finished` and `on_command` too. No call that LEAN makes raises: an error of
    ours is logged and alarmed, and the other spreads go on. Calls from a scheduled event, which has a thread of its own
    in live, are only recorded; the next slice carries them out.

    Args:
        algorithm: The QCAlgorithm that trades.
        settings: How the book watches (quote limits, confirmation, alarms).
        exits: How spreads are closed.
        guards: What keeps new spreads out (`check_entry`, `refusals`).
        on_alarm: Called with a spread's id and a text besides the error log, e.g. to send a notification.
        save_state: Keep a snapshot in the object store, and put it back after a restart; None = in live only.
    """

    def __init__(
        self,
        algorithm: QCAlgorithm,
        settings: BookSettings | None = None,
        exits: ExitSettings | None = None,
        guards: BookGuards | None = None,
        on_alarm: Callable[[str, str], None] | None = None,
        save_state: bool | None = None,
    ) -> None:
        self._algorithm = algorithm
        self._engine = LeanEngine(algorithm)
        self.alarms, live = Alarms(), bool(algorithm.live_mode)
        self._parts = assemble(
            self._engine, LeanStore(algorithm), Bell(self.alarms, self._engine.clock, algorithm.error, on_alarm),
            algorithm.log, settings=settings, exits=exits, guards=guards, live=live,
            keeps=live if save_state is None else save_state,
            keys=Keys(str(getattr(algorithm, "project_id", 0) or 0), live, self._engine.clock()),
        )  # fmt: skip
        super().__init__(self._parts.book, self._engine.clock)
        self.gate, self.journal = self._parts.gate, self._parts.journal
        self._pulse = self._parts.pulse

    @classmethod
    def from_settings(cls, algorithm: QCAlgorithm, settings: Settings) -> SpreadManager:
        """The manager as the parameters want it; the run is the journal's first record."""
        manager = cls(
            algorithm, book_settings(settings), exit_settings(settings), book_guards(settings),
            notifier_of(algorithm, settings), {"on": True, "off": False}.get(settings.save_state),
        )  # fmt: skip
        configure(manager._parts, settings, manager._now(), type(algorithm).__name__, bool(algorithm.live_mode))
        if silent := undelivered(algorithm, settings):
            manager._parts.bell.ring("", silent)
        return manager

    # -- entering ----------------------------------------------------------------------------------------------

    def check_entry(self, legs: Sequence[tuple[Symbol, int]], rules: Sequence[Rule], lots: int) -> Offer:
        """What (symbol, ratio) legs would bring now, and what speaks against the rules that will watch them."""
        return self._parts.entries.offer(self._legs(legs), rules, lots, self._now())

    def refusals(self, side: str, offer: Offer, min_credit: Number, lots: int) -> list[str]:
        """Every reason not to open on a side now, in words; empty when it may be opened."""
        return self.gate.refusals(side, offer, min_credit, lots, len(self.book.at_risk()), self._now())

    def register(
        self,
        position: Iterable[OrderTicket] | Iterable[tuple[Symbol, float]],
        rules: Iterable[Rule] = (),
        spread_id: str = "",
    ) -> Spread:
        """Take a spread over: the tickets that orders gave, or contracts held as (symbol, quantity), long positive.

        Raises:
            BadSetting: Nothing was given, the id is taken, the legs are not options of one underlying, or the account
                does not hold them besides what other spreads claim.
        """
        given: list[Any] = list(position)
        if not given:
            raise BadSetting("position", given, "the tickets of an order, or (symbol, quantity) pairs")
        held = isinstance(given[0], tuple)
        parts = given if held else [(ticket.symbol, ticket.quantity) for ticket in given]
        orders = [] if held else [self._engine.ticket_facts(ticket) for ticket in given]
        legs = [(self._engine.leg(symbol), quantity) for symbol, quantity in parts]
        return self._parts.entries.take_over(legs, orders, rules, spread_id, self._now())

    def open_legged(
        self, legs: Sequence[tuple[Symbol, int]], lots: int, rules: Iterable[Rule] = (), spread_id: str = ""
    ) -> Spread:
        """Enter (symbol, ratio) legs one by one: longs first, the shorts once they are covered, else undone."""
        return self._parts.entries.open_legged(self._legs(legs), lots, rules, spread_id, self._now())

    def expect(self, legs: Sequence[tuple[Symbol, int]], lots: int, rules: Iterable[Rule], spread_id: str) -> None:
        """Write down what is about to be ordered, before the order; `register` with the same id follows.

        Without it a process killed between the order and `register` leaves a position that no spread knows. What is
        not registered by the next slice is forgotten.
        """
        self._parts.entries.expect(self._legs(legs), lots, rules, spread_id, self._now())

    def first_time(self, text: str) -> bool:
        """True once per text within a week, over restarts too: for what must not be done twice, such as an entry."""
        return self._parts.continuity.first_time(text, self._now())

    @property
    def takes_combos(self) -> bool:
        """False when the brokerage model refuses combo market orders: then enter leg by leg (`open_legged`)."""
        return self._engine.supports(OrderKind.COMBO_MARKET, 2)

    def next_id(self, side: str = "S") -> str:
        """An id that no spread of the book has: the side and a number."""
        return self._parts.entries.next_id(side)

    def _legs(self, legs: Sequence[tuple[Symbol, int]]) -> list[SpreadLeg]:
        return [self._engine.leg(symbol, ratio) for symbol, ratio in legs]

    # -- what the algorithm forwards ---------------------------------------------------------------------------

    def on_data(self, slice: Slice) -> bool:
        """One slice: everything is decided and ordered here. True when the time given to `wake_at` has come."""
        try:
            return self._pulse.beat(self._algorithm.time)  # read once: it crosses into the engine
        except builtins.Exception as error:  # the star import brings System.Exception
            tell_of(error, partial(self._trouble, "on_data"))
            return False

    def wake_at(self, moment: datetime) -> None:
        """Have `on_data` return True from an algorithm time on, until another is set: a quiet slice compares one time.

        After an error of ours it returns False, so that nothing is entered while nothing is watched.
        """
        self._pulse.wake_at(moment)

    @property
    def now(self) -> datetime:
        """Algorithm time of the slice `on_data` was given last: no read of the engine."""
        return self.book.now

    def on_order_event(self, event: OrderEvent) -> None:
        """Queue an engine event; it may come on any thread and is applied on the next slice."""
        self.guarded("on_order_event", lambda: self.book.queue(self._engine.notice(event)))

    def on_warmup_finished(self) -> None:
        """Put back what an earlier process left, now that holdings and open orders are there. Orders nothing."""
        self.guarded("on_warmup_finished", lambda: self._parts.continuity.restore(self._now()))

    def on_command(self, data: Any) -> bool:
        """Take a command (docs/live.md); it is carried out on the next slice. False when it cannot be."""
        return bool(self.guarded("on_command", lambda: self._take(data)))

    def _take(self, data: Any) -> bool:
        command = self._parts.continuity.hear(data, self._now())
        if command is not None and command.action is Action.STATUS:
            self._algorithm.log(self._parts.publisher.write_status(self._now()))
        return command is not None

    def on_end_of_algorithm(self) -> None:
        """Write down what still stands, and save the journal."""
        self.guarded("on_end_of_algorithm", self._finish)

    def _finish(self) -> None:
        now = self._now()
        self.book.finish(now)
        self._parts.continuity.save(now)
        self._parts.publisher.finish(now)

    def guarded(self, where: str, action: Callable[[], T]) -> T | None:
        """Run something of ours that LEAN called: an error is logged, alarmed and ends there (None)."""
        return at_the_edge(action, partial(self._trouble, where))

    def _trouble(self, where: str, text: str) -> None:
        self.journal.write(What.ERROR, self._now(), text=f"{where}: {text}")
        self._parts.bell.ring("", f"internal error in {where}: {text}")
