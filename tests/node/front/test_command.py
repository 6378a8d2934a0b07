# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare member copy`: asks, waits for the lead, then writes out what was handed out, without what is the person's alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from node import database
from node.actor import COMMAND_LINE, Actor
from node.coop import Coop
from node.front import acts, reads
from node.front.shapes import HandingOut
from node.settings import load
from tests.node.cli.conftest import Run, _as_it_was, database_address, folder, run  # noqa: F401 - fixtures
from tests.node.members.cast import admit


@pytest.fixture
def dialect() -> str:
    return "sqlite"


async def _people(folder: Path) -> tuple[Actor, Actor]:  # noqa: F811
    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            here = coop.here()
            return await admit("Ada", phone="01632 960401", here=here), await admit(
                "Lea", "peer_support_lead", here=here
            )


async def _hand_out(folder: Path, lead: Actor, person: Actor) -> list[str]:  # noqa: F811
    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            here = coop.here()
            line = (await reads.copies(lead, here=here))[0]
            await acts.open_copy(actor=lead, copy_id=line.id, here=here)
            await acts.hand_out(actor=lead, copy_id=line.id, handing=HandingOut(read=True), here=here)
            found = await database.rows("SELECT asked_by, introductions FROM copy_request")
            return [f"{row['asked_by']} {row['introductions']}" for row in found]


async def _who_looked(folder: Path, person: Actor) -> list[str]:  # noqa: F811
    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            return [each.who for each in (await reads.sharing(person, here=coop.here())).looks]


def test_a_copy_from_the_command_line(run: Run, folder: Path) -> None:  # noqa: F811
    where = ["--dir", str(folder)]
    assert "Nobody here has that id" in run("member", "copy", "nobody", *where).err
    ada, lea = asyncio.run(_people(folder))
    asked = run("member", "copy", ada.person, *where)
    assert asked.code == 0 and "due by" in asked.out and "01632" not in asked.out
    assert run("member", "copy", ada.person, *where, "--json").json["state"] == "waiting"
    assert asyncio.run(_hand_out(folder, lea, ada)) == [f"{COMMAND_LINE} no"]
    words = run("member", "copy", ada.person, *where)
    assert "Phone number: 01632 960401" in words.out and "How you sign in" not in words.out
    whole = run("member", "copy", ada.person, *where, "--json").json
    names = {section["name"] for section in whole["sections"]}
    assert {"details", "roles", "looks"} <= names and not {"sign-in", "worries", "begun"} & names
    assert "Whoever looks after the computer" in asyncio.run(_who_looked(folder, ada))
