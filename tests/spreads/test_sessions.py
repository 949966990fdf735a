"""Sessions and last trades in algorithm time, from a written calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from spreads.judge import TradingHours
from spreads.legs import Leg, Right
from spreads.sessions import Sessions

TUESDAY, THURSDAY, FRIDAY = date(2024, 11, 26), date(2024, 11, 28), date(2024, 11, 29)  # Thanksgiving, a half day


@dataclass
class Chicago:
    """Open 8:30 to 15:15 exchange time, closed on Thanksgiving, to 12:15 on the day after; an hour behind us."""

    hours: Chicago = field(init=False)
    local_time: datetime = datetime(2024, 11, 26, 9, 0, 0, 400_000)

    def __post_init__(self) -> None:
        self.hours = self

    def is_date_open(self, local: datetime, /) -> bool:
        return local.date() != THURSDAY and local.weekday() < 5

    def get_next_market_open(self, local: datetime, extended: bool, /) -> datetime:
        return datetime.combine(local.date(), time(8, 30))

    def get_next_market_close(self, local: datetime, extended: bool, /) -> datetime:
        return datetime.combine(local.date(), time(12, 15) if local.date() == FRIDAY else time(15, 15))


def sessions(asked: list[str] | None = None) -> Sessions:
    exchange = Chicago()

    def exchange_of(leg: Leg) -> Chicago:
        if asked is not None:
            asked.append(leg.key)
        return exchange

    return Sessions(exchange_of, lambda: datetime(2024, 11, 26, 10, 0))


def option(root: str, expiry: date, strike: int = 5900) -> Leg:
    return Leg(f"{root} {strike}", 1, Right.CALL, strike * 10_000, expiry, root)


def test_session_of_a_half_day_ends_early_in_algorithm_time() -> None:
    hours = sessions().session(option("SPXW", FRIDAY), FRIDAY)
    assert hours == TradingHours(datetime(2024, 11, 29, 9, 30), datetime(2024, 11, 29, 13, 15))


def test_holiday_has_no_session() -> None:
    assert sessions().session(option("SPXW", FRIDAY), THURSDAY) is None


def test_morning_settled_option_trades_last_in_the_session_before_the_holiday() -> None:
    assert sessions().last_trade(option("SPX", FRIDAY), True) == datetime(2024, 11, 27, 16, 15)


def test_weekly_stops_a_quarter_before_the_close_of_a_half_day() -> None:
    assert sessions().last_trade(option("SPXW", FRIDAY), True) == datetime(2024, 11, 29, 13, 0)


def test_exchange_is_asked_once_a_root_so_that_an_expired_contract_still_has_sessions() -> None:
    asked: list[str] = []
    found = sessions(asked)
    found.session(option("SPXW", FRIDAY), TUESDAY)
    found.last_trade(option("SPXW", FRIDAY, 5910), True)
    assert found.algorithm_time(option("SPXW", FRIDAY, 5920), datetime(2024, 11, 26, 9)) == datetime(2024, 11, 26, 10)
    assert asked == ["SPXW 5900"]


def test_clocks_that_differ_by_seconds_give_an_offset_of_whole_minutes() -> None:
    assert sessions().offset(Chicago()) == timedelta(hours=1)
