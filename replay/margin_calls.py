"""Margin calls: looked for every five minutes of data time (LEAN: DefaultMarginCallModel.cs, AlgorithmManager.cs).

When margin in use exceeds the portfolio's value by more than the buffer, every position group is asked how many of its
lots must go, the algorithm may change the requests, and the groups that lose most are reduced first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.enums import OrderType
from replay.margin_reduction import PositionGroup, lots_to_close
from replay.orders import GroupOrderManager
from replay.requests import SubmitOrderRequest
from replay.settings import MarginCallModel

ZERO = Decimal(0)
_EVERY = timedelta(minutes=5)
_WARN_SHARE = Decimal("0.05")
_BUFFER = Decimal("0.1")
_TAG = "Margin Call"


class MarginCalls:
    """The margin call clock of a run."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._next = datetime.min

    def scan(self) -> None:
        """Reduce positions when margin exceeds the value, warn when at most 5 % of the value is free."""
        run = self._run
        if run.utc < self._next:
            return
        self._next = run.utc + _EVERY
        if run.portfolio.margin_call_model is MarginCallModel.NULL or not run.buying_power.holdings():
            return
        value = run.portfolio.exact_value
        if run.buying_power.used_ceiling() < value * (1 - _WARN_SHARE):
            return
        used = run.buying_power.used_range()
        if not used.high:
            return
        if value - used.high > 0:
            if value - used.low <= value * _WARN_SHARE:
                run.call("on_margin_call_warning")
            return
        buffer = getattr(run.portfolio.margin_call_model, "margin_buffer", _BUFFER)
        if used.high <= value * (1 + buffer):
            return
        requests = self._requests(value)
        if requests and not self._call(requests):
            run.call("on_margin_call_warning")

    def _requests(self, value: Decimal) -> list[SubmitOrderRequest]:
        used = self._run.buying_power.used()
        found: list[SubmitOrderRequest] = []
        for group in PositionGroup.of(self._run):
            found += self._reduce(group, lots_to_close(self._run, group, used - value))
        return found

    def _reduce(self, group: PositionGroup, lots: Decimal) -> list[SubmitOrderRequest]:
        """One market order, or the legs of one combo."""
        run, combo = self._run, None
        if len(group.units) > 1:
            run.orders.last_group_id += 1
            combo = GroupOrderManager(run.orders.last_group_id, lots, ZERO, len(group.units))
        if not lots:
            return []
        kind = OrderType.MARKET if combo is None else OrderType.COMBO_MARKET
        properties = run.algorithm.default_order_properties or run.brokerage_properties()
        return [
            SubmitOrderRequest(run.utc, kind, symbol, -lots * unit, _TAG, properties.clone(), group=combo)
            for symbol, unit in group.units.items()
        ]

    def _call(self, requests: list[SubmitOrderRequest]) -> bool:
        """Tell the algorithm and send what it answers; True when orders were sent."""
        run = self._run
        if not all(run.securities[request.symbol].exchange.exchange_open for request in requests):
            return False
        method, kept = run.handler_of("on_margin_call"), requests
        if method is not None:
            answer: list[Any] = []
            run.guard(lambda: answer.extend(_checked(method(requests))), "on_margin_call")
            if run.runtime_error is not None:
                return True
            kept = answer
        return self._execute(kept)

    def _execute(self, requests: Sequence[SubmitOrderRequest]) -> bool:
        """Losers first, until margin fits again."""
        run, sent = self._run, False
        parts: dict[int, list[SubmitOrderRequest]] = {}
        for number, request in enumerate(requests):
            parts.setdefault(request.group.id if request.group is not None else -1 - number, []).append(request)
        for part in sorted(parts.values(), key=self._profit):
            if run.portfolio.exact_value - run.buying_power.used() >= 0:
                break
            tickets = [run.orders.process(request) for request in part]
            sent = True
            for ticket in tickets:
                order = run.orders.orders[ticket.order_id]
                run.messages.error(
                    f"{run.time:%m/%d/%Y %H:%M:%S} - Executed MarginCallOrder: {ticket.symbol} - "
                    f"Quantity: {order.quantity.normalize():f} @ {ticket.average_fill_price}"
                )
        return sent

    def _profit(self, part: list[SubmitOrderRequest]) -> Decimal:
        holdings = (self._run.securities[request.symbol].holdings for request in part)
        return sum((held.exact_unrealized for held in holdings), ZERO)


def _checked(answer: Any) -> list[SubmitOrderRequest]:
    kept = [item for item in answer or () if isinstance(item, SubmitOrderRequest)]
    if not kept:
        raise ValueError("on_margin_call must return a non-empty list of SubmitOrderRequest")
    return kept
