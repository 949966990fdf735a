"""What must hold after every step of a run, whatever went wrong: read from the engine and the manager, from outside."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from replay.orders import is_closed

PATIENCE = 16
"""Steps in the session from the decision to close until the spread is flat or an alarm is up."""
NOTICE = 16
"""Steps in the session until a difference between records and account is settled or told."""
GIVEN_UP = 45
"""Steps in the session without any order while a short that is being closed has fresh quotes: nobody works on it."""
UNSEEN = "gone without an event"
LATE = "filled late"


class Broken(AssertionError):
    """An invariant does not hold."""


class Watcher:
    """Called after every step (`replay.run(after_step=...)`), and at the end with the result.

    Args:
        slack: Steps by which the faults of the plan may delay a close.
        race: True when the broker may fill an order whose cancel it confirmed: nobody's fault, what that opened is
            closed again.
        raises: True when reads of prices raise as a fault.
    """

    def __init__(self, slack: int = 0, race: bool = False, raises: bool = False) -> None:
        self.slack, self.race, self.raises = slack, race, raises
        self.records: list[dict[str, Any]] = []
        self.steps = 0
        self._run: Any = None
        self._owner: dict[int, tuple[str, bool]] = {}
        self._entries: list[tuple[int, str]] = []
        self._lagging: dict[int, int] = {}
        self._idle: dict[str, int] = {}
        self._securities: dict[str, Any] = {}
        self._closing: dict[str, int] = {}
        self._gaps: dict[str, tuple[int, int]] = {}
        self._checked = 0

    # -- attaching ---------------------------------------------------------------------------------------------

    def attach(self, run: Any) -> None:
        """Begin to watch an engine whose algorithm is made."""
        self._run = run
        run.orders.observe(self._on_event)
        journal = run.algorithm.spreads.journal
        write = journal.write

        def record(what: Any, at: Any, spread: str = "", **facts: object) -> Any:
            written = write(what, at, spread, **facts)
            self.records.append({**written, "step": run.steps})
            return written

        journal.write = record

    @property
    def book(self) -> Any:
        """The manager's book."""
        return self._run.algorithm.spreads.book

    def _legs(self) -> dict[str, Any]:
        """Every leg of every spread by key."""
        return {leg.key: leg for spread in self.book.spreads.values() for leg in spread.legs}

    def alarms(self, spread_id: str, since: int) -> list[str]:
        """Alarms of a spread from a step on."""
        return [
            r["text"] for r in self.records if r["what"] == "alarm" and r["spread"] == spread_id and r["step"] >= since
        ]

    # -- when an order is accepted -----------------------------------------------------------------------------

    def _on_event(self, event: Any, order: Any) -> None:
        if event.status.name != "SUBMITTED" or order.id in self._owner:
            return
        word = (order.tag or "").split(" ")
        spread = self.book.spreads.get(word[0])
        if spread is None:
            self._entries.append((order.id, word[0]))
            return
        self._owner[order.id] = (spread.id, word[1] == "entry")
        key, quantity = str(order.symbol.id), int(order.quantity)
        if word[1] == "entry":
            covered = min((spread.ledger.held(leg.key) // leg.ratio for leg in spread.legs if leg.ratio > 0), default=0)
            if order.group is None and quantity < 0 and covered < 1:
                raise Broken(f"{spread.id}: the short {key} is sold before its long is bought")
            return
        held = spread.ledger.held(key)
        if held * quantity >= 0:
            raise Broken(f"{spread.id}: closing order {order.id} for {quantity:+d} {key} opens, {held:+d} are held")
        if abs(quantity) > abs(held):
            raise Broken(f"{spread.id}: order {order.id} closes {quantity:+d} {key}, only {held:+d} are held")
        self._capped(spread, key, held, order)
        naked = any(spread.ledger.held(leg.key) < 0 for leg in spread.legs)
        both = spread.exit is not None and str(spread.exit.policy.way) == "both"
        if order.group is None and quantity < 0 and naked and not both:
            raise Broken(f"{spread.id}: the long {key} is sold while a short is held")

    def _capped(self, spread: Any, key: str, held: int, order: Any) -> None:
        """Closes of a contract never exceed what the account has of it in that direction."""
        sign = 1 if held > 0 else -1
        ledgers = [one.ledger.held(key) for one in self.book.spreads.values()]
        gap = (int(self._run.securities[order.symbol].holdings.exact_quantity) - sum(ledgers)) * sign
        same = sum(abs(one) for one in ledgers if one * sign > 0)
        working = sum(
            abs(int(one.quantity) - int(self._run.orders.tickets[one.id].quantity_filled))
            for one in self._run.orders.open.values()
            if one.symbol == order.symbol and self._owner.get(one.id, ("", True))[1] is False
            and one.quantity * order.quantity > 0
        )  # fmt: skip
        if working > max(same + min(gap, 0), 0):
            raise Broken(f"{spread.id}: {working} of {key} are being closed, the account has {same + min(gap, 0)}")

    # -- after every step --------------------------------------------------------------------------------------

    def __call__(self, run: Any) -> None:
        """Check everything."""
        if self._run is None:
            self.attach(run)
        self.steps += 1
        spreads = self.book.spreads.values()
        self._owner.update((i, (name, True)) for i, name in self._entries if name in self.book.spreads)
        self._entries.clear()
        if not spreads:
            return
        self._never_reversed(spreads)
        self._one_close_per_leg()
        self._own_fills_are_posted(spreads)
        self._ends_or_alarms(spreads)
        self._never_given_up(spreads)
        self._agrees_with_account()
        self._no_internal_error()

    def _never_reversed(self, spreads: Any) -> None:
        if self.race:
            return
        for spread in spreads:
            for leg in spread.legs:
                if spread.ledger.held(leg.key) * leg.ratio < 0:
                    raise Broken(f"{spread.id}: {leg.name} went through zero: {spread.ledger.held(leg.key):+d}")

    def _one_close_per_leg(self) -> None:
        seen: dict[tuple[str, str], int] = {}
        for order in self._run.orders.open.values():
            spread_id, entry = self._owner.get(order.id, ("", True))
            if entry or is_closed(order.status):
                continue
            key = (spread_id, str(order.symbol.id))
            if key in seen:
                raise Broken(f"{spread_id}: orders {seen[key]} and {order.id} both close {order.symbol.value}")
            seen[key] = order.id

    def _own_fills_are_posted(self, spreads: Any) -> None:
        """The ledger has what our orders filled, at their price, to the cent: at the latest on the next step."""
        posted = {int(k): p for s in spreads for k, p in s.ledger.postings.items() if k.isdigit()}
        lag: list[int] = []
        for order_id in self._owner:
            ticket = self._run.orders.tickets[order_id]
            filled = int(ticket.quantity_filled)
            known = posted[order_id].filled if order_id in posted else 0
            if filled != known:
                lag.append(order_id)
        self._lagging = {i: self._lagging.get(i, 0) + 1 for i in lag}
        late = [i for i, steps in self._lagging.items() if steps > NOTICE]
        if late:
            raise Broken(f"fills of orders {late} are not in the ledger")

    def _security(self, key: str) -> Any:
        if key not in self._securities:
            found = next((s for s in self._run.securities.values() if str(s.symbol.id) == key), None)
            if found is None:
                return None
            self._securities[key] = found
        return self._securities[key]

    def _in_session(self, leg: Any) -> bool:
        security = self._security(leg.key)
        return security is not None and security.exchange.exchange_open

    def _ends_or_alarms(self, spreads: Any) -> None:
        for spread in spreads:
            if spread.exit is None or spread.has_ended:
                self._closing.pop(spread.id, None)
                continue
            if not self._in_session(spread.legs[0]):
                continue
            steps = self._closing[spread.id] = self._closing.get(spread.id, 0) + 1
            if steps > PATIENCE + self.slack and not self.alarms(spread.id, 0):
                raise Broken(f"{spread.id}: decided to close {steps} steps ago, {spread.state}, and no alarm is up")

    def _never_given_up(self, spreads: Any) -> None:
        """A close is tried again for as long as a short is held, whatever alarms are up."""
        out = {self._owner[i][0] for i in self._run.orders.open if i in self._owner}
        sent = {str(r["spread"]) for r in self.records[self._checked :] if r["what"] in ("order", "refused", "fill")}
        for spread in spreads:
            shorts = [leg for leg in spread.legs if spread.ledger.held(leg.key) < 0]
            if spread.exit is None or not shorts or spread.has_ended or str(spread.state) == "quarantined":
                continue
            if spread.id in out | sent:
                self._idle[spread.id] = 0
            elif all(self._in_session(leg) and self._is_fresh(leg) for leg in spread.legs) and self._is_sane(spread):
                self._idle[spread.id] = self._idle.get(spread.id, 0) + 1
            if self._idle.get(spread.id, 0) > GIVEN_UP and self._there(shorts):
                raise Broken(f"{spread.id}: a short is held and nothing was ordered for {GIVEN_UP} steps")

    def _is_fresh(self, leg: Any) -> bool:
        security = self._security(leg.key)
        row = None if security is None else security.quote_row
        return row is not None and self._run.ms - row.end < 5 * 60_000 and bool(row.bid_size and row.ask_size)

    def _is_sane(self, spread: Any) -> bool:
        """Quoted within the width: beyond it nothing may be sent where the brokerage takes no combo."""
        width = abs(spread.legs[0].strike - spread.legs[1].strike)
        debit = 0
        for leg in spread.legs:
            row = self._security(leg.key).quote_row
            debit -= leg.ratio * round((row.ask if leg.ratio < 0 else row.bid)[3] * 10_000)
        return debit <= width

    def _there(self, shorts: list[Any]) -> bool:
        """The account still holds the shorts, so that they may be bought back."""
        return any(self._security(leg.key).holdings.exact_quantity < 0 for leg in shorts)

    def _agrees_with_account(self) -> None:
        for key, leg in self._legs().items():
            holders = [s for s in self.book.spreads.values() if s.ledger.held(key) and not s.has_ended]
            security = self._security(key)
            if not holders or security is None or not self._in_session(leg):
                self._gaps.pop(key, None)
                continue
            held = int(security.holdings.exact_quantity)
            gap = held - sum(s.ledger.held(key) for s in self.book.spreads.values())
            if not gap:
                self._gaps.pop(key, None)
                continue
            since, first = self._gaps.setdefault(key, (0, self._run.steps))
            self._gaps[key] = (since + 1, first)
            if since + 1 > NOTICE and not any(self.alarms(s.id, 0) for s in self.book.spreads.values() if key in
                                              {one.key for one in s.legs}):  # fmt: skip
                raise Broken(
                    f"{leg.name}: the account holds {held:+d}, the ledgers {held - gap:+d}, and no alarm is up"
                )

    def _no_internal_error(self) -> None:
        for record in self.records[self._checked :]:
            text = str(record.get("text", ""))
            wrong = record["what"] == "error" or "internal error" in text or "Traceback" in text
            if wrong and not (self.raises and "can be read" in text):
                raise Broken(f"{record['spread']}: {text}")
        self._checked = len(self.records)

    # -- at the end --------------------------------------------------------------------------------------------

    def finish(self, start_cash: int) -> None:
        """The records' results against the account's cash, in 1/10000 dollars.

        Our own fills to the cent, always. Without a change that nobody told of, all records together too: what ended
        by its result, what stands by its cash.
        """
        if self._run is None:
            raise Broken("not one step was watched")
        run, spreads = self._run, list(self.book.spreads.values())
        ours: dict[str, int] = defaultdict(int)
        for event in run.orders.events:
            if event.order_id in self._owner and event.fill_quantity:
                size = int(run.securities[event.symbol].multiplier)
                cash = -event.fill_quantity * event.fill_price * size - event.fee
                ours[self._owner[event.order_id][0]] += round(cash * 10_000)
        for spread in spreads:
            own = [p for k, p in spread.ledger.postings.items() if k.isdigit()]
            cash = sum(p.proceeds * (p.size or spread.multiplier) for p in own) - sum(p.fees for p in own)
            if abs(cash - ours[spread.id]) >= 100:
                raise Broken(f"{spread.id}: our fills brought {ours[spread.id] / 1e4}, the ledger says {cash / 1e4}")
        self._expired_ones_have_ended(spreads)
        self._records_add_up(spreads, start_cash)

    def _expired_ones_have_ended(self, spreads: list[Any]) -> None:
        """Once the session after a contract's last day is over, no spread goes on holding it."""
        today = (self._run.time - timedelta(seconds=1)).date()  # a run ends at midnight
        for spread in spreads:
            expired = [leg.name for leg, _ in spread.holdings() if leg.expiry < today]
            if expired and not spread.has_ended:
                raise Broken(f"{spread.id} is {spread.state} and holds {', '.join(expired)}, which have expired")

    def _records_add_up(self, spreads: list[Any], start_cash: int) -> None:
        # a late fill brings a spread back that was recorded as ended: the last record says how it stands
        last = {r["spread"]: r for r in self.records if r["what"] in ("ended", "rejected", "standing")}
        for spread in spreads:
            told_of = last.get(spread.id)
            if told_of is None or (told_of["what"] == "standing") is spread.has_ended:
                raise Broken(f"{spread.id} ({spread.state}) must be recorded as ended or as standing")
        faults = self._run.faults
        estimated = any(p.cause == UNSEEN for s in spreads for p in s.ledger.postings.values())
        if estimated or (faults is not None and faults.outside):
            return
        change = round(self._run.portfolio.exact_cash * 10_000) - start_cash
        told = sum(int(record.get("cash", record.get("pnl", 0))) for record in last.values())
        if abs(change - told) >= 100:
            raise Broken(f"the account's cash changed by {change / 1e4}, the records say {told / 1e4}")
