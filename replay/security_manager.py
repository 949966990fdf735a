"""``self.securities``: securities by symbol, in the order they were added; iterated, it gives pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from replay.errors import KeyNotFoundException
from replay.naming import LeanObject
from replay.slices import KeyValuePair
from replay.symbol import Symbol, SymbolCache


class SecurityManager(LeanObject):
    """A dictionary of securities; a ticker text is accepted as a key too."""

    def __init__(self, securities: Iterable[Any] = ()) -> None:
        self._items: dict[Symbol, Any] = {security.symbol: security for security in securities}

    def _key(self, key: Any) -> Symbol | None:
        if isinstance(key, str):
            return SymbolCache.find(key)
        symbol = key if isinstance(key, Symbol) else getattr(key, "symbol", None)
        return symbol if isinstance(symbol, Symbol) else None

    def find(self, key: Any) -> Any:
        """The security, or None."""
        if type(key) is Symbol:
            return self._items.get(key)
        symbol = self._key(key)
        return None if symbol is None else self._items.get(symbol)

    def add(self, security: Any) -> None:
        """Put a security in."""
        self._items[security.symbol] = security

    def __getitem__(self, key: Any) -> Any:
        found = self.find(key)
        if found is None:
            raise KeyNotFoundException(
                f"This asset symbol ({key}) was not found in your security list. Please add this security before using "
                "it. To prevent the exception, use self.securities.get(symbol), which returns None when the symbol is "
                "not found, or guard the access with 'if symbol in self.securities:'."
            )
        return found

    def __contains__(self, key: Any) -> bool:
        return self.find(key) is not None

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(pair) for pair in self.items()])

    Keys = property(lambda self: self.keys())
    Values = property(lambda self: self.values())

    def __len__(self) -> int:
        return len(self._items)

    count = property(lambda self: len(self._items))

    def contains_key(self, key: Any) -> bool:
        """Whether the key is there."""
        return self.find(key) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        """The value, or ``default`` when the key is not there."""
        found = self.find(key)
        return default if found is None else found

    def get_value(self, key: Any) -> Any:
        """The value, or None."""
        return self.find(key)

    def try_get_value(self, key: Any) -> tuple[bool, Any]:
        """(found, value)."""
        found = self.find(key)
        return found is not None, found

    def keys(self) -> list[Symbol]:
        """The keys, in order."""
        return list(self._items)

    def values(self) -> list[Any]:
        """The values, in order."""
        return list(self._items.values())

    def items(self) -> list[tuple[Symbol, Any]]:
        """Keys and values, in order."""
        return list(self._items.items())

    @property
    def total(self) -> list[Any]:
        """All securities."""
        return self.values()
