"""Profit and loss of the spreads that live, as far as their quotes can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from .legs import least_debit, max_debit
from .money import ticks
from .sight import Sight
from .spread import Spread
from .valuation import Value
from .watch import Watchlist
from .watched import Watched

_most = lru_cache(maxsize=1024)(max_debit)
_least = lru_cache(maxsize=1024)(least_debit)


class OpenResult:
    """The open result, 1/10000 dollars. Sees the book's own spreads, sights and watchlist.

    A net debit with a fault does not count, the last usable one does, the credit before the first; none counts for
    more than the spread can owe at expiry and none for less than it must, so one absurd quote cannot cost more than the
    worst that can happen, or hide a loss.
    """

    def __init__(self, live: Mapping[str, Spread], sights: Mapping[str, Sight], watch: Watchlist) -> None:
        self._live = live
        self._sights = sights
        self._watch = watch
        self._last: dict[str, int] = {}
        self._counted: dict[str, int] = {}

    def total(self) -> int:
        """All live spreads at their natural debit, fees so far included, 1/10000 dollars."""
        total = 0
        for spread in self._live.values():
            watched = self._watch.get(spread.id)
            if watched is not None:
                debit = self._believed(spread, watched)
            elif spread.ledger.is_flat:
                debit = 0
            else:
                debit = self._last.get(spread.id, 0)
            total += spread.ledger.cash(spread.multiplier) - debit * spread.multiplier * spread.lots
            total -= self._counted.get(spread.id, 0)
        return total

    def keep(self, spread: Spread, watched: Watched) -> None:
        """Remember the debit of a spread that is not watched any more, until it is flat."""
        self._last[spread.id] = self._believed(spread, watched)

    def restored(self, spread: Spread, last_value: Value | None) -> None:
        """A spread of an earlier process: an ended one was counted then, a live one is worth its last value for now."""
        if spread.has_ended:
            self._counted[spread.id] = spread.ledger.cash(spread.multiplier)
            return
        debit = last_value.natural if last_value is not None else spread.ledger.entry_credit(spread.lots)
        most = _most(spread.legs)
        self._last[spread.id] = debit if most is None else min(debit, most)

    def end(self, spread: Spread) -> int:
        """A spread has ended: its result, less what an earlier end counted if a late fill had brought it back."""
        self._last.pop(spread.id, None)
        pnl = spread.ledger.cash(spread.multiplier)
        before, self._counted[spread.id] = self._counted.get(spread.id, 0), pnl
        return pnl - before

    def _believed(self, spread: Spread, watched: Watched) -> int:
        sight, most = self._sights[spread.id], _most(spread.legs)
        if sight.previous is None:
            return spread.ledger.entry_credit(spread.lots)
        debit = ticks(watched.natural) if sight.fault is None else sight.previous.natural
        least = _least(spread.legs)
        if least is not None:
            debit = max(debit, least)
        return debit if most is None else min(debit, most)
