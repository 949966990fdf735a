"""Small pieces of HTML; every text is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from spreads.money import money

from .reconcile import cash_text, usd


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text; `style` is a class name: number, name, words, gain, loss."""

    text: str
    style: str = ""


def price(ticks_per_share: float | None) -> Cell:
    """A price per share in dollars."""
    return Cell("–" if ticks_per_share is None else money(round(ticks_per_share)), "number")


def cash(amount: int | None, coloured: bool = True) -> Cell:
    """Money in dollars from 1/10000 dollars."""
    if amount is None:
        return Cell("unknown", "number")
    tone = " gain" if coloured and amount > 0 else " loss" if coloured and amount < 0 else ""
    return Cell(cash_text(usd(amount)), f"number{tone}")


def duration(seconds: float | None) -> Cell:
    """A duration in the unit that fits."""
    if seconds is None:
        return Cell("–", "number")
    whole = round(seconds)
    if whole < 60:
        return Cell(f"{whole} s", "number")
    if whole < 3600:
        return Cell(f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else ""), "number")
    return Cell(f"{whole // 3600} h {whole % 3600 // 60:02d} min", "number")


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Sequence[int] = ()) -> str:
    """A table that scrolls sideways on narrow screens; `numbers` are the right-aligned columns."""
    head = "".join(
        f'<th class="number">{escape(heading)}</th>' if index in numbers else f"<th>{escape(heading)}</th>"
        for index, heading in enumerate(headings)
    )
    body = "".join(f"<tr>{''.join(_td(cell) for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title: str, *parts: str, identity: str = "") -> str:
    """A titled box."""
    name = f' id="{escape(identity)}"' if identity else ""
    return f"<section{name}><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def paragraph(text: str, style: str = "") -> str:
    """A paragraph."""
    return f"<p{_class(style)}>{escape(text)}</p>"


def terms(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and what they are."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def tile(value: str, label: str, style: str = "") -> str:
    """One figure with its label."""
    return f'<div class="tile"><b{_class(style)}>{escape(value)}</b><span>{escape(label)}</span></div>'


def _td(cell: Cell) -> str:
    return f"<td{_class(cell.style)}>{escape(cell.text)}</td>"


def _class(style: str) -> str:
    return f' class="{escape(style)}"' if style else ""
