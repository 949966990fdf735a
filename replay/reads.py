"""Counting what an algorithm reads of the engine: on the real one each read crosses from Python to .NET.

Nothing is counted, and nothing costs anything, outside ``counted_reads()``: only there do engine classes carry the
hooks. Reads that the replay makes of its own objects are not counted.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from replay.naming import LeanObject

_SUBSCRIPTS = {"__getitem__": "[]", "__contains__": " in", "__iter__": " iterated", "__len__": " len"}


@contextmanager
def counted_reads() -> Iterator[Counter[str]]:
    """Count reads of attributes, methods and items of engine objects, as ``Option.bid_price`` or ``Portfolio[]``.

    An algorithm's own attributes do not count. Blocks may not be nested.
    """
    counts: Counter[str] = Counter()
    undo: list[Callable[[], None]] = []
    _put(LeanObject, "__getattribute__", _counting_names(counts), undo)
    for kind in _derived(LeanObject):
        for name, label in _SUBSCRIPTS.items():
            if name in vars(kind):
                _put(kind, name, _counting_items(vars(kind)[name], label, counts), undo)
    try:
        yield counts
    finally:
        for action in undo:
            action()


def _put(kind: Any, name: str, value: Any, undo: list[Callable[[], None]]) -> None:
    if name in vars(kind):
        before = vars(kind)[name]
        undo.append(lambda: setattr(kind, name, before))
    else:
        undo.append(lambda: delattr(kind, name))
    setattr(kind, name, value)


def _derived(kind: type[Any]) -> set[type[Any]]:
    found = set(kind.__subclasses__())
    return found.union(*map(_derived, found))


def _counting_names(counts: Counter[str]) -> Callable[[Any, str], Any]:
    def read(self: Any, name: str) -> Any:
        if not name.startswith("_") and _from_outside():
            kind = type(self)
            engine = next(base for base in kind.__mro__ if base.__module__.startswith("replay."))
            if engine is kind or hasattr(engine, name):
                counts[f"{engine.__name__}.{name}"] += 1
        return object.__getattribute__(self, name)

    return read


def _counting_items(method: Callable[..., Any], label: str, counts: Counter[str]) -> Callable[..., Any]:
    @wraps(method)
    def read(self: Any, *arguments: Any) -> Any:
        if _from_outside():
            counts[f"{type(self).__name__}{label}"] += 1
        return method(self, *arguments)

    return read


def _from_outside() -> bool:
    """Whether the code that reads is not the replay's own."""
    return not str(sys._getframe(2).f_globals.get("__name__", "")).startswith("replay.")
