"""One spread in full: quotes, value or named fault, every order's rule, its confirmation, and the new quiet band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from .confirmation import Verdict
from .journal import Journal, What
from .legs import Leg, least_debit
from .money import money
from .orders import Broker, read_quote
from .priceless import decide_without_price
from .quotes import Fault, LegQuote, QuoteLimits, Unusable, find_fault, leg_fault
from .sight import Sight, Verdicts, count, lacks_of
from .spread import Spread
from .spread_tickets import SpreadTicket
from .valuation import PriceBasis, Value, is_as_read, least_natural, net_value
from .view import Band, Decision, Extremes, Need, Terms, View
from .watched import Source


@dataclass(frozen=True, slots=True)
class TradingHours:
    """Today's regular session of a contract, algorithm time."""

    opens: datetime
    closes: datetime

    def covers(self, now: datetime) -> bool:
        """True when a bar that ends now lies inside, and a market order sent now is still a market order."""
        return self.opens < now < self.closes


class Market(Protocol):
    """What the judge needs of the engine beside orders."""

    def source(self, leg: Leg) -> Source:
        """The object whose bid and ask the hot loop reads.

        Raises:
            LookupError: The contract is not in the securities.
        """
        ...

    def session(self, leg: Leg, now: datetime) -> TradingHours | None:
        """Today's regular session; None on a day without one."""
        ...

    def underlying(self, leg: Leg) -> int:
        """Price of the leg's underlying in ticks, 0 when unknown."""
        ...

    def underlying_time(self, leg: Leg) -> datetime | None:
        """End of the newest real bar of the leg's underlying, algorithm time."""
        ...

    def short_delta(self, legs: Sequence[Leg]) -> float | None:
        """Greatest absolute delta of the short legs by the engine's model, None when unknown."""
        ...


Failures = list[tuple[SpreadTicket, Exception]]
"""Orders that could not be asked in full, and why."""


class Judge:
    """Looks at one spread at a time; holds nothing but its limits and ports."""

    def __init__(self, broker: Broker, market: Market, limits: QuoteLimits, journal: Journal) -> None:
        self._broker = broker
        self._market = market
        self._limits = limits
        self._journal = journal

    def look(
        self,
        spread_id: str,
        terms: Terms,
        tickets: Sequence[SpreadTicket],
        sight: Sight,
        heartbeat: datetime | None,
        now: datetime,
    ) -> Verdicts:
        """Judge a spread on this slice. Never raises for bad quotes: they are faults with a name."""
        legs = terms.legs
        session = self._market.session(legs[0], now)
        if session is not None and terms.expires_at < session.closes:
            session = replace(session, closes=terms.expires_at)
        if session is None or not session.covers(now):
            fault = Fault(Unusable.MARKET_CLOSED, "", f"{now:%H:%M} is outside the session")
            return self._blind(spread_id, tickets, sight, fault, now)
        quotes, found = self._read(legs, heartbeat, terms.opened_at, now)
        if found is None:
            newest = max(quote.quoted_at for quote in quotes if quote.quoted_at is not None)
            seen = self._seen(spread_id, terms, tickets, sight, net_value(legs, quotes), newest, session, now)
            return seen if is_as_read(legs, quotes) else replace(seen, look_again=True)
        floor = least_natural(legs, quotes) if found.reason in _WITH_FLOOR else None
        certain: list[SpreadTicket] = []
        failed: Failures = []
        for ticket in tickets:
            try:
                decision = self._certain(terms, ticket, quotes, found, floor, session, failed, now)
            except Exception as error:
                failed.append((ticket, error))
                continue
            if decision is None:
                continue
            since, quoted_at = ticket.clock.since, max((q.quoted_at for q in quotes if q.quoted_at), default=now)
            ticket.clock, verdict = ticket.confirmation.look(
                ticket.clock, now, decision, quoted_at=quoted_at, max_debit=terms.max_debit
            )
            if verdict is Verdict.FIRE:
                self._fire(spread_id, ticket, decision, None, since or now, now)
                return Verdicts((ticket, decision), True, Band(always=True), None, found, tuple(failed))
            certain.append(ticket)
        unseen = [ticket for ticket in tickets if ticket not in certain]
        return replace(self._blind(spread_id, unseen, sight, found, now), failed=tuple(failed))

    def is_sound(self, terms: Terms, heartbeat: datetime | None, now: datetime) -> bool:
        """True when the quotes can be believed and say what the engine's prices say: no side was lost, none is old."""
        quotes, fault = self._read(terms.legs, heartbeat, terms.opened_at, now)
        return fault is None and is_as_read(terms.legs, quotes)

    def prices(self, spread: Spread, heartbeat: datetime | None, now: datetime) -> tuple[int, int] | None:
        """Natural and mid of a spread for the records; decides nothing. None outside the session or with a fault."""
        session = self._market.session(spread.legs[0], now)
        if session is None or not session.covers(now) or now >= spread.expires_at:
            return None
        quotes, fault = self._read(spread.legs, heartbeat, None, now)
        value = net_value(spread.legs, quotes)
        return (value.natural, value.mid) if fault is None else None

    def worth(self, spread: Spread) -> int:
        """What its holdings are worth at LEAN's own prices, 1/10000 dollars: what the account counts for them."""
        return sum(
            held * self._broker.quote(leg).mark * (spread.size_of(leg.key) or spread.multiplier)
            for leg, held in spread.holdings()
        )

    def _read(
        self, legs: Sequence[Leg], heartbeat: datetime | None, filled_at: datetime | None, now: datetime
    ) -> tuple[list[LegQuote], Fault | None]:
        """The quotes of all legs, and why they cannot be believed."""
        quotes: list[LegQuote] = []
        unreadable: Fault | None = None
        for leg in legs:
            quote, why = read_quote(self._broker, leg)
            quotes.append(quote)
            if why:
                unreadable = Fault(Unusable.READ_FAILED, leg.name, why)
        if unreadable is not None:
            return quotes, unreadable
        times = [t for t in (heartbeat, self._underlying_time(legs[0])) if t is not None]
        times += [quote.quoted_at for quote in quotes if quote.quoted_at is not None]
        fault = find_fault(legs, quotes, now, max(times, default=None), filled_at, self._limits)
        return quotes, fault or self._below_least(legs, net_value(legs, quotes).natural)

    @staticmethod
    def _below_least(legs: Sequence[Leg], natural: int) -> Fault | None:
        """Quotes that are crossed against each other: nobody sells at such a debit, and a profit at it is none."""
        least = _least(tuple(legs))
        if least is None or natural >= least:
            return None
        return Fault(Unusable.BELOW_LEAST, "", f"natural debit {money(natural)}, the least is {money(least)}")

    def _seen(
        self,
        spread_id: str,
        terms: Terms,
        tickets: Sequence[SpreadTicket],
        sight: Sight,
        value: Value,
        quoted_at: datetime,
        session: TradingHours,
        now: datetime,
    ) -> Verdicts:
        if sight.blind_since is not None and sight.fault is not None:
            seconds = round((now - sight.blind_since).total_seconds())
            self._journal.write(
                What.VALUABLE, now, spread_id, reason=sight.fault.reason, seconds=seconds,
                natural=value.natural, mid=value.mid,
            )  # fmt: skip
        # a quote looked at twice is still one quote: it confirms no new best
        previous = None if sight.quoted_at is not None and quoted_at <= sight.quoted_at else sight.previous or value
        sight.previous, sight.fault, sight.blind_since, sight.alarmed = value, None, None, False
        sight.quoted_at = quoted_at
        fired: tuple[SpreadTicket, Decision] | None = None
        failed: Failures = []
        lacks: set[Unusable] = set()
        band = Band()
        confirming = False
        for ticket in tickets:
            try:
                view = self._view(terms, ticket, value, previous, session, failed, now)
                lacks.update(lacks_of(ticket.rule, view))
                decision, verdict = self._ask(spread_id, ticket, view, quoted_at)
                if verdict is Verdict.FIRE and decision is not None:
                    if fired is None:
                        fired = (ticket, decision)
                        self._fire(spread_id, ticket, decision, value, ticket.clock.since or now, now)
                    continue
                confirming |= decision is not None
                ticket.latched |= ticket.rule.latches(view)
                band = band.meet(ticket.rule.band(replace(view, latched=ticket.latched)))
            except Exception as error:
                failed.append((ticket, error))
                band = Band(always=True)
        sight.lacking = {reason: sight.lacking.get(reason, now) for reason in lacks}
        count(sight, *lacks)
        look_again = fired is not None or confirming or bool(failed) or self._extreme_pending(tickets, value)
        return Verdicts(fired, look_again, band, value, None, tuple(failed))

    def _ask(
        self, spread_id: str, ticket: SpreadTicket, view: View, quoted_at: datetime
    ) -> tuple[Decision | None, Verdict]:
        """What an order's rule says and what that means; the journal tells what is new about it."""
        decision, before, value = ticket.rule.evaluate(view), ticket.clock, view.value
        ticket.clock, verdict = ticket.confirmation.look(
            before, view.now, decision, quoted_at=quoted_at, max_debit=view.terms.max_debit
        )
        if verdict is Verdict.CONFIRMING and decision is not None and before.since is None:
            self._note_confirming(spread_id, ticket, decision, value, view.now)
        elif decision is None and before.since is not None:
            self._journal.write(
                What.CONFIRM_RESET, view.now, spread_id, order=ticket.order_id, rule=ticket.rule.name,
                reason="the debit came back", held_seconds=round(before.held.total_seconds()),
                natural=value.natural, mid=value.mid,
            )  # fmt: skip
        return decision, verdict

    def _view(
        self, terms: Terms, ticket: SpreadTicket, value: Value, previous: Value | None, session: TradingHours,
        failed: Failures, now: datetime,
    ) -> View:  # fmt: skip
        if ticket.extremes is None:
            ticket.extremes = Extremes.start(value, terms.credit)
        elif previous is not None:
            ticket.extremes = ticket.extremes.after(value, previous)
        underlying = self._underlying(terms, ticket, failed, now)
        delta = self._delta(terms, ticket, failed)
        return View(now, value, terms, ticket.extremes, ticket.since, session.closes, ticket.latched, underlying, delta)

    def _blind(
        self, spread_id: str, tickets: Sequence[SpreadTicket], sight: Sight, fault: Fault, now: datetime
    ) -> Verdicts:
        """Count and name the fault; confirmation clocks pause; the next slice looks again."""
        count(sight, fault.reason)
        if sight.fault is None or sight.fault.reason is not fault.reason:
            self._journal.write(
                What.UNVALUABLE, now, spread_id, reason=fault.reason, leg=fault.leg or None, detail=fault.detail
            )
        if sight.blind_since is None:
            sight.blind_since = now
        sight.fault = fault
        for ticket in tickets:
            before = ticket.clock
            ticket.clock, verdict = ticket.confirmation.look(before, now, None, usable=False)
            if verdict is Verdict.PAUSED and before.lost is None:
                self._journal.write(
                    What.PAUSED, now, spread_id, order=ticket.order_id, rule=ticket.rule.name, reason=fault.reason,
                    held_seconds=round(before.held.total_seconds()),
                )  # fmt: skip
        return Verdicts(None, True, Band(always=True), None, fault)

    def _certain(
        self, terms: Terms, ticket: SpreadTicket, quotes: Sequence[LegQuote], found: Fault, floor: int | None,
        session: TradingHours, failed: Failures, now: datetime,
    ) -> Decision | None:  # fmt: skip
        """What is decided although the spread has no value: exits by the clock, the underlying or a delta, and a stop
        on the natural debit that is breached even at its floor, whatever the bid in doubt is.

        A target fires below its level, so the value must have reached the level from below and fire above it too.
        """
        value = Value(*[floor if floor is not None else terms.credit] * 3)
        extremes = ticket.extremes or Extremes.start(value)
        underlying = self._underlying(terms, ticket, failed, now)
        # the engine works a delta out of the leg's own quote: it stands while none of a short leg is in doubt
        shorts = [(leg, quote) for leg, quote in zip(terms.legs, quotes, strict=True) if leg.is_short]
        is_sure = bool(found.leg) and not any(leg_fault(leg, quote, now, self._limits) for leg, quote in shorts)
        delta = self._delta(terms, ticket, failed) if is_sure else None
        view = View(now, value, terms, extremes, ticket.since, session.closes, ticket.latched, underlying, delta)
        decision = decide_without_price(ticket.rule, view)
        if decision is not None or floor is None:
            return decision
        decision = ticket.rule.evaluate(view)
        if decision is None or decision.basis not in _NATURAL_BASES or decision.value < decision.threshold:
            return None
        above = replace(view, value=Value(floor + 1, floor + 1, floor + 1))
        return None if ticket.rule.evaluate(above) is None else decision

    def _underlying(self, terms: Terms, ticket: SpreadTicket, failed: Failures, now: datetime) -> int | None:
        """The underlying's price for a rule that looks at it; None when it is not there or its feed is silent."""
        if Need.UNDERLYING not in ticket.rule.needs:
            return None
        try:
            quoted_at = self._market.underlying_time(terms.legs[0])
            if quoted_at is not None and now - quoted_at > self._limits.feed_silence:
                return None
            return self._market.underlying(terms.legs[0]) or None
        except Exception as error:
            failed.append((ticket, error))
            return None

    def _underlying_time(self, leg: Leg) -> datetime | None:
        """End of the underlying's newest bar; None also when it cannot be read: the legs' quotes say enough."""
        try:
            return self._market.underlying_time(leg)
        except Exception:
            return None

    def _delta(self, terms: Terms, ticket: SpreadTicket, failed: Failures) -> float | None:
        """Delta of the short legs for a rule that looks at it; None when the engine has none, or its model fails."""
        if Need.DELTA not in ticket.rule.needs:
            return None
        try:
            return self._market.short_delta(terms.short_legs())
        except Exception as error:
            failed.append((ticket, error))
            return None

    def _extreme_pending(self, tickets: Sequence[SpreadTicket], value: Value) -> bool:
        """True when this look would be a new best that the next look must confirm."""
        return any(
            ticket.extremes is not None
            and (value.natural < ticket.extremes.natural.low or value.mid < ticket.extremes.mid.low)
            for ticket in tickets
        )

    def _fire(
        self,
        spread_id: str,
        ticket: SpreadTicket,
        decision: Decision,
        value: Value | None,
        since: datetime,
        now: datetime,
    ) -> None:
        self._journal.write(
            What.FIRE, now, spread_id, order=ticket.order_id, rule=decision.rule, sentence=decision.sentence,
            basis=decision.basis, value=decision.value, threshold=decision.threshold, breach_since=since,
            held_seconds=round(ticket.clock.held.total_seconds()),
            natural=None if value is None else value.natural, mid=None if value is None else value.mid,
        )  # fmt: skip

    def _note_confirming(
        self, spread_id: str, ticket: SpreadTicket, decision: Decision, value: Value, now: datetime
    ) -> None:
        self._journal.write(
            What.CONFIRMING, now, spread_id, order=ticket.order_id, rule=decision.rule, basis=decision.basis,
            value=decision.value, threshold=decision.threshold, natural=value.natural, mid=value.mid,
        )  # fmt: skip


_least = lru_cache(maxsize=1024)(least_debit)
_WITH_FLOOR = (Unusable.SIDE_INHERITED, Unusable.SIDE_NEVER_SEEN, Unusable.CROSSED)
_NATURAL_BASES: tuple[PriceBasis | None, ...] = (PriceBasis.NATURAL, PriceBasis.WORST)
