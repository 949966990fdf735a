"""``replay.run``: one algorithm over one data folder, as a library call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from replay.algorithm import creating
from replay.engine import Run, error_text
from replay.errors import DataError, ReplayError, UnsupportedAttribute
from replay.fault_plan import FaultPlan
from replay.faults import Faults
from replay.loader import algorithm_class, algorithm_module
from replay.object_store import ObjectStore
from replay.orders import Order, OrderEvent
from replay.shared import SharedBars
from replay.symbol import SymbolCache, set_map_file_lookup

Progress = Callable[[float], None]


@dataclass(slots=True)
class Result:
    """What a run leaves. ``state`` is ``Completed`` or ``RuntimeError``; lines are stamped in the algorithm's zone."""

    state: str
    algorithm: Any
    orders: list[Order]
    events: list[OrderEvent]
    log: list[str]
    debug: list[str]
    error: list[str]
    statistics: dict[str, str]
    runtime_statistics: dict[str, str]
    record: Any = None
    failure: ReplayError | None = None
    steps: int = 0
    equity: Decimal = Decimal(0)
    extra: dict[str, Any] = field(default_factory=dict)


def run(
    algorithm_path: str | Path,
    *,
    data_folder: str | Path,
    output: str | Path | None = None,
    parameters: dict[str, Any] | None = None,
    algorithm_class: str | None = None,
    object_store: str | Path | None = None,
    progress: Progress | None = None,
    faults: FaultPlan | None = None,
    after_step: Callable[[Run], None] | None = None,
    shared: SharedBars | None = None,
) -> Result:
    """Run an algorithm file over LEAN-format data; with ``output`` LEAN's result files are written there.

    ``faults`` makes things go wrong as planned; ``after_step`` is called with the engine after every step. Runs that
    are given the same ``shared`` decode each file once.

    Raises ReplayError (or its DataError, Unsupported) for what the replay cannot run; an exception of the algorithm
    itself ends the run with state RuntimeError. May be called any number of times in one process.
    """
    path, data = Path(algorithm_path), Path(data_folder)
    if not path.is_file():
        raise ReplayError(f"there is no algorithm file {path}; give the path of a .py file")
    if not data.is_dir():
        raise DataError(data, "is no folder", mend="give LEAN's data folder, the one that holds market-hours/")
    with tempfile.TemporaryDirectory() if object_store is None else _Plain(object_store) as storage:
        engine = prepared(data, parameters or {}, Path(storage), faults)
        engine.after_step = after_step
        engine.store.shared = shared
        return _run(engine, path, output, algorithm_class, progress)


def prepared(data: Path, parameters: dict[str, Any], storage: Path, faults: FaultPlan | None = None) -> Run:
    """An engine before its algorithm is made."""
    SymbolCache.clear()
    UnsupportedAttribute.forget()
    set_map_file_lookup(_map_lookup(data))
    engine = Run(data, {str(key): str(value) for key, value in parameters.items()}, ObjectStore(storage))
    if faults is not None:
        engine.faults = Faults(engine, faults)
    return engine


class _Plain:
    """A given folder in the place of a temporary one."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = str(folder)

    def __enter__(self) -> str:
        return self._folder

    def __exit__(self, *_: object) -> None:
        return None


def _run(
    engine: Run, path: Path, output: str | Path | None, class_name: str | None, progress: Progress | None
) -> Result:
    try:
        with algorithm_module(path) as module:
            kind = algorithm_class_of(module, path, class_name)
            state = execute(engine, kind, progress)
    finally:
        engine.store.close()
        creating(None)
    from replay.record import result_of

    return result_of(engine, kind.__name__, state, Path(output) if output is not None else None)


algorithm_class_of = algorithm_class


def _map_lookup(data: Path) -> Any:
    from datetime import date

    from replay.map_files import MapFiles

    return MapFiles(data, date.today()).first


def execute(engine: Run, kind: type[Any], progress: Progress | None = None) -> str:
    """Make the algorithm and run it to its end; returns the state of the run."""
    if not start(engine, kind):
        return "RuntimeError"
    engine.loop(progress)
    return finish(engine)


def start(engine: Run, kind: type[Any]) -> bool:
    """Make the algorithm and let it initialize; False when it raised."""
    creating(engine)
    engine.algorithm = kind()
    try:
        initialize = engine.handler_of("initialize")
        if initialize is not None:
            initialize()
    except ReplayError:
        raise
    except Exception as error:
        engine.messages.error(
            f"During the algorithm initialization, the following exception has occurred: {error_text(error)}"
        )
        engine.runtime_error = error
        engine.failed_to_start = True
        return False
    engine.initialized = True
    return True


def finish(engine: Run) -> str:
    """The algorithm's own end; returns the state of the run."""
    if engine.runtime_error is None:
        try:
            end = engine.handler_of("on_end_of_algorithm")
            if end is not None:
                end()
        except ReplayError:
            raise
        except Exception as error:
            engine.runtime_error = error
    if engine.runtime_error is not None:
        engine.messages.error(f"Runtime Error: {error_text(engine.runtime_error)}")
    if engine.quit and engine.runtime_error is None:
        engine.messages.log("Algorithm Stopped")
    return "Completed" if engine.runtime_error is None else "RuntimeError"
