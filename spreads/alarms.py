"""Alarms: numbered, counted when they repeat, told again only after a while, and silent once acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .errors import BadSetting
from .shape import check

_ALARM = {
    "number": int, "spread": str, "text": str, "first": str, "last": str, "times": int, "acknowledged": bool,
}  # fmt: skip


@dataclass(slots=True)
class Alarm:
    """One thing that is wrong. Times are algorithm time.

    Attributes:
        number: By which it is acknowledged.
        spread_id: The spread it is about; empty when it is about the whole.
        text: What is wrong.
        first: When it was raised first.
        last: When it was raised last.
        times: How often.
        told: When it was told last.
        acknowledged: True once a person has seen it.
    """

    number: int
    spread_id: str
    text: str
    first: datetime
    last: datetime
    times: int = 1
    told: datetime = datetime.min
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What to do with an alarm just raised: write it to the log, send it as a notification, the last one for now."""

    log: bool
    notify: bool
    last: bool = False


@dataclass(slots=True)
class Alarms:
    """The alarms of a run, the newest `keep` of them.

    Attributes:
        again: A repeated alarm is told again after so long.
        forget: An acknowledged alarm that was not raised for so long is a new one when it comes back.
        per_hour: Most notifications in an hour; the log gets all.
        keep: How many alarms are remembered.
    """

    again: timedelta = timedelta(minutes=30)
    forget: timedelta = timedelta(days=1)
    per_hour: int = 20
    keep: int = 100
    _alarms: dict[tuple[str, str], Alarm] = field(default_factory=dict, init=False)
    _sent: deque[datetime] = field(default_factory=deque, init=False)
    _last: int = field(default=0, init=False)

    def raise_alarm(self, spread_id: str, text: str, now: datetime) -> Telling:
        """Take an alarm; says whether it is told now."""
        alarm = self._alarms.pop((spread_id, text), None)
        if alarm is None:
            self._last += 1
            alarm = Alarm(self._last, spread_id, text, now, now)
        else:
            alarm.acknowledged &= now - alarm.last < self.forget
            alarm.times, alarm.last = alarm.times + 1, now
        self._alarms[spread_id, text] = alarm
        while len(self._alarms) > self.keep:
            self._alarms.pop(next(iter(self._alarms)))
        if alarm.times > 1 and (alarm.acknowledged or timedelta(0) <= now - alarm.told < self.again):
            return Telling(log=False, notify=False)
        alarm.told = now
        notify = self._may_send(now)
        return Telling(True, notify, notify and len(self._sent) >= self.per_hour)

    def _may_send(self, now: datetime) -> bool:
        while self._sent and not timedelta(0) <= now - self._sent[0] < timedelta(hours=1):
            self._sent.popleft()
        if len(self._sent) >= self.per_hour:
            return False
        self._sent.append(now)
        return True

    def acknowledge(self, number: int | None = None) -> int:
        """Take note that a person has seen one alarm, or all; returns how many that were new to them.

        Raises:
            BadSetting: No alarm has that number.
        """
        found = [alarm for alarm in self._alarms.values() if number is None or alarm.number == number]
        if number is not None and not found:
            known = ", ".join(str(alarm.number) for alarm in self._alarms.values()) or "none: there is no alarm"
            raise BadSetting("alarm", number, known)
        fresh = [alarm for alarm in found if not alarm.acknowledged]
        for alarm in fresh:
            alarm.acknowledged = True
        return len(fresh)

    def numbers(self) -> list[int]:
        """Numbers of the alarms remembered, the one raised last at the end."""
        return [alarm.number for alarm in self._alarms.values()]

    def standing(self) -> list[Alarm]:
        """Alarms nobody has acknowledged, the one raised last at the end."""
        return [alarm for alarm in self._alarms.values() if not alarm.acknowledged]

    def to_data(self) -> list[dict[str, Any]]:
        """JSON-able data."""
        return [
            {
                "number": alarm.number,
                "spread": alarm.spread_id,
                "text": alarm.text,
                "first": alarm.first.isoformat(),
                "last": alarm.last.isoformat(),
                "times": alarm.times,
                "acknowledged": alarm.acknowledged,
            }
            for alarm in self._alarms.values()
        ]

    def restore(self, data: object) -> None:
        """Take over the alarms of an earlier process; those raised before get numbers behind them.

        Raises:
            BadSetting: The data are not what `to_data` writes.
        """
        check(data, [_ALARM], "alarms")
        assert isinstance(data, list)
        mine, kept = list(self._alarms.values()), []
        for item in data:
            try:
                first, last = datetime.fromisoformat(item["first"]), datetime.fromisoformat(item["last"])
            except ValueError:
                raise BadSetting("alarms: first, last", (item["first"], item["last"]), "ISO times") from None
            alarm = Alarm(item["number"], item["spread"], item["text"], first, last, item["times"], last)
            alarm.acknowledged = item["acknowledged"]
            kept.append(alarm)
        self._last = max([alarm.number for alarm in kept], default=0)
        for alarm in mine:
            self._last += 1
            alarm.number = self._last
        self._alarms = {(alarm.spread_id, alarm.text): alarm for alarm in (*kept, *mine)}


@dataclass(frozen=True, slots=True)
class Bell:
    """Raises alarms: into the list, into the error log, and to whoever is to be notified.

    Attributes:
        alarms: The list.
        now: Gives algorithm time.
        log: Takes a line for the error log.
        notify: Takes a spread's id and a text; None = nobody.
    """

    alarms: Alarms
    now: Callable[[], datetime]
    log: Callable[[str], object]
    notify: Callable[[str, str], object] | None = None

    def ring(self, spread_id: str, text: str) -> None:
        """An alarm about a spread, or about the whole (empty id)."""
        telling = self.alarms.raise_alarm(spread_id, text, self.now())
        if telling.log:
            self.log(f"ALARM {spread_id}: {text}")
        if telling.notify and self.notify is not None:
            more = f" ({self.alarms.per_hour} alarms within an hour: further ones stand only in the log and the status)"
            try:
                self.notify(spread_id, text + more * telling.last)
            except Exception as error:
                self.log(f"nobody was told of an alarm: {type(error).__name__}: {error}")
