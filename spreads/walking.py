"""Limits that walk from mid to natural on a clock and then make way for a market order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from .closing import ExitSettings, closing_combo, has_bid, margin_needed, walk
from .courier import Courier
from .exits import COMBO, ExitJob, Step
from .legs import Leg
from .order_notes import Purpose, Ticket
from .orders import Broker, OrderKind, read_quote
from .quotes import LegQuote, is_empty
from .spread import Spread
from .valuation import leg_mid

OFFER = "offer"
CAPPED = "at most the width"
"""Situation of an offer for a worthless long: it rests and does not walk."""

Quotes = Mapping[str, LegQuote]

_COMBO_KINDS = frozenset({OrderKind.COMBO_MARKET, OrderKind.COMBO_LIMIT})


def takes(broker: Broker, job: ExitJob, kind: OrderKind, legs: int) -> bool:
    """True when the brokerage takes this kind of order and has not refused it for this job."""
    return kind not in job.unsupported and broker.supports(kind, legs if kind in _COMBO_KINDS else 1)


class LimitWalk:
    """Prices resting limits again when their time is up; never replaces an order before its cancel is confirmed."""

    def __init__(self, courier: Courier, settings: ExitSettings) -> None:
        self._courier = courier
        self._broker = courier.broker
        self._settings = settings

    def step(self, spread: Spread, job: ExitJob, quotes: Quotes, now: datetime) -> None:
        """Move every resting limit one step whose time is up; past natural it is taken back."""
        legs = {leg.key: leg for leg, _ in spread.holdings()}
        seen: set[str] = set()
        for ticket in spread.working(purpose=Purpose.CLOSE):
            key = COMBO if ticket.group else ticket.leg
            if ticket.limit is None or ticket.situation in (OFFER, CAPPED) or key in seen:
                continue
            seen.add(key)
            step = job.steps.setdefault(key, Step(0, now))
            members = [t for t in spread.working() if t.group == ticket.group] if ticket.group else [ticket]
            if ticket.cancel_asked is not None:
                self._courier.cancel(spread, ticket, "cancel not confirmed yet", now)
            elif ticket.group and job.policy.rests:
                continue
            elif now - step.since >= self._settings.walk_pause and self._all_open(legs, members):
                self._go_on(spread, job, key, members, legs, quotes, now)

    def _go_on(
        self, spread: Spread, job: ExitJob, key: str, members: Sequence[Ticket], legs: Mapping[str, Leg],
        quotes: Quotes, now: datetime,
    ) -> None:  # fmt: skip
        last = self._settings.walk_steps
        index = job.steps[key].index + 1
        if index > last and (key != COMBO or self._market_may_follow(spread, job)):
            job.steps[key] = Step(index, now)
            self._courier.cancel(spread, members[0], "the limit's time is up", now)
            return
        job.steps[key] = Step(min(index, last), now)
        self._reprice(spread, job, key, members, legs, quotes, now)

    def _reprice(
        self, spread: Spread, job: ExitJob, key: str, members: Sequence[Ticket], legs: Mapping[str, Leg],
        quotes: Quotes, now: datetime,
    ) -> None:  # fmt: skip
        index = job.steps[key].index
        first = members[0]
        if key == COMBO:
            if any(leg.key not in quotes or is_empty(quotes[leg.key]) for leg in spread.legs):
                return
            limit: int | None = self.combo_price(closing_combo(spread.legs, 1)[0], quotes, index)
        else:
            limit = self.leg_price(legs[first.leg], first.quantity, quotes[first.leg], index)
        if limit is None or limit == first.limit:
            return
        if self._broker.move_limit(first.order_id, limit):
            for member in members:
                member.limit = limit
        else:
            self._courier.cancel(spread, first, "the limit cannot be moved", now)

    def _market_may_follow(self, spread: Spread, job: ExitJob) -> bool:
        """True when giving the combo limit up leads to market orders that the margin carries."""
        if takes(self._broker, job, OrderKind.COMBO_MARKET, len(spread.legs)):
            return True
        quotes = {leg.key: read_quote(self._broker, leg)[0] for leg, _ in spread.holdings()}
        needed = margin_needed(spread.holdings(), quotes, spread.multiplier)
        margin = self._courier.free_margin()
        return margin is None or needed <= margin

    def _all_open(self, legs: Mapping[str, Leg], members: Sequence[Ticket]) -> bool:
        return all(t.leg in legs and self._broker.is_open(legs[t.leg]) for t in members)

    def combo_price(self, ratios: Sequence[tuple[Leg, int]], quotes: Quotes, index: int) -> int:
        """Net debit per unit at a step, ticks; never 0, which LEAN refuses as a combo limit."""
        natural = mid = 0
        for leg, ratio in ratios:
            quote = quotes[leg.key]
            bid = quote.bid if has_bid(quote) else 0
            natural += ratio * (quote.ask if ratio > 0 else bid)
            mid += ratio * leg_mid(quote, bid)
        grid = min(self._broker.price_step(leg, quotes[leg.key].ask) for leg, _ in ratios)
        return walk(mid, natural, index, self._settings.walk_steps, grid) or grid

    def leg_price(self, leg: Leg, quantity: int, quote: LegQuote, index: int) -> int | None:
        """Limit of one leg at a step, ticks; None (market) past the last step or without the side it needs."""
        natural = quote.ask if quantity > 0 else quote.bid
        if index > self._settings.walk_steps or natural <= 0:
            return None
        grid = self._broker.price_step(leg, natural)
        return max(walk(leg_mid(quote, quote.bid), natural, index, self._settings.walk_steps, grid), grid)
