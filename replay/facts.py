"""What fee, brokerage and margin models need to know of a security: exact numbers, read when asked."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any, Protocol

from replay.symbol import Symbol


class SecurityFacts(Protocol):
    """Prices are dollars per share (0 when never seen), `held` signed contracts or shares."""

    @property
    def symbol(self) -> Symbol:
        """The security asked about."""

    @property
    def bid(self) -> Decimal:
        """Last bid close that was not zero."""

    @property
    def ask(self) -> Decimal:
        """Last ask close that was not zero."""

    @property
    def price(self) -> Decimal:
        """LEAN's `Security.price`: mid, single side or last trade."""

    @property
    def held(self) -> Decimal:
        """Signed holding."""

    @property
    def multiplier(self) -> Decimal:
        """Shares per contract, 1 for a stock."""

    @property
    def underlying(self) -> SecurityFacts | None:
        """The facts of an option's underlying."""

    @property
    def buying_power_model(self) -> Any:
        """The model that margins this security alone (`replay.buying_power`)."""

    @property
    def local_time(self) -> datetime:
        """Engine time in the exchange's time zone, naive."""

    def regular_session(self) -> tuple[time, time] | None:
        """Open and close of the local day's regular session, None on a closed day."""
