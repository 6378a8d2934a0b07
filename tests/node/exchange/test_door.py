# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door: who is let in, how far, and what is said to the others."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from federation.client import Outgoing
from federation.keys import SigningKey
from federation.requests import sign_request
from node import database
from node.exchange.door import Door, routes
from node.exchange.outbound import HttpFetcher
from node.peers import acts, keyring
from tests.node.exchange.coops import CoOp, change, settle

PREFIX = "/commoncare/v1"


class Knock:
    """Requests of birch at alder's door, as birch or as whoever holds another key."""

    def __init__(self, coops: list[CoOp]) -> None:
        self.alder, self.birch = coops
        self.client = httpx.AsyncClient(
            transport=self.alder.network.apps["alder.example"], base_url="https://alder.example"
        )

    async def signed(self, method: str, target: str, body: bytes | None = None, **more: Any) -> dict[str, str]:
        path, _, query = target.partition("?")
        with self.birch.bound():
            key = more.get("key") or await keyring.signing("http", here=self.birch.here())
        return {
            "Host": "alder.example",
            **sign_request(
                method,
                more.get("authority", "alder.example"),
                path,
                query,
                body,
                None if body is None else "application/json",
                key=key,
                node_id=more.get("node_id", "birch.example"),
                now=more.get("now", self.birch.clock.now()),
                nonce=more.get("nonce") or self.birch.random.bytes(16),
            ),
        }

    async def send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None = None
    ) -> httpx.Response:
        return await self.client.request(method, target, headers=headers, content=body)

    async def __call__(self, method: str, target: str, body: bytes | None = None, **more: Any) -> httpx.Response:
        return await self.send(method, target, await self.signed(method, target, body, **more), body)


def code(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert set(problem) <= {"type", "title", "status", "server_time", "origin", "retry_after", "reason"}
    return str(problem["type"]).removeprefix("urn:commoncare:problem:")


@pytest.fixture
def knock(neighbours: list[CoOp]) -> Knock:
    return Knock(neighbours)


async def test_the_public_documents_need_no_signature(knock: Knock) -> None:
    answer = await knock.client.get("/.well-known/commoncare")
    assert (answer.status_code, set(answer.json())) == (200, {"identity", "manifest"})
    assert (await knock.client.get(f"{PREFIX}/identity/1")).status_code == 200
    assert code(await knock.client.get(f"{PREFIX}/identity/2")) == "not-found"


async def test_everything_else_does(knock: Knock) -> None:
    for path in ("/heads", "/seen/birch.example", "/logs/peer-support/1/entries?start=0&end=1"):
        answer = await knock.client.get(PREFIX + path)
        assert (answer.status_code, code(answer)) == (401, "signature-invalid")
    assert code(await knock.client.get(PREFIX + "/nothing")) == "not-found"
    assert code(await knock.client.delete(PREFIX + "/heads")) == "method-not-allowed"


async def test_a_replayed_request_is_refused_and_a_forged_one_burns_no_nonce(knock: Knock) -> None:
    nonce = bytes(range(16))
    forged = await knock("GET", f"{PREFIX}/heads", nonce=nonce, key=SigningKey.from_seed(bytes(32)))
    assert code(forged) == "signature-invalid"
    headers = await knock.signed("GET", f"{PREFIX}/heads", nonce=nonce)
    changed = {**headers, "Signature": headers["Signature"].replace("cc=:", "cc=:AAAA", 1)[: len(headers["Signature"])]}
    assert (await knock.send("GET", f"{PREFIX}/heads", changed)).status_code in (400, 401)
    assert (await knock.send("GET", f"{PREFIX}/heads", headers)).status_code == 200
    again = await knock.send("GET", f"{PREFIX}/heads", headers)
    assert (again.status_code, code(again)) == (401, "replayed")


async def test_a_request_from_before_our_start_is_refused_where_nonces_are_forgotten(
    knock: Knock, dialect: str
) -> None:
    headers = await knock.signed("GET", f"{PREFIX}/heads")
    assert (await knock.send("GET", f"{PREFIX}/heads", headers)).status_code == 200
    knock.alder.clock.advance(seconds=2)
    knock.alder.start()
    knock.client = httpx.AsyncClient(
        transport=knock.alder.network.apps["alder.example"], base_url="https://alder.example"
    )
    assert code(await knock.send("GET", f"{PREFIX}/heads", headers)) == "replayed"


async def test_a_request_for_another_node_is_misdirected(knock: Knock) -> None:
    headers = await knock.signed("GET", f"{PREFIX}/heads", authority="cedar.example")
    answer = await knock.send("GET", f"{PREFIX}/heads", headers | {"Host": "cedar.example"})
    assert (answer.status_code, code(answer)) == (421, "wrong-destination")
    assert code(await knock.send("GET", f"{PREFIX}/heads", headers)) == "signature-invalid"


async def test_clocks_far_apart_are_told_the_time(knock: Knock) -> None:
    answer = await knock("GET", f"{PREFIX}/heads", now=knock.alder.clock.now() - 1000)
    assert (code(answer), answer.json()["server_time"]) == ("clock-skew", knock.alder.clock.now())


async def test_what_is_not_covered_or_changed_is_refused(knock: Knock) -> None:
    target = f"{PREFIX}/letters"
    headers = await knock.signed("POST", target, b"{}")
    assert code(await knock.send("POST", target, headers, b"[]")) == "signature-invalid"
    bare = await knock.signed("GET", f"{PREFIX}/heads?wait=0")
    assert code(await knock.send("GET", f"{PREFIX}/heads?wait=1", bare)) == "signature-invalid"
    assert code(await knock.send("GET", f"{PREFIX}/seen/birch.example", bare)) == "signature-invalid"


async def test_codings_sizes_and_depths_have_an_end(knock: Knock) -> None:
    target = f"{PREFIX}/letters"
    headers = await knock.signed("POST", target, b"{}")
    coded = await knock.send("POST", target, headers | {"Content-Encoding": "gzip"}, b"{}")
    assert (coded.status_code, code(coded)) == (415, "encoding")

    async def endless() -> Any:
        for _ in range(100):
            yield bytes(64 * 1024)

    long = await knock.client.post(target, headers=headers, content=endless())
    assert (long.status_code, code(long)) == (413, "too-large")
    deep = b"[" * 100_000
    answer = await knock("POST", target, deep)
    assert (answer.status_code, code(answer)) in ((400, "malformed"), (413, "too-large"))
    shallow = b"[" * 500 + b"]" * 500
    assert code(await knock("POST", target, shallow)) == "malformed"


async def test_ranges_are_held_against_the_log(knock: Knock) -> None:
    await knock.alder.write("1", "Tea")
    await settle(knock.alder, knock.birch)
    epoch = (await knock.alder.rows("SELECT epoch FROM feed_log"))[0]["epoch"]
    entries = f"{PREFIX}/logs/peer-support/{epoch}/entries"
    assert len((await knock("GET", f"{entries}?start=0&end=2")).json()["entries"]) == 2
    assert code(await knock("GET", f"{entries}?start=0&end=3")) == "cursor-ahead"
    assert code(await knock("GET", f"{entries}?start=1&end=1")) == "malformed"
    assert code(await knock("GET", f"{entries}?end=1&start=0")) == "malformed"
    closed = await knock("GET", f"{PREFIX}/logs/peer-support/{epoch - 5}/entries?start=0&end=1")
    assert (closed.status_code, closed.json()["origin"]) == (410, f"alder.example/commoncare/peer-support/{epoch}")
    assert code(await knock("GET", f"{PREFIX}/logs/metrics/{epoch}/entries?start=0&end=1")) == "scope-denied"
    assert code(await knock("GET", f"{PREFIX}/logs/secrets/{epoch}/entries?start=0&end=1")) == "not-found"


async def test_a_paused_peer_gets_leaves_and_withdrawals_and_nothing_else(knock: Knock) -> None:
    alder, birch = knock.alder, knock.birch
    await alder.write("1", "Secret tea")
    await alder.write("2", "Secret cake")
    await settle(alder, birch)
    await change(alder, acts.pause, birch.node_id, reason="A worry")
    heads = await knock("GET", f"{PREFIX}/heads")
    assert [head["grant"] for head in heads.json()["heads"]] == [0]
    for target in ("/letters", "/peerings"):
        answer = await knock("POST", PREFIX + target, b"{}")
        assert (answer.status_code, code(answer)) == (403, "peer-paused")
    assert code(await knock("GET", f"{PREFIX}/seen/cedar.example")) == "peer-paused"
    assert (await knock("GET", f"{PREFIX}/seen/birch.example")).status_code == 200, "about itself, so that it can mend"
    await alder.take_down("1")
    await settle(alder, birch)
    assert await birch.seen() == []
    log = (await alder.rows("SELECT epoch, size FROM feed_log"))[0]
    page = await knock("GET", f"{PREFIX}/logs/peer-support/{log['epoch']}/entries?start=0&end={log['size']}")
    assert b"Secret" not in page.content
    assert [sorted(entry) for entry in page.json()["entries"]] == [["body"], *[["c", "expires"]] * 2, ["body"]]
    assert await birch.rows("SELECT * FROM board_theirs WHERE words LIKE '%tea%'") == []
    await alder.write("3", "Written meanwhile")
    await settle(alder, birch)
    assert await birch.rows("SELECT * FROM board_theirs WHERE words LIKE 'Written%'") == []
    await change(alder, acts.resume, birch.node_id)
    await settle(alder, birch)
    assert await birch.seen() == ["Secret cake", "Written meanwhile"]


async def test_our_own_pause_hides_what_they_gave_and_takes_no_more(knock: Knock) -> None:
    alder, birch = knock.alder, knock.birch
    await alder.write("1", "Tea")
    await settle(alder, birch)
    await change(birch, acts.pause, alder.node_id, reason="A worry")
    await settle(alder, birch)
    assert await birch.seen() == []
    await alder.write("2", "Cake")
    await settle(alder, birch)
    assert await birch.rows("SELECT * FROM board_theirs WHERE words = 'Cake'") == []
    await change(birch, acts.resume, alder.node_id)
    await settle(alder, birch)
    assert await birch.seen() == ["Cake", "Tea"]


async def test_an_ended_peer_is_a_stranger(knock: Knock) -> None:
    await change(knock.alder, acts.end, knock.birch.node_id, reason="They closed")
    for method, target in (
        ("GET", "/heads"),
        ("GET", "/seen/birch.example"),
        ("POST", "/letters"),
        ("POST", "/concerns"),
    ):
        answer = await knock(method, PREFIX + target, b"{}" if method == "POST" else None)
        assert (answer.status_code, code(answer)) == (403, "peer-ended")


async def test_a_held_request_is_woken_by_news_and_judged_again(knock: Knock) -> None:
    known = (await knock("GET", f"{PREFIX}/heads")).headers["etag"].strip('"')
    held = asyncio.create_task(knock("GET", f"{PREFIX}/heads?known={known}&wait=50"))
    await asyncio.sleep(0)
    await knock.alder.write("1", "Tea")
    with knock.alder.bound():
        await knock.alder.exchange.publish()
    async with asyncio.timeout(10):
        assert len((await held).json()["heads"]) == 1
    known = (await knock("GET", f"{PREFIX}/heads")).headers["etag"].strip('"')
    held = asyncio.create_task(knock("GET", f"{PREFIX}/heads?known={known}&wait=50"))
    await asyncio.sleep(0)
    await change(knock.alder, acts.end, knock.birch.node_id, reason="They closed")
    async with asyncio.timeout(10):
        assert code(await held) == "peer-ended"


async def test_a_newer_held_request_and_a_stop_end_the_older_with_304(knock: Knock) -> None:
    known = (await knock("GET", f"{PREFIX}/heads")).headers["etag"].strip('"')
    target = f"{PREFIX}/heads?known={known}&wait=50"
    before = knock.alder.exchange.door._turns["birch.example"]
    older = asyncio.create_task(knock("GET", target))
    async with asyncio.timeout(10):
        while knock.alder.exchange.door._turns["birch.example"] == before:
            await asyncio.sleep(0.01)
        newer = asyncio.create_task(knock("GET", target))
        assert (await older).status_code == 304
        assert not newer.done()
        with knock.alder.bound():
            database.wake_everyone()
        assert (await newer).status_code == 304


async def test_a_peer_that_asks_too_often_waits_and_others_do_not(knock: Knock) -> None:
    knock.alder.clock.advance(minutes=1)
    answers = [await knock("GET", f"{PREFIX}/seen/birch.example") for _ in range(601)]
    assert {answer.status_code for answer in answers[:600]} == {200}
    assert code(answers[600]) == "too-many"
    assert int(answers[600].headers["retry-after"]) >= 1
    knock.alder.clock.advance(seconds=10)
    assert (await knock("GET", f"{PREFIX}/seen/birch.example")).status_code == 200


async def test_what_we_hold_of_a_node_it_can_have_back(knock: Knock) -> None:
    await knock.birch.write("1", "Chess")
    await knock.birch.write("2", "Draughts")
    await settle(knock.alder, knock.birch)
    await knock.birch.take_down("1")
    await settle(knock.alder, knock.birch)
    answer = (await knock("GET", f"{PREFIX}/seen/birch.example")).json()
    assert "birch.example/commoncare/peer-support" in answer["checkpoints"][0]["checkpoint"]
    assert [json.loads(entry["body"])["type"] for entry in answer["controls"]] == ["withdraw"]
    other = (await knock("GET", f"{PREFIX}/seen/cedar.example")).json()
    assert other == {"checkpoints": [], "controls": []}


async def test_the_door_stands_in_a_litestar_application(neighbours: list[CoOp]) -> None:
    from litestar import Litestar

    alder, birch = neighbours
    door: Door = alder.exchange.door
    app = Litestar(route_handlers=routes(door), openapi_config=None)

    async def bound(scope: Any, receive: Any, send: Any) -> None:
        with database.bound(alder.engine):
            await app(scope, receive, send)

    alder.network.apps["alder.example"] = httpx.ASGITransport(bound)
    await alder.write("1", "Tea")
    await settle(alder, birch)
    assert await birch.seen() == ["Tea"]
    fetcher = HttpFetcher(transport=alder.network)
    answer = await fetcher.fetch(Outgoing("alder.example", "GET", PREFIX + "/heads", "", {}, None, 9999, 5.0))
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
