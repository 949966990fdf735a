"""The orders LEAN lacks, as calls: stop, stop limit, trailing stop, target and bracket on a spread's net price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from stop_rules import NetDebit, ProfitTarget, TrailingDebit

from .book import SpreadBook
from .closing import ClosePolicy, Way
from .errors import BadSetting
from .money import Number, ticks_down
from .orders import OrderKind
from .spread import Spread
from .spread_tickets import SpreadTicket
from .view import Rule


class NetOrders:
    """Calls that put an order on a registered spread; each returns a ticket like LEAN's.

    A ticket has `status`, `update(...)`, `update_stop_price(...)`, `update_limit_price(...)`, `cancel()`, `tag` and
    `history`. Prices are dollars per share, positive = a
    debit to pay. Options of every call: `basis` ("natural", "mid", "worst", "mark"), `confirmation`, `policy`, `tag`.

    Args:
        book: Where the spreads are.
        now: Gives algorithm time.
    """

    def __init__(self, book: SpreadBook, now: Callable[[], datetime]) -> None:
        self.book = book
        self._now = now

    def stop_market_order(self, spread: Spread, stop_price: Number, **options: Any) -> SpreadTicket:
        """Close at the market once the net debit reaches `stop_price` (dollars per share)."""
        return self._place(spread, "stop market", NetDebit(stop_price, **_basis(options)), options)

    def stop_limit_order(
        self, spread: Spread, stop_price: Number, limit_price: Number | None = None, **options: Any
    ) -> SpreadTicket:
        """Once the net debit reaches `stop_price`, close by a combo limit order.

        With a `limit_price` the order rests there and nothing but that debit or a better one fills it: a market that
        jumps over it leaves the spread open, with an alarm. The spread's other orders go on watching meanwhile and
        end the wait when they fire, so put a `stop_market_order` further out behind it, or a time exit. A refused order
        is tried again, with an alarm after some, and never sent without its limit. Without a
        `limit_price` the limit walks from mid to natural and then gives way to the market.

        Raises:
            BadSetting: The brokerage model takes no combo limit orders, or the limit is below the stop.
        """
        if limit_price is not None and not self.book.takes(OrderKind.COMBO_LIMIT, len(spread.legs)):
            raise BadSetting("limit_price", limit_price, "none: the brokerage model takes no combo limit orders")
        limit = None if limit_price is None else ticks_down(limit_price)
        options.setdefault("policy", ClosePolicy(Way.COMBO_LIMIT, limit=limit))
        return self._place(spread, "stop limit", NetDebit(stop_price, **_basis(options)), options)

    def trailing_stop_order(
        self,
        spread: Spread,
        amount: Number | None = None,
        percent: Number | None = None,
        arm_gain: Number | None = None,
        **options: Any,
    ) -> SpreadTicket:
        """Close once the debit is `amount` dollars (or `percent` of the credit) above its best since placed.

        Armed at once, or after a gain of `arm_gain`.
        """
        return self._place(
            spread, "trailing stop", TrailingDebit(amount, percent, arm_gain, **_basis(options)), options
        )

    def profit_target_order(
        self, spread: Spread, price: Number | None = None, percent: Number | None = None, **options: Any
    ) -> SpreadTicket:
        """Close once the net debit is down to `price`, or `percent` of the credit is gained."""
        return self._place(
            spread, "profit target", ProfitTarget(percent=percent, price=price, **_basis(options)), options
        )

    def rule_order(self, spread: Spread, rule: Rule, **options: Any) -> SpreadTicket:
        """Close once a rule decides: any of the menu in stop_rules.py, combined ones, or your own."""
        return self._place(spread, "rule", rule, options)

    def bracket(
        self, spread: Spread, stop_price: Number, target_price: Number, **options: Any
    ) -> tuple[SpreadTicket, SpreadTicket]:
        """A stop and a target of which one cancels the other.

        Raises:
            BadSetting: Not prices, or a target that is not below the stop; neither part is placed.
        """
        basis = _basis(options)
        stop, target = NetDebit(stop_price, **basis), ProfitTarget(price=target_price, **basis)
        if ticks_down(target_price) >= ticks_down(stop_price):
            raise BadSetting("target_price", target_price, f"below the stop price {stop_price}")
        options["group"] = f"bracket {self.book.orders.last + 1}"
        placed = self._place(spread, "stop market", stop, options)
        return placed, self._place(spread, "profit target", target, options)

    def _place(self, spread: Spread, kind: str, rule: Rule, options: dict[str, Any]) -> SpreadTicket:
        unknown = set(options) - {"confirmation", "policy", "group", "tag"}
        if unknown:
            raise BadSetting("options", ", ".join(sorted(unknown)), "basis, confirmation, policy, tag")
        return self.book.place(spread.id, kind, rule, self._now(), **options)

    def flatten(self, spread: Spread | None = None, reason: str = "flatten") -> int:
        """Decide to close one spread, or all; orders go out on the next slice. Returns how many."""
        return self.book.flatten("flatten", reason, self._now(), spread.id if spread else None)


def _basis(options: dict[str, Any]) -> dict[str, Any]:
    return {"basis": options.pop("basis")} if "basis" in options else {}
