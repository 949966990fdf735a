"""The states of a spread as a table of legal moves; every move needs evidence."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a spread is in its life.

    OPENING: entry orders are out. OPEN: all legs held as the ledger says. CLOSING: a decision to close was
    taken and is carried out until flat. CLOSED: flat by our fills. BROKEN: a leg is gone without us
    (assignment, hand, margin call); what remains is handled by policy. SETTLED: ended by expiry, exercise
    or delisting. REJECTED: the entry never held anything. An ended spread is BROKEN again when an order fills whose
    cancel was confirmed: what it then holds is closed. QUARANTINED: record and account disagree; watched,
    reported and not traded until a person or the account resolves it.
    """

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    BROKEN = "broken"
    SETTLED = "settled"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


class Evidence(StrEnum):
    """What was seen that allows a state to change. Intent is never evidence, except to begin closing."""

    ENTRY_FILLED = "entry orders filled"
    ENTRY_DEAD = "entry orders ended without a fill"
    ENTRY_PARTIAL = "entry ended with some legs filled"
    DECISION = "a rule or a person decided to close"
    FLAT_BY_FILLS = "every leg is flat by our own fills"
    LEG_GONE = "the account holds less of a leg than the ledger"
    FLAT_ELSEWHERE = "every leg is gone from the account"
    SETTLEMENT = "exercise, assignment or expiry took the last leg"
    MISMATCH = "record and account disagree"
    RESOLVED = "record and account agree again"
    LATE_FILL = "an order filled after the spread had ended"


_TABLE: dict[tuple[State, Evidence], State] = {
    (State.OPENING, Evidence.ENTRY_FILLED): State.OPEN,
    (State.OPENING, Evidence.ENTRY_DEAD): State.REJECTED,
    (State.OPENING, Evidence.ENTRY_PARTIAL): State.BROKEN,
    (State.OPENING, Evidence.DECISION): State.CLOSING,
    (State.OPENING, Evidence.SETTLEMENT): State.SETTLED,
    (State.OPENING, Evidence.MISMATCH): State.QUARANTINED,
    (State.OPEN, Evidence.DECISION): State.CLOSING,
    (State.OPEN, Evidence.LEG_GONE): State.BROKEN,
    (State.OPEN, Evidence.FLAT_BY_FILLS): State.CLOSED,
    (State.OPEN, Evidence.FLAT_ELSEWHERE): State.CLOSED,
    (State.OPEN, Evidence.SETTLEMENT): State.SETTLED,
    (State.OPEN, Evidence.MISMATCH): State.QUARANTINED,
    (State.CLOSING, Evidence.FLAT_BY_FILLS): State.CLOSED,
    (State.CLOSING, Evidence.FLAT_ELSEWHERE): State.CLOSED,
    (State.CLOSING, Evidence.LEG_GONE): State.BROKEN,
    (State.CLOSING, Evidence.SETTLEMENT): State.SETTLED,
    (State.CLOSING, Evidence.ENTRY_DEAD): State.REJECTED,
    (State.CLOSING, Evidence.MISMATCH): State.QUARANTINED,
    (State.BROKEN, Evidence.DECISION): State.BROKEN,
    (State.BROKEN, Evidence.LEG_GONE): State.BROKEN,
    (State.BROKEN, Evidence.FLAT_BY_FILLS): State.CLOSED,
    (State.BROKEN, Evidence.FLAT_ELSEWHERE): State.CLOSED,
    (State.BROKEN, Evidence.SETTLEMENT): State.SETTLED,
    (State.BROKEN, Evidence.MISMATCH): State.QUARANTINED,
    (State.QUARANTINED, Evidence.RESOLVED): State.OPEN,
    (State.QUARANTINED, Evidence.LEG_GONE): State.BROKEN,
    (State.QUARANTINED, Evidence.DECISION): State.QUARANTINED,
    (State.QUARANTINED, Evidence.FLAT_ELSEWHERE): State.CLOSED,
    (State.QUARANTINED, Evidence.FLAT_BY_FILLS): State.CLOSED,
    (State.QUARANTINED, Evidence.SETTLEMENT): State.SETTLED,
    (State.CLOSED, Evidence.LATE_FILL): State.BROKEN,
    (State.SETTLED, Evidence.LATE_FILL): State.BROKEN,
    (State.REJECTED, Evidence.LATE_FILL): State.BROKEN,
}

ENDED = frozenset({State.CLOSED, State.SETTLED, State.REJECTED})
LIVE = frozenset(State) - ENDED
WATCHED = frozenset({State.OPEN, State.BROKEN})


class IllegalMove(Exception):
    """A state change that the table does not know: a bug, never a trading event."""

    def __init__(self, state: State, evidence: Evidence) -> None:
        super().__init__(f"a spread that is {state} cannot move on '{evidence}'")


def move(state: State, evidence: Evidence) -> State:
    """The state after the evidence.

    Raises:
        IllegalMove: The table has no such move.
    """
    try:
        return _TABLE[state, evidence]
    except KeyError:
        raise IllegalMove(state, evidence) from None
