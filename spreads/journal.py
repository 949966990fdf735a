"""What happened, as records: one JSON line each, the same text in replay and in LEAN.

Units: prices in ticks of $0.0001 per share, money in 1/10000 dollars, durations in seconds, times algorithm time
(ISO, no zone). A fact that is not known is absent. `FIELDS` lists what a reader may rely on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

Record = dict[str, Any]


class What(StrEnum):
    """What a record tells. `FIELDS` says with which facts."""

    RUN = "run"
    OPENING = "opening"
    OPENED = "opened"
    REJECTED = "rejected"
    FIRE = "fire"
    CONFIRMING = "confirming"
    PAUSED = "paused"
    RESUMED = "resumed"
    CONFIRM_RESET = "confirm reset"
    ORDER = "order"
    FILL = "fill"
    REFUSED = "refused"
    CANCEL = "cancel"
    STATE = "state"
    UNVALUABLE = "unvaluable"
    VALUABLE = "valuable"
    ALARM = "alarm"
    COMMAND = "command"
    PATH = "path"
    ENDED = "ended"
    STANDING = "standing"
    WHATIF = "whatif"
    GUARD = "guard"
    RESTORED = "restored"
    ERROR = "error"


# Facts a reader relies on, by kind of record; a writer may add more. Those after "?" may be absent.
# natural and mid (net debit, ticks) stand in every record of a spread that has a value at that moment.
FIELDS: Mapping[What, str] = {
    # fingerprint: of the data folder; start, end: dates; cash: dollars at the start, text
    What.RUN: "version algorithm parameters ? fingerprint data start end cash mode",
    # legs: [{name, key, right, strike, expiry, ratio}]
    What.OPENING: "kind legs lots ? multiplier underlying",
    # stops: [{order, rule, text, level (ticks or absent), basis}]; credit by the fills
    What.OPENED: "kind legs lots multiplier credit fees stops ? max_debit expires_at underlying",
    What.REJECTED: "reason",
    # value and threshold in the rule's unit (ticks unless the rule looks at something else)
    What.FIRE: "order rule sentence ? basis value threshold breach_since held_seconds",
    What.CONFIRMING: "order rule ? basis value threshold needed_seconds",
    What.PAUSED: "order reason ? rule held_seconds",
    What.RESUMED: "order ? rule held_seconds",
    What.CONFIRM_RESET: "order ? rule reason held_seconds",
    # quantity in contracts signed; limit in ticks (absent = market); purpose: entry, close or backstop; leg: its name
    What.ORDER: "order_id leg quantity purpose ? kind limit tag bid ask",
    What.FILL: "order_id leg quantity price ? fee purpose",
    What.REFUSED: "leg quantity reason ? order_id message",
    What.CANCEL: "order_id ? leg reason",
    What.STATE: "before after evidence",
    What.UNVALUABLE: "reason ? leg detail",
    # seconds: how long there was no value; reason: the one it began with
    What.VALUABLE: "reason seconds",
    What.ALARM: "text",
    What.COMMAND: "command ? arguments answer",
    # t: whole seconds since start, increasing; natural, mid: ticks, null where the spread had no value
    What.PATH: "start t natural mid",
    # exit_debit: ticks per share by the fills or the settlement; pnl and fees: money, of the whole position
    What.ENDED: "state reason credit pnl fees lots ? exit_debit worst_natural worst_mid best_mid opened_at closed_at"
    " kind legs strikes order",
    # held when the run ended; cash: what it brought in so far after fees; value: its holdings at LEAN's own prices
    What.STANDING: "state cash ? value",
    # at expiry, had it been held: settle {leg name: ticks per share} or the underlying in ticks
    What.WHATIF: "? settle underlying",
    What.GUARD: "text",
    What.RESTORED: "text",
    What.ERROR: "text",
}


# A path has prices of its own; the others say that there is no value, or speak of another moment.
_NO_PRICES = frozenset({What.PATH, What.UNVALUABLE, What.PAUSED, What.WHATIF})


class JournalError(ValueError):
    """A journal that cannot be read: the line, the field, what is wrong and how to mend it."""

    def __init__(self, line: int, field: str, wrong: str) -> None:
        self.line = line
        self.field = field
        super().__init__(
            f"journal line {line}, field '{field}': {wrong}. "
            "Remove the damaged line, or run the backtest again to write the journal anew."
        )


class Journal:
    """Collects records; never raises, because a journal must not stop a stop.

    Args:
        sink: Takes each line as it is written; nothing is kept in memory then. A line the sink fails on is
            kept as if there were no sink. None keeps every line until `drain`.

    Attributes:
        prices: Natural and mid of a spread at a moment, in ticks, or None; asked once a moment and spread.
    """

    def __init__(self, sink: Callable[[str], None] | None = None) -> None:
        self._sink = sink
        self.prices: Callable[[str, datetime], tuple[int, int] | None] | None = None
        self._priced: dict[str, tuple[datetime, tuple[int, int] | None]] = {}
        self._lines: list[str] = []
        self.sink_failures = 0

    def __len__(self) -> int:
        return len(self._lines)

    def write(self, what: What, now: datetime, spread: str = "", **facts: object) -> Record:
        """Add one record and return it. Facts that are None are left out; keys are sorted after the first three."""
        if spread and what not in _NO_PRICES:
            facts.update(zip(("natural", "mid"), self._prices_of(spread, now, facts) or (), strict=False))
        record: Record = {"at": _plain(now), "what": what.value, "spread": spread}
        record.update((name, _plain(facts[name])) for name in sorted(facts) if facts[name] is not None)
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        if self._sink is not None:
            try:
                self._sink(line)
            except Exception:
                self.sink_failures += 1
            else:
                return record
        self._lines.append(line)
        return record

    def _prices_of(self, spread: str, now: datetime, facts: Mapping[str, object]) -> tuple[int, int] | None:
        """The prices given, else those known for this moment; the next records of the moment have them too."""
        known = self._priced.get(spread)
        if "natural" in facts:
            natural, mid = facts["natural"], facts.get("mid")
            prices = (natural, mid) if isinstance(natural, int) and isinstance(mid, int) else None
        elif known is not None and known[0] == now:
            return known[1]
        else:
            prices = self._ask_prices(spread, now)
        self._priced[spread] = (now, prices)
        return prices

    def _ask_prices(self, spread: str, now: datetime) -> tuple[int, int] | None:
        try:
            return None if self.prices is None else self.prices(spread, now)
        except Exception:
            return None

    def take(self, record: Record) -> None:
        """Write a record somebody made: {"what", "at", "spread", facts...}."""
        facts = {name: value for name, value in record.items() if name not in ("what", "at", "spread")}
        self.write(What(record["what"]), record["at"], record["spread"], **facts)

    def lines(self) -> list[str]:
        """Lines held in memory, oldest first."""
        return list(self._lines)

    def drain(self) -> list[str]:
        """Lines held in memory, which are forgotten: for a caller that stores them in pieces."""
        lines, self._lines = self._lines, []
        return lines


def parse(lines: Iterable[str]) -> list[Record]:
    """Records of a journal, checked: every field `FIELDS` promises is there. Empty lines are skipped.

    Raises:
        JournalError: A line is not JSON, is of no known kind, or lacks a field.
    """
    records = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            records.append(_checked(number, line))
    return records


def _checked(number: int, line: str) -> Record:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise JournalError(number, "", f"not JSON ({error})") from None
    if not isinstance(record, dict):
        raise JournalError(number, "", "not a JSON object")
    try:
        what = What(str(record.get("what")))
    except ValueError:
        known = ", ".join(What)
        raise JournalError(number, "what", f"{record.get('what')!r} is not one of {known}") from None
    try:
        datetime.fromisoformat(str(record.get("at")))
    except ValueError:
        raise JournalError(number, "at", f"{record.get('at')!r} is not an ISO time") from None
    for name in FIELDS[what].split("?")[0].split():
        if name not in record:
            raise JournalError(number, name, f"missing in a record of kind '{what}'")
    return record


def _plain(value: object) -> Any:
    """A value as JSON knows it; what JSON does not know becomes its text."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
