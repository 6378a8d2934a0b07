# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people really wrote stands in the file in which it belongs, opened as the rooms sealed it, and in no other."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from node import database
from node.actor import at_the_command_line
from node.front.reads.sharing import looks
from node.leaving import exporting, inventory
from node.leaving.shapes import Drawer
from node.village import Village
from tests.node.leaving.conftest import FILES, Keys, rows_of, text_of, unlocked
from tests.village import stories
from tests.village.conftest import addresses, folk_of, moulds, three
from tests.village.folk import settling

__all__ = ["addresses", "moulds", "three"]
WHERE: dict[str, Drawer] = {
    "Derek Ashworth": "co-op",
    "Somebody to go out with.": "private",
    "They asked me for money.": "safeguarding",
    stories.WORRYING: "safeguarding",
}


@pytest.mark.slow
async def test_a_life_of_a_co_op_comes_out_and_each_thing_in_its_file(three: Village, keys: Keys, stick: Path) -> None:
    folk, until = folk_of(three), settling(three.settle)
    asked = {
        "offer_id": (await stories.find_samuel(folk["maureen"]))["id"],
        "topics": ["stroke"],
        "message": "Somebody to go out with.",
    }
    await folk["maureen"].post(stories.INTRODUCTIONS, asked, status=201)
    await stories.worried_story(folk, until)
    with three.at("alder") as coop:
        made = await exporting.export(
            actor=at_the_command_line(),
            folder=coop.settings.folder,
            out=stick / FILES["co-op"],
            locks=keys.locks,
            reason="keep",
            here=coop.here(),
        )
        concerns = [row["id"] for row in await database.rows("SELECT id FROM concern")]
        for row in await database.rows("SELECT id FROM person WHERE state = 'active'"):
            (look,) = [
                each for each in await looks(row["id"], here=coop.here()) if "all that the co-op keeps" in each.kind
            ]
            assert look.why == "The co-op keeps a copy that other programs can read"
    texts = {drawer: text_of(unlocked(stick / name, keys.secret(drawer))) for drawer, name in FILES.items()}
    for words, home in WHERE.items():
        assert [drawer for drawer, text in texts.items() if json.dumps(words)[1:-1] in text] == [home], words
    assert concerns
    for concern in concerns:
        assert [drawer for drawer, text in texts.items() if concern in text] == ["safeguarding"]
    names = {each.drawer: each for each in made.files}
    assert names["safeguarding"].erased == 0
    for drawer, name in FILES.items():
        found = rows_of(stick / name.replace(".zip.age", "-open.zip"))
        for table, named in inventory.DRAWERS[drawer].items():
            for column in named.left:
                assert all(column not in row for row in found[table])
    with zipfile.ZipFile(stick / "alder-open.zip") as held:
        assert "Derek Ashworth" in held.read("members-1.csv").decode()
