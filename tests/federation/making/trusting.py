# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of trust: fingerprints and invitations, peerings, and the one guard before every route."""

import hashlib
import json
from typing import Any

from federation import envelope as dsse
from federation.invitations import Fingerprint, Invitation
from federation.keys import SigningKey
from federation.wire import DAY, b64, dumps

from .world import ALDER, BIRCH, NOW, Coop, case, chance, identity_claims, key, open_coop, signed

STATES = ("stranger", "proposed", "active", "paused", "ended")
ROUTES = (
    "well-known",
    "identity",
    "peerings",
    "heads",
    "entries",
    "seen",
    "letters",
    "concerns",
    "receipts",
    "charter",
    "reach",
)
_ENDED = dict.fromkeys(
    ("heads", "entries", "seen", "letters", "concerns", "receipts", "charter", "reach"), "peer-ended"
)
_OPEN = {"well-known": "full", "identity": "full", "peerings": "full"}
_PAUSED = dict.fromkeys(("heads", "entries", "seen", "concerns", "receipts", "reach"), "controls")
GUARD: dict[str, dict[str, str]] = {
    "stranger": _OPEN | _ENDED,
    "proposed": _OPEN | _ENDED,
    "active": dict.fromkeys(ROUTES, "full"),
    "paused": _OPEN | _PAUSED | dict.fromkeys(("peerings", "letters", "charter"), "peer-paused"),
    "ended": _OPEN | _ENDED,
}
"""state -> route -> what is given, or the refusal. Entries: on a topic that the peering grants."""


def fingerprints() -> list[dict[str, Any]]:
    roots = [each.public.raw for each in ALDER.roots]
    words = {each.node_id: str(Fingerprint.of(each.identity)) for each in (ALDER, BIRCH)}
    packed = hashlib.sha256(b"commoncare/1 root\0alder.example\0\x01" + b"".join(sorted(roots))).digest()
    bits = (int.from_bytes(packed[:17], "big") >> 4 << 4).to_bytes(17, "big").hex()
    given: dict[str, Any] = {"node_id": "alder.example", "threshold": 1, "roots": [raw.hex() for raw in roots]}
    said = words["alder.example"]
    cases = [
        case("alder", "fingerprint", "12 words over node id, threshold and roots", given, value=said),
        case(
            "roots in another order",
            "fingerprint",
            "they are sorted",
            given | {"roots": given["roots"][::-1]},
            value=said,
        ),
        case(
            "birch, threshold 2",
            "fingerprint",
            "the threshold is part of it",
            {"node_id": "birch.example", "threshold": 2, "roots": [each.public.raw.hex() for each in BIRCH.roots]},
            value=words["birch.example"],
        ),
        case("read back", "fingerprint-words", "132 bits, the last four of 17 bytes zero", {"text": said}, value=bits),
        case(
            "shouted, with commas",
            "fingerprint-words",
            "case and separators do not matter",
            {"text": said.upper().replace(" ", ", ")},
            value=bits,
        ),
        case(
            "four letters of each",
            "fingerprint-words",
            "they belong to one word alone",
            {"text": " ".join(word[:4] for word in said.split())},
            value=bits,
        ),
        case(
            "eleven words",
            "fingerprint-words",
            "12 are due",
            {"text": " ".join(said.split()[:11])},
            refused="malformed",
            public={"words": 11},
        ),
        case(
            "a slip",
            "fingerprint-words",
            "it is named by its place and the nearest word",
            {"text": "abandn " + " ".join(said.split()[1:])},
            refused="malformed",
            public={"word": 1, "nearest": "abandon"},
        ),
    ]
    made = Invitation(ALDER.node_id, Fingerprint.of(ALDER.identity), chance("invitation", 16))
    text = made.text()
    value = {"node_id": ALDER.node_id, "words": said, "token": made.token.hex()}
    cases += [
        case("an invitation", "invitation", "one word to copy and paste", {"text": text}, value=value),
        case(
            "broken over lines",
            "invitation",
            "white space is taken out",
            {"text": f" {text[:30]}\n{text[30:]} "},
            value=value,
        ),
        case("its end is missing", "invitation", "the check sum", {"text": text[:-4]}, refused="malformed"),
        case(
            "two letters swapped",
            "invitation",
            "the check sum",
            {"text": text[:10] + text[11] + text[10] + text[12:]},
            refused="malformed",
        ),
        case("another prefix", "invitation", "cc1- is due", {"text": "cc2-" + text[4:]}, refused="malformed"),
        case("no invitation", "invitation", "some other text", {"text": "hello"}, refused="malformed"),
    ]
    return cases


def _terms(version: int = 1, **more: Any) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": ALDER.node_id,
        "id": b64(chance("peering", 16)),
        "version": version,
        "parties": [ALDER.node_id, BIRCH.node_id],
        "root_kids": {each.node_id: list(each.identity.root_kids) for each in (ALDER, BIRCH)},
        "scopes": {"a_to_b": ["peer-support", "trust"], "b_to_a": ["peer-support"]},
        "purpose": "Peer support between our members",
        "agreement_sha256": b64(hashlib.sha256(b"the text that both people signed").digest()),
        "retention_days": 90,
        "erasure_sla_h": 72,
        "on_end": "delete",
        "min_protocol": "commoncare/1",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 365 * DAY,
    }
    return claims | more


def peerings() -> list[dict[str, Any]]:
    both = [ALDER.doc, BIRCH.doc]
    cases: list[dict[str, Any]] = []

    def add(
        name: str,
        what: str,
        made: str,
        *,
        last: str | None = None,
        us: Coop = BIRCH,
        them: Coop = ALDER,
        now: int = NOW,
        them_identity: str = "",
        **expected: Any,
    ) -> None:
        given = {
            "us": {"node_id": us.node_id, "identity": us.identity_text},
            "them": {"node_id": them.node_id, "identity": them_identity or them.identity_text},
            "last": last,
            "envelope": made,
            "now": now,
        }
        cases.append(case(name, "peering", what, given, **expected))

    def of(claims: dict[str, Any], signers: list[SigningKey]) -> str:
        return signed(dsse.PEERING, claims, signers)

    def value(version: int, parties: list[str], reads: list[str]) -> dict[str, Any]:
        return {"version": version, "signed_by": parties, "complete": len(parties) == 2, "we_read": reads}

    names = [ALDER.node_id, BIRCH.node_id]
    gives = ["peer-support", "trust"]
    proposal, first = of(_terms(), [ALDER.doc]), of(_terms(), both)
    wider = _terms(2, scopes={"a_to_b": ["availability", "peer-support"], "b_to_a": ["peer-support"]})
    second = of(_terms(2), both)
    add("a proposal", "one signature: no force yet", proposal, value=value(1, names[:1], gives))
    add("signed by both", "in force", first, value=value(1, names, gives))
    add(
        "seen from the other side",
        "the scopes have directions",
        first,
        us=ALDER,
        them=BIRCH,
        value=value(1, names, ["peer-support"]),
    )
    add("the same again", "what we hold is accepted again", first, last=first, value=value(1, names, gives))
    add(
        "the next version",
        "by one, under the same id",
        of(wider, both),
        last=first,
        value=value(2, names, ["availability", "peer-support"]),
    )
    add("an old one replayed", "version 1 after 2", first, last=second, refused="version-conflict")
    add("a gap", "version 3 after 1", of(_terms(3), both), last=first, refused="version-conflict")
    add("a first version of 2", "the first is 1", second, refused="version-conflict")
    add(
        "another id",
        "the id stays",
        of(_terms(2, id=b64(chance("another", 16))), both),
        last=first,
        refused="version-conflict",
    )
    add("signed by nobody", "one party at least", of(_terms(), [key("a stranger")]), refused="untrusted")
    add("signed by an http key", "doc keys only", of(_terms(), [ALDER.http]), refused="untrusted")
    add("signed by a root", "doc keys only", of(_terms(), [ALDER.roots[0]]), refused="untrusted")
    shared = signed(
        dsse.IDENTITY, identity_claims(ALDER.node_id, 1, list(ALDER.roots), 1, [ALDER.doc, BIRCH.doc]), [ALDER.roots[0]]
    )
    add(
        "one key for both parties",
        "keys of the two are apart",
        of(_terms(), [BIRCH.doc]),
        them_identity=shared,
        refused="untrusted",
    )
    roots = {ALDER.node_id: list(BIRCH.identity.root_kids), BIRCH.node_id: list(BIRCH.identity.root_kids)}
    add("other roots", "the roots of today are named", of(_terms(root_kids=roots), both), refused="untrusted")
    swapped = _terms(iss=BIRCH.node_id)
    add("an issuer that is not the first party", "who proposes is first", of(swapped, both), refused="untrusted")
    cedar = open_coop("cedar.example")
    others = _terms(
        parties=[ALDER.node_id, cedar.node_id],
        root_kids={each.node_id: list(each.identity.root_kids) for each in (ALDER, cedar)},
    )
    add("of other nodes", "it names us and them", of(others, both), refused="wrong-destination")
    add("one party twice", "two parties", of(_terms(parties=[ALDER.node_id] * 2), both), refused="malformed")
    add(
        "a topic that is not known",
        "four topics",
        of(_terms(scopes={"a_to_b": ["gossip"], "b_to_a": []}), both),
        refused="malformed",
    )
    add("801 days", "800 at most", of(_terms(exp=NOW + 801 * DAY), both), refused="malformed")
    add(
        "a protocol that we do not speak",
        "min_protocol",
        of(_terms(min_protocol="commoncare/2"), both),
        refused="scope-denied",
    )
    add("past its end", "300 s after exp", first, now=NOW + 365 * DAY + 301, refused="expired")
    add(
        "past its end, and a gap",
        "times come before versions",
        first,
        last=second,
        now=NOW + 365 * DAY + 301,
        refused="expired",
    )
    both_wrong = of(_terms(3, min_protocol="commoncare/2"), both)
    add(
        "another protocol, and a gap",
        "the protocol comes before versions",
        both_wrong,
        last=first,
        refused="scope-denied",
    )
    rooted = of(_terms(root_kids=roots, iat=NOW + DAY), both)
    add("other roots, and made tomorrow", "roots come before times", rooted, refused="untrusted")
    add("made tomorrow", "iat in the future", of(_terms(iat=NOW + DAY, nbf=NOW + DAY), both), refused="clock-skew")
    add("begins tomorrow", "agreed on beforehand", of(_terms(nbf=NOW + DAY), both), value=value(1, names, gives))
    wrong = dsse.sign(dsse.CHARTER, dumps(_terms()), both).decode()
    add("another kind of document", "the type is due", wrong, refused="untrusted")
    return cases


def bodies() -> list[dict[str, Any]]:
    """What carries documents: the answer at the well-known place, and an approach to a peering."""
    cases: list[dict[str, Any]] = []
    identity, manifest = json.loads(ALDER.identity.envelope), json.loads(ALDER.manifest.envelope)
    peering = json.loads(signed(dsse.PEERING, _terms(), [ALDER.doc]))
    both, token = {"identity": identity, "manifest": manifest}, chance("invitation", 16)

    def read(operation: str, name: str, what: str, body: object, **expected: Any) -> None:
        cases.append(case(f"{operation}: {name}", operation, what, {"body": dumps(body).decode()}, **expected))

    kinds = [dsse.IDENTITY, dsse.MANIFEST]
    read("well-known", "both documents", "envelopes, not verified yet", both, value=kinds)
    read("well-known", "one alone", "exactly these two", {"identity": identity}, refused="malformed")
    read("well-known", "a further member", "exactly these two", both | {"more": 1}, refused="malformed")
    read("well-known", "a list", "an object", [identity, manifest], refused="malformed")
    first = {"kinds": [*kinds, dsse.PEERING], "token": token.hex()}
    read("approach", "with an invitation", "a first one", both | {"peering": peering, "token": b64(token)}, value=first)
    second = {"kinds": [*kinds, dsse.PEERING], "token": None}
    read("approach", "countersigned", "no token any more", both | {"peering": peering}, value=second)
    read("approach", "documents alone", "nothing is proposed", both, value={"kinds": kinds, "token": None})
    read("approach", "no manifest", "both documents are due", {"identity": identity}, refused="malformed")
    read("approach", "a token of 15 bytes", "16", both | {"token": b64(bytes(15))}, refused="malformed")
    read("approach", "a token that is nothing", "absent is absent", both | {"token": None}, refused="malformed")
    read("approach", "a further member", "refused here", both | {"more": 1}, refused="malformed")
    long = both | {"peering": peering | {"payload": "A" * 65_536}}
    read("approach", "a document of more than 64 KiB", "each for itself", long, refused="too-large")
    return cases


def guard() -> list[dict[str, Any]]:
    cases = []
    for state in STATES:
        for route in ROUTES:
            answer = GUARD[state][route]
            given = {
                "state": state,
                "route": route,
                "topic": "peer-support" if route == "entries" else None,
                "stale": False,
            }
            expected = {"value": answer} if answer in ("full", "controls") else {"refused": answer}
            cases.append(case(f"{route}, {state}", "guard", "every route by every state", given, **expected))

    def more(name: str, what: str, given: dict[str, Any], **expected: Any) -> None:
        cases.append(
            case(
                name,
                "guard",
                what,
                {"state": "active", "route": "entries", "topic": None, "stale": False} | given,
                **expected,
            )
        )

    more("a topic granted before", "its withdrawals still have to be heard of", {"topic": "trust"}, value="controls")
    more("a topic never granted", "scopes are lists of topics", {"topic": "metrics"}, refused="scope-denied")
    more("a topic that is not one", "absent, whoever asks", {"topic": "gossip"}, refused="not-found")
    more(
        "a topic never granted, paused",
        "pausing widens nothing",
        {"state": "paused", "topic": "metrics"},
        refused="scope-denied",
    )
    more("letters, documents past their time", "letters stop", {"route": "letters", "stale": True}, refused="expired")
    more(
        "peerings, documents past their time",
        "new peerings stop",
        {"route": "peerings", "stale": True},
        refused="expired",
    )
    more("heads, documents past their time", "feeds go on", {"route": "heads", "stale": True}, value="full")
    more(
        "concerns, documents past their time",
        "a concern always comes through",
        {"route": "concerns", "stale": True},
        value="full",
    )
    return cases
