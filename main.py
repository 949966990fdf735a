"""Sells bear-call and bull-put spreads and lets the SpreadManager stop them on their net price.

What is traded and when; every number is a parameter (config.json, `spreads/settings.py`).
"""

from __future__ import annotations

import decimal
from datetime import date, datetime
from typing import Any

from AlgorithmImports import *

from spread_manager import SpreadManager
from spreads.entry_windows import EntryWindows, Window
from spreads.errors import BadSetting
from spreads.legs import Right
from spreads.selection import Listed, NoPick, Pick, lots_for, nearest_expiry, pick, with_deltas
from spreads.settings import Settings, read_settings, unknown_names

BROKERAGES = {
    "interactive-brokers": "INTERACTIVE_BROKERS_BROKERAGE",
    "charles-schwab": "CHARLES_SCHWAB",
    "tastytrade": "TASTYTRADE",
    "trade-station": "TRADE_STATION",
    "tradier": "TRADIER_BROKERAGE",
    "alpaca": "ALPACA",
    "public": "PUBLIC",
    "webull": "WEBULL",
}


class OptionSpreadStops(QCAlgorithm):
    """Opens credit spreads at set times and hands them to the manager."""

    def initialize(self) -> None:
        """Read the settings, subscribe, and make the manager. A wrong setting stops here, before any order."""
        names = [str(name) for name in self.get_parameters().keys()]  # noqa: SIM118 - a .NET dictionary iterates pairs
        settings = read_settings({name: str(self.get_parameter(name, "")) for name in names})
        self._settings: Settings = settings
        self._windows = EntryWindows(settings.entry_times, settings.sides)
        for name in unknown_names(names):
            self.debug(f"parameter {name} is none of ours and is ignored")
        self.set_start_date(settings.start_date.year, settings.start_date.month, settings.start_date.day)
        self.set_end_date(settings.end_date.year, settings.end_date.month, settings.end_date.day)
        self.set_cash(float(settings.cash))
        if settings.brokerage != "default":
            self.set_brokerage_model(_brokerage(settings.brokerage), AccountType.MARGIN)
        if settings.position_groups == "off":
            self.portfolio.set_positions(SecurityPositionGroupModel.NULL)
            self.log("position groups are off: margin is charged leg by leg, a long leg gives its short no relief")
        self._canonical: Symbol = self._subscribe(settings)
        self.spreads = SpreadManager.from_settings(self, settings)
        self.spreads.wake_at(self._windows.next)

    def _subscribe(self, settings: Settings) -> Symbol:
        if settings.option_root:
            index = self.add_index(settings.underlying, Resolution.MINUTE)
            option = self.add_index_option(index.symbol, settings.option_root, Resolution.MINUTE)
        else:
            equity = self.add_equity(
                settings.underlying, Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW
            )
            option = self.add_option(equity.symbol, Resolution.MINUTE)
        strikes, nearest = settings.universe_strikes, settings.days_to_expiry
        option.set_filter(lambda u: u.include_weeklys().strikes(-strikes, strikes).expiration(nearest, nearest + 7))
        return option.symbol

    def on_data(self, slice: Slice) -> None:
        """Watch what is open, then look for entries once one is near."""
        if self.spreads.on_data(slice):
            self.spreads.guarded("entries", lambda: self._look_for_entries(slice))

    def _look_for_entries(self, slice: Slice) -> None:
        found, missed = self._windows.look(self.spreads.now)
        self.spreads.wake_at(self._windows.next)
        for window in missed:
            missing = f"no option chain came before {window.end:%H:%M}"
            self.log(f"no {window.side} entry at {window.start:%H:%M}: {missing}")
        for window in found:
            chain = slice.option_chains.get(self._canonical)
            if chain is not None:
                self._windows.use(window)
                self._enter(chain, window)

    def _enter(self, chain: OptionChain, window: Window) -> None:
        side = window.side
        if not self.spreads.first_time(f"entry {window.start:%Y-%m-%d %H:%M} {side}"):
            return
        symbols = {_listed(contract): contract.symbol for contract in chain}
        chosen = self._pick(list(symbols), Right(side))
        if isinstance(chosen, NoPick):
            self.log(f"no {side} spread: {chosen.reason}")
            return
        short, long = (symbols[Listed(Right(side), k, chosen.expiry)] for k in (chosen.short, chosen.long))
        self._open(side, chosen, short, long)

    def _pick(self, listed: list[Listed], right: Right) -> Pick | NoPick:
        settings = self._settings
        if settings.short_delta:
            listed = with_deltas(listed, self._file_deltas())
        expiry = nearest_expiry(listed, self.time.date(), settings.days_to_expiry)
        if expiry is None:
            return NoPick(f"no expiry {settings.days_to_expiry} or more days away is listed")
        underlying = decimal.Decimal(str(self.securities[self._canonical.underlying].price))
        return pick(listed, right, expiry, underlying, settings.width, settings.short_distance, settings.short_delta)

    def _file_deltas(self) -> dict[tuple[Right, decimal.Decimal, date], float]:
        """Deltas of the universe file of the previous session."""
        chain = self.option_chain(self._canonical)
        return {(c.right, c.strike, c.expiry): contract.greeks.delta for contract in chain for c in [_listed(contract)]}

    def _open(self, side: str, chosen: Pick, short: Symbol, long: Symbol) -> None:
        settings = self._settings
        legs = [(short, -1), (long, 1)]
        offer = self.spreads.check_entry(legs, settings.rules, settings.lots)
        lots = settings.lots
        if settings.risk_dollars:
            lots = lots_for(settings.risk_dollars, abs(chosen.short - chosen.long), offer.credit, 100)
        text = (
            f"{side} {float(chosen.short):g}/{float(chosen.long):g} {chosen.expiry} x{lots} credit {offer.credit:.2f}"
        )
        refusals = self.spreads.refusals(side, offer, settings.min_credit, lots)
        if refusals:
            self.log(f"no entry {text}: {'; '.join(refusals)}")
            return
        spread_id = self.spreads.next_id(side)
        if settings.entry_mode == "legged" or not self.spreads.takes_combos:
            self.spreads.open_legged(legs, lots, settings.rules, spread_id)
            return
        expiry = datetime(chosen.expiry.year, chosen.expiry.month, chosen.expiry.day)
        factory = OptionStrategies.bear_call_spread if side == "call" else OptionStrategies.bull_put_spread
        strategy = factory(self._canonical, float(chosen.short), float(chosen.long), expiry)
        self.spreads.expect(legs, lots, settings.rules, spread_id)
        tickets = self.buy(strategy, lots, False, f"{spread_id} entry: {text}")
        self.spreads.register(tickets, settings.rules, spread_id)

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Hand every event to the manager."""
        self.spreads.on_order_event(order_event)

    def on_warmup_finished(self) -> None:
        """Holdings and open orders have arrived: let the manager take up what an earlier process left."""
        self.spreads.on_warmup_finished()

    def on_command(self, data: Any) -> bool:
        """Commands sent while the algorithm runs live; docs/live.md lists them."""
        return self.spreads.on_command(data)

    def on_end_of_algorithm(self) -> None:
        """Let the manager write down what still stands."""
        self.spreads.on_end_of_algorithm()


def _brokerage(name: str) -> BrokerageName:
    """LEAN's name of a brokerage; looked up on use, because an older LEAN lacks the newest ones.

    Raises:
        BadSetting: This LEAN does not have it.
    """
    found: BrokerageName | None = getattr(BrokerageName, BROKERAGES[name], None)
    if found is None:
        raise BadSetting("brokerage", name, "a brokerage that this LEAN knows", "Update LEAN, or take another.")
    return found


def _listed(contract: OptionContract) -> Listed:
    right = Right.CALL if contract.right == OptionRight.CALL else Right.PUT
    return Listed(right, decimal.Decimal(str(contract.strike)), contract.expiry.date())
