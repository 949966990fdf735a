"""What stored data must look like, as data: a shape beside the data, and the first place where they differ.

A shape is a type, None, a tuple of shapes (any of them), a list of one shape, {"name": shape} (all names needed, more
may be there), or {str: shape} (any names).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import BadSetting


def check(data: object, shape: Any, where: str) -> None:
    """Compare data with their shape.

    Raises:
        BadSetting: Names the place, what stands there and what is allowed.
    """
    if isinstance(shape, tuple):
        _check_any(data, shape, where)
    elif isinstance(shape, list):
        if not isinstance(data, list):
            raise BadSetting(where, data, "a list")
        for number, item in enumerate(data):
            check(item, shape[0], f"{where}[{number}]")
    elif isinstance(shape, Mapping):
        if not isinstance(data, Mapping):
            raise BadSetting(where, data, "an object")
        for name in data if str in shape else shape:
            if name not in data:
                raise BadSetting(f"{where}.{name}", None, "present")
            check(data[name], shape[str if str in shape else name], f"{where}.{name}")
    elif shape is None:
        if data is not None:
            raise BadSetting(where, data, "null")
    elif type(data) is not shape:
        raise BadSetting(where, data, shape.__name__)


def _check_any(data: object, shapes: tuple[Any, ...], where: str) -> None:
    for shape in shapes[:-1]:
        try:
            return check(data, shape, where)
        except BadSetting:
            continue
    check(data, shapes[-1], where)
