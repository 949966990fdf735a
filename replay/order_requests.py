"""How an algorithm's order becomes a request: the security, the checks, the ticket (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.checks import pre_order_check
from replay.enums import OrderStatus, OrderType, SecurityType
from replay.errors import InvalidOperationException
from replay.naming import LeanObject, own
from replay.requests import SubmitOrderRequest
from replay.seeding import seed
from replay.settlement import last_trading_close
from replay.symbol import Symbol
from replay.tickets import OrderTicket


class Requests(LeanObject):
    """Finds the security of an order, makes the request and sends it; ``_run`` is the engine."""

    _replay_run: Any
    default_order_properties: Any

    def _replay_security_for_order(self, symbol: Any) -> Any:
        """The security, added and seeded when it can be (GetSecurityForOrder)."""
        run = self._replay_run
        symbol = run.symbol_of(symbol)
        security = run.securities.find(symbol)
        if security is not None and (symbol.is_canonical() or security.is_tradable or security.is_delisted):
            return security
        expired = (
            symbol.has_underlying
            and not symbol.is_canonical()
            and run.store.hours(symbol).time_zone.to_local(run.utc)
            >= last_trading_close(symbol, run.store.hours(symbol))
        )
        if symbol.is_canonical() or expired or symbol.security_type is SecurityType.INDEX:
            raise InvalidOperationException(
                f"The symbol {symbol} is not found in the algorithm's securities collection and cannot be re-added due "
                "to it being delisted or no longer tradable."
            )
        security = own(run.algorithm, "add_security")(symbol)
        security.is_tradable = True
        seed(run, security)
        return security

    def _replay_request(
        self,
        kind: OrderType,
        symbol: Symbol,
        quantity: Decimal,
        tag: str | None,
        properties: Any,
        asynchronous: bool,
        **prices: Any,
    ) -> SubmitOrderRequest:
        run = self._replay_run
        properties = self._replay_properties(properties)
        return SubmitOrderRequest(run.utc, kind, symbol, quantity, tag, properties, asynchronous=asynchronous, **prices)

    def _replay_properties(self, given: Any) -> Any:
        """The properties of a call, else a copy of the algorithm's default ones."""
        if given is not None:
            return given
        default = self.default_order_properties or self._replay_run.brokerage_properties()
        return default.clone() if hasattr(default, "clone") else default

    def _replay_submit(self, request: SubmitOrderRequest) -> OrderTicket:
        response = pre_order_check(self._replay_run, request)
        if response.is_error:
            return self._replay_invalid(request, response)
        ticket: OrderTicket = self._replay_run.orders.process(request)
        return ticket

    def _replay_invalid(self, request: SubmitOrderRequest, response: Any) -> OrderTicket:
        self._replay_run.messages.error(response.error_message)
        request.respond(response)
        return OrderTicket(self._replay_run.orders, request, OrderStatus.INVALID)
