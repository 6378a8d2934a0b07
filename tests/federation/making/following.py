# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of following a feed: checkpoints and how they follow each other, pages, verified runs, heads."""

import base64
import hashlib
from typing import Any

from federation.wire import DAY, b64

from .logs import (
    EMPTY,
    LEAVES,
    ORIGIN,
    SAMPLE,
    absent,
    compact,
    control,
    note,
    opening,
    put,
    root,
)
from .world import ALDER, NOW, case, jwks, key


def checkpoints() -> list[dict[str, Any]]:
    top, keys = root(LEAVES), jwks(ALDER.log)
    cases: list[dict[str, Any]] = []

    def read(name: str, what: str, text: str, **expected: Any) -> None:
        cases.append(case(name, "checkpoint", what, {"note": text, "origin": ORIGIN, "keys": keys}, **expected))

    value = {"size": 6, "root": top.hex(), "time": NOW, "kid": ALDER.log.kid}
    right = note(6, top)
    stranger = note(6, top, signer=key("a witness"), name="witness.example").split("\n\n")[1]
    read("a checkpoint", "one line of cosignature/v1 by the log key", right, value=value)
    read("with a line of a stranger", "other signers are passed over", right + stranger, value=value)
    read("the same line twice", "exactly one line counts", right + right.split("\n\n")[1], refused="untrusted")
    read(
        "signed by another key",
        "the log keys of the manifest",
        note(6, top, signer=key("another")),
        refused="untrusted",
    )
    read("a plain Ed25519 signature", "type 0x04", note(6, top, kind=1), refused="untrusted")
    read(
        "another origin",
        "the name of the key is the origin",
        note(6, top, origin=ORIGIN[:-1] + "1"),
        refused="untrusted",
    )
    other = f"{ORIGIN[:-1]}1\n6\n{base64.b64encode(top).decode()}\n"
    read(
        "another origin under our name",
        "the first line is the origin too",
        note(6, top, text=other),
        refused="untrusted",
    )
    read("a changed size", "the text is signed", right.replace("\n6\n", "\n7\n"), refused="untrusted")
    read(
        "a size with a zero in front",
        "one text for one number",
        note(6, top, text=f"{ORIGIN}\n06\n{base64.b64encode(top).decode()}\n"),
        refused="malformed",
    )
    read(
        "a fourth line",
        "three lines",
        note(6, top, text=f"{ORIGIN}\n6\n{base64.b64encode(top).decode()}\nmore\n"),
        refused="malformed",
    )
    read("a root of 31 bytes", "32 are due", note(6, top[:31]), refused="malformed")
    read("nothing signed", "a blank line and signature lines", right.split("\n\n")[0] + "\n", refused="malformed")
    read("no newline at the end", "the form of a note", right[:-1], refused="malformed")
    read("4,097 bytes", "4 KiB at most", right + "x" * 4096, refused="too-large")

    def judge(name: str, what: str, known: dict[str, Any] | None, now: int = NOW, **changes: Any) -> None:
        expected = {which: changes.pop(which) for which in ("value", "refused", "finding") if which in changes}
        new = {"origin": ORIGIN, "size": 6, "root": top.hex(), "time": NOW} | changes
        cases.append(
            case(
                f"judge: {name}", "judge-checkpoint", what, {"known": known, "checkpoint": new, "now": now}, **expected
            )
        )

    held = {"origin": ORIGIN, "size": 5, "root": root(LEAVES[:5]).hex(), "time": NOW - 60}
    late = ORIGIN[: -len(str(NOW))]

    def bad(name: str, what: str, known: dict[str, Any] | None, finding: str, **changes: Any) -> None:
        judge(name, what, known, refused="bad-answer", finding=finding, **changes)

    judge("the first", "nothing known", None, value="first")
    judge("grown", "more entries", held, value="grown")
    judge("renewed", "a later time, the same tree", held | {"size": 6, "root": top.hex()}, value="renewed")
    judge("a new epoch", "a later one", held, origin=f"{late}{NOW + 1}", size=1, value="epoch")
    bad("two roots for one size", "a fork", held | {"size": 6}, "fork")
    bad("smaller", "a rollback", held | {"size": 7}, "rollback")
    bad("an earlier time", "a rollback", held | {"time": NOW + 1}, "rollback")
    bad("an earlier epoch", "a rollback", held | {"origin": f"{late}{NOW + 1}"}, "rollback")
    judge("300 s ahead", "honest clocks", held, time=NOW + 300, value="grown")
    bad("301 s ahead", "from the future", held, "time-ahead", time=NOW + 301)
    later = {"origin": f"{late}{NOW + 301}", "now": NOW + DAY}
    bad("an epoch 301 s ahead of its own checkpoint", "ahead of the owner's clock", held, "epoch-ahead", **later)
    bad("an epoch 301 s ahead", "no fast-forward", held, "epoch-ahead", origin=f"{late}{NOW + 301}")
    old = f"{late}{NOW - 100 * DAY - 1}"
    bad("100 days and a second after its opening", "an epoch has an end", None, "epoch-long", origin=old)
    judge("an empty log", "it has its opening entry", None, size=0, root=EMPTY.hex(), refused="malformed")
    return cases


def pages() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def read(name: str, what: str, entries: object, **expected: Any) -> None:
        text = entries if isinstance(entries, str) else compact({"entries": entries})
        cases.append(case(name, "page", what, {"page": text}, **expected))

    one = SAMPLE[1]
    read("three forms", "put, absent, control", [one, absent(one), SAMPLE[0]], value=["put", "absent", "control"])
    read("members in another order", "JSON", [dict(sorted(one.items()))], value=["put"])
    read("an empty page", "never empty", [], refused="malformed")
    read("1,001 entries", "1,000 at most", [SAMPLE[4]] * 1001, refused="malformed")
    read("a body and a commitment", "one of three forms", [{**one, "c": absent(one)["c"]}], refused="malformed")
    read(
        "a salt without expires",
        "one of three forms",
        [{"salt": one["salt"], "body": one["body"]}],
        refused="malformed",
    )
    read(
        "a control entry without its body",
        "always in clear: there is no such form",
        [SAMPLE[0], {}],
        refused="malformed",
    )
    read("expires alone", "one of three forms", [{"expires": 1}], refused="malformed")
    read("a further member", "refused here", [{**one, "more": 1}], refused="malformed")
    read("a salt of 31 bytes", "32", [{**one, "salt": b64(bytes(31))}], refused="malformed")
    read("a padded salt", "one text", [{**one, "salt": one["salt"] + "="}], refused="malformed")
    read("a name twice", "strict JSON", '{"entries":[{"body":"a","body":"b"}]}', refused="malformed")
    read("not read yet", "a page refuses no body", [{"body": "not JSON"}], value=["control"])

    def run(
        name: str,
        what: str,
        items: list[dict[str, Any]],
        *,
        start: int = 0,
        live: int = -1,
        closed: bool = False,
        **expected: Any,
    ) -> None:
        given = {
            "origin": ORIGIN,
            "start": start,
            "page": compact({"entries": items}),
            "now": NOW,
            "live": live,
            "closed": closed,
        }
        cases.append(case(f"run: {name}", "run", what, given, **expected))

    def found(
        puts: list[int],
        *,
        live: int,
        aside: list[list[Any]] | None = None,
        gone: list[Any] | None = None,
        missing: list[int] | None = None,
        closed: bool = False,
    ) -> dict[str, Any]:
        return {
            "puts": puts,
            "absent": missing or [],
            "withdrawals": gone or [],
            "aside": aside or [],
            "live": live,
            "closed": closed,
        }

    closing, other = control(type="close", reason="age"), put("offer 9")
    run(
        "an epoch from its beginning",
        "opening, live state, changes",
        SAMPLE,
        value=found([1, 2, 3, 5], live=2, gone=[[4, [[NOW, 1]]]]),
    )
    run(
        "in the middle",
        "goes on where it stood",
        [other, absent(other)],
        start=6,
        live=2,
        value=found([6], live=2, missing=[7]),
    )
    poison = {**other, "body": "[]"}
    run(
        "a poison entry",
        "set aside, the rest moves on",
        [poison, other],
        start=6,
        live=2,
        value=found([7], live=2, aside=[[6, "malformed"]]),
    )
    run(
        "an opening entry in the middle",
        "set aside",
        [opening(), other],
        start=6,
        live=2,
        value=found([7], live=2, aside=[[6, "malformed"]]),
    )
    run(
        "after a close",
        "set aside",
        [closing, other],
        start=6,
        live=2,
        value=found([], live=2, aside=[[7, "malformed"]], closed=True),
    )
    future = control(type="withdraw", at=[[NOW, 8]], receipt=False)
    run(
        "a withdrawal of what comes after it",
        "set aside",
        [future, other],
        start=6,
        live=2,
        value=found([7], live=2, aside=[[6, "malformed"]]),
    )
    run("no opening entry", "entry 0 opens the epoch", [other], refused="bad-answer", finding="snapshot")
    run(
        "a control within the live state",
        "puts only",
        [opening(live=2), other, closing],
        refused="bad-answer",
        finding="snapshot",
    )
    ahead = opening(live=0, prev_epoch=NOW, prev_size=1, prev_root=b64(LEAVES[0]), reason="age")
    run("an epoch that follows itself", "the epoch before is before", [ahead], refused="bad-answer", finding="snapshot")
    return cases


def heads() -> list[dict[str, Any]]:
    line = {"topic": "peer-support", "checkpoint": note(6, root(LEAVES)), "grant": 1}
    body = {"heads": [line], "identity_version": 1, "manifest_version": 4, "charter": 0}
    state = compact([[["peer-support", NOW, 6, 1]], 1, 4, 0])
    tag = b64(hashlib.sha256(state.encode()).digest()[:16])
    later = {**line, "checkpoint": note(6, root(LEAVES), time=NOW + 900)}
    grown = {**line, "checkpoint": note(5, root(LEAVES[:5]))}
    smaller = b64(hashlib.sha256(compact([[["peer-support", NOW, 5, 1]], 1, 4, 0]).encode()).digest()[:16])
    cases = [
        case("heads and their etag", "heads", "the etag is what wakes a waiter", {"body": compact(body)}, value=tag),
        case("a renewed time", "heads", "wakes nobody", {"body": compact(body | {"heads": [later]})}, value=tag),
        case("another size", "heads", "wakes", {"body": compact(body | {"heads": [grown]})}, value=smaller),
        case(
            "a topic twice",
            "heads",
            "each once",
            {"body": compact(body | {"heads": [line, line]})},
            refused="malformed",
        ),
        case(
            "a topic that is not known",
            "heads",
            "four topics",
            {"body": compact(body | {"heads": [{**line, "topic": "gossip"}]})},
            refused="malformed",
        ),
        case("a further member", "heads", "refused here", {"body": compact(body | {"more": 1})}, refused="malformed"),
        case(
            "no grant",
            "heads",
            "every member is due",
            {"body": compact(body | {"heads": [{"topic": "trust", "checkpoint": "x"}]})},
            refused="malformed",
        ),
    ]
    due = {"node_id": "alder.example", "keys": jwks(ALDER.log)}
    cases += [
        case("a head", "head", "node, topic, origin and key agree", {"head": line, **due}, value=6),
        case(
            "a head of another topic",
            "head",
            "the origin says another",
            {"head": {**line, "topic": "trust"}, **due},
            refused="untrusted",
        ),
        case(
            "a head of another node",
            "head",
            "the origin says another",
            {"head": line, **due, "node_id": "birch.example"},
            refused="untrusted",
        ),
        case(
            "a head by another key",
            "head",
            "log keys of that node",
            {"head": line, "node_id": "alder.example", "keys": jwks(ALDER.http)},
            refused="untrusted",
        ),
    ]
    return cases
