# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of logs: origins, entries and their leaves, trees and proofs; and the small log that other vectors stand on.

Leaves, roots and notes are made here from the RFCs alone, a few lines each, and never by what they try.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from federation.keys import SigningKey
from federation.wire import DAY, b64

from .world import ALDER, NOW, case, chance, token

ORIGIN = f"alder.example/commoncare/peer-support/{NOW}"
EMPTY = hashlib.sha256(b"").digest()
OFFER: dict[str, Any] = {
    "kind": "one_to_one",
    "topics": ["bereavement", "alder.example:canal-walks"],
    "have": "I lost my husband four years ago.",
    "how": "I listen, and we can walk.",
    "limits": "Not at weekends.",
    "ways": ["phone", "public_place"],
    "languages": ["en", "pa-Guru"],
    "area": {"name": "Todmorden", "lat": 53.72, "lon": -2.1},
    "times": "Tuesday and Thursday mornings",
    "places": 2,
    "open": 1,
    "replies": 3,
    "checked_on": NOW - DAY,
    "revision": 1,
}


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def put(name: str, *, data: object = None, expires: int = NOW + 60 * DAY, **more: Any) -> dict[str, Any]:
    body = compact({"id": token(name), "iat": NOW, "data": OFFER if data is None else data} | more)
    return {"expires": expires, "salt": b64(chance(f"salt {name}", 32)), "body": body}


def control(**members: Any) -> dict[str, Any]:
    return {"body": compact(members)}


def opening(live: int = 0, **more: Any) -> dict[str, Any]:
    past = {"prev_epoch": 0, "prev_size": 0, "prev_root": b64(EMPTY), "reason": "first"}
    return control(**({"type": "open"} | past | {"live": live} | more))


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def commitment(entry: dict[str, Any], origin: str = ORIGIN) -> bytes:
    message = b"commoncare/1 entry\0" + origin.encode() + b"\0" + entry["body"].encode()
    return hmac.digest(unb64(entry["salt"]), message, "sha256")


def leaf(entry: dict[str, Any], origin: str = ORIGIN) -> bytes:
    if "expires" not in entry:
        return b"\x01" + str(entry["body"]).encode()
    held, expires = unb64(entry["c"]) if "c" in entry else commitment(entry, origin), int(entry["expires"])
    return b"\x00" + expires.to_bytes(8, "big") + held


def absent(entry: dict[str, Any]) -> dict[str, Any]:
    return {"expires": entry["expires"], "c": b64(commitment(entry))}


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word, over leaf hashes."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def consistency(leaves: list[bytes], size: int, whole: bool = True) -> list[bytes]:
    """RFC 6962, section 2.1.2: SUBPROOF(m, D[n], b)."""
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if size <= split:
        return [*consistency(leaves[:split], size, whole), root(leaves[split:])]
    return [*consistency(leaves[split:], size - split, False), root(leaves[:split])]


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    """RFC 6962, section 2.1.1: PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*inclusion(leaves[:split], index), root(leaves[split:])]
    return [*inclusion(leaves[split:], index - split), root(leaves[:split])]


def note(
    size: int,
    top: bytes,
    *,
    time: int = NOW,
    signer: SigningKey = ALDER.log,
    origin: str = ORIGIN,
    text: str = "",
    kind: int = 4,
    name: str = "",
) -> str:
    """C2SP signed-note with a cosignature/v1 line."""
    text = text or f"{origin}\n{size}\n{base64.b64encode(top).decode()}\n"
    who = name or origin
    key_id = hashlib.sha256(who.encode() + b"\n" + bytes([kind]) + signer.public.raw).digest()[:4]
    message = f"cosignature/v1\ntime {time}\n{text}".encode() if kind == 4 else text.encode()
    stamp = time.to_bytes(8, "big") if kind == 4 else b""
    return f"{text}\n— {who} {base64.b64encode(key_id + stamp + signer.sign(message)).decode()}\n"


SAMPLE = [
    opening(live=2),
    put("offer 1"),
    put("offer 2"),
    put("offer 3"),
    control(type="withdraw", at=[[NOW, 1]], receipt=False),
    put("offer 1", revision=2),
]
LEAVES = [leaf_hash(leaf(entry)) for entry in SAMPLE]


def entries() -> list[dict[str, Any]]:
    cases = []
    for name, entry in (
        ("an opening entry", SAMPLE[0]),
        ("a put", SAMPLE[1]),
        ("a put whose body is absent", absent(SAMPLE[1])),
        ("a withdrawal", SAMPLE[4]),
    ):
        value: dict[str, Any] = {"leaf": leaf(entry).hex(), "leaf_hash": leaf_hash(leaf(entry)).hex()}
        cases.append(
            case(name, "leaf", "the leaf and its RFC 6962 hash", {"origin": ORIGIN, "entry": entry}, value=value)
        )
    elsewhere = ORIGIN.replace("alder", "birch")
    value = {"leaf": leaf(SAMPLE[1], elsewhere).hex(), "leaf_hash": leaf_hash(leaf(SAMPLE[1], elsewhere)).hex()}
    cases.append(
        case(
            "the same put in another log",
            "leaf",
            "the commitment binds the origin",
            {"origin": elsewhere, "entry": SAMPLE[1]},
            value=value,
        )
    )
    for text in (ORIGIN, "a.b/commoncare/trust/1"):
        parts = text.split("/")
        cases.append(
            case(
                text,
                "origin",
                "an origin is its text",
                {"text": text},
                value={"node_id": parts[0], "topic": parts[2], "epoch": int(parts[3])},
            )
        )
    for name, text in (
        ("a topic that is none", "alder.example/commoncare/gossip/1"),
        ("epoch 0", "alder.example/commoncare/trust/0"),
        ("a leading zero", "alder.example/commoncare/trust/01"),
        ("no epoch", "alder.example/commoncare/trust"),
        ("a part too many", "alder.example/commoncare/trust/1/"),
        ("another protocol", "alder.example/common/trust/1"),
        ("upper case", "Alder.example/commoncare/trust/1"),
        ("an epoch beyond 2^53", "alder.example/commoncare/trust/9007199254740992"),
    ):
        cases.append(case(name, "origin", "no origin", {"text": text}, refused="malformed"))

    def read(name: str, what: str, entry: dict[str, Any], topic: str = "peer-support", **expected: Any) -> None:
        cases.append(case(name, "put", what, {"topic": topic, "entry": entry, "now": NOW}, **expected))

    value = {"id": token("offer 1"), "iat": NOW}
    read("an offer", "id, iat, data", put("offer 1"), value=value)
    read("a further member", "ignored", put("offer 1", colour="green"), value=value)
    read("90 days", "the longest for offers", put("offer 1", expires=NOW + 90 * DAY), value=value)
    read("90 days and a second", "too long", put("offer 1", expires=NOW + 90 * DAY + 1), refused="malformed")
    read(
        "availability: 7 days and a second",
        "too long",
        put("offer 1", data={}, expires=NOW + 7 * DAY + 1),
        "availability",
        refused="malformed",
    )
    read("expired when made", "after its iat", put("offer 1", expires=NOW), refused="malformed")
    read(
        "300 s ahead", "honest clocks", put("offer 1", iat=NOW + 300), value={"id": token("offer 1"), "iat": NOW + 300}
    )
    read("301 s ahead", "from the future", put("offer 1", iat=NOW + 301), refused="clock-skew")
    read("an id of 15 bytes", "128 bits", put("offer 1", id="A" * 20), refused="malformed")
    read("an id with stray bits", "one text for one id", put("offer 1", id="A" * 21 + "B"), refused="malformed")
    read("no data", "an object", put("offer 1", data=[]), refused="malformed")
    read("a name twice", "strict JSON", {**put("offer 1"), "body": '{"id":"a","id":"a"}'}, refused="malformed")
    read(
        "16 KiB and a byte", "too large", {**put("offer 1"), "body": " " * (16 * 1024 - 1) + "{}"}, refused="too-large"
    )
    for name, what, members, answer in (
        (
            "open",
            "the first epoch of a feed",
            {"type": "open", "prev_epoch": 0, "prev_size": 0, "prev_root": b64(EMPTY), "reason": "first", "live": 3},
            "",
        ),
        (
            "open, later",
            "with its past",
            {
                "type": "open",
                "prev_epoch": NOW - DAY,
                "prev_size": 9,
                "prev_root": b64(LEAVES[0]),
                "reason": "age",
                "live": 3,
            },
            "",
        ),
        ("withdraw", "500 positions at most", {"type": "withdraw", "at": [[NOW, 1], [NOW, 2]], "receipt": True}, ""),
        ("close", "nothing may follow", {"type": "close", "reason": "leaving"}, ""),
        (
            "open, first with a past",
            "past and reason fit",
            {"type": "open", "prev_epoch": 0, "prev_size": 9, "prev_root": b64(EMPTY), "reason": "first", "live": 3},
            "malformed",
        ),
        (
            "open, later without a past",
            "past and reason fit",
            {"type": "open", "prev_epoch": 0, "prev_size": 0, "prev_root": b64(EMPTY), "reason": "age", "live": 3},
            "malformed",
        ),
        (
            "open, another reason",
            "one of five",
            {"type": "open", "prev_epoch": 1, "prev_size": 1, "prev_root": b64(EMPTY), "reason": "fun", "live": 3},
            "malformed",
        ),
        (
            "withdraw, one position twice",
            "each once",
            {"type": "withdraw", "at": [[NOW, 1], [NOW, 1]], "receipt": True},
            "malformed",
        ),
        ("withdraw, nothing", "one at least", {"type": "withdraw", "at": [], "receipt": True}, "malformed"),
        (
            "withdraw, 501 positions",
            "500 at most",
            {"type": "withdraw", "at": [[NOW, n] for n in range(501)], "receipt": True},
            "malformed",
        ),
        ("withdraw without receipt", "every member of its type", {"type": "withdraw", "at": [[NOW, 1]]}, "malformed"),
        ("another type", "open, withdraw, close", {"type": "pause"}, "malformed"),
    ):
        given = {"body": compact(members)}
        expected: dict[str, Any] = {"refused": answer} if answer else {"value": members}
        cases.append(case(f"control: {name}", "control", what, given, **expected))
    return cases


def trees() -> list[dict[str, Any]]:
    leaves = [leaf_hash(bytes([n])) for n in range(13)]
    texts = [each.hex() for each in leaves]
    cases = [
        case(
            f"{size} leaves",
            "tree-root",
            "RFC 6962, section 2.1",
            {"leaf_hashes": texts[:size]},
            value=root(leaves[:size]).hex(),
        )
        for size in (0, 1, 2, 3, 4, 7, 8, 13)
    ]
    for old, new in ((1, 1), (1, 2), (3, 7), (4, 7), (6, 8), (8, 13), (12, 13)):
        path = consistency(leaves[:new], old)
        given = {
            "size1": old,
            "root1": root(leaves[:old]).hex(),
            "size2": new,
            "root2": root(leaves[:new]).hex(),
            "proof": [each.hex() for each in path],
        }
        cases.append(case(f"{old} in {new}", "consistency", "section 2.1.2", given, value=True))
        other = given | {"root1": root(leaves[1 : old + 1]).hex()}
        cases.append(
            case(f"{old} in {new}, another root", "consistency", "not the beginning of it", other, value=False)
        )
    given = {"size1": 0, "root1": EMPTY.hex(), "size2": 7, "root2": root(leaves[:7]).hex(), "proof": []}
    cases.append(case("0 in 7", "consistency", "a proof from the empty tree says nothing", given, value=False))
    for index, size in ((0, 1), (0, 7), (5, 7), (12, 13)):
        steps = [each.hex() for each in inclusion(leaves[:size], index)]
        given = {
            "leaf_hash": texts[index],
            "index": index,
            "size": size,
            "root": root(leaves[:size]).hex(),
            "proof": steps,
        }
        cases.append(case(f"leaf {index} of {size}", "inclusion", "section 2.1.1", given, value=True))
        cases.append(
            case(
                f"leaf {index} of {size}, a hash too many",
                "inclusion",
                "proofs have one length",
                given | {"proof": [*steps, EMPTY.hex()]},
                value=False,
            )
        )
    return cases
