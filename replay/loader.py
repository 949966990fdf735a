"""Loads an algorithm file: fresh modules for every run, and exactly one algorithm class."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from replay.algorithm import QCAlgorithm
from replay.api import algorithm_imports
from replay.errors import ReplayError
from replay.foreign_names import dotnet_namespaces


@contextmanager
def algorithm_module(path: Path) -> Iterator[ModuleType]:
    """Import ``path`` with its folder first on the path; modules of that folder are forgotten before and after.

    A module of another folder that has the name of one of this folder (two checkouts of one project) is put aside
    meanwhile, or the algorithm would be given the wrong one.
    """
    folder = path.resolve().parent
    kept = _forget(folder)
    before = sys.modules.get("AlgorithmImports")
    sys.modules["AlgorithmImports"] = algorithm_imports([path, *_siblings(path)])
    sys.path.insert(0, str(folder))
    name = path.stem if path.stem.isidentifier() else "algorithm"
    shadowed = sys.modules.pop(name, None)
    try:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ReplayError(f"{path} cannot be loaded as Python; give the path of a .py file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        with dotnet_namespaces():
            _execute(module, spec.loader, path)
            yield module
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)
        _forget(folder)
        sys.modules.update(kept)
        if shadowed is not None:
            sys.modules[name] = shadowed
        if before is not None:
            sys.modules["AlgorithmImports"] = before
        else:
            sys.modules.pop("AlgorithmImports", None)


def _execute(module: ModuleType, loader: Loader, path: Path) -> None:
    """Run the module's own code; what it raises is named with its place instead of a traceback."""
    try:
        loader.exec_module(module)
    except ReplayError:
        raise
    except SyntaxError as error:
        raise ReplayError(
            f"{path} cannot be loaded: {error.msg} in {error.filename} line {error.lineno}: "
            f"{(error.text or '').strip()!r}; correct the line"
        ) from error
    except Exception as error:
        frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
        raise ReplayError(
            f"{path} cannot be loaded: {type(error).__name__}: {error}, raised in {frames[-1].filename} line "
            f"{frames[-1].lineno}; correct the line, or install what it imports"
        ) from error


def _siblings(path: Path) -> list[Path]:
    """Modules beside the algorithm that import LEAN's names too."""
    found = [file for file in path.parent.glob("*.py") if file != path]
    source = path.read_text(encoding="utf-8", errors="replace")
    return [file for file in found if file.stem in source]


def _forget(folder: Path) -> dict[str, ModuleType]:
    """Take the modules of the algorithm's project out of ``sys.modules``; the replay and installed packages stay."""
    own = Path(__file__).resolve().parent
    names = {file.stem for file in folder.glob("*.py")} | {file.parent.name for file in folder.glob("*/*.py")}
    found = {}
    for name, module in list(sys.modules.items()):
        file, top = getattr(module, "__file__", None), name.split(".")[0]
        if not file or top in ("__main__", "replay", "tests", "conftest") or top in sys.stdlib_module_names:
            continue
        place = Path(file)
        inside = folder in place.parents and own not in place.parents
        if (inside or top in names) and "site-packages" not in place.parts:
            found[name] = sys.modules.pop(name)
    return found


def algorithm_class(module: ModuleType, path: Path, name: str | None) -> type[Any]:
    """The one class that derives from QCAlgorithm, or the one named."""
    found = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, QCAlgorithm) and value is not QCAlgorithm
    }
    own = {key: value for key, value in found.items() if value.__module__ == module.__name__}
    if name is not None:
        if name not in found:
            known = ", ".join(found) or "none"
            raise ReplayError(f"{path} has no algorithm class {name!r}; it has: {known}")
        return found[name]
    if len(own) != 1:
        known = ", ".join(own) or "none"
        raise ReplayError(
            f"{path} must have exactly one class that derives from QCAlgorithm, it has: {known}; "
            "name one with --algorithm-class"
        )
    return next(iter(own.values()))
