"""From the state of a finished run to its result and files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from replay.benchmark import benchmark_values
from replay.errors import UnsupportedAttribute
from replay.interest_rates import InterestRates
from replay.missing_data import missing_data
from replay.order_json import order_list_hash
from replay.results import Results, RunRecord

if TYPE_CHECKING:
    from replay.engine import Run
    from replay.session import Result

ZERO = Decimal(0)
DAYS_FOR_STATISTICS = 4
"""Daily samples below which LEAN works out no ratios: it drops two and needs two more."""


def result_of(run: Run, name: str, state: str, output: Path | None) -> Result:
    """Statistics of the run, and LEAN's files when ``output`` is given."""
    from replay.session import Result

    portfolio, messages = run.portfolio, run.messages
    risk_free = _last_samples(run)
    record = _record(run, name, state, risk_free)
    statistics = {"OrderListHash": order_list_hash(())}
    if not run.failed_to_start:
        results = Results(record)
        statistics = dict(results.statistics)
        if output is not None:
            results.write(output)
    return Result(
        state=state,
        algorithm=run.algorithm,
        orders=[run.orders.orders[i] for i in sorted(run.orders.orders)],
        events=run.orders.events,
        log=messages.of("log"),
        debug=messages.of("debug"),
        error=messages.of("error"),
        statistics=statistics,
        runtime_statistics=dict(run.runtime_statistics),
        record=record,
        failure=run.failure,
        steps=run.steps,
        equity=portfolio.exact_value,
        extra={"missing": missing_data(run) + _missed_attributes()},
    )


def _missed_attributes() -> list[str]:
    return [
        f"the algorithm asked for {name}, which replay does not have, and went on without it; LEAN may go another way"
        for name in UnsupportedAttribute.missed()
    ]


def _record(run: Run, name: str, state: str, risk_free: float) -> RunRecord:
    portfolio = run.portfolio
    holdings = [security.holdings for security in run.securities.values()]

    def total(field: str) -> Any:
        return sum((getattr(holding, field) for holding in holdings), ZERO)

    value = portfolio.exact_value
    return RunRecord(
        name=name,
        status=state,
        start=run.start_date,
        end=run.end_date if not run.failed_to_start else run.time,
        utc=run.utc,
        orders=run.orders.orders,
        events=run.orders.events,
        charts=run.charts,
        messages=run.messages,
        trades=run.trade_builder.closed,
        transactions=portfolio.transaction_record,
        start_equity=run.start_equity,
        equity=value,
        fees=total("exact_fees"),
        net_profit=total("exact_net_profit"),
        unrealized=total("exact_unrealized"),
        holdings_value=value - portfolio.exact_cash,
        volume=total("exact_sales"),
        total_orders=run.orders.total_orders,
        capacity=run.capacity.value,
        lowest_capacity=str(run.capacity.lowest.id) if run.capacity.lowest is not None else "",
        risk_free=risk_free,
        runtime_statistics=run.runtime_statistics,
        summary_statistics=run.summary_statistics,
        parameters=run.parameters,
        error=error_of(run),
        stack_trace=trace_of(run),
    )


def _last_samples(run: Run) -> float:
    """The samples at the end of a run and the benchmark behind all of them; gives the average risk-free rate."""
    if run.sampler is None or run.warming_up:
        return 0.0
    run.sampler.day(run.utc)
    run.sampler.step(run.utc, force=True)
    _last_capacity(run)
    equity = run.charts.series("Strategy Equity", "Equity")
    benchmark = run.charts.series("Benchmark", "Benchmark")
    if equity is None or benchmark is None or len(benchmark.values) < DAYS_FOR_STATISTICS:
        return 0.0
    if run.brokerage.has_benchmark and run.benchmark is not None:
        times = [point[0] for point in benchmark.values]
        benchmark.values.clear()
        for time, value in zip(times, benchmark_values(run.store.root, run.benchmark, times), strict=True):
            benchmark.add_point(time, value)
    rates = InterestRates(run.store.root)
    days = [point[0].date() for point in equity.values]
    return sum(rates.rate(day) for day in days) / len(days)


def _last_capacity(run: Run) -> None:
    """Snapshots at the end of the algorithm and when the results are written; a failed run has the latter alone."""
    if run.runtime_error is None:
        run.capacity.step(force=True)
    run.capacity.step(force=True)


def error_of(run: Run) -> str:
    """The text of the runtime error, empty without one."""
    return "" if run.runtime_error is None else str(run.runtime_error)


def trace_of(run: Run) -> str:
    """Where the algorithm's own code raised, innermost call last; the replay's frames are left out."""
    if run.runtime_error is None:
        return ""
    own = Path(__file__).resolve().parent
    frames = extract_tb(run.runtime_error.__traceback__)
    lines = (f"at {f.name} in {f.filename}: line {f.lineno}" for f in frames if own not in Path(f.filename).parents)
    return "\n".join(lines)
