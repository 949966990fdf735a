"""The edge between the engine and us: an error of ours is told and never reaches the engine, which would stop."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import TypeVar

T = TypeVar("T")


def at_the_edge(action: Callable[[], T], tell: Callable[[str], None]) -> T | None:
    """Run an entry point; None when it failed. An error in telling is swallowed: nobody is left to hear it."""
    try:
        return action()
    except Exception as error:
        tell_of(error, tell)
        return None


def tell_of(error: Exception, tell: Callable[[str], None]) -> None:
    """Tell of an error; one in telling is swallowed."""
    try:
        tell(describe(error))
    except Exception:
        return


def describe(error: BaseException) -> str:
    """The error, and the innermost place of ours where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
