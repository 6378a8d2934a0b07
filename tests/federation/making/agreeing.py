# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of charters: seats, a first one and its successors, thresholds that are stuffed, and two charters of one version."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from federation import envelope as dsse
from federation.charter import Member, Seat
from federation.invitations import Fingerprint
from federation.keys import PublicKey, SigningKey
from federation.wire import DAY, b64

from .world import NOW, case, key, signed, token

NAMES: Final = ("alder", "birch", "cedar", "dogwood", "elm")


def seat(name: str) -> SigningKey:
    return key(f"{name}.example seat")


def member(name: str, by: PublicKey | None = None) -> Member:
    roots = [key(f"{name}.example root {number}").public for number in (1, 2)]
    return Member(f"{name}.example", by or seat(name).public, Fingerprint.of_roots(f"{name}.example", 1, roots))


def listed(*names: str, **seats: SigningKey) -> list[dict[str, Any]]:
    """Members as they stand in a charter; `seats`: another key for one of them."""
    found = [member(name, seats[name].public if name in seats else None) for name in names]
    return [
        {"node_id": one.node_id, "seat": one.seat.jwk(), "fingerprint": b64(one.fingerprint.to_bytes())}
        for one in found
    ]


def claims(version: int = 1, members: Sequence[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": token("charter"),
        "version": version,
        "iat": NOW,
        "exp": NOW + 365 * DAY,
        "name": "The Calder co-ops",
        "members": listed(*NAMES[:3]) if members is None else list(members),
        "threshold": 2,
        "terms_sha256": b64(hashlib.sha256(b"what the members agreed on").digest()),
    }
    return said | more


def by(said: dict[str, Any], *names: str) -> str:
    return signed(dsse.CHARTER, said, [seat(name) for name in names])


FIRST: Final = claims()


def charters() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def add(name: str, what: str, made: str, held: str | None = None, *, now: int = NOW, **expected: Any) -> None:
        given = {"held": held, "envelope": made, "now": now, "latest": expected.pop("latest", True)}
        cases.append(case(name, "charter", what, given, **expected))

    def value(said: dict[str, Any], *names: str) -> dict[str, Any]:
        nodes = [one["node_id"] for one in said["members"]]
        return {"version": said["version"], "members": nodes, "signed_by": [f"{name}.example" for name in names]}

    one = by(FIRST, "alder", "birch")
    four = claims(2, listed(*NAMES[:4]), threshold=3)
    two = by(four, "alder", "birch", "dogwood")
    add("a first one", "two of three", one, value=value(FIRST, "alder", "birch"))
    add("by all", "more than are due", by(FIRST, *NAMES[:3]), value=value(FIRST, *NAMES[:3]))
    add("the same again", "what we hold is accepted again", one, one, value=value(FIRST, "alder", "birch"))
    add("the next", "two of the three, three of the four", two, one, value=value(four, "alder", "birch", "dogwood"))
    add("by one of three", "two are due", by(FIRST, "alder"), refused="untrusted")
    doc = signed(dsse.CHARTER, FIRST, [seat("alder"), key("birch.example doc")])
    add("a seat and a doc key", "seats alone count", doc, refused="untrusted")
    once = signed(dsse.CHARTER, FIRST, [seat("alder"), seat("alder")])
    add("one key that signed twice", "a threshold counts keys", once, refused="untrusted")
    both = listed("alder", "birch", "cedar", birch=seat("alder"))
    stuffed = signed(dsse.CHARTER, claims(members=both), [seat("alder")])
    add("one key under two members", "a threshold counts members", stuffed, refused="malformed")
    twice = listed("alder", "alder", "birch", alder=seat("alder"))
    add("one member twice", "each once", by(claims(members=twice), "alder", "birch"), refused="malformed")
    turned = listed("birch", "alder", "cedar")
    add("members out of order", "by node id", by(claims(members=turned), "alder", "birch"), refused="malformed")
    add(
        "two of four",
        "above half",
        by(claims(members=listed(*NAMES[:4])), *NAMES[:4]),
        refused="malformed",
    )
    add("four of three", "all at most", by(claims(threshold=4), *NAMES[:3]), refused="malformed")
    add("one member", "two at least", by(claims(members=listed("alder")), "alder"), refused="malformed")
    add("401 days", "400 at most", by(claims(exp=NOW + 401 * DAY), "alder", "birch"), refused="malformed")
    add("no name", "1 to 120 characters", by(claims(name=" "), "alder", "birch"), refused="malformed")
    add(
        "another kind of document", "the type is due", signed(dsse.PEERING, FIRST, [seat("alder")]), refused="untrusted"
    )
    add(
        "the next without those before",
        "the threshold of the version held",
        by(claims(2, listed("cedar", "dogwood", "elm")), "cedar", "dogwood", "elm"),
        one,
        refused="untrusted",
    )
    add("the next without its own", "its own threshold too", by(four, "alder", "birch"), one, refused="untrusted")
    passed = claims(2, listed("alder", "birch", "dogwood", dogwood=seat("cedar")))
    add(
        "a seat that passes to another",
        "cedar's key as dogwood's",
        signed(dsse.CHARTER, passed, [seat("alder"), seat("birch"), seat("cedar")]),
        one,
        refused="untrusted",
    )
    fresh = key("birch.example another seat")
    changed = claims(2, listed(*NAMES[:3], birch=fresh))
    add(
        "a new seat for a member",
        "the old one speaks before, the new one after",
        signed(dsse.CHARTER, changed, [seat("alder"), seat("birch"), fresh]),
        one,
        value=value(changed, "alder", "birch"),
    )
    add("an old one", "version 1 after 2", by(FIRST, *NAMES[:3]), two, refused="version-conflict")
    add("an old one of too few", "three of four are due by now", one, two, refused="untrusted")
    add("a gap", "version 3 after 1", by(claims(3), "alder", "birch"), one, refused="version-conflict")
    other = by(claims(name="Other"), "alder", "birch")
    add("another one of this version", "see charter-conflict", other, one, refused="version-conflict")
    strange = claims(2, id=token("another charter"))
    add("another id", "the id stays", by(strange, "alder", "birch"), one, refused="version-conflict")
    late = NOW + 365 * DAY + 301
    add("past its end", "300 s after exp", one, now=late, refused="expired")
    add(
        "past its end, on the way up",
        "only the last is judged",
        one,
        now=late,
        latest=False,
        value=value(FIRST, "alder", "birch"),
    )
    add("made tomorrow", "iat in the future", by(claims(iat=NOW + DAY), "alder", "birch"), refused="clock-skew")
    add(
        "past its end, and a gap",
        "times come before versions",
        by(claims(3), "alder", "birch"),
        one,
        now=late,
        refused="expired",
    )
    add(
        "a gap without those before",
        "the threshold before comes before versions",
        by(claims(3, listed("cedar", "dogwood", "elm")), "dogwood", "elm"),
        one,
        refused="untrusted",
    )
    cases += _conflicts(one, two, four) + _seats() + _statements()
    return cases


def _conflicts(one: str, two: str, four: dict[str, Any]) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def add(name: str, what: str, held: str, before: str | None, made: str, **expected: Any) -> None:
        given = {"held": held, "before": before, "envelope": made}
        cases.append(case(f"two charters: {name}", "charter-conflict", what, given, **expected))

    other = claims(name="The Colne co-ops")
    digest = b64(hashlib.sha256(dsse.open_envelope(by(other, "birch", "cedar").encode()).payload).digest())
    add("two first ones", "two of three signed both", one, None, by(other, "birch", "cedar"), value=digest)
    rival = claims(2, listed("alder", "birch"), threshold=2)
    digest = b64(hashlib.sha256(dsse.open_envelope(by(rival, "alder", "birch").encode()).payload).digest())
    add("two second ones", "those of version 1 signed both", two, one, by(rival, "alder", "birch"), value=digest)
    add("the same one", "nothing differs", one, None, one, refused="version-conflict")
    add("another version", "one follows the other", one, None, two, refused="version-conflict")
    strange = claims(id=token("another charter"))
    add("another id", "another agreement", one, None, by(strange, "alder", "birch"), refused="version-conflict")
    alone = claims(members=listed("cedar", "dogwood", "elm"))
    add("its own members alone", "anybody can make one up", one, None, by(alone, "dogwood", "elm"), refused="untrusted")
    taken = by(claims(2, listed("cedar", "dogwood", "elm"), name=four["name"]), "cedar", "dogwood", "elm")
    add("without those before", "two of version 1 are due", two, one, taken, refused="untrusted")
    return cases


def _seats() -> list[dict[str, Any]]:
    one = member("alder")
    text = Seat(one).text()
    value = {"node_id": one.node_id, "seat": one.seat.raw.hex(), "words": str(one.fingerprint)}
    return [
        case("a seat's line", "seat", "one word to copy and paste", {"text": text}, value=value),
        case(
            "broken over lines", "seat", "white space is taken out", {"text": f" {text[:30]}\n{text[30:]}"}, value=value
        ),
        case("its end is missing", "seat", "the check sum", {"text": text[:-4]}, refused="malformed"),
        case("a root's line", "seat", "ccseat1- is due", {"text": "ccroot1-" + text[8:]}, refused="malformed"),
        case(
            "a key of small order", "seat", "as every key that is taken in", {"text": _small(one)}, refused="malformed"
        ),
    ]


def _small(one: Member) -> str:
    body = one.fingerprint.to_bytes() + bytes(31) + b"\x80" + one.node_id.encode()
    return "ccseat1-" + b64(body + hashlib.sha256(b"commoncare/1 seat\0" + body).digest()[:4])


def _statements() -> list[dict[str, Any]]:
    said = {"kind": "charter", "id": token("charter"), "version": 2, "sha256": b64(bytes(32))}

    def one(name: str, what: str, change: dict[str, Any], **expected: Any) -> dict[str, Any]:
        return case(f"statement: {name}", "statement", what, {"topic": "trust", "data": said | change}, **expected)

    return [
        one("a charter that is held", "on trust", {}, value=said),
        one("a further member", "ignored", {"name": "x"}, value=said),
        one("version 0", "counted from 1", {"version": 0}, refused="malformed"),
        one("31 bytes", "a hash has 32", {"sha256": b64(bytes(31))}, refused="malformed"),
        one("another kind", "fork and charter", {"kind": "letter"}, refused="malformed"),
    ]
