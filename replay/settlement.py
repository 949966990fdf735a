"""Calendar facts of option contracts: monthly or weekly, AM or PM settled, when they stop and when they settle."""

from __future__ import annotations

from datetime import date as calendar_date
from datetime import datetime, timedelta

from replay.enums import SecurityType
from replay.hours import ExchangeHours
from replay.symbol import Symbol

_WEEKLY_AND_MONTHLY_ROOTS = frozenset({"NQX", "SPXW", "RUTW"})
_PM_SETTLED_ROOTS = frozenset({"RUTW", "SPXW", "VIXW", "NDXP", "NQX"})
_FRIDAY = 4


def third_friday(day: calendar_date) -> calendar_date:
    """The third Friday of a date's month."""
    first = calendar_date(day.year, day.month, 1)
    return first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)


def is_standard(symbol: Symbol) -> bool:
    """Whether a contract is a monthly one: LEAN's OptionSymbol.IsStandard and IndexOptionSymbol.IsStandard."""
    expiry = symbol.id.date
    if symbol.security_type == SecurityType.INDEX_OPTION:
        if symbol.id.symbol not in _WEEKLY_AND_MONTHLY_ROOTS:
            return True
        return third_friday(expiry) == expiry.date()
    first = (calendar_date(expiry.year, expiry.month, 1).weekday() + 1) % 7
    first_friday = 7 if first == 6 else 6 - first
    return first_friday + 12 < expiry.day < first_friday + 16


def is_am_settled(symbol: Symbol) -> bool:
    """Whether an index option settles at the opening prices of its expiry date."""
    return symbol.id.symbol.upper() not in _PM_SETTLED_ROOTS


def last_trading_close(symbol: Symbol, hours: ExchangeHours) -> datetime:
    """The close of a contract's last session, exchange time."""
    expiry = symbol.id.date
    day = expiry if hours.is_date_open(expiry) else hours.get_previous_trading_day(expiry)
    close = hours.get_last_daily_market_close(day, False)
    return min(close, expiry + timedelta(days=1))


def settlement_time(symbol: Symbol, hours: ExchangeHours) -> datetime:
    """When a contract settles, exchange time: LEAN's OptionSymbol.GetSettlementDateTime."""
    close = last_trading_close(symbol, hours)
    if symbol.security_type != SecurityType.INDEX_OPTION or close.date() != symbol.id.date.date():
        return close
    midnight = close.replace(hour=0, minute=0, second=0, microsecond=0)
    if not is_am_settled(symbol):
        return midnight + timedelta(hours=15)
    return hours.get_next_market_open(midnight, False) if is_standard(symbol) else close


class OptionSymbol:
    """LEAN's helper class of the same name, as far as it needs no market hours."""

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """Whether a contract is a monthly one."""
        return is_standard(symbol)

    is_standard_contract = is_standard

    @staticmethod
    def is_weekly(symbol: Symbol) -> bool:
        """Whether a contract is not monthly and expires on a Friday."""
        return not is_standard(symbol) and symbol.id.date.weekday() == _FRIDAY
