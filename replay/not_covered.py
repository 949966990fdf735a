"""Members of QCAlgorithm the replay leaves out, by family, and what to use instead."""

from __future__ import annotations

from replay.naming import snake_case

INDICATORS = """
abands ad adosc adr adx adxr alma ao aroon atr b bb bop c cc cci cmf cmo d dch dema dpo emv fi frama g hma ibs
ichimoku iv kama kch kst lsma lwma macd mad mass max mfi min mom momp natr obv ppo psar r rc rma roc rocp rsi rvi
sortino sr stc std sto sum super_trend t3 tema tr trima trin trix tsi ultosc v var vortex vwap vwma wilr wwma identity
filtered_identity heikin_ashi register_indicator warm_up_indicator indicator_history plot_indicator
unregister_indicator deregister_indicator create_indicator_name
"""
CONSOLIDATORS = "consolidate resolve_consolidator create_consolidator"
FRAMEWORK = """
add_alpha set_alpha add_risk_management set_risk_management set_execution set_portfolio_construction
set_universe_selection add_universe_selection add_universe_options emit_insights universe universe_manager
"""
_HINTS = (
    (INDICATORS, "indicators are not re-enacted; work on self.history(...), a pandas frame"),
    (CONSOLIDATORS, "consolidators are not re-enacted; gather the bars of slices, or use self.history"),
    (FRAMEWORK, "the algorithm framework is not re-enacted; use add_option with set_filter, and send orders"),
)


def hint_for(name: str) -> str:
    """What a user who asked for `name` can do."""
    plain = snake_case(name)
    for names, hint in _HINTS:
        if plain in names.split():
            return hint
    return "the name is not known here; check its spelling"
