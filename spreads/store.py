"""The snapshot as text: one JSON document, kept under two keys in turn, so that no damage loses the state.

Document: {"format", "version", "sequence", "saved_at" (algorithm time), "sha256", "state"}. The checksum is taken over
everything else in canonical JSON. A document that cannot be used is kept aside under a key of its own and named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

FORMAT = "spread-state"
VERSION = 1

State = dict[str, Any]

MIGRATIONS: Mapping[int, Callable[[State], State]] = {}
"""From a version to the next: {1: state of version 1 -> state of version 2}."""

_FIELDS = {"format": str, "version": int, "sequence": int, "saved_at": str, "sha256": str, "state": dict}


class BadState(ValueError):
    """A stored document that cannot be used: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that was read: the greater sequence is the newer one."""

    sequence: int
    saved_at: datetime
    state: State


def encode(state: State, sequence: int, now: datetime) -> str:
    """The document as text for people: indented, one fact a line."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "sequence": sequence,
        "saved_at": now.isoformat(),
        "state": state,
    }
    text = json.dumps({**document, "sha256": _checksum(document)}, indent=1, ensure_ascii=False) + "\n"
    # half a surrogate pair is no UTF-8; as a JSON escape it reads back
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def decode(
    raw: bytes, migrations: Mapping[int, Callable[[State], State]] = MIGRATIONS, version: int = VERSION
) -> Stored:
    """The document of a text, its state in the present version.

    Raises:
        BadState: Truncated, altered, not such a document, or written by a newer version.
    """
    try:
        document = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadState(f"it is not JSON text ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadState(f"it is not a document of the format {FORMAT!r}")
    for name, kind in _FIELDS.items():
        if type(document.get(name)) is not kind:
            raise BadState(f"{name} = {str(document.get(name))[:40]!r} is not usable: allowed is {kind.__name__}")
    if set(document) != set(_FIELDS):
        raise BadState(f"unknown fields: {', '.join(sorted(set(document) - set(_FIELDS)))}")
    given = document.pop("sha256")
    if given != _checksum(document):
        raise BadState("the checksum does not fit: it was cut short or changed")
    if document["version"] > version:
        raise BadState(f"version {document['version']} was written by a newer program; this one knows {version}")
    try:
        state = _migrated(document["state"], document["version"], migrations, version)
        return Stored(document["sequence"], datetime.fromisoformat(document["saved_at"]), state)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadState(f"version {document['version']} cannot be migrated: {type(error).__name__}: {error}") from None


def _migrated(state: State, found: int, migrations: Mapping[int, Callable[[State], State]], wanted: int) -> State:
    for step in range(found, wanted):
        state = migrations[step](state)
    return state


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Files(Protocol):
    """Where documents are kept; LEAN's ObjectStore. Both may raise anything."""

    def read(self, key: str) -> bytes | None:
        """What is stored under a key now, by whomever; None when nothing is."""
        ...

    def write(self, key: str, text: str) -> bool:
        """Store at once (on disk when it returns); False when the store refused."""
        ...


@dataclass(slots=True)
class StateStore:
    """Writes the state to two keys in turn and finds the newest valid one again.

    Attributes:
        files: Where to.
        name: First part of every key.
        tell: Takes a sentence when something is wrong with a document.
    """

    files: Files
    name: str
    tell: Callable[[str], None]
    _sequence: int = field(default=0, init=False)
    _next: str = field(default="a", init=False)
    _saved: str = field(default="", init=False)
    _known: dict[str, bytes | None] = field(default_factory=dict, init=False)

    def key(self, part: str) -> str:
        """The key of a part: "a", "b" or one kept aside."""
        return f"{self.name}-{part}.json"

    def save(self, state: State, now: datetime) -> bool:
        """Write the state unless it is what was written last; False when it could not be written."""
        content = _checksum(state)
        if content == self._saved:
            return True
        text = encode(state, self._sequence + 1, now)
        self._look_for_others()
        try:
            stored = self.files.write(self.key(self._next), text)
            why = "the store refused it, or it does not stand there as written"
        except Exception as error:
            stored, why = False, f"{type(error).__name__}: {error}"
        if not stored:
            self._known.pop(self._next, None)
            self.tell(f"the state could not be saved under {self.key(self._next)}: {why}")
            return False
        self._sequence, self._saved = self._sequence + 1, content
        self._known[self._next] = text.encode("utf-8")
        self._next = "b" if self._next == "a" else "a"
        return True

    def _look_for_others(self) -> None:
        """Tell when the document about to be replaced is not the one we left there."""
        key = self.key(self._next)
        try:
            foreign = self._next in self._known and self.files.read(key) != self._known[self._next]
        except Exception:
            return  # the write will say what is wrong with the store
        if foreign:
            self.tell(f"{key} was written by somebody else: two processes must not share a project and a store")

    def load(self) -> Stored | None:
        """The newest valid document; None when there is none. Damaged ones are kept aside and told."""
        found: dict[str, Stored] = {}
        for part in ("a", "b"):
            raw = self._known[part] = self._read(part)
            if raw is None:
                continue
            try:
                found[part] = decode(raw)
            except BadState as error:
                self._set_aside(self.key(part), raw.decode("utf-8", "backslashreplace"), str(error))
        if not found:
            return None
        newest = max(found, key=lambda part: (found[part].sequence, found[part].saved_at))
        self._sequence = found[newest].sequence
        self._next = "b" if newest == "a" else "a"
        return found[newest]

    def set_aside(self, stored: Stored, why: str) -> None:
        """Keep a valid document that must not be used under a key of its own."""
        self._set_aside("state", encode(stored.state, stored.sequence, stored.saved_at), why)

    def _read(self, part: str) -> bytes | None:
        try:
            return self.files.read(self.key(part))
        except Exception as error:
            self.tell(f"the state under {self.key(part)} could not be read: {type(error).__name__}: {error}")
            return None

    def _set_aside(self, what: str, text: str, why: str) -> None:
        mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        key = self.key(f"aside-{mark}")
        try:
            kept = f"kept as {key}" if self.files.write(key, text) else f"could not be kept as {key}: the store refused"
        except Exception as error:
            kept = f"could not be kept as {key}: {type(error).__name__}: {error}"
        self.tell(f"the saved {what} is not used: {why}; {kept}")
