"""Carries one spread's closing job one step further: shorts (or the combo) first, longs when they may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from .clearance import Clearance
from .closing import (
    COMBOS,
    Cap,
    ExitSettings,
    NoBid,
    Way,
    affordable,
    beyond_width,
    closing_combo,
    combo_units,
    has_bid,
    margin_needed,
    naked_bound,
)
from .courier import Courier
from .exits import COMBO, ExitJob, Step
from .journal import What
from .legs import Leg, Right
from .money import money
from .order_notes import Purpose, Ticket
from .orders import ComboOrder, OrderFacts, OrderKind, Refusal, Status, read_quote
from .quotes import LegQuote, is_empty
from .spread import Spread
from .walking import CAPPED, OFFER, LimitWalk, Quotes, takes

KINDS = {
    Way.COMBO_MARKET: OrderKind.COMBO_MARKET,
    Way.COMBO_LIMIT: OrderKind.COMBO_LIMIT,
    Way.LEG_LIMIT: OrderKind.LIMIT,
}
OTHER_WAY = frozenset({Refusal.BUYING_POWER, Refusal.NOT_SUPPORTED})


class Closer:
    """Sends what a closing job needs now, never more than one working order per leg.

    Args:
        courier: Sends and cancels.
        settings: Limits of every close.
        cap: How many contracts of a leg may be closed now (see `closing.cap`).
    """

    def __init__(self, courier: Courier, settings: ExitSettings, cap: Callable[[Spread, Leg], Cap]) -> None:
        self._courier = courier
        self._broker = courier.broker
        self._settings = settings
        self._clearance = Clearance(courier, settings, cap)
        self._walker = LimitWalk(courier, settings)

    # -- the two phases ----------------------------------------------------------------------------------------

    def shorts(self, spread: Spread, job: ExitJob, now: datetime) -> None:
        """Clear the way, walk what rests, then send the shorts or the combo."""
        self._clearance.watch_progress(spread, job, now)
        if not self._clearance.way_is_clear(spread, now):
            return
        quotes = self._quotes(spread, now)
        self._walker.step(spread, job, quotes, now)
        if any(ticket.group for ticket in spread.working(purpose=Purpose.CLOSE)):
            return
        holdings = _alive(spread, now)
        shorts = [(leg, held) for leg, held in holdings if held < 0]
        if not shorts:
            return
        closable = {leg.key: self._clearance.closable(spread, job, leg, now) for leg, _ in holdings}
        most = beyond_width(spread.legs, quotes) if self._settings.cap_at_width else None
        if most is not None and self._pay_at_most(most, spread, job, closable, quotes, now):
            return
        for _ in range(len(Way)):
            needed = margin_needed(holdings, quotes, spread.multiplier)
            margin = self._courier.free_margin()
            free = max(needed, 0) if margin is None else margin
            situation = _situation(free, quotes)
            way = self._choose(spread, job, needed > free, closable, quotes, situation, now)
            if way is None or not self._send_by(way, spread, job, closable, quotes, situation, needed, free, now):
                return

    def _pay_at_most(
        self, most: int, spread: Spread, job: ExitJob, closable: Mapping[str, int], quotes: Quotes, now: datetime
    ) -> bool:
        """Quoted beyond the width: offer the width as a combo limit, or wait for a quote within it.

        False when a leg is gone or turned, so that the width no longer bounds what the rest can owe.
        """
        held = {leg.key: spread.ledger.held(leg.key) for leg in spread.legs}
        if any(held[leg.key] * leg.ratio <= 0 for leg in spread.legs):
            return False
        units = combo_units(spread.legs, closable, held)
        if not units:
            return True
        if job.once("beyond the width"):
            self._courier.alarm(now, spread, f"quoted beyond the width: no more than {money(most)} is paid")
        if takes(self._broker, job, OrderKind.COMBO_LIMIT, len(spread.legs)) and job.may_try(
            COMBO, now, _newest(quotes.values())
        ):
            ratios, quantity = closing_combo(spread.legs, units)
            limit = most if job.policy.limit is None else min(most, job.policy.limit)
            order = ComboOrder(ratios, quantity, f"{job.rule}: {job.reason}", limit * units // quantity)
            self._announce(spread, job, now)
            facts = self._courier.send_combo(spread, order, Purpose.CLOSE, now, CAPPED)
            self._outcome(spread, job, COMBO, facts, order.kind, CAPPED, _newest(quotes.values()), now)
        return True

    def longs(self, spread: Spread, job: ExitJob, now: datetime) -> None:
        """Sell the longs once no short of the spread is held, or beside them where the policy and margin allow."""
        if any(t.group or t.purpose is not Purpose.CLOSE for t in spread.working()):
            return
        holdings = _alive(spread, now)
        shorts = [(leg, held) for leg, held in spread.holdings() if held < 0]
        quotes = self._quotes(spread, now)
        if shorts and not self._both_at_once(spread, job, shorts, quotes):
            return
        if any(not spread.working(leg.key, Purpose.CLOSE) for leg, _ in shorts):
            return  # a short that may not go out yet keeps its long
        for leg, held in sorted(holdings, key=lambda item: item[0].right is not Right.SHARES):
            contracts = self._clearance.closable(spread, job, leg, now) if held > 0 else 0
            if not contracts:
                continue
            if leg.right is Right.SHARES or has_bid(quotes[leg.key]):
                job.kept.discard(leg.key)
                self._send_leg(spread, job, leg, -contracts, quotes, job.policy.way is Way.LEG_LIMIT, "", now)
            else:
                self._worthless(spread, job, leg, contracts, quotes, now)

    def _both_at_once(self, spread: Spread, job: ExitJob, shorts: Sequence[tuple[Leg, int]], quotes: Quotes) -> bool:
        if job.policy.way is not Way.BOTH or any(leg.right is Right.SHARES for leg, _ in shorts):
            return False
        asked = all(quotes[leg.key].ask for leg, _ in shorts)
        margin = self._courier.free_margin()
        return asked and margin is not None and naked_bound(shorts, quotes, spread.multiplier) <= margin

    # -- ways --------------------------------------------------------------------------------------------------

    def _choose(
        self, spread: Spread, job: ExitJob, tight: bool, closable: Mapping[str, int], quotes: Quotes, situation: str,
        now: datetime,
    ) -> Way | None:  # fmt: skip
        """The best way that the brokerage takes and that was not refused in this very situation.

        Without a quote of every leg no combo limit can be priced.

        A limit that rests has no other way while all its legs are there: what is refused is tried again.
        """
        held = {leg.key: spread.ledger.held(leg.key) for leg in spread.legs}
        whole = len(spread.holdings()) == len(spread.legs) and not spread.working(purpose=Purpose.CLOSE)
        units = combo_units(spread.legs, closable, held) if whole else 0
        rests = job.policy.rests and all(held[leg.key] * leg.ratio > 0 for leg in spread.legs)
        if rests and not takes(self._broker, job, OrderKind.COMBO_LIMIT, len(spread.legs)):
            if job.once("no combo limits"):
                self._courier.alarm(
                    now, spread, "no combo limit order is taken: the limit cannot rest, nothing is sent"
                )
            return None
        walked = COMBO in job.steps and job.steps[COMBO].index > self._settings.walk_steps
        for way in (Way.COMBO_LIMIT,) if rests else _ladder(job.policy.way, tight, walked):
            if way in COMBOS and not units:
                continue
            if way is Way.COMBO_LIMIT and job.policy.limit is None and any(map(is_empty, quotes.values())):
                continue
            if way in KINDS and not takes(self._broker, job, KINDS[way], len(spread.legs)):
                continue
            if f"{way} {situation}" not in job.banned:
                return way
        return None

    def _send_by(
        self, way: Way, spread: Spread, job: ExitJob, closable: Mapping[str, int], quotes: Quotes, situation: str,
        needed: int, free: int, now: datetime,
    ) -> bool:  # fmt: skip
        """Send by one way; True when another way should be tried at once."""
        if way is not (job.way or job.policy.way):
            self._courier.note(What.GUARD, now, spread, text=f"closing by {way} instead of {job.way or job.policy.way}")
        job.way = way
        if way in COMBOS:
            return self._send_combo(way, spread, job, closable, quotes, f"{way} {situation}", now)
        again = False
        for leg, held in _alive(spread, now):
            contracts = closable[leg.key] if held < 0 and not spread.working(leg.key) else 0
            if contracts and needed > free:
                contracts = affordable(contracts, needed, free) or contracts
            if contracts:
                refusal = self._send_leg(
                    spread, job, leg, contracts, quotes, way is Way.LEG_LIMIT, f"{way} {situation}", now
                )
                again |= refusal in OTHER_WAY
        return again

    def _send_combo(
        self, way: Way, spread: Spread, job: ExitJob, closable: Mapping[str, int], quotes: Quotes, situation: str,
        now: datetime,
    ) -> bool:  # fmt: skip
        if not job.may_try(COMBO, now, _newest(quotes.values())):
            return False
        held = {leg.key: spread.ledger.held(leg.key) for leg in spread.legs}
        units = combo_units(spread.legs, closable, held)
        ratios, quantity = closing_combo(spread.legs, units)
        limit = None
        if way is Way.COMBO_LIMIT and job.policy.limit is not None:
            limit = job.policy.limit * units // quantity
        elif way is Way.COMBO_LIMIT:
            step = job.steps.get(COMBO)
            if step is None or step.index > self._settings.walk_steps:
                first = 0 if job.policy.way is Way.COMBO_LIMIT and step is None else self._settings.walk_steps
                step = job.steps[COMBO] = Step(first, now)
            limit = self._walker.combo_price(ratios, quotes, step.index)
        order = ComboOrder(ratios, quantity, f"{job.rule}: {job.reason}", limit)
        self._announce(spread, job, now)
        facts = self._courier.send_combo(spread, order, Purpose.CLOSE, now, situation)
        return self._outcome(spread, job, COMBO, facts, order.kind, situation, _newest(quotes.values()), now)

    def _send_leg(
        self, spread: Spread, job: ExitJob, leg: Leg, quantity: int, quotes: Quotes, walking: bool, situation: str,
        now: datetime, limit: int | None = None,
    ) -> Refusal:  # fmt: skip
        """Send one leg's closing order unless its pause lasts; returns why it was refused at once."""
        quote = quotes[leg.key]
        # shares trade without quote bars of their own: any moment is a fresh look at them
        quoted_at = now if leg.right is Right.SHARES else quote.quoted_at
        if not job.may_try(leg.key, now, quoted_at):
            return Refusal.NONE
        if walking and limit is None and takes(self._broker, job, OrderKind.LIMIT, 1):
            step = job.steps.setdefault(leg.key, Step(0, now))
            limit = self._walker.leg_price(leg, quantity, quote, step.index)
        self._announce(spread, job, now)
        sentence = f"{job.rule}: {job.reason}"
        facts = self._courier.send(spread, leg, quantity, Purpose.CLOSE, sentence, now, limit, situation)
        kind = OrderKind.MARKET if limit is None else OrderKind.LIMIT
        self._outcome(spread, job, leg.key, facts, kind, situation, quoted_at, now)
        return facts.refusal if facts.status is Status.INVALID else Refusal.NONE

    def _announce(self, spread: Spread, job: ExitJob, now: datetime) -> None:
        """Give the manager the chance to save the snapshot; a store that fails does not stop the close."""
        if job.announced:
            return
        job.announced = True
        try:
            self.before_first_order(spread)
        except Exception as error:
            self._courier.alarm(now, spread, f"the snapshot before the close failed, closing all the same: {error}")

    before_first_order: Callable[[Spread], None] = staticmethod(lambda spread: None)

    def _outcome(
        self, spread: Spread, job: ExitJob, key: str, facts: OrderFacts, kind: OrderKind, situation: str,
        quoted_at: datetime | None, now: datetime,
    ) -> bool:  # fmt: skip
        """Take note of how an order went; True when its refusal asks for another way at once."""
        if facts.status is Status.FILLED:
            job.went_on(key)
        if facts.status not in (Status.INVALID, Status.CANCELED):
            return False
        if job.refused(key, facts, kind, situation, quoted_at, self._settings, now):
            why = facts.refusal or facts.status
            text = f"closing refused {job.pauses[key].refusals} times: {why}. {facts.message}"
            self._courier.alarm(now, spread, text.strip())
        return facts.refusal in OTHER_WAY

    def ended(self, spread: Spread, job: ExitJob, ticket: Ticket, facts: OrderFacts, now: datetime) -> None:
        """An order of the close ended after it was accepted: refused late, or cancelled.

        A combo ends leg by leg; only its first leg counts.
        """
        if facts.status is Status.CANCELED and ticket.cancel_asked is not None:
            return
        if facts.status is Status.CANCELED:
            self._courier.note(What.GUARD, now, spread, text=f"order {ticket.order_id} was cancelled, not by us")
        if ticket.group and ticket.order_id != ticket.group and facts.refusal not in OTHER_WAY:
            return
        quotes = [q for key, q in self._quotes(spread, now).items() if ticket.group or key == ticket.leg]
        key = COMBO if ticket.group else ticket.leg
        self._outcome(spread, job, key, facts, ticket.kind, ticket.situation, _newest(quotes), now)

    # -- longs nobody bids for, quotes ------------------------------------------------------------------------

    def _worthless(self, spread: Spread, job: ExitJob, leg: Leg, contracts: int, quotes: Quotes, now: datetime) -> None:
        """A long leg without a bid: the policy, once."""
        policy = job.policy.no_bid
        if policy is NoBid.MARKET and job.once(f"market {leg.key}"):
            self._send_leg(spread, job, leg, -contracts, quotes, False, "", now)
        elif policy is NoBid.OFFER and takes(self._broker, job, OrderKind.LIMIT, 1):
            self._send_leg(spread, job, leg, -contracts, quotes, False, OFFER, now, self._broker.price_step(leg, 0))
        elif leg.key not in job.kept:
            job.kept.add(leg.key)
            self._courier.alarm(now, spread, f"no bid for {leg.name}: kept until there is one, or to expiry")

    def _quotes(self, spread: Spread, now: datetime) -> dict[str, LegQuote]:
        """Quotes of what is held; one that cannot be read is empty, and closing goes on without it."""
        quotes = {}
        for leg, _ in _alive(spread, now):
            quotes[leg.key], why = read_quote(self._broker, leg)
            if why and spread.exit is not None and spread.exit.once(f"unreadable {leg.key}"):
                self._courier.alarm(now, spread, f"{leg.name} cannot be read, closing goes on without: {why}")
        return quotes


def _alive(spread: Spread, now: datetime) -> list[tuple[Leg, int]]:
    """Holdings whose contracts still trade: the engine drops expired ones, and their quotes with them."""
    return [(leg, held) for leg, held in spread.holdings() if now.date() <= leg.expiry]


def _ladder(wanted: Way, tight: bool, walked: bool) -> tuple[Way, ...]:
    """Ways from the wanted one to the nearest others; a tight margin puts the combo first.

    Buying a short back above the width asks for margin that the combo does not (lean_semantics.md 4.2).
    """
    if wanted is Way.COMBO_LIMIT and not walked:
        return Way.COMBO_LIMIT, Way.COMBO_MARKET, Way.LEG_LIMIT, Way.LEGS
    if wanted in COMBOS or tight:
        return (Way.COMBO_MARKET, Way.COMBO_LIMIT, Way.LEGS) if tight or not walked else (Way.COMBO_MARKET, Way.LEGS)
    legs = Way.LEG_LIMIT if wanted is Way.LEG_LIMIT else Way.LEGS
    return legs, Way.LEGS, Way.COMBO_MARKET, Way.COMBO_LIMIT


def _situation(free: int, quotes: Quotes) -> str:
    """Everything the margin check looks at, as text: the same text is the same answer."""
    return f"{free} " + " ".join(f"{key}:{q.bid}/{q.ask}/{q.mark}" for key, q in sorted(quotes.items()))


def _newest(quotes: Iterable[LegQuote]) -> datetime | None:
    return max((quote.quoted_at for quote in quotes if quote.quoted_at is not None), default=None)
