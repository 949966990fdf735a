"""Writes docs/replay.md: what the replay covers and what proves it, and what it refuses, by name.

The covered part comes from `AREAS` (checked against the recordings where they are), the published figures and the test
modules' own first lines; the refused part from every `raise Unsupported(...)` in replay/. test_coverage.py fails when
the page is out of date.
"""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

from replay.not_covered import CONSOLIDATORS, FRAMEWORK, hint_for

from .test_published_figures import PUBLISHED

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "replay.md"

AREAS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Order types",
        (
            "market, limit, stop market, stop limit, trailing stop, limit if touched, market on open and on close, "
            "combo market, combo limit, combo leg limit, exercise; update, cancel, tags, time in force DAY, GTC and GTD"
        ),
        (
            "backstop_stop_orders",
            "combo_close_kinds",
            "combo_leg_limits",
            "combo_limit_ladder",
            "day_orders",
            "leg_limit_ladder",
            "order_tags",
            "ticket_life",
        ),
    ),
    (
        "Strategies",
        "every factory of OptionStrategies, bought or sold as one combo, and legs sent one by one",
        (
            "bear_call_round_trip",
            "bull_put_round_trip",
            "iron_condor",
            "legged_entry",
            "order_from_order_event",
            "spreads_sharing_a_leg",
            "state_inside_order_event",
            "stop_mid_goog",
            "stop_mid_spxw",
            "stop_natural_goog",
            "stop_natural_spxw",
            "strategy_week_goog",
            "strategy_week_spxw",
        ),
    ),
    (
        "Prices and fills",
        "sides of the book, inherited sides, fill-forward copies, stale prices, fills after the close",
        (
            "after_close_combo",
            "after_close_goog",
            "after_close_spxw",
            "contract_added_midday",
            "fill_forward_sides",
            "missing_bid_on_long_leg",
            "stale_quote_rests",
        ),
    ),
    (
        "Refusals",
        "checks before an order, their codes and messages, fees and order types of the brokerage models",
        ("brokerage_models_goog", "brokerage_models_spxw", "entry_leg_refused_undo", "order_refusals"),
    ),
    (
        "Margin and account",
        "option margin by position group, the check of orders, margin calls, portfolio, liquidate, set_holdings",
        (
            "liquidate_bull_put",
            "null_position_groups",
            "portfolio_numbers",
            "small_account_both_refused",
            "small_account_short_first",
        ),
    ),
    (
        "Expiry",
        "cash and physical settlement, early assignment, delistings, orders that rest until then",
        (
            "goog_early_assignment",
            "goog_physical_settlement",
            "resting_order_at_expiry",
            "spx_expiry_day_assignment",
            "spx_monthly_settlement",
            "spxw_cash_settlement",
        ),
    ),
    (
        "Time",
        "scheduled events and their place in a step, warm-up, time zones, resolutions, how a run ends",
        (
            "algorithm_errors",
            "schedule_and_on_data_order",
            "scheduled_stops_spxw",
            "time_zone_and_resolution",
            "warm_up_orders",
        ),
    ),
    (
        "Chains and data",
        "universe filters and re-selection, option_chain, history as data frames, Greeks of the pricing model",
        (
            "greeks_and_volatility",
            "option_chain_and_history",
            "universe_filters_goog",
            "universe_filters_index",
            "universe_reselection",
        ),
    ),
    (
        "Around it",
        "parameters, object store, charts, runtime statistics, log, debug and error lines with LEAN's limits",
        ("messages_and_statistics", "object_store_state", "typed_parameters"),
    ),
)
"""(area, what it holds, cases of the recordings that prove it)."""


REFUSALS = ("Unsupported", "Undetermined")


def refused() -> list[tuple[str, str]]:
    """(what, hint) of every refusal the replay raises, sorted; `{}` stands for what the run fills in."""
    found = set()
    for file in sorted((PROJECT / "replay").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                texts = [_text(argument) for argument in node.args]
                if texts and texts[0].strip("{}. "):
                    found.add((texts[0], texts[1] if len(texts) > 1 else ""))
    return sorted(found, key=lambda item: item[0].lower())


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return "{}"


def test_modules() -> list[tuple[str, str]]:
    """(file, first line of its docstring) of the replay's tests."""
    found = []
    for file in sorted((PROJECT / "tests" / "replay").glob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        line = (ast.get_docstring(tree) or "").split("\n")[0]
        found.append((file.name, line or ", ".join(_tests(tree)[:2])))
    return found


def _tests(tree: ast.Module) -> list[str]:
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return [node.name[5:].replace("_", " ") for node in functions if node.name.startswith("test_")]


def properties() -> list[str]:
    """Names of the tests that hypothesis feeds, as sentences."""
    found = []
    for file in sorted((PROJECT / "tests" / "replay").glob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any("given" in ast.unparse(d) for d in node.decorator_list):
                found.append(f"{node.name.removeprefix('test_').replace('_', ' ')} ({file.name})")
    return found


def page() -> str:
    """The whole page."""
    cases = sum(len(area[2]) for area in AREAS)
    lines = [
        "# What the replay covers",
        "",
        "Written by `make docs` from the tests and the code; a test fails when this page is out of date.",
        "",
        "`replay/` re-enacts LEAN's backtest for equities, indices and their options in USD, market `usa`. What is",
        "listed under *Refused* raises an error that names it; there is no silent guess.",
        "",
        "## Check it",
        "",
        '    make conformance                             # every recording of the real engine; ARGS="iron_condor"',
        "    python -m replay.compare RESULT_A RESULT_B   # two result folders, of LEAN or of the replay",
        "",
        "The recordings are looked for in `$LEAN_REFERENCE` and `$LEAN_DATA`, else in `../shared/reference` and",
        "`../shared/data`. `compare` prints the first difference in orders, events, equity and figures side by side;",
        "exit code 0 equal, 1 different, 2 unreadable. After a run `python -m replay` notes days and universe files it",
        "did not find (LEAN goes on without a word).",
        "",
        f"## Proved by recordings of the engine ({cases} cases)",
        "",
        "| Area | What | Cases |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {what} | {', '.join(f'`{case}`' for case in names)} |" for name, what, names in AREAS]
    lines += [
        "",
        f"## Proved by LEAN's published figures ({len(PUBLISHED)} algorithms)",
        "",
        "All statistics of LEAN's own regression algorithms, OrderListHash included; some of the columns:",
        "",
        "| Algorithm | Orders | End equity | Fees | OrderListHash |",
        "|---|---|---|---|---|",
    ]
    columns = ("Total Orders", "End Equity", "Total Fees", "OrderListHash")
    lines += [f"| {name} | {' | '.join(row[key] for key in columns)} |" for name, row in PUBLISHED.items()]
    lines += ["", "## Properties held under random input", ""]
    lines += [f"- {name}" for name in properties()]
    lines += ["", "## Tests by file", "", "| File | About |", "|---|---|"]
    lines += [f"| `{file}` | {about} |" for file, about in test_modules()]
    lines += [
        "",
        "## Refused",
        "",
        "`{}` stands for a name or value of the run. Any other member of a LEAN object that is missing raises too,",
        "with its name: `replay does not support Option.set_shortable_provider`.",
        "",
        "| What | Instead |",
        "|---|---|",
    ]
    lines += [f"| {_cell(what)} | {_cell(hint)} |" for what, hint in refused()]
    lines += ["| `self.{ema, sma, rsi, ...}` and every other indicator | " + hint_for("ema") + " |"]
    lines += [f"| `self.{name}` | {hint_for(name)} |" for name in CONSOLIDATORS.split()]
    lines += [f"| `self.{name}` | {hint_for(name)} |" for name in FRAMEWORK.split()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay.coverage")
    parser.add_argument("--write", type=Path, help="file to write")
    given = parser.parse_args()
    if given.write is None:
        sys.stdout.write(page())
    else:
        given.write.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
