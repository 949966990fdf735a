"""What LEAN's brokerage models take of option orders, by the model's name (lean_semantics.md 9.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .legs import Leg
from .money import money
from .orders import OrderKind
from .quotes import LegQuote
from .view import Problem


@dataclass(frozen=True, slots=True)
class BrokerRules:
    """One model. LEAN source: Common/Brokerages/<name>BrokerageModel.cs.

    Attributes:
        combo_market: Takes combo market orders.
        combo_limit: Takes combo limit orders.
        day_only: Wants option orders good for the day.
        least_short: Refuses to open a short below this price, ticks (LEAN's Tradier model does so for options too).
    """

    combo_market: bool = False
    combo_limit: bool = False
    day_only: bool = False
    least_short: int = 0

    def takes(self, kind: OrderKind) -> bool:
        """True when orders of this kind are taken for options."""
        if kind is OrderKind.COMBO_MARKET:
            return self.combo_market
        return kind is not OrderKind.COMBO_LIMIT or self.combo_limit

    def problems(self, name: str, legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> list[Problem]:
        """Why the model would refuse to open these legs."""
        return [
            Problem(
                "entry",
                True,
                f"{name} opens no short below {money(self.least_short)}: {leg.name} is at {money(quote.mark)}",
                "another brokerage model",
            )
            for leg, quote in zip(legs, quotes, strict=True)
            if leg.is_short and quote.mark < self.least_short
        ]


_BOTH = BrokerRules(combo_market=True, combo_limit=True)
_TABLE = {
    "DEFAULT": _BOTH,
    "QUANT_CONNECT_BROKERAGE": _BOTH,
    "INTERACTIVE_BROKERS_BROKERAGE": _BOTH,
    "CHARLES_SCHWAB": _BOTH,
    "TRADE_STATION": _BOTH,
    "TASTYTRADE": BrokerRules(combo_limit=True),
    "PUBLIC": BrokerRules(combo_limit=True),
    "TRADIER_BROKERAGE": BrokerRules(day_only=True, least_short=50_000),
    "WEBULL": BrokerRules(day_only=True),
}


def broker_rules(name: str) -> BrokerRules:
    """Rules of a model by LEAN's name; a model that is not in the table gets orders for single legs only.

    LEAN before July 2026 prints an enum as C# writes it, without underscores.
    """
    return _BY_NAME.get(_plain(name), BrokerRules())


def _plain(name: str) -> str:
    return name.replace("_", "").upper()


_BY_NAME = {_plain(name): rules for name, rules in _TABLE.items()}
