"""SpreadManager: stop orders on the net price of option spreads, for any QCAlgorithm.

The only product file besides main.py that talks to LEAN. It carries orders and prices between the engine and
the book (`spreads/`), which decides. Prices in the public calls are dollars per share, positive = a debit to pay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from AlgorithmImports import *

from spreads.alarms import Alarms
from spreads.assembly import book_guards, book_settings, exit_settings
from spreads.book import BookSettings, SpreadBook
from spreads.brokers import BrokerRules, broker_rules
from spreads.charting import CHART, SlotChart
from spreads.closing import ExitSettings
from spreads.commands import Action, field_of, read_command
from spreads.continuity import Continuity
from spreads.desk import Desk
from spreads.edge import at_the_edge
from spreads.entry_check import check_entry, entry_credit
from spreads.errors import BadSetting
from spreads.gate import EntryGate, Offer
from spreads.guards import BookGuards
from spreads.journal import Journal, What
from spreads.judge import TradingHours
from spreads.last_minute import trading_ends
from spreads.ledger import SpreadLedger
from spreads.legs import Leg as SpreadLeg
from spreads.legs import Right, in_lots
from spreads.money import TICKS_PER_DOLLAR, Number, as_float, ticks, ticks_up
from spreads.naming import kind_of
from spreads.net_orders import NetOrders
from spreads.notify import notifier_of
from spreads.orders import ComboOrder as ComboRequest
from spreads.orders import LegOrder, Notice, OrderFacts, OrderKind, Refusal, Status
from spreads.quotes import LegQuote
from spreads.record import Spread
from spreads.settings import Settings, as_texts
from spreads.status import banner
from spreads.store import StateStore
from spreads.view import Rule
from stop_rules import from_dict

T = TypeVar("T")
VERSION = "0.1.0"
JOURNAL_KEY = "spread-journal.jsonl"
STATUS_EVERY = timedelta(minutes=1)

_STATUS = {
    OrderStatus.NEW: Status.NEW,
    OrderStatus.SUBMITTED: Status.SUBMITTED,
    OrderStatus.PARTIALLY_FILLED: Status.PARTIALLY_FILLED,
    OrderStatus.FILLED: Status.FILLED,
    OrderStatus.CANCELED: Status.CANCELED,
    OrderStatus.NONE: Status.NONE,
    OrderStatus.INVALID: Status.INVALID,
    OrderStatus.CANCEL_PENDING: Status.CANCEL_PENDING,
    OrderStatus.UPDATE_SUBMITTED: Status.UPDATE_SUBMITTED,
}
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


class LeanEngine:
    """LEAN as the book sees it: the ports `spreads.orders.Broker` and `spreads.judge.Market`."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._algorithm = algorithm
        self._symbols: dict[str, Symbol] = {}
        self._sessions: dict[tuple[str, Any], TradingHours | None] = {}
        self._exchanges: dict[str, Any] = {}
        self._ends: dict[str, datetime] = {}

    # -- contracts ---------------------------------------------------------------------------------------------

    def leg(self, symbol: Symbol, ratio: int) -> SpreadLeg:
        """The leg of a LEAN symbol (option or underlying); its contract can be asked for from now on."""
        key = str(symbol.id)
        self._symbols[key] = symbol
        if not symbol.has_underlying:
            return SpreadLeg(key, ratio, Right.SHARES, 0, date.max, str(symbol.value))
        right = Right.CALL if symbol.id.option_right == OptionRight.CALL else Right.PUT
        return SpreadLeg(key, ratio, right, ticks(symbol.id.strike_price), symbol.id.date.date(), str(symbol.value))

    def _security(self, leg: SpreadLeg) -> Security:
        symbol = self._symbols[leg.key]
        if symbol not in self._algorithm.securities:
            raise LookupError(f"{leg.name} is not in the algorithm's securities")
        return self._algorithm.securities[symbol]

    def _exchange(self, leg: SpreadLeg) -> Any:
        """The contract's exchange, remembered by root: an expired contract leaves the securities (lean_live.md 7)."""
        root = leg.key.split(" ")[0]
        if root not in self._exchanges:
            self._exchanges[root] = self._security(leg).exchange
        return self._exchanges[root]

    def take_up(self, leg: SpreadLeg) -> None:
        """Make a contract of an earlier process known again; subscribe it unless its holding did or it expired."""
        made = Symbol(SecurityIdentifier.parse(leg.key), leg.name)  # pyright: ignore[reportArgumentType]
        symbol = self._symbols.setdefault(leg.key, made)
        algorithm = self._algorithm
        if symbol in algorithm.securities or algorithm.time.date() > leg.expiry:
            return
        if not symbol.has_underlying:
            algorithm.add_security(symbol, Resolution.MINUTE)
        elif symbol.security_type == SecurityType.INDEX_OPTION:
            algorithm.add_index_option_contract(symbol, Resolution.MINUTE)
        else:
            algorithm.add_option_contract(symbol, Resolution.MINUTE)

    def positions(self) -> dict[str, tuple[str, int]]:
        """Every option contract the account holds."""
        options = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
        return {
            str(holding.symbol.id): (str(holding.symbol.value), round(holding.quantity))
            for holding in self._algorithm.portfolio.values()
            if holding.quantity != 0 and holding.symbol.security_type in options
        }

    def source(self, leg: SpreadLeg) -> Security:
        """The Security whose bid and ask are read each slice."""
        return self._security(leg)

    def expires_at(self, leg: SpreadLeg) -> datetime:
        """End of the contract's trading, algorithm time (`spreads.last_minute`); half days honoured."""
        if leg.key not in self._ends:
            hours = self._exchange(leg).hours
            day = datetime(leg.expiry.year, leg.expiry.month, leg.expiry.day)
            index_option = self._symbols[leg.key].security_type == SecurityType.INDEX_OPTION
            before = day - timedelta(days=1)
            while not hours.is_date_open(before):
                before -= timedelta(days=1)
            closes = [hours.get_next_market_close(start, False) for start in (day, before)]
            self._ends[leg.key] = trading_ends(leg.key.split(" ")[0], index_option, *closes) + self._offset(leg)
        return self._ends[leg.key]

    def _offset(self, leg: SpreadLeg) -> timedelta:
        """Algorithm time less exchange time, rounded to minutes."""
        exchange = self._exchange(leg)
        seconds = (self._algorithm.time - exchange.local_time).total_seconds()
        return timedelta(minutes=round(seconds / 60))

    def session(self, leg: SpreadLeg, now: datetime) -> TradingHours | None:
        """Today's regular session by the exchange calendar, half days honoured."""
        key = (leg.key.split(" ")[0], now.date())
        if key not in self._sessions:
            hours = self._exchange(leg).hours
            offset = self._offset(leg)
            midnight = datetime(now.year, now.month, now.day)
            if hours.is_date_open(midnight):
                opens = hours.get_next_market_open(midnight, False)
                self._sessions[key] = TradingHours(opens + offset, hours.get_next_market_close(opens, False) + offset)
            else:
                self._sessions[key] = None
        return self._sessions[key]

    def quote(self, leg: SpreadLeg) -> LegQuote:
        """Bid, ask and mark as LEAN has them, and the newest real quote bar's time and sides."""
        if self._symbols[leg.key] not in self._algorithm.securities:
            return LegQuote(0, 0, 0, None, False, False)
        security = self._security(leg)
        bar = security.cache.get_data(QuoteBar)
        if bar is None:
            return LegQuote(0, 0, ticks(security.price), None, False, False)
        return LegQuote(
            ticks(security.bid_price),
            ticks(security.ask_price),
            ticks(security.price),
            bar.end_time + self._offset(leg),
            bar.bid is not None and bar.last_bid_size > 0,
            bar.ask is not None and bar.last_ask_size > 0,
        )

    def underlying(self, leg: SpreadLeg) -> int:
        """Price of the underlying, 0 when it is not there."""
        symbol = self._symbols[leg.key].underlying
        return ticks(self._algorithm.securities[symbol].price) if symbol in self._algorithm.securities else 0

    def underlying_time(self, leg: SpreadLeg) -> datetime | None:
        """End of the underlying's newest real bar."""
        symbol = self._symbols[leg.key].underlying
        if symbol not in self._algorithm.securities:
            return None
        security = self._algorithm.securities[symbol]
        data = security.get_last_data()
        if data is None:
            return None
        seconds = (self._algorithm.time - security.exchange.local_time).total_seconds()
        return data.end_time + timedelta(minutes=round(seconds / 60))

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
        facts = [self.ticket_facts(ticket) for ticket in tickets]
        refusal = next((one.refusal for one in facts if one.refusal not in (Refusal.NONE, Refusal.OTHER)), None)
        if refusal is None:
            return facts
        return [replace(one, refusal=refusal) if one.status is Status.INVALID else one for one in facts]

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
        order = self._algorithm.transactions.get_order_by_id(ticket.order_id) if ticket.order_id > 0 else None
        return OrderFacts(
            ticket.order_id,
            key,
            round(ticket.quantity),
            filled,
            -round(ticket.average_fill_price * TICKS_PER_DOLLAR * filled),
            fees,
            status,
            self._refusal(ticket, message) if status is Status.INVALID else Refusal.NONE,
            message or str(ticket.submit_request.response.error_message or ""),
            () if order is None else tuple(str(one) for one in order.broker_id),
            ticket.order_type == OrderType.MARKET_ON_OPEN,
        )

    def _refusal(self, ticket: OrderTicket, message: str) -> Refusal:
        known = _REFUSALS.get(ticket.submit_request.response.error_code)
        if known is not None:
            return known
        if "buying power" in message.lower() or "margin" in message.lower():
            return Refusal.BUYING_POWER
        return Refusal.NOT_SUPPORTED if "does not support" in message else Refusal.OTHER

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

    def multiplier(self, leg: SpreadLeg) -> int:
        """Shares per contract."""
        return round(self._security(leg).symbol_properties.contract_multiplier)

    def working(self, leg: SpreadLeg) -> list[OrderFacts]:
        """Open orders of the account on the contract."""
        tickets = self._algorithm.transactions.get_open_order_tickets(self._symbols[leg.key])
        return [self._facts(ticket, leg.key) for ticket in tickets]

    def held(self, leg: SpreadLeg) -> int:
        """Contracts in LEAN's portfolio."""
        symbol = self._symbols[leg.key]
        if symbol not in self._algorithm.securities:
            return 0
        return round(self._algorithm.portfolio[symbol].quantity)

    def is_open(self, leg: SpreadLeg) -> bool:
        """True while a market order stays a market order, and the contract is traded."""
        symbol, algorithm = self._symbols[leg.key], self._algorithm
        if symbol not in algorithm.securities or not algorithm.securities[symbol].exchange.exchange_open:
            return False
        now: datetime = algorithm.time
        return leg.right is Right.SHARES or now < self.expires_at(leg)

    def price_step(self, leg: SpreadLeg, price: int) -> int:
        """The contract's price grid: index options 0.05 below 3.00 and 0.10 from there, others LEAN's variation."""
        security = self._security(leg)
        if security.type == SecurityType.INDEX_OPTION:
            return 500 if price < 3 * TICKS_PER_DOLLAR else 1_000
        return max(ticks(security.symbol_properties.minimum_price_variation), 100)

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


class LeanFiles:
    """LEAN's object store as the port `spreads.store.Files`."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._store = algorithm.object_store

    def read(self, key: str) -> bytes | None:
        """The bytes under a key."""
        return bytes(self._store.read_bytes(key)) if self._store.contains_key(key) else None

    def write(self, key: str, text: str) -> bool:
        """Save and have it written at once: `save` alone may stay in memory for 5 s (lean_live.md 0.6)."""
        saved = bool(self._store.save(key, text))
        self._store.get_file_path(key)
        return saved


class SpreadManager(NetOrders):
    """Watches spreads and closes them. Forward `on_data` and `on_order_event` to it; the rest is optional.

    For live trading forward `on_warmup_finished` and `on_command` too. No call that LEAN makes raises: an error of
    ours is logged and alarmed, and the other spreads go on.

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
        self.alarms = Alarms()
        self._on_alarm = on_alarm
        self._engine = LeanEngine(algorithm)
        self.fee_per_contract: Number = 0
        self._journalled = 0
        self.plot_every = timedelta(0)
        self._next_plot = datetime.min
        self._chart = SlotChart()
        self.journal = Journal()
        self.gate = EntryGate(guards or BookGuards())
        desk = Desk(self._engine, exits or ExitSettings(), self.journal.take, self._alarm)
        super().__init__(
            SpreadBook(
                self._engine, self._engine, desk, settings or BookSettings(), self.journal, self.gate, self._alarm
            ),
            lambda: algorithm.time,
        )
        live = bool(algorithm.live_mode)
        self._keeps = live if save_state is None else save_state
        self._name = str(getattr(algorithm, "project_id", 0) or 0)
        self._status_at = datetime.min
        self._banner: dict[str, str] = {}
        store = StateStore(LeanFiles(algorithm), f"spread-state-{self._name}", lambda text: self._alarm("", text))
        self._continuity = Continuity(
            self.book, self.gate, self.alarms, self.journal, self._engine, self._engine, store if self._keeps else None,
            from_dict, self._alarm, algorithm.log, live,
        )  # fmt: skip

    @classmethod
    def from_settings(cls, algorithm: QCAlgorithm, settings: Settings) -> SpreadManager:
        """The manager as the parameters want it; the run is the journal's first record."""
        manager = cls(
            algorithm, book_settings(settings), exit_settings(settings), book_guards(settings),
            notifier_of(algorithm, settings), {"on": True, "off": False}.get(settings.save_state),
        )  # fmt: skip
        manager.fee_per_contract = settings.fee_per_contract
        manager.plot_every = timedelta(minutes=settings.plot_minutes)
        manager.gate.refuse_weak_stops = settings.entry_check == "refuse"
        manager.journal.write(
            What.RUN, algorithm.time, version=VERSION, algorithm=type(algorithm).__name__,
            parameters=as_texts(settings), start=settings.start_date, end=settings.end_date, cash=settings.cash,
            mode="live" if algorithm.live_mode else "backtest",
        )  # fmt: skip
        return manager

    # -- entering ----------------------------------------------------------------------------------------------

    def check_entry(self, legs: Sequence[tuple[Symbol, int]], rules: Sequence[Rule], lots: int) -> Offer:
        """What (symbol, ratio) legs would bring now, and what speaks against the rules that will watch them."""
        parts = [self._engine.leg(symbol, ratio) for symbol, ratio in legs]
        quotes = [self._engine.quote(leg) for leg in parts]
        multiplier = self._engine.multiplier(parts[0])
        ways = 2 * lots * sum(abs(leg.ratio) for leg in parts)
        problems = check_entry(
            parts, quotes, rules, lots=lots, multiplier=multiplier, fees=ticks_up(self.fee_per_contract) * ways,
            now=self._algorithm.time, limits=self.book.settings.limits,
            expires_at=min(self._engine.expires_at(leg) for leg in parts),
        )  # fmt: skip
        problems += self._engine.rules.problems(str(self._algorithm.brokerage_name), parts, quotes)
        return Offer(entry_credit(parts, quotes), tuple(problems), self._engine.session(parts[0], self._algorithm.time))

    def refusals(self, side: str, offer: Offer, min_credit: Number, lots: int) -> list[str]:
        """Every reason not to open on a side now, in words; empty when it may be opened."""
        return self.gate.refusals(side, offer, min_credit, lots, len(self.book.open_spreads()), self._algorithm.time)

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
        parts: list[Any] = list(position)
        if not parts:
            raise BadSetting("position", parts, "the tickets of an order, or (symbol, quantity) pairs")
        if isinstance(parts[0], tuple):
            spread = self._new_spread(parts, spread_id)
            others = self.book.open_spreads()
            facts = [
                self._engine.holding(leg, leg.ratio * spread.lots, sum(other.ledger.held(leg.key) for other in others))
                for leg in spread.legs
            ]
        else:
            spread = self._new_spread([(ticket.symbol, ticket.quantity) for ticket in parts], spread_id)
            facts = [self._engine.ticket_facts(ticket) for ticket in parts]
        return self.book.add(spread, facts, rules, self._algorithm.time)

    def open_legged(
        self, legs: Sequence[tuple[Symbol, int]], lots: int, rules: Iterable[Rule] = (), spread_id: str = ""
    ) -> Spread:
        """Enter (symbol, ratio) legs one by one: longs first, the shorts once they are covered, else undone."""
        rules = list(rules)
        spread = self._new_spread([(symbol, ratio * lots) for symbol, ratio in legs], spread_id)
        self._continuity.expect(spread, rules, self._algorithm.time)
        return self.book.add(spread, [], rules, self._algorithm.time, legged=True)

    def expect(self, legs: Sequence[tuple[Symbol, int]], lots: int, rules: Iterable[Rule], spread_id: str) -> None:
        """Write down what is about to be ordered, before the order; `register` with the same id follows.

        Without it a process killed between the order and `register` leaves a position that no spread knows.
        """
        spread = self._new_spread([(symbol, ratio * lots) for symbol, ratio in legs], spread_id)
        self._continuity.expect(spread, rules, self._algorithm.time)

    def first_time(self, text: str) -> bool:
        """True once per text within a week, over restarts too: for what must not be done twice, such as an entry."""
        return self._continuity.first_time(text, self._algorithm.time)

    @property
    def takes_combos(self) -> bool:
        """False when the brokerage model refuses combo market orders: then enter leg by leg (`open_legged`)."""
        return self._engine.supports(OrderKind.COMBO_MARKET, 2)

    def next_id(self, side: str = "S") -> str:
        """An id that no spread of the book has: the side and a number."""
        return f"{side}{self.book.registered + 1}"

    def _new_spread(self, parts: Sequence[tuple[Symbol, float]], spread_id: str) -> Spread:
        lots, ratios = in_lots([(str(symbol.value), quantity) for symbol, quantity in parts])
        odd = [s.value for s, _ in parts if not s.has_underlying or s.underlying != parts[0][0].underlying]
        if odd:
            raise BadSetting("position", ", ".join(odd), "option contracts of one underlying")
        legs = tuple(self._engine.leg(symbol, ratio) for (symbol, _), ratio in zip(parts, ratios, strict=True))
        if spread_id in self.book.spreads:
            raise BadSetting("spread_id", spread_id, "an id that no spread of the book has")
        underlying = parts[0][0].underlying
        return Spread(
            spread_id or self.next_id(), kind_of(legs), legs, lots, self._engine.multiplier(legs[0]),
            min(self._engine.expires_at(leg) for leg in legs), SpreadLedger(),
            underlying=self._engine.leg(underlying, 0),
            cash_settled=underlying.security_type == SecurityType.INDEX,
        )  # fmt: skip

    # -- what the algorithm forwards ---------------------------------------------------------------------------

    def on_data(self, slice: Slice) -> None:
        """One slice: everything is decided and ordered here."""
        self.guarded("on_data", self._step)

    def _step(self) -> None:
        now = self._algorithm.time
        self._continuity.step(now)
        if self.plot_every and now >= self._next_plot:
            self._next_plot = now + self.plot_every
            for series, value in self._chart.sample(self.book.watch.spreads()):
                self._algorithm.plot(CHART, series, value)
        if self._keeps and not timedelta(0) <= now - self._status_at < STATUS_EVERY:
            self._write_status(now)

    def on_order_event(self, event: OrderEvent) -> None:
        """Queue an engine event; it may come on any thread and is applied on the next slice."""
        self.guarded("on_order_event", lambda: self.book.queue(self._engine.notice(event)))

    def on_warmup_finished(self) -> None:
        """Put back what an earlier process left, now that holdings and open orders are there. Orders nothing."""
        self.guarded("on_warmup_finished", lambda: self._continuity.restore(self._algorithm.time))

    def on_command(self, data: Any) -> bool:
        """Take a command (docs/live.md); it is carried out on the next slice. False when it cannot be."""
        return bool(self.guarded("on_command", lambda: self._take(data)))

    def _take(self, data: Any) -> bool:
        now = self._algorithm.time
        try:
            command = read_command(partial(field_of, data))
            self._continuity.take(command, now)
        except BadSetting as error:
            self._algorithm.log(f"command refused: {error}")
            return False
        self._algorithm.log(f"command taken: {command}")
        if command.action is Action.STATUS:
            self._algorithm.log(self._write_status(now))
        return True

    def on_end_of_algorithm(self) -> None:
        """Write down what still stands, and save the journal."""
        self.guarded("on_end_of_algorithm", self._finish)

    def _finish(self) -> None:
        now = self._algorithm.time
        self.book.finish(now)
        self._continuity.save(now)
        if self._keeps:
            self._write_status(now)
        self._save_journal()

    def _save_journal(self) -> None:
        if len(self.journal) != self._journalled:
            self._journalled = len(self.journal)
            self._algorithm.object_store.save(JOURNAL_KEY, "\n".join(self.journal.lines()) + "\n")

    def guarded(self, where: str, action: Callable[[], T]) -> T | None:
        """Run something of ours that LEAN called: an error is logged, alarmed and ends there (None)."""
        return at_the_edge(action, lambda text: self._trouble(where, text))

    def _trouble(self, where: str, text: str) -> None:
        self.journal.write(What.ERROR, self._algorithm.time, text=f"{where}: {text}")
        self._alarm("", f"internal error in {where}: {text}")

    def _write_status(self, now: datetime) -> str:
        """Put the status object into the object store and what changed of it into the engine's banner."""
        self._status_at = now
        self._save_journal()
        status = self._continuity.status(now)
        text = json.dumps(status, indent=1, ensure_ascii=False)
        self._algorithm.object_store.save(f"spread-status-{self._name}.json", text)
        for name, value in banner(status).items():
            if self._banner.get(name) != value:
                self._banner[name] = value
                self._algorithm.set_runtime_statistic(name, value)
        return text

    def _alarm(self, spread_id: str, text: str) -> None:
        telling = self.alarms.raise_alarm(spread_id, text, self._algorithm.time)
        if telling.log:
            self._algorithm.error(f"ALARM {spread_id}: {text}")
        if telling.notify and self._on_alarm is not None:
            self._on_alarm(spread_id, text)
