"""What outlives the process: saves the book on every change, puts it back after a restart, and takes commands.

What other threads than the step's call only records: the next step saves it. Every error is told, none stops a close.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from .alarms import Alarms
from .book import SpreadBook
from .commands import Command, carry_out, check_command, field_of, from_stored, read_command
from .edge import describe
from .errors import BadSetting
from .gate import EntryGate
from .guards import GuardState
from .journal import Journal, What
from .orders import Broker
from .restart import QUIET, Account, Inspection, unknown_positions
from .snapshot import Kept, from_data, to_data
from .spread import Spread
from .spread_tickets import SpreadTicket
from .status import status_of
from .store import StateStore, Stored
from .view import Rule
from .watched import Watched

MEMORY = timedelta(days=7)
CLOCKS_DIFFER = timedelta(days=1)
UNREGISTERED = timedelta(minutes=2)


@dataclass(slots=True)
class Continuity:
    """Keeps a book across restarts.

    Attributes:
        book: The book.
        gate: Its guards, whose state is kept too.
        alarms: Its alarms, kept too.
        journal: Takes what was restored and commanded.
        broker: The engine.
        account: What a restart needs of the engine.
        store: Where the snapshot is kept; None = it is not.
        read_rule: Makes a rule of its stored data.
        alarm: Raises an alarm: spread id, text.
        log: Takes a line.
        live: True when real time passes.
    """

    book: SpreadBook
    gate: EntryGate
    alarms: Alarms
    journal: Journal
    broker: Broker
    account: Account
    store: StateStore | None
    read_rule: Callable[[object], Rule]
    alarm: Callable[[str, str], None]
    log: Callable[[str], None]
    live: bool = False
    _todo: set[str] = field(default_factory=lambda: {"restore"}, init=False)
    _expected: dict[str, tuple[dict[str, Any], datetime]] = field(default_factory=dict, init=False)
    _memory: dict[str, str] = field(default_factory=dict, init=False)
    _unreadable: list[object] = field(default_factory=list, init=False)
    _commands: deque[Command] = field(default_factory=deque, init=False)

    def __post_init__(self) -> None:
        self.book.on_change = self._mark
        self.book.desk.before_first_order = self._before_first_order

    @property
    def work(self) -> tuple[Collection[object], ...]:
        """One of them is not empty while the next step has more to do than to let the book work."""
        return self._commands, self._expected, self._todo

    @property
    def restored(self) -> bool:
        """True once what an earlier process left was taken up, if there was anything."""
        return "restore" not in self._todo

    def _before_first_order(self, spread: Spread) -> None:
        self.save(self.book.now)

    def _mark(self) -> None:
        self._todo.add("save")

    # -- one slice ---------------------------------------------------------------------------------------------

    def step(self, now: datetime, touched: Iterable[Watched] | None = None) -> bool:
        """One slice: put back what an earlier process left, carry commands out, let the book work, save.

        `touched` as for `SpreadBook.step`. False when it had nothing to do but what is done in every round.
        """
        # what has come while the prices were read waits: a spread that was touched must not be gone when it is asked
        if touched is None and (self._commands or self._expected or not self.restored):
            self._prepare(now)
        worked = self.book.step(now, touched)
        if "save" not in self._todo:
            return worked
        self.save(now)
        return True

    def _prepare(self, now: datetime) -> None:
        self.book.turn.enter()
        self._forget_unregistered(now)
        if not self.restored:
            self.restore(now)
        for _ in range(len(self._commands)):
            self._carry_out(self._commands.popleft(), now)

    # -- saving ------------------------------------------------------------------------------------------------

    def expect(self, spread: Spread, rules: Iterable[Rule], now: datetime) -> None:
        """Write down a spread whose entry is about to be ordered, so that a kill in between does not orphan it.

        It is forgotten by the next step unless it is in the book then; asked for on another thread, which may still
        wait for its order beside that step, two minutes later.
        """
        if self.store is None:
            return
        orders = [
            SpreadTicket(self.book.orders.last + number, spread.id, "rule", rule, self.book.settings.confirmation, now)
            for number, rule in enumerate(rules, start=1)
        ]
        until = now if self.book.turn.is_ours else now + UNREGISTERED
        self._expected[spread.id] = (to_data(spread, orders), until)
        self.save(now)

    def _forget_unregistered(self, now: datetime) -> None:
        """An entry expected and never registered was not ordered: after a restart it would claim what others bought."""
        for spread_id, (_, until) in list(self._expected.items()):
            if until <= now:
                del self._expected[spread_id]
                self._mark()
                if spread_id not in self.book.spreads:
                    self.log(f"{spread_id}: its entry was expected, but nothing was registered: forgotten")

    def save(self, now: datetime) -> bool:
        """Write the snapshot if it differs from the last one; False when it could not: the next step tries again.

        Another thread than the step's leaves it to the next step.
        """
        if not self.book.turn.is_ours:
            self._mark()
            return True
        self._todo.discard("save")
        if self.store is None or not self.restored:
            return True
        for spread_id in self._expected.keys() & self.book.spreads.keys():
            del self._expected[spread_id]
        try:
            saved = self.store.save(self._state(now), now)
        except Exception as error:
            self.alarm("", f"the state could not be saved: {describe(error)}")
            saved = False
        if not saved:
            self._mark()
        return saved

    def _state(self, now: datetime) -> dict[str, Any]:
        book, alive = self.book, self.book.open_spreads()
        known = {spread.id for spread in alive}
        ended = [spread for spread in book.desk.over(now) if spread.id not in known]
        oldest = (now - MEMORY).isoformat()
        for text in [text for text, at in list(self._memory.items()) if at <= oldest]:
            del self._memory[text]
        return {
            "spreads": [
                to_data(spread, book.orders_of(spread.id), book.value_of(spread.id)) for spread in (*alive, *ended)
            ]
            + [data for data, _ in list(self._expected.values())],
            "registered": book.registered,
            "last_order": book.orders.last,
            "guards": self.gate.state.to_dict(),
            "remembered": dict(self._memory),
            "commands": [command.to_data() for command in self._commands],
            "alarms": self.alarms.to_data(),
            "unreadable": self._unreadable,
        }

    def first_time(self, text: str, now: datetime) -> bool:
        """True when the text was not given within the last days, in this process or an earlier one."""
        if text in self._memory:
            return False
        self._memory[text] = now.isoformat()
        self._mark()
        return True

    # -- restart -----------------------------------------------------------------------------------------------

    def restore(self, now: datetime) -> None:
        """Once: take up what an earlier process left, and hold it against the account. Orders nothing."""
        if self.restored:
            return
        self.book.turn.enter()
        self._todo.discard("restore")
        stored = self.store.load() if self.store is not None else None
        if stored is not None and self._is_of_the_future(stored, now):
            stored = None
        if stored is not None:
            self._put_back_or_keep(stored, now)
        if self.live or stored is not None:
            for name, quantity in unknown_positions(self.account.positions(), self.book.open_spreads()):
                self._report("", f"the account holds {quantity:+d} {name} that no spread knows: not touched", True, now)

    def _is_of_the_future(self, stored: Stored, now: datetime) -> bool:
        """A backtest that begins again is not the continuation of the one before."""
        if stored.saved_at <= now + (CLOCKS_DIFFER if self.live else timedelta(0)):
            return False
        assert self.store is not None
        self.store.set_aside(stored, f"it is of {stored.saved_at}, now it is {now}")
        return True

    def _put_back_or_keep(self, stored: Stored, now: datetime) -> None:
        """An error of ours must not cost the snapshot: what follows is saved over it."""
        try:
            self._put_back(stored, now)
        except Exception as error:
            assert self.store is not None
            self.store.set_aside(stored, f"internal error while restoring: {describe(error)}")

    def _put_back(self, stored: Stored, now: datetime) -> None:
        state = stored.state
        kept = self._read_spreads(state, now)
        self._read_rest(state)
        kept = [one for one in kept if self._take_up(one, now)]
        self.book.put_back(kept, _whole(state.get("registered")), _whole(state.get("last_order")))
        everything = [one.spread for one in kept]
        inspection = Inspection(self.broker, everything, now)
        spreads = [spread for spread in everything if not spread.has_ended]
        findings = [self._guarded(spread, partial(inspection.finding, spread)) for spread in spreads]
        for spread in sorted(everything, key=lambda one: one.has_ended):
            self._guarded(spread, partial(self._complete, inspection, spread, now))
        self.book.desk.restore(everything, now, compare=False)
        self.book.bring_back()
        for spread in spreads:
            self._guarded(spread, partial(self._adopt, inspection, spread, now))
        for finding in findings:
            if finding is not None:
                text = f"restored, {finding.found}: {finding.text}"
                self._report(finding.spread.id, text, finding.found not in QUIET, now)
        self._mark()

    def _read_spreads(self, state: Mapping[str, Any], now: datetime) -> list[Kept]:
        found = state.get("spreads")
        kept: list[Kept] = []
        earlier = state.get("unreadable")
        for data in [*(found if isinstance(found, list) else []), *(earlier if isinstance(earlier, list) else [])]:
            try:
                one = from_data(data, self.read_rule)
                if any(other.spread.id == one.spread.id for other in kept):
                    raise BadSetting("spread id", one.spread.id, "an id that stands once")
            except BadSetting as error:
                self._unreadable.append(data)
                name = str(data.get("id", "")) if isinstance(data, Mapping) else ""
                self._report(
                    name, f"a saved spread cannot be read, it is kept as it stands, not watched: {error}", True, now
                )
            else:
                if not one.spread.has_ended or now <= one.spread.expires_at:
                    kept.append(one)
                for order, why in one.unreadable:
                    self._unreadable.append({"id": one.spread.id, "order": order})
                    self._report(one.spread.id, f"an order on it cannot be read and does not watch: {why}", True, now)
        if not isinstance(found, list):
            self._unreadable.append(found)
            self._report("", "the saved state has no list of spreads", True, now)
        return kept

    def _read_rest(self, state: Mapping[str, Any]) -> None:
        """Guards, memory, commands and alarms; what cannot be read is told and begins anew."""
        memory, guards = state.get("remembered"), state.get("guards")
        if isinstance(memory, Mapping):
            self._memory = {str(text): str(at) for text, at in memory.items()}

        def read_guards() -> None:
            if isinstance(guards, Mapping):
                self.gate.state = GuardState.from_dict(guards)

        def read_commands() -> None:
            self._commands.extendleft(reversed([from_stored(one) for one in state.get("commands") or ()]))

        for name, read in (
            ("alarms", partial(self.alarms.restore, state.get("alarms"))),
            ("guards", read_guards),
            ("commands", read_commands),
        ):
            try:
                read()
            except (BadSetting, TypeError) as error:
                self.alarm("", f"the saved {name} cannot be read and begin anew: {error}")

    def _take_up(self, one: Kept, now: datetime) -> bool:
        """Make the contracts known to the engine; False when one is not even a contract: the spread is only kept."""
        spread = one.spread
        for leg in (*spread.legs, *([spread.underlying] if spread.underlying is not None else [])):
            try:
                self.account.take_up(leg)
            except Exception as error:
                self.alarm(spread.id, f"{leg.name} cannot be subscribed: {type(error).__name__}: {error}")
            try:
                self.broker.held(leg)
            except Exception:
                self._unreadable.append(to_data(spread, one.orders, one.last_value))
                self._report(
                    spread.id, f"the engine does not know {leg.key!r}: kept as it stands, not watched", True, now
                )
                return False
        return True

    def _complete(self, inspection: Inspection, spread: Spread, now: datetime) -> None:
        if spread.has_ended:
            inspection.late_fills(spread, self.account)
        elif taken := inspection.complete_entry(spread, self.account):
            self._report(spread.id, f"entry found in the account at its average price: {taken}", False, now)

    def _adopt(self, inspection: Inspection, spread: Spread, now: datetime) -> None:
        for facts, purpose in inspection.adoptable(spread, self.book.desk.owns):
            self.book.desk.adopt_order(spread, facts, now, purpose)
            self._report(spread.id, f"order {facts.order_id} for {facts.quantity:+d} is still out: adopted", False, now)

    def _report(self, spread_id: str, text: str, alarming: bool, now: datetime) -> None:
        self.journal.write(What.RESTORED, now, spread_id, text=text)
        if alarming:
            self.alarm(spread_id, text)
        else:
            self.log(f"{spread_id}: {text}")

    def _guarded(self, spread: Spread, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Exception as error:
            self.alarm(spread.id, f"internal error while restoring: {describe(error)}")
            return None

    # -- commands ----------------------------------------------------------------------------------------------

    def hear(self, data: Any, now: datetime) -> Command | None:
        """Read a command as the engine gives it and take it; None when it cannot be, which the log explains."""
        try:
            command = read_command(partial(field_of, data))
            self.take(command, now)
        except BadSetting as error:
            self.log(f"command refused: {error}")
            return None
        self.log(f"command taken: {command}")
        return command

    def take(self, command: Command, now: datetime) -> None:
        """Take a command; it is carried out on the next slice.

        Raises:
            BadSetting: The spread or order is not there. Before the restore nothing is known, so nothing is held
                against it then.
        """
        if self.restored:
            check_command(command, self.book, self.alarms)
        self._commands.append(command)
        self.save(now)

    def _carry_out(self, command: Command, now: datetime) -> None:
        try:
            answer = carry_out(command, self.book, self.gate, self.alarms, now)
        except BadSetting as error:
            answer = f"not carried out: {error}"
            self.alarm(command.spread_id, f"command {command}: {answer}")
        except Exception as error:
            answer = f"failed: {describe(error)}"
            self.alarm(command.spread_id, f"command {command}: {answer}")
        self.journal.write(What.COMMAND, now, command.spread_id, command=str(command), answer=answer)
        self.log(f"command {command}: {answer}")
        self._mark()

    def status(self, now: datetime) -> dict[str, Any]:
        """What stands now, as JSON-able data."""
        return status_of(self.book, self.gate, self.alarms, now)


def _whole(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
