"""``QCAlgorithm``: what an algorithm derives from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from replay.adding import Adding
from replay.averages import ExponentialMovingAverage, SimpleMovingAverage
from replay.bars import OpenInterest, QuoteBar, TradeBar
from replay.brokerages import brokerage_model
from replay.enums import AccountType, AlgorithmMode, BrokerageName, DeploymentTarget, Resolution
from replay.errors import InvalidOperationException, Unsupported, UnsupportedAttribute
from replay.live_only import NotificationManager
from replay.naming import snake_case
from replay.not_covered import hint_for
from replay.order_views import OrderProperties
from replay.parameters import ParameterTexts, typed_parameter
from replay.reporting import Reporting
from replay.security_manager import SecurityManager
from replay.seeding import last_known
from replay.slices import ready
from replay.symbol import to_decimal
from replay.timezones import TimeZone
from replay.trade_views import TradeBuilderView
from replay.trading import Trading

_current: list[Any] = []


def creating(run: Any) -> None:
    """The run the next algorithm object belongs to."""
    _current[:] = [run]


class QCAlgorithm(Trading, Adding, Reporting):
    """LEAN's algorithm base class, as far as the replay re-enacts it; another member raises Unsupported."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Bind the object to its run before ``__init__`` of a derived class can run."""
        self = object.__new__(cls)
        self.__dict__["_replay_run"] = _current[0] if _current else None
        self.__dict__["default_order_properties"] = OrderProperties()
        self.__dict__["name"] = cls.__name__
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        if name[:1].isupper() and isinstance(getattr(type(self), snake_case(name), None), property):
            name = snake_case(name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name[:1].isupper():
            snake = snake_case(name)
            if snake != name and (snake in self.__dict__ or hasattr(type(self), snake)):
                return getattr(self, snake)
        if name.startswith("_") or name in self.__dict__.get("_own_names", ()):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise UnsupportedAttribute(f"QCAlgorithm.{name}", hint_for(name))

    time = property(lambda self: self._replay_run.time)
    utc_time = property(lambda self: self._replay_run.utc)
    start_date = property(lambda self: self._replay_run.start_date)
    end_date = property(lambda self: self._replay_run.end_date)
    time_zone = property(lambda self: self._replay_run.time_zone)
    securities = property(lambda self: self._replay_run.securities)
    portfolio = property(lambda self: self._replay_run.portfolio)
    transactions = property(lambda self: self._replay_run.transactions)
    schedule = property(lambda self: self._replay_run.schedule)
    date_rules = property(lambda self: self._replay_run.schedule.date_rules)
    time_rules = property(lambda self: self._replay_run.schedule.time_rules)
    settings = property(lambda self: self._replay_run.settings)
    universe_settings = property(lambda self: self._replay_run.universe_settings)
    object_store = property(lambda self: self._replay_run.object_store)
    current_slice = property(lambda self: self._replay_run.current_slice)
    is_warming_up = property(lambda self: self._replay_run.warming_up)
    brokerage_model = property(lambda self: self._replay_run.brokerage)
    security_initializer = property(lambda self: self._replay_run.security_initializer)
    account_currency = "USD"
    live_mode = False
    project_id = 0  # LEAN's own "project-id" when its configuration names none (Common/Globals.cs)
    algorithm_mode = AlgorithmMode.BACKTESTING
    deployment_target = DeploymentTarget.LOCAL_PLATFORM
    algorithm_id = property(lambda self: type(self).__name__)

    @property
    def active_securities(self) -> Any:
        """Securities that are followed now, by symbol."""
        run = self._replay_run
        return SecurityManager(run.securities[symbol] for symbol in run.universes.active)

    @property
    def history(self) -> Any:
        """Past bars: call it for data frames, subscript it with a type for objects."""
        from replay.history import History

        return History(self._replay_run)

    @property
    def subscription_manager(self) -> Any:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("subscription_manager", "ask the security's own properties")

    def option_chain(self, symbol: Any, flatten: bool = False) -> Any:
        """The chain of the last universe file: of an underlying or a canonical symbol."""
        from replay.chain_files import option_chain

        return option_chain(self._replay_run.store, self._replay_run.symbol_of(symbol), self._replay_run.utc, flatten)

    def option_chains(self, symbols: Any, flatten: bool = False) -> Any:
        """The chains of the last universe files, by canonical symbol."""
        from replay.chain_files import FileChains

        return FileChains([self.option_chain(symbol, flatten) for symbol in symbols], flatten)

    notify = property(lambda self: NotificationManager())
    trade_builder = property(lambda self: TradeBuilderView(self._replay_run))

    @property
    def option_chain_provider(self) -> Any:
        """The chain provider of LEAN before ``option_chain``."""
        from replay.lean_extensions import OptionChainProvider

        return OptionChainProvider(self)

    def _replay_before_start(self, what: str) -> None:
        if self._replay_run.initialized:
            raise InvalidOperationException(what)

    def set_start_date(self, *args: Any) -> None:
        """Year, month, day, or a datetime; the time of day is dropped."""
        self._replay_before_start("self.set_start_date(): Cannot change start date after algorithm initialized.")
        run = self._replay_run
        run.start_date = _date(args)
        run.set_time(run.time_zone.to_utc(run.start_date))

    def set_end_date(self, *args: Any) -> None:
        """Year, month, day, or a datetime; the whole day is run."""
        self._replay_before_start("self.set_end_date(): Cannot change end date after algorithm initialized.")
        self._replay_run.end_date = _date(args) + timedelta(days=1) - timedelta(microseconds=1)

    def set_cash(self, *args: Any) -> None:
        """Starting cash in dollars."""
        self._replay_before_start("self.set_cash(): Cannot change cash available after algorithm initialized.")
        if len(args) > 1 and str(args[0]).upper() != "USD":
            raise Unsupported(f"set_cash in {args[0]}", "the replay accounts in USD")
        amount = args[0] if len(args) == 1 else args[1]
        self._replay_run.portfolio.set_cash(
            float(str(amount).replace("$", "").replace(",", "")) if isinstance(amount, str) else amount
        )

    def set_account_currency(self, currency: str, starting_cash: float | None = None) -> None:
        """Dollars only, with a starting amount."""
        if currency.upper() != "USD":
            raise Unsupported(f"account currency {currency}", "the replay accounts in USD")
        if starting_cash is not None:
            self._replay_run.portfolio.cash_book.base.exact_amount = to_decimal(starting_cash)

    def set_time_zone(self, zone: Any) -> None:
        """The zone of ``time``, log stamps and ``time_rules.at``."""
        self._replay_before_start("self.set_time_zone(): Cannot change time zone after algorithm initialized.")
        run = self._replay_run
        run.time_zone = TimeZone.of(zone)
        run.set_time(run.time_zone.to_utc(run.start_date))

    def set_warm_up(self, period: Any, resolution: Any = None) -> None:
        """A timedelta, or a number of bars of a resolution."""
        self._replay_before_start("self.set_warm_up(): This method cannot be used after algorithm initialized")
        self._replay_run.warm_up = (period, resolution) if period else None

    set_warmup = set_warm_up

    def set_brokerage_model(self, model: Any, account_type: AccountType = AccountType.MARGIN) -> None:
        """Fees and refusals of a brokerage: a BrokerageName, or a brokerage model object."""
        given = hasattr(model, "can_submit_order")
        self._replay_run.brokerage = model if given else brokerage_model(model, account_type)
        self._replay_run.brokerage_name = BrokerageName.DEFAULT if given else BrokerageName(model)

    @property
    def brokerage_name(self) -> BrokerageName:
        """Name given to `set_brokerage_model`; the default brokerage otherwise."""
        return self._replay_run.brokerage_name

    def set_security_initializer(self, initializer: Any) -> None:
        """Replace what is done to every new security."""
        self._replay_run.security_initializer = initializer

    def add_security_initializer(self, initializer: Any) -> None:
        """Add to what is done to every new security."""
        from replay.initializers import CompositeSecurityInitializer

        run = self._replay_run
        run.security_initializer = CompositeSecurityInitializer(run.security_initializer, initializer)

    def set_benchmark(self, *args: Any) -> None:
        """A stock as benchmark, by symbol or ticker; it enters alpha, beta and the ratios against it only."""
        self._replay_run.benchmark = self._replay_run.symbol_of(args[-1]) if not callable(args[-1]) else None

    def sma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> SimpleMovingAverage:
        """A simple moving average of a security's trade bars."""
        average = SimpleMovingAverage(period)
        self._replay_run.bar_feeds.add(self.symbol(symbol), average, resolution, selector)
        return average

    def ema(
        self,
        symbol: Any,
        period: int,
        smoothing_factor: Any = None,
        resolution: Any = None,
        selector: Any = None,
    ) -> ExponentialMovingAverage:
        """An exponential moving average of trade bars; the factor may be left out before a resolution."""
        if isinstance(smoothing_factor, Resolution):
            smoothing_factor, resolution, selector = None, smoothing_factor, resolution
        average = ExponentialMovingAverage(period, *([] if smoothing_factor is None else [smoothing_factor]))
        self._replay_run.bar_feeds.add(self.symbol(symbol), average, resolution, selector)
        return average

    def set_risk_free_interest_rate_model(self, model: Any) -> None:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("set_risk_free_interest_rate_model", "rates come from the data folder")

    def set_name(self, name: str) -> None:
        """Give the algorithm another name."""
        self.name = name

    def add_tag(self, tag: str) -> None:
        """Tags of a project do not enter what the replay computes."""

    def set_tags(self, tags: Any) -> None:
        """Tags of a project do not enter what the replay computes."""

    def get_parameter(self, name: str, default: Any = None) -> Any:
        """A parameter as text, or converted to the type of the default."""
        return typed_parameter(self._replay_run.parameters, name, default)

    def get_parameters(self) -> Any:
        """All parameters as key and value pairs of text."""
        return ParameterTexts(self._replay_run.parameters)

    def set_parameters(self, parameters: Any) -> None:
        """Add or replace parameters."""
        self._replay_run.parameters.update({str(k): str(v) for k, v in dict(parameters).items()})

    def get_last_known_prices(self, securities: Any) -> Any:
        """The last real bar of each kind for a security or symbol; for a list of them such lists by symbol."""
        if isinstance(securities, list | tuple):
            return ready({self.symbol(one): self.get_last_known_prices(one) for one in securities})
        return last_known(self._replay_run, self.symbol(securities))

    def get_last_known_price(self, security: Any) -> Any:
        """The last quote bar of an option or last trade bar of a stock or index; the other kind when it has none."""
        found = [bar for bar in self.get_last_known_prices(security) if not isinstance(bar, OpenInterest)]
        wanted = QuoteBar if self.symbol(security).has_underlying else TradeBar
        return next((bar for bar in found if isinstance(bar, wanted)), found[-1] if found else None)

    def symbol(self, ticker: str) -> Any:
        """The symbol of a subscribed ticker."""
        return self._replay_run.symbol_of(ticker)

    def is_market_open(self, symbol: Any) -> bool:
        """Whether regular hours of a security are open now."""
        run = self._replay_run
        hours = run.store.hours(run.symbol_of(symbol))
        return bool(hours.is_open(hours.time_zone.to_local(run.utc), False))

    def quit(self, message: str = "") -> None:
        """Stop after the present step."""
        self._replay_run.messages.debug(f"Quit(): {message}")
        self._replay_run.quit = True
        self._replay_run.stop()

    def set_quit(self, quit: bool) -> None:
        """Ask for the end of the run, or take that back."""
        self._replay_run.stopping = quit

    def initialize(self) -> None:
        """Called once before the data."""

    def on_data(self, slice: Any) -> None:
        """Called for every slice."""

    def on_order_event(self, order_event: Any) -> None:
        """Called for every order event."""

    def on_assignment_order_event(self, assignment_event: Any) -> None:
        """Called when a short option is assigned."""

    def on_securities_changed(self, changes: Any) -> None:
        """Called when securities come or go."""

    def on_warmup_finished(self) -> None:
        """Called when trading may begin."""

    def on_end_of_algorithm(self) -> None:
        """Called once after the data."""

    def on_end_of_day(self, symbol: Any = None) -> None:
        """Called ten minutes before the close of each security."""

    def on_end_of_time_step(self) -> None:
        """Called at the end of every step."""

    def on_delistings(self, delistings: Any) -> None:
        """Called with the delistings of a slice."""

    def on_splits(self, splits: Any) -> None:
        """Called with the splits of a slice."""

    def on_dividends(self, dividends: Any) -> None:
        """Called with the dividends of a slice."""

    def on_symbol_changed_events(self, symbols_changed: Any) -> None:
        """Called with the renames of a slice."""

    def on_margin_call(self, requests: Any) -> Any:
        """Called with the orders of a margin call."""
        return requests

    def on_margin_call_warning(self) -> None:
        """Called when little margin is left."""

    def on_command(self, data: Any) -> Any:
        """Live only."""

    def on_brokerage_message(self, message: Any) -> None:
        """Live only."""

    def on_brokerage_disconnect(self) -> None:
        """Live only."""

    def on_brokerage_reconnect(self) -> None:
        """Live only."""


def _date(args: tuple[Any, ...]) -> datetime:
    if len(args) == 3:
        return datetime(*args)
    day = args[0]
    return datetime(day.year, day.month, day.day)


__all__ = ["QCAlgorithm", "Resolution", "creating"]
