"""docs/api.md from the docstrings: everything an algorithm of one's own calls, and every parameter.

    python -m reports.api_page [--write FILE]

Classes that need LEAN are read as source text, so that the page is made without it.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from spreads.book import BookSettings
from spreads.closing import ClosePolicy, ExitSettings
from spreads.confirmation import Confirmation, Grade
from spreads.guards import BookGuards
from spreads.quotes import QuoteLimits
from spreads.settings import DEFAULTS, Settings, parameter_name
from stop_rules import MENU, PARAMETERS, all_of, any_of, unless, until
from stop_rules import after as after_rule

PROJECT = Path(__file__).resolve().parent.parent
PARTS = (BookSettings, QuoteLimits, Confirmation, Grade, ExitSettings, ClosePolicy, BookGuards)
FORWARDED = ("on_data", "on_order_event", "on_warmup_finished", "on_command", "on_end_of_algorithm")
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns):$")


def class_node(path: Path, name: str) -> ast.ClassDef:
    """A class of a source file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def text_of(docstring: str | None, indent: str = "") -> list[str]:
    """A docstring as Markdown: sections become lists, the rest stays."""
    lines: list[str] = []
    in_section = False
    for line in inspect.cleandoc(docstring or "").splitlines():
        entry = re.fullmatch(r"    ([\w, *]+): (.*)", line)
        if SECTION.fullmatch(line):
            in_section = True
            lines += [f"{indent}{line.removesuffix(':')}:", ""]
        elif in_section and entry:
            lines.append(f"{indent}- `{entry[1]}`: {entry[2]}")
        elif in_section and line:
            lines.append(f"{indent}  {line.strip()}")
        else:
            lines.append(f"{indent}{line}".rstrip())
    return lines


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Public methods and properties, in order."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            yield each


def method_text(node: ast.FunctionDef) -> list[str]:
    """One method: its call and its docstring."""
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    if "property" in decorators:
        call = f"{node.name} -> {ast.unparse(node.returns) if node.returns else ''}"
    else:
        given = ast.unparse(node.args)
        given = re.sub(r"^(self|cls)(, )?", "", given)
        call = f"{node.name}({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")
    return [f"#### `{node.name}`", "", "```text", call, "```", "", *text_of(ast.get_docstring(node)), ""]


def class_text(path: Path, name: str, leave_out: tuple[str, ...] = ()) -> list[str]:
    """A class, its docstring and its public methods."""
    node = class_node(path, name)
    lines = [f"### {name}", "", *text_of(ast.get_docstring(node)), ""]
    for method in methods(node):
        if method.name not in leave_out:
            lines += method_text(method)
    return lines


def call_of(kind: Any) -> str:
    """`Name(setting, other=default)` of a class or function."""
    shown, keyword = [], False
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword:
            keyword = True
            shown.append("*")
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        default = "" if parameter.default is parameter.empty else f"={_default(kind, parameter)}"
        shown.append(f"{star}{parameter.name}{default}")
    return f"{kind.__name__}({', '.join(shown)})"


def _default(kind: Any, parameter: inspect.Parameter) -> str:
    value = parameter.default
    if is_dataclass(kind):
        made = next((f.default_factory for f in fields(kind) if f.name == parameter.name), None)
        if callable(made):
            return f"{getattr(made, '__name__', made)}()"
    if isinstance(value, timedelta):
        return f"timedelta(minutes={value / timedelta(minutes=1):g})"
    return repr(value.value) if isinstance(value, Enum) else repr(value)


def kind_text(kind: Any) -> list[str]:
    """A rule or a settings class: how it is written and what it does."""
    return [f"#### `{kind.__name__}`", "", "```text", call_of(kind), "```", "", *text_of(kind.__doc__), ""]


def parameter_rows() -> Iterator[tuple[str, str, str, str]]:
    """Every parameter: name, default, what is allowed, what it means."""
    for each in fields(Settings):
        if each.metadata:
            name = parameter_name(each.name)
            yield name, DEFAULTS[name], each.metadata["allowed"], each.metadata["help"]
    for name, (_, allowed) in PARAMETERS.items():
        yield name, DEFAULTS[name], "empty: off; or as told beside", allowed


def page() -> str:
    """The whole page."""
    lines = [
        "# Every public name",
        "",
        "Made from the docstrings by `make docs`; a test fails when it is out of date. How the pieces are used",
        "together: [adopt.md](adopt.md). Prices are net debits, dollars per share, positive = to be paid.",
        "",
        "## The manager",
        "",
        f"Forward to it from your algorithm: {', '.join(f'`{name}`' for name in FORWARDED)}.",
        "",
        *class_text(PROJECT / "spread_manager.py", "SpreadManager", ("guarded",)),
        *class_text(PROJECT / "spreads" / "net_orders.py", "NetOrders"),
        *class_text(PROJECT / "spreads" / "spread_tickets.py", "SpreadTicket", ("end",)),
        "### Spread",
        "",
        "What `register` returns. Read it; it changes by fills alone.",
        "",
        *text_of(ast.get_docstring(class_node(PROJECT / "spreads" / "spread.py", "Spread")))[2:],
        "",
        "## The rules",
        "",
        "From `stop_rules`. A rule of your own needs the same methods (`spreads/view.py`, `Rule`).",
        "",
    ]
    for kind in (*MENU, any_of, all_of, after_rule, until, unless):
        lines += kind_text(kind)
    lines += ["## How the book watches and closes", ""]
    for part in PARTS:
        lines += kind_text(part)
    lines += [
        "## Parameters of main.py",
        "",
        "In config.json, or as `--parameter name value`, which replaces all of config.json. All values are texts.",
        "",
        "| Parameter | Default | Allowed | Meaning |",
        "|---|---|---|---|",
    ]
    for name, default, allowed, meaning in parameter_rows():
        lines.append(f"| `{name}` | {f'`{default}`' if default else 'empty'} | {allowed} | {meaning} |")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print or write the page."""
    parser = argparse.ArgumentParser(prog="python -m reports.api_page", description="Make docs/api.md.")
    parser.add_argument("--write", type=Path, help="file to write instead of printing")
    options = parser.parse_args(arguments)
    if options.write:
        options.write.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
