"""main.py with the reads of every slice counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from AlgorithmImports import *

from main import OptionSpreadStops
from replay.reads import counted_reads


class MainCounted(OptionSpreadStops):
    """Keeps what each slice read of the engine, watching and looking for entries together."""

    def initialize(self) -> None:
        """As main.py."""
        self.counts: list[tuple[datetime, Counter[str]]] = []
        super().initialize()

    def on_data(self, slice: Slice) -> None:
        """One slice, counted."""
        with counted_reads() as reads:
            super().on_data(slice)
        self.counts.append((self.time, reads))
