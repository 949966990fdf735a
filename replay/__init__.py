"""A small re-enactment of LEAN: runs an unmodified algorithm over LEAN-format data, order for order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.session import Result, run

__all__ = ["Result", "run"]


def __getattr__(name: str) -> Any:
    """``replay.run`` and ``replay.Result``, loaded when they are first used."""
    if name in __all__:
        from replay import session

        return getattr(session, name)
    raise AttributeError(f"module 'replay' has no attribute {name!r}")
