"""What goes wrong in a run, as data: a list of faults that JSON holds and a seed makes.

An order is counted by the id it gets (from 1), an event in the order the engine raises them, a cancel by the requests
the algorithm made, a step by the engine's steps. A contract is named by its symbol's text, or by a number: that of
the option contracts held when the step has come, the number taken modulo how many there are. A fault that needs a
holding waits until there is one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from replay.errors import DataError, ReplayError


class FaultKind(StrEnum):
    """What can go wrong; `TEXTS` says it in words."""

    REFUSE = "refuse"
    PARTIAL = "partial"
    DELAY = "delay"
    CANCEL = "cancel"
    DROP = "drop"
    TWICE = "twice"
    HOLD = "hold"
    SILENCE = "silence"
    ABSURD = "absurd"
    ASSIGN = "assign"
    OUTSIDE = "outside"
    RAISE = "raise"


CHOICES: dict[str, tuple[str, ...]] = {
    "stage": ("check", "submit", "later", "canceled"),
    "code": ("margin", "unsupported", "price", "closed", "other"),
    "outcome": ("slow", "refused", "filled", "filled late"),
    "side": ("both", "bid", "ask"),
}
"""Values of the fields that are words. A refusal comes before the order has an id (check), before it is accepted
(submit), or after (later: invalid; canceled: by the broker)."""

TEXTS: dict[FaultKind, str] = {
    FaultKind.REFUSE: "order {nth} is refused at '{stage}' ({code}), {steps} steps after it was accepted if then",
    FaultKind.PARTIAL: "order {nth} fills in {parts} parts, {steps} steps apart",
    FaultKind.DELAY: "order {nth} fills {steps} steps late",
    FaultKind.CANCEL: "cancel request {nth} is answered after {steps} steps: {outcome}",
    FaultKind.DROP: "event {nth} never reaches the algorithm",
    FaultKind.TWICE: "event {nth} reaches the algorithm again {steps} steps later",
    FaultKind.HOLD: "event {nth} reaches the algorithm {steps} steps late",
    FaultKind.SILENCE: "from step {step} no new quotes ({side}) of contract {contract} for {steps} steps (0: for good)",
    FaultKind.ABSURD: "from step {step} contract {contract} is quoted at {factor} percent for {steps} steps",
    FaultKind.ASSIGN: "at step {step} {quantity} (0: all) of contract {contract} are assigned, once in the money",
    FaultKind.OUTSIDE: "at step {step} somebody closes {quantity} of contract {contract} (below 0: adds), told: {told}",
    FaultKind.RAISE: "from step {step} reading a price of contract {contract} raises for {steps} steps",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; which fields count is in `TEXTS`. Times are steps of the engine, quantities contracts."""

    kind: FaultKind
    nth: int = 1
    step: int = 1
    steps: int = 0
    parts: int = 2
    factor: int = 100
    quantity: int = 0
    contract: int | str = 0
    stage: str = "submit"
    code: str = "margin"
    outcome: str = "slow"
    side: str = "both"
    told: bool = True

    def __str__(self) -> str:
        return TEXTS[self.kind].format(**{name: getattr(self, name) for name in _NAMES})

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the kind and the fields that count."""
        names = [name for name in _NAMES if "{" + name + "}" in TEXTS[self.kind]]
        return {"kind": self.kind.value, **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_dict(cls, data: Any, source: str = "fault plan") -> Fault:
        """A fault from plain data.

        Raises:
            ReplayError: A field is unknown or has a value that is not allowed; it is named.
        """
        if not isinstance(data, Mapping) or data.get("kind") not in {kind.value for kind in FaultKind}:
            raise ReplayError(f"{source}: {data!r} is no fault; its kind must be one of {', '.join(FaultKind)}")
        given = {str(name): value for name, value in data.items()}
        kind = FaultKind(given.pop("kind"))
        for name, value in given.items():
            if "{" + name + "}" not in TEXTS[kind]:
                raise ReplayError(f"{source}: a fault of kind '{kind}' has no field {name!r} (value {value!r})")
            if not _allowed(name, value):
                raise ReplayError(f"{source}: field {name!r} of '{kind}' is {value!r}; allowed is {_wanted(name)}")
        return cls(kind, **given)


_NAMES = [f.name for f in fields(Fault) if f.name != "kind"]


def _allowed(name: str, value: Any) -> bool:
    if name in CHOICES:
        return value in CHOICES[name]
    if name == "told":
        return isinstance(value, bool)
    if name == "contract" and isinstance(value, str):
        return bool(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return name == "quantity" or value >= (1 if name in ("nth", "parts", "factor") else 0)


def _wanted(name: str) -> str:
    if name in CHOICES:
        return "one of " + ", ".join(CHOICES[name])
    if name == "told":
        return "true or false"
    return {"contract": "a symbol or a number from 0", "quantity": "a whole number"}.get(
        name, "a whole number, not below"
    )


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The faults of one run. An empty plan changes nothing."""

    faults: tuple[Fault, ...] = field(default=())
    seed: int | None = None

    def __str__(self) -> str:
        head = "fault plan" if self.seed is None else f"fault plan of seed {self.seed}"
        return "\n".join([f"{head}: {len(self.faults)} faults", *(f"  {one}" for one in self.faults)])

    def without(self, place: int) -> FaultPlan:
        """The plan without the fault at a place."""
        return FaultPlan(self.faults[:place] + self.faults[place + 1 :], self.seed)

    def to_json(self) -> str:
        """The plan as JSON text."""
        return json.dumps({"seed": self.seed, "faults": [one.to_dict() for one in self.faults]}, indent=1)

    @classmethod
    def from_json(cls, text: str, source: str = "fault plan") -> FaultPlan:
        """A plan from JSON text.

        Raises:
            ReplayError: The text is no plan; what is wrong is named.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ReplayError(f"{source}: not JSON ({error})") from None
        if not isinstance(data, dict) or not isinstance(data.get("faults"), list):
            raise ReplayError(f'{source}: must be {{"faults": [{{"kind": ...}}, ...]}}')
        return cls(tuple(Fault.from_dict(one, source) for one in data["faults"]), data.get("seed"))

    @classmethod
    def read(cls, text: str) -> FaultPlan:
        """The plan of a command line: a seed, or a JSON file.

        Raises:
            ReplayError: Neither.
        """
        if text.isdigit():
            return cls.random(int(text))
        path = Path(text)
        if not path.is_file():
            raise DataError(path, "is no file", mend="--faults takes a seed (a whole number) or a JSON file")
        return cls.from_json(path.read_text(encoding="utf-8"), str(path))

    @classmethod
    def random(
        cls,
        seed: int,
        *,
        orders: int = 40,
        steps: int = 400,
        most: int = 6,
        kinds: Sequence[FaultKind] = tuple(FaultKind),
    ) -> FaultPlan:
        """One to `most` faults, the same for the same arguments on every machine."""
        dice = random.Random(f"faults {seed}")
        made = (_thrown(dice, dice.choice(list(kinds)), orders, steps) for _ in range(dice.randint(1, most)))
        return cls(tuple(made), seed)


def _thrown(dice: random.Random, kind: FaultKind, orders: int, steps: int) -> Fault:
    events = {FaultKind.DROP, FaultKind.TWICE, FaultKind.HOLD}
    nth = dice.randint(1, orders * 3 if kind in events else 3 if kind is FaultKind.CANCEL else orders)
    lasting = kind in {FaultKind.SILENCE, FaultKind.ABSURD, FaultKind.RAISE}
    return Fault(
        kind,
        nth=nth,
        step=dice.randint(10, steps),
        steps=dice.choice((0, 1, 5, 20, 60)) if lasting else dice.choice((0, 1, 1, 2, 5)),
        parts=dice.randint(2, 4),
        factor=dice.choice((5, 30, 200, 400, 2000)),
        quantity=dice.choice((-2, -1, 1, 1, 1, 2, 3)) if kind is FaultKind.OUTSIDE else dice.choice((0, 0, 1, 2)),
        contract=dice.randint(0, 11),
        **{name: dice.choice(choices) for name, choices in CHOICES.items()},
        told=dice.random() < 0.5,
    )


def kinds_of(faults: Iterable[Fault]) -> set[FaultKind]:
    """The kinds that occur."""
    return {one.kind for one in faults}
