"""The folder's mark: synthetic data never mix with a user's own, and are made again only when something changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from market.errors import MarketError

MARK = "SYNTHETIC.json"


def digest(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(root: Path) -> list[str]:
    """Every file below a folder but the mark, as sorted paths with forward slashes."""
    found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return sorted(name for name in found if name != MARK)


def fingerprint(root: Path) -> str:
    """Hash of what the files say, zips unpacked: equal on every machine, whatever its compressor."""
    total = hashlib.sha256()
    for name in files(root):
        total.update(f"{name}\n".encode())
        if name.endswith(".zip"):
            with zipfile.ZipFile(root / name) as archive:
                for member in archive.namelist():
                    total.update(f"{member}\n".encode() + archive.read(member))
        else:
            total.update((root / name).read_bytes())
    return total.hexdigest()


def sources() -> str:
    """Hash of this package's code, so that a changed generator makes its market anew."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.read_text(encoding="utf-8").encode())
    return total.hexdigest()


def read_mark(root: Path) -> dict[str, Any] | None:
    """The folder's mark, or None when it has none."""
    path = root / MARK
    if not path.is_file():
        return None
    try:
        mark = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise MarketError(f"{path} cannot be read ({error}); delete the folder {root} and make it again") from None
    if not isinstance(mark, dict) or mark.get("synthetic") is not True or not isinstance(mark.get("files"), dict):
        raise MarketError(f"{path} is not a mark this program wrote; choose another --output")
    return mark


def damage(root: Path, mark: Mapping[str, Any]) -> str | None:
    """What is wrong with the folder's files, or None when each is there and as it was written."""
    for name, expected in mark["files"].items():
        path = root / name
        if not path.is_file():
            return f"{name} is missing"
        if digest(path) != expected:
            return f"{name} is not as it was written"
    return None


def check_writable(root: Path) -> dict[str, Any] | None:
    """The mark of a folder that may be written, None when it is new or empty; a MarketError for any other folder."""
    if root.exists() and not root.is_dir():
        raise MarketError(f"--output {root} is a file; name a folder")
    mark = read_mark(root) if root.is_dir() else None
    if mark is None:
        if root.is_dir() and any(root.iterdir()):
            raise MarketError(
                f"--output {root} holds files and no {MARK}, so its data may be real; synthetic data are never mixed "
                "with them: name a folder that is new, empty or marked synthetic"
            )
        return None
    strange = [name for name in files(root) if name not in mark["files"]]
    if strange:
        raise MarketError(
            f"--output {root} is marked synthetic but holds {strange[0]!r}, which this program did not write; "
            "move it away or name another folder"
        )
    return mark


def build(root: Path, facts: Mapping[str, Any], write: Callable[[Path], None]) -> dict[str, Any]:
    """Write a market beside `root` with `write`, mark it, and only then put it in place; returns the mark.

    `facts` are what the mark tells besides the files. Call `check_writable` before.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{root.name}-", dir=root.parent) as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        write(fresh)
        mark = {
            "synthetic": True,
            **facts,
            "fingerprint": fingerprint(fresh),
            "files": {name: digest(fresh / name) for name in files(fresh)},
        }
        (fresh / MARK).write_bytes((json.dumps(mark, indent=2) + "\n").encode())
        if root.exists():
            shutil.move(root, Path(scratch) / "old")
        shutil.move(fresh, root)
    return mark
