"""One run: the state every part shares, and LEAN's time step (Engine/AlgorithmManager.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from replay.account import BuyingPower
from replay.averages import BarFeeds
from replay.benchmark import benchmark_moments
from replay.brokerages import DefaultBrokerageModel
from replay.capacity import Capacity
from replay.charting import Charts
from replay.clock import TickLater, from_ms, to_ms
from replay.corporate_events import CorporateEvents
from replay.end_of_day import EndOfDay
from replay.enums import BrokerageName, OrderType, Resolution, SecurityType
from replay.errors import ReplayError
from replay.expiry import Expiry
from replay.faults import Faults
from replay.feed import Feed
from replay.fees import fee_of
from replay.identifier import SecurityIdentifier
from replay.initializers import DefaultInitializer, run_initializer
from replay.margin_calls import MarginCalls
from replay.naming import pascal_case
from replay.options import Option
from replay.order_handler import OrderHandler
from replay.order_views import OrderProperties, OrderView
from replay.orders import Order
from replay.portfolio import Portfolio, in_the_money_amount
from replay.reporting import RunMessages
from replay.sampling import Sampler
from replay.schedule import ScheduleManager
from replay.securities import Equity, Index, Security
from replay.security_manager import SecurityManager
from replay.selection import SecurityChanges, Universes
from replay.settings import AlgorithmSettings, UniverseSettings
from replay.slices import Slice
from replay.store import Store
from replay.symbol import Symbol, SymbolCache
from replay.timezones import TimeZone
from replay.trades import TradeBuilder, exercise_wins
from replay.transactions import Transactions

_KINDS: dict[SecurityType, type[Security]] = {
    SecurityType.EQUITY: Equity,
    SecurityType.INDEX: Index,
    SecurityType.OPTION: Option,
    SecurityType.INDEX_OPTION: Option,
}
Progress = Callable[[float], None]


class Run:
    """State of one run. Times: ``utc`` naive UTC, ``time`` in the algorithm's zone, ``ms`` UTC milliseconds."""

    def __init__(self, data: Path, parameters: dict[str, str], object_store: Any) -> None:
        self.store = Store(data)
        self.parameters = parameters
        self.object_store = object_store
        self.time_zone = TimeZone.of("America/New_York")
        self.start_date = datetime(1998, 1, 1)
        self.end_date = datetime.max.replace(microsecond=999999)
        self.warm_up: tuple[int | timedelta, Resolution | None] | None = None
        self.set_time(self.time_zone.to_utc(self.start_date))
        self.end_utc = self.last_utc = datetime.max
        self.end_ms = 1 << 62
        self.settings, self.universe_settings = AlgorithmSettings(), UniverseSettings()
        self.brokerage: Any = DefaultBrokerageModel()
        self.brokerage_name = BrokerageName.DEFAULT
        self.security_initializer: Any = DefaultInitializer()
        self.securities = SecurityManager()
        self.feed = Feed(self)
        self.universes = Universes(self)
        self.expiry = Expiry(self)
        self.corporate = CorporateEvents(self)
        self.portfolio = Portfolio(self)
        self.buying_power = BuyingPower(self)
        self.margin_calls = MarginCalls(self)
        self.orders = OrderHandler(self)
        self.transactions = Transactions(self)
        self.messages = RunMessages(self)
        self.charts = Charts(self)
        self.runtime_statistics: dict[str, str] = {}
        self.summary_statistics: dict[str, str] = {}
        self.trade_builder = TradeBuilder(self._trade_won)
        self.sampler: Sampler | None = None
        self.capacity = Capacity(self)
        self.benchmark: Symbol | None = Symbol.create("SPY", SecurityType.EQUITY)
        self.start_equity = Decimal(0)
        self.quit = self.failed_to_start = False
        self._handlers: dict[str, Callable[..., Any] | None] = {}
        self.schedule = ScheduleManager(self)
        self.bar_feeds = BarFeeds(self)
        self.algorithm: Any = None
        self.current_slice: Slice | None = None
        self.initialized = self.warming_up = self.stopping = False
        self.runtime_error: BaseException | None = None
        self.failure: ReplayError | None = None
        self.steps = 0
        self.faults: Faults | None = None
        self.after_step: Callable[[Run], None] | None = None

    def set_time(self, utc: datetime) -> None:
        """Move the clock; ``time`` and ``ms`` follow."""
        self.utc = utc
        self.ms = to_ms(utc)
        self.time = self.time_zone.to_local(utc)

    def stop(self) -> None:
        """End after the present step."""
        self.stopping = True

    def symbol_of(self, key: Any) -> Symbol:
        """A symbol, a security's symbol, a ticker, or the text of an identifier."""
        if isinstance(key, Symbol):
            return key
        if isinstance(key, str):
            found = SymbolCache.find(key)
            if found is not None:
                return found
            return Symbol.create(key, SecurityType.EQUITY)
        if isinstance(key, SecurityIdentifier):
            return Symbol(key, key.symbol)
        symbol: Symbol = key.symbol
        return symbol

    def create(self, symbol: Symbol, resolution: Resolution, extended: bool, fill_forward: bool) -> Any:
        """The security of a symbol; a new one passes through the security initializer."""
        security = self.securities.find(symbol)
        if security is not None:
            return security
        security = _KINDS[symbol.security_type](self, symbol, resolution, extended, fill_forward)
        self.securities.add(security)
        SymbolCache.set(symbol.value, symbol)
        run_initializer(self.security_initializer, security)
        return security

    def fee(self, security: Any, order: Order) -> Decimal:
        """What an order costs under the security's fee model, else the brokerage's."""
        model = security.fee_model
        if model is None:
            model = security.fee_model = self.brokerage.get_fee_model(security.facts)
        fee: Decimal = fee_of(model, order, security.facts, (security, OrderView(order, self.orders)))
        return fee

    def brokerage_properties(self) -> OrderProperties:
        """Order properties of an order that names none."""
        return OrderProperties()

    def trades(self, security: Any, fill: Any) -> None:
        """Every fill, for the trade statistics."""
        self.trade_builder.fill(fill, security.multiplier)
        self.capacity.filled(security, fill)

    def _trade_won(self, fill: Any, profit: Decimal) -> bool:
        if self.orders.orders[fill.order_id].type is OrderType.OPTION_EXERCISE and fill.symbol.has_underlying:
            return exercise_wins(fill, profit, in_the_money_amount(self.securities[fill.symbol], fill))
        return profit > 0

    def handler_of(self, name: str) -> Callable[..., Any] | None:
        """The algorithm's own method in either spelling; None when it does not override it."""
        if name not in self._handlers:
            self._handlers[name] = self._find_handler(name)
        return self._handlers[name]

    def _find_handler(self, name: str) -> Callable[..., Any] | None:
        from replay.algorithm import QCAlgorithm

        for spelled in (pascal_case(name), name):
            found = getattr(type(self.algorithm), spelled, None)
            if found is not None and found is not getattr(QCAlgorithm, spelled, None):
                method: Callable[..., Any] = getattr(self.algorithm, spelled)
                return method
        return None

    def call(self, name: str, *args: Any) -> None:
        """Call the algorithm back; an exception ends the run at the next step."""
        method = self.handler_of(name)
        if method is not None:
            self.guard(lambda: method(*args), name)

    def guard(self, action: Callable[[], Any], where: str) -> None:
        """Run the algorithm's code; what it raises becomes the runtime error of the run."""
        try:
            action()
        except ReplayError as error:
            self.failure = self.failure or error
            raise
        except Exception as error:
            self.runtime_error = self.runtime_error or error

    def loop(self, progress: Progress | None = None) -> None:
        """All steps from the start to the end of the data."""
        self.begin()
        start, total = self.ms, max(self.end_ms - self.ms, 1)
        while self.advance():
            if progress is not None and self.steps % 64 == 0:
                progress((self.ms - start) / total)

    def begin(self) -> None:
        """The first step."""
        self._begin()
        self._step(self.ms, first=True)
        if self.after_step is not None:
            self.after_step(self)

    def advance(self) -> bool:
        """One more step; False at the end of the data or of the run."""
        ms = self.feed.next_step()
        if ms is None or ms > self.end_ms or self._failed_in_data:
            return False
        if self.stopping or (self.runtime_error is not None and self._over_noticed):
            return False
        self._step(ms)
        if self.after_step is not None:
            self.after_step(self)
        return True

    def _begin(self) -> None:
        start = self.time_zone.to_utc(self.start_date)
        self.last_utc = self.time_zone.to_utc(self.end_date)
        midnight = self.end_date.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.end_utc = self.time_zone.to_utc(midnight)
        self.end_ms = to_ms(self.end_utc)
        self._start_utc = start
        self.start_equity = self.portfolio.exact_value
        if self.warm_up is not None:
            from replay.warm_up import warm_up_start

            self.warming_up = True
            self.set_time(warm_up_start(self, start))
            self.messages.debug("Algorithm starting warm up...")
            self.feed.push(iter((to_ms(start),)), None)
        for chain in self.universes.chains:
            self.universes.open(chain)
        if self.brokerage.has_benchmark and self.benchmark is not None:
            moments = benchmark_moments(self.store.root, self.benchmark, self.utc, self.last_utc)
            self.feed.push(iter([to_ms(moment) for moment in moments]), None)
        self._end_of_day = EndOfDay(self)
        self.capacity = Capacity(self)
        self.sampler = Sampler(
            self.charts, lambda: self.portfolio.exact_value, self._volume, self._start_utc, self.end_utc
        )
        self.schedule.start()
        rules = self.schedule
        rules.on("Daily Sampling", rules.date_rules.every_day(), rules.time_rules.midnight, self._sample_day)

    def _sample_day(self) -> None:
        if self.sampler is not None and not self.warming_up:
            self.sampler.day(self.utc)

    def _volume(self) -> Decimal:
        return sum((s.holdings.exact_sales for s in self.securities.values()), Decimal(0))

    def _end_of_step(self) -> None:
        """Charts, and the extremes of open trades."""
        for symbol in self.trade_builder.open_symbols():
            security = self.securities.find(symbol)
            self.trade_builder.mark(symbol, security.exact_price)
        self.capacity.step()
        if self.sampler is not None and not self.warming_up:
            self.sampler.step(self.utc)

    def _step(self, ms: int, first: bool = False) -> None:
        utc = from_ms(ms)
        self.schedule.fire(utc, inclusive=False)
        self.set_time(utc)
        self.steps += 1
        has_data = self.feed.pop(ms)
        if self.faults is not None:
            self.faults.begin_step()
        self._finish_warm_up(first)
        changes = self.universes.select()
        events = self.corporate.events_at(ms)
        delistings = self.expiry.events_at(ms) | events.get("delistings", {})
        if delistings:
            changes = self.universes.with_delisted(changes, self.expiry.ended(delistings))
            events["delistings"] = delistings
        self.current_slice = Slice(self, utc, ms, events)
        if changes is not None:
            self._end_of_day.changed(changes)
        if "symbol_changes" in events:
            self.corporate.rename(events["symbol_changes"])
        self.orders.process_pending()
        self.orders.matching.scan()
        if delistings:
            self.expiry.process({s: event for s, event in delistings.items() if s.has_underlying})
            self.corporate.deliver(delistings)
        self.schedule.fire(utc, inclusive=True)
        self.corporate.close_options()
        self._deliver(self.current_slice, changes, events, has_data)
        while not self._failed_in_data and not self._over_noticed:
            if self.universes.chain_is_due and not self._is_over():
                self._step_again(utc, ms)
            elif self.universes.pending:
                self._late_additions()
            else:
                return

    def _is_over(self) -> bool:
        return self.stopping or self.runtime_error is not None

    def _deliver(self, current: Slice, changes: SecurityChanges | None, events: dict[str, Any], has_data: bool) -> None:
        """Second half of a step: the algorithm is told what changed and gets the slice, then orders are looked at."""
        if self._is_over():
            self._over_noticed = True
            return
        self.margin_calls.scan()
        if changes is not None:
            self._changed(changes)
        self.bar_feeds.step()
        if events:
            self._tell(events, current)
        if has_data or events:
            self._data(current)
            if self.runtime_error is not None and self._failed_in_data:
                return
        self.orders.process_pending()
        self.orders.matching.scan()
        self._end_of_step()
        self.call("on_end_of_time_step")

    def _step_again(self, utc: datetime, ms: int) -> None:
        """A chain added in this step selects at once: one more slice of this time with what came (Synchronizer)."""
        changes = self.universes.select_chains()
        came = changes.added_securities
        self.current_slice = Slice(self, utc, ms, {}, frozenset(security.symbol for security in came))
        if changes.count:
            self._end_of_day.changed(changes)
        self.orders.process_pending()
        self.orders.matching.scan()
        self._deliver(self.current_slice, changes if changes.count else None, {}, any(map(self._has_bar, came)))

    def _has_bar(self, security: Any) -> bool:
        return any(row is not None and row.end == self.ms for row in (security.quote_row, security.trade_row))

    _failed_in_data = _over_noticed = False

    def _data(self, current: Slice) -> None:
        method = self.handler_of("on_data")
        if method is None:
            return
        try:
            method(current)
        except ReplayError as error:
            self.failure = self.failure or error
            raise
        except Exception as error:
            self._failed_in_data = True
            self.runtime_error = self.runtime_error or error

    def _tell(self, events: dict[str, Any], current: Slice) -> None:
        """Let corporate events act, then call the algorithm back for each kind."""
        self.corporate.apply(events)
        for name in ("splits", "dividends", "delistings"):
            if name in events:
                self.call(f"on_{name}", getattr(current, name))

    def _late_additions(self) -> None:
        """Securities asked for in this step become active in a step of their own, a tick later and without data."""
        if self.universes.waiting:
            self.utc = TickLater.than(self.utc)
        changes = self.universes.select()
        if changes is None:
            return
        self._end_of_day.changed(changes)
        self.orders.process_pending()
        self.orders.matching.scan()
        self._changed(changes)
        self.orders.process_pending()
        self.orders.matching.scan()
        self.call("on_end_of_time_step")

    def _changed(self, changes: SecurityChanges) -> None:
        self.call("on_securities_changed", changes)

    def _finish_warm_up(self, first: bool) -> None:
        if self.warming_up and self.utc >= self._start_utc:
            self.warming_up = False
            self.call("on_warmup_finished")
            self.messages.debug("Algorithm finished warming up.")
        elif first and not self.warming_up:
            self.call("on_warmup_finished")


def error_text(error: BaseException) -> str:
    """An exception as LEAN reports it: its text."""
    return str(error)
