"""Alarms to people by every way that is configured; one way that fails does not keep the others from being tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from .edge import at_the_edge

Way = tuple[str, Callable[[str, str], object]]
"""An address, and what sends a subject and a text there."""


def notifier(name: str, ways: Iterable[Way], log: Callable[[str], None]) -> Callable[[str, str], None]:
    """What sends an alarm (spread id, text) by all ways with an address; a failure is logged."""
    used = [(address, send) for address, send in ways if address]

    def notify(spread_id: str, text: str) -> None:
        for address, send in used:
            subject = f"{name} {spread_id}".strip()
            at_the_edge(partial(send, subject, text), partial(failed, address))

    def failed(address: str, why: str) -> None:
        log(f"no notification to {address}: {why}")

    return notify
