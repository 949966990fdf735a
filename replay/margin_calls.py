"""Margin calls: looked for every five minutes of data time (LEAN: DefaultMarginCallModel.cs, AlgorithmManager.cs).

The replay warns as LEAN does. A call itself would have LEAN sell parts of position groups; that is not re-enacted, so
the run ends there with a named error instead of going on as if nothing had happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.errors import Unsupported
from replay.settings import MarginCallModel

_EVERY = timedelta(minutes=5)
_WARN_SHARE = Decimal("0.05")
_BUFFER = Decimal("1.1")
_HINT = (
    "give the account more cash, hold smaller positions, or switch calls off with "
    "portfolio.set_margin_call_model(MarginCallModel.NULL)"
)


class MarginCalls:
    """The margin call clock of a run."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._next = datetime.min

    def scan(self) -> None:
        """Warn when at most 5 % of the value is free; Unsupported when LEAN would issue a call."""
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
        if value - used.high <= 0 and used.high > value * _BUFFER:
            raise Unsupported(f"the margin call at {run.time} (margin used {used.high:.2f} of {value:.2f})", _HINT)
        if Decimal(0) < value - used.low <= value * _WARN_SHARE:
            run.call("on_margin_call_warning")
