"""Bars decoded once for several runs of one process, as in a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from replay.columns import Columns

_BYTES_PER_RAW_BYTE = 3
"""About what a byte of text takes as lines and times."""


class SharedBars:
    """Decoded members of zip files, kept until ``limit`` bytes are about full; later ones are not kept.

    Nothing is thrown out for something newer: runs of a sweep read the same files in the same order, so that a
    cache that forgets the oldest would always have forgotten what comes next. The files must not change meanwhile.
    """

    def __init__(self, limit: int = 256 << 20) -> None:
        self._room = limit
        self._kept: dict[tuple[Path, str], Columns | None] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: tuple[Path, str]) -> bool:
        return key in self._kept

    def get(self, key: tuple[Path, str]) -> Columns | None:
        """The columns of a member that is kept; None also when the member has no row."""
        return self._kept[key]

    def keep(self, key: tuple[Path, str], columns: Columns | None, size: int) -> None:
        """Keep a member of ``size`` bytes of text when there is room."""
        size *= _BYTES_PER_RAW_BYTE
        if size <= self._room:
            self._room -= size
            self._kept[key] = columns
