"""What a whole process takes: wall time, its own CPU time, and the most memory it held."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one process: seconds from start to finish, seconds of CPU (children that ended included), megabytes."""

    wall: float
    cpu: float
    memory: float


class Failed(Exception):
    """A measured command failed; the text has its last lines."""


def once(arguments: Sequence[str]) -> Usage:
    """Run ``python arguments`` in the project's folder.

    Raises:
        Failed: It ended with another code than 0.
    """
    began = time.perf_counter()
    # a warm run must have left its compiled files, whatever the caller's shell says of them
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    peak = [0.0]
    watcher = threading.Thread(target=_watch_memory, args=(process.pid, peak), daemon=True)
    watcher.start()
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise Failed(f"python {' '.join(arguments)} ended with {process.returncode}: {said.decode()[-500:]}")
    memory = peak[0] or used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Usage(wall, used.ru_utime + used.ru_stime, memory)


def _watch_memory(pid: int, peak: list[float]) -> None:
    """Follow Linux's own high-water mark in megabytes: the one `wait4` gives starts with the parent's memory."""
    status = Path(f"/proc/{pid}/status")
    while True:
        try:
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        except (OSError, StopIteration):
            return
        peak[0] = int(line.split()[1]) / 1024
        time.sleep(0.01)


def median_of(arguments: Sequence[str], times: int) -> Usage:
    """Medians of several runs after one that warms the disk's and Python's caches."""
    runs = [once(arguments) for _ in range(times + 1)][1:]
    return Usage(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "memory")))


def gain_of_two() -> float:
    """How much sooner two processes of bare arithmetic end together than one after the other: what the cores allow."""
    spin = ["-c", "sum(i * i % 7 for i in range(10_000_000))"]
    alone = once(spin).wall + once(spin).wall
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(once, [spin, spin]))
    return alone / (time.perf_counter() - began)


def replay_arguments(algorithm: Path | str, data: Path, **parameters: object) -> list[str]:
    """Arguments of ``python`` that replay an algorithm."""
    words = [word for name, value in parameters.items() for word in ("--parameter", name, str(value))]
    return ["-m", "replay", str(algorithm), "--data-folder", str(data), "--quiet", *words]
