"""What data a run was made on: a short text that changes when the data folder does."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from .rows import code_digest

RUN_FILE = "run.json"
LEAN_FILE = "config"  # where the lean command looks for the id of a run, which is the name of its result file
PROJECT = Path(__file__).resolve().parent.parent
PRODUCT = ("spreads",)
SYNTHETIC_MARK = "SYNTHETIC.json"
MOST_FILES = 200_000


def fingerprint(data_folder: Path) -> str:
    """The synthetic market's own fingerprint; else a digest of every file's path and size; empty past `MOST_FILES`.

    Sizes instead of contents, because a user's folder may hold terabytes: it shows another subscription, a day
    added or a file cut short, not one changed price.
    """
    mark = data_folder / SYNTHETIC_MARK
    if mark.exists():
        try:
            return str(json.loads(mark.read_text(encoding="utf-8"))["fingerprint"])[:12]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
    entries: list[str] = []
    for folder, folders, files in os.walk(data_folder):
        folders.sort()
        here = Path(folder)
        entries += [
            f"{(here / name).relative_to(data_folder).as_posix()} {(here / name).stat().st_size}" for name in files
        ]
        if len(entries) > MOST_FILES:
            return ""
    return hashlib.sha256("\n".join(sorted(entries)).encode()).hexdigest()[:12]


def data_facts(data_folder: Path) -> dict[str, str]:
    """The folder's name, never its path, and its fingerprint."""
    kind = "synthetic" if (data_folder / SYNTHETIC_MARK).exists() else "user's own"
    return {"data": f"{data_folder.name} ({kind})", "fingerprint": fingerprint(data_folder)}


def write_run_file(folder: Path, data_folder: Path) -> None:
    """Note in a results folder which code and data it was made with."""
    facts = {**data_facts(data_folder), "code": code_digest(PROJECT, PRODUCT)}
    (folder / RUN_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    for summary in folder.glob("*-summary.json"):
        identity = {"id": summary.name.removesuffix("-summary.json")}
        (folder / LEAN_FILE).write_text(json.dumps(identity) + "\n", encoding="utf-8")


def code_of(folder: Path) -> str:
    """Digest of the copy of the code that `lean backtest` leaves in its results; empty when there is none."""
    try:
        return code_digest(folder / "code", PRODUCT)
    except OSError:
        return ""


def read_run_file(folder: Path) -> dict[str, str]:
    """The note, empty when there is none."""
    try:
        facts = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in facts.items()} if isinstance(facts, dict) else {}
