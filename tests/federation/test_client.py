# SPDX-License-Identifier: AGPL-3.0-or-later
"""A visit: what is sent verifies at the peer, every call is signed anew, and no answer out of form gets
further."""

from collections.abc import Callable
from typing import Any

import pytest

from federation.client import Answer, Outgoing, PeerClient, PeerRefused
from federation.errors import Refused
from federation.feed import Head, Heads
from federation.requests import Authentic, read
from federation.wire import dumps

OK = Answer(200, {}, b"{}")
HEADS = {
    "heads": [{"topic": "peer-support", "checkpoint": "a note", "grant": 1}],
    "identity_version": 1,
    "manifest_version": 4,
    "charter": 0,
}


class Wire:
    """A Fetcher that keeps what it was given and gives what it was told."""

    def __init__(self, *answers: Answer | Refused) -> None:
        self.answers, self.sent = list(answers), list[Outgoing]()

    async def fetch(self, request: Outgoing) -> Answer:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Refused):
            raise answer
        return answer

    def arrived(self, key: Any, now: int, place: int = -1) -> Authentic:
        """The request as the peer's door would judge it."""
        request = self.sent[place]
        headers = [("Host", request.node_id), *request.headers.items()]
        claimed = read(request.method, request.path, request.query, headers)
        return claimed.verify(key, now=now, authority="birch.example", body=request.body or b"")


@pytest.fixture
def visit(alder: Any, now: int, random: Any) -> Callable[[Wire], PeerClient]:
    return lambda wire: PeerClient("alder.example", lambda: alder.http, wire, now=lambda: now, random=random)


CALLS: list[tuple[Callable[[PeerClient], Any], str, str]] = [
    (
        lambda peer: peer.entries("birch.example", "trust", 1795000000, 0, 10),
        "GET",
        "/logs/trust/1795000000/entries?start=0&end=10",
    ),
    (lambda peer: peer.seen("birch.example", "cedar.example"), "GET", "/seen/cedar.example?"),
    (lambda peer: peer.seen("birch.example", "alder.example", after=7), "GET", "/seen/alder.example?after=7"),
    (lambda peer: peer.charter("birch.example", 2), "GET", "/charter/2?"),
    (lambda peer: peer.peerings("birch.example", b'{"a":1}'), "POST", "/peerings?"),
    (lambda peer: peer.letters("birch.example", b'{"a":1}'), "POST", "/letters?"),
    (lambda peer: peer.concerns("birch.example", b'{"a":1}'), "POST", "/concerns?"),
]


@pytest.mark.parametrize(("call", "method", "target"), CALLS)
async def test_every_call_verifies_at_the_peer(
    visit: Any, alder: Any, now: int, call: Callable[[PeerClient], Any], method: str, target: str
) -> None:
    wire = Wire(OK)
    await call(visit(wire))
    assert wire.arrived(alder.http.public, now).node_id == "alder.example"
    (sent,) = wire.sent
    assert (sent.method, f"{sent.path}?{sent.query}") == (method, "/commoncare/v1" + target)
    assert sent.headers["Accept-Encoding"] == "identity"
    assert sent.cap <= 1024 * 1024
    assert sent.deadline <= 20


async def test_documents_that_are_public_are_asked_for_without_saying_who_asks(visit: Any) -> None:
    wire = Wire(OK, OK)
    assert await visit(wire).well_known("birch.example") == b"{}"
    assert await visit(wire).identity("birch.example", 3) == b"{}"
    assert [sent.path for sent in wire.sent] == ["/.well-known/commoncare", "/commoncare/v1/identity/3"]
    assert all("alder" not in str(sent.headers) + sent.query for sent in wire.sent)


async def test_each_call_is_signed_anew(visit: Any, alder: Any, now: int) -> None:
    wire = Wire(OK, OK)
    peer = visit(wire)
    for _ in range(2):
        await peer.letters("birch.example", b"{}")
    first, second = (wire.arrived(alder.http.public, now, place).replay_key for place in (0, 1))
    assert first != second


async def test_heads_are_read_or_unchanged(visit: Any, alder: Any, now: int) -> None:
    wire = Wire(Answer(200, {"etag": '"abc"'}, dumps(HEADS)), Answer(304, {}, b""))
    peer = visit(wire)
    heads = await peer.heads("birch.example")
    assert heads == (Heads((Head("peer-support", "a note", 1),), 1, 4, 0), "abc")
    assert await peer.heads("birch.example", known="abc", wait=50) is None
    assert (wire.sent[1].query, wire.sent[1].deadline) == ("known=abc&wait=50", 70)
    assert wire.arrived(alder.http.public, now)
    with pytest.raises(ValueError):
        await peer.heads("birch.example", wait=51)


@pytest.mark.parametrize(
    "change",
    [
        {"x": 1},
        {"heads": {}},
        {"heads": [{"topic": "diaries", "checkpoint": "", "grant": 1}]},
        {"heads": [{"topic": "trust", "checkpoint": 1, "grant": 1}]},
        {"heads": HEADS["heads"] * 2},
        {"identity_version": -1},
        {"manifest_version": True},
        {"charter": "none"},
    ],
)
async def test_heads_out_of_form_are_a_bad_answer(visit: Any, change: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="bad-answer"):
        await visit(Wire(Answer(200, {"etag": '"abc"'}, dumps(HEADS | change)))).heads("birch.example")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"etag": '"a b"'}, dumps(HEADS)),
        Answer(200, {}, dumps(HEADS)),
        Answer(200, {"etag": '"abc"'}, b"<html>"),
        Answer(200, {"etag": '"abc"', "content-encoding": "gzip"}, dumps(HEADS)),
        Answer(200, {"etag": '"abc"'}, b" " * 70_000),
        Answer(302, {"location": "https://cedar.example"}, b""),
        Answer(206, {"etag": '"abc"'}, dumps(HEADS)),
    ],
)
async def test_an_answer_out_of_form_goes_no_further(visit: Any, answer: Answer) -> None:
    with pytest.raises(Refused, match="bad-answer"):
        await visit(Wire(answer)).heads("birch.example")


async def test_only_heads_may_be_unchanged(visit: Any) -> None:
    with pytest.raises(Refused, match="bad-answer"):
        await visit(Wire(Answer(304, {}, b""))).seen("birch.example", "cedar.example")


async def test_a_problem_comes_back_as_the_peers_refusal(visit: Any, now: int) -> None:
    remote = Refused("clock-skew", "secret cause", server_time=now)
    wire = Wire(Answer(401, {"retry-after": "30"}, dumps(remote.problem())))
    with pytest.raises(PeerRefused) as refused:
        await visit(wire).letters("birch.example", b"{}")
    assert (refused.value.code, refused.value.peer_status, refused.value.retry_after) == (
        "clock-skew",
        401,
        30,
    )
    assert refused.value.public == {"server_time": now, "retry_after": 30}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b"<h1>nginx</h1>", "not-found"),
        (429, b"", "too-many"),
        (500, b"{}", "unavailable"),
        (503, b"[]", "busy"),
        (403, b'{"type":"urn:commoncare:problem:made-up","detail":"call this number"}', "unavailable"),
        (403, b'{"type":{"a":1},"origin":"' + b"x" * 500 + b'"}', "unavailable"),
    ],
)
async def test_a_problem_that_is_not_ours_is_known_by_its_status(
    visit: Any, status: int, body: bytes, code: str
) -> None:
    with pytest.raises(PeerRefused) as refused:
        await visit(Wire(Answer(status, {"retry-after": "soon"}, body))).letters("birch.example", b"{}")
    assert (refused.value.code, refused.value.public) == (code, {})
    assert str(refused.value) == f"{code}: the peer answered {status}"


async def test_a_fault_of_the_network_passes_through_and_is_not_the_peers(visit: Any) -> None:
    with pytest.raises(Refused, match="unreachable") as refused:
        await visit(Wire(Refused("unreachable", "no route"))).letters("birch.example", b"{}")
    assert not isinstance(refused.value, PeerRefused)


async def test_nothing_is_sent_to_what_is_no_node_id(visit: Any) -> None:
    wire = Wire()
    with pytest.raises(Refused, match="malformed"):
        await visit(wire).well_known("127.0.0.1")
    assert not wire.sent
