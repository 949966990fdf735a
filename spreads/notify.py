"""Alarms to people by every way that is configured; one way that fails does not keep the others from being tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from .edge import at_the_edge
from .settings import Settings

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


def notifier_of(algorithm: Any, settings: Settings) -> Callable[[str, str], None] | None:
    """An engine's notifications (`notify.email`, `.web`, `.telegram`) as configured; None but in live."""
    if not algorithm.live_mode or not _addresses(settings):
        return None
    notify, web, telegram = algorithm.notify, settings.notify_webhook, settings.notify_telegram
    ways: list[Way] = [
        (settings.notify_email, lambda subject, text: notify.email(settings.notify_email, subject, text)),
        (web, lambda subject, text: notify.web(web, json.dumps({"subject": subject, "text": text}))),
        (telegram, lambda subject, text: notify.telegram(telegram, f"{subject}: {text}")),
    ]
    return notifier(type(algorithm).__name__, ways, algorithm.log)


def undelivered(algorithm: Any, settings: Settings) -> str:
    """Why no notification will arrive, in words; empty when there is no reason to think so.

    LEAN's own messaging handlers leave e-mail, web and Telegram to QuantConnect's cloud: on a machine of one's own
    they write "Send not implemented" and drop them (Common/Notifications/Notification.cs, `CanSend`).
    """
    place = str(getattr(algorithm, "deployment_target", "")).upper()
    if not algorithm.live_mode or not place.startswith("LOCAL") or not _addresses(settings):
        return ""
    return f"LEAN sends no notifications from a machine of one's own: none will reach {', '.join(_addresses(settings))}"


def _addresses(settings: Settings) -> list[str]:
    return [one for one in (settings.notify_email, settings.notify_webhook, settings.notify_telegram) if one]
