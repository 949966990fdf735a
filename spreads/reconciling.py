"""Record against account: finds contracts of which the account holds less than the ledgers, and says who lost them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from .courier import Courier
from .journal import What
from .legs import Leg, Right
from .orders import Notice
from .settlement import (
    SETTLING,
    Cause,
    Loss,
    delivered,
    loss_from_notice,
    loss_without_notice,
    settlement_price,
    share_out,
)
from .spread import Spread
from .states import State

_DELIVERY = ("Option Assignment", "Option Exercise")
"""How LEAN's event for delivered shares begins; they were posted with the option's own event, which may come later."""


class Reconciler:
    """Compares contract by contract and posts what others did to the ledgers.

    Args:
        courier: Reads the broker and writes the journal.
        live: The spreads that have not ended.
        on_loss: Called when a spread lost a leg or part of it, after it was posted.
        on_doubt: Called when a spread must be quarantined (False) or may be used again (True).
    """

    def __init__(
        self,
        courier: Courier,
        live: Callable[[], list[Spread]],
        on_loss: Callable[[Spread, str, datetime], None],
        on_doubt: Callable[[Spread, str, bool, datetime], None],
    ) -> None:
        self._courier = courier
        self._broker = courier.broker
        self._live = live
        self._on_loss = on_loss
        self._on_doubt = on_doubt
        self._suspects: dict[str, tuple[int, datetime]] = {}
        self._seen: set[tuple[int, int, str]] = set()
        self._reported: dict[str, int] = {}
        self._settled_at: dict[tuple[str, date], int] = {}
        self._count = 0

    def gap(self, leg: Leg) -> int:
        """What the account holds of a contract less what all live ledgers say, signed."""
        return self._broker.held(leg) - sum(spread.ledger.held(leg.key) for spread in self._live())

    # -- looking at the account --------------------------------------------------------------------------------

    def check(self, spreads: Iterable[Spread], now: datetime, certain: bool = False) -> None:
        """Compare every contract of the spreads with the account; orders must have been read just before."""
        legs = {leg.key: leg for spread in spreads for leg, _ in spread.holdings()}
        for key, leg in legs.items():
            try:
                self._check_leg(leg, now, certain)
            except Exception as error:
                for spread in self._live():
                    if spread.ledger.held(key):
                        text = f"comparing {leg.name} with the account failed: {type(error).__name__}: {error}"
                        self._courier.note(What.ERROR, now, spread, text=text)
                        self._courier.alarm(now, spread, text)

    def _check_leg(self, leg: Leg, now: datetime, certain: bool) -> None:
        gap = self.gap(leg)
        holders = [spread for spread in self._live() if spread.ledger.held(leg.key)]
        losers = share_out(gap, leg.key, holders)
        if not gap:
            self._suspects.pop(leg.key, None)
            self._reported.pop(leg.key, None)
            self._resolve(holders, now)
            if now.date() > leg.expiry and not self._broker.held(leg):
                self._settle_between(leg, holders, now)
            return
        known = self._suspects.setdefault(leg.key, (gap, now))
        if known[0] != gap:
            known = self._suspects[leg.key] = (gap, now)
        if not certain and now <= known[1]:
            return
        if not losers:
            self._report_unknown(leg, gap, holders, now)
            return
        left = gap - sum(part for _, part in losers)
        doubtful = [
            spread for spread, _ in losers if spread.exit is None and spread.state in (State.OPEN, State.BROKEN)
        ]
        if left and leg.right is not Right.SHARES and len(doubtful) == len(losers):
            for spread in doubtful:
                text = f"the account holds {self._broker.held(leg):+d} {leg.name}, the records {-gap:+d} more"
                self._on_doubt(spread, text, False, now)
            return
        if all(spread.state is State.QUARANTINED for spread, _ in losers) and left:
            return
        self._suspects.pop(leg.key, None)
        for spread, part in losers:
            self._lose(spread, leg, self._without_notice(leg, spread, part, now), now)

    def _settle_between(self, leg: Leg, holders: list[Spread], now: datetime) -> None:
        """Long here and short there is nothing in the account: no event comes, each record gets its own value."""
        for spread in holders:
            held = spread.ledger.held(leg.key)
            self._lose(spread, leg, self._without_notice(leg, spread, -held, now), now)

    def _without_notice(self, leg: Leg, spread: Spread, change: int, now: datetime) -> Loss:
        settled_at = self._settled_at.get((_underlying(spread), leg.expiry), 0)
        return loss_without_notice(leg, spread, self._broker, change, now, settled_at)

    def _resolve(self, holders: list[Spread], now: datetime) -> None:
        for spread in holders:
            if spread.state is State.QUARANTINED and not any(self.gap(leg) for leg, _ in spread.holdings()):
                self._on_doubt(spread, "record and account agree again", True, now)

    def _report_unknown(self, leg: Leg, gap: int, holders: list[Spread], now: datetime) -> None:
        """More in the account than in the records: somebody else's, reported and never touched."""
        if leg.right is Right.SHARES or self._reported.get(leg.key) == gap:
            return
        self._reported[leg.key] = gap
        self._courier.alarm(now, holders[0], f"the account holds {gap:+d} {leg.name} that no spread knows: not touched")

    # -- events of others --------------------------------------------------------------------------------------

    def foreign(self, notice: Notice, now: datetime) -> None:
        """Apply a fill of an order that is not ours, once, as far as the account confirms it."""
        identity = (notice.order_id, notice.event_id, notice.leg)
        if not notice.fill_quantity or identity in self._seen:
            return
        self._seen.add(identity)
        holders = [s for s in self._live() if any(leg.key == notice.leg for leg, _ in s.holdings())]
        legs = [
            leg for s in self._live() for leg in (*s.legs, s.underlying) if leg is not None and leg.key == notice.leg
        ]
        if not legs:
            return
        leg = legs[0]
        if now.date() > leg.expiry and (price := settlement_price(notice)):
            self._settled_at.update({(_underlying(s), leg.expiry): price for s in holders})
        if leg.right is Right.SHARES and (notice.is_exercise or notice.message.startswith(_DELIVERY)):
            return
        for spread in holders:
            self._courier.look(spread, now)
        self._withdraw_guesses(notice, now)
        gap = self.gap(leg)
        if gap * notice.fill_quantity <= 0:
            return
        change = min(abs(gap), abs(notice.fill_quantity)) * (1 if gap > 0 else -1)
        for spread, part in share_out(change, leg.key, self._live()):
            own = next(item for item in (*spread.legs, spread.underlying) if item is not None and item.key == leg.key)
            loss = loss_from_notice(notice, own, spread, self._broker, part)
            fees = round(loss.fees * abs(part / notice.fill_quantity))
            self._lose(spread, own, Loss(loss.cause, part, loss.price, fees, loss.known), now)

    def _withdraw_guesses(self, notice: Notice, now: datetime) -> None:
        """Take back what was posted as gone without an event, now that the event came late."""
        for spread in self._live():
            for key, posting in list(spread.ledger.postings.items()):
                guess = posting.cause == Cause.UNSEEN and posting.leg == notice.leg
                if guess and 0 < posting.filled * notice.fill_quantity <= notice.fill_quantity**2:
                    del spread.ledger.postings[key]

    # -- posting -----------------------------------------------------------------------------------------------

    def _lose(self, spread: Spread, leg: Leg, loss: Loss, now: datetime) -> None:
        self._count += 1
        key = f"{loss.cause} {now:%Y-%m-%dT%H:%M:%S} {self._count} {leg.key}"
        size = spread.size_of(leg.key)
        spread.ledger.post_outside(key, leg.key, loss.change, loss.price, loss.fees, loss.cause, size)
        text = f"{leg.name} {loss.change:+d}: {loss.cause}"
        if loss.cause in SETTLING and loss.known and not spread.cash_settled and loss.cause is not Cause.EXPIRED:
            shares = delivered(leg, loss.change, spread.multiplier)
            if spread.underlying is None:
                text += f", {shares:+d} shares at {leg.strike} ticks are not followed (the underlying is not named)"
            else:
                spread.ledger.post_outside(f"{key} shares", spread.underlying.key, shares, leg.strike, 0, loss.cause, 1)
                text += f", {shares:+d} shares"
        if not loss.known:
            text += ", price estimated"
        self._on_loss(spread, text, now)


def _underlying(spread: Spread) -> str:
    return "" if spread.underlying is None else spread.underlying.key
