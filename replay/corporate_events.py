"""What splits, dividends, renames and the delisting of equities do to a run.

Rules: LEAN's AlgorithmManager (HandleSplits, HandleDividends, ProcessSplitSymbols, symbol changes),
SecurityPortfolioManager.ApplySplit and ApplyDividend, and the transaction handler's delisting of shares.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.bars import Delisting, Dividend, Split, SymbolChangedEvent
from replay.clock import to_ms
from replay.corporate_actions import CorporateAction, CorporateActions, Kind
from replay.enums import (
    DataNormalizationMode,
    DelistingType,
    OrderField,
    OrderStatus,
    OrderType,
    SecurityType,
    SplitType,
)
from replay.errors import Unsupported
from replay.orders import Order, OrderEvent
from replay.requests import SubmitOrderRequest, UpdateOrderFields
from replay.symbol import Symbol
from replay.timing import BAR_LENGTH

_SUBMISSION_BUFFER = timedelta(minutes=15, seconds=30)
_CANCELED = "Canceled due to impending split. Separate MarketOnClose order submitted to liquidate position."
_LIQUIDATED = "Liquidated due to impending split. Option splits are not currently supported."
_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
_STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)

Events = dict[str, dict[Symbol, Any]]


class CorporateEvents:
    """The corporate events of the equities a run follows."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._due: dict[int, list[tuple[Any, CorporateAction]]] = {}
        self._closings: dict[int, list[Any]] = {}
        self._watched: set[Symbol] = set()

    def watch(self, security: Any) -> None:
        """Plan the events of an equity that was just subscribed.

        Raises Unsupported for an equity with adjusted prices whose factors in the run are not 1.
        """
        run = self._run
        if security.symbol.security_type != SecurityType.EQUITY or security.symbol in self._watched:
            return
        self._watched.add(security.symbol)
        first, last = security.local(run.utc).date(), security.local(run.last_utc).date()
        self._refuse_adjusted(security, first)
        file = run.store.maps.of(security.symbol)
        if file is not None and file.ticker_on(first) not in ("", security.symbol.value):
            security.symbol = security.symbol.with_ticker(file.ticker_on(first))
        actions = CorporateActions(run.store.maps, run.store.factors)
        for action in actions.within(security.symbol, security.hours, first, last):
            self._plan(self._due, security.hours.time_zone.to_utc(action.time), (security, action))

    def _refuse_adjusted(self, security: Any, first: Any) -> None:
        if security.data_normalization_mode == DataNormalizationMode.RAW:
            return
        file = self._run.store.maps.of(security.symbol)
        name = file.permanent_ticker if file else security.symbol.value
        if self._run.store.factors.of(name, security.symbol.id.market).price_scale(first) != 1:
            raise Unsupported(
                f"adjusted prices of {security.symbol.value}",
                "add it with data_normalization_mode=DataNormalizationMode.RAW",
            )

    def _plan(self, where: dict[int, list[Any]], utc: datetime, item: Any) -> None:
        ms = max(to_ms(utc), self._run.ms)
        if ms not in where and ms > self._run.ms:
            self._run.feed.push(iter((ms,)), None)
        where.setdefault(ms, []).append(item)

    def events_at(self, ms: int) -> Events:
        """The events of this moment for the slice."""
        found: Events = {}
        for security, action in self._due.pop(ms, []):
            name, event = self._event(security, action)
            found.setdefault(name, {})[security.symbol] = event
            if action.kind is Kind.RENAME:
                found[name] |= self._rename(security, action)
        return found

    def _event(self, security: Any, action: CorporateAction) -> tuple[str, Any]:
        symbol, time = security.symbol, action.time
        if action.kind is Kind.RENAME:
            return "symbol_changes", SymbolChangedEvent(symbol, time, action.old, action.new)
        if action.kind is Kind.DIVIDEND:
            return "dividends", Dividend(symbol, time, float(action.amount), float(action.reference_price))
        if action.kind in (Kind.SPLIT, Kind.SPLIT_WARNING):
            occurred = action.kind is Kind.SPLIT
            price = float(action.reference_price) if occurred else security.price
            kind = SplitType.SPLIT_OCCURRED if occurred else SplitType.WARNING
            event: Any = Split(symbol, time, price, float(action.factor), kind)
            event.exact_factor = action.factor
            return "splits", event
        kind_of = {Kind.DELISTED: DelistingType.DELISTED, Kind.DELISTING_WARNING: DelistingType.WARNING}
        if action.kind is Kind.DELISTED:
            security.is_delisted, security.is_tradable = True, False
            self._run.feed.stop(security, self._run.ms)
        return "delistings", Delisting(symbol, time, security.price, kind_of[action.kind])

    def _rename(self, security: Any, action: CorporateAction) -> dict[Symbol, Any]:
        """Give an equity and its options the new ticker; each option has an event of its own."""
        found = {}
        for option in list(self._run.securities.values()):
            symbol = option.symbol
            if symbol.has_underlying and symbol.underlying == security.symbol:
                option.symbol = symbol.with_ticker(action.new)
                if option.trade is not None:
                    found[option.symbol] = SymbolChangedEvent(option.symbol, action.time, action.old, action.new)
        security.symbol = security.symbol.with_ticker(action.new)
        self._run.feed.order = None
        return found

    def rename(self, changes: dict[Symbol, Any]) -> None:
        """Tell the algorithm, then cancel what is open under the old ticker."""
        run = self._run
        run.call("on_symbol_changed_events", run.current_slice.symbol_changed_events)
        for symbol in changes:
            for ticket in run.transactions.get_open_order_tickets(symbol):
                ticket.cancel("Open order cancelled on symbol changed event")

    def deliver(self, delistings: dict[Symbol, Any]) -> None:
        """Sell or cover shares that are delisted now, at the last price and without a fee."""
        run = self._run
        for symbol, event in delistings.items():
            if symbol.has_underlying or event.type is not DelistingType.DELISTED:
                continue
            security = run.securities[symbol]
            quantity = -security.holdings.exact_quantity
            if quantity:
                order = Order(0, OrderType.MARKET, symbol, quantity, run.utc, tag="Liquidate from delisting")
                order.submission = (security.exact_bid, security.exact_ask, security.exact_close)
                run.orders.add_open(order)
                fill = OrderEvent.of(order, run.utc, OrderStatus.FILLED)
                fill.fill_price, fill.fill_quantity = security.exact_price, quantity
                run.orders.raise_events([fill])
            run.universes.delisted(security)
            if not run.warming_up:
                run.transactions.cancel_open_orders(symbol)

    def close_options(self) -> None:
        """Before the close of the last day before a split: sell held options of the underlying at the close."""
        run = self._run
        for equity in self._closings.pop(run.ms, []):
            if run.warming_up:
                continue
            for option in list(run.securities.values()):
                symbol = option.symbol
                expires = symbol.id.date.date() == option.local_time.date() if symbol.has_underlying else True
                if expires or symbol.underlying != equity.symbol or not option.invested:
                    continue
                run.transactions.cancel_open_orders(symbol, _CANCELED)
                quantity = -option.holdings.exact_quantity
                properties = run.brokerage_properties()
                run.orders.process(
                    SubmitOrderRequest(run.utc, OrderType.MARKET_ON_CLOSE, symbol, quantity, _LIQUIDATED, properties)
                )
                option.is_tradable = False
                run.messages.debug(
                    f"MarketOnClose order submitted for option contract '{symbol}' due to impending "
                    f"{equity.symbol.value} split event. Option splits are not currently supported."
                )

    def apply(self, events: Events) -> None:
        """Pay dividends, split positions and orders, and plan the closing of options for announced splits."""
        run = self._run
        for symbol, dividend in events.get("dividends", {}).items():
            security = run.securities[symbol]
            if not run.warming_up and security.data_normalization_mode in (
                DataNormalizationMode.RAW,
                DataNormalizationMode.SPLIT_ADJUSTED,
            ):
                paid = security.holdings.exact_quantity * Decimal(repr(dividend.distribution))
                run.portfolio.cash_book.base.exact_amount += paid
                security.holdings.exact_dividends += paid
        for symbol, split in events.get("splits", {}).items():
            security = run.securities[symbol]
            if split.type is SplitType.WARNING:
                self._announce(security)
            elif not run.warming_up and security.data_normalization_mode is DataNormalizationMode.RAW:
                self._split(security, split)

    def _announce(self, security: Any) -> None:
        closing = security.hours.get_next_market_close(security.local_time, False)
        latest = closing - _SUBMISSION_BUFFER
        bar = BAR_LENGTH[security.resolution]
        latest -= (latest - latest.replace(hour=0, minute=0, second=0)) % max(bar, timedelta(seconds=1))
        self._plan(self._closings, security.hours.time_zone.to_utc(latest), security)

    def _split(self, security: Any, split: Any) -> None:
        run, holdings, factor = self._run, security.holdings, split.exact_factor
        if holdings.exact_quantity:
            quantity = holdings.exact_quantity / factor
            whole = Decimal(int(quantity))
            holdings.exact_average *= factor
            holdings.exact_quantity = whole
            run.portfolio.cash_book.base.exact_amount += (quantity - whole) * security.exact_price * factor
        security.apply_split(factor)
        for ticket in run.transactions.get_open_order_tickets(security.symbol):
            fields = UpdateOrderFields(quantity=int(ticket.exact_quantity / factor))
            if ticket.order_type in _LIMITS:
                fields.limit_price = ticket.get(OrderField.LIMIT_PRICE) * float(factor)
            if ticket.order_type in _STOPS:
                fields.stop_price = ticket.get(OrderField.STOP_PRICE) * float(factor)
            ticket.update(fields)
