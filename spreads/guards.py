"""Guards over the whole book: when no new spread may be opened, and when everything is to be closed.

Money is whole 1/10000 dollars, as in the ledger; times are algorithm time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from .errors import BadSetting
from .money import TICKS_PER_DOLLAR, Number, exact, money
from .setting import choice, positive, whole

BOTH = "both"
"""Side of a spread with short calls and short puts."""

_NO_STOPS = ("target-", "exit-")


class Guard(StrEnum):
    """Name of a refusal."""

    PAUSED = "paused"
    DAILY_LOSS = "daily loss limit"
    MAX_OPEN = "most open spreads"
    COOL_DOWN = "cool-down after a stop"
    AFTER_OPEN = "too soon after the open"
    BEFORE_CLOSE = "too near the close"
    MARKET_CLOSED = "market closed"


class LossAction(StrEnum):
    """What reaching the daily loss limit does: no new entries, or close everything as well."""

    STOP_ENTRIES = "stop-entries"
    FLATTEN = "flatten"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no spread is opened now (or, for the daily loss, why all are closed)."""

    guard: Guard
    sentence: str


@dataclass(frozen=True, slots=True)
class GuardState:
    """What the guards remember; a snapshot stores it.

    Attributes:
        day: Day of the newest look.
        realised: Profit and loss of all closed spreads so far, fees included, 1/10000 dollars.
        total: Realised and open profit and loss at the newest look.
        start: `total` as the day began; the night's gap belongs to the new day.
        limit_hit: Day on which the daily loss limit was reached; it stays reached on that day.
        stops: Side ("call", "put", ...) to time of its newest stop.
        paused: Why a person paused new entries; empty when they are not.
    """

    day: date | None = None
    realised: int = 0
    total: int = 0
    start: int = 0
    limit_hit: date | None = None
    stops: Mapping[str, datetime] = field(default_factory=dict)
    paused: str = ""

    @property
    def today(self) -> int:
        """Profit and loss of the day, 1/10000 dollars."""
        return self.total - self.start

    def looked(self, now: datetime, open_pnl: int) -> GuardState:
        """The state after a look at the open spreads' profit and loss."""
        start = self.start if self.day == now.date() else self.total
        return replace(self, day=now.date(), start=start, total=self.realised + open_pnl)

    def closed(self, side: str, pnl: int, now: datetime, by_stop: bool) -> GuardState:
        """The state after a spread of a side has ended with a profit or loss."""
        stops = {**self.stops, side: now} if by_stop else self.stops
        start = self.start if self.day == now.date() else self.total
        return replace(self, day=now.date(), start=start, realised=self.realised + pnl, stops=stops)

    def pause(self, why: str) -> GuardState:
        """No new entries until `resume`."""
        return replace(self, paused=why or "by hand")

    def resume(self) -> GuardState:
        """New entries again; a daily loss limit reached today stays."""
        return replace(self, paused="")

    def to_dict(self) -> dict[str, object]:
        """JSON-able data."""
        return {
            "day": self.day and self.day.isoformat(),
            "realised": self.realised,
            "total": self.total,
            "start": self.start,
            "limit_hit": self.limit_hit and self.limit_hit.isoformat(),
            "stops": {side: moment.isoformat() for side, moment in sorted(self.stops.items())},
            "paused": self.paused,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> GuardState:
        """The state that `to_dict` stored.

        Raises:
            BadSetting: It is not such data.
        """
        try:
            stops = data["stops"]
            if not isinstance(stops, Mapping):
                raise TypeError("stops")
            days = [
                None if data[name] is None else date.fromisoformat(str(data[name])) for name in ("day", "limit_hit")
            ]
            sums = [int(str(data[name])) for name in ("realised", "total", "start")]
            times = {str(side): datetime.fromisoformat(str(moment)) for side, moment in stops.items()}
            return cls(days[0], sums[0], sums[1], sums[2], days[1], times, str(data["paused"]))
        except (KeyError, TypeError, ValueError):
            raise BadSetting(
                "guard state", dict(data), "day, realised, total, start, limit_hit, stops, paused"
            ) from None


@dataclass(frozen=True, slots=True)
class BookGuards:
    """The settings. None switches a guard off.

    Attributes:
        daily_loss: Dollars lost in a day, realised and open together, that stop new entries.
        daily_loss_action: Whether reaching it also closes everything.
        max_open: Most spreads open or being opened at once; one closed but for a worthless long leg does not count.
        cool_down: Minutes without a new spread on a side after a stop on that side; one with shorts on both sides
            (an iron condor) counts for either.
        after_open: Minutes after the open in which nothing is entered.
        before_close: Minutes before the close in which nothing is entered.
    """

    daily_loss: Number | None = None
    daily_loss_action: LossAction | str = LossAction.STOP_ENTRIES
    max_open: int | None = None
    cool_down: Number | None = None
    after_open: Number | None = None
    before_close: Number | None = None

    def __post_init__(self) -> None:
        """Turn settings into exact values."""
        object.__setattr__(self, "daily_loss_action", choice("daily-loss-action", self.daily_loss_action, LossAction))
        if self.max_open is not None:
            object.__setattr__(self, "max_open", whole("max-open-spreads", self.max_open, "spreads", least=1))
        for name, unit in (("daily_loss", "dollars"), ("cool_down", "minutes"), ("after_open", "minutes"),
                           ("before_close", "minutes")):  # fmt: skip
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, positive(name.replace("_", "-"), value, unit))

    def look(self, state: GuardState, now: datetime, open_pnl: int) -> tuple[GuardState, Refusal | None]:
        """The state after a look, and the refusal in the one look that reaches the daily loss limit.

        With `daily_loss_action` FLATTEN the caller closes everything on it.

        Args:
            state: What is remembered.
            now: Algorithm time.
            open_pnl: Profit and loss of all open spreads, 1/10000 dollars.
        """
        state = state.looked(now, open_pnl)
        if self.daily_loss is None or state.limit_hit == state.day:
            return state, None
        if -state.today < exact(self.daily_loss) * TICKS_PER_DOLLAR:
            return state, None
        state = replace(state, limit_hit=state.day)
        return state, Refusal(Guard.DAILY_LOSS, self._loss(state))

    def refusals(
        self,
        state: GuardState,
        now: datetime,
        side: str,
        open_spreads: int,
        session_open: datetime,
        session_close: datetime,
    ) -> list[Refusal]:
        """Every reason not to open a spread on a side now; empty when it may be opened.

        Args:
            state: What is remembered, after a look in this slice.
            now: Algorithm time.
            side: Side of the spread, as given to `GuardState.closed`.
            open_spreads: Spreads open or being opened, or with a short left to close.
            session_open: Today's open.
            session_close: Today's close, early on a half day.
        """
        found = []
        if state.paused:
            found.append(Refusal(Guard.PAUSED, f"new entries are paused: {state.paused}"))
        if state.limit_hit == now.date():
            found.append(Refusal(Guard.DAILY_LOSS, self._loss(state)))
        if self.max_open is not None and open_spreads >= self.max_open:
            found.append(Refusal(Guard.MAX_OPEN, f"{open_spreads} spreads are open, at most {self.max_open} may be"))
        shared = {name: at for name, at in state.stops.items() if name == side or BOTH in (name, side)}
        stopped_side = max(shared, key=lambda name: shared[name], default=side)
        stopped = shared.get(stopped_side)
        if stopped is not None and self.cool_down is not None and now < stopped + _minutes(self.cool_down):
            until = stopped + _minutes(self.cool_down)
            text = f"{stopped_side} side was stopped at {stopped:%H:%M:%S}, no new one before {until:%H:%M:%S}"
            found.append(Refusal(Guard.COOL_DOWN, f"{text} ({self.cool_down} minutes)"))
        found.extend(self._session(now, session_open, session_close))
        return found

    def _session(self, now: datetime, session_open: datetime, session_close: datetime) -> list[Refusal]:
        if not session_open <= now < session_close:
            text = f"{now:%H:%M:%S} is outside the session {session_open:%H:%M} to {session_close:%H:%M}"
            return [Refusal(Guard.MARKET_CLOSED, text)]
        found = []
        if self.after_open is not None and now < session_open + _minutes(self.after_open):
            text = f"{now:%H:%M:%S} is less than {self.after_open} minutes after the open at {session_open:%H:%M}"
            found.append(Refusal(Guard.AFTER_OPEN, text))
        if self.before_close is not None and now >= session_close - _minutes(self.before_close):
            text = f"{now:%H:%M:%S} is {self.before_close} minutes or less before the close at {session_close:%H:%M}"
            found.append(Refusal(Guard.BEFORE_CLOSE, text))
        return found

    def _loss(self, state: GuardState) -> str:
        lost, open_part = -state.today, state.total - state.realised
        return (
            f"the day's result is {money(-lost)} dollars (open {money(open_part)}), "
            f"the limit is a loss of {self.daily_loss}; no new entries today"
        )


def is_stop(rule: str, by_order: bool, pnl: int) -> bool:
    """True when what closed a spread starts the cool-down of its side.

    A stop of the menu does, and a stop resting at the broker; a combined rule or a user's own does when it lost.

    Args:
        rule: Name of the decision that closed it.
        by_order: True when an order on the spread decided, not a hand or a guard of the book.
        pnl: Profit and loss with fees, 1/10000 dollars.
    """
    if rule.startswith("stop-") or rule == "backstop":
        return True
    return by_order and pnl < 0 and not rule.startswith(_NO_STOPS)


def _minutes(value: Number) -> timedelta:
    return timedelta(minutes=float(value))
