# SPDX-License-Identifier: AGPL-3.0-or-later
"""One mutation by its number, what came of it, and the sum over many.

A number stands for one case whatever else is tried: kind, original and changes come from (seed, number) alone. Unmutated
originals are asked before, in between and at the end, and have to pass each time.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from federation.client import PeerRefused
from federation.errors import CODES, Refused
from tests.fuzz import documents, feeds, messages
from tests.fuzz.kinds import Case, Kind
from tests.fuzz.world import World

ORIGINALS_EVERY = 20_000
KEPT = 20

ELSEWHERE: dict[str, str] = {
    "internal": "the door's answer to a fault of ours: it counts as unhandled here, and none is wanted",
    "unreachable": "told by the way out (node.exchange.outbound) when there is no connection; nothing was received to be judged",
    "timeout": "told by the way out when no whole answer came before the deadline; nothing was received to be judged",
    "busy": "only ever relayed from another node's problem; counted as relayed",
    "unavailable": "the door's answer while this node itself can't act; relayed when another node says it",
}
"""Codes of the protocol that no mutation of a message can bring about, and why."""


@dataclass
class Tally:
    """How often what happened. `relayed`: refusals in a peer's own words; `findings`, `faults`: the first of each, in words."""

    tried: int = 0
    refused: int = 0
    same: int = 0
    anew: int = 0
    originals: int = 0
    accepted: int = 0
    unhandled: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    relayed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("tried", "refused", "same", "anew", "originals", "accepted", "unhandled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("codes", "relayed", "kinds"):
            getattr(self, name).update(getattr(other, name))
        self.findings += other.findings[: KEPT - len(self.findings)]

    def finding(self, what: str) -> None:
        if len(self.findings) < KEPT:
            self.findings.append(what)

    def as_json(self) -> dict[str, Any]:
        """Everything in it, for `from_json`."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Tally:
        return cls(**{name: Counter(value) if isinstance(value, dict) else value for name, value in given.items()})

    def figures(self) -> dict[str, Any]:
        return {
            "tried": self.tried, "refused": self.refused, "accepted": self.accepted, "unhandled": self.unhandled,
            "unchanged_in_meaning": self.same, "signed_anew_and_read": self.anew, "originals_passed": self.originals,
            "codes": {code: self.codes[code] for code in CODES}, "relayed": sum(self.relayed.values()),
            "kinds": dict(sorted(self.kinds.items())),
        }  # fmt: skip


class Mill:
    """All kinds in one world. `try_one` judges one number; `run` many of them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @cached_property
    def kinds(self) -> list[Kind]:
        world = World(self.seed)
        return [*documents.kinds(world), *feeds.kinds(world), *messages.kinds(world)]

    def case(self, number: int) -> tuple[Kind, Case]:
        """The mutation of that number."""
        rng = random.Random(f"{self.seed}:{number}")
        kind = rng.choices(self.kinds, [kind.weight for kind in self.kinds])[0]
        return kind, kind.mutated(rng)

    def try_one(self, number: int, tally: Tally) -> None:
        kind, case = self.case(number)
        tally.tried += 1
        tally.kinds[kind.name] += 1
        try:
            said = kind.judge(case)
        except PeerRefused as refusal:
            tally.refused += 1
            tally.relayed[refusal.code] += 1
        except Refused as refusal:
            tally.refused += 1
            tally.codes[refusal.code] += 1
        except Exception:
            tally.unhandled += 1
            tally.finding(f"--only {number} ({kind.name}): unhandled\n{traceback.format_exc(limit=-4)}")
        else:
            if not kind.sound(case, said):
                tally.accepted += 1
                tally.finding(f"--only {number} ({kind.name}): accepted {said!r:.300}")
            elif case.get("signed_anew"):
                tally.anew += 1
            else:
                tally.same += 1

    def ask_originals(self, tally: Tally) -> None:
        """Every original passes, or is refused as it was the first time; one of each kind passes at least."""
        for kind in self.kinds:
            passed = 0
            for case in kind.originals:
                try:
                    said = kind.judge(dict(case))
                except Refused:
                    continue
                passed += kind.sound(dict(case), said)
            if passed < self._passing.setdefault(kind.name, passed) or not passed:
                tally.unhandled += 1
                tally.finding(f"originals of {kind.name}: {passed} pass where {self._passing[kind.name]} did")
            tally.originals += passed

    @cached_property
    def _passing(self) -> dict[str, int]:
        return {}

    def run(self, numbers: Iterable[int]) -> Tally:
        """Tries each, with the originals before, in between and after."""
        tally = Tally()
        self.ask_originals(tally)
        for done, number in enumerate(numbers, 1):
            self.try_one(number, tally)
            if done % ORIGINALS_EVERY == 0:
                self.ask_originals(tally)
        self.ask_originals(tally)
        return tally
