"""Every setting of the algorithm: name, default, what is allowed, and what it means. One table, read in one place.

Settings are LEAN parameters: flat texts (`get_parameter`), named like the fields with dashes. config.json holds
the same names with the same defaults (a test compares them), because `lean backtest --parameter` replaces the
whole dictionary and every setting not named falls back to the default here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from stop_rules import PARAMETERS, rule_for

from .confirmation import Grade, grades_from
from .errors import BadSetting
from .view import Rule


def setting(default: str, read: Callable[[str], Any], allowed: str, help_text: str) -> Any:
    """A field of `Settings`: its default as text, how the text is read, what is allowed, what it means."""
    return field(default=default, metadata={"default": default, "read": read, "allowed": allowed, "help": help_text})


def _number(low: str, high: str, whole: bool = False) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise ValueError from None
        if not value.is_finite() or not Decimal(low) <= value <= Decimal(high):
            raise ValueError
        if whole:
            if value != value.to_integral_value():
                raise ValueError
            return int(value)
        return value

    return read


def _one_of(*choices: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in choices:
            raise ValueError
        return text

    return read


def _many_of(*choices: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        if not parts or any(part not in choices for part in parts) or len(set(parts)) != len(parts):
            raise ValueError
        return parts

    return read


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()


def _clock(text: str) -> time:
    return datetime.strptime(text, "%H:%M").time()


def _clocks(text: str) -> tuple[time, ...]:
    clocks = tuple(_clock(part.strip()) for part in text.split(",") if part.strip())
    if not clocks:
        raise ValueError
    return clocks


def _ticker(text: str) -> str:
    if not text or not text.replace(".", "").isalnum() or text != text.upper():
        raise ValueError
    return text


def _ticker_or_none(text: str) -> str:
    return _ticker(text) if text else ""


def _word(text: str) -> str:
    return text


_BROKERAGES = (
    "default", "interactive-brokers", "charles-schwab", "tastytrade", "trade-station", "tradier", "alpaca", "public",
    "webull",
)  # fmt: skip
_BASES = ("natural", "mid", "worst", "mark")
_SWITCH = ("on", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings as read; see the help text of each field. Dollars are dollars per share unless it says otherwise."""

    # what is traded and when
    underlying: str = setting("SPX", _ticker, "a ticker in capitals", "underlying: SPX, or an equity such as GOOG")
    option_root: str = setting(
        "SPXW", _ticker_or_none, "a ticker or empty", "root of index options; empty: equity options"
    )
    start_date: date = setting("2024-11-18", _date, "YYYY-MM-DD", "first day")
    end_date: date = setting("2024-12-04", _date, "YYYY-MM-DD", "last day")
    cash: Decimal = setting("100000", _number("1", "1e12"), "a number above 0", "cash at the start, dollars")
    entry_times: tuple[time, ...] = setting(
        "10:00", _clocks, "HH:MM[,HH:MM ...]", "times of day at which spreads are opened, New York"
    )
    sides: tuple[str, ...] = setting("call,put", _many_of("call", "put"), "call, put or both", "bear calls, bull puts")
    days_to_expiry: int = setting(
        "0", _number("0", "60", True), "0 to 60", "nearest expiry at least so many calendar days away"
    )
    universe_strikes: int = setting(
        "20", _number("1", "1000", True), "1 to 1000", "strikes on each side of the underlying that are subscribed"
    )
    short_distance: Decimal = setting(
        "30",
        _number("-1e5", "1e5"),
        "a number",
        "dollars from the underlying to the short strike; below 0: so far in the money",
    )
    short_delta: Decimal = setting(
        "0",
        _number("0", "0.99"),
        "0 to 0.99",
        "short strike by this delta of the universe file instead; 0 = by distance",
    )
    width: Decimal = setting("10", _number("0.5", "1e4"), "0.5 or more", "dollars between the strikes")
    min_credit: Decimal = setting("0.20", _number("0", "1e4"), "0 or more", "no entry below this quoted natural credit")
    lots: int = setting("1", _number("1", "10000", True), "1 to 10000", "spreads per entry")
    risk_dollars: Decimal = setting(
        "0", _number("0", "1e12"), "0 or more", "dollars at risk per entry instead of lots; 0 = lots"
    )
    max_open: int = setting("6", _number("1", "1000", True), "1 to 1000", "most spreads open at once")
    entry_mode: str = setting(
        "combo", _one_of("combo", "legged"), "combo or legged", "whole strategy at once, or long leg first"
    )
    # when to close
    stop_price: str = setting("natural", _one_of(*_BASES), "natural, mid, worst or mark", "price that stops look at")
    target_price: str = setting(
        "natural", _one_of(*_BASES), "natural, mid, worst or mark", "price that targets look at"
    )
    # how sure to be, and how to close (which rules there are: `stop_rules.PARAMETERS`)
    confirm_seconds: Decimal = setting(
        "0", _number("0", "3600"), "0 to 3600", "seconds a breach must hold on fresh quotes; 0 = fire at once"
    )
    confirm_grades: tuple[Grade, ...] = setting(
        "",
        grades_from,
        "percent:seconds pairs such as 10:20, 30:0",
        "shorter waits for breaches so far beyond the stop",
    )
    confirm_beyond_width_seconds: Decimal = setting(
        "0", _number("0", "3600"), "0 to 3600", "seconds a debit beyond the width must hold; 0 = act at once"
    )
    confirm_max_step_seconds: Decimal = setting(
        "60", _number("1", "3600"), "1 to 3600", "most seconds one look may credit to the confirmation"
    )
    max_quote_age: int = setting(
        "20", _number("1", "1440", True), "1 to 1440", "oldest usable quote of a leg that is worth something, minutes"
    )
    quiet_quote_age: int = setting(
        "60",
        _number("1", "1440", True),
        "1 to 1440",
        "oldest usable quote of a leg asked at or below quiet-price, minutes",
    )
    quiet_price: Decimal = setting(
        "0.30",
        _number("0", "1000"),
        "0 or more",
        "a leg asked at or below this may rest without a new quote, and is worth nothing when nobody bids for it",
    )
    legs_apart_minutes: int = setting(
        "0", _number("0", "1440", True), "0 to 1440", "most minutes between the legs' newest quotes; 0 = no limit"
    )
    feed_silence: int = setting(
        "5", _number("1", "1440", True), "1 to 1440", "minutes without any new bar after which the feed is dead"
    )
    blind_alarm_minutes: int = setting(
        "10", _number("1", "1440", True), "1 to 1440", "alarm after a spread could not be valued for so long"
    )
    blind_policy: str = setting(
        "keep", _one_of("keep", "close"), "keep or close", "then keep it, or close what can be closed"
    )
    close_policy: str = setting(
        "legs",
        _one_of("legs", "both", "combo-market", "combo-limit", "leg-limit"),
        "legs, both, combo-market, combo-limit or leg-limit",
        "how a spread is closed",
    )
    worthless_long: str = setting(
        "offer",
        _one_of("keep", "offer", "market"),
        "keep, offer or market",
        "a long leg without a bid: keep to expiry, offer at the least price, market",
    )
    # the book
    entry_check: str = setting(
        "refuse", _one_of("refuse", "warn"), "refuse or warn", "what to do with an entry whose stop cannot work"
    )
    fee_per_contract: Decimal = setting(
        "0.65", _number("0", "100"), "0 or more", "fee in dollars an entry's credit must cover, per contract and way"
    )
    daily_loss_limit: Decimal = setting(
        "0", _number("0", "1e12"), "0 or more", "dollars lost on a day that stop new entries; 0 = off"
    )
    daily_loss_flatten: str = setting("off", _one_of(*_SWITCH), "on or off", "and close everything")
    cooldown_minutes: int = setting(
        "0", _number("0", "10080", True), "0 or more", "no entry on a side for so long after its stop; 0 = off"
    )
    no_entry_after_open: int = setting(
        "0", _number("0", "390", True), "0 to 390", "no entry in the first minutes of a session"
    )
    no_entry_before_close: int = setting(
        "30", _number("0", "390", True), "0 to 390", "no entry in the last minutes of a session"
    )
    # the engine
    brokerage: str = setting("default", _one_of(*_BROKERAGES), ", ".join(_BROKERAGES), "brokerage model")
    position_groups: str = setting(
        "on", _one_of(*_SWITCH), "on or off", "off: margin leg by leg, much faster with many spreads of one expiry"
    )
    journal: str = setting(
        "on", _one_of(*_SWITCH), "on or off", "write a record of everything that happens to the ObjectStore"
    )
    path_minutes: int = setting(
        "5", _number("0", "390", True), "0 to 390", "minutes between points of a spread's recorded path; 0 = none"
    )
    plot_minutes: int = setting(
        "15", _number("0", "390", True), "0 to 390", "minutes between points of LEAN's charts; 0 = none"
    )
    save_state: str = setting(
        "auto", _one_of("auto", "on", "off"), "auto, on or off", "snapshot to the ObjectStore; auto: live only"
    )
    notify_email: str = setting("", _word, "an address or empty", "alarms by e-mail")
    notify_webhook: str = setting("", _word, "an address or empty", "alarms to a web hook")
    notify_telegram: str = setting("", _word, "a chat id or empty", "alarms by Telegram")
    rules: tuple[Rule, ...] = ()
    rule_texts: Mapping[str, str] = field(default_factory=dict)


def parameter_name(field_name: str) -> str:
    """Name of the LEAN parameter of a field."""
    return field_name.replace("_", "-")


RULE_DEFAULTS: dict[str, str] = dict.fromkeys(PARAMETERS, "") | {
    "stop-credit-percent": "100",
    "target-credit-percent": "50",
}
"""Texts of the stop rules; empty is off."""

_TABLE = [f for f in fields(Settings) if f.metadata]

DEFAULTS: dict[str, str] = {parameter_name(f.name): f.metadata["default"] for f in _TABLE} | RULE_DEFAULTS
"""Every parameter and its default."""


def read_settings(values: Mapping[str, str]) -> Settings:
    """Settings from parameter texts; missing ones take their default.

    Raises:
        BadSetting: A value is not allowed, two settings contradict, or a name looks like a misspelt one.
    """
    for name in values:
        if name not in DEFAULTS:
            near = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=0.8)
            if near:
                raise BadSetting(name, values[name], "a name that is known (docs/api.md)", f"Did you mean {near[0]}?")
    read: dict[str, Any] = {}
    for f in _TABLE:
        name = parameter_name(f.name)
        text = str(values.get(name, f.metadata["default"])).strip()
        try:
            read[f.name] = f.metadata["read"](text)
        except BadSetting:
            raise
        except ValueError:
            raise BadSetting(name, text, f.metadata["allowed"], f"It means: {f.metadata['help']}.") from None
    texts = {name: str(values.get(name, default)).strip() for name, default in RULE_DEFAULTS.items()}
    read["rule_texts"] = texts
    read["rules"] = tuple(
        rule_for(name, text, read["target_price"] if name.startswith("target-") else read["stop_price"])
        for name, text in texts.items()
        if text
    )
    settings = Settings(**read)
    _check_together(settings)
    return settings


def unknown_names(values: Iterable[str]) -> list[str]:
    """Parameter names that are none of ours and not close to one (somebody else's, or the engine's)."""
    return [name for name in values if name not in DEFAULTS]


def _check_together(settings: Settings) -> None:
    if settings.end_date < settings.start_date:
        raise BadSetting("end-date", str(settings.end_date), f"a day not before start-date {settings.start_date}")
    if not any(rule.name.startswith("stop-") for rule in settings.rules):
        names = ", ".join(name for name in RULE_DEFAULTS if name.startswith("stop-"))
        raise BadSetting(
            "stop-credit-percent", "", f"at least one of {names}", "A spread without any stop is not managed."
        )
    if settings.min_credit >= settings.width:
        raise BadSetting("min-credit", str(settings.min_credit), f"below the width {settings.width}")


def as_texts(settings: Settings) -> dict[str, str]:
    """The settings as a run used them, for the journal: name to text."""
    texts = {parameter_name(f.name): _text(getattr(settings, f.name)) for f in _TABLE}
    return texts | dict(settings.rule_texts)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(_text(part) for part in value)
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
