"""``Color``: the colours of chart series, by .NET's names (System.Drawing.Color), which are those of CSS."""

from __future__ import annotations

from typing import Any

from replay.errors import UnsupportedAttribute
from replay.naming import LeanObject, snake_case

_KNOWN = {
    "BLACK": 0x000000,
    "BLUE": 0x0000FF,
    "BROWN": 0xA52A2A,
    "CRIMSON": 0xDC143C,
    "CYAN": 0x00FFFF,
    "DARK_BLUE": 0x00008B,
    "DARK_GREEN": 0x006400,
    "DARK_ORANGE": 0xFF8C00,
    "DARK_RED": 0x8B0000,
    "GOLD": 0xFFD700,
    "GRAY": 0x808080,
    "GREEN": 0x008000,
    "INDIGO": 0x4B0082,
    "LIGHT_BLUE": 0xADD8E6,
    "LIGHT_GRAY": 0xD3D3D3,
    "LIGHT_GREEN": 0x90EE90,
    "LIME": 0x00FF00,
    "MAGENTA": 0xFF00FF,
    "NAVY": 0x000080,
    "OLIVE": 0x808000,
    "ORANGE": 0xFFA500,
    "PINK": 0xFFC0CB,
    "PURPLE": 0x800080,
    "RED": 0xFF0000,
    "SILVER": 0xC0C0C0,
    "TEAL": 0x008080,
    "TURQUOISE": 0x40E0D0,
    "VIOLET": 0xEE82EE,
    "WHITE": 0xFFFFFF,
    "YELLOW": 0xFFFF00,
}


class _Named(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = _KNOWN.get(snake_case(name).upper(), _KNOWN.get(name.upper()))
        if value is None:
            raise UnsupportedAttribute(f"Color.{name}", "use Color.from_argb(red, green, blue)")
        return Color(value)


class Color(LeanObject, metaclass=_Named):
    """A colour of red, green and blue from 0 to 255 each; its text is that of a chart's file, ``#FF0000``."""

    def __init__(self, value: int) -> None:
        self._value = value

    @staticmethod
    def from_argb(*parts: int) -> Color:
        """(red, green, blue), or with the opacity first, which charts leave out."""
        red, green, blue = parts[-3:]
        return Color(red << 16 | green << 8 | blue)

    r = property(lambda self: self._value >> 16)
    g = property(lambda self: self._value >> 8 & 255)
    b = property(lambda self: self._value & 255)

    def __str__(self) -> str:
        return f"#{self._value:06X}"
