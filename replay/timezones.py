"""Time zones: naive UTC to naive local time and back, and the names LEAN gives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from replay.errors import ArgumentException
from replay.naming import LeanObject

_UTC = ZoneInfo("UTC")


class TimeZone(LeanObject):
    """One time zone. Zones change their offset on whole UTC hours only, which is what makes the caching exact."""

    __slots__ = ("_from_utc", "_to_utc", "_zone", "id")

    id: str

    def __init__(self, id: str) -> None:
        try:
            self._zone = ZoneInfo(id)
        except (KeyError, ValueError, OSError) as error:
            raise ArgumentException(f"time zone {id!r} is unknown; use a name such as 'America/New_York'") from error
        self.id = id
        self._from_utc: dict[int, timedelta] = {}
        self._to_utc: dict[int, timedelta] = {}

    @staticmethod
    def of(zone: str | TimeZone) -> TimeZone:
        """The zone of a tz database name; a zone comes back itself."""
        return zone if isinstance(zone, TimeZone) else _zone(zone)

    def offset(self, utc: datetime) -> timedelta:
        """Local time less UTC at a naive UTC time."""
        key = utc.toordinal() * 24 + utc.hour
        found = self._from_utc.get(key)
        if found is None:
            found = self._zone.utcoffset(utc.replace(tzinfo=_UTC).astimezone(self._zone)) or timedelta(0)
            self._from_utc[key] = found
        return found

    def to_local(self, utc: datetime) -> datetime:
        """Naive local time of a naive UTC time."""
        return utc + self.offset(utc)

    def to_utc(self, local: datetime) -> datetime:
        """Naive UTC of a naive local time; the first of two in autumn, moved forward over the gap in spring."""
        key = local.toordinal() * 24 + local.hour
        found = self._to_utc.get(key)
        if found is None:
            found = self._zone.utcoffset(local.replace(tzinfo=self._zone, fold=0)) or timedelta(0)
            self._to_utc[key] = found
        return local - found

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, TimeZone) and other.id == self.id)


@cache
def _zone(id: str) -> TimeZone:
    return TimeZone(id)


class _Named:
    """A class attribute that opens its zone when it is first read."""

    def __init__(self, id: str) -> None:
        self._id = id

    def __get__(self, _instance: object, _owner: type | None = None) -> TimeZone:
        return _zone(self._id)


_CITIES = {
    "AMSTERDAM": "Europe/Amsterdam",
    "ANCHORAGE": "America/Anchorage",
    "ATHENS": "Europe/Athens",
    "AUCKLAND": "Pacific/Auckland",
    "BERLIN": "Europe/Berlin",
    "BRISBANE": "Australia/Brisbane",
    "BUCHAREST": "Europe/Bucharest",
    "BUENOS_AIRES": "America/Argentina/Buenos_Aires",
    "CAIRO": "Africa/Cairo",
    "CHICAGO": "America/Chicago",
    "DENVER": "America/Denver",
    "DETROIT": "America/Detroit",
    "DUBLIN": "Europe/Dublin",
    "EASTERN_STANDARD": "Etc/GMT+5",
    "HELSINKI": "Europe/Helsinki",
    "HONG_KONG": "Asia/Hong_Kong",
    "HONOLULU": "Pacific/Honolulu",
    "ISTANBUL": "Europe/Istanbul",
    "JERUSALEM": "Asia/Jerusalem",
    "JOHANNESBURG": "Africa/Johannesburg",
    "KOLKATA": "Asia/Kolkata",
    "LONDON": "Europe/London",
    "LOS_ANGELES": "America/Los_Angeles",
    "MADRID": "Europe/Madrid",
    "MELBOURNE": "Australia/Melbourne",
    "MEXICO_CITY": "America/Mexico_City",
    "MINSK": "Europe/Minsk",
    "MOSCOW": "Europe/Moscow",
    "NEW_YORK": "America/New_York",
    "PARIS": "Europe/Paris",
    "PHOENIX": "America/Phoenix",
    "ROME": "Europe/Rome",
    "SAO_PAULO": "America/Sao_Paulo",
    "SHANGHAI": "Asia/Shanghai",
    "SYDNEY": "Australia/Sydney",
    "TOKYO": "Asia/Tokyo",
    "TORONTO": "America/Toronto",
    "UTC": "UTC",
    "VANCOUVER": "America/Vancouver",
    "ZURICH": "Europe/Zurich",
}


class TimeZones:
    """LEAN's named zones: ``TimeZones.CHICAGO``."""

    NEW_YORK: ClassVar[_Named]
    CHICAGO: ClassVar[_Named]
    UTC: ClassVar[_Named]


for _city, _id in _CITIES.items():
    setattr(TimeZones, _city, _Named(_id))
    setattr(TimeZones, "".join(part.capitalize() for part in _city.split("_")), _Named(_id))
