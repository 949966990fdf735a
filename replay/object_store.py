"""`self.object_store`: texts and bytes kept in a folder between runs.

Rules: Common/Storage/ObjectStore.cs and Engine/Storage/LocalObjectStore.cs; a key becomes a file below the root.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from replay.errors import ArgumentException, KeyNotFoundException
from replay.naming import LeanObject
from replay.slices import KeyValuePair

_KEY = re.compile(r"\.?[a-zA-Z0-9\\/_#\-$= ]+\.?[a-zA-Z0-9]*")


class ObjectStore(LeanObject):
    """Files below `root`; every save is on disk when it returns."""

    max_size = 10 * 1024**3
    max_files = 10_000

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def contains_key(self, path: str) -> bool:
        """Whether something is stored under the key."""
        return self._file(path).is_file()

    def read_bytes(self, path: str) -> bytes:
        """The bytes of a key; KeyNotFoundException when there are none."""
        if not self.contains_key(path):
            raise KeyNotFoundException(
                f"Object with path '{path}' was not found in the current project. "
                "Please use ObjectStore.ContainsKey(key) to check if an object exists before attempting to read."
            )
        return self._file(path).read_bytes()

    def read(self, path: str, encoding: Any = None) -> str:
        """The text of a key."""
        return self.read_bytes(path).decode("utf-8")

    read_string = read

    def read_json(self, path: str, encoding: Any = None) -> Any:
        """The value of a key that holds JSON."""
        return json.loads(self.read(path))

    def save_bytes(self, path: str, contents: bytes) -> bool:
        """Stores bytes; ArgumentException names a key LEAN does not take."""
        if not _KEY.fullmatch(path or "") or path.count("/") > 100:
            raise ArgumentException(f"LocalObjectStore: path is not supported: '{path}'")
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(contents))
        return True

    def save(self, path: str, text: str | None = None, encoding: Any = None) -> bool:
        """Stores a text; without one LEAN stores the file already at `get_file_path`, which is nothing to do here."""
        if text is None:
            return self.contains_key(path)
        return self.save_bytes(path, text.encode("utf-8"))

    save_string = save

    def save_json(self, path: str, value: Any, *_: Any) -> bool:
        """Stores a value as JSON."""
        return self.save(path, json.dumps(value))

    def delete(self, path: str) -> bool:
        """Removes a key; False when there was none."""
        file = self._file(path)
        if not file.is_file():
            return False
        file.unlink()
        return True

    def get_file_path(self, path: str) -> str:
        """The file of a key, its folder made."""
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        return str(file)

    def clear(self) -> None:
        """Removes every key."""
        for key in list(self.keys):
            self.delete(key)

    @property
    def keys(self) -> list[str]:
        """All keys, with forward slashes, sorted."""
        if not self._root.is_dir():
            return []
        return sorted(file.relative_to(self._root).as_posix() for file in self._root.rglob("*") if file.is_file())

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair((key, self.read_bytes(key))) for key in self.keys])

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, path: str) -> bool:
        return self.contains_key(path)

    def _file(self, path: str | None) -> Path:
        if path is None:
            raise ArgumentException("Value cannot be null. (Parameter 'path')")
        file = (self._root / path.replace("\\", "/").lstrip("/.")).resolve()
        if not file.is_relative_to(self._root):
            raise ArgumentException(f"LocalObjectStore: path is not supported: '{path}'")
        return file
