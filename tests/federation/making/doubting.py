# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of doubt: evidence of a fork, why a body is absent, and when a feed no longer shows signs of life."""

from typing import Any

from federation.wire import DAY, b64

from .logs import LEAVES, ORIGIN, consistency, leaf, leaf_hash, note, put, root
from .world import ALDER, NOW, case, chance, jwks, key


def forks() -> list[dict[str, Any]]:
    other = [*LEAVES[:3], leaf_hash(leaf(put("another"))), *LEAVES[4:]]
    m, n = note(4, root(other[:4])), note(6, root(LEAVES), time=NOW + 60)
    proof = {
        "note_m": m,
        "note_n": n,
        "root_m": b64(root(LEAVES[:4])),
        "path": [b64(step) for step in consistency(LEAVES, 4)],
    }
    same = {"note_m": note(6, root(other)), "note_n": n, "root_m": b64(root(LEAVES)), "path": []}
    due = {"node_id": "alder.example", "keys": jwks(ALDER.log)}
    honest = {**proof, "note_m": note(4, root(LEAVES[:4]))}
    return [
        case(
            "two histories",
            "fork",
            "root_m is a beginning of note_n, and note_m says another",
            {"fork": proof, **due},
            value=ORIGIN,
        ),
        case("two roots of one size", "fork", "an empty path", {"fork": same, **due}, value=ORIGIN),
        case("an honest log", "fork", "root_m is the root of note_m", {"fork": honest, **due}, refused="untrusted"),
        case(
            "a path that proves nothing",
            "fork",
            "the path is the RFC's",
            {"fork": {**proof, "path": proof["path"][:-1]}, **due},
            refused="untrusted",
        ),
        case(
            "signed by somebody else",
            "fork",
            "two signatures of its own",
            {"fork": proof, **due, "keys": jwks(key("another"))},
            refused="untrusted",
        ),
        case(
            "about another node",
            "fork",
            "the origin names it",
            {"fork": proof, **due, "node_id": "birch.example"},
            refused="untrusted",
        ),
        case(
            "a root of 31 bytes",
            "fork",
            "32",
            {"fork": {**proof, "root_m": b64(bytes(31))}, **due},
            refused="malformed",
        ),
        case(
            "no path",
            "fork",
            "every member is due",
            {"fork": {name: proof[name] for name in ("note_m", "note_n", "root_m")}, **due},
            refused="malformed",
        ),
    ]


def absences() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def why(
        name: str,
        what: str,
        value: str,
        *,
        topic: str = "availability",
        granted: bool = True,
        expires: int = NOW + DAY,
        withdrawn: bool = False,
    ) -> None:
        origin = f"alder.example/commoncare/{topic}/{NOW}"
        entry = {"expires": expires, "c": b64(chance("commitment", 32))}
        gone = [[NOW, 7]] if withdrawn else [[NOW, 8]]
        given = {"origin": origin, "index": 7, "entry": entry, "granted": granted, "withdrawn": gone, "now": NOW}
        cases.append(case(name, "absence", what, given, value=value))

    why("not granted", "comes first", "withheld", granted=False, withdrawn=True, expires=NOW)
    why("expired", "its time is over", "expired", expires=NOW, withdrawn=True)
    why("300 s before its end", "the owner's clock may be ahead", "expired", expires=NOW + 300)
    why("301 s before its end", "no reason any more", "missing", expires=NOW + 301)
    why("withdrawn", "named by a withdrawal", "withdrawn", withdrawn=True)
    why("an offer for others", "the one left out cannot tell why", "audience", topic="peer-support")
    why("an offer, withdrawn", "before its audience", "withdrawn", topic="peer-support", withdrawn=True)
    why("no reason", "an alarm", "missing")
    for name, age, value in (
        ("an hour old", 3600, "fresh"),
        ("an hour and a second", 3601, "stale"),
        ("a day old", DAY, "stale"),
        ("a day and a second", DAY + 1, "alarm"),
    ):
        cases.append(
            case(name, "freshness", "the time of the newest checkpoint", {"time": NOW, "now": NOW + age}, value=value)
        )
    cases.append(case("missing from heads", "freshness", "though granted", {"time": None, "now": NOW}, value="stale"))
    return cases
