# SPDX-License-Identifier: AGPL-3.0-or-later
"""Limits: what replicas share, what a restart keeps, who is throttled and who is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from federation import wire
from federation.errors import Refused
from federation.requests import Authentic
from node import database
from node.clock import HandClock
from node.exchange import limits
from node.exchange.addresses import APART, BURST, HELD_SECONDS, MOST_SECONDS, REFUSED_COST, Addresses, network_of
from node.exchange.limits import GateHere, GateShared
from node.here import Here
from node.peers import reads
from tests.node.exchange.coops import CoOp, coops, make_peers, settle
from tests.node.exchange.test_door import PREFIX, Knock, code
from tests.node.exchange.test_hostile_feeds import _lie, serve_note


def asked(peer: str, number: int, here: Here) -> Authentic:
    return Authentic(peer, "k" * 43, f"{number:022d}", here.now, here.now + 60)


async def codes(work: Any, *args: Any, **more: Any) -> str:
    try:
        await work(*args, **more)
    except Refused as refusal:
        return refusal.code
    return ""


class Replicas:
    """Two co-ops, and of alder two processes on one database, each with an engine and a door of its own."""

    def __init__(self, alder: CoOp, birch: CoOp, again: CoOp) -> None:
        self.alder, self.birch, self.again = alder, birch, again

    def knocks(self) -> list[Knock]:
        """At the one door and at the other."""
        knocks = [Knock([self.alder, self.birch]), Knock([self.alder, self.birch])]
        knocks[1].client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.again._app), base_url="https://alder.example"
        )
        return knocks


@pytest_asyncio.fixture
async def replicas(new_database: Callable[..., str], dialect: str, tmp_path: Path) -> AsyncIterator[Replicas]:
    if dialect == "sqlite":
        pytest.skip("on SQLite one process has the door")
    made: list[str] = []

    def addresses() -> str:
        made.append(new_database())
        return made[-1]

    async with coops("alder", "birch", addresses=addresses, folder=tmp_path) as (alder, birch):
        await make_peers(alder, birch)
        engine = database.open_engine(made[0])
        await engine.open()
        app = alder.network.apps["alder.example"]
        again = CoOp("alder", engine, alder.network, alder.clock, 1)
        alder.network.apps["alder.example"] = app
        yield Replicas(alder, birch, again)
        await engine.close()


async def test_replicas_share_a_peers_bucket(replicas: Replicas) -> None:
    here, other = replicas.alder.here(), "cedar.example"
    doors = [(replicas.alder, GateShared()), (replicas.again, GateShared())]

    async def admit(peer: str, number: int, now: int) -> str:
        coop, gate = doors[number % 2]
        with coop.bound():
            return await codes(gate.admit, asked(peer, number, here), 0.0, here=here.at(now))

    for number in range(wire.RATE_PER_MINUTE):
        assert await admit("dale.example", number, here.now) == ""
    assert [await admit("dale.example", 1000 + n, here.now) for n in (0, 1)] == ["too-many", "too-many"]
    assert [await admit(other, 2000 + n, here.now) for n in (0, 1)] == ["", ""], "nobody else pays for it"
    later = [await admit("dale.example", 3000 + n, here.now + 1) for n in range(12)]
    assert later == [""] * 10 + ["too-many"] * 2, "ten a second come back, once for both"
    # The second replica's clock is a second behind: that makes no tokens.
    assert await admit("dale.example", 4001, here.now) == "too-many"
    # A clock that was a day ahead is set back: the bucket goes on from there.
    assert await admit("dale.example", 5000, here.now + wire.DAY) == ""
    assert await admit("dale.example", 5001, here.now) == ""
    assert await admit("dale.example", 5002, here.now + 60) == ""


async def test_a_request_used_at_one_replica_is_refused_at_the_other(replicas: Replicas) -> None:
    one, other = replicas.knocks()
    headers = await one.signed("GET", f"{PREFIX}/heads")
    assert (await one.send("GET", f"{PREFIX}/heads", headers)).status_code == 200
    assert code(await other.send("GET", f"{PREFIX}/heads", headers)) == "replayed"
    assert (await other("GET", f"{PREFIX}/heads")).status_code == 200


async def test_a_get_waits_for_no_disk_and_a_crash_of_the_server_opens_no_door(replicas: Replicas) -> None:
    (knock, _) = replicas.knocks()
    kinds = await replicas.alder.rows(
        "SELECT relpersistence FROM pg_class WHERE relname IN ('used_nonce', 'peer_bucket')"
    )
    assert [row["relpersistence"] for row in kinds] in ([b"u", b"u"], ["u", "u"])
    headers = await knock.signed("GET", f"{PREFIX}/heads")
    assert (await knock.send("GET", f"{PREFIX}/heads", headers)).status_code == 200
    # What a server that recovers from a crash does with unlogged tables.
    await replicas.alder.rows("TRUNCATE used_nonce, peer_bucket")
    replicas.alder.clock.advance(seconds=2)
    assert code(await knock.send("GET", f"{PREFIX}/heads", headers)) == "replayed"
    assert (await knock("GET", f"{PREFIX}/heads")).status_code == 200


async def test_a_peers_bucket_in_one_process_refuses_it_alone(
    engine: database.Engine, here: Here, dialect: str
) -> None:
    if dialect != "sqlite":
        pytest.skip("on PostgreSQL the bucket is shared")
    gate = GateHere(here.now)
    for number in range(wire.RATE_PER_MINUTE):
        await gate.admit(asked("birch.example", number, here), 0.0, here=here)
    late = asked("birch.example", 9000, here)
    assert await codes(gate.admit, late, 0.0, here=here) == "too-many"
    assert await codes(gate.admit, asked("cedar.example", 9000, here), 0.0, here=here) == ""
    await gate.give_back("birch.example", here=here)
    assert await codes(gate.admit, late, 0.0, here=here) == "", "refused for the bucket, its nonce was not used up"
    assert await codes(gate.admit, late, 60.0, here=here) == "replayed"


async def test_the_days_quota_outlives_a_restart_and_ends_with_the_day(engine: database.Engine, here: Here) -> None:
    async def take(entries: int, *, snapshot: bool = False, topic: str = "peer-support", days: int = 0) -> str:
        there = here.at(here.now + days * wire.DAY)
        return await codes(limits.take_entries, "birch.example", topic, entries, snapshot=snapshot, here=there)

    assert await take(wire.SNAPSHOT_FREE, snapshot=True) == ""
    assert await take(6_000) == ""
    assert await take(4_001) == "too-many"
    assert await take(4_000) == "", "what was refused took nothing"
    assert await take(1) == "too-many"
    assert await take(1, snapshot=True) == "too-many", "one snapshot a day"
    assert await take(1, topic="trust") == "", "each topic by itself"
    assert await take(wire.SNAPSHOT_FREE + 1, snapshot=True, days=1) == ""
    assert await take(wire.ENTRIES_PER_DAY, days=1) == "too-many", "what a snapshot had beyond was counted"
    assert await take(50_000, snapshot=True, days=2) == "too-many", "a snapshot is no way around it"
    await limits.sweep_quotas(here=here.at(here.now + 3 * wire.DAY))
    assert await database.rows("SELECT key FROM day_taken") == []


async def test_what_never_came_is_given_back(engine: database.Engine, here: Here) -> None:
    counted = await limits.take_entries("birch.example", "trust", 10_000, snapshot=False, here=here)
    assert counted == 10_000
    await limits.give_back_entries("birch.example", "trust", 9_000, here=here)
    await limits.take_entries("birch.example", "trust", 9_000, snapshot=False, here=here)
    assert await codes(limits.take_entries, "birch.example", "trust", 1, snapshot=False, here=here) == "too-many"


async def test_a_flooding_neighbour_is_not_let_off_by_a_restart(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    with birch.bound():
        here = birch.here()
        await limits.take_entries(alder.node_id, "peer-support", 9_990, snapshot=False, here=here)
    alder.network.filter = serve_note(await _lie(alder, size=50))
    await settle(alder, birch)
    birch.start()
    await settle(alder, birch)
    with birch.bound():
        assert (await reads.detail(alder.node_id, here=birch.here())).why == "too-many"
    assert not [r for r in alder.network.passed if "start=2" in str(r.url)]


async def test_a_long_run_is_taken_in_parts_and_holds_no_more_than_it_may(
    neighbours: list[CoOp], monkeypatch: pytest.MonkeyPatch
) -> None:
    alder, birch = neighbours
    for name, value in (("AT_ONCE", 2), ("PART", 3), ("HOLD", 200)):
        monkeypatch.setattr(f"node.exchange.absorbing.{name}", value)
    monkeypatch.setattr("node.exchange.following.AT_ONCE", 2)
    for number in range(9):
        await alder.write(str(number), "A rude one" if number == 7 else f"Tea {number}")
    await settle(alder, birch)
    assert await birch.seen() == [f"Tea {number}" for number in (0, 1, 2, 3, 4, 5, 6, 8)]
    assert [row["reason"] for row in await birch.rows("SELECT reason FROM set_aside")] == ["rude"]
    for number in (0, 8):
        await alder.take_down(str(number))
    await alder.write("9", "Cake")
    await settle(alder, birch)
    assert await birch.seen() == ["Cake", *(f"Tea {number}" for number in (1, 2, 3, 4, 5, 6))]


async def test_an_address_that_is_never_let_in_is_soon_not_looked_at(neighbours: list[CoOp]) -> None:
    knock = Knock(neighbours)
    app, clock = neighbours[0].network.apps["alder.example"].app, neighbours[0].clock

    def at(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1))  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url="https://alder.example")

    forged = {**await knock.signed("GET", f"{PREFIX}/heads"), "Signature": "cc=:" + "A" * 86 + "==:"}
    hostile = at("198.51.100.7")
    tries = int(BURST / (1 + REFUSED_COST))
    said = [code(await hostile.get(f"{PREFIX}/heads", headers=forged)) for _ in range(tries + 1)]
    assert said == ["signature-invalid"] * tries + ["too-many"]
    assert (await knock("GET", f"{PREFIX}/heads")).status_code == 200, "whose name was used is let in all the same"
    assert (await at("198.51.100.8").get("/.well-known/commoncare")).status_code == 200
    clock.advance(seconds=1)
    assert (await hostile.get("/.well-known/commoncare")).status_code == 200


async def test_what_an_address_is_refused_is_held_back_for_some_at_a_time(
    neighbours: list[CoOp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.exchange.addresses.MOST_HELD", 2)
    until = asyncio.Event()

    class Slow:
        def monotonic(self) -> float:
            return 0.0

        def now(self) -> int:
            return 0

        async def sleep(self, seconds: float, /) -> None:
            await until.wait()

    addresses = Addresses(Slow())
    held = [asyncio.create_task(addresses.hold_back("203.0.113.7")) for _ in range(2)]
    await asyncio.sleep(0)
    assert await addresses.hold_back("203.0.113.7") is False, "too many wait: this one is cut off"
    assert not any(task.done() for task in held)
    until.set()
    assert await asyncio.gather(*held) == [True, True]
    assert await addresses.hold_back("203.0.113.7") is True


class Alarm:
    """A clock that wakes who sleeps when it is moved on past their time."""

    def __init__(self) -> None:
        self._now, self._asleep = 0.0, list[tuple[float, asyncio.Event]]()

    def monotonic(self) -> float:
        return self._now

    def now(self) -> int:
        return int(self._now)

    async def sleep(self, seconds: float, /) -> None:
        self._asleep.append((self._now + seconds, woken := asyncio.Event()))
        await woken.wait()

    async def go_on(self, seconds: float) -> None:
        self._now += seconds
        for until, woken in self._asleep:
            if until <= self._now + 1e-6:
                woken.set()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_of_one_address_they_are_let_go_one_by_one_and_another_waits_for_none_of_them() -> None:
    clock, gone = Alarm(), list[str]()
    addresses = Addresses(clock)

    async def hold(name: str, network: str) -> None:
        assert await addresses.hold_back(network)
        gone.append(name)

    held = [asyncio.create_task(hold(f"a{number}", "203.0.113.7")) for number in range(3)]
    held.append(asyncio.create_task(hold("b", "203.0.113.8")))
    await clock.go_on(0)
    await clock.go_on(HELD_SECONDS)
    assert gone == ["a0", "b"]
    await clock.go_on(APART)
    assert gone == ["a0", "b", "a1"]
    await clock.go_on(APART)
    await asyncio.gather(*held)
    assert gone == ["a0", "b", "a1", "a2"]
    last = asyncio.create_task(hold("c", "203.0.113.7"))
    await clock.go_on(0)
    await clock.go_on(HELD_SECONDS)
    assert last.done(), "nobody is before it by now"


async def test_who_would_wait_too_long_is_cut_off() -> None:
    addresses = Addresses(Alarm())
    most = round((MOST_SECONDS - HELD_SECONDS) / APART)
    held = [asyncio.create_task(addresses.hold_back("203.0.113.7")) for _ in range(most)]
    await asyncio.sleep(0)
    late = [asyncio.create_task(addresses.hold_back("203.0.113.7")) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert late[-1].done() and late[-1].result() is False
    assert not any(task.done() for task in held)
    for task in (*held, *late):
        task.cancel()
    await asyncio.gather(*held, *late, return_exceptions=True)


async def test_an_address_has_two_turns_at_a_time_in_order_and_others_go_by() -> None:
    addresses = Addresses(HandClock(0))
    begun: list[str] = []

    async def work(name: str, network: str, until: asyncio.Event) -> None:
        async with addresses.turn(network):
            begun.append(name)
            await until.wait()

    ends = {name: asyncio.Event() for name in ("a", "b", "c", "d", "e")}
    tasks = {name: asyncio.create_task(work(name, "198.51.100.7", ends[name])) for name in ends}
    other = asyncio.create_task(work("other", "198.51.100.8", ends["a"]))
    for _ in range(3):
        await asyncio.sleep(0)
    assert begun == ["a", "b", "other"]
    tasks["c"].cancel()
    ends["b"].set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert begun == ["a", "b", "other", "d"], "who gave up is passed over"
    for each in ends.values():
        each.set()
    await asyncio.gather(*tasks.values(), other, return_exceptions=True)
    assert begun == ["a", "b", "other", "d", "e"]
    assert addresses._turns == {}


def test_addresses_share_a_bucket_by_what_one_machine_has() -> None:
    assert network_of("198.51.100.7") == "198.51.100.7" == network_of("::ffff:198.51.100.7")
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    assert network_of("fe80::1%eth0") == network_of("fe80::2")
    assert network_of("") == ""
