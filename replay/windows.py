"""``RollingWindow``: the newest values of a fixed number, newest first (LEAN: Common/Indicators/RollingWindow.cs)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from replay.errors import ArgumentException, InvalidOperationException
from replay.naming import LeanObject

T = TypeVar("T")
_DEFAULTS: dict[Any, Any] = {float: 0.0, int: 0, bool: False}


class RollingWindow(LeanObject, Generic[T]):
    """Holds ``size`` values; ``window[0]`` is the newest. ``RollingWindow[float](5)`` names what it holds.

    A place not filled yet reads 0 for numbers, else None; asking beyond the size enlarges the window.
    """

    _default: Any = None

    def __init__(self, size: int) -> None:
        if size < 0:
            raise ArgumentException("RollingWindow must have size of at least 0.")
        self._items: list[Any] = []
        self._size = size
        self._samples = 0
        self._removed: Any = None

    def __class_getitem__(cls, kind: Any) -> Any:
        return type(cls.__name__, (cls,), {"_default": _DEFAULTS.get(kind), "__module__": cls.__module__})

    def add(self, item: Any) -> None:
        """Put in the newest value; the oldest falls out of a full window."""
        self._samples += 1
        if len(self._items) == self._size:
            self._removed = self._items.pop() if self._items else None
        self._items.insert(0, item)

    def reset(self) -> None:
        """Empty the window."""
        self._items, self._samples = [], 0

    @property
    def size(self) -> int:
        """How many values it holds at most."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        self._size = size
        del self._items[size:]

    samples = property(lambda self: self._samples)
    count = property(lambda self: len(self._items))
    is_ready = property(lambda self: self._samples >= self._size)

    @property
    def most_recently_removed(self) -> Any:
        """The value that fell out last; InvalidOperationException before any did."""
        if self._samples <= self._size:
            raise InvalidOperationException("No items have been removed yet!")
        return self._removed

    def __getitem__(self, place: int) -> Any:
        if place < 0:
            self._check(place)
            place += len(self._items)
            return self._default if place < 0 else self._items[place]
        if place < len(self._items):
            return self._items[place]
        self._size = max(self._size, place + 1)
        return self._default

    def __setitem__(self, place: int, value: Any) -> None:
        if place < 0:
            self._check(place)
            place += self._size
        self._size = max(self._size, place + 1)
        while len(self._items) <= place:
            self.add(self._default)
        self._items[place] = value

    def _check(self, place: int) -> None:
        if self._size + place < 0:
            raise ArgumentException(f"Index must be between 0 and Size (rolling window is of size {self._size})")

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)
