"""Fee models of LEAN's brokerages for US equities, equity options and index options.

Rules: Common/Orders/Fees/*FeeModel.cs. A fee is dollars per order and never negative. Options that are exercised or
assigned automatically never reach a fee model.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.enums import OrderType, SecurityType
from replay.errors import Unsupported
from replay.facts import SecurityFacts
from replay.naming import LeanObject
from replay.order_views import OrderFee
from replay.orders import COMBO_TYPES, Order

ZERO, ONE = Decimal(0), Decimal(1)
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
_PRICED_BY_BOOK = (OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE)


def order_value(order: Order, facts: SecurityFacts) -> Decimal:
    """LEAN's `Order.GetValue` in dollars, signed: limit and stop orders take the better of own and market price."""
    price, own = facts.price, None
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.COMBO_LEG_LIMIT, OrderType.LIMIT_IF_TOUCHED):
        own = order.limit_price
    elif order.type == OrderType.COMBO_LIMIT:
        own = order.group.limit_price if order.group else None
    elif order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP):
        own = order.stop_price
    if own is not None:
        price = max(own, price) if order.quantity < 0 else min(own, price)
    return order.quantity * price * facts.multiplier


class FeeModel(LeanObject):
    """LEAN's base fee model: free. An algorithm may derive from it and override `get_order_fee`."""

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """The fee of one order (one leg of a combo) in dollars."""
        return ZERO

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee as LEAN gives it to an algorithm."""
        return OrderFee(self.order_fee(_engine_order(parameters.order), _engine_facts(parameters.security)))


class OrderFeeParameters(LeanObject):
    """Question to a fee model: which security, which order."""

    def __init__(self, security: Any, order: Any) -> None:
        self.security = security
        self.order = order


def _engine_order(view: Any) -> Order:
    return view if isinstance(view, Order) else view._order


def _engine_facts(security: Any) -> SecurityFacts:
    return getattr(security, "facts", security)


def fee_of(model: Any, order: Order, facts: SecurityFacts, views: Any = None) -> Decimal:
    """The fee `model` asks for `order`; a model written in the algorithm is asked through LEAN's interface.

    `views` gives such a model its arguments: an (algorithm security, algorithm order) pair.
    """
    written = getattr(type(model), "get_order_fee", None) or getattr(type(model), "GetOrderFee", None)
    if isinstance(model, FeeModel) and written is FeeModel.get_order_fee and "GetOrderFee" not in vars(type(model)):
        return model.order_fee(order, facts)
    if views is None:
        raise Unsupported("a fee model written in the algorithm at this place", "derive it from a built-in fee model")
    ask = getattr(model, "get_order_fee", None) or model.GetOrderFee
    answer = ask(OrderFeeParameters(*views))
    amount = getattr(getattr(answer, "value", answer), "amount", answer)
    return Decimal(str(amount))


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: float | Decimal = 0, currency: str = "USD") -> None:
        if currency != "USD":
            raise Unsupported(f"fees in {currency}", "use USD")
        self._fee = abs(Decimal(str(fee)))

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """The constant."""
        return self._fee


class InteractiveBrokersFeeModel(FeeModel):
    """Tiered option commission by premium with a minimum of 1.00 per order; 0.005 per share with minimum and cap."""

    def __init__(
        self, monthly_forex_trade_amount_in_us_dollars: float = 0, monthly_options_trade_amount_in_contracts: float = 0
    ) -> None:
        month = monthly_options_trade_amount_in_contracts
        tiers = (("0.65", "0.5", "0.25"), ("0.5", "0.5", "0.25"), ("0.25",) * 3, ("0.15",) * 3)
        tier = 0 if month <= 10_000 else 1 if month <= 50_000 else 2 if month <= 100_000 else 3
        self._rates = tuple(Decimal(rate) for rate in tiers[tier])

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Exercising an equity option is free, an index option is not."""
        kind, size = order.symbol.security_type, abs(order.quantity)
        if kind in _OPTIONS:
            if order.type == OrderType.OPTION_EXERCISE and kind == SecurityType.OPTION:
                return ZERO
            return max(size * self._rate(_premium(order, facts)), ONE)
        if kind == SecurityType.EQUITY:
            return _share_fee(order, facts)
        raise Unsupported(f"the Interactive Brokers fee of a {kind}")

    def _rate(self, premium: Decimal) -> Decimal:
        high, middle, low = self._rates
        return high if premium >= Decimal("0.1") else middle if premium >= Decimal("0.05") else low


def _premium(order: Order, facts: SecurityFacts) -> Decimal:
    """The price a tier is chosen by: the far side of the book for market orders, else the order's own price."""
    if order.type in _PRICED_BY_BOOK:
        return facts.bid if order.quantity > 0 else facts.ask
    if order.type == OrderType.COMBO_LIMIT and order.group:
        return order.group.limit_price
    if order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP):
        return order.stop_price or ZERO
    return order.limit_price or ZERO


def _share_fee(order: Order, facts: SecurityFacts) -> Decimal:
    fee, cap = Decimal("0.005") * abs(order.quantity), Decimal("0.005") * abs(order_value(order, facts))
    return ONE if fee < 1 else min(fee, cap)


class PerContractFeeModel(FeeModel):
    """A rate per equity option and per index option contract; shares are free."""

    option_rate = index_option_rate = ZERO

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Contracts times the rate of their kind."""
        rates = {SecurityType.OPTION: self.option_rate, SecurityType.INDEX_OPTION: self.index_option_rate}
        return abs(order.quantity) * rates.get(order.symbol.security_type, ZERO)


class CharlesSchwabFeeModel(PerContractFeeModel):
    """0.65 per equity option contract, 1.00 per index option contract."""

    option_rate, index_option_rate = Decimal("0.65"), ONE


class TradeStationFeeModel(PerContractFeeModel):
    """0.60 and 1.00 per contract; 5.00 more per order for a client outside the United States."""

    option_rate, index_option_rate = Decimal("0.6"), ONE

    def __init__(self, us_resident: bool = True) -> None:
        self.us_resident = us_resident

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Commission per order plus the rate per contract."""
        return super().order_fee(order, facts) + (ZERO if self.us_resident else Decimal(5))


class TastytradeFeeModel(FeeModel):
    """1.00 per contract to open, nothing to close; the holding at the time of the question decides which it is."""

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Opening means buying while not short, or selling while not long."""
        if order.symbol.security_type not in _OPTIONS:
            return ZERO
        opens = facts.held >= 0 if order.quantity > 0 else facts.held <= 0
        return abs(order.quantity) if opens else ZERO


class AlpacaFeeModel(FeeModel):
    """Free for shares and options."""


class EzeFeeModel(FeeModel):
    """Free."""


class WolverineFeeModel(FeeModel):
    """Free: LEAN's class hides its rate of 0.005 behind a method that does not override the base's."""

    def __init__(self, fees_per_share: float | None = None) -> None:
        self.fees_per_share = fees_per_share


class RBIFeeModel(WolverineFeeModel):
    """Free, for the same reason."""


class TDAmeritradeFeeModel(FeeModel):
    """Free, for the same reason."""


class AxosFeeModel(FeeModel):
    """0.0035 per share."""

    def __init__(self, fees_per_share: float | None = None) -> None:
        self._rate = Decimal("0.0035") if fees_per_share is None else Decimal(str(fees_per_share))

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Shares times the rate."""
        return abs(order.quantity) * self._rate


class ExanteFeeModel(FeeModel):
    """1.50 per contract, 0.02 per share."""

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Size times the rate of its kind."""
        return abs(order.quantity) * (Decimal("1.5") if order.symbol.security_type in _OPTIONS else Decimal("0.02"))


class PublicFeeModel(PerContractFeeModel):
    """Equity options are free, index options 0.50 per contract, shares 2.99 per order outside regular hours."""

    index_option_rate = Decimal("0.5")

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """Shares are judged by the local time of the question, as orders fill within their session here."""
        if order.symbol.security_type == SecurityType.EQUITY:
            session, now = facts.regular_session(), facts.local_time.time()
            inside = session is not None and session[0] <= now < session[1]
            return ZERO if inside else Decimal("2.99")
        return super().order_fee(order, facts)


_WEBULL_BY_PRICE = {  # underlying -> rate below 1 dollar, rate from 1 dollar
    "SPX": (Decimal("0.57"), Decimal("0.66")),
    "SPXW": (Decimal("0.50"), Decimal("0.59")),
}
_WEBULL_VIX = ((Decimal("0.10"), "0.10"), (Decimal("0.99"), "0.25"), (Decimal("1.99"), "0.40"))


class WebullFeeModel(FeeModel):
    """Index options: 0.50 per contract plus an exchange fee by underlying and price; everything else is free."""

    def order_fee(self, order: Order, facts: SecurityFacts) -> Decimal:
        """LEAN looks the exchange fee up by the UNDERLYING's ticker, so SPXW contracts pay SPX's."""
        if order.symbol.security_type != SecurityType.INDEX_OPTION:
            return ZERO
        return abs(order.quantity) * (Decimal("0.50") + self._exchange_fee(order, facts.price))

    @staticmethod
    def _exchange_fee(order: Order, price: Decimal) -> Decimal:
        name = order.symbol.underlying.value.upper() if order.symbol.underlying else ""
        if name in _WEBULL_BY_PRICE:
            return _WEBULL_BY_PRICE[name][price >= 1]
        if name in ("VIX", "VIXW"):
            return next((Decimal(rate) for level, rate in _WEBULL_VIX if price <= level), Decimal("0.45"))
        if name == "XSP":
            return ZERO if abs(order.quantity) < 10 else Decimal("0.07")
        if name == "DJX":
            return Decimal("0.18")
        if name in ("NDX", "NDXP"):
            low, high = ("0.65", "0.90") if order.type in COMBO_TYPES else ("0.50", "0.75")
            return Decimal(low if price < 25 else high)
        return ZERO
