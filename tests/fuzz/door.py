# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real door: one co-op's protocol application over its own database, asked by neighbours whose keys we hold.

Birch is active, Cedar paused by us, Damson's peering ended, and a stranger signs with a key that nobody knows. What the door says
yes to has to be just what was signed, by one who may; a request that came before has to be refused; one that was refused for its
signature must not have used the nonce up. Any 500 is a fault.
"""

from __future__ import annotations

import json
import tempfile
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from federation import letters, requests, wire
from federation.errors import CODES, PROBLEM_TYPE
from federation.keys import LetterPublicKey, SigningKey
from node import database
from node.peers import acts as peers
from node.peers import keyring, reads
from node.village import Village, found_village, open_village
from node.village.village import CLI
from tests.fuzz import headers, mutations
from tests.fuzz.kinds import Case
from tests.fuzz.trying import Tally

ALDER, BIRCH, CEDAR, DAMSON = "alder.example", "birch.example", "cedar.example", "damson.example"
NODES = 4
MAY: dict[str, tuple[str, ...]] = {BIRCH: (), CEDAR: ("heads", "entries", "seen", "concerns"), DAMSON: ("peerings",)}
"""What each may do at all; Birch everything."""


@dataclass(frozen=True)
class Asker:
    """A node that asks: its keys for requests and letters, and Alder's key to seal letters to."""

    node: str
    http: SigningKey
    doc: SigningKey
    seal_to: LetterPublicKey | None


class Door:
    """See the module. Make it with `open_door`."""

    def __init__(self, village: Village, seed: int) -> None:
        self.village, self.seed = village, seed
        self.askers: list[Asker] = []
        self.epoch = self.size = 0
        self.start = village.clock.now()

    async def try_one(self, number: int, turn: int, tally: Tally) -> None:
        """The mutation of that number; a second passes between one turn and the next."""
        rng = Random(f"{self.seed}:door:{number}")
        tally.tried += 1
        tally.kinds["door"] += 1
        self.village.clock.advance(seconds=max(0, self.start + turn - self.village.clock.now()))
        asker, route, signed = self._signed(rng)
        case = dict(signed)
        mutated = rng.random() < 0.5
        if mutated:
            for _ in range(rng.choice((1, 1, 2))):
                self._change(case, rng)
        try:
            status, code = await self._ask(case, tally)
            if status >= 500 and code != "busy":
                self._fault(tally, number, f"{status} {code}")
            elif status < 400 and not self._sound(asker, route, signed, case):
                tally.accepted += 1
                tally.finding(f"--only {number} (door): {asker.node} {route} was answered with {status}")
            elif status < 400:
                tally.same += 1
                again, told = await self._ask(case, tally)
                if told != "replayed" and case["path"] not in _PUBLIC:
                    tally.accepted += 1
                    tally.finding(f"--only {number} (door): taken a second time with {again} {told}")
            else:
                tally.refused += 1
            if code == "signature-invalid" and mutated and asker.node == BIRCH and rng.random() < 0.3:
                _, told = await self._ask(signed, tally)
                if told in ("replayed", "signature-invalid"):
                    tally.accepted += 1
                    tally.finding(
                        f"--only {number} (door): what was forged before it cost the true request its turn: {told}"
                    )
        except Exception:
            self._fault(tally, number, traceback.format_exc(limit=-4))

    async def ask_originals(self, tally: Tally) -> None:
        """Birch asks for heads, and is answered."""
        rng = Random(f"{self.seed}:original:{tally.originals}:{tally.tried}")
        case = self._request(self.askers[0], "GET", wire.HEADS, "wait=0", b"", rng)
        status, code = await self._ask(case, Tally())
        if status in (200, 304):
            tally.originals += 1
        else:
            self._fault(tally, 0, f"the original was answered with {status} {code}")

    def _fault(self, tally: Tally, number: int, what: str) -> None:
        tally.unhandled += 1
        tally.finding(f"--only {number} (door): unhandled {what}")

    def _sound(self, asker: Asker, route: str, signed: Case, case: Case) -> bool:
        if case["path"] in _PUBLIC:
            return True
        same = all(case[name] == signed[name] for name in ("method", "path", "query", "body"))
        typed = not signed["body"] or headers.value(case["headers"], "content-type") == wire.MEDIA_JSON
        allowed = asker.node in MAY and (asker.node == BIRCH or route in MAY[asker.node])
        return same and typed and allowed

    # Requests ---------------------------------------------------------------------------------------------------------

    def _signed(self, rng: Random) -> tuple[Asker, str, Case]:
        """Who asks, which route, and the request as this asker really signed it."""
        asker = rng.choices(self.askers, (70, 12, 10, 8))[0]
        route = rng.choice(_ROUTES)
        method, path, query, body = "GET", wire.HEADS, rng.choice(("", "wait=0")), b""
        match route:
            case "entries":
                path, query = self._range(rng)
            case "seen":
                path, query = (
                    wire.seen_path(rng.choice((asker.node, ALDER, "elder.example"))),
                    rng.choice(("", "after=1")),
                )
            case "peerings":
                method, path, query = "POST", wire.PEERINGS, ""
                body = rng.choice((b'{"identity":{},"manifest":{}}', b"[]", rng.randbytes(9)))
            case "letters" | "concerns":
                method, path, query = "POST", wire.LETTERS if route == "letters" else wire.CONCERNS, ""
                body = self._letter(asker, route, rng)
            case "public":
                path, query = rng.choice(_PUBLIC), ""
            case "none":
                method = rng.choice(("GET", "POST", "DELETE", "PUT"))
                path = rng.choice(
                    (
                        wire.PREFIX + "/nothing",
                        wire.HEADS if method != "GET" else "/commoncare/v2/heads",
                        wire.charter_path(1),
                    )
                )
                query = ""
        return asker, route, self._request(asker, method, path, query, body, rng)

    def _range(self, rng: Random) -> tuple[str, str]:
        epoch = rng.choice((*(self.epoch,) * 4, self.epoch - 1, 1, self.epoch + 1))
        topic = rng.choice((*("peer-support",) * 8, "metrics", "gossip", "trust"))
        start, end = rng.choice(
            ((0, self.size), (1, 2), (0, 1), (3, self.size + 1), (2**40, 2**41), (9, 10**6), (2, 2))
        )
        return wire.entries_path(topic, epoch), rng.choice((f"start={start}&end={end}",) * 9 + (f"end={end}",))

    def _letter(self, asker: Asker, route: str, rng: Random) -> bytes:
        if asker.seal_to is None:
            return b"{}"
        now = self.village.clock.now()
        word = wire.b64(rng.randbytes(16))
        said: tuple[str, Any] = rng.choice(
            (
                ("introduction.end", letters.End(how="withdrawn")),
                ("introduction.message", letters.Message(no=1, words="Hello.")),
                ("introduction.decline", letters.Decline()),
                (
                    "receipt",
                    letters.Receipt(what="erased", topic="peer-support", epoch=self.epoch, index=1, at=now),
                ),
            )
        )
        if route == "concerns":
            said = ("concern", letters.Concern(words="I am worried.", urgency="soon"))
        made = letters.seal(
            said[0], wire.b64(rng.randbytes(16)), said[1], me=asker.node, to=ALDER, jti=word, now=now, exp=now + 86_400,
            doc_key=asker.doc, letter_key=asker.seal_to,
        )  # fmt: skip
        change = rng.choice((None, None, mutations.as_json, mutations.bytewise, mutations.inside))
        return made.outer if change is None else change(rng, made.outer, ())

    def _request(self, asker: Asker, method: str, path: str, query: str, body: bytes, rng: Random) -> Case:
        with_body = body or None
        lines = requests.sign_request(
            method, ALDER, path, query, with_body, wire.MEDIA_JSON if with_body else None,
            key=asker.http, node_id=asker.node, now=self.village.clock.now() + rng.choice((0, 0, 0, -200, 299)),
            nonce=rng.randbytes(16),
        )  # fmt: skip
        listed = [
            ("host", ALDER),
            ("accept", "application/json"),
            *((name.lower(), value) for name, value in lines.items()),
        ]
        return {"method": method, "path": path, "query": query, "headers": listed, "body": body}

    def _change(self, case: Case, rng: Random) -> None:
        match rng.randrange(6):
            case 0 if case["body"]:
                case["body"] = rng.choice((mutations.bytewise, mutations.as_json))(rng, case["body"], ())
            case 1:
                case["path"] = rng.choice(
                    (case["path"] + "/", wire.HEADS, wire.LETTERS, wire.CONCERNS, "/" + case["path"])
                )
            case 2:
                case["query"] = rng.choice(("", "wait=1", "start=0&end=1", case["query"] + "&", "%00", "a" * 3000))
            case 3:
                case["method"] = rng.choice(("GET", "POST", "PUT"))
            case _:
                headers.play(case, rng)

    async def _ask(self, case: Case, tally: Tally) -> tuple[int, str]:
        """(status, code of the problem or "") of the real application."""
        sent: list[Any] = []
        pieces = [case["body"][:9], case["body"][9:]]

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0) if pieces else b""
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        lines = [
            (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in case["headers"]
        ]
        target = case["path"].encode("utf-8", "replace")
        scope: Any = {
            "type": "http", "method": case["method"], "path": case["path"], "raw_path": target, "state": {},
            "query_string": case["query"].encode("latin-1", "replace"), "headers": lines, "client": ("192.0.2.1", 1),
        }  # fmt: skip
        with self.village.at("alder") as coop:
            await coop.exchange.door(scope, receive, send)
        status, body = int(sent[0]["status"]), sent[1]["body"]
        code = ""
        if status >= 400:
            problem = json.loads(body)
            code = str(problem["type"]).removeprefix(PROBLEM_TYPE)
            assert CODES[code][0] == status == problem["status"]
            tally.codes[code] += 1
        return status, code


_ROUTES = (*("entries",) * 5, *("letters",) * 2, *("concerns",) * 2, "heads", "seen", "peerings", "public", "none")
_PUBLIC = (wire.WELL_KNOWN, wire.identity_path(1), wire.identity_path(7))


@asynccontextmanager
async def open_door(seed: int, *, mould: Path | None = None) -> AsyncIterator[Door]:
    """Alder's door, in a village founded for it (or opened from `mould`, which is written to)."""
    with tempfile.TemporaryDirectory(prefix="door-") as folder:
        if mould is None:
            mould = Path(folder)
            await found_village(mould, nodes=NODES, seed=seed)
        async with open_village(mould) as village:
            door = Door(village, seed)
            with village.at("alder") as coop:
                await peers.pause(actor=CLI, node_id=CEDAR, reason="a try", here=coop.here())
                await peers.end(actor=CLI, node_id=DAMSON, reason="a try", here=coop.here())
                log = await database.row("SELECT epoch, size FROM feed_log ORDER BY epoch DESC LIMIT 1")
                assert log is not None
                door.epoch, door.size = log["epoch"], log["size"]
            for name in ("birch", "cedar", "damson"):
                with village.at(name) as coop:
                    here = coop.here()
                    http, doc = await keyring.signing("http", here=here), await keyring.signing("doc", here=here)
                    door.askers.append(Asker(here.node_id, http, doc, await reads.seal_to(ALDER, here=here)))
            stranger = SigningKey.from_seed(bytes(31) + b"\x07")
            door.askers.append(Asker("gorse.example", stranger, stranger, None))
            yield door
