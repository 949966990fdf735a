"""What happens to orders and positions when an algorithm stops following a security (QCAlgorithm.RemoveSecurity)."""

from __future__ import annotations

from typing import Any

from replay.naming import own
from replay.symbol import Symbol


def remove_security(run: Any, symbol: Any, tag: str | None) -> bool:
    """Cancel the security's orders, close its position at the market and stop following it; False when unknown.

    ``tag`` (None is "Removed") marks the cancelled and the closing orders. A canonical option takes the contracts that
    nothing else follows along, by symbol text; its underlying stays.
    """
    security = run.securities.find(symbol)
    if security is None:
        return False
    tag = "Removed" if tag is None else tag
    _close(run, security, tag)
    if not security.symbol.is_canonical():
        run.universes.remove_user(security)
        return True
    for chain in run.universes.remove_chain(security):
        for member in sorted(chain.members.values(), key=lambda s: s.symbol.value):
            if not run.universes.follows(member.symbol):
                _close(run, member, tag)
    return True


def _close(run: Any, security: Any, tag: str) -> None:
    symbol: Symbol = security.symbol
    if run.initialized and not run.warming_up:
        run.transactions.cancel_open_orders(symbol, tag)
    if security.holdings.invested:
        own(run.algorithm, "liquidate")(symbol, tag=tag)
    security.is_tradable = False
