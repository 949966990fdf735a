"""docs/api.md says what the code says."""

from __future__ import annotations

import re

from reports.api_page import PROJECT, page
from spreads.settings import DEFAULTS
from stop_rules import MENU


def test_api_page_is_what_the_docstrings_say() -> None:
    assert (PROJECT / "docs" / "api.md").read_text(encoding="utf-8") == page(), "docs/api.md is out of date: make docs"


def test_api_page_has_every_rule_and_every_parameter_once() -> None:
    text = page()
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == list(DEFAULTS)
    for kind in MENU:
        assert text.count(f"#### `{kind.__name__}`\n") == 1


def test_no_public_name_of_the_page_lacks_its_explanation() -> None:
    bare = re.findall(r"^#### `(\w+)`\n\n```text\n[^\n]*\n```\n\n(?=#)", page(), re.MULTILINE)
    assert bare == []
