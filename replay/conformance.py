"""``python -m replay.conformance [CASE ...]``: replay recorded runs of the real engine and compare them.

Prints one row per recording: equal, or the first difference side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replay.errors import ReplayError
from replay.matching_records import Difference, first_difference

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 96


@dataclass(frozen=True)
class Recording:
    """One recorded run: ``case`` names the folder, ``variant`` the parameters (empty for none)."""

    case: str
    variant: str
    algorithm: Path
    expected: Path

    @property
    def name(self) -> str:
        """``case`` or ``case:variant``."""
        return f"{self.case}:{self.variant}" if self.variant else self.case


def folder(variable: str, sibling: str) -> Path | None:
    """A folder named by an environment variable, else beside the checkout; None when there is none."""
    given = os.environ.get(variable)
    found = Path(given) if given else ROOT.parent / "shared" / sibling
    return found if found.is_dir() else None


def recordings(reference: Path, cases: Sequence[str] = ()) -> Iterator[Recording]:
    """All recordings, or those of the named cases (``case`` or ``case:variant``)."""
    for algorithm in sorted(reference.glob("*/algorithm.py")):
        for expected in sorted(algorithm.parent.glob("expected*.json")):
            found = Recording(algorithm.parent.name, expected.stem[len("expected-") :], algorithm, expected)
            if not cases or found.case in cases or found.name in cases:
                yield found


def compare(recording: Recording, data: Path) -> Difference | None:
    """Replay one recording; None when everything is equal."""
    from replay.session import run

    expected: dict[str, Any] = json.loads(recording.expected.read_text(encoding="utf-8"))
    try:
        result = run(recording.algorithm, data_folder=data, parameters=expected["parameters"])
    except ReplayError as error:
        return Difference("run", expected["end_state"], f"{type(error).__name__}: {error}")
    except Exception as error:
        return Difference("crash", expected["end_state"], f"{type(error).__name__}: {error}")
    return first_difference(expected, result)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when all recordings are equal, 2 when there are none."""
    parser = argparse.ArgumentParser(prog="python -m replay.conformance", description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help="case or case:variant; all without any")
    parser.add_argument("--reference", type=Path, default=folder("LEAN_REFERENCE", "reference"))
    parser.add_argument("--data", type=Path, default=folder("LEAN_DATA", "data"))
    given = parser.parse_args(arguments)
    if given.reference is None or given.data is None:
        print("no recordings: set LEAN_REFERENCE and LEAN_DATA, or give --reference and --data", file=sys.stderr)
        return 2
    found = list(recordings(given.reference, given.cases))
    if not found:
        print(f"no recordings below {given.reference} match {' '.join(given.cases)}", file=sys.stderr)
        return 2
    width = max(len(recording.name) for recording in found)
    equal, start = 0, time.perf_counter()
    for recording in found:
        difference = compare(recording, given.data)
        equal += difference is None
        print(f"{recording.name:<{width}}  {'equal' if difference is None else 'DIFFERENT: ' + difference.where}")
        if difference is not None:
            print(f"    recorded  {difference.expected[: WIDTH * 3]}")
            print(f"    replayed  {difference.actual[: WIDTH * 3]}")
    print(f"{equal} of {len(found)} recordings equal in {time.perf_counter() - start:.1f} s")
    return 0 if equal == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
