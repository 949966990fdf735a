"""When the records are held against the account: at the first quotes after a restart, and now and then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .legs import Leg, Right
from .orders import Broker
from .spread import Spread


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

    def may_be_due(self, now: datetime) -> bool:
        """False while there is nothing to look at: what every slice asks first."""
        return now >= self._next

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
