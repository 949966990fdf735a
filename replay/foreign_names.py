"""Names an algorithm uses that the replay does not have: they load, and say so when they are used.

``import clr`` and ``from QuantConnect... import ...`` give the names of AlgorithmImports, as LEAN's .NET bridge does.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from replay.errors import Unsupported

_ROOTS = ("clr", "QuantConnect", "System")


class _MissingType(type):
    """Metaclass of placeholders: every use but the mere mention raises."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"{cls.__name__}.{name}")

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise Unsupported(cls.__name__)


def missing(name: str) -> type[Any]:
    """A stand-in for a LEAN class; fine in an annotation, Unsupported when called or read."""
    return _MissingType(name, (), {})


def unknown_names(path: Path, known: set[str]) -> set[str]:
    """Capitalised names a file reads but neither defines nor gets from AlgorithmImports."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except (SyntaxError, OSError, UnicodeDecodeError):
        return set()
    read: set[str] = set()
    bound = set(known) | set(vars(builtins))
    stars = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            stars |= node.module == "AlgorithmImports" and any(alias.name == "*" for alias in node.names)
    return {name for name in read - bound if name[:1].isupper()} if stars else set()


class _DotNet(ModuleType):
    """A namespace of LEAN: its members are those of AlgorithmImports."""

    __path__ = []  # noqa: RUF012 - a package's search path, empty

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "clr":
            return lambda *_: None
        found = getattr(sys.modules["AlgorithmImports"], name, None)
        return missing(name) if found is None else found


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds namespaces of LEAN and .NET."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".")[0] not in _ROOTS:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _DotNet(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__all__"] = []


@contextmanager
def dotnet_namespaces() -> Iterator[None]:
    """Make ``clr``, ``QuantConnect`` and ``System`` importable."""
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in list(sys.modules):
            if name.split(".")[0] in _ROOTS and isinstance(sys.modules[name], _DotNet):
                del sys.modules[name]
