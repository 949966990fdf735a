"""Errors a user can mend."""

from __future__ import annotations


class BadSetting(ValueError):
    """A setting, command or argument that cannot be used; nothing was ordered because of it.

    The text names the field, its value, what is allowed and how to mend it.
    """

    def __init__(self, field: str, value: object, allowed: str, mend: str = "") -> None:
        self.field = field
        self.value = value
        super().__init__(f"{field} = {value!r} is not usable: allowed is {allowed}." + (f" {mend}" if mend else ""))
