"""Securities of a run: their present prices, exchange, holdings and models.

Prices are brought up to the engine clock only when somebody reads them. Exact values are decimals (``exact_*``), what
the algorithm reads are floats. Rules: LEAN's Common/Securities/Security.cs and SecurityCache.cs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.bars import OpenInterest, QuoteBar, TradeBar
from replay.clock import EPOCH, from_ms
from replay.enums import DataNormalizationMode, OrderDirection, Resolution, SecurityType
from replay.errors import Unsupported
from replay.holdings import SecurityHolding
from replay.interest import InterestSeries
from replay.naming import LeanObject
from replay.prices import NOTHING, ZERO, Ohlc, Prices, QuoteRow, TradeRow, dollars
from replay.security_parts import Facts, SecurityCache, SecurityExchange
from replay.series import Series
from replay.symbol import Symbol

_ONE_MINUTE = timedelta(minutes=1)
_SUB_DOLLAR_STEP = Decimal("0.0001")


class Security(LeanObject):
    """A subscribed security. Prices are 0 until data came."""

    priced_by_quotes = True

    def __init__(self, run: Any, symbol: Symbol, resolution: Resolution, extended: bool, fill_forward: bool) -> None:
        self._run = run
        self.symbol = symbol
        self.hours = run.store.hours(symbol)
        self.symbol_properties = run.store.properties(symbol)
        exact = self.symbol_properties.exact
        self.multiplier: Decimal = exact.contract_multiplier
        self.lot_size: Decimal = exact.lot_size
        self.resolution = resolution
        self.extended_market_hours = extended
        self.fill_forward = fill_forward
        self.data_normalization_mode = DataNormalizationMode.RAW
        self.is_tradable = symbol.security_type != SecurityType.INDEX and not symbol.is_canonical()
        self.is_delisted = False
        self.exchange = SecurityExchange(self)
        self.cache = SecurityCache(self)
        self.holdings = SecurityHolding(self)
        self.facts = Facts(self)
        self.trade: Series | None = None
        self.quote: Series | None = None
        self.group: Any = None
        self._interest: InterestSeries | None = None
        self.seed_quote: QuoteRow | None = None
        self.seed_trade: TradeRow | None = None
        self.seed_sizes = (0, 0)
        self.seed_interest = 0
        self.fee_model: Any = None
        self.buying_power_model: Any = None
        self.price_scale = Decimal(1)
        self._forget()

    def _forget(self) -> None:
        self._synced = -1
        self._rows: tuple[Any, Any] = (None, None)
        self._bid: Decimal | int = ZERO
        self._ask: Decimal | int = ZERO
        self._ohlc: Ohlc = NOTHING
        self._quoted: QuoteRow | None = None
        self._bid_shown = self._ask_shown = 0.0
        self._last: QuoteRow | TradeRow | None = None

    def subscribe(self, trade: Series | None, quote: Series | None) -> None:
        """Give the security its streams; a security without streams has no price."""
        self.trade, self.quote = trade, quote
        self._synced = -1

    def unsubscribe(self) -> None:
        """Drop streams and prices, as LEAN resets a removed security."""
        self.trade = self.quote = self.seed_quote = self.seed_trade = self._interest = None
        self.is_tradable = False
        self._forget()

    def sync(self) -> None:
        """Bring the prices up to the engine clock."""
        ms = self._run.ms
        if self._synced == ms:
            return
        self._synced = ms
        quote: Any = self.seed_quote
        trade: Any = self.seed_trade
        if self.trade is not None:
            self.trade.advance(ms)
            trade = self.trade.row or trade
        if self.quote is not None:
            self.quote.advance(ms)
            quote = self.quote.row or quote
        if self._rows[0] is not quote or self._rows[1] is not trade:
            self._rows = (quote, trade)
            self._reprice(quote, trade)
            self._show()

    def _show(self) -> None:
        """What the algorithm reads most often, as floats."""
        bid, ask = self._bid, self._ask
        self._bid_shown = bid / 10_000 if bid and type(bid) is int else float(self.exact_bid)
        self._ask_shown = ask / 10_000 if ask and type(ask) is int else float(self.exact_ask)

    def _reprice(self, quote: QuoteRow | None, trade: TradeRow | None) -> None:
        """Quote before trade when both end together; a stock's price is its last trade (SecurityCache)."""
        if quote is not None:
            self._bid, self._ask = quote.bid_close or self._bid, quote.ask_close or self._ask
        if quote is not None and self.priced_by_quotes and (trade is None or quote.end >= trade.end):
            self._last = quote
            if quote.close:
                self._quoted = quote
        elif trade is not None:
            self._last = trade
            self._take_over(trade.ohlc)

    def _take_over(self, values: Ohlc) -> None:
        o, h, low, close = (new or old for new, old in zip(values, self._prices, strict=True))
        self._ohlc = o, h, low, close

    @property
    def _prices(self) -> Ohlc:
        """Open, high, low and close, exactly; of a quote only worked out when somebody wants them."""
        quote, self._quoted = self._quoted, None
        if quote is not None:
            self._take_over((quote.middle(0), quote.middle(1), quote.middle(2), quote.middle(3)))
        return self._ohlc

    @property
    def _price(self) -> Decimal:
        quote = self._quoted
        return self._ohlc[3] if quote is None else quote.middle(3)

    def apply_split(self, factor: Decimal) -> None:
        """Carry the present prices over a split; the next bar replaces them."""
        self.sync()
        self._bid, self._ask = dollars(self._bid) * factor, dollars(self._ask) * factor
        o, h, low, close = self._prices
        self._ohlc = o * factor, h * factor, low * factor, close * factor
        self._show()

    @property
    def quote_row(self) -> QuoteRow | None:
        """The last real quote bar."""
        self.sync()
        row: QuoteRow | None = self._rows[0]
        return row

    @property
    def trade_row(self) -> TradeRow | None:
        """The last real trade bar."""
        self.sync()
        row: TradeRow | None = self._rows[1]
        return row

    @property
    def last_row(self) -> QuoteRow | TradeRow | None:
        """The last real bar of any kind."""
        self.sync()
        return self._last

    @property
    def last_bar_end_utc(self) -> datetime:
        """End of the last real bar."""
        row = self.last_row
        return EPOCH if row is None else from_ms(row.end)

    @property
    def exact_price(self) -> Decimal:
        """Price in dollars, 0 before any data."""
        self.sync()
        return self._price

    @property
    def exact_close(self) -> Decimal:
        """Close of the last real bar, dollars."""
        self.sync()
        return self._price

    @property
    def exact_bid(self) -> Decimal:
        """Last bid that was not zero, else the price."""
        self.sync()
        return dollars(self._bid) or self._price

    @property
    def exact_ask(self) -> Decimal:
        """Last ask that was not zero, else the price."""
        self.sync()
        return dollars(self._ask) or self._price

    def side_prices(self, direction: OrderDirection) -> Prices:
        """What an order of this direction is priced by (FillModel.GetPrices)."""
        quote, trade = self.quote_row, self.trade_row
        side = None if quote is None else (quote.ask if direction is OrderDirection.BUY else quote.bid)
        if quote is not None and side is not None:
            return Prices(from_ms(quote.end), *side)
        if trade is not None:
            return Prices(from_ms(trade.end), *trade.ohlc)
        o, h, low, _ = self._prices
        return Prices(self.last_bar_end_utc, o, h, low, self._price)

    def open_for_fill(self, extended: bool) -> bool:
        """Exchange open now, or the last real bar ends now or later and overlaps the session (IsExchangeOpen)."""
        now = self.local_time
        if self.hours.is_open(now, extended):
            return True
        row = self.last_row
        if row is None:
            return False
        end = self.local(from_ms(row.end))
        period = self.period_at(end)
        in_bar = now.date() == end.date() if period > timedelta(hours=1) else now <= end
        return in_bar and bool(self.hours.is_open(end - period, end, extended))

    def period_at(self, end: datetime) -> timedelta:
        """Length of the bar that ends at a time of the exchange's zone."""
        series = self.quote or self.trade
        return series.period_at(end) if series else _ONE_MINUTE

    def bar_start(self, end_utc: datetime) -> datetime:
        """UTC of the start of the bar that ends then."""
        return end_utc - self.period_at(self.local(end_utc))

    def price_step(self, price: Decimal) -> Decimal:
        """Smallest price step in dollars."""
        step: Decimal = self.symbol_properties.exact.minimum_price_variation
        return step

    def local(self, utc: datetime) -> datetime:
        """A UTC time in the exchange's zone."""
        moved: datetime = self.hours.time_zone.to_local(utc)
        return moved

    @property
    def local_time(self) -> datetime:
        """The clock in the exchange's zone."""
        return self.local(self._run.utc)

    price = property(lambda self: float(self.exact_price))
    close = property(lambda self: float(self.exact_close))
    type = property(lambda self: self.symbol.security_type)
    invested = property(lambda self: self.holdings.invested)
    hold_stock = property(lambda self: self.holdings.invested)
    has_data = property(lambda self: self.last_row is not None)
    quote_currency = property(lambda self: self._run.portfolio.cash_book["USD"])
    is_internal_feed = False
    is_extended_market_hours = property(lambda self: self.extended_market_hours)
    is_fill_data_forward = property(lambda self: self.fill_forward)

    @property
    def bid_price(self) -> float:
        """Last bid, or the price when there was none."""
        if self._synced != self._run.ms:
            self.sync()
        return self._bid_shown

    @property
    def ask_price(self) -> float:
        """Last ask, or the price when there was none."""
        if self._synced != self._run.ms:
            self.sync()
        return self._ask_shown

    @property
    def interest(self) -> InterestSeries | None:
        """The readings of open interest of a subscribed contract."""
        if self.trade is None or not self.symbol.has_underlying:
            return None
        if self._interest is None:
            self._interest = InterestSeries(self._run.store, self.symbol, self.resolution, self.trade.start_ms)
        return self._interest

    @property
    def open_interest(self) -> int:
        """Contracts open at the last reading, 0 before the first."""
        found = self.interest
        return int((found.at(self._run.ms) if found is not None else None) or self.seed_interest)

    @property
    def open(self) -> float:
        """Open of the last real bar, dollars."""
        self.sync()
        return float(self._prices[0] or self._price)

    @property
    def high(self) -> float:
        """High of the last real bar, dollars."""
        self.sync()
        return float(self._prices[1] or self._price)

    @property
    def low(self) -> float:
        """Low of the last real bar, dollars."""
        self.sync()
        return float(self._prices[2] or self._price)

    @property
    def bid_size(self) -> float:
        """Last bid size that was not zero."""
        self.sync()
        return float(self.quote.bid_size or self.seed_sizes[0]) if self.quote else 0.0

    @property
    def ask_size(self) -> float:
        """Last ask size that was not zero."""
        self.sync()
        return float(self.quote.ask_size or self.seed_sizes[1]) if self.quote else 0.0

    @property
    def volume(self) -> float:
        """Volume of the last real trade bar."""
        row = self.trade_row
        return float(row.volume) if row else 0.0

    def get_last_data(self) -> QuoteBar | TradeBar | None:
        """The last bar that was not a fill-forward copy."""
        return self.cache.get_data()

    def set_market_price(self, data: Any) -> None:
        """Take a bar (of ``get_last_known_price``) as the last known prices."""
        row = getattr(data, "_row", None)
        if isinstance(row, QuoteRow):
            self.seed_quote = row
            self.seed_sizes = (row.bid_size, row.ask_size)
        elif isinstance(row, TradeRow):
            self.seed_trade = row
        elif isinstance(data, OpenInterest):
            self.seed_interest = int(data.value)
        self._synced = -1

    @property
    def exact_margin_model(self) -> Any:
        """The model that margins this security alone."""
        if self.buying_power_model is None:
            from replay.buying_power import default_model

            self.buying_power_model = default_model(self.symbol.security_type, self._run.brokerage.get_leverage(self))
        return self.buying_power_model

    def set_fee_model(self, model: Any) -> None:
        """Replace the fee model."""
        self.fee_model = model

    def set_buying_power_model(self, model: Any) -> None:
        """Replace the margin model."""
        self.buying_power_model = model

    set_margin_model = set_buying_power_model

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Choose raw or adjusted prices."""
        self.data_normalization_mode = mode

    @property
    def leverage(self) -> float:
        """Value that a dollar of margin holds: 2 for a stock of most brokerage models, 1 for an option."""
        return float(1 / self.exact_margin_model.rate)

    def set_leverage(self, leverage: float) -> None:
        """At least 1; LEAN refuses it for options (SecurityMarginModel.cs, OptionMarginModel.cs)."""
        self.exact_margin_model.set_leverage(self, leverage)

    def set_fill_model(self, model: Any) -> None:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("set_fill_model", "orders fill as LEAN's default models fill them")

    def set_slippage_model(self, model: Any) -> None:
        """No slippage; another model raises Unsupported."""
        if type(model).__name__ != "NullSlippageModel":
            raise Unsupported("set_slippage_model", "orders fill without slippage")

    def set_settlement_model(self, model: Any) -> None:
        """Not re-enacted; raises Unsupported."""
        raise Unsupported("set_settlement_model", "cash settles at once, as in a margin account")

    def __str__(self) -> str:
        return self.symbol.value

    def __repr__(self) -> str:
        return self.symbol.value


class Equity(Security):
    """A stock; trades price it, quotes give bid and ask only (SubscriptionManager.IsDefaultDataType)."""

    priced_by_quotes = False

    def price_step(self, price: Decimal) -> Decimal:
        """A hundredth of a cent below a dollar, no rounding of adjusted prices (EquityPriceVariationModel.cs).

        A combo limit with a stock leg asks with price 0, so its limit keeps four places.
        """
        if self.data_normalization_mode is DataNormalizationMode.ADJUSTED:
            return Decimal(0)
        return _SUB_DOLLAR_STEP if price < 1 else super().price_step(price)


class Index(Security):
    """An index; not tradable."""
