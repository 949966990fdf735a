"""Which securities a run follows: those the algorithm added, and those its option filters select each day.

Rules: LEAN's UniverseSelection, PendingRemovalsManager, OptionChainUniverse and UserDefinedUniverse.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from replay.clock import TickLater, to_ms
from replay.enums import Resolution
from replay.errors import ArgumentException, Unsupported
from replay.history_rows import start_of_periods
from replay.naming import LeanObject
from replay.option_filters import OptionFilterUniverse, chosen_symbols
from replay.seeding import seed
from replay.symbol import Symbol
from replay.universe import UniverseFile, open_universe, universe_path

_ONE_DAY = timedelta(days=1)
_UNITS = (_ONE_DAY, timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


def filter_of(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """The rule behind ``set_filter``: a function, (strikes), (expiries) or (strikes, expiries)."""
    if len(args) == 1 and callable(args[0]):
        rule: Callable[[Any], Any] = args[0]
        return rule
    if kwargs.get("universe_func"):
        function: Callable[[Any], Any] = kwargs["universe_func"]
        return function
    names = ["min_strike", "max_strike", "min_expiry", "max_expiry"]
    if args and isinstance(args[0], timedelta):
        names = names[2:]
    named = {name.removesuffix("_days"): value for name, value in kwargs.items()}
    given = dict(zip(names, args, strict=False)) | named
    pairs = [pair for pair in (names[:2], names[2:]) if any(name in given for name in pair)]
    if len(args) > len(names) or set(given) != {name for pair in pairs for name in pair} or not pairs:
        raise ArgumentException(
            f"set_filter({', '.join([*map(repr, args), *kwargs])}): give a function, (min_strike, max_strike), "
            "(min_expiry, max_expiry) or all four"
        )

    def rule_of_bounds(universe: Any) -> Any:
        if "min_strike" in given:
            universe = universe.strikes(given["min_strike"], given["max_strike"])
        if "min_expiry" in given:
            universe = universe.expiration(given["min_expiry"], given["max_expiry"])
        return universe

    return rule_of_bounds


def default_filter(universe: Any) -> Any:
    """LEAN's rule of a chain without ``set_filter``: one strike each side, the next 35 days."""
    return universe.strikes(-1, 1).expiration(0, 35)


def _text(security: Any) -> str:
    text: str = security.symbol.value
    return text


class SecurityChanges(LeanObject):
    """What ``on_securities_changed`` receives: securities in the order of their symbols' texts (SecurityChanges.cs)."""

    def __init__(self, added: list[Any], removed: list[Any]) -> None:
        self.added_securities = sorted(added, key=_text)
        self.removed_securities = sorted(removed, key=_text)

    count = property(lambda self: len(self.added_securities) + len(self.removed_securities))


class ChainUniverse:
    """One option chain: its canonical security and the contracts selected last."""

    def __init__(self, option: Any) -> None:
        self.option = option
        self.selected: list[Symbol] = []
        self.members: dict[Symbol, Any] = {}
        self.since: dict[Symbol, int] = {}
        self.files: list[tuple[int, datetime]] = []


class Universes:
    """All universes of a run."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.chains: list[ChainUniverse] = []
        self.active: dict[Symbol, None] = {}
        self.waiting: list[Any] = []
        self.leaving: dict[Symbol, ChainUniverse] = {}
        self.user: dict[Symbol, int] = {}
        self._young: list[Any] = []
        self.dropped: list[Any] = []
        self._ended: list[tuple[int, ChainUniverse]] = []
        self._parked: list[ChainUniverse] = []

    def add_chain(self, option: Any) -> None:
        """Follow a chain: its filter runs at each midnight a universe file is due."""
        chain = ChainUniverse(option)
        if any(ended.option is option and ms == self.run.ms for ms, ended in self._ended):
            self._parked.append(chain)
            return
        self.chains.append(chain)
        if self.run.initialized:
            self.open(chain)

    def has_chain(self, option: Any) -> bool:
        """Whether the chain of a canonical option is followed, or will be from the next step on."""
        return any(chain.option is option for chain in (*self.chains, *self._parked))

    def open(self, chain: ChainUniverse) -> None:
        """Plan the moments of a chain's selections: a file of a day is due at the exchange's midnight after it.

        The file of the last session before the start is due at once (DataManager starts a universe one session early).
        """
        run, option = self.run, chain.option
        hours, zone = option.hours, option.hours.time_zone
        start = start_of_periods(hours, run.utc, Resolution.DAILY, 1, False, strict_daily=False)
        day = hours.data_time_zone.to_local(start).replace(hour=0, minute=0, second=0, microsecond=0)
        while (due := zone.to_utc(day + _ONE_DAY)) <= run.end_utc:
            if hours.is_date_open(day) and universe_path(run.store.root, option.symbol, day).is_file():
                chain.files.append((max(to_ms(due), run.ms), day))
            day += _ONE_DAY
        run.feed.push(iter([ms for ms, _ in chain.files if ms > run.ms]), None)

    @property
    def pending(self) -> bool:
        """Whether something the algorithm asked for waits for the end of the step."""
        return bool(self.waiting or self.dropped)

    @property
    def chain_is_due(self) -> bool:
        """Whether the filter of a chain waits to be run: in the step itself when the chain was added during the day."""
        return any(self._is_due(chain) for chain in self.chains)

    def add_user(self, security: Any) -> None:
        """A security the algorithm asked for; it becomes active at the next selection moment."""
        self._young = [other for other in self._young if other is not security]
        self.user.setdefault(security.symbol, self.run.ms)
        if all(other is not security for other in self.waiting):
            self.waiting.append(security)

    def remove_user(self, security: Any) -> None:
        """``remove_security``: gone when it is flat. What only a chain follows, its underlying too, keeps its data."""
        if security.symbol in self.user or not (security.symbol.has_underlying or self._in_chain(security)):
            self.dropped.append(security)

    def _in_chain(self, security: Any) -> bool:
        return any(chain.option.symbol.underlying == security.symbol for chain in self.chains)

    def follows(self, symbol: Symbol) -> bool:
        """Whether the algorithm asked for a security or a chain selected it."""
        return symbol in self.user or any(symbol in chain.members for chain in self.chains)

    def keep(self, security: Any) -> bool:
        """Take back a removal of this step; whether there was one."""
        found = any(other is security for other in self.dropped)
        self.dropped = [other for other in self.dropped if other is not security]
        return found

    def remove_chain(self, option: Any) -> list[ChainUniverse]:
        """``remove_security`` of a canonical option: no selection any more, its contracts leave in the next step.

        A chain of the same option added again in this step waits for that (DataManager parks its request).
        """
        found = [chain for chain in self.chains if chain.option is option]
        self.chains = [chain for chain in self.chains if chain.option is not option]
        self._ended += [(self.run.ms, chain) for chain in found]
        return found

    def select(self) -> SecurityChanges | None:
        """Run what is due now; None when nothing changed."""
        added: list[Any] = []
        removed: list[Any] = []
        self._take_dropped(removed)
        self._take_ended(removed)
        self._take_parked()
        for security in self.waiting:
            self._activate(security, added, self.run.ms)
        self.waiting = []
        self._select_chains(added, removed)
        removed = [security for security in removed if all(security is not other for other in added)]
        return SecurityChanges(added, removed) if added or removed else None

    def select_chains(self) -> SecurityChanges:
        """Run the filters that are due and nothing else."""
        added: list[Any] = []
        removed: list[Any] = []
        self._select_chains(added, removed)
        return SecurityChanges(added, removed)

    def _select_chains(self, added: list[Any], removed: list[Any]) -> None:
        for chain in list(self.chains):
            file = self._due(chain)
            if file is not None:
                self._apply(chain, file, added, removed)
        if self.run.settings.seed_initial_prices:
            for security in added:
                seed(self.run, security)

    def _is_due(self, chain: ChainUniverse) -> bool:
        return bool(chain.files) and chain.files[0][0] <= self.run.ms <= to_ms(self.run.last_utc)

    def _due(self, chain: ChainUniverse) -> UniverseFile | None:
        found = None
        while self._is_due(chain):
            found = chain.files.pop(0)[1]
        return None if found is None else open_universe(self.run.store.root, chain.option.symbol, found)

    def _apply(self, chain: ChainUniverse, file: UniverseFile, added: list[Any], removed: list[Any]) -> None:
        option = chain.option
        exact = option.symbol_properties.exact
        local = option.local(self.run.utc)
        universe = OptionFilterUniverse(file, option.hours, local, exact.strike_multiplier)
        rule = option.filter or default_filter
        symbols = list(dict.fromkeys(chosen_symbols(universe, rule(universe))))
        chain.selected = symbols
        wanted = set(symbols)
        wanted.add(option.symbol.underlying)
        self._check_leaving(chain, wanted)
        gone = sorted(chain.members.values(), key=lambda s: (int(s.symbol.security_type), str(s.symbol.id)))
        for security in gone:
            if security.symbol in wanted or not self._may_leave(chain.since[security.symbol]):
                continue
            if not security.is_delisted and security.symbol not in self.leaving:
                removed.append(security)
            if self._safe(security):
                self._remove(chain, security)
            else:
                self.leaving[security.symbol] = chain
        self._add_underlying(chain, added)
        for symbol in symbols:
            if symbol not in chain.members:
                security = self.run.create(symbol, option.resolution, option.extended_market_hours, option.fill_forward)
                chain.members[symbol] = security
                chain.since[symbol] = self.run.ms
                self._activate(security, added, self._before_now())

    def _may_leave(self, since_ms: int) -> bool:
        """Whether the minimum time in a universe is over, rounded to its unit (Universe.CanRemoveMember)."""
        least: timedelta = self.run.universe_settings.minimum_time_in_universe
        unit = next((unit for unit in _UNITS if least >= unit), None)
        time = timedelta(milliseconds=self.run.ms - since_ms)
        return (time if unit is None else round(time / unit) * unit) >= least

    def _add_underlying(self, chain: ChainUniverse, added: list[Any]) -> None:
        option, symbol = chain.option, chain.option.symbol.underlying
        if symbol not in self.active:
            security = self.run.create(symbol, option.resolution, False, option.fill_forward)
            self._activate(security, added, self._before_now())
        elif self.run.securities[symbol].resolution > option.resolution:
            own = self.run.securities[symbol].resolution
            raise Unsupported(
                f"a chain of {option.resolution} bars added later than its underlying's {own} bars",
                f"add {symbol.value} at {option.resolution}",
            )

    def _refine(self, security: Any) -> None:
        """Of two subscriptions of an underlying, its own and a chain's, slices show the finer (TimeSliceFactory)."""
        for chain in self.chains:
            if chain.option.symbol.underlying == security.symbol:
                security.resolution = min(security.resolution, chain.option.resolution)

    def _before_now(self) -> int:
        """Bars that end after this moment reach what a filter selects now."""
        ms: int = self.run.ms
        return ms if isinstance(self.run.utc, TickLater) else ms - 1

    def _activate(self, security: Any, added: list[Any], after_ms: int) -> None:
        """Subscribe to the bars that end after a moment.

        What a filter selects has the bar that ends now; what the algorithm asked for has not, because LEAN starts the
        universe of such securities a tick later (DataManager, SubscriptionDataReader).
        """
        symbol = security.symbol
        if symbol in self.active:
            return
        self.active[symbol] = None
        if symbol.is_canonical():
            return
        self._refine(security)
        self.run.feed.subscribe(security, after_ms)
        security.is_delisted = False
        if symbol.has_underlying:
            self.run.expiry.watch(security)
        else:
            self.run.corporate.watch(security)
        added.append(security)

    def _safe(self, security: Any) -> bool:
        """A position or an open order keeps a security subscribed."""
        symbol = security.symbol
        if security.holdings.invested or symbol in self.user:
            return False
        return not any(order.symbol == symbol for order in self.run.orders.open.values())

    def _check_leaving(self, current: ChainUniverse, wanted: set[Any]) -> None:
        for symbol, chain in list(self.leaving.items()):
            security = self.run.securities[symbol]
            safe = self._safe(security)
            if safe or (chain is current and symbol in wanted):
                del self.leaving[symbol]
                if safe:
                    self._remove(chain, security)

    def _remove(self, chain: ChainUniverse | None, security: Any) -> None:
        if chain is not None:
            chain.members.pop(security.symbol, None)
        if any(security.symbol in other.members for other in self.chains):
            return
        self.active.pop(security.symbol, None)
        self.run.feed.unsubscribe(security)

    def _take_dropped(self, removed: list[Any]) -> None:
        """A contract stays for the minimum time in a universe; it is looked at again when others come or go."""
        if any(security.symbol.has_underlying for security in (*self.dropped, *self.waiting)):
            self.dropped, self._young = [*self._young, *self.dropped], []
        for security in self.dropped:
            symbol = security.symbol
            if symbol.has_underlying and symbol in self.active and not self._may_leave(self.user.get(symbol, 0)):
                self._young.append(security)
                continue
            self.user.pop(symbol, None)
            if symbol in self.active:
                removed.append(security)
                if self._safe(security) and not self._in_chain(security):
                    self._remove(None, security)
        self.dropped = []

    def _take_ended(self, removed: list[Any]) -> None:
        """Securities of a removed chain are reported, its underlying too; what nothing else follows leaves."""
        for ms, chain in self._ended:
            if ms >= self.run.ms:
                continue
            removed.append(self.run.securities[chain.option.symbol.underlying])
            for security in chain.members.values():
                if security.symbol not in self.leaving:
                    removed.append(security)
                if self.follows(security.symbol):
                    continue
                if self._safe(security):
                    self._remove(None, security)
                else:
                    self.leaving[security.symbol] = chain
        self._ended = [(ms, chain) for ms, chain in self._ended if ms >= self.run.ms]

    def _take_parked(self) -> None:
        if self._ended:
            return
        for chain in self._parked:
            self.chains.append(chain)
            self.open(chain)
        self._parked = []

    def with_delisted(self, changes: SecurityChanges | None, securities: list[Any]) -> SecurityChanges | None:
        """Contracts that reach their end now are reported as removed, unless they were before."""
        known = set() if changes is None else {id(security) for security in changes.removed_securities}
        gone = [s for s in securities if id(s) not in known and s.symbol not in self.leaving]
        if not gone:
            return changes
        changes = changes or SecurityChanges([], [])
        return SecurityChanges(changes.added_securities, changes.removed_securities + gone)

    def delisted(self, security: Any) -> None:
        """A contract reached its end: no universe follows it any more."""
        symbol = security.symbol
        for chain in self.chains:
            chain.members.pop(symbol, None)
        self.leaving.pop(symbol, None)
        self.user.pop(symbol, None)
        self.active.pop(symbol, None)
