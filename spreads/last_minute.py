"""When a contract is traded for the last time: not at its exchange's close on the expiration date, for index options.

Cboe: weeklys settled in the afternoon (SPXW, ...) stop on their expiration date a quarter of an hour before the others'
close; those settled by the opening prices of the expiration date (SPX, ...) stop with the session before it. Which
root is which follows LEAN's Common/Securities/IndexOption/IndexOptionSymbol.cs, but VIXW is settled at the open.
"""

from __future__ import annotations

from datetime import datetime, timedelta

AFTERNOON = frozenset({"SPXW", "RUTW", "NDXP", "NQX", "XSP"})
QUARTER = timedelta(minutes=15)


def settles_at_the_open(root: str, index_option: bool) -> bool:
    """True for index options whose settlement value is made of opening prices."""
    return index_option and root not in AFTERNOON


def trading_ends(root: str, index_option: bool, close: datetime, close_before: datetime) -> datetime:
    """End of trading of a contract.

    Args:
        root: The option's root, such as SPXW.
        index_option: False for options on shares, which are traded to the close of the expiration date.
        close: End of the regular session on the expiration date (or the next with a session), any time zone.
        close_before: End of the session before that.
    """
    if settles_at_the_open(root, index_option):
        return close_before
    if index_option and close.minute == 15:
        return close - QUARTER
    return close
