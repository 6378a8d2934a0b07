# SPDX-License-Identifier: AGPL-3.0-or-later
"""`fact …`: what is declared, and taking it back; writing down and confirming are for two people who signed in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from node import database
from node.coop import Coop
from node.metrics import acts
from node.metrics.shapes import FactDraft
from node.settings import load
from tests.node.cli.conftest import Run
from tests.node.members.cast import admit

DAY = 86_400


async def declare(folder: Path) -> str:
    """Two people declare how big the co-op is; the fact's id."""
    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            here = coop.here()
            one = await admit("Nadia Frost", "peer_support_lead", here=here)
            two = await admit("Ravi Stone", "operator", here=here)
            draft = FactDraft(
                about="size",
                people="10-25",
                circle="Money circle",
                agreed_on=here.now - DAY,
                review_on=here.now + DAY,
                words="We tell it.",
            )
            made = await acts.draft_fact(actor=one, draft=draft, here=here)
            await acts.confirm_fact(actor=two, fact_id=made.id, here=here)
            return made.id


def test_facts_are_shown_and_taken_back(run: Run, folder: Path) -> None:
    where = ["--dir", str(folder)]
    assert "There are none yet." in run("fact", "show", *where).out
    fact = asyncio.run(declare(folder))
    assert f"{fact}  declared: How many we are: 10 to 25 people (Money circle)" in run("fact", "show", *where).out
    told = run("fact", "show", *where, "--json").json
    assert [each["id"] for each in told["ours"]] == [each["id"] for each in told["declared"]] == [fact]
    assert f"{fact}: withdrawn." in run("fact", "withdraw", fact, *where).out
    assert "There are none yet." in run("fact", "show", *where).out
    assert run("fact", "withdraw", "nothing", *where, "--json").problem["type"] == "urn:commoncare:problem:not-found"
