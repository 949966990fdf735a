"""From the settings a user gave to the parts of the book."""

from __future__ import annotations

from datetime import timedelta

from .blindness import BlindPolicy
from .book import BookSettings
from .closing import ClosePolicy, ExitSettings
from .confirmation import Confirmation
from .guards import BookGuards, LossAction
from .money import ticks_up
from .quotes import QuoteLimits
from .settings import Settings


def book_settings(settings: Settings) -> BookSettings:
    """How the book watches."""
    every = timedelta(minutes=settings.path_minutes)
    return BookSettings(
        limits=QuoteLimits(
            max_age=timedelta(minutes=settings.max_quote_age),
            quiet_age=timedelta(minutes=settings.quiet_quote_age),
            quiet_price=ticks_up(settings.quiet_price),
            legs_apart=timedelta(minutes=settings.legs_apart_minutes) if settings.legs_apart_minutes else None,
            feed_silence=timedelta(minutes=settings.feed_silence),
        ),
        confirmation=Confirmation(
            settings.confirm_seconds,
            settings.confirm_grades,
            settings.confirm_beyond_width_seconds,
            settings.confirm_max_step_seconds,
        ),
        blind_alarm=timedelta(minutes=settings.blind_alarm_minutes),
        blind_policy=BlindPolicy(settings.blind_policy),
        path_every=every if settings.journal == "on" and every else None,
    )


def exit_settings(settings: Settings) -> ExitSettings:
    """How spreads are closed."""
    return ExitSettings(policy=ClosePolicy.named(settings.close_policy, settings.worthless_long))


def book_guards(settings: Settings) -> BookGuards:
    """What keeps new spreads out; a setting of 0 is off."""
    return BookGuards(
        daily_loss=settings.daily_loss_limit or None,
        daily_loss_action=LossAction.FLATTEN if settings.daily_loss_flatten == "on" else LossAction.STOP_ENTRIES,
        max_open=settings.max_open,
        cool_down=settings.cooldown_minutes or None,
        after_open=settings.no_entry_after_open or None,
        before_close=settings.no_entry_before_close or None,
    )
