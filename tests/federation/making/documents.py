# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of signed documents: DSSE envelopes, the chain of identities, manifests and their revocations."""

import base64
import json
from typing import Any

from federation import envelope as dsse
from federation.keys import SigningKey
from federation.manifest import KEY_LIFE
from federation.wire import DAY

from .world import ALDER, BIRCH, NOW, case, identity_claims, jwks, key, signed

NODE = ALDER.node_id


def envelopes() -> list[dict[str, Any]]:
    doc, other = ALDER.doc, key("another doc")
    claims = {"iss": NODE, "iat": NOW, "exp": NOW + DAY, "note": "grüß"}
    text = signed(dsse.NOTICE, claims, [doc])
    parts = json.loads(text)
    due = {"type": dsse.NOTICE, "issuer": NODE, "keys": jwks(doc, other), "threshold": 1, "now": NOW}
    good = {"claims": claims, "signers": [doc.kid]}

    def again(**changes: Any) -> str:
        return json.dumps({**parts, **changes})

    signature = parts["signatures"][0]
    two = [signature, json.loads(signed(dsse.NOTICE, claims, [other]))["signatures"][0]]
    urlsafe = again(payload=parts["payload"].replace("+", "-").replace("/", "_"))
    padded = base64.b64encode(b"[]").decode()
    tried: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
        ("as it was made", "one signature of a key that is asked for", text, {}, {"value": good}),
        (
            "another keyid",
            "the keyid decides nothing",
            again(signatures=[{**signature, "keyid": "x"}]),
            {},
            {"value": good},
        ),
        ("no keyid", "the keyid decides nothing", again(signatures=[{"sig": signature["sig"]}]), {}, {"value": good}),
        ("the URL-safe alphabet", "DSSE reads both alphabets", urlsafe, {}, {"value": good}),
        ("a further member", "what DSSE does not name is ignored", again(more=1), {}, {"value": good}),
        (
            "two keys, threshold 2",
            "each counts once",
            again(signatures=two),
            {"threshold": 2},
            {"value": {**good, "signers": sorted([doc.kid, other.kid])}},
        ),
        (
            "one key twice, threshold 2",
            "a threshold counts keys, not signatures and not ids",
            again(signatures=[signature, {**signature, "keyid": "another"}]),
            {"threshold": 2},
            {"refused": "untrusted"},
        ),
        (
            "one key listed twice, threshold 2",
            "nor does the list of keys asked for count twice",
            text,
            {"threshold": 2, "keys": jwks(doc, doc)},
            {"refused": "untrusted"},
        ),
        (
            "a key that is not asked for",
            "keys come from context",
            text,
            {"keys": jwks(other)},
            {"refused": "untrusted"},
        ),
        (
            "another type",
            "the type is signed",
            again(payloadType=dsse.MANIFEST),
            {"type": dsse.MANIFEST},
            {"refused": "untrusted"},
        ),
        (
            "not the type that is due",
            "the type comes from context",
            text,
            {"type": dsse.PEERING},
            {"refused": "untrusted"},
        ),
        (
            "another issuer",
            "iss is the node whose keys were asked",
            text,
            {"issuer": "birch.example"},
            {"refused": "untrusted"},
        ),
        ("no signature", "at least one", again(signatures=[]), {}, {"refused": "untrusted"}),
        ("17 signatures", "16 at most", again(signatures=[signature] * 17), {}, {"refused": "malformed"}),
        ("a payload that is changed", "the bytes are signed", again(payload=padded), {}, {"refused": "untrusted"}),
        (
            "unpadded payload",
            "DSSE's base64 is padded",
            again(payload=parts["payload"].rstrip("=") + "A"),
            {},
            {"refused": "malformed"},
        ),
        (
            "no payload",
            "three members are due",
            json.dumps({name: parts[name] for name in ("payloadType", "signatures")}),
            {},
            {"refused": "malformed"},
        ),
        ("a list", "an envelope is an object", "[]", {}, {"refused": "malformed"}),
        ("299 s early", "clocks may differ by 300 s", text, {"now": NOW - 299}, {"value": good}),
        (
            "301 s early",
            "from the future",
            text,
            {"now": NOW - 301},
            {"refused": "clock-skew", "public": {"server_time": NOW - 301}},
        ),
        ("300 s late", "clocks may differ by 300 s", text, {"now": NOW + DAY + 300}, {"value": good}),
        ("301 s late", "past its time", text, {"now": NOW + DAY + 301}, {"refused": "expired"}),
        ("for another", "aud is whom it is for", text, {"audience": "birch.example"}, {"refused": "wrong-destination"}),
    ]
    cases = [
        case(name, "envelope", what, {"envelope": made, **due, **changes}, **expected)
        for name, what, made, changes, expected in tried
    ]
    twice = dsse.sign(dsse.NOTICE, b'{"iss":"alder.example","iss":"alder.example","iat":1,"exp":2}', [doc]).decode()
    cases.append(
        case(
            "a name twice in the payload",
            "envelope",
            "strict JSON, though signed",
            {"envelope": twice, **due},
            refused="malformed",
        )
    )
    pae = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    given = {"type": "http://example.com/HelloWorld", "payload": b"hello world".hex()}
    cases.append(case("the encoding of DSSE's own example", "pae", "DSSE v1.0.2, protocol.md", given, value=pae.hex()))
    return cases


def identities() -> list[dict[str, Any]]:
    one, two, three = ALDER.roots[0], ALDER.roots[1], key("alder.example root 3")
    doc, beyond = ALDER.doc, NOW + 300 * DAY + 301
    first = ALDER.identity_text
    held = identity_claims(NODE, 2, [one, two], 2, [doc])
    second = signed(dsse.IDENTITY, held, [one, two])

    def value(version: int, roots: list[SigningKey], threshold: int) -> dict[str, Any]:
        kids = sorted(each.kid for each in roots)
        return {"version": version, "threshold": threshold, "roots": kids, "docs": [doc.kid]}

    def next_one(version: int, roots: list[SigningKey], threshold: int, signers: list[SigningKey], **more: Any) -> str:
        return signed(dsse.IDENTITY, identity_claims(NODE, version, roots, threshold, [doc], **more), signers)

    cases: list[dict[str, Any]] = []

    def add(
        name: str, what: str, before: str | None, made: str, *, now: int = NOW, latest: bool = True, **expected: Any
    ) -> None:
        given = {"node_id": NODE, "held": before, "envelope": made, "now": now, "latest": latest}
        cases.append(case(name, "identity", what, given, **expected))

    add(
        "a first identity",
        "signed by its own roots; the fingerprint is judged apart",
        None,
        first,
        value=value(1, [one, two], 1),
    )
    add("the same again", "what we hold is accepted again", first, first, value=value(1, [one, two], 1))
    add("the next version", "signed by the threshold of the old roots", first, second, value=value(2, [one, two], 2))
    add("a gap", "versions follow by one", first, next_one(3, [one, two], 1, [one]), refused="version-conflict")
    add(
        "a jump to 2^31 - 1",
        "no fast-forward",
        first,
        next_one(2**31 - 1, [one, two], 1, [one]),
        refused="version-conflict",
    )
    alone = next_one(1, [one, two], 1, [one])
    add("a rollback", "an older version, signed by both roots", second, first, refused="version-conflict")
    add("a rollback that one root signed", "signatures come before versions", second, alone, refused="untrusted")
    add(
        "another document of the version held",
        "two identities of one version",
        first,
        next_one(1, [one, two], 2, [one, two]),
        refused="version-conflict",
    )
    add("one of two roots", "a threshold of two", second, next_one(3, [one, two], 2, [one]), refused="untrusted")
    stuffed = json.loads(next_one(3, [one, two], 2, [one]))
    stuffed["signatures"].append({**stuffed["signatures"][0], "keyid": two.kid})
    add("one root under two ids", "a threshold counts keys", second, json.dumps(stuffed), refused="untrusted")
    change = next_one(3, [two, three], 2, [one, two, three])
    add("a change of roots", "signed by the threshold of old and new", second, change, value=value(3, [two, three], 2))
    add(
        "a change without the new roots",
        "new roots sign too",
        second,
        next_one(3, [two, three], 2, [one, two]),
        refused="untrusted",
    )
    add(
        "a change without the old roots",
        "old roots sign too",
        second,
        next_one(3, [two, three], 2, [two, three]),
        refused="untrusted",
    )
    listed = next_one(1, [one, one], 2, [one])
    add("a root listed twice", "a key stands once", None, listed, refused="malformed")
    add(
        "a threshold above the roots",
        "it could never be met",
        None,
        next_one(1, [one, two], 3, [one, two]),
        refused="untrusted",
    )
    add("a threshold of 0", "at least one", None, next_one(1, [one, two], 0, [one]), refused="malformed")
    both = signed(dsse.IDENTITY, identity_claims(NODE, 1, [one, two], 1, [one]), [one])
    add("a root that is a doc key too", "one use for a key", None, both, refused="malformed")
    add(
        "400 days",
        "the longest",
        None,
        next_one(1, [one, two], 1, [one], exp=NOW + 400 * DAY),
        value=value(1, [one, two], 1),
    )
    add(
        "400 days and a second",
        "too long",
        None,
        next_one(1, [one, two], 1, [one], exp=NOW + 400 * DAY + 1),
        refused="malformed",
    )
    add(
        "past its time",
        "300 s after its end",
        first,
        next_one(2, [one, two], 1, [one]),
        now=beyond,
        refused="expired",
    )
    add(
        "past its time, on the way up",
        "only the last has to be within its time",
        first,
        second,
        now=beyond,
        latest=False,
        value=value(2, [one, two], 2),
    )
    late = next_one(4, [one, two], 1, [one])
    add("past its time, and a gap", "times come before versions", first, late, now=beyond, refused="expired")
    add("one old root, and past its time", "signatures come first", second, late, now=beyond, refused="untrusted")
    add(
        "from tomorrow",
        "made in the future",
        first,
        next_one(2, [one, two], 1, [one], iat=NOW + DAY),
        refused="clock-skew",
    )
    add("another node's", "iss is the node that was asked", None, BIRCH.identity_text, refused="untrusted")
    unknown = signed(dsse.IDENTITY, identity_claims(NODE, 2, [one, two], 1, [doc]) | {"colour": "green"}, [one])
    add("a member that is not known", "ignored", first, unknown, value=value(2, [one, two], 1))
    fraction = signed(dsse.IDENTITY, identity_claims(NODE, 1, [one, two], 1, [doc]) | {"version": 1.5}, [one])
    add("a version that is no integer", "types are strict", None, fraction, refused="malformed")
    return cases


def _claims(version: int, keys: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    claims = {"iss": NODE, "identity_version": 1, "version": version, "iat": NOW, "exp": NOW + 20 * DAY, "keys": keys}
    return claims | {"protocols": ["commoncare/1"], "limits": {}, "profile": {"name": "Alder Co-op"}} | more


def _key(of: SigningKey, use: str, **more: Any) -> dict[str, Any]:
    return {"kid": of.kid, "use": use, "jwk": of.public.jwk(), "nbf": NOW, "exp": NOW + 90 * DAY} | more


def manifests() -> list[dict[str, Any]]:
    doc, http, log = ALDER.doc, _key(ALDER.http, "http"), _key(ALDER.log, "log")
    dead = _key(ALDER.http, "http", revoked_at=NOW, reason="a lost laptop")
    first = signed(dsse.MANIFEST, _claims(1, [http, log]), [doc])
    revoked = signed(dsse.MANIFEST, _claims(2, [dead, log]), [doc])
    value = {"order": [1, 1], "usable": {"http": [ALDER.http.kid], "log": [ALDER.log.kid]}, "revoked": []}
    without = {"order": [1, 2], "usable": {"http": [], "log": [ALDER.log.kid]}, "revoked": [ALDER.http.kid]}
    held1, held2 = [ALDER.identity_text, first], [ALDER.identity_text, revoked]
    newer = signed(dsse.IDENTITY, identity_claims(NODE, 2, list(ALDER.roots), 1, [doc]), [ALDER.roots[0]])
    cases: list[dict[str, Any]] = []

    def add(
        name: str,
        what: str,
        held: list[list[str]],
        made: str,
        *,
        identity: str = ALDER.identity_text,
        now: int = NOW,
        **expected: Any,
    ) -> None:
        given = {"node_id": NODE, "identity": identity, "held": held, "envelope": made, "now": now}
        cases.append(case(name, "manifest", what, given, **expected))

    def of(version: int, keys: list[dict[str, Any]], **more: Any) -> str:
        return signed(dsse.MANIFEST, _claims(version, keys, **more), [doc])

    add("a first manifest", "signed by a doc key of the identity it names", [], first, value=value)
    add("the same again", "what we hold is accepted again", [held1], first, value=value)
    add("a revocation", "the key verifies nothing from now on", [held1], revoked, value=without)
    add(
        "a greater version, not by one",
        "only an identity follows by one",
        [held1],
        of(7, [http, log]),
        value={**value, "order": [1, 7]},
    )
    add("a rollback", "a smaller version", [held1, held2], first, refused="version-conflict")
    add("another document of the version held", "order has to grow", [held1], of(1, [http]), refused="version-conflict")
    add(
        "a revocation taken back",
        "what was revoked stays revoked",
        [held1, held2],
        of(3, [http, log]),
        refused="version-conflict",
    )
    forgotten = {"order": [1, 3], "usable": {"http": [], "log": [ALDER.log.kid]}, "revoked": [ALDER.http.kid]}
    add("a revoked key left out", "it is remembered all the same", [held1, held2], of(3, [log]), value=forgotten)
    left_out = [ALDER.identity_text, of(3, [log])]
    add(
        "left out, then listed again",
        "a revocation is never unseen",
        [held1, held2, left_out],
        of(4, [http, log]),
        refused="version-conflict",
    )
    started = signed(dsse.MANIFEST, _claims(1, [http, log], identity_version=2), [doc])
    add(
        "a newer identity starts over",
        "(identity, manifest) is compared as a pair",
        [held1],
        started,
        identity=newer,
        value={**value, "order": [2, 1]},
    )
    add("of another identity", "it names the identity accepted", [held1], started, refused="version-conflict")
    add(
        "signed by a root",
        "roots sign identities only",
        [],
        signed(dsse.MANIFEST, _claims(1, [http]), [ALDER.roots[0]]),
        refused="untrusted",
    )
    add("30 days and a second", "too long", [], of(1, [http], exp=NOW + 30 * DAY + 1), refused="malformed")
    add("past its time", "300 s after its end", [], first, now=NOW + 20 * DAY + 301, refused="expired")
    add("from the future", "made 301 s from now", [], first, now=NOW - 301, refused="clock-skew")
    add(
        "a kid that is not the thumbprint",
        "names belong to bytes",
        [],
        of(1, [http | {"kid": ALDER.log.kid}]),
        refused="malformed",
    )
    add("a key twice", "even for two uses", [], of(1, [http, _key(ALDER.http, "log")]), refused="malformed")
    add(
        "a doc key as working key",
        "doc keys stand in the identity",
        [],
        of(1, [_key(doc, "http")]),
        refused="malformed",
    )
    add("a root as working key", "roots stay offline", [], of(1, [_key(ALDER.roots[1], "http")]), refused="malformed")
    add(
        "a use that is not known",
        "http, log, seat, letter",
        [],
        of(1, [_key(ALDER.http, "spare")]),
        refused="malformed",
    )
    add(
        "a key of 401 days",
        "400 at most",
        [],
        of(1, [_key(ALDER.http, "http", exp=NOW + KEY_LIFE + 1)]),
        refused="malformed",
    )
    add("65 keys", "64 at most", [], of(1, [_key(key(f"spare {n}"), "http") for n in range(65)]), refused="malformed")
    add("no protocol", "at least one", [], of(1, [http], protocols=[]), refused="malformed")
    add("no name", "a co-op has a name", [], of(1, [http], profile={"name": "\u202e "}), refused="malformed")
    soon = {**value, "usable": {"http": [], "log": [ALDER.log.kid]}}
    add(
        "a key that begins tomorrow",
        "announced, not usable yet",
        [],
        of(1, [_key(ALDER.http, "http", nbf=NOW + DAY), log]),
        value=soon,
    )
    return cases
