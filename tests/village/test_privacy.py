# SPDX-License-Identifier: AGPL-3.0-or-later
"""Canaries in every private field at Alder: found at Alder by whoever may, found nowhere at Birch, and in nobody's logs.

Bytes are searched: Birch's database file, its WAL, and every line either co-op logged.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import structlog

from node import database
from node.actor import at_the_command_line
from node.members import standing
from node.members.shapes import TokenDraft
from node.village import Village, village
from tests.village.conftest import folk_of
from tests.village.folk import Person, settling
from tests.village.stories import INTRODUCTIONS, find_samuel, has_status

CANARIES = {
    "name": "Zorabel Quillfeather",
    "email": "zorabel.canary@alder.example",
    "draft": "zebrafinch drafts an unfinished offer",
    "home topic": "zircon words about a home topic",
    "search": "zephyrine",
    "needs": "zygomorph needs for one supporter",
    "message": "zeppelin message for one supporter",
    "concern": "zitherlike worry for the deputy",
}


def everything_at(made: Village, name: str) -> bytes:
    """All bytes of a co-op's folder: database, WAL and whatever else stands there."""
    folder: Path = made[name].settings.folder
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_nothing_private_crosses_or_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logged: list[str] = []

    def keep(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        logged.append(repr(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    everything = structlog.make_filtering_bound_logger(logging.DEBUG)
    structlog.configure(processors=[keep], wrapper_class=everything, cache_logger_on_first_use=False)
    caplog.set_level(logging.DEBUG)
    try:
        async with village(2) as made:
            await _live(made)
            birch = everything_at(made, "birch")
            alder = everything_at(made, "alder")
    finally:
        structlog.configure(**before)
    lines = "\n".join([*logged, caplog.text])
    assert logged, "something was logged at all"
    for what, canary in CANARIES.items():
        assert canary not in lines, f"{what} stands in a log"
    crossed = {what for what, canary in CANARIES.items() if canary.encode() in birch}
    assert crossed == set(), "sealed at rest even where it may be"
    in_clear = {what for what, canary in CANARIES.items() if canary.encode() in alder}
    assert in_clear == {"home topic"}, "what is published at home stands in its search index, and nothing else in clear"


async def _live(made: Village) -> None:
    """A life at Alder that puts a canary into every private field."""
    until = settling(made.settle)
    folk = folk_of(made)
    callum, yasmin = folk["callum"], folk["yasmin"]
    invited = await callum.post("/people/invitations", {"roles": ["peer_supporter"], "name": CANARIES["name"]})
    came = await callum.post(
        "/people/invitations/acceptance",
        {"token": invited["token"], "full_name": CANARIES["name"], "email": CANARIES["email"], "adult": True},
    )
    with made.at("alder") as coop:
        token = await standing.issue_token(
            actor=at_the_command_line(),
            draft=TokenDraft(label="test", scopes=["*"], days=30),
            person_id=came["person"]["id"],
            here=coop.here(),
        )
    assert token.token is not None
    zorabel = Person("zorabel", made.client("alder"), token.token)
    now = made.clock.now()
    await yasmin.post(
        f"/support/supporters/{came['person']['id']}/induction",
        {
            "induction_on": now - 9,
            "promise_on": now - 9,
            "supervisor": made.people["yasmin"],
            "next_check_in": now + 9**6,
        },
    )
    offer = {
        "topics": ["loneliness"],
        "how": "By phone, slowly.",
        "limits": "No visits.",
        "ways": ["phone"],
        "area": "wrenbridge",
    }
    await zorabel.post("/support/offers", {**offer, "have": CANARIES["draft"]})
    home = await zorabel.post(
        "/support/offers",
        {
            **offer,
            "topics": ["self-harm"],
            "have": CANARIES["home topic"],
            "audience": {"home_only": True},
            "submit": True,
        },
    )
    await yasmin.post(f"/support/offers/{home['id']}/approval")
    found = await folk["maureen"].post("/support/searches", {"words": "zircon"})
    assert [item["have"] for item in found["items"]] == [CANARIES["home topic"]], "at home it is found"
    await zorabel.post("/support/searches", {"words": CANARIES["search"]})

    samuels = await find_birch(zorabel)
    ask = {"offer_id": samuels["id"], "topics": ["stroke"], "needs": CANARIES["needs"], "message": CANARIES["message"]}
    await zorabel.post(INTRODUCTIONS, {**ask, "preview": True})
    asked = await zorabel.post(INTRODUCTIONS, ask)
    await made.settle()
    samuel = folk["samuel"]
    his = (await samuel.get(INTRODUCTIONS))["items"][0]["id"]
    assert CANARIES["message"] in str(await samuel.get(f"{INTRODUCTIONS}/{his}")), "the one it is for reads it"
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-write-to-me"})
    await until(has_status(zorabel, asked["id"], "accepted"))
    await zorabel.post(f"{INTRODUCTIONS}/{asked['id']}/concerns", {"words": CANARIES["concern"], "tell_lead": False})
    await zorabel.post(f"{INTRODUCTIONS}/{asked['id']}/sharing", {"fields": ["full_name", "email"], "confirm": True})
    await made.settle()
    with made.at("birch"):
        values = await database.rows("SELECT * FROM introduction")
    assert values, "Birch holds its half"


async def find_birch(person: Person) -> dict[str, object]:
    found = await person.post(
        "/support/searches", {"words": "stroke", "ways": ["phone"], "near": "mill-hollow", "within_km": 20}
    )
    return next(item for item in found["items"] if item["node_id"] == "birch.example")


async def test_after_sharing_exactly_the_shared_fields_are_there(three: Village) -> None:
    """Maureen shares her first name and nothing else: Samuel reads just that."""
    folk, until = folk_of(three), settling(three.settle)
    maureen, samuel = folk["maureen"], folk["samuel"]
    offer = await find_samuel(maureen)
    hers = (await maureen.post(INTRODUCTIONS, {"offer_id": offer["id"], "topics": ["stroke"], "message": "Hello."}))[
        "id"
    ]
    await three.settle()
    his = (await samuel.get(INTRODUCTIONS))["items"][0]["id"]
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"words": "Hello."})
    await until(has_status(maureen, hers, "accepted"))
    await maureen.post(f"{INTRODUCTIONS}/{hers}/sharing", {"fields": ["first_name"], "confirm": True})
    await samuel.post(f"{INTRODUCTIONS}/{his}/sharing", {"fields": ["phone"], "confirm": True})
    await until(has_status(samuel, his, "shared"))
    await until(has_status(maureen, hers, "shared"))
    theirs = (await samuel.get(f"{INTRODUCTIONS}/{his}"))["sharing"]["theirs"]
    assert [(each["field"], each["value"]) for each in theirs] == [("first_name", "Maureen")]
    seen = str(await samuel.get(f"{INTRODUCTIONS}/{his}"))
    assert "Nwosu" not in seen and "maureen@" not in seen and "960301" not in seen
