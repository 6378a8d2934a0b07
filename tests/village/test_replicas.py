# SPDX-License-Identifier: AGPL-3.0-or-later
"""The quick form of `make torture ARGS=replicas`; and that its judge sees two writers where nothing keeps them apart."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
import yaml

from node.database.postgres import PostgresEngine
from node.errors import Conflict
from node.exchange import publishing
from node.village.hamlet import Hamlet
from node.village.postgres import administrator
from node.village.processes import LOG, NodeProcess
from node.village.proxy import HOST, Proxy
from node.village.replicas import ANSWERING, WORKING, Replicas, beside, furnish
from tests.databases import PostgresServer
from tests.node.exchange.coops import CoOp, coops
from tests.torture import witness
from tests.torture.replicas import torture
from tests.village.test_demo import free_base

ROUNDS = 20


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
async def test_six_processes_of_which_one_is_always_being_killed(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    outcome = await torture(
        postgres_server, seconds=60, every=10, seed=7, folder=tmp_path / "torture", base_port=free_base()
    )
    postgres_server.drop_made()
    assert outcome.tally.lost == []
    assert outcome.tally.doubled == []
    assert outcome.wrong == []
    assert outcome.writers.at_once == 0
    assert outcome.tally.kills == 6
    assert outcome.held, outcome.line()


async def _both_publish(alder: CoOp) -> None:
    """Two workers, each with one thing to publish on the same feed, again and again at the same moment."""
    for number in range(ROUNDS):
        for worker in "ab":
            await alder.write(f"{worker}{number}", f"Note {number} of {worker}")
        with alder.bound():
            feeds = {alder.board.topic: alder.board}
            await asyncio.gather(
                *(publishing.publish(feeds, worker=worker, here=alder.here(), limit=1) for worker in "ab"),
                return_exceptions=True,
            )


async def _seen(server: PostgresServer, folder: Path) -> witness.Writers:
    address = server.new_database()
    async with coops("alder", addresses=lambda: address, folder=folder) as (alder,):
        await witness.watch_writers(address)
        await _both_publish(alder)
    seen = await witness.writers(address)
    server.drop_made()
    return seen


@pytest.mark.postgres
async def test_a_feed_has_one_writer_at_a_time(postgres_server: PostgresServer, tmp_path: Path) -> None:
    seen = await _seen(postgres_server, tmp_path)
    assert (seen.at_once, seen.breaks) == (0, [])
    assert seen.workers == 2
    assert seen.changes > 0
    assert seen.waited > 0, "one came while the other wrote, and waited"


@pytest.mark.postgres
async def test_without_the_lock_two_writers_are_seen(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(engine: PostgresEngine, name: str) -> None:
        """The lock is taken out."""

    monkeypatch.setattr(PostgresEngine, "lock", nothing)
    seen = await _seen(postgres_server, tmp_path)
    assert seen.at_once > 0


@pytest.mark.postgres
async def test_a_writer_that_is_done_and_has_not_let_go_of_everything_is_no_second_one(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """A COMMIT lets its locks go one after the other: whoever waited for the first may come before the last is gone."""
    address = postgres_server.new_database()
    await witness.watch_writers(address)
    one, other = [await administrator(address) for _ in range(2)]
    try:
        await one.execute("SELECT pg_advisory_lock(hashtext('witness'), hashtext('board'))")  # held, with nothing open
        coming = asyncio.create_task(other.execute("SELECT witness.take('board')"))
        async with asyncio.timeout(60):
            while not await one.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") and not coming.done():
                await asyncio.sleep(0.01)
        await one.execute("SELECT pg_advisory_unlock_all()")
        await coming
        assert (await witness.writers(address)).at_once == 0
        await one.execute("BEGIN")
        await one.execute("SELECT witness.take('board')")
        await other.execute("SELECT witness.take('board')")
        assert (await witness.writers(address)).at_once == 1, "and one that has something open is"
    finally:
        for each in (one, other):
            await each.close()
        postgres_server.drop_made()


async def test_a_way_leads_to_any_process_that_takes_it() -> None:
    """As a balancer's does: two of the three ports answer, each with its own word."""

    async def say(word: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word)
        writer.close()

    async with Proxy(1) as proxy:
        servers = [await asyncio.start_server(partial(say, word), HOST, 0) for word in (b"one", b"two", b"gone")]
        ports = [server.sockets[0].getsockname()[1] for server in servers]
        servers[2].close()
        await servers[2].wait_closed()
        link = await proxy.lay("birch", "alder", *ports)
        heard = set()
        for _ in range(20):
            reader, writer = await asyncio.open_connection(HOST, link.port)
            heard.add(await asyncio.wait_for(reader.read(), 20))
            writer.close()
        for server in servers[:2]:
            server.close()
    assert heard == {b"one", b"two"}


def test_processes_beside_have_folders_of_their_own(tmp_path: Path) -> None:
    first = tmp_path / "alder"
    (first / "keys").mkdir(parents=True)
    (first / "keys" / "node.key").write_bytes(b"k" * 32)
    (first / "commoncare.yaml").write_text("port: 8100\nmetrics_port: 8200\n")
    (first / LOG).write_text("said by the first\n")
    made = beside(first, "127.0.0.1", 8120, Replicas(web=3, workers=2))
    assert [(each.folder.name, each.url, each.verb) for each in made] == [
        ("alder-web-2", "http://127.0.0.1:8120", ANSWERING),
        ("alder-web-3", "http://127.0.0.1:8121", ANSWERING),
        ("alder-work-1", "", WORKING),
        ("alder-work-2", "", WORKING),
    ]
    for _ in range(2):
        furnish(first, made)
        assert [yaml.safe_load((each.folder / "commoncare.yaml").read_text()) for each in made] == [
            {"port": 8120, "metrics_port": 0},
            {"port": 8121, "metrics_port": 0},
            {"port": 8100, "metrics_port": 0},
            {"port": 8100, "metrics_port": 0},
        ]
        assert all((each.folder / "keys" / "node.key").read_bytes() == b"k" * 32 for each in made)
        assert [each.log.read_text() for each in made] == [""] * 4


def test_several_processes_need_a_database_that_they_share(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="PostgreSQL"):
        Hamlet(nodes=2, folder=tmp_path, base_port=18_000, replicas={"alder": Replicas(web=2)})


async def test_a_worker_is_ready_when_it_says_so_since_its_start(tmp_path: Path) -> None:
    """What an earlier start said is no answer, and who ended is told from who is slow."""
    (tmp_path / LOG).write_text('{"event": "working"}\n')
    node = NodeProcess(tmp_path, "", program=("sh", "-c", 'echo \'{"event": "working"}\' >&2; cat'), verb=WORKING)
    await node.start()
    await node.ready(20)
    assert node.up
    await node.kill()
    silent = NodeProcess(tmp_path, "", program=("sh", "-c", "cat"), verb=WORKING)
    await silent.start()
    with pytest.raises(TimeoutError):
        await silent.ready(0.3)
    await silent.kill()
