"""The parts of a running book, put together; and what the settings a user gave make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from stop_rules import from_dict

from .alarms import Bell
from .blindness import BlindPolicy
from .book import BookSettings, SpreadBook
from .closing import ClosePolicy, ExitSettings
from .confirmation import Confirmation
from .continuity import Continuity
from .desk import Desk
from .edge import at_the_edge
from .entering import Engine, Entries
from .gate import EntryGate
from .guards import BookGuards, LossAction
from .journal import Journal, What
from .money import ticks_up
from .publishing import Display, Publisher
from .pulse import Pulse
from .quotes import QuoteLimits
from .settings import Settings, as_texts
from .store import StateStore
from .watched import Watched

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Keys:
    """Under which names things are kept: a backtest never writes over what a live process has left.

    Attributes:
        project: The project's number, "0" on a machine of one's own.
        live: True in live.
        start: When the process started; each live process keeps a journal of its own.
    """

    project: str
    live: bool
    start: datetime

    @property
    def name(self) -> str:
        """Stands in the keys of the state and the status."""
        return self.project if self.live else f"{self.project}-backtest"

    @property
    def journal(self) -> str:
        """Key of the journal."""
        return f"spread-journal-{self.name}-{self.start:%Y%m%d-%H%M%S}.jsonl" if self.live else "spread-journal.jsonl"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a manager is made of, wired."""

    book: SpreadBook
    gate: EntryGate
    bell: Bell
    journal: Journal
    continuity: Continuity
    entries: Entries
    publisher: Publisher
    pulse: Pulse


def assemble(
    engine: Engine,
    display: Display,
    bell: Bell,
    log: Callable[[str], None],
    *,
    settings: BookSettings | None,
    exits: ExitSettings | None,
    guards: BookGuards | None,
    live: bool,
    keeps: bool,
    keys: Keys,
) -> Parts:
    """Wire the parts; `keeps` saves the state over restarts."""
    journal, gate = Journal(), EntryGate(guards or BookGuards())
    desk = Desk(engine, exits or ExitSettings(), journal.take, bell.ring)
    book = SpreadBook(engine, engine, desk, settings or BookSettings(), journal, gate, bell.ring)
    store = StateStore(display, f"spread-state-{keys.name}", partial(bell.ring, "")) if keeps else None
    continuity = Continuity(book, gate, bell.alarms, journal, engine, engine, store, from_dict, bell.ring, log, live)
    publisher = Publisher(display, continuity, f"spread-status-{keys.name}.json", keys.journal, keeps)

    def unpublished(now: datetime, text: str) -> None:
        journal.write(What.ERROR, now, text=f"publishing: {text}")
        book.on_change()
        bell.ring("", f"internal error in publishing: {text}")

    def step(now: datetime, touched: Iterable[Watched] | None) -> datetime:
        if continuity.step(now, touched) or now >= publisher.due:
            at_the_edge(partial(publisher.step, now), partial(unpublished, now))
        return min(book.next_due(now), publisher.due)

    pulse = Pulse(book.watch, gate, (*book.work, *continuity.work), step)
    return Parts(book, gate, bell, journal, continuity, Entries(engine, continuity), publisher, pulse)


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


def configure(parts: Parts, settings: Settings, now: datetime, algorithm: str, live: bool) -> None:
    """What the settings say beyond how the book is made; the run is the journal's first record."""
    parts.entries.fee_per_contract = settings.fee_per_contract
    parts.publisher.plot_every = timedelta(minutes=settings.plot_minutes)
    parts.publisher.saves_journal = settings.journal == "on"
    parts.gate.refuse_weak_stops = settings.entry_check == "refuse"
    parts.journal.write(
        What.RUN, now, version=VERSION, algorithm=algorithm, parameters=as_texts(settings),
        start=settings.start_date, end=settings.end_date, cash=settings.cash, mode="live" if live else "backtest",
    )  # fmt: skip
