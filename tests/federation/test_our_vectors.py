# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own vectors, in tests/federation/vectors, tried on our own code: every value, and every refusal by its code.

They are for whoever writes another implementation. This file is also the key to them: each operation below says, in a few
lines, what a case's input means. What a case gives is compared whole, so a member too many fails as well.
"""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from federation import (
    charter,
    envelope,
    feed,
    invitations,
    keys,
    letters,
    manifest,
    merkle,
    notes,
    peerings,
    requests,
    statements,
    wire,
)
from federation.errors import Refused
from federation.feed import controls, follow, forks
from federation.identity import accept_identity, parse_well_known, read_identity
from federation.invitations import Fingerprint
from federation.trust import PeerView, Route, may

from .making import trusting
from .making.world import ALDER, BIRCH, NOW

FOLDER = Path(__file__).with_name("vectors")
FILES = sorted(FOLDER.glob("*.json"))


def given_keys(jwks: list[dict[str, str]]) -> list[keys.PublicKey]:
    return [keys.PublicKey.from_jwk(jwk) for jwk in jwks]


def ready(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


# What everything stands on --------------------------------------------------------------------------------------------


def json_(given: dict[str, Any]) -> Any:
    data = bytes.fromhex(given["hex"]) if "hex" in given else given["text"].encode()
    return wire.parse(data, limit=given.get("limit", wire.REQUEST_LIMIT))


def base64url(given: dict[str, Any]) -> str:
    data = wire.unb64(given["text"], length=given.get("length"))
    assert wire.b64(data) == given["text"]
    return data.hex()


def ed25519_sign(given: dict[str, Any]) -> str:
    return keys.SigningKey.from_seed(bytes.fromhex(given["seed"])).sign(bytes.fromhex(given["message"])).hex()


def ed25519_verify(given: dict[str, Any]) -> bool:
    key, signature, message = (bytes.fromhex(given[name]) for name in ("key", "signature", "message"))
    return keys.PublicKey.from_bytes(key).verify(signature, message)


# Documents ------------------------------------------------------------------------------------------------------------


def verify_envelope(given: dict[str, Any]) -> dict[str, Any]:
    asked = given_keys(given["keys"])
    verified = envelope.verify(
        given["envelope"].encode(),
        given["type"],
        given["issuer"],
        asked,
        given["now"],
        given["threshold"],
        audience=given.get("audience"),
    )
    return {"claims": verified.claims, "signers": sorted(verified.signers)}


def identity(given: dict[str, Any]) -> dict[str, Any]:
    node = given["node_id"]
    held = None if given["held"] is None else read_identity(given["held"].encode(), node_id=node)
    new = accept_identity(held, given["envelope"].encode(), given["now"], node_id=node, latest=given["latest"])
    docs = [key.kid for key in new.docs]
    return {"version": new.version, "threshold": new.threshold, "roots": list(new.root_kids), "docs": docs}


def manifest_(given: dict[str, Any]) -> dict[str, Any]:
    node, held = given["node_id"], None
    for who, what in given["held"]:
        known = held.revoked if held else frozenset()
        held = manifest.read_manifest(read_identity(who.encode(), node_id=node), what.encode(), revoked=known)
    mine = read_identity(given["identity"].encode(), node_id=node)
    new = manifest.accept_manifest(mine, held, given["envelope"].encode(), given["now"])
    ring = manifest.KeyRing([(mine, new)])
    usable = {use: sorted(key.kid for key in ring.usable(node, use, given["now"])) for use in ("http", "log")}
    return {"order": list(new.order), "usable": usable, "revoked": sorted(new.revoked)}


# Trust ----------------------------------------------------------------------------------------------------------------


def fingerprint(given: dict[str, Any]) -> str:
    roots = [keys.PublicKey.from_bytes(bytes.fromhex(raw)) for raw in given["roots"]]
    return str(Fingerprint.of_roots(given["node_id"], given["threshold"], roots))


def invitation(given: dict[str, Any]) -> dict[str, Any]:
    read = invitations.Invitation.from_text(given["text"])
    return {"node_id": read.node_id, "words": str(read.fingerprint), "token": read.token.hex()}


def peering(given: dict[str, Any]) -> dict[str, Any]:
    us, them = (
        read_identity(given[side]["identity"].encode(), node_id=given[side]["node_id"]) for side in ("us", "them")
    )
    last = None if given["last"] is None else peerings.read(given["last"].encode(), us=us, them=them)
    new = peerings.judge(given["envelope"].encode(), us=us, them=them, last=last, now=given["now"])
    reads = sorted(new.topics(them.node_id, us.node_id))
    return {"version": new.version, "signed_by": sorted(new.signed_by), "complete": new.complete, "we_read": reads}


def charter_(given: dict[str, Any]) -> dict[str, Any]:
    held = None if given["held"] is None else charter.read_charter(given["held"].encode())
    new = charter.accept_charter(held, given["envelope"].encode(), given["now"], latest=given["latest"])
    members = [member.node_id for member in new.members]
    return {"version": new.version, "members": members, "signed_by": sorted(new.signed_by())}


def charter_conflict(given: dict[str, Any]) -> str:
    before = None if given["before"] is None else charter.read_charter(given["before"].encode())
    held = charter.read_charter(given["held"].encode())
    return charter.judge_conflict(held, before, given["envelope"].encode()).digest()


def seat(given: dict[str, Any]) -> dict[str, Any]:
    read = charter.Seat.from_text(given["text"]).member
    return {"node_id": read.node_id, "seat": read.seat.raw.hex(), "words": str(read.fingerprint)}


def kinds(*documents: bytes | None) -> list[str]:
    return [envelope.open_envelope(each).payload_type for each in documents if each is not None]


def approach(given: dict[str, Any]) -> dict[str, Any]:
    read = invitations.Approach.parse(given["body"].encode())
    carried = kinds(read.identity, read.manifest, read.peering)
    return {"kinds": carried, "token": None if read.token is None else read.token.hex()}


def guard(given: dict[str, Any]) -> str:
    """Birch asks Alder, who grants it peer-support, and granted it trust before."""
    claims = trusting._terms(scopes={"a_to_b": ["peer-support"], "b_to_a": ["peer-support"]})
    made = envelope.sign(envelope.PEERING, wire.dumps(claims), [ALDER.doc, BIRCH.doc])
    terms = peerings.read(made, us=ALDER.identity, them=BIRCH.identity)
    began = PeerView("birch.example", BIRCH.identity, BIRCH.manifest, granted=frozenset({"peer-support", "trust"}))
    view = {
        "stranger": None,
        "proposed": dataclasses.replace(began, proposal=terms),
        "active": dataclasses.replace(began, peering=terms),
        "paused": dataclasses.replace(began, peering=terms, paused_here=True),
        "ended": dataclasses.replace(began, peering=terms, ended=True),
    }[given["state"]]
    now = BIRCH.manifest.exp + 1 if given["stale"] else NOW
    return may(view, Route(given["route"]), given["topic"], now, us="alder.example").value


# Transport ------------------------------------------------------------------------------------------------------------


def request(given: dict[str, Any]) -> dict[str, Any]:
    headers = [(name, value) for name, value in given["headers"]]
    claimed = requests.read(given["method"], given["path"], given["query"], headers)
    who = claimed.verify(
        keys.PublicKey.from_jwk(given["key"]) if given["key"] else None,
        now=given["now"],
        authority=given["authority"],
        body=bytes.fromhex(given["body"]),
        not_before=given["not_before"],
    )
    said = {name: getattr(who, name) for name in ("node_id", "kid", "nonce", "created", "expires")}
    return said | {"base": signature_base(given)}


def signature_base(given: dict[str, Any]) -> str:
    """RFC 9421, section 2.5, for the components that we know."""
    fields = {name.lower(): value.strip() for name, value in given["headers"]}
    derived = {"@method": given["method"], "@authority": given["authority"], "@path": given["path"]}
    values = fields | derived | {"@query": f"?{given['query']}"}
    parameters = fields["signature-input"].removeprefix("cc=")
    names = [part.strip('"') for part in parameters[1 : parameters.index(")")].split()]
    return "\n".join([*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {parameters}'])


# Feeds ----------------------------------------------------------------------------------------------------------------


def entry(given: dict[str, Any]) -> feed.Entry:
    (one,) = feed.decode_page(wire.dumps({"entries": [given]}))
    return one


def leaf(given: dict[str, Any]) -> dict[str, str]:
    origin, one = feed.Origin.parse(given["origin"]), entry(given["entry"])
    (hashed,) = feed.leaf_hashes(origin, [one])
    return {"leaf": feed.entries.leaf(origin, one).hex(), "leaf_hash": hashed.hex()}


def put(given: dict[str, Any]) -> dict[str, Any]:
    one = entry(given["entry"])
    assert isinstance(one, feed.Put)
    record = feed.read_put(given["topic"], one, now=given["now"])
    return {"id": record.id, "iat": record.iat}


def checkpoint(given: dict[str, Any]) -> dict[str, Any]:
    read = notes.open_checkpoint(given["note"], given["origin"], given_keys(given["keys"]))
    return {"size": read.size, "root": read.root.hex(), "time": read.time, "kid": read.kid}


def judge_checkpoint(given: dict[str, Any]) -> str:
    new, old = given["checkpoint"], given["known"]
    root = bytes.fromhex(new["root"])
    offered = notes.Checkpoint(new["origin"], new["size"], root, new["time"], "", "")
    known = None
    if old is not None:
        origin = feed.Origin.parse(old["origin"])
        known = follow.Known(origin, old["size"], bytes.fromhex(old["root"]), old["time"], "")
    return feed.judge_checkpoint(known, offered, given["now"]).news


def consistency(given: dict[str, Any]) -> bool:
    proof = [bytes.fromhex(step) for step in given["proof"]]
    roots = {name: bytes.fromhex(given[name]) for name in ("root1", "root2")}
    return merkle.verify_consistency(size1=given["size1"], size2=given["size2"], proof=proof, **roots)


def inclusion(given: dict[str, Any]) -> bool:
    return merkle.verify_inclusion(
        leaf=bytes.fromhex(given["leaf_hash"]),
        index=given["index"],
        size=given["size"],
        proof=[bytes.fromhex(step) for step in given["proof"]],
        root=bytes.fromhex(given["root"]),
    )


def run(given: dict[str, Any]) -> dict[str, Any]:
    """A verified run of entries: which are taken, which set aside."""
    entries = feed.decode_page(given["page"].encode())
    origin = feed.Origin.parse(given["origin"])
    found = feed.sort_entries(
        origin, given["start"], entries, now=given["now"], live=given["live"], closed=given["closed"]
    )
    return {
        "puts": [at.index for at in found.puts],
        "absent": [at.index for at in found.absent],
        "withdrawals": [[at.index, [list(place) for place in at.withdraw.at]] for at in found.withdrawals],
        "aside": [[at.index, at.code] for at in found.aside],
        "live": found.live,
        "closed": found.closed,
    }


def absence(given: dict[str, Any]) -> str:
    one = entry(given["entry"])
    assert isinstance(one, feed.Absent)
    return follow.why_absent(
        feed.Origin.parse(given["origin"]),
        follow.AbsentAt(given["index"], one),
        granted=given["granted"],
        withdrawn={(epoch, index) for epoch, index in given["withdrawn"]},
        now=given["now"],
    )


def freshness(given: dict[str, Any]) -> str:
    origin = feed.Origin("alder.example", "trust", NOW)
    known = None if given["time"] is None else follow.Known(origin, 1, bytes(32), given["time"], "")
    return follow.freshness(known, given["now"])


def head(given: dict[str, Any]) -> int:
    return feed.open_head(msgspec.convert(given["head"], feed.Head), given["node_id"], given_keys(given["keys"])).size


def fork(given: dict[str, Any]) -> str:
    return str(forks.judge_fork(forks.read_fork(given["fork"]), given["node_id"], given_keys(given["keys"])))


# Letters and statements -----------------------------------------------------------------------------------------------


def opened(given: dict[str, Any]) -> letters.Letter:
    key = keys.LetterKey.from_seed(bytes.fromhex(given["letter_key"]))
    outer = letters.open_outer(given["outer"].encode())
    return letters.unseal(outer, key, given_keys(given["doc_keys"]), given["me"], given["now"])


def letter(given: dict[str, Any]) -> dict[str, Any]:
    read = opened(given)
    said = {name: getattr(read, name) for name in ("sender", "kind", "thread", "jti", "iat", "exp")}
    key = keys.LetterKey.from_seed(bytes.fromhex(given["letter_key"]))
    inner = letters.sealing._open(letters.open_outer(given["outer"].encode()), key).decode()
    return said | {"data": ready(read.data), "digest": read.digest.hex(), "inner": inner}


def arrival(given: dict[str, Any]) -> bool:
    known = None if given["known"] is None else bytes.fromhex(given["known"])
    return letters.judge_arrival(opened(given), known, given["now"])


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "json": json_,
    "base64url": base64url,
    "node-id": lambda given: wire.node_id(given["text"]),
    "ed25519-key": lambda given: keys.PublicKey.from_bytes(bytes.fromhex(given["hex"])).kid,
    "x25519-key": lambda given: keys.LetterPublicKey.from_bytes(bytes.fromhex(given["hex"])).kid,
    "ed25519-jwk": lambda given: keys.PublicKey.from_jwk(given["jwk"]).raw.hex(),
    "ed25519-sign": ed25519_sign,
    "ed25519-verify": ed25519_verify,
    "pae": lambda given: envelope.pae(given["type"], bytes.fromhex(given["payload"])).hex(),
    "envelope": verify_envelope,
    "identity": identity,
    "manifest": manifest_,
    "fingerprint": fingerprint,
    "fingerprint-words": lambda given: Fingerprint.from_words(given["text"]).to_bytes().hex(),
    "invitation": invitation,
    "peering": peering,
    "well-known": lambda given: kinds(*parse_well_known(given["body"].encode())),
    "approach": approach,
    "guard": guard,
    "charter": charter_,
    "charter-conflict": charter_conflict,
    "seat": seat,
    "request": request,
    "origin": lambda given: ready(feed.Origin.parse(given["text"])),
    "leaf": leaf,
    "put": put,
    "control": lambda given: ready(controls.decode_control(feed.Control(given["body"].encode()))),
    "tree-root": lambda given: merkle.root_of([bytes.fromhex(each) for each in given["leaf_hashes"]]).hex(),
    "consistency": consistency,
    "inclusion": inclusion,
    "checkpoint": checkpoint,
    "judge-checkpoint": judge_checkpoint,
    "page": lambda given: [type(each).__name__.lower() for each in feed.decode_page(given["page"].encode())],
    "run": run,
    "heads": lambda given: feed.etag(feed.decode_heads(given["body"].encode())),
    "absence": absence,
    "freshness": freshness,
    "head": head,
    "fork": fork,
    "letter": letter,
    "arrival": arrival,
    "letter-data": lambda given: ready(letters.read_data(given["kind"], given["data"], iat=given["iat"])),
    "statement": lambda given: ready(statements.decode(given["topic"], given["data"])),
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_case(file: Path) -> None:
    wrong = []
    for case in json.loads(file.read_bytes())["cases"]:
        expected = case["expected"]
        try:
            answer = {"value": OPERATIONS[case["operation"]](case["input"])}
        except Refused as refusal:
            answer = {"refused": refusal.code}
            answer |= {"finding": refusal.finding} if isinstance(refusal, feed.FeedRefused) else {}
            answer |= {"public": refusal.public} if "public" in expected else {}
        if answer != expected:
            wrong.append((case["name"], answer, expected))
    assert wrong == []


def test_every_operation_is_explained() -> None:
    page = FOLDER.parents[2] / "docs" / "protocol" / "vectors.md"
    told = [line.split("|")[1] for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert sorted(", ".join(told).replace("`", "").replace(" ", "").split(",")) == sorted(OPERATIONS)


def test_every_operation_is_tried_and_every_suite_takes_and_refuses() -> None:
    suites = {file.stem: json.loads(file.read_bytes())["cases"] for file in FILES}
    assert {case["operation"] for cases in suites.values() for case in cases} == set(OPERATIONS)
    for name, cases in suites.items():
        answers = {"refused" if "refused" in case["expected"] else str(case["expected"]["value"]) for case in cases}
        assert len(answers) > 1, f"{name} has one answer to everything"
