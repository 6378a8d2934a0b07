# SPDX-License-Identifier: AGPL-3.0-or-later
"""A letter leaves at least once and takes effect once, whatever is lost, doubled or killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from federation.wire import CONCERNS_PER_DAY, DAY
from node import database, post
from node.exchange import letters
from node.peers import acts, founding, keyring, own, roots
from tests.node.exchange.coops import OPERATOR, CoOp, change, settle

On = Callable[[], Awaitable[httpx.Response]]


async def send(coop: CoOp, ref: str, words: str, to: str) -> str:
    with coop.bound():
        return await coop.desk.write(ref, words, to=to, here=coop.here())


async def read(coop: CoOp) -> list[str]:
    with coop.bound():
        return await coop.desk.read()


async def fate(coop: CoOp, ref: str) -> str:
    with coop.bound():
        return await coop.desk.fate(ref)


async def test_a_letter_arrives_and_its_bytes_are_destroyed(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    ref = await send(alder, "1", "Please ring", birch.node_id)
    await settle(alder, birch)
    assert await read(birch) == ["Please ring"]
    assert await fate(alder, ref) == "reached"
    assert await alder.rows("SELECT * FROM letter_out") == []
    assert not any(b"Please ring" in (request.content or b"") for request in alder.network.passed)


async def test_to_our_own_co_op_the_same_path_is_one_transaction(neighbours: list[CoOp]) -> None:
    alder, _ = neighbours
    ref = await send(alder, "1", "At home", alder.node_id)
    await alder.step()
    assert (await read(alder), await fate(alder, ref)) == (["At home"], "reached")
    ref = await send(alder, "2", "refuse this", alder.node_id)
    await alder.step()
    assert (await read(alder), await fate(alder, ref)) == (["At home"], "undeliverable not-here")


async def test_a_letter_that_was_never_tried_in_time_is_told_too(neighbours: list[CoOp]) -> None:
    """Our own computer was off until the letter's time was up: no try, no sealed bytes, and still a person to tell."""
    alder, birch = neighbours
    with alder.bound():
        ref = await alder.desk.write("1", "Too late", to=birch.node_id, here=alder.here())
        await post.put_out(
            kind="letter", ref=ref, to=birch.node_id, due=alder.here().now, expires=alder.here().now, here=alder.here()
        )
    await alder.step()
    assert (await read(birch), await fate(alder, ref)) == ([], "undeliverable expired")


async def test_one_hundred_deliveries_at_once_take_effect_once(neighbours: list[CoOp]) -> None:
    """The same letter, newly sealed each time, as after lost acknowledgements."""
    alder, birch = neighbours
    await send(alder, "1", "Only once", birch.node_id)
    with alder.bound():
        (item,) = await post.claim(["letter"], limit=1, lease=60, worker="test", here=alder.here())
        ready = await letters._ready(item, alder.desk, here=alder.here())
        assert ready is not None
        client = await alder.exchange._client()
        from federation.letters import reseal
        from node.peers import reads

        key = await reads.seal_to(birch.node_id, here=alder.here())
        assert key is not None
        jti, _, inner = ready
        sealed = [reseal(inner, me=alder.node_id, to=birch.node_id, jti=jti, letter_key=key) for _ in range(100)]
        assert len(set(sealed)) == 100
        await asyncio.gather(*(client.concerns(birch.node_id, body) for body in sealed))
    assert await read(birch) == ["Only once"]


async def test_an_acknowledgement_that_was_lost_does_no_harm(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    lost = 0

    async def lose_answers(request: httpx.Request, on: On) -> httpx.Response:
        nonlocal lost
        response = await on()
        if request.url.path.endswith("/concerns") and lost < 3:
            lost += 1
            raise httpx.ReadError("cut", request=request)
        return response

    alder.network.filter = lose_answers
    ref = await send(alder, "1", "Only once", birch.node_id)
    for _ in range(6):
        await settle(alder, birch)
        alder.clock.advance(hours=2)
    assert lost == 3
    assert (await read(birch), await fate(alder, ref)) == (["Only once"], "reached")


async def test_killed_between_sending_and_acknowledging_the_same_letter_goes_again(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    ref = await send(alder, "1", "Only once", birch.node_id)
    with alder.bound():
        (item,) = await post.claim(["letter"], limit=1, lease=60, worker="dies", here=alder.here())
        ready = await letters._ready(item, alder.desk, here=alder.here())
        assert ready is not None
        await letters._deliver(ready, item, await alder.exchange._client(), here=alder.here())
    assert (await read(birch), await fate(alder, ref)) == (["Only once"], "")
    alder.start()
    await settle(alder, birch)
    assert await fate(alder, ref) == ""  # the lease of the one that died still stands
    alder.clock.advance(minutes=2)
    await settle(alder, birch)
    assert (await read(birch), await fate(alder, ref)) == (["Only once"], "reached")
    assert [row["jti"] for row in await birch.rows("SELECT jti FROM desk_in")] == [ready[0]]


async def test_what_is_taken_back_before_it_left_does_not_leave(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add("birch.example")
    ref = await send(alder, "1", "No longer meant", birch.node_id)
    await settle(alder, birch)
    assert await fate(alder, ref) == "delayed unreachable"
    assert not any(b"No longer" in bytes(row["sealed"]) for row in await alder.rows("SELECT sealed FROM letter_out"))
    await alder.rows("UPDATE desk_out SET fate = 'taken back' WHERE ref = {}", ref)
    alder.network.down.clear()
    await settle(alder, birch)
    assert await read(birch) == []
    assert await alder.rows("SELECT * FROM letter_out") == []


async def test_what_waited_goes_as_soon_as_the_neighbour_answers_again(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add("birch.example")
    ref = await send(alder, "1", "Please ring", birch.node_id)
    for _ in range(20):
        alder.clock.advance(hours=1)
        await settle(alder, birch)
    assert await fate(alder, ref) == "delayed unreachable"
    alder.network.down.clear()
    alder.clock.advance(seconds=1)
    await settle(alder, birch)
    assert (await read(birch), await fate(alder, ref)) == (["Please ring"], "reached")


async def killed_often(coop: CoOp, times: int) -> None:
    """Workers that die with the letters in their hands, each at once followed by the next."""
    with coop.bound():
        for _ in range(times):
            await post.claim(["letter"], limit=9, lease=60, worker="dies", here=coop.here())
            await post.let_go(["dies"], here=coop.here())


async def test_a_letter_that_many_workers_died_with_waits_for_the_neighbour_and_no_longer(
    neighbours: list[CoOp],
) -> None:
    """How long nobody answered decides when to knock again, not how often the letter was in somebody's hands."""
    alder, birch = neighbours
    ref = await send(alder, "1", "We worry.", birch.node_id)
    await killed_often(alder, 14)
    alder.network.down.add(birch.node_id)
    with alder.bound():
        await alder.exchange.deliver()
    assert await fate(alder, ref) == "delayed unreachable"
    (row,) = await alder.rows("SELECT due FROM outbox WHERE kind = 'letter'")
    assert row["due"] - alder.clock.now() <= 2
    alder.network.down.clear()
    alder.clock.advance(seconds=2)
    with alder.bound():
        await alder.exchange.deliver()
    assert await fate(alder, ref) == "reached"


async def test_after_long_silence_one_fault_of_the_neighbour_costs_seconds_and_not_an_hour(
    neighbours: list[CoOp],
) -> None:
    alder, birch = neighbours
    faults = 0

    async def fail_once(request: httpx.Request, on: On) -> httpx.Response:
        nonlocal faults
        if request.url.path.endswith("/concerns") and not faults:
            faults += 1
            return httpx.Response(500, content=b"{}")
        return await on()

    ref = await send(alder, "1", "We worry.", birch.node_id)
    await killed_often(alder, 14)
    alder.network.down.add(birch.node_id)
    await alder.step()
    assert await fate(alder, ref) == "delayed unreachable"
    alder.network.down.clear()
    alder.network.filter = fail_once
    alder.clock.advance(hours=2)
    await follow_alone(alder, birch)
    for _ in range(2):
        with alder.bound():
            await alder.exchange.deliver()
        alder.clock.advance(seconds=10)
    assert faults == 1
    assert await fate(alder, ref) == "reached"


async def test_a_letter_in_somebodys_hands_when_the_neighbour_comes_back_is_tried_again_at_once(
    neighbours: list[CoOp],
) -> None:
    """It fails after everything else was hurried: it is not put off by what was true before."""
    alder, birch = neighbours
    back = False

    async def come_back_meanwhile(request: httpx.Request, on: On) -> httpx.Response:
        nonlocal back
        if request.url.path.endswith("/concerns") and not back:
            back = True
            alder.network.down.clear()
            await follow_alone(birch, alder)
            await follow_alone(alder, birch)
            raise httpx.ConnectTimeout("it was not there yet", request=request)
        return await on()

    ref = await send(alder, "1", "We worry.", birch.node_id)
    await killed_often(alder, 14)
    alder.network.down.add(birch.node_id)
    await alder.step()
    with alder.bound():
        await database.execute("UPDATE peer SET failures = 14, next_try = {}", alder.clock.now())
        await database.execute("UPDATE outbox SET due = {}, attempts = 14 WHERE kind = 'letter'", alder.clock.now())
    alder.network.down.clear()
    alder.network.filter = come_back_meanwhile
    for _ in range(2):
        with alder.bound():
            await alder.exchange.deliver()
        alder.clock.advance(seconds=3)
    assert back
    assert await fate(alder, ref) == "reached"


async def follow_alone(coop: CoOp, other: CoOp) -> None:
    """Heads are asked for, and nothing else is done."""
    with coop.bound():
        await coop.exchange.follow(other.node_id, wait=0)


async def test_a_letter_that_runs_out_of_time_is_told(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add("birch.example")
    ref = await send(alder, "1", "Too late", birch.node_id)
    await settle(alder, birch)
    for _ in range(8):
        alder.clock.advance(days=1)
        await settle(alder, birch)
    assert await fate(alder, ref) == "undeliverable expired"
    assert await alder.rows("SELECT * FROM letter_out") == []
    alder.network.down.clear()
    await settle(alder, birch)
    assert await read(birch) == []


async def test_a_rooms_no_is_durable_and_leaves_nothing(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    ref = await send(alder, "1", "refuse this", birch.node_id)
    await settle(alder, birch)
    assert (await read(birch), await fate(alder, ref)) == ([], "undeliverable not-here")
    assert [row["reason"] for row in await birch.rows("SELECT reason FROM letter_in")] == ["not-here"]


async def test_a_turned_letter_key_is_fetched_and_the_letter_sealed_anew(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    with birch.bound():
        (kid,) = [row["kid"] for row in await database.rows("SELECT kid FROM own_key WHERE use = 'letter'")]
        async with database.transaction():
            await keyring.revoke(kid, "turned", here=birch.here())
            await keyring.turn(here=birch.here())
            await own.publish_manifest(here=birch.here())
    ref = await send(alder, "1", "Please ring", birch.node_id)
    with alder.bound():
        await alder.exchange.deliver()
    assert (await read(birch), await fate(alder, ref)) == (["Please ring"], "reached")


async def test_five_concerns_a_day_and_from_a_paused_neighbour_too(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await change(birch, acts.pause, alder.node_id, reason="A worry")
    for number in range(CONCERNS_PER_DAY + 1):
        await send(alder, str(number), f"Concern {number}", birch.node_id)
    await settle(alder, birch)
    assert len(await read(birch)) == CONCERNS_PER_DAY
    alder.clock.advance(seconds=DAY)
    await settle(alder, birch)
    assert len(await read(birch)) == CONCERNS_PER_DAY + 1


@pytest.mark.parametrize("path", ["letters", "concerns"])
async def test_a_letter_forwarded_by_its_reader_is_refused(neighbours: list[CoOp], path: str) -> None:
    """birch brings alder's letter back to alder, as its own and as alder's."""
    alder, birch = neighbours
    bodies: list[bytes] = []

    async def keep(request: httpx.Request, on: On) -> httpx.Response:
        if request.url.path.endswith("/concerns"):
            bodies.append(request.content)
        return await on()

    alder.network.filter = keep
    await send(alder, "1", "Please ring", birch.node_id)
    await settle(alder, birch)
    with birch.bound():
        from federation.client import PeerRefused

        client = await birch.exchange._client()
        with pytest.raises(PeerRefused) as refused:
            await getattr(client, path)(alder.node_id, bodies[0])
    assert refused.value.code == "untrusted"
    assert await read(alder) == []


@pytest.mark.parametrize("who_knows", ["receiver", "nobody"])
async def test_a_letter_under_way_outlives_the_key_that_signed_it(
    neighbours: list[CoOp], who_knows: str, tmp_path: Path
) -> None:
    """Our doc key is replaced at once, as after a theft, between two tries; the neighbour may have heard of it or not."""
    alder, birch = neighbours
    alder.network.down.add(birch.node_id)
    ref = await send(alder, "1", "Still true", birch.node_id)
    await alder.step()
    assert await read(birch) == []
    with alder.bound():
        root = founding.root_from_file(tmp_path / "alder" / "root.pem", "correct horse battery")
        drawn = roots.sign(await roots.propose(actor=OPERATOR, docs="now", here=alder.here()), root)
        await roots.publish(actor=OPERATOR, proposal=drawn, reason="stolen", here=alder.here())
    if who_knows == "receiver":
        await birch.step()
    for _ in range(4):
        alder.network.down.discard(birch.node_id)
        alder.clock.advance(seconds=600)
        await settle(alder, birch)
    assert await read(birch) == ["Still true"]
    assert await fate(alder, ref) == "reached"
