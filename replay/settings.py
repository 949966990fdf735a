"""``self.settings`` and ``self.universe_settings``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from replay.enums import DataNormalizationMode, Resolution
from replay.errors import Unsupported
from replay.naming import LeanObject, snake_case
from replay.symbol import to_decimal

_ONE_DAY = timedelta(days=1)


class AlgorithmSettings(LeanObject):
    """Settings the replay acts on; another one raises Unsupported when it is set."""

    _known = frozenset(
        {
            "stale_price_time_span",
            "liquidate_enabled",
            "maximum_orders",
            "daily_precise_end_time",
            "seed_initial_prices",
            "minimum_order_margin_portfolio_percentage",
            "free_portfolio_value_percentage",
            "free_portfolio_value",
            "ignore_unknown_asset_holdings",
            "automatic_indicator_warm_up",
            "trading_days_per_year",
            "performance_sample_period",
        }
    )

    def __init__(self) -> None:
        self.stale_price_time_span = timedelta(hours=1)
        self.liquidate_enabled = True
        self.maximum_orders = 10_000
        self.daily_precise_end_time = True
        self.seed_initial_prices = False
        self.minimum_order_margin_portfolio_percentage = 0.001
        self.free_portfolio_value_percentage = 0.0025
        self.free_portfolio_value = None
        self.ignore_unknown_asset_holdings = True
        self.automatic_indicator_warm_up = False
        self.trading_days_per_year = 252

    def __setattr__(self, name: str, value: Any) -> None:
        name = snake_case(name)
        if name not in self._known:
            raise Unsupported(f"settings.{name}", f"known are {', '.join(sorted(self._known))}")
        object.__setattr__(self, name, value)


class UniverseSettings(LeanObject):
    """Defaults of subscriptions; another one raises Unsupported when it is set."""

    _known = frozenset(
        {
            "resolution",
            "leverage",
            "fill_forward",
            "extended_market_hours",
            "minimum_time_in_universe",
            "data_normalization_mode",
            "asynchronous",
        }
    )

    def __init__(self) -> None:
        self.resolution = Resolution.MINUTE
        self.leverage = 0.0
        self.fill_forward = True
        self.extended_market_hours = False
        self.minimum_time_in_universe = _ONE_DAY
        self.data_normalization_mode = DataNormalizationMode.ADJUSTED
        self.asynchronous = False

    def __setattr__(self, name: str, value: Any) -> None:
        name = snake_case(name)
        if name not in self._known:
            raise Unsupported(f"universe_settings.{name}", f"known are {', '.join(sorted(self._known))}")
        if name == "minimum_time_in_universe" and value > _ONE_DAY:
            raise Unsupported("universe_settings.minimum_time_in_universe above a day", "chains select once a day")
        object.__setattr__(self, name, value)


class SecurityPositionGroupModel(LeanObject):
    """Position groups; ``NULL`` switches them off."""

    NULL: Any = None
    Null: Any = None

    def __init__(self, is_null: bool = False) -> None:
        self.is_null = is_null


SecurityPositionGroupModel.NULL = SecurityPositionGroupModel.Null = SecurityPositionGroupModel(True)


class MarginCallModel(LeanObject):
    """Margin calls; ``NULL`` switches them off."""

    NULL: Any = None
    Null: Any = None


class DefaultMarginCallModel(MarginCallModel):
    """LEAN's own margin calls, with another buffer: the share of the value that margin may exceed it by."""

    def __init__(self, portfolio: Any = None, default_order_properties: Any = None, margin_buffer: float = 0.1) -> None:
        if type(self) is not DefaultMarginCallModel and len(vars(type(self)).keys() - _PLAIN_CLASS):
            raise Unsupported(f"the margin call model {type(self).__name__}", "only the margin buffer may be changed")
        self.margin_buffer = to_decimal(margin_buffer)


_PLAIN_CLASS = frozenset(
    {"__module__", "__doc__", "__init__", "__qualname__", "__firstlineno__", "__static_attributes__"}
)
MarginCallModel.NULL = MarginCallModel.Null = MarginCallModel()
