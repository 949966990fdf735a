"""Rules as plain data: what snapshots and sweeps store, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum

from .errors import BadSetting
from .view import Rule

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


def to_dict(rule: Rule) -> dict[str, JsonValue]:
    """The rule as JSON-able data: its kind and every setting, defaults included, numbers as exact text."""
    if not is_dataclass(rule):
        raise BadSetting("rule", rule, "a rule of the menu", "A rule of one's own must be a dataclass to be stored.")
    data: dict[str, JsonValue] = {"kind": kind_of(type(rule))}
    for field in fields(rule):
        data[field.name] = _plain(getattr(rule, field.name))
    return data


def to_text(rule: Rule) -> str:
    """The rule as one line of canonical JSON: equal rules, equal text."""
    return json.dumps(to_dict(rule), sort_keys=True, separators=(",", ":"))


def kind_of(rule: type) -> str:
    """Name under which rules of a class are stored."""
    return str(getattr(rule, "kind", rule.__name__))


def from_data(data: object, menu: Iterable[type[Rule]]) -> Rule:
    """The rule that `to_dict` stored, made of the classes of the menu.

    Raises:
        BadSetting: Not a stored rule, a kind the menu does not have, an unknown or an unusable setting.
    """
    kinds = {kind_of(rule): rule for rule in menu}
    if not isinstance(data, Mapping):
        raise BadSetting("rule", data, "a mapping with the key 'kind' and the rule's settings")
    kind = data.get("kind")
    made = kinds.get(kind) if isinstance(kind, str) else None
    if made is None or not is_dataclass(made):
        raise BadSetting("kind of rule", kind, ", ".join(sorted(kinds)))
    known = {field.name for field in fields(made)}
    settings = {str(name): _read(value, kinds.values()) for name, value in data.items() if name != "kind"}
    for name in settings:
        if name not in known:
            raise BadSetting(f"{kind}: setting", name, ", ".join(sorted(known)))
    try:
        return made(**settings)
    except TypeError as error:
        raise BadSetting(f"rule {kind}", settings, ", ".join(sorted(known)), f"({error})") from None


def _plain(value: object) -> JsonValue:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize():f}"
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)  # type: ignore[arg-type]
    raise BadSetting("rule setting", value, "a number, a text, a time or a rule")


def _read(value: object, menu: Iterable[type[Rule]]) -> object:
    menu = tuple(menu)
    if isinstance(value, list | tuple):
        return tuple(_read(item, menu) for item in value)
    return from_data(value, menu) if isinstance(value, Mapping) else value
