"""Small helpers LEAN offers beside its objects: ``Extensions``, ``OrderExtensions``, the option chain provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from replay.chain_files import contracts_listed
from replay.enums import CLOSED_STATUSES, OPTION_TYPES, OrderStatus, SecurityType
from replay.symbol import Symbol
from replay.timezones import TimeZone


class Extensions:
    """The few extension methods algorithms on options use."""

    @staticmethod
    def is_option(security_type: SecurityType) -> bool:
        """Whether a security type is one of options."""
        return security_type in OPTION_TYPES

    @staticmethod
    def convert_from_utc(time: datetime, zone: Any) -> datetime:
        """Local time of a naive UTC time."""
        return TimeZone.of(zone).to_local(time)

    @staticmethod
    def convert_to_utc(time: datetime, zone: Any) -> datetime:
        """Naive UTC of a local time."""
        return TimeZone.of(zone).to_utc(time)


class OrderExtensions:
    """Questions about an order status."""

    @staticmethod
    def is_closed(status: OrderStatus) -> bool:
        """Filled, cancelled or invalid."""
        return status in CLOSED_STATUSES

    @staticmethod
    def is_open(status: OrderStatus) -> bool:
        """Not closed."""
        return status not in CLOSED_STATUSES

    @staticmethod
    def is_fill(status: OrderStatus) -> bool:
        """Filled, wholly or partly."""
        return status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)


class OptionChainProvider:
    """Contracts of a chain as listed in the last universe file."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm

    def get_option_contract_list(self, symbol: Any, date: datetime) -> list[Symbol]:
        """Symbols of the chain listed at a moment in exchange time, without those expired before its date."""
        run = self._algorithm._replay_run
        return contracts_listed(run.store, run.symbol_of(symbol), date)
