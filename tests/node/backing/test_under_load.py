# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare backup` of a real node in the midst of its work, and what comes of it when the database is lost.

People go on writing while the backup is made. Then some of it ends, the node is killed, and the backup is put back into an
empty place by the command. Every row that was acknowledged before the backup is there as it was; nothing is there that came after
it; what ended since has ended; and the neighbour, who saw all of it, sees no fork.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from node import database
from node.settings import load
from node.village.hamlet import Hamlet
from tests.village.folk import Person, polling
from tests.village.test_demo import free_base

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
SUPPORTERS = ("derek", "bronwen", "omar", "lily")
LEAVES = "omar"
SAID = ("have", "how", "limits", "topics", "ways", "area", "places", "open", "revision", "state")
"""What of an offer was acknowledged, and is compared."""


@dataclass
class Ledger:
    """What the writers sent, and what the node acknowledged, in its order: (offer, who, the answer's `SAID`)."""

    folk: dict[str, Person]
    sent: set[str] = field(default_factory=set)
    done: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    stop: bool = False

    async def write(self, name: str) -> None:
        """Offers, one after the other: handed in, checked, the one before withdrawn, until told to stop."""
        number, last = 0, ""
        while not self.stop:
            number += 1
            words = f"offer {name} {number} end"
            self.sent.add(words)
            draft = {
                "topics": ["loneliness"], "have": words, "how": "We write.", "limits": "No visits.", "ways": ["message"],
                "area": "whole_patch", "places": 1, "submit": True,
            }  # fmt: skip
            made = await self.folk[name].post("/support/offers", draft)
            self._note(name, made)
            self._note(name, await self.folk["yasmin"].post(f"/support/offers/{made['id']}/approval"))
            if last and number % 2:
                await self.withdraw(name, last)
            last = made["id"]

    async def withdraw(self, name: str, offer: str) -> None:
        self._note(name, await self.folk[name].post(f"/support/offers/{offer}/withdrawal"))

    async def until_more(self, count: int) -> None:
        """Waits until so many more were acknowledged."""
        goal = len(self.done) + count

        async def enough() -> bool:
            return len(self.done) >= goal

        await polling(120)(enough)

    def _note(self, name: str, view: dict[str, Any]) -> None:
        self.done.append((view["id"], name, {each: view[each] for each in SAID}))

    def stood(self, at: int, until: int) -> dict[str, tuple[str, list[dict[str, Any]]]]:
        """Every offer of which something was acknowledged among the first `at`: its supporter, and what was said of it from the
        last of those on, among the first `until`."""
        found: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        for number, (offer, name, said) in enumerate(self.done[:until]):
            if number < at:
                found[offer] = (name, [said])
            elif offer in found:
                found[offer][1].append(said)
        return found

    def ended(self) -> set[str]:
        """Offers whose withdrawal was acknowledged."""
        return {offer for offer, _, said in self.done if said["state"] == "withdrawn"}


async def command(folder: Path, *words: str, stdin: str = "") -> str:
    """What `commoncare` said, as a process of its own. It has to end well."""
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", *words, "--dir", str(folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(done.communicate(stdin.encode()), 120)
    assert done.returncode == 0, err.decode()
    return out.decode()


async def rows(folder: Path, sql: str, *args: Any) -> list[dict[str, Any]]:
    engine = database.open_engine(load(folder, {}).database_url)
    await engine.open()
    try:
        with database.bound(engine):
            return await database.rows(sql, *args)
    finally:
        await engine.close()


async def test_a_backup_under_load_is_put_back(tmp_path: Path, dialect: str, new_database: Callable[..., str]) -> None:
    databases = {"alder": new_database(empty=True)} if dialect == "postgres" else {}
    async with AsyncExitStack() as stack:
        made = Hamlet(nodes=2, folder=tmp_path / "hamlet", base_port=free_base(), databases=databases)
        hamlet = await stack.enter_async_context(made)
        alder, birch = hamlet.houses["alder"].node, hamlet.houses["birch"].node
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=alder.url, timeout=60))

        def people() -> dict[str, Person]:
            return {name: Person(name, client, each.token) for name, each in hamlet.houses["alder"].people.items()}

        key = tmp_path / "stick.key"
        await command(alder.folder, "backup", "key", "--out", str(key))
        ledger = Ledger(people())
        writers = [asyncio.create_task(ledger.write(name)) for name in SUPPORTERS if name != LEAVES]
        await ledger.until_more(12)
        before = len(ledger.done)
        first = json.loads(await command(alder.folder, "backup", "--json"))
        assert len(ledger.done) > before, "it was written on while the backup was made"
        during = len(ledger.done)
        await ledger.until_more(4)
        await ledger.folk[LEAVES].post(f"/people/{hamlet.person(LEAVES)[1].person}/leaving")
        await command(alder.folder, "backup", "--json")  # its list of what ended is read as well
        ledger.stop = True
        await asyncio.gather(*writers)
        epoch = await _epoch(birch.folder)

        await alder.kill()
        if dialect == "postgres":
            databases["alder"] = new_database(empty=True)
            given = yaml.safe_load((alder.folder / "commoncare.yaml").read_text())
            (alder.folder / "commoncare.yaml").write_text(yaml.safe_dump(given | {"database": databases["alder"]}))
        else:
            for file in alder.folder.glob("commoncare.db*"):
                file.rename(tmp_path / file.name)
        await command(alder.folder, "restore", first["path"], "--key-file", str(key))
        left = hamlet.person(LEAVES)[1].person
        await _is_of_one_moment(ledger, alder.folder, before, during)
        assert await rows(alder.folder, "SELECT id FROM person WHERE state = 'left'") == [{"id": left}]
        assert await rows(alder.folder, f"{_STANDING} AND supporter = {{}}", left) == []

        await hamlet.prepare(hamlet.houses["alder"])
        await alder.start()
        await alder.ready()
        ledger.folk = people()
        ended = ledger.ended()
        for offer, (name, said) in ledger.stood(before, during).items():
            view = await ledger.folk[name].get(f"/support/offers/{offer}")
            now = {each: view[each] for each in SAID}
            assert now in said or (offer in ended and now == said[-1] | {"state": "withdrawn", "open": now["open"]})
            assert (view["state"] == "withdrawn") is (offer in ended), "what ended since has ended"

        async def new_epoch() -> bool:
            return await _epoch(birch.folder) > epoch

        await polling(90)(new_epoch)
        home = {row["id"] for row in await rows(alder.folder, _STANDING)}

        async def agree() -> bool:
            found = await rows(birch.folder, "SELECT offer_id FROM listing WHERE node_id = 'alder.example'")
            return {row["offer_id"] for row in found} <= home

        await polling(60)(agree)
        alarms = await rows(birch.folder, "SELECT alarm FROM followed WHERE peer = 'alder.example' AND alarm <> ''")
        frozen = await rows(birch.folder, "SELECT node_id FROM peer WHERE frozen")
        assert (alarms, frozen) == ([], []), "no neighbour saw a fork"


_STANDING = "SELECT id FROM offer WHERE id NOT IN (SELECT offer FROM offer_withdrawal)"


async def _epoch(folder: Path) -> int:
    """The newest epoch of Alder's offers that this neighbour follows."""
    found = await rows(
        folder, "SELECT max(epoch) AS epoch FROM followed WHERE peer = 'alder.example' AND topic = 'peer-support'"
    )
    return int(found[0]["epoch"])


async def _is_of_one_moment(ledger: Ledger, folder: Path, before: int, during: int) -> None:
    """Before anybody is served: no offer is missing that was acknowledged when the backup began, none came that was not yet
    acknowledged when it was there, but those that were on their way."""
    held = {row["id"] for row in await rows(folder, "SELECT id FROM offer")}
    assert set(ledger.stood(before, before)) <= held
    later = {offer for offer, _, _ in ledger.done} - set(ledger.stood(during, during))
    assert later, "it was written on after the backup"
    assert len(later & held) <= len(SUPPORTERS)
