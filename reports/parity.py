"""The whole of `make parity`: one backtest by the real LEAN, one by replay, compared order for order.

    python -m reports.parity [--data-folder DIR]

Needs Docker and LEAN's command line; says which of them is missing. The data are the synthetic market, so that
everybody compares the same run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from reports.backtest import PROJECT, SYNTHETIC, Stopped, new_result_folder, run_step

LEAN = Path(sys.executable).with_name("lean")
LEAN_CONFIG = "lean.synthetic.json"


def answers(*command: str) -> str | None:
    """None when the command runs; otherwise the last line it said."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (ended.stderr or ended.stdout).strip().splitlines() or ["it said nothing"]
    return None if ended.returncode == 0 else said[-1]


def missing() -> list[str]:
    """What the real LEAN lacks on this machine, each with what to do; empty when it can run."""
    found = []
    if shutil.which("docker") is None:
        found.append("Docker is not installed. LEAN runs in its image: docs.docker.com/get-docker")
    elif said := answers("docker", "info"):
        found.append(f"Docker does not run: {said}. Start it, and see that you may use it (`docker info`).")
    if not LEAN.exists():
        found.append("LEAN's command line is not installed: make venv")
    elif said := answers(str(LEAN), "--version"):
        found.append(f"LEAN's command line does not run: {said}. Its first start needs a network.")
    return found


def parity() -> None:
    """Run both engines and compare.

    Raises:
        Stopped: One of them failed, or they differ.
        OSError: The results cannot be written.
    """
    data_folder = str(PROJECT / SYNTHETIC)
    run_step("market", "--output", data_folder)
    folder = new_result_folder(PROJECT / "backtests", datetime.now())
    by_lean, by_replay = folder / "lean", folder / "replay"
    command = [str(LEAN), "backtest", ".", "--lean-config", LEAN_CONFIG, "--output", str(by_lean)]
    ended = subprocess.run(command, cwd=PROJECT, check=False)
    if ended.returncode != 0:
        raise Stopped(ended.returncode)
    run_step("replay", "main.py", "--data-folder", data_folder, "--output", str(by_replay))
    run_step("replay.compare", str(by_lean), str(by_replay))


def main() -> int:
    """The command: 0 when both agree, 2 when the real LEAN cannot run here, else the exit code of what failed."""
    lacking = missing()
    if lacking:
        print("The real LEAN cannot run here, so there is nothing to compare with:", file=sys.stderr)
        for reason in lacking:
            print(f"  {reason}", file=sys.stderr)
        return 2
    try:
        parity()
    except Stopped as stopped:
        return stopped.exit_code
    except OSError as error:
        print(f"backtests/: {error.strerror}. The comparison writes its results there.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
