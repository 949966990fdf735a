"""Reading one setting: what a person wrote becomes an exact value, or an error that says how to mend it."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from .errors import BadSetting
from .money import Number, exact

LONGEST = timedelta(days=3653)
"""The longest span a setting may name: ten years."""

E = TypeVar("E", bound=StrEnum)


def number(field: str, value: Number, allowed: str = "a number") -> Decimal:
    """The exact number.

    Raises:
        BadSetting: It is not a finite number.
    """
    try:
        result = exact(value)
    except InvalidOperation:
        raise BadSetting(field, value, allowed) from None
    if isinstance(value, bool) or not result.is_finite():
        raise BadSetting(field, value, allowed)
    return result


def positive(field: str, value: Number, unit: str, most: int | None = None) -> Decimal:
    """A number above zero and, when given, not above `most`.

    Raises:
        BadSetting: It is not.
    """
    allowed = f"a number of {unit} above 0" + ("" if most is None else f", at most {most}")
    result = number(field, value, allowed)
    if result <= 0 or (most is not None and result > most):
        raise BadSetting(field, value, allowed, "Leave it empty to switch it off.")
    return result


def whole(field: str, value: Number, unit: str, least: int = 0) -> int:
    """A whole number not below `least`.

    Raises:
        BadSetting: It is not.
    """
    allowed = f"a whole number of {unit}, at least {least}"
    result = number(field, value, allowed)
    if result != result.to_integral_value() or result < least:
        raise BadSetting(field, value, allowed)
    return int(result)


def choice(field: str, value: str, kind: type[E]) -> E:
    """One of the words of an enumeration.

    Raises:
        BadSetting: Another word.
    """
    try:
        return kind(value)
    except ValueError:
        raise BadSetting(field, value, ", ".join(member.value for member in kind)) from None


def clock(field: str, value: time | str) -> time:
    """A time of day in algorithm time, written 15:45 or 15:45:30.

    Raises:
        BadSetting: It is not a time of day, or carries a time zone.
    """
    try:
        result = value if isinstance(value, time) else time.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadSetting(field, value, "a time of day such as 15:45, in algorithm time") from None
    if result.tzinfo is not None:
        raise BadSetting(field, value, "a time of day without a time zone", "Algorithm time is meant.")
    return result


def duration(field: str, value: timedelta | Number, unit: str = "seconds") -> timedelta:
    """A span of time above zero; a bare number counts seconds.

    Raises:
        BadSetting: It is not above zero, or longer than ten years, which no date can be moved by safely.
    """
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(number(field, value))
    if not 1e-6 <= seconds <= LONGEST.total_seconds():
        raise BadSetting(field, value, f"a number of {unit} above 0, at most ten years")
    return value if isinstance(value, timedelta) else timedelta(seconds=seconds)
