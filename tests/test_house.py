"""Who may know whom: the rooms of the project, read from the source text without running it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("spreads", "replay", "market", "reports", "bench", "tests", "docs")
SOURCES = sorted([*PROJECT.glob("*.py"), *(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))])
PURE = [path for path in SOURCES if path.name == "stop_rules.py" or path.is_relative_to(PROJECT / "spreads")]
TALKS_TO_LEAN = [path for path in SOURCES if path in (PROJECT / "main.py", PROJECT / "spread_manager.py")]
PRODUCT = PURE + TALKS_TO_LEAN
PRODUCT_NAMES = {"main", "spread_manager", "stop_rules", "spreads"}
LARGEST_FILE = 32 * 1024  # the cloud's limit for a file on its free tier
LONGEST_CLASS = 400  # lines; past that a class knows too much


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path), feature_version=(3, 11))


def imports(path: Path) -> Iterator[str]:
    """First part of the absolute name of every module the file imports anywhere, lazily too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = node.level > 0 and path.parent != PROJECT
            yield path.relative_to(PROJECT).parts[0] if inside else (node.module or "").partition(".")[0]


def offenders(paths: list[Path], forbidden: set[str]) -> list[str]:
    return [f"{name_of(path)} imports {name}" for path in paths for name in imports(path) if name in forbidden]


def room(name: str) -> list[Path]:
    return [path for path in SOURCES if path.is_relative_to(PROJECT / name)]


def test_replay_imports_nothing_of_the_project_but_itself() -> None:
    assert offenders(room("replay"), PRODUCT_NAMES | {"market", "reports"}) == []


def test_replay_names_nothing_of_the_product() -> None:
    ours = re.compile(r"spread_?manager|stop_rules|net.debit stop", re.IGNORECASE)
    assert [name_of(path) for path in room("replay") if ours.search(path.read_text(encoding="utf-8"))] == []


def test_product_imports_neither_replay_nor_market_nor_reports() -> None:
    assert offenders(PRODUCT, {"replay", "market", "reports", "tests"}) == []


def test_market_imports_neither_product_nor_replay() -> None:
    assert offenders(room("market"), PRODUCT_NAMES | {"replay", "reports"}) == []


def test_rules_and_spreads_import_only_the_standard_library_and_themselves() -> None:
    allowed = set(sys.stdlib_module_names) | {"spreads", "stop_rules"}
    foreign = [f"{name_of(path)} imports {name}" for path in PURE for name in imports(path) if name not in allowed]
    assert foreign == []


def test_main_and_manager_import_only_lean_the_standard_library_and_the_product() -> None:
    allowed = set(sys.stdlib_module_names) | PRODUCT_NAMES | {"AlgorithmImports"}
    foreign = [f"{name_of(p)} imports {name}" for p in TALKS_TO_LEAN for name in imports(p) if name not in allowed]
    assert foreign == []


def test_lean_is_known_in_main_and_manager_only() -> None:
    """Tests and benchmarks bring algorithms of their own."""
    free = (PROJECT / "tests", PROJECT / "bench")
    others = [p for p in SOURCES if p not in TALKS_TO_LEAN and not any(p.is_relative_to(room) for room in free)]
    assert offenders(others, {"AlgorithmImports", "QuantConnect", "System", "clr"}) == []


def test_main_has_exactly_one_algorithm() -> None:
    main = PROJECT / "main.py"
    if not main.exists():
        pytest.skip("main.py is not written yet")
    bases = [
        ast.unparse(base) for node in ast.walk(tree(main)) if isinstance(node, ast.ClassDef) for base in node.bases
    ]
    assert bases.count("QCAlgorithm") == 1


@pytest.mark.parametrize("path", TALKS_TO_LEAN, ids=name_of)
def test_exception_after_the_star_import_is_pythons_own(path: Path) -> None:
    """Images before August 2026 replace `Exception` by System.Exception in `from AlgorithmImports import *`."""
    body = list(ast.walk(tree(path)))
    used = any(isinstance(node, ast.Name) and node.id == "Exception" for node in body)
    starred = [n.lineno for n in body if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
    restored = [
        node.lineno
        for node in body
        if isinstance(node, ast.ImportFrom)
        and node.module == "builtins"
        and any(alias.name == "Exception" for alias in node.names)
    ]
    assert not used or not starred or (restored and max(restored) > max(starred)), (
        f"{path.name} uses Exception after the star import: add `from builtins import Exception` below it"
    )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_source_is_python_3_11_and_fits_the_cloud(path: Path) -> None:
    """LEAN compiles every .py of the project before it starts, with Python 3.11."""
    tree(path)
    assert path.stat().st_size < LARGEST_FILE


def test_no_class_of_the_product_grows_beyond_one_duty() -> None:
    files = [
        PROJECT / "main.py",
        PROJECT / "spread_manager.py",
        PROJECT / "stop_rules.py",
        *PROJECT.glob("spreads/*.py"),
    ]
    sizes = {
        f"{name_of(path)}:{node.name}": (node.end_lineno or 0) - node.lineno
        for path in files
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    }
    assert {name: size for name, size in sizes.items() if size > LONGEST_CLASS} == {}


def test_root_holds_nothing_that_lean_would_trip_over() -> None:
    """The root is sys.path[0] inside LEAN, which also pip-installs a requirements.txt it finds there."""
    names = {path.name for path in PROJECT.iterdir()}
    assert names & {"AlgorithmImports.py", "AlgorithmImports", "QuantConnect", "System", "requirements.txt"} == set()
    modules = {path.stem for path in PROJECT.glob("*.py")} | {path.name for path in PROJECT.iterdir() if path.is_dir()}
    assert modules & set(sys.stdlib_module_names) == set()
    assert [path.name for path in PROJECT.glob("*.html")] == []


def test_every_foreign_package_is_a_direct_dependency_of_its_room() -> None:
    """What a backtest imports must be in the run set's table, what tests and reports import in either."""
    run, _, dev = (PROJECT / "docs" / "dependencies.md").read_text(encoding="utf-8").partition("## To test")
    to_run = {name.lower().replace("_", "-") for name in re.findall(r"^\| `([\w.-]+)`", run, re.MULTILINE)}
    to_test = {name.lower().replace("_", "-") for name in re.findall(r"^\| `([\w.-]+)`", dev, re.MULTILINE)}
    ours = set(sys.stdlib_module_names) | PRODUCT_NAMES | set(ROOMS) | {"AlgorithmImports", "conftest"}
    undeclared = []
    for path in SOURCES:
        allowed = (
            to_run
            if path.is_relative_to(PROJECT / "replay") or path.is_relative_to(PROJECT / "market")
            else to_run | to_test
        )
        for name in set(imports(path)) - ours:
            if name.lower().replace("_", "-") not in allowed:
                undeclared.append(f"{name_of(path)} imports {name}")
    assert undeclared == []


def test_no_module_is_called_utils_or_helpers() -> None:
    assert [name_of(p) for p in SOURCES if p.stem in {"utils", "util", "helpers", "helper", "common", "misc"}] == []


def test_no_source_names_a_path_of_one_machine() -> None:
    absolute = re.compile(r"""["'](/(work|home|root|Users|mnt|opt)/|[A-Z]:\\\\)""")
    found = [
        f"{name_of(path)}:{number}"
        for path in SOURCES
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if absolute.search(line)
    ]
    assert found == []
