"""The net debit of one spread over time, in bounded memory."""

from __future__ import annotations

from datetime import datetime


class DebitPath:
    """Net debit of one spread over time in bounded memory.

    Past `limit` points the resolution is halved: of each two neighbours the one with the worse (higher)
    natural stays, so the worst moment survives. `worst_natural`, `worst_mid`, `best_mid` are never thinned.
    """

    def __init__(self, limit: int = 4_000) -> None:
        self._limit = max(limit, 2)
        self._times: list[datetime] = []
        self._naturals: list[int | None] = []
        self._mids: list[int | None] = []
        self.worst_natural: int | None = None
        self.worst_mid: int | None = None
        self.best_mid: int | None = None

    def __len__(self) -> int:
        return len(self._times)

    def add(self, now: datetime, natural: int, mid: int) -> None:
        """One usable look; a second one at the same moment replaces the first."""
        if self.worst_natural is None or natural > self.worst_natural:
            self.worst_natural = natural
        if self.worst_mid is None or mid > self.worst_mid:
            self.worst_mid = mid
        if self.best_mid is None or mid < self.best_mid:
            self.best_mid = mid
        self._append(now, natural, mid)

    def gap(self, now: datetime) -> None:
        """The spread had no value at this moment; of a row of gaps one is kept."""
        if self._naturals and self._naturals[-1] is None:
            return
        self._append(now, None, None)

    def facts(self) -> dict[str, object]:
        """Facts of the PATH record: `journal.write(What.PATH, now, spread, **path.facts())`."""
        start = self._times[0] if self._times else None
        return {
            "start": start or "",
            "t": [] if start is None else [int((time - start).total_seconds()) for time in self._times],
            "natural": list(self._naturals),
            "mid": list(self._mids),
        }

    def _append(self, now: datetime, natural: int | None, mid: int | None) -> None:
        if self._times and self._times[-1] == now:
            self._naturals[-1], self._mids[-1] = natural, mid
            return
        self._times.append(now)
        self._naturals.append(natural)
        self._mids.append(mid)
        if len(self._times) > self._limit:
            self._halve()

    def _halve(self) -> None:
        # The first point stays as it is: it is the origin of the times.
        kept = [0, *(max(pair, key=self._badness) for pair in _pairs(range(1, len(self._times))))]
        self._times = [self._times[i] for i in kept]
        self._naturals = [self._naturals[i] for i in kept]
        self._mids = [self._mids[i] for i in kept]

    def _badness(self, index: int) -> float:
        natural = self._naturals[index]
        return float("-inf") if natural is None else natural


def _pairs(indices: range) -> list[tuple[int, ...]]:
    return [tuple(indices[i : i + 2]) for i in range(0, len(indices), 2)]
