# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests, letters, and what comes back from a peer.

A request is sound when exactly this was signed by that node's key in force, for us, now, and the peer may do it. A letter is
sound when its sender signed just this for us and whoever brought it is its sender. Answers are not signed: of them it is
asked that they are read in full or refused.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine
from hashlib import sha256
from random import Random
from typing import Any

from federation import envelope as dsse
from federation import feed, letters, requests, wire
from federation.client import Answer, Outgoing, PeerClient
from federation.errors import CODES, PROBLEM_TYPE, Refused
from federation.keys import SigningKey
from federation.letters.sealing import _SUITE, Outer, _info
from federation.trust import Extent, PeerView, Route, may
from tests.fuzz import headers, mutations
from tests.fuzz.kinds import Case, Kind
from tests.fuzz.world import ALDER, BIRCH, CEDAR, DAMSON, DAY, NOW, World, resigned

SKEW = 300
TIMES = (NOW, NOW + SKEW, NOW + 400, NOW - 299, NOW - 3600, NOW + DAY, 0, 2**40)
ROUTES: dict[tuple[str, str], tuple[Route, str | None]] = {
    ("GET", wire.HEADS): (Route.HEADS, None),
    ("GET", wire.entries_path("peer-support", NOW - DAY)): (Route.ENTRIES, "peer-support"),
    ("GET", wire.entries_path("metrics", NOW - DAY)): (Route.ENTRIES, "metrics"),
    ("GET", wire.entries_path("gossip", NOW - DAY)): (Route.ENTRIES, "gossip"),
    ("GET", wire.seen_path(BIRCH)): (Route.SEEN, None),
    ("POST", wire.PEERINGS): (Route.PEERINGS, None),
    ("POST", wire.LETTERS): (Route.LETTERS, None),
    ("POST", wire.CONCERNS): (Route.CONCERNS, None),
}
QUERIES = {wire.HEADS: "known=abc&wait=0", wire.entries_path("peer-support", NOW - DAY): "start=0&end=9"}


def kinds(world: World) -> list[Kind]:
    return [_request(world), _letter(world), _answer(world)]


# Requests -------------------------------------------------------------------------------------------------------------


def _request(world: World) -> Kind:
    made: dict[tuple[str, str], Case] = {}
    """(kid, nonce) -> what was signed."""
    for node in (BIRCH, CEDAR, DAMSON):
        for key in world[node].http:
            for method, path in ROUTES:
                case = signed(world, node, key, method, path, QUERIES.get(path, ""))
                made[(key.kid, case["nonce"])] = dict(case)
    cases = [case for case in made.values() if _usable(world, case)]
    cases += [{**case, "state": "paused"} for case in cases]
    views = {node: _views(world, node) for node in (BIRCH, CEDAR)}

    def run(case: Case) -> Any:
        claimed = requests.read(case["method"], case["path"], case["query"], case["headers"])
        view = views.get(claimed.node_id, {}).get(case["state"])
        key = None if view is None else view.ring().find(claimed.node_id, "http", claimed.kid, case["now"])
        who = claimed.verify(key, now=case["now"], authority=case["us"], body=case["body"], not_before=case["began"])
        route, topic = ROUTES.get((case["method"], case["path"]), (Route.HEADS, None))
        return who, may(view, route, topic, case["now"], us=case["us"])

    def sound(case: Case, said: Any) -> bool:
        who, extent = said
        was = made.get((who.kid, who.nonce))
        if was is None or not _usable(world, was) or was["node"] != who.node_id or case["us"] != ALDER:
            return False
        if any(case[name] != was[name] for name in ("method", "path", "query", "body")):
            return False
        if was["body"] and headers.value(case["headers"], "content-type") != wire.MEDIA_JSON:
            return False
        if not (NOW - SKEW <= case["now"] <= NOW + 60 + SKEW and case["began"] <= NOW):
            return False
        route, topic = ROUTES[(was["method"], was["path"])]
        if topic in ("metrics", "gossip"):
            return False
        if case["state"] == "active":
            return extent is Extent.FULL
        if case["state"] == "paused":
            return extent is Extent.CONTROLS and route in (Route.HEADS, Route.ENTRIES, Route.SEEN, Route.CONCERNS)
        return route is Route.PEERINGS

    turns = {
        "now": TIMES,
        "us": (ALDER, BIRCH, CEDAR),
        "began": (0, NOW, NOW + 1, NOW + DAY),
        "state": ("active", "paused", "ended", "stranger"),
    }
    games = [headers.play, headers.play, headers.play, _other_request(cases)]
    return Kind("request", cases, run, sound, ("body",), turns, special=games, weight=2.0)


def signed(world: World, node: str, key: SigningKey, method: str, path: str, query: str) -> Case:
    """A request that this key really signed for Alder at NOW."""
    body = b"" if method == "GET" else wire.dumps({"to": ALDER, "n": world.random.randrange(10**6)})
    nonce = world.bytes(16)
    lines = requests.sign_request(
        method, ALDER, path, query, body or None, wire.MEDIA_JSON if body else None,
        key=key, node_id=node, now=NOW, nonce=nonce,
    )  # fmt: skip
    listed = [("Host", ALDER), ("Accept", "application/json"), *lines.items()]
    return {
        "method": method, "path": path, "query": query, "headers": listed, "body": body, "node": node, "kid": key.kid,
        "nonce": wire.b64(nonce), "now": NOW, "us": ALDER, "began": 0, "state": "active",
    }  # fmt: skip


def _usable(world: World, case: Case) -> bool:
    """Birch's and Cedar's first key: the second was revoked, Damson is nobody we know."""
    return case["node"] != DAMSON and case["kid"] == world[case["node"]].http[0].kid


def _views(world: World, node: str) -> dict[str, PeerView]:
    peering = world.peering(ALDER, node, 2)
    granted = frozenset({"peer-support"})
    view = PeerView(node, world[node].identity, world[node].manifest, peering=peering, granted=granted)
    return {"active": view, "paused": view.pause(here=True), "ended": view.end()}


def _other_request(cases: list[Case]) -> Any:
    """Another method, path, query or body, or the signature of another request."""

    def play(case: Case, rng: Random) -> None:
        other = rng.choice(cases)
        match rng.randrange(7):
            case 0:
                case["method"] = rng.choice(("GET", "POST", "PUT", "get", "POST ", "HEAD", ""))
            case 1:
                case["path"], case["query"] = other["path"], other["query"]
            case 2:
                case["query"] = rng.choice(("", "wait=50", case["query"] + "&x=1", "?" + case["query"], "a" * 3000))
            case 3:
                case["path"] = rng.choice(
                    (
                        case["path"] + "/",
                        case["path"].upper(),
                        "/" + case["path"],
                        "//evil.example/",
                        "*",
                        case["path"] + "#x",
                    )
                )
            case 4:
                case["body"] = other["body"]
            case 5:
                case["headers"] = other["headers"]
            case _:
                method, path = rng.choice([route for route in ROUTES if "metrics" in route[1] or "gossip" in route[1]])
                case["method"], case["path"], case["query"] = method, path, ""

    return play


# Letters --------------------------------------------------------------------------------------------------------------


def _letter(world: World) -> Kind:
    made: dict[bytes, Case] = {}
    """Digest of the inner payload -> what was signed."""
    cases: list[Case] = []
    for sender, to in ((BIRCH, ALDER), (CEDAR, ALDER), (BIRCH, CEDAR)):
        for kind, data in _said():
            jti = wire.b64(world.bytes(16))
            sealed = letters.seal(
                kind, wire.b64(world.bytes(16)), data, me=sender, to=to, jti=jti, now=NOW, exp=NOW + 7 * DAY,
                doc_key=world[sender].docs[0], letter_key=world[to].letter[0].public,
            )  # fmt: skip
            inner = {"inner": sealed.inner, "outer": sealed.outer, "from": sender, "to": to, "jti": jti, "data": data}
            made[sealed.digest] = inner
            cases.append({**inner, "us": to, "brought_by": sender, "now": NOW, "known": None})
    digests = list(made)

    def run(case: Case) -> Any:
        outer = letters.open_outer(case["outer"])
        if outer.sender != case["brought_by"]:
            raise Refused("untrusted", "a letter of another node than the one that brings it")
        if outer.to != case["us"]:
            raise Refused("wrong-destination", "a letter to another node")
        key = next((key for key in world[case["us"]].letter if key.kid == outer.enc_kid), None)
        if key is None:
            raise Refused("unknown-enc-key", "sealed to a key that we do not have")
        letter = letters.unseal(outer, key, world[outer.sender].identity.docs, case["us"], case["now"])
        return letter, letters.judge_arrival(letter, case["known"], case["now"])

    def sound(case: Case, said: Any) -> bool:
        letter, new = said
        was = made.get(letter.digest)
        if case.get("signed_anew"):
            return letter.sender == case["brought_by"] and new is (case["known"] is None)
        if was is None or (letter.sender, case["us"], letter.jti) != (was["from"], was["to"], was["jti"]):
            return False
        if letter.data != was["data"] or letter.sender != case["brought_by"] or case["now"] < NOW - SKEW:
            return False
        return (case["known"] is None and new and case["now"] <= NOW + 7 * DAY + SKEW) or case["known"] == letter.digest

    def anew(case: Case, rng: Random) -> bool:
        """The sender writes and seals something else, or something in no form at all."""
        payload = mutations.as_json(rng, dsse.open_envelope(case["inner"]).payload, ())
        keys = world[case["from"]].docs
        inner = (
            resigned(world, case["inner"], payload, keys[:1])
            if rng.random() < 0.8
            else mutations.as_json(rng, case["inner"], ())
        )
        case["outer"] = _sealed(world, case, inner)
        return True

    def reseal(case: Case, rng: Random) -> None:
        """Somebody who could open it seals it again: to a third node, in the cover of another, as their own."""
        other = rng.choice(cases)
        match rng.randrange(5):
            case 0:
                case["us"] = rng.choice((ALDER, CEDAR))
                case["outer"] = _sealed(world, {**case, "to": case["us"]}, case["inner"])
            case 1:
                case["outer"] = _sealed(world, case, other["inner"])
            case 2:
                case["brought_by"] = rng.choice((CEDAR, DAMSON, BIRCH))
                case["outer"] = _sealed(world, {**case, "from": case["brought_by"]}, case["inner"])
            case 3:
                payload = dsse.open_envelope(case["inner"]).payload
                forged = resigned(world, case["inner"], payload, [*world[DAMSON].docs, *world[case["from"]].http])
                case["outer"] = _sealed(world, case, forged)
            case _:
                case["known"] = rng.choice((sha256(b"x").digest(), rng.choice(digests)))

    turns = {
        "now": (*TIMES, NOW + 8 * DAY, NOW + 30 * DAY),
        "us": (ALDER, CEDAR),
        "brought_by": (BIRCH, CEDAR, DAMSON),
        "known": (None, *digests[:4]),
    }
    return Kind("letter", cases, run, sound, ("outer",), turns, anew=anew, special=[reseal, reseal], weight=1.5)


def _sealed(world: World, case: Case, inner: bytes) -> bytes:
    """The outer letter around any bytes: like `letters.reseal`, without its judgement of what is inside."""
    key = world[case["to"]].letter[0].public
    ct = _SUITE.encrypt(inner, key.key, info=_info(case["from"], case["to"], case["jti"]))
    names = {"v": 1, "from": case["from"], "to": case["to"], "jti": case["jti"], "enc_kid": key.kid, "ct": wire.b64(ct)}
    assert set(names) == {"v", "from", *Outer.__struct_fields__} - {"sender"}
    return wire.dumps(names)


def _said() -> list[tuple[str, Any]]:
    id = wire.b64(bytes(16))
    ask = letters.Ask(
        offer=id,
        revision=2,
        topics=("stroke",),
        needs="text only",
        message="Hello.",
        asker_ref=wire.b64(bytes(32)),
        answer_by=NOW + DAY,
    )
    plan = letters.Plan(place_kind="public_place", where="Library", at=NOW + DAY, who_knows="Ruth")
    return [
        ("introduction.ask", ask),
        ("introduction.accept", letters.Accept(quick="yes-ring-me")),
        ("introduction.decline", letters.Decline()),
        ("introduction.message", letters.Message(no=1, words="I come on Tuesday.")),
        ("introduction.share", letters.Share(step="values", fields=("phone",), values={"phone": "01632 960301"})),
        ("introduction.plan", plan),
        ("introduction.end", letters.End(how="ended", words="Thank you.")),
        ("concern", letters.Concern(words="I am worried.", urgency="today")),
        ("receipt", letters.Receipt(what="dead", topic="peer-support", epoch=NOW - DAY, index=7, at=NOW)),
    ]


# Answers --------------------------------------------------------------------------------------------------------------


class _Given:
    """A Fetcher that has one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def fetch(self, request: Outgoing) -> Answer:
        return self.answer


def _answer(world: World) -> Kind:
    heads = feed.encode_heads(feed.Heads((), 3, 3, 0))
    cases: list[Case] = [
        {"call": "heads", "status": 200, "body": heads, "lines": json.dumps({"etag": '"abc"'}).encode()},
        {"call": "heads", "status": 304, "body": b"", "lines": json.dumps({"etag": '"abc"'}).encode()},
        {"call": "well_known", "status": 200, "body": b'{"identity":{},"manifest":{}}', "lines": b"{}"},
        {"call": "entries", "status": 200, "body": b'{"entries":[{"body":"{}"}]}', "lines": b"{}"},
        {"call": "letters", "status": 202, "body": b"{}", "lines": b"{}"},
        {"call": "peerings", "status": 202, "body": b'{"state":"active"}', "lines": b"{}"},
    ]
    for code, (status, _) in CODES.items():
        problem = {
            "type": PROBLEM_TYPE + code,
            "title": "x",
            "status": status,
            "server_time": NOW,
            "reason": "full",
            "origin": "a/b",
        }
        lines = json.dumps({"retry-after": "7", "content-type": wire.MEDIA_PROBLEM}).encode()
        cases.append(
            {"call": "letters", "status": status, "body": wire.dumps(problem), "lines": lines, "problem": code}
        )

    def run(case: Case) -> Any:
        lines = mutations._loaded(case["lines"])
        if not isinstance(lines, dict):
            raise Refused("bad-answer", "no header lines at all")
        lines = {str(name).lower(): str(value) for name, value in lines.items()}
        fetcher = _Given(Answer(case["status"], lines, case["body"]))
        client = PeerClient(
            ALDER, lambda: world[ALDER].http[0], fetcher, now=lambda: NOW, random=lambda count: bytes(count)
        )
        match case["call"]:
            case "heads":
                return _done(client.heads(BIRCH))
            case "well_known":
                return _done(client.well_known(BIRCH))
            case "entries":
                return feed.decode_page(_done(client.entries(BIRCH, "peer-support", NOW, 0, 9)))
            case "peerings":
                return _done(client.peerings(BIRCH, b"{}"))
            case _:
                return _done(client.letters(BIRCH, b"{}"))

    def sound(case: Case, said: Any) -> bool:
        if case["status"] >= 400 or len(case["body"]) > wire.PAGE_LIMIT:
            return False
        if isinstance(said, tuple):
            return bool(feed.decode_heads(feed.encode_heads(said[0])) == said[0])
        return case["status"] in (200, 201, 202, 304)

    turns = {
        "status": (200, 201, 202, 204, 206, 301, 304, 400, 404, 418, 422, 429, 500, 503, 599),
        "call": ("heads", "letters", "entries"),
    }
    return Kind("answer", cases, run, sound, ("body", "body", "lines"), turns, weight=1.0)


def _done(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that never has to wait."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")
