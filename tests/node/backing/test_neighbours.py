# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op that was put back from yesterday, among neighbours who know more: new feeds, no fork, nothing published again."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from node import database, ended
from node.actor import Actor
from node.backing import catching, locking, restoring, writing
from node.clock import HandClock, SeededRandomness
from node.exchange import starting
from node.introductions.acts import closing
from node.peers import own
from node.peers import reads as peers
from node.settings import load
from node.support.acts import writing as offers
from node.village import Village, found_village, open_village
from tests.databases import PostgresServer
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.stories import ask_samuel


@dataclass
class Yesterday:
    """A village, a backup of Alder in it, and what happened in Alder since."""

    folder: Path
    secret: Any
    file: Path
    words: bytes
    withdrawn: str
    withdrawn_ask: str
    now: int

    def later(self, seconds: int, *, seed: int) -> None:
        """The village opens so long after it was lost, with other chance than before: else ids would come twice."""
        note = self.folder / "village.json"
        note.write_text(json.dumps(json.loads(note.read_text()) | {"now": self.now + seconds, "seed": seed}))

    async def restore(self, address: str) -> restoring.Restored:
        alder = self.folder / "alder"
        if address:
            given = yaml.safe_load((alder / "commoncare.yaml").read_text()) | {"database": address}
            (alder / "commoncare.yaml").write_text(yaml.safe_dump(given))
        else:
            (alder / "commoncare.db").rename(self.folder / "lost.db")
        self.later(3600, seed=2)
        clock = HandClock(self.now)
        return await restoring.restore(
            load(alder, {}), self.file, self.secret, clock=clock, random=SeededRandomness("again")
        )


def member(made: Village, name: str, *roles: str) -> Actor:
    return Actor(person=made.people[name], roles=frozenset(roles))


async def published(made: Village, at: str) -> set[str]:
    """The offers of Alder that one co-op's search can find."""
    with made.at(at):
        rows = await database.rows(
            "SELECT offer_id FROM listing WHERE node_id = 'alder.example' AND NOT hidden AND expires_at > {}",
            made.clock.now(),
        )
    return {row["offer_id"] for row in rows}


@pytest.fixture(scope="session")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A lost yesterday by dialect, each made once by each worker and copied for every test."""
    return {"folder": tmp_path_factory.mktemp("yesterdays")}


@pytest.fixture
async def yesterday(
    request: pytest.FixtureRequest, dialect: str, moulds: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Yesterday]:
    server: PostgresServer | None = request.getfixturevalue("postgres_server") if dialect == "postgres" else None
    if dialect not in moulds:

        def address() -> str:
            assert server is not None
            made = server.new_database(empty=True)
            server.keep(made)
            return made

        moulds[dialect] = await lost(moulds["folder"] / dialect, address if server else None)
    made: Yesterday = moulds[dialect]
    folder = tmp_path / "village"
    shutil.copytree(made.folder, folder)
    if server is not None:
        for settings in folder.glob("*/commoncare.yaml"):
            given = yaml.safe_load(settings.read_text())
            settings.write_text(yaml.safe_dump(given | {"database": server.copy_of(given["database"])}))
    yield replace(made, folder=folder, file=folder / made.file.relative_to(made.folder))
    if server is not None:
        server.drop_made()


async def lost(folder: Path, addresses: Callable[[], str] | None) -> Yesterday:
    """Backed up; then an ask and an offer were withdrawn, and everybody heard of it; then Alder's database was lost."""
    folder.mkdir()
    await found_village(folder, nodes=3, addresses=addresses)
    secret, public = locking.new_key()
    with (folder / "alder/commoncare.yaml").open("a") as settings:
        settings.write(f"backup:\n  recipients: [{public}]\n")
    async with open_village(folder) as made:
        folk = folk_of(made)
        ask, _ = await ask_samuel(folk, settling(made.settle))
        before = await published(made, "birch")
        assert before == await published(made, "cedar")
        assert len(before) > 2
        with made.at("alder") as coop:
            file = Path((await writing.make(coop.settings, here=coop.here())).path)
            row = await database.row(
                "SELECT l.id, l.how, o.supporter FROM listing l JOIN offer o ON o.id = l.id "
                "WHERE l.node_id = 'alder.example' AND length(l.how) > 10 ORDER BY l.id LIMIT 1"
            )
            assert row is not None
            assert row["id"] in before
            made.clock.advance(hours=20)
            supporter = Actor(person=row["supporter"], roles=frozenset({"peer_supporter"}))
            await offers.withdraw_offer(actor=supporter, offer_id=row["id"], here=coop.here())
            await closing.withdraw(actor=member(made, "maureen"), introduction_id=ask, here=coop.here())
            await catching.keep_up(coop.settings.path(ended.FILE), coop.here())  # as `work` does once a minute
        await made.settle()
        assert row["id"] not in await published(made, "birch") | await published(made, "alder")
        now = made.clock.advance(hours=1)
    return Yesterday(folder, locking.identity(secret), file, row["how"].encode(), row["id"], ask, now)


async def alarms(made: Village) -> set[str]:
    """What anybody holds against Alder's logs."""
    found = set()
    for name in ("birch", "cedar"):
        with made.at(name):
            rows = await database.rows("SELECT alarm FROM followed WHERE peer = 'alder.example'")
            assert rows
            found |= {row["alarm"] for row in rows}
            assert not (await database.row("SELECT frozen FROM peer WHERE node_id = 'alder.example'") or {})["frozen"]
    return found


async def epochs(made: Village) -> list[int]:
    with made.at("alder"):
        return [row["epoch"] for row in await database.rows("SELECT epoch FROM feed_log ORDER BY epoch")]


@pytest.mark.parametrize("neighbours", ["up", "down"])
async def test_a_restored_co_op_among_its_neighbours(
    yesterday: Yesterday, neighbours: str, dialect: str, new_database: Callable[..., str]
) -> None:
    done = await yesterday.restore(new_database(empty=True) if dialect == "postgres" else "")
    assert (done.ended["offer"], done.ended["withdrawn-by-me"]) == (1, 1)
    if dialect == "sqlite":
        held = (yesterday.folder / "alder/commoncare.db").read_bytes()
        with locking.opened(yesterday.file, yesterday.secret) as plain:
            assert yesterday.words in plain.read(), "the backup has them, so that the search can fail"
        assert yesterday.words not in held, "no word of the withdrawn offer, and no log file that could hold it"
        assert not (yesterday.folder / "alder/commoncare.db-wal").exists()
    async with open_village(yesterday.folder) as made:
        with made.at("alder"):
            first = (await epochs(made))[-1]
            assert await database.rows("SELECT place FROM feed_entry WHERE kind = 'put' AND body IS NOT NULL") == []
            half = await database.row("SELECT hidden, status FROM introduction WHERE id = {}", yesterday.withdrawn_ask)
            assert half is not None
            assert (bool(half["hidden"]), half["status"]) == (True, "ended")
        if neighbours == "down":
            for name in ("birch", "cedar"):
                made.stop(name)
            await made.settle()
            assert (await epochs(made))[-1] == first, "nothing is signed while nobody answers"
            made.clock.advance(seconds=int(starting.SILENCE))
            await made.settle()
            for name in ("birch", "cedar"):
                made.start(name)
            made.clock.advance(hours=1)
        await made.settle()
        assert await alarms(made) == {""}
        assert (await epochs(made))[-1] > first, "a new epoch"
        home = await published(made, "alder")
        assert yesterday.withdrawn not in home
        for name in ("birch", "cedar"):
            there = await published(made, name)
            assert yesterday.withdrawn not in there
            assert there
            assert there <= home
        written = (yesterday.folder / "alder/keys/instance").read_text().strip()
        with made.at("alder"):
            assert await database.rows("SELECT instance FROM own_node") == [{"instance": written}]
        newest = (await epochs(made))[-1]
    yesterday.later(12 * 3600, seed=3)
    async with open_village(yesterday.folder) as made:  # an ordinary start, afterwards
        await made.settle()
        assert (await epochs(made))[-1] == newest
        assert await alarms(made) == {""}


async def test_a_co_op_that_was_put_back_twice_from_one_backup_is_known_by_its_newest_keys(
    yesterday: Yesterday, dialect: str, new_database: Callable[..., str]
) -> None:
    """The second time it knows nothing of the manifest that it made after the first, and neighbours hold that one."""
    for day in range(2):
        again = replace(yesterday, now=yesterday.now + day * 86_400)
        await again.restore(new_database(empty=True) if dialect == "postgres" else "")
        async with open_village(again.folder) as made:
            for _ in range(3):
                await made.settle()
                made.clock.advance(hours=1)
            with made.at("alder"):
                documents = await own.documents()
            with made.at("birch") as coop:
                view = await peers.view("alder.example", here=coop.here())
            assert view is not None and documents is not None
            assert (view.identity.envelope, view.manifest.envelope) == documents, "what Birch seals letters to"


async def test_letters_find_a_restored_co_op_by_its_new_key(
    yesterday: Yesterday, dialect: str, new_database: Callable[..., str]
) -> None:
    """What Birch had sealed to a key that no backup holds is sealed anew; an ask from Birch arrives."""
    await yesterday.restore(new_database(empty=True) if dialect == "postgres" else "")
    async with open_village(yesterday.folder) as made:
        await made.settle()
        made.clock.advance(hours=1)
        await made.settle()
        folk = folk_of(made)
        kwame = folk["kwame"]
        found = await kwame.post("/support/searches", {"within_km": 100, "near": "saltmarsh", "limit": 50})
        offer = next(item for item in found["items"] if item["node_id"] == "alder.example")
        asked = await kwame.post(
            "/support/introductions", {"offer_id": offer["id"], "topics": offer["topics"][:1], "message": "Hello."}
        )
        await made.settle()
        view = await kwame.get(f"/support/introductions/{asked['id']}")
        assert "reached" in [each["event"] for each in view["timeline"]]
