"""The cash book: dollars only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.errors import Unsupported
from replay.naming import LeanObject
from replay.symbol import to_decimal


class Cash(LeanObject):
    """An amount of the account currency."""

    symbol = "USD"
    currency_symbol = "$"
    conversion_rate = 1.0

    def __init__(self, amount: Decimal) -> None:
        self.exact_amount = amount

    amount = property(lambda self: float(self.exact_amount))

    def set_amount(self, amount: float) -> None:
        """Replace the amount."""
        self.exact_amount = to_decimal(amount)

    def add_amount(self, amount: float) -> float:
        """Add (or, negative, take away) an amount; the new amount."""
        self.exact_amount += to_decimal(amount)
        return self.amount

    value_in_account_currency = property(lambda self: float(self.exact_amount))


class CashBook(LeanObject):
    """Cash by currency; the replay accounts in dollars."""

    account_currency = "USD"

    def __init__(self, amount: Decimal) -> None:
        self.base = Cash(amount)

    total_value_in_account_currency = property(lambda self: self.base.amount)

    def __getitem__(self, currency: str) -> Cash:
        if currency.upper() != "USD":
            raise Unsupported(f"currency {currency!r}", "the replay accounts in USD")
        return self.base

    def __contains__(self, currency: Any) -> bool:
        return str(currency).upper() == "USD"

    def contains_key(self, currency: str) -> bool:
        """Whether the key is there."""
        return currency in self

    def keys(self) -> list[str]:
        """The keys, in order."""
        return ["USD"]

    def values(self) -> list[Cash]:
        """The values, in order."""
        return [self.base]

    def items(self) -> list[tuple[str, Cash]]:
        """Keys and values, in order."""
        return [("USD", self.base)]
