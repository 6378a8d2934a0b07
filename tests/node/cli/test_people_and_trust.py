# SPDX-License-Identifier: AGPL-3.0-or-later
"""`member …` and `peer …`, with right input and wrong: one sentence, every field, no secret but the one that is asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from node import database
from node.coop import Coop
from node.members import acts
from node.members.shapes import Acceptance
from node.settings import load
from tests.node.cli.conftest import Run, init

TWELVE = "sing boy good legend walk divide guide venture second wool theory globe"


async def come_in(folder: Path, token: str) -> str:
    """Accepts an invitation as its person would; the person's id."""
    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            entered = Acceptance(token=token, full_name="Nadia Frost", adult=True)
            return (await acts.accept_invitation(acceptance=entered, here=coop.here())).person.id


def test_from_an_invitation_to_a_token(run: Run, folder: Path) -> None:
    where = ["--dir", str(folder)]
    assert "member invite --role operator" in run("member", "list", *where).out
    made = run("member", "invite", *where, "--role", "operator", "--role", "safeguarding_lead", "--json").json
    assert made["roles"] == ["operator", "safeguarding_lead"]
    person = asyncio.run(come_in(folder, made["token"]))
    assert f"{person}  Nadia Frost (active): operator, safeguarding_lead" in run("member", "list", *where).out
    token = run("member", "token", person, *where, "--scope", "peers", "--days", "7", "--json").json
    assert token["scopes"] == ["peers"]
    assert token["token"] not in run("member", "list", *where, "--json").out


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (["member", "invite", "--role", "king"], "roles"),
        (["member", "invite", "--days", "0", "--email", "nonsense"], "email"),
        (["member", "token", "somebody", "--scope", "everything"], "scopes"),
        (["peer", "invite", "not a host"], "node_id"),
        (["peer", "invite", "alder.example"], "node_id"),
        (["peer", "accept", "cc1-nonsense"], "invitation"),
        (["peer", "accept", "-"], "invitation"),
        (["peer", "confirm", "birch.example", "--words", "one two"], "words"),
        (["peer", "pause", "birch.example", "--reason", " "], "reason"),
    ],
)
def test_wrong_input_is_told_by_field(run: Run, folder: Path, call: list[str], field: str) -> None:
    problem = run(*call, "--dir", str(folder), "--json").problem
    assert field in [each["field"] for each in problem["errors"]]
    words = run(*call, "--dir", str(folder))
    assert (words.code, words.out) == (1, "")
    assert f"\n  {field}: " in words.err


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["member", "token", "nobody"], "Nobody here has that id. See: commoncare member list"),
        (["peer", "confirm", "birch.example", "--words", TWELVE], "has not asked us yet"),
        (["peer", "pause", "birch.example", "--reason", "a break"], "We don't know a co-op of that name."),
        (["peer", "resume", "birch.example"], "We don't know a co-op of that name."),
        (["peer", "end", "birch.example", "--reason", "over"], "We don't know a co-op of that name."),
        (["peer", "thaw", "birch.example"], "We don't know a co-op of that name."),
    ],
)
def test_whom_nobody_knows(run: Run, folder: Path, call: list[str], said: str) -> None:
    problem = run(*call, "--dir", str(folder), "--json").problem
    assert said in problem["detail"]
    assert "errors" not in problem


def test_an_invitation_is_made_and_taken(run: Run, folder: Path, tmp_path: Path) -> None:
    birch = tmp_path / "birch"
    assert init(run, birch, node_id="birch.example").code == 0
    made = run("peer", "invite", "Birch.Example", "--dir", str(folder), "--json").json
    assert made["node_id"] == "birch.example"
    taken: Any = run("peer", "accept", "-", "--dir", str(birch), "--json", stdin=made["invitation"] + "\n").json
    assert (taken["peer"]["node_id"], taken["peer"]["words"]) == ("alder.example", made["words"])
    shown = run("peer", "show", "--dir", str(birch)).out
    assert "alder.example" in shown
    assert made["words"] in shown, "what has to be compared stands there"
    said = run("peer", "pause", "alder.example", "--reason", "a break", "--dir", str(birch)).out
    assert f"commoncare peer resume alder.example --dir {birch}" in said
    assert run("peer", "resume", "alder.example", "--dir", str(birch), "--json").json["paused_here"] is False
    assert run("peer", "thaw", "alder.example", "--dir", str(birch), "--json").json["frozen"] is False
    assert run("peer", "end", "alder.example", "--reason", "over", "--dir", str(birch)).code == 0
