"""What ``from AlgorithmImports import *`` gives an algorithm: LEAN's names, resolved when they are first used."""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from replay.foreign_names import missing, unknown_names

_HOMES: dict[str, tuple[str, ...]] = {
    "replay.algorithm": ("QCAlgorithm",),
    "replay.assignment": (
        "DefaultOptionAssignmentModel",
        "NullOptionAssignmentModel",
        "OptionAssignmentParameters",
        "OptionAssignmentResult",
    ),
    "replay.bars": (
        "Bar",
        "Delisting",
        "Dividend",
        "OpenInterest",
        "QuoteBar",
        "Split",
        "SymbolChangedEvent",
        "Tick",
        "TradeBar",
    ),
    "replay.buying_power": (
        "BuyingPowerModel",
        "ConstantBuyingPowerModel",
        "NullBuyingPowerModel",
        "SecurityMarginModel",
    ),
    "replay.chains": ("OptionChain", "OptionContract"),
    "replay.charting": ("CandlestickSeries", "Chart", "Series"),
    "replay.colors": ("Color",),
    "replay.initializers": (
        "BrokerageModelSecurityInitializer",
        "CompositeSecurityInitializer",
        "FuncSecurityInitializer",
        "FuncSecuritySeeder",
        "SecuritySeeder",
    ),
    "replay.legs": ("Leg", "OptionStrategy"),
    "replay.option_filters": ("OptionFilterUniverse",),
    "replay.options": ("Option",),
    "replay.lean_extensions": ("Extensions", "OrderExtensions"),
    "replay.order_views": ("OrderFee", "OrderProperties", "TimeInForce"),
    "replay.positions": ("OptionStrategyPositionGroupBuyingPowerModel", "SecurityPositionGroupBuyingPowerModel"),
    "replay.requests": ("UpdateOrderFields",),
    "replay.securities": ("Equity", "Index", "Security"),
    "replay.selection": ("SecurityChanges",),
    "replay.settlement": ("OptionSymbol",),
    "replay.universe_history": ("OptionUniverse",),
    "replay.settings": ("DefaultMarginCallModel", "MarginCallModel", "SecurityPositionGroupModel"),
    "replay.slices": ("OptionChains", "QuoteBars", "Slice", "TradeBars"),
    "replay.strategies": ("OptionStrategies",),
    "replay.symbol": ("Symbol", "SymbolCache"),
    "replay.identifier": ("SecurityIdentifier",),
    "replay.tickets": ("OrderTicket",),
    "replay.timezones": ("TimeZones",),
    "replay.averages": ("ExponentialMovingAverage", "IndicatorDataPoint", "SimpleMovingAverage"),
    "replay.windows": ("RollingWindow",),
}
_ENUM_HOMES = ("replay.enums", "replay.fees", "replay.brokerages")
_PLAIN: dict[str, Any] = {
    "Decimal": Decimal,
    "date": date,
    "datetime": datetime,
    "deque": deque,
    "math": math,
    "time": time,
    "timedelta": timedelta,
}
_LAZY_MODULES = {"np": "numpy", "pd": "pandas"}
_SUFFIXES = ("FeeModel", "BrokerageModel", "FixModel")


class _LazyModule:
    """``np`` and ``pd``: imported when an algorithm first touches them."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self.__dict__["_name"]), attribute)


def names() -> dict[str, Any]:
    """Every name the star import gives."""
    found: dict[str, Any] = dict(_PLAIN)
    for home, wanted in _HOMES.items():
        module = import_module(home)
        for name in wanted:
            found[name] = getattr(module, name)
    for home in _ENUM_HOMES:
        module = import_module(home)
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == home and not name.startswith("_")
            if own and (home == "replay.enums" or name.endswith(_SUFFIXES) or name == "OrderFeeParameters"):
                found[name] = value
    found["DayOfWeek"] = _day_of_week()
    views = import_module("replay.order_views")
    found["SubmitOrderRequest"] = import_module("replay.requests").NewOrderRequest
    found["Order"], found["OrderEvent"] = views.OrderView, views.OrderEventView
    for name, target in _LAZY_MODULES.items():
        found[name] = sys.modules.get(target) or _LazyModule(target)
    return found


def _day_of_week() -> Any:
    days = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
    create: Any = import_module("replay.enums").LeanEnum
    return create("DayOfWeek", {day: number for number, day in enumerate(days)})


def algorithm_imports(files: Iterable[Path] = ()) -> ModuleType:
    """The module ``AlgorithmImports``; names that ``files`` use and the replay lacks are stand-ins that raise."""
    module = ModuleType("AlgorithmImports")
    module.__doc__ = "Names of LEAN's Python layer as the replay re-enacts them."
    found = names()
    known = set(found)
    for file in files:
        found.update((name, missing(name)) for name in unknown_names(file, known))
    module.__dict__.update(found)
    module.__dict__["__all__"] = list(found)
    return module
