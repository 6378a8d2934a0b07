# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a hostile or broken neighbour serves never becomes visible, and leaves a trace for the operator."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from federation.keys import SigningKey
from federation.merkle import Frontier
from federation.notes import make_checkpoint
from node import database
from node.peers import acts, keyring, reads
from tests.node.exchange.coops import CoOp, change, settle

On = Callable[[], Awaitable[httpx.Response]]


async def whole(response: httpx.Response) -> bytes:
    return await response.aread()


def on_entries(change_page: Callable[[dict[str, list[object]]], None]) -> Callable[..., Awaitable[httpx.Response]]:
    async def filter(request: httpx.Request, on: On) -> httpx.Response:
        response = await on()
        if "/entries" not in request.url.path:
            return response
        page = json.loads(await whole(response))
        change_page(page)
        return httpx.Response(200, json=page)

    return filter


def drop_one(page: dict[str, list[object]]) -> None:
    if len(page["entries"]) > 1:
        del page["entries"][1]


def swap_two(page: dict[str, list[object]]) -> None:
    page["entries"][1], page["entries"][2] = page["entries"][2], page["entries"][1]


def change_a_body(page: dict[str, list[object]]) -> None:
    page["entries"][1]["body"] = page["entries"][1]["body"].replace("Tea", "Gin")  # type: ignore[index]


def later_expiry(page: dict[str, list[object]]) -> None:
    page["entries"][1]["expires"] += 1  # type: ignore[index]


@pytest.mark.parametrize("tamper", [swap_two, change_a_body, later_expiry])
async def test_a_tampered_page_is_never_visible(
    neighbours: list[CoOp], tamper: Callable[[dict[str, list[object]]], None]
) -> None:
    alder, birch = neighbours
    for ref in ("1", "2", "3"):
        await alder.write(ref, f"Tea {ref}")
    alder.network.filter = on_entries(tamper)
    await settle(alder, birch)
    assert await birch.seen() == []
    assert await birch.rows("SELECT * FROM followed_entry") == []
    with birch.bound():
        assert (await reads.detail(alder.node_id, here=birch.here())).why == "bad-answer"
    alder.network.filter = None
    await settle(alder, birch)
    assert await birch.seen() == ["Tea 1", "Tea 2", "Tea 3"]


async def test_a_page_with_an_entry_left_out_is_never_visible(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    for ref in ("1", "2", "3"):
        await alder.write(ref, f"Tea {ref}")
    alder.network.filter = on_entries(drop_one)
    await settle(alder, birch)
    assert await birch.seen() == []


async def _lie(alder: CoOp, *, key: SigningKey | None = None, **change_to: int) -> str:
    """A checkpoint that alder's own key (or another) signs over something else than its log."""
    row = (await alder.rows("SELECT * FROM feed_log"))[0]
    with alder.bound():
        key = key or await keyring.signing("log", here=alder.here())
    size = change_to.get("size", row["size"])
    leaves = [n.to_bytes(32, "big") for n in range(size)]
    root = Frontier().extend(leaves).root()
    epoch = change_to.get("epoch", row["epoch"])
    origin = f"alder.example/commoncare/peer-support/{epoch}"
    return make_checkpoint(origin, size, root, change_to.get("time", alder.clock.now()), key)


def serve_note(note: str) -> Callable[..., Awaitable[httpx.Response]]:
    async def filter(request: httpx.Request, on: On) -> httpx.Response:
        response = await on()
        if not request.url.path.endswith("/heads") or request.url.host != "alder.example":
            return response
        if response.status_code != 200:
            await whole(response)
            body = {"heads": [], "identity_version": 1, "manifest_version": 1, "charter": 0}
        else:
            body = json.loads(await whole(response))
        body["heads"] = [{"topic": "peer-support", "checkpoint": note, "grant": 1}]
        return httpx.Response(200, json=body, headers={"etag": '"AAAA"'})

    return filter


async def _alarm(birch: CoOp) -> str:
    return str((await birch.rows("SELECT alarm FROM followed"))[0]["alarm"])


async def test_two_views_of_one_log_freeze_it(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    alder.network.filter = serve_note(await _lie(alder))
    await settle(alder, birch)
    assert await _alarm(birch) == "fork"
    assert "alder.example/commoncare" in (await birch.rows("SELECT fork FROM evidence"))[0]["fork"]
    with birch.bound():
        detail = await reads.detail(alder.node_id, here=birch.here())
    assert (detail.frozen, detail.state) == (True, "paused")
    assert await birch.seen() == []
    await change(birch, acts.resume, alder.node_id)
    await settle(alder, birch)
    assert await birch.seen() == []


@pytest.mark.parametrize(
    ("lie", "finding"),
    [
        ({"size": 1}, "rollback"),
        ({"time": 1_800_000_000 - 200}, "rollback"),
        ({"epoch": 1_799_999_000, "size": 9}, "rollback"),
        ({"time": 1_800_000_000 + 1000, "size": 9}, "time-ahead"),
        ({"epoch": 2**31, "size": 9, "time": 1_800_000_000}, "epoch-ahead"),
    ],
)
async def test_a_checkpoint_that_cannot_be_is_refused_with_an_alarm(
    neighbours: list[CoOp], lie: dict[str, int], finding: str
) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    alder.network.filter = serve_note(await _lie(alder, **lie))
    await settle(alder, birch)
    assert await _alarm(birch) == finding
    assert await birch.seen() == ["Tea"]


async def test_a_checkpoint_by_another_key_is_no_checkpoint(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    alder.network.filter = serve_note(await _lie(alder, key=SigningKey.from_seed(bytes(range(32))), size=9))
    await settle(alder, birch)
    assert await birch.seen() == ["Tea"]
    assert (await birch.rows("SELECT size FROM followed"))[0]["size"] == 2


async def test_a_flood_is_throttled_and_the_rest_goes_on(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    alder.network.filter = serve_note(await _lie(alder, size=50_000))
    await settle(alder, birch)
    with birch.bound():
        assert (await reads.detail(alder.node_id, here=birch.here())).why == "too-many"
    assert not [r for r in alder.network.passed if "start=2&end=1002" in str(r.url)]
    await birch.write("1", "Chess")
    await settle(alder, birch)
    assert await alder.seen() == ["Chess"]


async def test_a_killed_follower_begins_again_where_nothing_was_visible(neighbours: list[CoOp]) -> None:
    """Staged rows of an unfinished fetch are thrown away by the next one."""
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    no = (await birch.rows("SELECT no FROM followed"))[0]["no"]
    with birch.bound():
        await database.execute(
            "INSERT INTO followed_entry (place, kind, leaf, expires, salt, body, visible) VALUES ({}, 'put', {}, 9, {}, {}, {})",
            no * 2**32 + 2,
            bytes(32),
            bytes(32),
            b"left over",
            False,
        )
    birch.start()
    await alder.write("2", "Cake")
    await settle(alder, birch)
    assert await birch.seen() == ["Cake", "Tea"]
    assert not await birch.rows("SELECT place FROM followed_entry WHERE body = {}", b"left over")
