"""Date and time rules: which moments they name, in LEAN's own names for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from replay.date_rules import DateRules
from replay.end_of_day import EndOfDay
from replay.enums import LeanEnum, SecurityType
from replay.errors import ArgumentException
from replay.hours import ExchangeHours, Segment
from replay.schedule import ScheduleManager
from replay.symbol import Symbol, SymbolCache
from replay.time_rules import TimeRules
from replay.timezones import TimeZone, TimeZones

GOOG = Symbol.create("GOOG", SecurityType.EQUITY, "usa")
SPX = Symbol.create("SPX", SecurityType.INDEX, "usa")
NEW_YORK, CHICAGO = TimeZone.of(TimeZones.NEW_YORK), TimeZone.of(TimeZones.CHICAGO)
CHRISTMAS = datetime(2015, 12, 25)


def hours(zone: TimeZone, opens: str, closes: str) -> ExchangeHours:
    from replay.enums import MarketHoursState

    start, end = (timedelta(hours=int(text[:2]), minutes=int(text[3:])) for text in (opens, closes))
    week = [[Segment(start, end, MarketHoursState.MARKET)]] * 5 + [[], []]
    return ExchangeHours(
        zone, zone, week, {CHRISTMAS.date()}, {datetime(2015, 12, 24).date(): end - timedelta(hours=3)}, {}
    )


@pytest.fixture
def world() -> Any:
    SymbolCache.clear()
    SymbolCache.set("GOOG", GOOG)
    table = {"GOOG": hours(NEW_YORK, "09:30", "16:00"), "SPX": hours(CHICAGO, "08:30", "15:15")}
    debugged: list[str] = []
    return SimpleNamespace(
        time=datetime(2015, 12, 23),
        utc=datetime(2015, 12, 23, 5),
        end_utc=datetime(2015, 12, 31),
        time_zone=NEW_YORK,
        securities=[(GOOG, None)],
        store=SimpleNamespace(hours=lambda symbol: table.get(symbol.value, table["GOOG"])),
        messages=SimpleNamespace(debug=debugged.append),
        debugged=debugged,
        runtime_error=None,
        guard=lambda action, where: action(),
        set_time=lambda utc: None,
    )


def days(rule: Any, start: datetime = datetime(2015, 12, 1), end: datetime = datetime(2016, 1, 15)) -> list[str]:
    return [f"{day:%m-%d}" for day in rule.get_dates(start, end)]


def moments(rule: Any, *dates: datetime) -> list[str]:
    return [f"{NEW_YORK.to_local(moment):%d %H:%M}" for moment in rule.create_utc_event_times(dates)]


def test_week_end_without_security_is_friday_and_holidays_count(world: Any) -> None:
    rule = DateRules(world).week_end()

    assert rule.name == "WeekEnd"
    assert days(rule)[:4] == ["12-04", "12-11", "12-18", "12-25"]


def test_week_end_of_a_security_is_its_last_trading_date(world: Any) -> None:
    rule = DateRules(world).week_end("GOOG", 1)

    assert rule.name == "GOOG: WeekEnd-1"
    assert days(rule)[2:5] == ["12-17", "12-23", "12-31"]


def test_week_start_is_monday_and_its_offset_counts_dates(world: Any) -> None:
    assert days(DateRules(world).week_start())[:2] == ["12-07", "12-14"]
    assert days(DateRules(world).week_start(days_offset=6))[:2] == ["12-06", "12-13"]


def test_offset_beyond_the_week_of_a_security_raises_with_its_schedule(world: Any) -> None:
    with pytest.raises(
        ArgumentException, match=r"Monday\+5 is out of range for GOOG's schedule.* 0 - 4; Schedule : Mon"
    ):
        DateRules(world).week_start(GOOG, 5)
    with pytest.raises(ArgumentException, match="Offset must be between 0 and 6"):
        DateRules(world).week_end(7)


def test_month_end_of_a_security_counts_trading_dates_back(world: Any) -> None:
    assert days(DateRules(world).month_end(GOOG)) == ["12-31"]
    assert days(DateRules(world).month_end(GOOG, 5)) == ["12-23"]


def test_offset_beyond_the_month_stops_at_its_last_date(world: Any) -> None:
    rule = DateRules(world).month_start(GOOG, 30)

    assert days(rule, datetime(2015, 12, 1), datetime(2015, 12, 31)) == ["12-31"]


def test_quarter_and_year_rules_name_one_date_a_period(world: Any) -> None:
    rules = DateRules(world)

    assert days(rules.quarter_start(GOOG, 1)) == ["01-04"]
    assert days(rules.year_end(2)) == ["12-29"]
    with pytest.raises(ArgumentException, match="between 0 and 92"):
        rules.quarter_end(93)


def test_every_takes_weekdays_and_lists_them_in_its_name(world: Any) -> None:
    create: Any = LeanEnum
    weekday = create("DayOfWeek", {"MONDAY": 1, "SUNDAY": 0})
    rule = DateRules(world).every(weekday.SUNDAY, weekday.MONDAY)

    assert rule.name == "Sunday,Monday"
    assert days(rule)[:3] == ["12-06", "12-07", "12-13"]


def test_dates_given_stay_in_their_order(world: Any) -> None:
    rule = DateRules(world).on(datetime(2015, 12, 24, 9), datetime(2015, 12, 23))

    assert (rule.name, days(rule)) == ("12/24/2015,12/23/2015", ["12-24", "12-23"])


def test_unknown_ticker_becomes_a_stock_with_one_warning(world: Any) -> None:
    rules = DateRules(world)
    rules.every_day("NONE1")
    rules.every_day("NONE2")

    assert len(world.debugged) == 1
    assert "no existing symbol found for ticker NONE1" in world.debugged[0]


def test_open_without_a_security_is_the_earliest_and_close_the_latest(world: Any) -> None:
    rules, day = TimeRules(world), datetime(2015, 12, 23)

    assert moments(rules.after_market_open(30), day) == ["23 10:00"]
    assert moments(rules.before_market_close(15), day) == ["23 15:45"]
    world.securities.append((SPX, None))
    assert moments(rules.before_market_close(15), day) == ["23 16:00"]


def test_closed_date_has_no_open_and_a_half_day_its_own_close(world: Any) -> None:
    rule = TimeRules(world).before_market_close("GOOG", 10)

    assert moments(rule, datetime(2015, 12, 24), CHRISTMAS) == ["24 12:50"]


def test_names_of_time_rules_are_leans(world: Any) -> None:
    rules = TimeRules(world)
    named = [
        rules.at(9, 35),
        rules.at(timedelta(hours=10), TimeZones.CHICAGO),
        rules.every(timedelta(minutes=30)),
        rules.after_market_open(GOOG),
        rules.before_market_open(GOOG, 2.5),
        rules.before_market_close(GOOG, 10, True),
        rules.after_market_close(),
    ]

    assert [rule.name for rule in named] == [
        "9.58",
        "10",
        "Every 30 min",
        "GOOG: 0 min before MarketOpen",
        "GOOG: 2.5 min before MarketOpen",
        "GOOG: 10 min before ExtendedMarketClose",
        "0 min after MarketClose",
    ]


def test_time_of_day_may_be_named_and_in_another_zone(world: Any) -> None:
    rules, day = TimeRules(world), datetime(2015, 12, 23)

    assert moments(rules.at(hour=9, minute=35, time_zone=TimeZones.CHICAGO), day) == ["23 10:35"]


def fired(world: Any, callback: Any) -> list[Any]:
    manager = ScheduleManager(world)
    manager.on("named", manager.date_rules.today, manager.time_rules.at(10, 0), callback)
    manager.start()
    manager.fire(datetime(2015, 12, 23, 15), inclusive=True)
    return list(world.debugged)


def test_callback_of_two_arguments_gets_name_and_time(world: Any) -> None:
    assert fired(world, lambda name, utc: world.debugged.append((name, utc))) == [("named", datetime(2015, 12, 23, 15))]


def test_callback_with_defaults_keeps_them(world: Any) -> None:
    assert fired(world, lambda a=1, b=2: world.debugged.append((a, b))) == [(1, 2)]


def end_of_day(world: Any, method: Any) -> list[str]:
    """What is said when a stock is added and two days pass."""
    world.schedule = ScheduleManager(world)
    world.handler_of = lambda name: method
    stock = SimpleNamespace(symbol=GOOG, hours=hours(NEW_YORK, "09:30", "16:00"), extended_market_hours=False)
    world.securities = SimpleNamespace(values=lambda: [stock])
    watcher = EndOfDay(world)
    world.schedule.start()
    watcher.changed(SimpleNamespace(added_securities=[stock], removed_securities=[]))
    for day in (24, 25, 26):
        world.utc = datetime(2015, 12, day, 5)
        world.schedule.fire(world.utc, inclusive=False)
    return list(world.debugged)


def test_end_of_day_with_a_symbol_comes_ten_minutes_before_its_close(world: Any) -> None:
    said: list[str] = []
    world.set_time = lambda utc: said.append(f"{NEW_YORK.to_local(utc):%d %H:%M}")

    assert end_of_day(world, lambda symbol: said.append(symbol.value)) == []
    assert said == ["23 15:50", "GOOG", "24 12:50", "GOOG"]


def test_end_of_day_without_a_symbol_comes_two_minutes_before_midnight_of_trading_dates(world: Any) -> None:
    said: list[str] = []
    world.set_time = lambda utc: said.append(f"{NEW_YORK.to_local(utc):%d %H:%M}")

    warned = end_of_day(world, lambda: said.append("over"))
    assert said == ["23 23:58", "over", "24 23:58", "over"]
    assert all("without a symbol will be deprecated" in line for line in warned)
