"""Errors of the replay: every one names what was wrong and, where it can, how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import ClassVar

_HERE = Path(__file__).parent


class ReplayError(BaseException):
    """Anything the replay itself reports; the command line prints the text without a traceback.

    No ``Exception``: an algorithm that catches its own errors would go on with a result that is wrong without a word.
    """


class Unsupported(ReplayError):
    """A feature of LEAN that the replay does not re-enact; it is named, never guessed.

    ``feature`` is what was asked for, as the algorithm spelled it; ``hint`` says what to use instead (may be empty).
    """

    def __init__(self, name: str, hint: str = "") -> None:
        self.feature = name
        self.hint = hint
        super().__init__(f"replay does not support {name}" + (f": {hint}" if hint else ""))


class Undetermined(Unsupported, Exception):
    """A figure that LEAN itself does not determine: it differs from run to run of the same algorithm and data.

    An ordinary exception, because an algorithm may well go on without the figure.
    """


class UnsupportedAttribute(Unsupported, AttributeError):
    """An attribute the replay's object does not have; an AttributeError too, so ``hasattr`` keeps working.

    That lets an algorithm swallow it, so that each is noted: ``missed`` names them when the run is over.
    """

    _missed: ClassVar[dict[str, str]] = {}

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__(name, hint)
        if _asked_by_the_algorithm():
            # the two spellings of one name are one: reading the older asks for the newer
            self._missed[name.replace("_", "").lower()] = name

    @classmethod
    def missed(cls) -> list[str]:
        """What was asked for since ``forget``, in order of first asking."""
        return list(cls._missed.values())

    @classmethod
    def forget(cls) -> None:
        """A run begins."""
        cls._missed.clear()


def _asked_by_the_algorithm() -> bool:
    """True when the attribute was read by code outside the replay, whose own questions are no matter of the run."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name in ("__getattr__", "__get__"):
        frame = frame.f_back
    return frame is not None and Path(frame.f_code.co_filename).parent != _HERE


class DataError(ReplayError):
    """A data file that cannot be read: names the file, the row or member, the field, and the way to mend it."""

    def __init__(
        self,
        file: str | Path,
        problem: str,
        *,
        member: str | None = None,
        row: int | None = None,
        field: str | None = None,
        mend: str = "",
    ) -> None:
        self.file = str(file)
        self.problem = problem
        self.member = member
        self.row = row
        self.field = field
        self.mend = mend
        where = self.file
        if member is not None:
            where += f" [{member}]"
        if row is not None:
            where += f" row {row}"
        if field is not None:
            where += f" field {field}"
        super().__init__(f"{where}: {problem}" + (f"; {mend}" if mend else ""))


class LeanException(Exception):
    """An exception the engine raises into the algorithm; uncaught it ends the run as a runtime error."""


class ArgumentException(LeanException, ValueError):
    """LEAN's ArgumentException: a call with a value it refuses."""


class InvalidOperationException(LeanException, RuntimeError):
    """LEAN's InvalidOperationException: a call that the present state forbids."""


class KeyNotFoundException(LeanException, KeyError):
    """LEAN's KeyNotFoundException: a symbol or key that is not there."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""
