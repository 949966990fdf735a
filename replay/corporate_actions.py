"""Splits, dividends, renames and the delisting of an equity within a run, from its factor and map files.

The dates are LEAN's (its Split-, Dividend-, Mapping- and DelistingEventProvider): every event stands at midnight of a
trading day in the exchange's zone; a split is announced at midnight of the last day before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum

from replay.factor_files import FactorFile, FactorFiles
from replay.hours import ExchangeHours
from replay.map_files import MapFile, MapFiles
from replay.symbol import Symbol

_CENT = Decimal("0.01")
_ONE_DAY = timedelta(days=1)


class Kind(Enum):
    """What happens."""

    SPLIT_WARNING = "split warning"
    SPLIT = "split"
    DIVIDEND = "dividend"
    RENAME = "rename"
    DELISTING_WARNING = "delisting warning"
    DELISTED = "delisted"


@dataclass(frozen=True)
class CorporateAction:
    """One event; ``time`` is exchange time.

    ``factor`` of a split is new price over old price (1/7 for seven new shares); ``amount`` of a dividend is dollars
    per share; ``reference_price`` is the raw close of the day before in dollars; ``old`` and ``new`` are the tickers
    of a rename.
    """

    kind: Kind
    time: datetime
    factor: Decimal = Decimal(1)
    reference_price: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    old: str = ""
    new: str = ""


class CorporateActions:
    """The corporate actions of a data folder."""

    def __init__(self, maps: MapFiles, factors: FactorFiles) -> None:
        self._maps = maps
        self._factors = factors

    def within(
        self, symbol: Symbol, hours: ExchangeHours, first: calendar_date, last: calendar_date
    ) -> list[CorporateAction]:
        """The events of an equity whose trading days lie between two dates, both included, in the order of time."""
        file = self._maps.of(symbol)
        name = file.permanent_ticker if file else symbol.value
        factors = self._factors.of(name, symbol.id.market)
        days = _trading_days(hours, first, last)
        found = [*_factor_events(factors, file, days), *_map_events(file, days)]
        return sorted(found, key=lambda action: action.time)


def _trading_days(hours: ExchangeHours, first: calendar_date, last: calendar_date) -> list[datetime]:
    start = datetime(first.year, first.month, first.day)
    count = (calendar_date.fromordinal(last.toordinal()) - start.date()).days + 1
    days = [start + _ONE_DAY * number for number in range(count)]
    return [day for day in days if hours.is_date_open(day)]


def _listed(file: MapFile | None, day: datetime) -> bool:
    return file is None or file.first_date <= day.date() <= file.delisting_date


def _factor_events(factors: FactorFile, file: MapFile | None, days: list[datetime]) -> Iterator[CorporateAction]:
    split: tuple[Decimal, Decimal] | None = None
    dividend: tuple[Decimal, Decimal] | None = None
    for day in days:
        if not _listed(file, day):
            continue
        if split is not None:
            yield CorporateAction(Kind.SPLIT, day, split[0], split[1])
        if dividend is not None:
            ratio, price = dividend
            amount = (price * (1 - ratio)).quantize(_CENT, ROUND_HALF_EVEN)
            yield CorporateAction(Kind.DIVIDEND, day, ratio, price, amount)
        split, dividend = factors.split_after(day.date()), factors.dividend_after(day.date())
        if split is not None:
            yield CorporateAction(Kind.SPLIT_WARNING, day, split[0], split[1])


def _map_events(file: MapFile | None, days: list[datetime]) -> Iterator[CorporateAction]:
    if file is None or not days:
        return
    ticker = file.ticker_on(days[0].date())
    warned = False
    for day in days:
        now = file.ticker_on(day.date())
        if _listed(file, day) and now != ticker:
            yield CorporateAction(Kind.RENAME, day, old=ticker, new=now)
            ticker = now
        delisting = datetime.combine(file.delisting_date, datetime.min.time())
        if not warned and day >= delisting:
            warned = True
            yield CorporateAction(Kind.DELISTING_WARNING, delisting)
        if day > delisting:
            yield CorporateAction(Kind.DELISTED, delisting + _ONE_DAY)
            return
