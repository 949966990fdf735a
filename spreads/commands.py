"""Commands of a person while the algorithm trades: read, checked at once, carried out on a later slice.

A command only sets an intent (a command file left over from before a crash runs before the first prices are there).
Fields may be missing or come as text; everything wrong is named with what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from stop_rules import PARAMETERS, NetDebit, rule_for

from .alarms import Alarms
from .book import SpreadBook
from .errors import BadSetting
from .gate import EntryGate
from .setting import choice, positive, whole
from .spread_tickets import SpreadTicket
from .valuation import PriceBasis
from .view import Rule


class Action(StrEnum):
    """What a person may ask for."""

    CLOSE_SPREAD = "close_spread"
    FLATTEN = "flatten"
    PAUSE = "pause"
    RESUME = "resume"
    MOVE_STOP = "move_stop"
    STATUS = "status"
    ACKNOWLEDGE = "acknowledge"


STOPS = tuple(name for name in PARAMETERS if name.startswith("stop-"))


@dataclass(frozen=True, slots=True)
class Command:
    """A command as read.

    Attributes:
        action: What to do.
        spread_id: The spread (close_spread, move_stop).
        order: Number of the order to move; 0 = the only stop that watches.
        stop_price: New stop as a net debit in dollars per share, as text.
        rule: Instead of a price: name of a stop parameter, such as stop-credit-percent.
        value: Its new text.
        alarm: Number of the alarm to acknowledge; 0 = all.
        reason: Free text for the journal and the orders' tags.
    """

    action: Action
    spread_id: str = ""
    order: int = 0
    stop_price: str = ""
    rule: str = ""
    value: str = ""
    alarm: int = 0
    reason: str = ""

    def to_data(self) -> dict[str, Any]:
        """JSON-able data; fields at their default are left out."""
        return {name: value for name, value in asdict(self).items() if value}

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" if name != "action" else str(value) for name, value in self.to_data().items())


def read_command(get: Callable[[str], object]) -> Command:
    """The command of an object's fields.

    Args:
        get: Gives a field by its name, None when it is missing.

    Raises:
        BadSetting: Unknown action, a field missing or of no use.
    """
    texts = {field.name: _text(field.name, get(field.name)) for field in fields(Command)}
    action = choice("action", texts["action"].lower().replace("-", "_"), Action)
    order, alarm = (whole(name, texts[name] or 0, "the status") for name in ("order", "alarm"))
    command = Command(
        action, texts["spread_id"], order, texts["stop_price"], texts["rule"], texts["value"], alarm, texts["reason"]
    )
    if action in (Action.CLOSE_SPREAD, Action.MOVE_STOP) and not command.spread_id:
        raise BadSetting("spread_id", None, "the id of a spread, as in the status and in order tags")
    if action is Action.MOVE_STOP:
        _check_new_stop(command)
    return command


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    text = str(value).strip()
    if isinstance(value, bool) or (not isinstance(value, str | int | float) and not _is_number(text)):
        raise BadSetting(name, value, "a text or a number")
    return text


def _is_number(text: str) -> bool:
    """Numbers of the engine's own types are known by their text."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_new_stop(command: Command) -> None:
    if bool(command.stop_price) == bool(command.rule):
        raise BadSetting(
            "stop_price", command.stop_price, "a net debit in dollars per share", "Or give rule and value, not both."
        )
    if command.rule and command.rule not in STOPS:
        raise BadSetting("rule", command.rule, ", ".join(STOPS))
    new_rule(command, None)


def new_rule(command: Command, old: Rule | None) -> Rule:
    """The rule a move_stop asks for, on the price basis of the old one.

    Raises:
        BadSetting: The price or the value is of no use.
    """
    basis = getattr(old, "basis", None)
    if command.rule:
        return rule_for(command.rule, command.value, basis)
    price = positive("stop_price", command.stop_price, "dollars per share")
    return NetDebit(price) if basis is None else NetDebit(price, basis=PriceBasis(basis))


def check_command(command: Command, book: SpreadBook, alarms: Alarms) -> None:
    """Hold a command against the book.

    Raises:
        BadSetting: The spread or the order is not there any more, or the new stop cannot work.
    """
    if command.spread_id and command.action in (Action.CLOSE_SPREAD, Action.MOVE_STOP):
        known = [spread.id for spread in book.open_spreads()]
        if command.spread_id not in known:
            raise BadSetting("spread_id", command.spread_id, ", ".join(known) or "none: no spread is open")
    if command.action is Action.MOVE_STOP:
        _find_stop(command, book)
    if command.action is Action.ACKNOWLEDGE and command.alarm and command.alarm not in alarms.numbers():
        alarms.acknowledge(command.alarm)


def _find_stop(command: Command, book: SpreadBook) -> tuple[SpreadTicket, Rule]:
    watching = [ticket for ticket in book.orders_of(command.spread_id) if ticket.is_watching]
    stops = [ticket for ticket in watching if ticket.rule.name.startswith("stop-")]
    found = [t for t in watching if t.order_id == command.order] if command.order else stops
    if len(found) != 1:
        listed = ", ".join(f"{ticket.order_id} ({ticket.rule.name})" for ticket in watching)
        raise BadSetting("order", command.order or None, listed or "none: no order watches the spread")
    rule = new_rule(command, found[0].rule)
    spread = book.spreads[command.spread_id]
    value = book.value_of(spread.id)
    if spread.opened_at is not None and value is not None:
        fatal = [problem for problem in rule.problems(spread.terms(), value) if problem.fatal]
        if fatal:
            raise BadSetting("stop_price", command.stop_price or command.value, fatal[0].nearest or fatal[0].sentence)
    return found[0], rule


def carry_out(command: Command, book: SpreadBook, gate: EntryGate, alarms: Alarms, now: datetime) -> str:
    """Do what a command asks for; returns the answer in words.

    Raises:
        BadSetting: The spread, order or alarm has gone since the command was taken.
    """
    check_command(command, book, alarms)
    reason = f"command {command.reason}".strip()
    if command.action is Action.CLOSE_SPREAD:
        book.close(command.spread_id, "command", reason, now)
        return f"{command.spread_id} is being closed"
    if command.action is Action.FLATTEN:
        return f"{book.flatten('command', reason, now)} spreads are being closed"
    if command.action is Action.PAUSE:
        gate.state = gate.state.pause(command.reason)
        return "no new entries until resume"
    if command.action is Action.RESUME:
        gate.state = gate.state.resume()
        return "entries are allowed again"
    if command.action is Action.MOVE_STOP:
        ticket, rule = _find_stop(command, book)
        ticket.update(rule=rule)
        return (
            f"order {ticket.order_id} of {command.spread_id}: {rule.describe(book.spreads[command.spread_id].terms())}"
        )
    if command.action is Action.ACKNOWLEDGE:
        return f"{alarms.acknowledge(command.alarm or None)} alarms acknowledged"
    return "status written"


def from_stored(data: object) -> Command:
    """The command that `Command.to_data` stored.

    Raises:
        BadSetting: It is not such data.
    """
    if not isinstance(data, Mapping):
        raise BadSetting("command", data, "an object")
    return read_command(data.get)


def field_of(data: Any, name: str) -> object:
    """A field of a command: LEAN's Command gives None for a missing one; a dictionary is taken as well."""
    return data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)
