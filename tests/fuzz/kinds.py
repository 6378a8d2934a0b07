# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is tried: one kind of message, its originals, the circumstances it may meet, its judge, and when a yes is sound.

A case is a mapping: what crossed the wire as bytes, and the circumstances (time, receiver, what is held). `judge` is the code
under test; `sound` is ours and looks only at what was written down when the original was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from federation.errors import Refused
from tests.fuzz import mutations

Case = dict[str, Any]


@dataclass
class Kind:
    """`fields`: what is bytes on the wire; `turns`: what else each circumstance could be; `anew`: makes the changed case
    properly signed again by whoever really may sign it (None: it can't be signed, or is not signed); `special`: this kind's own
    games."""

    name: str
    originals: Sequence[Case]
    judge: Callable[[Case], Any]
    sound: Callable[[Case, Any], bool]
    fields: Sequence[str]
    turns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    anew: Callable[[Case, Random], bool] | None = None
    special: Sequence[Callable[[Case, Random], None]] = ()
    weight: float = 1.0

    def mutated(self, rng: Random) -> Case:
        """An original, changed one to three times. `signed_anew` stands in it where the rightful keys signed the change."""
        case = dict(rng.choice(self.originals))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            # Making a thing can be refused as well: then it stays as it was.
            with suppress(Refused):
                self._change(case, rng)
        return case

    def _change(self, case: Case, rng: Random) -> None:
        way = rng.random()
        if self.special and way < 0.35:
            rng.choice(self.special)(case, rng)
            return
        if self.turns and way > 0.8:
            name = rng.choice(list(self.turns))
            case[name] = rng.choice(self.turns[name])
            return
        name = rng.choice(self.fields)
        if case.get(name) is None:
            return
        others = [other[name] for other in rng.sample(self.originals, min(4, len(self.originals))) if other.get(name)]
        if self.anew is not None and way < 0.5:
            case["signed_anew"] = self.anew(case, rng) or case.get("signed_anew", False)
        elif way < 0.58 and others:
            case[name] = rng.choice(others)
        else:
            change = rng.choice(
                (mutations.bytewise, mutations.bytewise, mutations.as_json, mutations.as_json, mutations.inside)
            )
            case[name] = change(rng, case[name], others)
