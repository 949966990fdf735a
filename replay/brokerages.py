"""Brokerage models: which orders LEAN lets pass to a broker, their fees and leverage.

Rules and texts: Common/Brokerages/*BrokerageModel.cs, BrokerageExtensions.cs, Messages.Brokerages.cs. Quantities are
signed contracts or shares. A refusal is (code, text); `str(refusal)` is how LEAN prints it inside its own message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar

from replay.enums import AccountType, BrokerageName, OrderType, SecurityType
from replay.errors import Unsupported
from replay.facts import SecurityFacts
from replay.fees import (
    AlpacaFeeModel,
    AxosFeeModel,
    CharlesSchwabFeeModel,
    ConstantFeeModel,
    ExanteFeeModel,
    EzeFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    PublicFeeModel,
    RBIFeeModel,
    TastytradeFeeModel,
    TDAmeritradeFeeModel,
    TradeStationFeeModel,
    WebullFeeModel,
    WolverineFeeModel,
)
from replay.naming import LeanObject, pascal_case
from replay.orders import Order

T = OrderType
S = SecurityType
_SINGLE = (T.MARKET, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
_ANYTHING_OPTIONAL = (S.EQUITY, S.OPTION, S.INDEX_OPTION)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a brokerage model does not take an order."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"Warning - Code: {self.code} - {self.text}"


def spelled(value: OrderType | SecurityType) -> str:
    """An enum member as .NET prints it (`ComboMarket`)."""
    return pascal_case(value.name.lower())


def time_in_force_name(order: Order) -> str:
    """The .NET class name of an order's time in force (`DayTimeInForce`)."""
    kind = {"GTC": "GoodTilCanceled", "DAY": "Day"}.get(order.time_in_force, "GoodTilDate")
    return f"{kind}TimeInForce"


def crosses_zero(held: Decimal, quantity: Decimal) -> bool:
    """Whether an order turns a long holding short or the other way round."""
    return (held > 0 > held + quantity) or (held < 0 < held + quantity)


class DefaultBrokerageModel(LeanObject):
    """LEAN's default: every order passes; options pay Interactive Brokers' fees, index options none."""

    security_types: ClassVar[tuple[SecurityType, ...] | None] = None
    order_types: ClassVar[tuple[OrderType, ...] | None] = None
    fees: ClassVar[type[FeeModel]] = FeeModel
    type_before_security: ClassVar[bool] = False
    no_zero_crossing: ClassVar[tuple[OrderType, ...]] = ()
    update_refusal: ClassVar[Refusal | None] = None
    default_account: ClassVar[AccountType] = AccountType.MARGIN
    has_benchmark: ClassVar[bool] = True

    def __init__(self, account_type: AccountType | None = None) -> None:
        self.account_type = self.default_account if account_type is None else account_type
        if self.account_type == AccountType.CASH:
            raise Unsupported("cash accounts (delayed settlement)", "use AccountType.MARGIN")
        self.required_free_buying_power_percent = 0.0

    @property
    def name(self) -> str:
        """The .NET class name, as LEAN's refusals print it."""
        return type(self).__name__

    def get_leverage(self, security: object) -> float:
        """2 for a stock, 1 for everything else a replay knows."""
        return 2.0 if getattr(security, "type", None) == S.EQUITY else 1.0

    def get_fee_model(self, security: SecurityFacts) -> FeeModel:
        """The fee model a new security gets."""
        if type(self).fees is not FeeModel:
            return self.fees()
        kind = security.symbol.security_type
        return InteractiveBrokersFeeModel() if kind in (S.EQUITY, S.OPTION) else ConstantFeeModel(0)

    def can_submit_order(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        """None when the order (one leg of a combo) may go to the broker."""
        checks = [self._check_security, self._check_type]
        if self.type_before_security:
            checks.reverse()
        for check in (*checks, self._check_crossing, self._check_own):
            refusal = check(order, facts)
            if refusal is not None:
                return refusal
        return None

    def can_update_order(self, order: Order, facts: SecurityFacts, quantity: Decimal | None) -> Refusal | None:
        """None when the order may be changed; `quantity` is the new one asked for, None when it stays."""
        return self.update_refusal

    def can_execute_order(self, order: Order, facts: SecurityFacts) -> bool:
        """Whether a backtest may fill the order now."""
        return True

    def _check_security(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        kind = order.symbol.security_type
        if self.security_types is None or kind in self.security_types:
            return None
        return Refusal("NotSupported", f"The {self.name} does not support {spelled(kind)} security type.")

    def _check_type(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        return self._refuse_type(order, self.order_types)

    def _refuse_type(self, order: Order, allowed: tuple[OrderType, ...] | None) -> Refusal | None:
        if allowed is None or order.type in allowed:
            return None
        names = ",".join(spelled(kind) for kind in allowed)
        text = f"The {self.name} does not support {spelled(order.type)} order type. Only supports [{names}]"
        return Refusal("NotSupported", text)

    def _check_crossing(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        if order.type not in self.no_zero_crossing or not crosses_zero(facts.held, order.quantity):
            return None
        return Refusal(
            "NotSupported",
            f"Order type '{spelled(order.type)}' is not supported for orders that cross the zero holdings threshold "
            f"in the {self.name}. This means you cannot change a position from positive to negative or vice versa "
            "using this order type. Please close the existing position first.",
        )

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        return None


def _check_open_window(
    order: Order, facts: SecurityFacts, start: time | None, before_open: timedelta, kinds: tuple[SecurityType, ...]
) -> Refusal | None:
    """Market-on-open orders pass only inside the broker's window; `start` None means the session's close."""
    if order.type != T.MARKET_ON_OPEN:
        return None
    kind = order.symbol.security_type
    if kind not in kinds:
        text = f"The broker does not support Market-on-Open orders for security type {spelled(kind)}"
        return Refusal("UnsupportedSecurityType", text)
    session = facts.regular_session()
    if session is None:
        return None
    opens, closes = session
    first, last = start or closes, (datetime.combine(datetime(2000, 1, 2), opens) - before_open).time()
    now = facts.local_time.time()
    if first <= now < last if first <= last else now >= first or now < last:
        return None
    return Refusal(
        "NotSupported",
        f"MarketOnOpen submission time is invalid. Valid local times are  {first:%H:%M}– {last:%H:%M}. "
        "Consider setting `DailyPreciseEndTime` = false or using `Schedule.On`.",
    )


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: every order type, but no market-on-close options and no four-leg leg limits."""

    security_types = (S.EQUITY, S.OPTION, S.INDEX, S.INDEX_OPTION)
    order_types: ClassVar[tuple[OrderType, ...] | None] = (
        T.MARKET, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT, T.TRAILING_STOP,
        T.LIMIT_IF_TOUCHED, T.COMBO_MARKET, T.COMBO_LIMIT, T.COMBO_LEG_LIMIT, T.OPTION_EXERCISE,
    )  # fmt: skip
    fees = InteractiveBrokersFeeModel
    type_before_security = True
    has_benchmark = False

    def _check_type(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        kind = order.symbol.security_type
        refusal = super()._check_type(order, facts)
        if refusal is None and order.type == T.MARKET_ON_CLOSE and kind != S.EQUITY:
            refusal = Refusal(
                f"Unsupported order type for {spelled(kind)} security type",
                "InteractiveBrokers does not support Market-on-Close orders for other security types different than "
                "Future and Equity.",
            )
        refusal = refusal or _check_open_window(order, facts, None, timedelta(minutes=2), _ANYTHING_OPTIONAL)
        if refusal is None and order.type == T.COMBO_LEG_LIMIT and order.group and order.group.count >= 4:
            refusal = Refusal(
                "NotSupported",
                f"The {self.name} does not support four-leg ComboLegLimit orders. Use ComboLimit orders for four-leg "
                "combinations or more.",
            )
        return refusal

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        if order.type != T.OPTION_EXERCISE or order.symbol.security_type != S.INDEX_OPTION:
            return None
        text = f"The {self.name} does not support OptionExercise exercises for index and cash-settled options."
        return Refusal("NotSupported", text)


class InteractiveBrokersFixModel(InteractiveBrokersBrokerageModel):
    """Interactive Brokers over FIX: no leg limits, no limit-if-touched, no exercise."""

    order_types = (
        T.MARKET, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT, T.TRAILING_STOP,
        T.COMBO_MARKET, T.COMBO_LIMIT,
    )  # fmt: skip

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        if order.time_in_force not in ("GTC", "DAY"):
            text = f"The {self.name} does not support {time_in_force_name(order)} time in force."
            return Refusal("NotSupported", text)
        return super()._check_own(order, facts)


class CharlesSchwabBrokerageModel(DefaultBrokerageModel):
    """Charles Schwab: market and limit combos, no leg limits."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (
        T.MARKET, T.LIMIT, T.STOP_MARKET, T.COMBO_MARKET, T.COMBO_LIMIT, T.MARKET_ON_CLOSE, T.MARKET_ON_OPEN,
        T.STOP_LIMIT,
    )  # fmt: skip
    fees = CharlesSchwabFeeModel


class TradeStationBrokerageModel(DefaultBrokerageModel):
    """TradeStation: market and limit combos that do not cross zero, quantities of combos cannot be changed."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (*_SINGLE, T.COMBO_MARKET, T.COMBO_LIMIT, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.TRAILING_STOP)
    fees = TradeStationFeeModel
    no_zero_crossing = (T.COMBO_MARKET, T.COMBO_LIMIT, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE)

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        return _check_open_window(order, facts, time(6), timedelta(minutes=1), _ANYTHING_OPTIONAL)

    def can_update_order(self, order: Order, facts: SecurityFacts, quantity: Decimal | None) -> Refusal | None:
        """A new quantity is refused for orders that cross zero and for combos."""
        if quantity is None or quantity == order.quantity:
            return None
        if crosses_zero(facts.held, order.quantity):
            return Refusal(
                "UpdateRejected",
                f"Unfortunately, the {self.name} brokerage model does not support updating the quantity of Cross Zero "
                "Orders.",
            )
        if order.type in (T.COMBO_MARKET, T.COMBO_LIMIT):
            text = f"Order type '{spelled(order.type)}' is not supported to update quantity in the {self.name}."
            return Refusal("NotSupported", text)
        return None


class TastytradeBrokerageModel(DefaultBrokerageModel):
    """Tastytrade: combos only as limit orders."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (*_SINGLE, T.COMBO_LIMIT)
    fees = TastytradeFeeModel
    no_zero_crossing = (T.COMBO_LIMIT,)


class PublicBrokerageModel(DefaultBrokerageModel):
    """Public.com: combos only as limit orders, which cannot be changed."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (*_SINGLE, T.COMBO_LIMIT)
    fees = PublicFeeModel

    def can_update_order(self, order: Order, facts: SecurityFacts, quantity: Decimal | None) -> Refusal | None:
        """Combos stay as they were sent."""
        if order.group is None:
            return None
        return Refusal("NotSupported", "Public.com does not support updating combo (multi-leg) orders.")


_TRADIER_TIMES = ("Day", "GoodTilCanceled")


class TradierBrokerageModel(DefaultBrokerageModel):
    """Tradier: no combos; an order that opens or enlarges a short must be DAY and priced from 5 dollars."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (T.LIMIT, T.MARKET, T.STOP_MARKET, T.STOP_LIMIT)
    fees = ConstantFeeModel
    type_before_security = True

    def _check_security(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        refused = super()._check_security(order, facts)
        return refused and Refusal("NotSupported", "This model only supports equities and options.")

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        if order.time_in_force not in ("GTC", "DAY"):
            names = " and ".join(f"QuantConnect.Orders.TimeInForces.{kind}TimeInForce" for kind in _TRADIER_TIMES)
            text = f"This model only supports orders with the following time in force types: {names}"
            return Refusal("NotSupported", text)
        if facts.held + order.quantity < 0:
            if order.time_in_force == "GTC":
                return Refusal(
                    "ShortOrderIsGtc", "You cannot place short stock orders with GTC, only day orders are allowed"
                )
            if facts.price < 5:
                return Refusal(
                    "SellShortOrderLastPriceBelow5", "Sell Short order cannot be placed for stock priced below $5"
                )
        if not 1 <= abs(order.quantity) <= 10_000_000:
            return Refusal("IncorrectOrderQuantity", "Quantity should be between 1 and 10,000,000")
        return None

    def can_update_order(self, order: Order, facts: SecurityFacts, quantity: Decimal | None) -> Refusal | None:
        """Quantities cannot be changed."""
        if quantity is None or quantity == order.quantity:
            return None
        return Refusal("UpdateRejected", "Tradier does not support updating order quantities.")

    def can_execute_order(self, order: Order, facts: SecurityFacts) -> bool:
        """Only while the regular session is open."""
        session, now = facts.regular_session(), facts.local_time.time()
        return session is not None and session[0] <= now < session[1]


class AlpacaBrokerageModel(DefaultBrokerageModel):
    """Alpaca: options as single market or limit orders, no index options."""

    security_types = (S.EQUITY, S.OPTION)
    types_by_security: ClassVar[Mapping[SecurityType, tuple[OrderType, ...]]] = {
        S.EQUITY: (*_SINGLE, T.TRAILING_STOP, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE),
        S.OPTION: (T.MARKET, T.LIMIT),
    }
    fees = AlpacaFeeModel
    no_zero_crossing = (T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE)

    def _check_type(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        return self._refuse_type(order, self.types_by_security[order.symbol.security_type])

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        return _check_open_window(order, facts, time(19), timedelta(minutes=2), (S.EQUITY,))


class WebullBrokerageModel(DefaultBrokerageModel):
    """Webull: single orders; options are sold with DAY orders only."""

    security_types = _ANYTHING_OPTIONAL
    fees = WebullFeeModel

    def _check_type(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        trailing = (T.TRAILING_STOP,) if order.symbol.security_type == S.EQUITY else ()
        return self._refuse_type(order, (*_SINGLE, *trailing))

    def _check_own(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        kind = order.symbol.security_type
        if kind == S.EQUITY or order.quantity >= 0 or order.time_in_force == "DAY":
            return None
        text = (
            f"{spelled(kind)} sell orders only support DayTimeInForce time in force, but "
            f"{time_in_force_name(order)} was specified."
        )
        return Refusal("NotSupported", text)


class ExanteBrokerageModel(DefaultBrokerageModel):
    """Exante: any type, but the order must carry a price already, and no index options; cash account by default."""

    security_types = (S.EQUITY, S.INDEX, S.OPTION)
    fees = ExanteFeeModel
    default_account = AccountType.CASH

    def get_leverage(self, security: object) -> float:
        """1.2 for a stock."""
        return 1.2 if getattr(security, "type", None) == S.EQUITY else 1.0

    def can_submit_order(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        """The price is asked before the kind of security."""
        if order.price == 0:
            return Refusal("NotSupported", "Price is not set.")
        return super().can_submit_order(order, facts)


class EzeBrokerageModel(DefaultBrokerageModel):
    """Eze: single orders."""

    security_types = (S.EQUITY, S.OPTION, S.INDEX, S.INDEX_OPTION)
    order_types = (*_SINGLE, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE)
    fees = EzeFeeModel


class TerminalLinkBrokerageModel(DefaultBrokerageModel):
    """Bloomberg Terminal Link: single orders that cannot be changed."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (T.MARKET, T.MARKET_ON_OPEN, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
    update_refusal = Refusal(
        "NotSupported", "Brokerage does not support update. You must cancel and re-create instead."
    )


class BloombergFixBrokerageModel(DefaultBrokerageModel):
    """Bloomberg FIX: single orders."""

    security_types = _ANYTHING_OPTIONAL
    order_types = (T.MARKET, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)


class WolverineBrokerageModel(DefaultBrokerageModel):
    """Wolverine: single orders on shares and equity options that cannot be changed."""

    security_types = (S.EQUITY, S.OPTION)
    order_types = (T.MARKET, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
    fees = WolverineFeeModel
    update_refusal = Refusal("0", "Brokerage does not support update. You must cancel and re-create instead.")


class TDAmeritradeBrokerageModel(DefaultBrokerageModel):
    """TD Ameritrade: shares only."""

    security_types = (S.EQUITY,)
    order_types = _SINGLE
    fees = TDAmeritradeFeeModel


class RBIBrokerageModel(DefaultBrokerageModel):
    """RBI: shares only."""

    security_types = (S.EQUITY,)
    order_types = _SINGLE
    fees = RBIFeeModel

    def _check_type(self, order: Order, facts: SecurityFacts) -> Refusal | None:
        refused = super()._check_type(order, facts)
        text = (
            f"{spelled(order.type)} order is not supported by RBI. Currently, only Market Order, Limit Order, "
            "StopMarket Order and StopLimit Order are supported."
        )
        return refused and Refusal("NotSupported", text)


class AxosClearingBrokerageModel(DefaultBrokerageModel):
    """Axos: shares only."""

    security_types = (S.EQUITY,)
    order_types = (T.LIMIT, T.MARKET, T.MARKET_ON_CLOSE)
    fees = AxosFeeModel
    has_benchmark = False


_MODELS: Mapping[BrokerageName, type[DefaultBrokerageModel]] = {
    BrokerageName.DEFAULT: DefaultBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_BROKERAGE: InteractiveBrokersBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_FIX: InteractiveBrokersFixModel,
    BrokerageName.CHARLES_SCHWAB: CharlesSchwabBrokerageModel,
    BrokerageName.TRADE_STATION: TradeStationBrokerageModel,
    BrokerageName.TASTYTRADE: TastytradeBrokerageModel,
    BrokerageName.PUBLIC: PublicBrokerageModel,
    BrokerageName.TRADIER_BROKERAGE: TradierBrokerageModel,
    BrokerageName.ALPACA: AlpacaBrokerageModel,
    BrokerageName.WEBULL: WebullBrokerageModel,
    BrokerageName.EXANTE: ExanteBrokerageModel,
    BrokerageName.EZE: EzeBrokerageModel,
    BrokerageName.TERMINAL_LINK: TerminalLinkBrokerageModel,
    BrokerageName.BLOOMBERG_FIX: BloombergFixBrokerageModel,
    BrokerageName.WOLVERINE: WolverineBrokerageModel,
    BrokerageName.TD_AMERITRADE: TDAmeritradeBrokerageModel,
    BrokerageName.RBI: RBIBrokerageModel,
    BrokerageName.AXOS: AxosClearingBrokerageModel,
}


def brokerage_model(name: BrokerageName, account_type: AccountType = AccountType.MARGIN) -> DefaultBrokerageModel:
    """The model LEAN's `set_brokerage_model` installs; Unsupported names one that trades nothing a replay has."""
    model = _MODELS.get(name)
    if model is None:
        known = ", ".join(str(known) for known in _MODELS)
        raise Unsupported(f"brokerage model {name}", f"supported are {known}")
    return model(account_type)
