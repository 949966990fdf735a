"""From contracts to a watched spread: what entering would bring, what the position is, and taking it over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from .continuity import Continuity
from .entry_check import check_entry, entry_credit
from .errors import BadSetting
from .gate import Offer
from .judge import Market
from .ledger import SpreadLedger
from .legs import Leg, in_lots
from .money import Number, ticks_up
from .naming import kind_of
from .orders import Broker, OrderFacts
from .quotes import LegQuote
from .restart import Account
from .spread import Spread
from .view import Need, Problem, Rule


class Engine(Broker, Market, Account, Protocol):
    """Everything a book and its entries need of the engine that trades."""

    def multiplier(self, leg: Leg) -> int:
        """Shares per contract."""
        ...

    def expires_at(self, leg: Leg) -> datetime:
        """End of the contract's trading, algorithm time."""
        ...

    def underlying_of(self, leg: Leg) -> Leg | None:
        """What an option is written on, as a leg of ratio 0; None for anything but an option."""
        ...

    def cash_settled(self, leg: Leg) -> bool:
        """True when exercise pays money and delivers nothing."""
        ...

    def entry_problems(self, legs: Sequence[Leg], quotes: Sequence[LegQuote]) -> list[Problem]:
        """Why the broker would refuse to open these legs."""
        ...


class Entries:
    """Checks positions before they are ordered and takes them into the book afterwards.

    Args:
        engine: The engine.
        continuity: Keeps the book across restarts; what is about to be ordered is written down there.
    """

    def __init__(self, engine: Engine, continuity: Continuity) -> None:
        self._engine = engine
        self._continuity = continuity
        self._book = continuity.book
        self.fee_per_contract: Number = 0

    def offer(self, legs: Sequence[Leg], rules: Sequence[Rule], lots: int, now: datetime) -> Offer:
        """What the legs would bring now, and what speaks against the rules that will watch them."""
        quotes = [self._engine.quote(leg) for leg in legs]
        ways = 2 * lots * sum(abs(leg.ratio) for leg in legs)
        session, needs = self._engine.session(legs[0], now), {need for rule in rules for need in rule.needs}
        problems = check_entry(
            legs, quotes, rules, lots=lots, multiplier=self._engine.multiplier(legs[0]),
            fees=ticks_up(self.fee_per_contract) * ways, now=now, limits=self._book.settings.limits,
            expires_at=min(self._engine.expires_at(leg) for leg in legs),
            session_close=None if session is None else session.closes,
            underlying=(self._engine.underlying(legs[0]) or None) if Need.UNDERLYING in needs else None,
            short_delta=self._engine.short_delta([x for x in legs if x.is_short]) if Need.DELTA in needs else None,
        )  # fmt: skip
        problems += self._engine.entry_problems(legs, quotes)
        return Offer(entry_credit(legs, quotes), tuple(problems), session)

    def spread_of(self, parts: Sequence[tuple[Leg, float]], spread_id: str = "") -> Spread:
        """The spread that legs and their quantities make (contracts, negative for short ones); not yet in the book.

        Raises:
            BadSetting: The id is taken, or the legs are not whole contracts of options of one underlying.
        """
        lots, ratios = in_lots([(leg.name, quantity) for leg, quantity in parts])
        underlyings = [self._engine.underlying_of(leg) for leg, _ in parts]
        pairs = zip(parts, underlyings, strict=True)
        odd = [leg.name for (leg, _), under in pairs if under is None or under != underlyings[0]]
        if odd:
            raise BadSetting("position", ", ".join(odd), "option contracts of one underlying")
        if spread_id in self._book.spreads:
            raise BadSetting("spread_id", spread_id, "an id that no spread of the book has")
        legs = tuple(replace(leg, ratio=ratio) for (leg, _), ratio in zip(parts, ratios, strict=True))
        return Spread(
            spread_id or self.next_id(), kind_of(legs), legs, lots, self._engine.multiplier(legs[0]),
            min(self._engine.expires_at(leg) for leg in legs), SpreadLedger(),
            underlying=underlyings[0], cash_settled=self._engine.cash_settled(legs[0]),
        )  # fmt: skip

    def next_id(self, side: str = "S") -> str:
        """An id that no spread of the book has: the side and a number."""
        return f"{side}{self._book.registered + 1}"

    def take_over(
        self, parts: Sequence[tuple[Leg, float]], orders: Sequence[OrderFacts], rules: Iterable[Rule], spread_id: str,
        now: datetime,
    ) -> Spread:  # fmt: skip
        """Register what orders opened; without orders, what the account holds and no other spread claims.

        Raises:
            BadSetting: As `spread_of`, or the account does not hold it.
        """
        spread = self.spread_of(parts, spread_id)
        return self._book.add(spread, orders or self._held(spread), rules, now)

    def _held(self, spread: Spread) -> list[OrderFacts]:
        others = self._book.open_spreads()
        return [
            self._engine.holding(leg, leg.ratio * spread.lots, sum(other.ledger.held(leg.key) for other in others))
            for leg in spread.legs
        ]

    def expect(self, legs: Sequence[Leg], lots: int, rules: Iterable[Rule], spread_id: str, now: datetime) -> Spread:
        """Write down what is about to be ordered, before the order."""
        spread = self.spread_of([(leg, leg.ratio * lots) for leg in legs], spread_id)
        self._continuity.expect(spread, rules, now)
        return spread

    def open_legged(
        self, legs: Sequence[Leg], lots: int, rules: Iterable[Rule], spread_id: str, now: datetime
    ) -> Spread:
        """Enter leg by leg: longs first, the shorts once they are covered, else undone."""
        rules = list(rules)
        return self._book.add(self.expect(legs, lots, rules, spread_id, now), [], rules, now, legged=True)
