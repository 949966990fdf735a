"""A page that needs no network and no other file: style, data, drawing library and script in one text."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from plotly.offline import get_plotlyjs

ASSETS = Path(__file__).with_name("assets")


def document(title: str, body: str, data: object) -> str:
    """The whole page. `data` holds `figures` (traces and layout by element id) and `spreads` (by spread id)."""
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    script = (ASSETS / "page.js").read_text(encoding="utf-8")
    # "<" never stands raw in the data, so no text in it can end the script element.
    facts = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{body}</main>"
        f'<script type="application/json" id="data">{facts}</script>'
        f"<script>{get_plotlyjs()}</script><script>{script}</script></body></html>"
    )
