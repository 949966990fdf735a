"""Both spellings of LEAN's Python API: snake_case, and the older PascalCase."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar

from replay.errors import Unsupported, UnsupportedAttribute

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MISSING = object()


@cache
def snake_case(name: str) -> str:
    """``OnOrderEvent`` -> ``on_order_event``; a name that is snake_case already comes back unchanged."""
    return _HUMP.sub("_", name).lower() if not name.islower() else name


@cache
def pascal_case(name: str) -> str:
    """``on_order_event`` -> ``OnOrderEvent``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def own(algorithm: Any, name: str) -> Any:
    """LEAN's method of an algorithm, also where the algorithm's class or object uses the name for something else."""
    base = next(cls for cls in type(algorithm).__mro__ if cls.__module__ == "replay.algorithm")
    return getattr(base, name).__get__(algorithm)


class _Alias:
    """The PascalCase spelling of a writable attribute."""

    __slots__ = ("_target",)

    def __init__(self, target: str) -> None:
        self._target = target

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return getattr(owner if instance is None else instance, self._target)

    def __set__(self, instance: Any, value: Any) -> None:
        setattr(instance, self._target, value)


class LeanObject:
    """Base of every object an algorithm touches.

    Reading a PascalCase name gives the snake_case attribute. Writing one works for settable properties, slots and
    annotated attributes. Static and class methods have both spellings.
    A name that exists in neither spelling raises ``UnsupportedAttribute`` naming it.
    """

    __slots__ = ()
    lean_name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        writable = [name for name, value in vars(cls).items() if getattr(value, "fset", None) or _is_slot(value)]
        writable += list(vars(cls).get("__annotations__", ()))
        writable += [name for name, value in vars(cls).items() if isinstance(value, (staticmethod, classmethod))]
        for name in writable:
            spelled = pascal_case(name)
            if not name.startswith("_") and spelled != name and spelled not in vars(cls):
                setattr(cls, spelled, _Alias(name))

    def __str__(self) -> str:
        raise Unsupported(f"the text of a {type(self).lean_name or type(self).__name__}", "print its properties")

    def to_string(self) -> str:
        """The text of the object."""
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name[:1] != "_" and name[:1].isupper():
            value = getattr(self, snake_case(name), _MISSING)
            if value is not _MISSING:
                return value
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        owner = type(self).lean_name or type(self).__name__
        raise UnsupportedAttribute(f"{owner}.{name}", "the name is not known here; check its spelling")


def _is_slot(value: Any) -> bool:
    return type(value).__name__ == "member_descriptor"
