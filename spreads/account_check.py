"""When the records are held against the account: at the first quotes after a restart, and now and then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from .legs import Leg, Right
from .orders import Broker, HeldContracts
from .spread import Spread
from .times import next_round


class AccountCheck:
    """Says when a comparison is due; the desk makes it.

    Args:
        broker: The engine.
        every: Time between looks while all agree: a leg closed by hand, or gone after expiry, may have no event.
        patience: After a restart, longest wait for a first quote before going on without.

    Attributes:
        next: Before then `is_due` looks at nothing.
    """

    def __init__(self, broker: Broker, every: timedelta, patience: timedelta) -> None:
        self._broker = broker
        self._every = every
        self._patience = patience
        self.next = datetime.min
        self._differed = False
        self._records: list[tuple[HeldContracts, int]] | None = None
        self._first_expiry = date.max
        self._waiting_since: datetime | None = None

    def has_quotes(self, spread: Spread, now: datetime) -> bool:
        """True once a spread restored may be compared and traded: the contracts its value hangs on have a quote.

        Those are the short options the account holds of it, without any the rest: one of them. True also when
        nothing is held, and when patience is at an end since the first call.
        """
        self._waiting_since = self._waiting_since or now
        if now - self._waiting_since >= self._patience:
            return True
        held = [(leg, contracts) for leg, contracts in spread.holdings() if self._broker.held(leg)]
        shorts = [leg for leg, contracts in held if contracts < 0 and leg.right is not Right.SHARES]
        if shorts:
            return all(self._is_quoted(leg) for leg in shorts)
        return not held or any(self._is_quoted(leg) for leg, _ in held)

    def _is_quoted(self, leg: Leg) -> bool:
        quote = self._broker.quote(leg)
        return bool(quote.bid or quote.ask)

    def is_due(self, spreads: Iterable[Spread], now: datetime) -> bool:
        """True when the account differs from the records, or they hold an expired contract.

        Asked again at the next step then, else after a while.

        Raises:
            Exception: A position cannot be read, and the others agree.
        """
        if now < self.next:
            return False
        unreadable: Exception | None = None
        records = self._records
        if records is None:
            records, unreadable = self._look_up(spreads)
        differs = now.date() > self._first_expiry
        for position, held in records:
            try:
                if position.quantity != held:
                    differs = True
                    break
            except Exception as error:
                unreadable = error
        again = differs and not self._differed
        self._differed = differs
        self.next = now if again else next_round(now, self._every)
        if unreadable is not None and not differs:
            raise unreadable
        return differs

    def _look_up(self, spreads: Iterable[Spread]) -> tuple[list[tuple[HeldContracts, int]], Exception | None]:
        """Where the account's side of each sum of the records is read, and why one cannot be: it is tried again."""
        found: list[tuple[HeldContracts, int]] = []
        unreadable: Exception | None = None
        self._first_expiry = date.max
        for leg, held in _sums(spreads):
            self._first_expiry = min(self._first_expiry, leg.expiry)
            try:
                found.append((self._broker.position(leg), held))
            except Exception as error:
                unreadable = error
        self._records = found if unreadable is None else None
        return found, unreadable

    def records_changed(self) -> None:
        """Have the next comparison add the records up anew."""
        self._records = None


def _sums(spreads: Iterable[Spread]) -> list[tuple[Leg, int]]:
    """What the records hold of each contract, all spreads together."""
    records: dict[str, tuple[Leg, int]] = {}
    for spread in spreads:
        for leg, held in spread.holdings():
            records[leg.key] = (leg, records.get(leg.key, (leg, 0))[1] + held)
    return list(records.values())
