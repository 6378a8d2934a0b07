# SPDX-License-Identifier: AGPL-3.0-or-later
"""The blocks that the docs hold between markers, by name: tables out of the code, and worked examples down to the bytes."""

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from federation import charter, identity, invitations, manifest, peerings, wire
from federation import envelope as dsse
from federation.errors import CODES
from federation.feed import controls, findings, follow, logs, origins
from federation.letters import kinds, sealing

from . import agreeing, asking, everything, following, trusting, writing
from .advice import ADVICE
from .logs import LEAVES, ORIGIN, SAMPLE, commitment, compact, consistency, leaf, leaf_hash, note, root
from .world import ALDER, BIRCH, NOW, seed, token


def make(name: str) -> str:
    """The block, with a newline at its end. KeyError where there is none of that name."""
    return MADE[name]().rstrip("\n") + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _code(*parts: str, kind: str = "text") -> str:
    """A block of code, with no line broken: these are bytes."""
    return f"```{kind}\n" + "\n".join(parts).rstrip("\n") + "\n```"


def errors() -> str:
    if set(ADVICE) != set(CODES):
        raise ValueError(
            f"codes and advice differ: {sorted(set(ADVICE) ^ set(CODES))}; see tests/federation/making/advice.py"
        )
    rows: list[tuple[object, ...]] = [
        (
            f"`{code}`",
            status,
            f"{title}. Comes for: {ADVICE[code].when}",
            ADVICE[code].along or "none",
            ADVICE[code].then,
        )
        for code, (status, title) in CODES.items()
    ]
    return _table(("code", "status", "meaning", "with it", "the sender"), rows)


def found() -> str:
    return _table(("finding", "meaning"), [(f"`{name}`", what) for name, what in findings.FINDINGS.items()])


def limits() -> str:
    rows: list[tuple[object, ...]] = [
        ("a request's body", f"{wire.REQUEST_LIMIT:,} bytes"),
        ("all header names and values of a request", f"{wire.HEADER_LIMIT:,} bytes, {wire.HEADER_COUNT} lines"),
        ("path and query of a request, without the question mark", f"{wire.TARGET_LIMIT:,} bytes"),
        ("a signed document in its envelope", f"{wire.DOCUMENT_LIMIT:,} bytes, {dsse.MAX_SIGNATURES} signatures"),
        ("an outer letter", f"{wire.LETTER_LIMIT:,} bytes"),
        ("the body of an entry", f"{wire.ENTRY_LIMIT:,} bytes"),
        ("a page of entries", f"{wire.PAGE_LIMIT:,} bytes, {wire.PAGE_ENTRIES:,} entries"),
        ("an answer to `heads`", f"{wire.HEADS_LIMIT:,} bytes"),
        ("a problem that is read", f"{wire.PROBLEM_LIMIT:,} bytes"),
        ("nesting of JSON", f"{wire.DEPTH} arrays and objects"),
        ("integers", "below 2^53 in magnitude"),
        ("difference between honest clocks", f"{wire.SKEW} s"),
        ("life of a request's signature", f"1 to {wire.SIGNATURE_LIFETIME} s"),
        ("`heads` may be held for", f"{wire.HEADS_WAIT} s"),
        ("requests of one peer", f"{wire.RATE_PER_MINUTE} a minute"),
        ("entries of one topic taken from one peer", f"{wire.ENTRIES_PER_DAY:,} a day, and one snapshot"),
        ("concerns of one peer", f"{wire.CONCERNS_PER_DAY} a day"),
        (
            "life of an identity",
            f"{identity.IDENTITY_LIFE // wire.DAY} days; {identity.MAX_ROOTS} roots, {identity.MAX_DOCS} doc keys",
        ),
        ("life of a manifest", f"{manifest.MANIFEST_LIFE // wire.DAY} days; {manifest.MAX_KEYS} keys"),
        ("life of a working key", f"{manifest.KEY_LIFE // wire.DAY} days"),
        (
            "life of a charter",
            f"{charter.CHARTER_LIFE // wire.DAY} days; {charter.MAX_MEMBERS} members, {dsse.MAX_CHARTER_SIGNATURES} signatures",
        ),
        ("life of a peering", f"{peerings.PEERING_LIFE // wire.DAY} days"),
        (
            "life of a letter",
            f"{sealing.LETTER_DAYS} days; its id is remembered {sealing.REMEMBER_DAYS} days beyond its end",
        ),
        ("time to answer an ask", f"{kinds.ASK_DAYS} days"),
        ("an epoch", f"{origins.EPOCH_DAYS} days; {controls.SNAPSHOT_LIMIT:,} entries in its snapshot"),
        ("a checkpoint is renewed every", f"{logs.CHECKPOINT_SECONDS} s at least"),
        (
            "a feed without a newer time is stale after",
            f"{follow.STALE_SECONDS} s; alarm after {follow.ALARM_SECONDS:,} s",
        ),
        ("positions in one withdrawal", controls.WITHDRAW_POSITIONS),
        *((f"an entry on `{topic}`", f"{days} days") for topic, days in origins.ENTRY_DAYS.items()),
    ]
    return _table(("what", "limit"), rows)


def guard() -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{route}`", *(trusting.GUARD[state][route] for state in trusting.STATES)) for route in trusting.ROUTES
    ]
    return _table(("route", *trusting.STATES), rows)


def letter_kinds() -> str:
    rows: list[tuple[object, ...]] = []
    for kind, data in kinds.KINDS.items():
        members = [f"`{field.encode_name}`" + ("" if field.required else "?") for field in msgspec.structs.fields(data)]
        rows.append((f"`{kind}`", ", ".join(members)))
    return _table(("kind", "members of `data` (? may be absent)"), rows)


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _document(envelope: bytes) -> str:
    opened = dsse.open_envelope(envelope)
    head = dsse.pae(opened.payload_type, b"").rpartition(b" ")[0].rpartition(b" ")[0].decode()
    return "\n\n".join(
        [
            "The payload, indented here for reading (what is signed is compact):",
            _code(_pretty(json.loads(opened.payload)), kind="json"),
            f"What is signed is `{head} {len(opened.payload)} ` and then these {len(opened.payload)} bytes:",
            _code(opened.payload.decode()),
            "The envelope:",
            _code(envelope.decode()),
        ]
    )


def test_keys() -> str:
    rows: list[tuple[object, ...]] = []
    for use, key in (
        ("root 1", ALDER.roots[0]),
        ("root 2", ALDER.roots[1]),
        ("doc", ALDER.doc),
        ("http", ALDER.http),
        ("log", ALDER.log),
        ("letter", ALDER.letter),
    ):
        rows.append((use, f"`{seed(f'alder.example {use}').hex()}`", f"`{key.kid}`"))
    return _table(
        ("key of alder.example", 'seed, SHA-256("commoncare test key: alder.example " and its name)', "kid"), rows
    )


def fingerprint() -> str:
    start = b"commoncare/1 root\0alder.example\0\x01"
    raw = sorted(each.public.raw for each in ALDER.roots)
    return _code(
        "hashed  " + start.hex(),
        *(f"        {each.hex()}" for each in raw),
        f"words   {invitations.Fingerprint.of(ALDER.identity)}",
    )


def invitation() -> str:
    (one,) = (each for each in trusting.fingerprints() if each["name"] == "an invitation")
    said = one["expected"]["value"]
    return _code(
        one["input"]["text"], "", f"node_id {said['node_id']}", f"words   {said['words']}", f"token   {said['token']}"
    )


def peering() -> str:
    return _document(dsse.sign(dsse.PEERING, wire.dumps(trusting._terms()), [ALDER.doc, BIRCH.doc]))


def charter_document() -> str:
    return _document(agreeing.by(agreeing.FIRST, "alder", "birch").encode())


def seat_line() -> str:
    one = agreeing.member("alder")
    return _code(
        charter.Seat(one).text(),
        "",
        f"node_id {one.node_id}",
        f"seat    {one.seat.raw.hex()}",
        f"words   {one.fingerprint}",
    )


def request() -> str:
    made, base = asking.build("POST", "/commoncare/v1/letters", "", b'{"a":1}')
    headers = "\n".join(f"{name}: {value}" for name, value in made["headers"])
    return "\n\n".join(["The signature base:", _code(base), "The headers:", _code(headers), 'The body: `{"a":1}`'])


def entry() -> str:
    put = SAMPLE[1]
    return _code(
        f"origin      {ORIGIN}",
        f"expires     {put['expires']}",
        f"salt        {put['salt']}",
        f"body        {put['body']}",
        f"commitment  {commitment(put).hex()}",
        f"leaf        {leaf(put).hex()}",
        f"leaf hash   {leaf_hash(leaf(put)).hex()}",
    )


def tree() -> str:
    lines = [f"leaf hash {index}  {each.hex()}" for index, each in enumerate(LEAVES)]
    path = [f"path of 4 in 6  {each.hex()}" for each in consistency(LEAVES, 4)]
    return _code(*lines, f"root of 4    {root(LEAVES[:4]).hex()}", f"root of 6    {root(LEAVES).hex()}", *path)


def checkpoint() -> str:
    return _code(note(6, root(LEAVES)))


def heads() -> str:
    (one, *_) = following.heads()
    return _code(one["input"]["body"], kind="json") + f'\n\nIts etag is `"{one["expected"]["value"]}"`.'


def letter() -> str:
    held: dict[str, Any] = {each["name"]: each for each in writing.letters(everything.read_held())}
    one = held["introduction.decline"]
    said = one["expected"]["value"]
    inner = said["inner"].encode()
    return "\n\n".join(
        [
            "The inner payload, signed by Alder's `doc` key:",
            _code(dsse.open_envelope(inner).payload.decode()),
            f"Its digest, kept under (from, jti): `{said['digest']}`. The inner envelope, which is sealed:",
            _code(said["inner"]),
            "HPKE's `info`, in hexadecimal:",
            _code(writing.info("alder.example", "birch.example", token("jti")).hex()),
            f"Birch's letter key, private: `{one['input']['letter_key']}`. The outer letter:",
            _code(one["input"]["outer"]),
        ]
    )


def page() -> str:
    return _code(compact({"entries": [SAMPLE[0], SAMPLE[4]]}), kind="json")


def moment() -> str:
    return f"The moment of all examples is {NOW}."


MADE: Final[dict[str, Callable[[], str]]] = {
    "errors": errors,
    "findings": found,
    "limits": limits,
    "guard": guard,
    "letter-kinds": letter_kinds,
    "test-keys": test_keys,
    "example-identity": lambda: _document(ALDER.identity.envelope),
    "example-manifest": lambda: _document(ALDER.manifest.envelope),
    "example-fingerprint": fingerprint,
    "example-invitation": invitation,
    "example-peering": peering,
    "example-charter": charter_document,
    "example-seat": seat_line,
    "example-request": request,
    "example-entry": entry,
    "example-tree": tree,
    "example-checkpoint": checkpoint,
    "example-heads": heads,
    "example-page": page,
    "example-letter": letter,
    "moment": moment,
}
