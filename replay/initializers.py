"""Security initializers: what is done to a security when it is added (LEAN: Common/Securities/*Initializer.cs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replay.naming import LeanObject
from replay.seeding import seed_with


class DefaultInitializer(LeanObject):
    """Models of the brokerage; they are the replay's defaults already."""

    def initialize(self, security: Any) -> None:
        """Nothing to do."""


class FuncSecurityInitializer(LeanObject):
    """Calls a function with the security."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def initialize(self, security: Any) -> None:
        """Treat one new security."""
        self._function(security)


class CompositeSecurityInitializer(LeanObject):
    """Several initializers, in order."""

    def __init__(self, *initializers: Any) -> None:
        self._initializers = list(initializers)

    def initialize(self, security: Any) -> None:
        """Treat one new security."""
        for initializer in self._initializers:
            run_initializer(initializer, security)


class SecuritySeeder(LeanObject):
    """Seeds prices when a security is added."""

    NULL: Any = None


class FuncSecuritySeeder(SecuritySeeder):
    """Seeds with what a function gives for a security: bars, one bar or None."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def seed_security(self, security: Any) -> bool:
        """Give a security the prices of the function; whether there were any."""
        return not security.symbol.is_canonical() and seed_with(security, self.function(security))


class BrokerageModelSecurityInitializer(LeanObject):
    """Models of a brokerage, then seeding."""

    def __init__(self, brokerage_model: Any = None, security_seeder: Any = None) -> None:
        self.brokerage_model = brokerage_model
        self.security_seeder = security_seeder

    def initialize(self, security: Any) -> None:
        """Treat one new security."""
        if self.brokerage_model is not None:
            security.fee_model = self.brokerage_model.get_fee_model(security.facts)
        if self.security_seeder is not None and not security.symbol.is_canonical():
            self.security_seeder.seed_security(security)


def run_initializer(initializer: Any, security: Any) -> None:
    """An initializer object in either spelling, or a plain function."""
    method = getattr(initializer, "initialize", None) or getattr(initializer, "Initialize", None)
    (method or initializer)(security)
