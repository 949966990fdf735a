"""Typed parameters (LEAN: QCAlgorithm.GetParameter and its Python wrapper)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_WHOLE = re.compile(r"[+-]?\d+$")
_DECIMAL = re.compile(r"[+-]?(\d[\d,]*)?(\.\d*)?([eE][+-]?\d+)?$")


def typed_parameter(parameters: dict[str, str], name: str, default: Any) -> Any:
    """The text of a parameter, or a number when the default is one; a text that is no such number gives the default."""
    text = parameters.get(name)
    if default is None or isinstance(default, str):
        return default if text is None else text
    if isinstance(default, bool):
        default = float(default)
    if text is None:
        return default
    text = text.strip()
    if isinstance(default, int):
        return int(text) if _WHOLE.match(text) else default
    if isinstance(default, (float, Decimal)):
        if not text or not _DECIMAL.match(text) or not any(c.isdigit() for c in text):
            return float(default)
        return float(text.replace(",", ""))
    return default


class ParameterTexts(dict[str, str]):
    """What `get_parameters()` gives: a dict that iterates pairs as LEAN's does (ExtendedDictionary.cs)."""

    def __iter__(self) -> Any:
        from replay.slices import KeyValuePair

        return iter([KeyValuePair(pair) for pair in self.items()])
