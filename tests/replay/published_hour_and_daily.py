"""Algorithms on hour and daily bars that trade as LEAN's published regression algorithms of the same names do.

They need LEAN's sample data of SPX options and AAPL by the hour and day; see published_figures.csv.
"""

from datetime import datetime

from AlgorithmImports import *


class BasicTemplateIndexDaily(QCAlgorithm):
    RESOLUTION = Resolution.DAILY

    def initialize(self):
        self.set_start_date(2021, 1, 1)
        self.set_end_date(2021, 1, 18)
        self.set_cash(1_000_000)
        spx = self.add_index("SPX", self.RESOLUTION).symbol
        day = datetime(2021, 1, 15)
        self.contract = Symbol.create_option(spx, Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, 3200, day)
        self.add_index_option_contract(self.contract, self.RESOLUTION)
        self.settings.daily_precise_end_time = True

    def on_data(self, data):
        if self.portfolio.invested:
            self.liquidate()
        else:
            self.market_order(self.contract, 1)


class BasicTemplateIndexHourly(BasicTemplateIndexDaily):
    RESOLUTION = Resolution.HOUR


class BasicTemplateIndexOptionsDaily(QCAlgorithm):
    RESOLUTION = Resolution.DAILY

    def initialize(self):
        self.set_start_date(2021, 1, 1)
        self.set_end_date(2021, 2, 1)
        self.set_cash(1_000_000)
        spx = self.add_index("SPX", self.RESOLUTION).symbol
        self.add_index_option(spx, self.RESOLUTION).set_filter(lambda u: u.calls_only())

    def on_data(self, data):
        for chain in data.option_chains.values():
            cheapest = min(chain.contracts.values(), key=lambda c: c.ask_price, default=None)
            if cheapest is None:
                return
            if self.portfolio.invested:
                self.liquidate()
            else:
                self.market_order(cheapest.symbol, 1)


class BasicTemplateIndexOptionsHourly(BasicTemplateIndexOptionsDaily):
    RESOLUTION = Resolution.HOUR


class IndexOptionCallITMExpiryDaily(QCAlgorithm):
    STRIKE = 3200

    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 31)
        spx = self.add_index("SPX", Resolution.DAILY).symbol
        calls = [s.id for s in self.option_chain(spx) if s.id.option_right == OptionRight.CALL]
        (found,) = [i for i in calls if (i.date.year, i.date.month, i.strike_price) == (2021, 1, self.STRIKE)]
        contract = Symbol.create_option(
            spx, Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, self.STRIKE, found.date
        )
        self.add_index_option_contract(contract, Resolution.DAILY)
        moment = self.time_rules.after_market_open(spx, 1)
        self.schedule.on(self.date_rules.tomorrow, moment, lambda: self.market_order(contract, 1))


class IndexOptionCallOTMExpiryDaily(IndexOptionCallITMExpiryDaily):
    STRIKE = 4250


class BasicTemplateOptionsDaily(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 15)
        self.set_end_date(2016, 2, 1)
        stock = self.add_equity("AAPL", Resolution.DAILY)
        option = self.add_option("AAPL", Resolution.DAILY)
        option.set_filter(lambda u: u.calls_only().expiration(0, 60))
        self.set_benchmark(stock.symbol)
        self.canonical = option.symbol

    def on_data(self, data):
        chain = data.option_chains.get(self.canonical)
        if chain is None or self.portfolio.invested:
            return
        later = [c for c in chain if c.expiry.date() != self.time.date()]
        if later:
            self.market_order(min(later, key=lambda c: c.expiry).symbol, 1)


def far_and_near_the_money(chain):
    return min(chain, key=lambda c: (-c.expiry.toordinal(), abs(chain.underlying.price - c.strike), -c.right))


class BasicTemplateOptionsHourly(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2014, 6, 6)
        self.set_end_date(2014, 6, 9)
        stock = self.add_equity("AAPL", Resolution.HOUR)
        option = self.add_option("AAPL", Resolution.HOUR)
        option.set_filter(lambda u: u.standards_only().strikes(-2, 2).expiration(0, 180))
        self.set_benchmark(stock.symbol)
        self.canonical = option.symbol

    def on_data(self, data):
        chain = data.option_chains.get(self.canonical)
        if chain is not None and not self.portfolio.invested and self.is_market_open(self.canonical):
            contract = far_and_near_the_money(chain).symbol
            self.market_order(contract, 1)
            self.market_on_close_order(contract, -1)


class OptionResolution(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.universe_settings.resolution = Resolution.DAILY
        option = self.add_option("GOOG")
        option.set_filter(lambda u: u.standards_only().strikes(-2, 2).expiration(0, 180))
        self.canonical = option.symbol

    def on_data(self, data):
        chain = data.option_chains.get(self.canonical)
        if chain is not None:
            self.market_order(far_and_near_the_money(chain).symbol, 1)
