"""Small algorithms that trade as LEAN's published regression algorithms of the same names do.

LEAN publishes the figures of those runs (Algorithm.CSharp, ExpectedStatistics); test_published_figures.py compares.
"""

from datetime import datetime, timedelta

from AlgorithmImports import *


def calls_of(chain):
    return [contract for contract in chain if contract.right == OptionRight.CALL]


def first_expiry(contracts):
    nearest = min(contract.expiry for contract in contracts)
    return sorted((c for c in contracts if c.expiry == nearest), key=lambda c: c.strike)


class _Goog(QCAlgorithm):
    """GOOG's chain on 2015-12-24; `trade` is called with the chain as long as nothing is held."""

    START, END, CASH, LEVERAGE = datetime(2015, 12, 24), datetime(2015, 12, 24), 200_000, 4
    STRIKES, DAYS = 2, (0, 180)

    def initialize(self):
        self.set_start_date(self.START)
        self.set_end_date(self.END)
        self.set_cash(self.CASH)
        self.before_adding()
        self.stock = self.add_equity("GOOG", leverage=self.LEVERAGE).symbol
        option = self.add_option(self.stock)
        self.canonical = option.symbol
        option.set_filter(lambda u: u.standards_only().strikes(-self.STRIKES, self.STRIKES).expiration(*self.DAYS))

    def before_adding(self):
        pass

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if chain is not None and self.is_market_open(self.canonical) and not self.portfolio.invested:
            self.trade(chain)


class OptionEquityBearCallSpreadSetHoldings(_Goog):
    CASH = 1_000_000

    def trade(self, chain):
        calls = sorted(calls_of(chain), key=lambda c: c.strike)
        last = max(c.expiry for c in calls)
        short, long = [c for c in calls if c.expiry == last][:2]
        self.set_holdings(short.symbol, -0.05)
        self.set_holdings(long.symbol, 0.05)


class OptionEquityCoveredCall(_Goog):
    def trade(self, chain):
        spot = chain.underlying.price
        above = [c for c in calls_of(chain) if c.strike > spot]
        contract = min(above, key=lambda c: (c.strike, -c.expiry.toordinal()))
        self.market_order(contract.symbol, -5)
        self.market_order(self.stock, 500)


class OptionEquityCoveredPut(_Goog):
    def trade(self, chain):
        spot = chain.underlying.price
        below = [c for c in chain if c.right == OptionRight.PUT and c.strike < spot]
        contract = min(below, key=lambda c: (c.strike, -c.expiry.toordinal()))
        self.market_order(contract.symbol, -10)
        self.market_order(self.stock, -1000)


class OptionEquityOverlappingBullCallSpreads(_Goog):
    def trade(self, chain):
        calls = first_expiry(calls_of(chain))
        for index, quantity in ((0, 1), (2, -1), (1, 1), (3, -1)):
            self.market_order(calls[index].symbol, quantity)


class OptionShortCallMarginCallEvents(_Goog):
    START, END, CASH, LEVERAGE = datetime(2015, 12, 23), datetime(2015, 12, 30), 160_000, 0

    def before_adding(self):
        self.portfolio.margin_call_model = DefaultMarginCallModel(self.portfolio, self.default_order_properties, 0)

    def trade(self, chain):
        self.market_order(first_expiry(calls_of(chain))[-1].symbol, -10)


class LargeQuantityOptionStrategy(_Goog):
    CASH, LEVERAGE = 100_000, 0

    def before_adding(self):
        self.set_security_initializer(lambda s: s.set_market_price(self.get_last_known_price(s)))

    def trade(self, chain):
        puts = [c for c in chain if c.right == OptionRight.PUT]
        last = max(c.expiry for c in puts)
        low, high = sorted((c for c in puts if c.expiry == last), key=lambda c: c.strike)[:2]
        self.order(OptionStrategies.bear_put_spread(self.canonical, high.strike, low.strike, last), 19)
        self.quit()


class NullMarginComboOrder(_Goog):
    CASH = 10_000

    def before_adding(self):
        self.portfolio.set_positions(SecurityPositionGroupModel.NULL)
        self.set_security_initializer(lambda s: s.set_buying_power_model(ConstantBuyingPowerModel(1)))

    def trade(self, chain):
        if self.transactions.orders_count:
            return
        last = max(c.expiry for c in calls_of(chain))
        contract = min((c for c in calls_of(chain) if c.expiry == last), key=lambda c: c.strike)
        self.combo_market_order([Leg.Create(contract.symbol, -1), Leg.Create(self.stock, 100)], 10)


class DefaultMarginComboOrder(NullMarginComboOrder):
    def before_adding(self):
        pass


class RevertComboOrderPositions(_Goog):
    CASH = 10_000
    entry = exit = None

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if self.entry is None and chain is not None and self.is_market_open(self.canonical):
            calls = first_expiry(calls_of(chain))
            if len(calls) < 3:
                return
            self.legs = [Leg.create(calls[i].symbol, ratio) for i, ratio in enumerate((1, -2, 1))]
            self.entry = self.combo_market_order(self.legs, 10)
        elif self.entry and self.portfolio.invested and self.exit is None:
            paid = sum(
                ticket.average_fill_price * leg.quantity for ticket, leg in zip(self.entry, self.legs, strict=True)
            )
            self.exit = self.combo_limit_order(self.legs, -10, round(-paid * 1.05, 6))


class ComboLegLimitOrders(_Goog):
    LIMITS = (16.7, 14.6, 14.0)
    tickets = None
    updated = False

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if self.tickets is None:
            if chain is None or not self.is_market_open(self.canonical):
                return
            calls = first_expiry(calls_of(chain))
            if len(calls) < 3:
                return
            ratios = (1, -2, 1)
            legs = [Leg.create(calls[i].symbol, ratios[i], self.LIMITS[i] * 2) for i in range(3)]
            self.tickets = self.combo_leg_limit_order(legs, 10)
        elif not self.updated:
            self.updated = True
            for ticket, limit in zip(self.tickets, self.LIMITS, strict=True):
                fields = UpdateOrderFields()
                fields.limit_price = limit
                ticket.update(fields)


class CoveredCallComboLimitOrder(_Goog):
    STRIKES, DAYS = 1, (0, 30)

    def trade(self, chain):
        if self.transactions.orders_count:
            return
        near = [c for c in calls_of(chain) if chain.underlying.price > c.strike - 10]
        contract = min(near, key=lambda c: (c.strike, c.expiry))
        price = self.securities["GOOG"].ask_price - self.securities[contract.symbol].ask_price
        legs = [Leg.create(contract.symbol, -1), Leg.create(self.stock, 100)]
        self.combo_limit_order(legs, 6, price - 0.5)


class LiquidatingMultipleOptionStrategies(_Goog):
    START, END, CASH, LEVERAGE = datetime(2015, 12, 23), datetime(2015, 12, 25), 500_000, 0
    STRIKES, done = 3, False

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if self.done or chain is None:
            return
        if self.portfolio.invested:
            for spread in self.spreads:
                self.sell(spread, 1)
            self.done = True
            return
        calls, puts = (self._strikes(chain, right) for right in (OptionRight.CALL, OptionRight.PUT))
        if not calls or not puts:
            return
        puts.reverse()
        self.spreads = [
            OptionStrategies.bull_call_spread(self.canonical, calls[0].strike, calls[1].strike, calls[0].expiry),
            OptionStrategies.bear_put_spread(self.canonical, puts[0].strike, puts[1].strike, puts[0].expiry),
        ]
        for spread in self.spreads:
            self.buy(spread, 1)

    def _strikes(self, chain, right):
        by_expiry = {}
        for contract in chain:
            if contract.right == right:
                by_expiry.setdefault(contract.expiry, []).append(contract)
        found = next((group for group in by_expiry.values() if len(group) > 2), [])
        return sorted(found, key=lambda c: c.strike)


class RollOutFrontMonthToBackMonthOptionUsingCalendarSpread(_Goog):
    CASH, LEVERAGE, STRIKES, DAYS, done = 500_000, 0, 1, (0, 62), False

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if self.done or chain is None or not list(chain):
            return
        first = not self.portfolio.invested
        if first:
            self.strike = min(chain, key=lambda c: abs(c.strike - chain.underlying.price)).strike
        puts = [c for c in chain if c.strike == self.strike and c.right == OptionRight.PUT]
        if first and puts:
            self.sell(min(puts, key=lambda c: c.expiry).symbol, 1)
        elif len(puts) > 1:
            near, far = puts[0].expiry, puts[-1].expiry
            self.sell(OptionStrategies.put_calendar_spread(self.canonical, self.strike, near, far), 1)
            self.done = True


class OptionAssignmentStatistics(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 23)
        self.set_end_date(2015, 12, 28)
        self.stock = self.add_equity("GOOG", Resolution.MINUTE)
        self.low, self.high = (self._nearest(strike) for strike in (600, 650))
        self.bought, self.closed = False, set()

    def _nearest(self, strike):
        chain = self.option_chain(self.stock.symbol)
        calls = [c for c in chain if c.right == OptionRight.CALL and c.strike == strike]
        return self.add_option_contract(min(calls, key=lambda c: c.expiry).symbol)

    def on_data(self, slice):
        if not self.portfolio.invested:
            if self.time < self.low.symbol.id.date:
                self.market_order(self.low.symbol, 1)
            if self.time < self.high.symbol.id.date and not self.bought:
                self.limit_order(self.high.symbol, 1, round(self.high.price * 0.95, 6))
                self.bought = True
        elif self.stock.invested and len(self.closed) == 2:
            self.liquidate(self.stock.symbol)

    def on_order_event(self, event):
        if event.status == OrderStatus.FILLED and event.symbol != self.stock.symbol:
            self.closed.add(event.symbol)


class InsufficientBuyingPowerForAutomaticExercise(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 23)
        self.set_end_date(2015, 12, 28)
        self.stock = self.add_equity("GOOG").symbol
        puts = [c for c in self.option_chain(self.stock) if c.right == OptionRight.PUT and c.strike == 800]
        self.put = min(puts, key=lambda c: c.expiry).symbol
        self.add_option_contract(self.put)
        self.stock_bought = self.put_sold = False
        self.calls = 0

    def on_data(self, slice):
        if self.stock_bought and self.put_sold:
            return
        if not self.portfolio.invested:
            self.set_holdings(self.stock, 1)
        if self.stock_bought and self.securities[self.put].price:
            self.market_order(self.put, -2)

    def on_order_event(self, event):
        if event.status == OrderStatus.FILLED:
            self.stock_bought |= event.symbol == self.stock
            self.put_sold |= event.symbol == self.put

    def on_margin_call(self, requests):
        self.calls += 1
        return requests


class SingleLotOptionStrategyMarginCall(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 4)
        self.set_cash(200_000)
        index, self.expiry = self.add_index("SPX", Resolution.MINUTE).symbol, datetime(2021, 1, 15)
        self.legs = [
            self.add_index_option_contract(
                Symbol.CreateOption(index, Market.USA, OptionStyle.EUROPEAN, OptionRight.PUT, strike, self.expiry),
                Resolution.MINUTE,
            )
            for strike in (4200, 3200)
        ]
        self.stage = 0

    def on_data(self, slice):
        if self.stage == 0 and all(leg.has_data for leg in self.legs):
            self.buy(OptionStrategies.bull_put_spread(self.legs[0].symbol.canonical, 4200, 3200, self.expiry), 1)
            self.stage = 1
        elif self.stage == 1 and self.portfolio.invested:
            self.portfolio.cash_book["USD"].set_amount(100_000)
            self.stage = 2

    def on_margin_call(self, requests):
        self.log(f"call of {len(requests)} orders")
        return requests


class DelistedIndexOptionDivested(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 3)
        self.set_end_date(2021, 1, 20)
        self.index = self.add_index("SPX", Resolution.MINUTE).symbol
        self.option = None

    def on_data(self, slice):
        if self.index not in slice:
            return
        if self.option is None:
            expiry = datetime(2021, 1, 15)
            chain = self.option_chain(self.index)
            puts = [c.symbol for c in chain if c.right == OptionRight.PUT and c.expiry == expiry]
            self.option = self.add_index_option_contract(puts[0], Resolution.MINUTE).symbol
        if self.option in slice and not self.portfolio.invested:
            self.set_holdings(self.option, 0.25)


class OptionExerciseOnExpiryAndNonTradableDate(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2023, 6, 25)
        self.set_end_date(2023, 7, 10)
        index = self.add_index("SPX").symbol
        kind = (Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, 4445)
        expiries = (datetime(2023, 6, 30), datetime(2023, 7, 3))
        self.calls = [Symbol.create_option(index, "SPXW", *kind, expiry) for expiry in expiries]
        self.follow()
        self.traded = False

    def follow(self):
        for symbol in self.calls:
            self.add_index_option_contract(symbol)

    def on_data(self, slice):
        if not self.portfolio.invested and not self.traded:
            for symbol in self.calls:
                self.buy(symbol, 1)
            self.traded = True


class OptionExerciseOnExpiryAndNonTradableDateWithOptionSelection(OptionExerciseOnExpiryAndNonTradableDate):
    def follow(self):
        option = self.add_index_option(self.calls[0].underlying, self.calls[0].id.symbol)
        option.set_filter(lambda u: u.include_weeklys().contracts(lambda contracts: self.calls))


class _FirstMonth(_Goog):
    """Single market orders: `LOTS` by (right, place of the strike in the first expiry of the chain)."""

    LOTS: tuple[tuple[OptionRight, int, int], ...] = ()

    def trade(self, chain):
        contracts = list(chain)
        month = sorted((c for c in contracts if c.expiry == contracts[0].expiry), key=lambda c: c.strike)
        for right, place, quantity in self.LOTS:
            self.market_order([c for c in month if c.right == right][place].symbol, quantity)


class OptionEquityBoxSpread(_FirstMonth):
    LOTS = (
        (OptionRight.CALL, 0, 10),
        (OptionRight.PUT, 0, -10),
        (OptionRight.CALL, -1, -10),
        (OptionRight.PUT, -1, 10),
    )


class OptionEquityShortBoxSpread(_FirstMonth):
    LOTS = (
        (OptionRight.CALL, -1, 10),
        (OptionRight.PUT, -1, -10),
        (OptionRight.CALL, 0, -10),
        (OptionRight.PUT, 0, 10),
    )


class OptionEquityBullCallLadder(_FirstMonth):
    LOTS = ((OptionRight.CALL, 0, 5), (OptionRight.CALL, 1, -5), (OptionRight.CALL, 2, -5))


class OptionEquityBearPutLadder(_FirstMonth):
    LOTS = ((OptionRight.PUT, 2, 5), (OptionRight.PUT, 1, -5), (OptionRight.PUT, 0, -5))


class NakedShortOptionStrategyOverMargin(_Goog):
    CASH, LEVERAGE, done = 1_000_000, 0, False

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if self.done or chain is None:
            return
        if self.portfolio.invested:
            self.buy(self.straddle, 2)
            self.done = True
            return
        spot = chain.underlying.price
        nearest = min(chain, key=lambda c: (abs(spot - c.strike), -c.expiry.toordinal()))
        self.straddle = OptionStrategies.straddle(self.canonical, nearest.strike, nearest.expiry)
        for quantity in (50, 5):
            self.sell(self.straddle, quantity)


class DuplicateOptionAssignment(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 17)
        self.set_end_date(2015, 12, 28)
        stock = self.add_equity("GOOG").symbol
        kind = (Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 800)
        self.put = Symbol.create_option(stock, *kind, datetime(2015, 12, 24))
        self.add_option_contract(self.put)
        self.sold = False

    def on_data(self, slice):
        if not self.sold and not self.portfolio.invested:
            self.sell(self.put, 1)

    def on_order_event(self, event):
        if event.status == OrderStatus.FILLED and not self.sold:
            self.sold = True
            self.limit_order(self.put, 1, self.securities[self.put].price * 0.1)


class RemoveUnderlying(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 23)
        self.set_end_date(2015, 12, 24)
        option = self.add_option("GOOG")
        option.set_filter(lambda u: u.include_weeklys().strikes(-2, 0).expiration(timedelta(0), timedelta(2)))
        self.canonical, self.sold, self.removed = option.symbol, False, False

    def on_data(self, slice):
        chain = slice.option_chains.get(self.canonical)
        if not self.sold and chain is not None:
            puts = [c for c in chain if c.right == OptionRight.PUT]
            if puts:
                self.market_order(max(puts, key=lambda c: c.strike).symbol, -1)
                self.sold = True
        elif self.portfolio.invested and (self.time.day, self.time.hour) == (24, 0) and not self.removed:
            self.remove_security(self.canonical.underlying)
            self.removed = True


class AddRemoveOptionUniverse(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.add_equity("GOOG")
        self.canonical = None

    def on_data(self, slice):
        if self.canonical is None and self.time.hour == 10:
            option = self.add_option("GOOG")
            option.set_filter(lambda u: u.strikes(1, 3).expiration(timedelta(0), timedelta(1)).puts_only())
            self.canonical = option.symbol
        if (self.time.hour, self.time.minute) == (11, 30):
            self.remove_security(self.canonical)

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            if security.type == SecurityType.OPTION:
                self.market_order(security.symbol, 1)


class BasicTemplateIndex(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 18)
        self.set_cash(1_000_000)
        self.spx = self.add_index("SPX", Resolution.MINUTE).symbol
        day = datetime(2021, 1, 15)
        self.contract = Symbol.create_option(self.spx, Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, 3200, day)
        self.add_index_option_contract(self.contract, Resolution.MINUTE)
        self.slow, self.fast = self.ema(self.spx, 80), self.ema(self.spx, 200)

    def on_data(self, data):
        if self.spx not in data.bars or self.contract not in data.bars or not self.slow.is_ready:
            return
        if self.fast > self.slow:
            self.set_holdings(self.contract, 1)
        else:
            self.liquidate()
