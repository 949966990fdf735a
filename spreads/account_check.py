"""When the records are held against the account: at the first quotes after a restart, and now and then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .legs import Leg
from .orders import Broker
from .record import Spread


class AccountCheck:
    """Says when a comparison is due; the desk makes it.

    Args:
        broker: The engine.
        every: Time between looks while all agree: a leg closed by hand, or gone after expiry, may have no event.
        patience: After a restart, longest wait for a first quote before going on without.
    """

    def __init__(self, broker: Broker, every: timedelta, patience: timedelta) -> None:
        self._broker = broker
        self._every = every
        self._patience = patience
        self._next = datetime.min
        self._differed = False
        self._waiting_since: datetime | None = None
        self.waits_for_quotes = False

    def may_be_due(self, now: datetime) -> bool:
        """False while there is nothing to look at: what every slice asks first."""
        return now >= self._next or self.waits_for_quotes

    def wait_for_quotes(self) -> None:
        """After a restart nothing is compared for good, and nothing ordered, before there are quotes."""
        self.waits_for_quotes, self._waiting_since = True, None

    def quotes_are_back(self, spreads: Iterable[Spread], now: datetime) -> bool:
        """True once a contract held has a quote, none is held, or patience is at an end; the wait is over then."""
        self._waiting_since = self._waiting_since or now
        held = [leg for spread in spreads for leg, _ in spread.holdings() if self._broker.held(leg)]
        quotes = (self._broker.quote(leg) for leg in held)
        patient = now - self._waiting_since < self._patience
        if held and patient and not any(quote.bid or quote.ask for quote in quotes):
            return False
        self.waits_for_quotes = False
        return True

    def is_due(self, spreads: Iterable[Spread], now: datetime) -> bool:
        """True when the account differs from the records, or they hold an expired contract.

        Asked again at the next step then, else after a while.
        """
        if now < self._next:
            return False
        records: dict[str, tuple[Leg, int]] = {}
        for spread in spreads:
            for leg, held in spread.holdings():
                records[leg.key] = (leg, records.get(leg.key, (leg, 0))[1] + held)
        differs = any(self._broker.held(leg) != held or now.date() > leg.expiry for leg, held in records.values())
        again = differs and not self._differed
        self._differed = differs
        self._next = now if again else now + self._every
        return differs
