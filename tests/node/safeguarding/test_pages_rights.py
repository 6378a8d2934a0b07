# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may open which page of this room. To whoever may not read a concern each of its pages is the one for nothing there, and
nothing they send does anything; who would have to prove it's them is asked to, whether or not there is a concern."""

from __future__ import annotations

import re

import pytest

from node import database
from node.errors import Invalid
from node.members import acts as members
from node.safeguarding import acts, reads
from node.safeguarding.pages import routes
from node.safeguarding.shapes import ConcernDraft
from node.village import Village
from tests.node.members.cast import CLI, again
from tests.pages import Visitor

WORDS = "Zephyrine Marlowbeck has bruises"
OPEN_TO_ALL = {"/worry", "/worry/sent", "/worry/print", "/worry/numbers"}
GETS = sorted({path for route in routes for path in route.paths if "GET" in route.http_methods})
POSTS = sorted({path for route in routes for path in route.paths if "POST" in route.http_methods})


def at(path: str, concern: str) -> str:
    """A route's path as an address, for this concern and a hold that is not there."""
    return re.sub(r"\{hold_id:str\}", "H" * 22, re.sub(r"\{concern_id:str\}", concern, path))


async def worry(village: Village, **draft: object) -> str:
    with village.at("alder") as coop:
        here = coop.here()
        maureen = await again(village.people["maureen"], here=here)
        told = ConcernDraft(**{"words": WORDS, **draft})  # type: ignore[arg-type]
        receipt = await acts.raise_concern(actor=maureen, draft=told, here=here)
    assert receipt.id
    return receipt.id


async def stored(village: Village) -> list[object]:
    with village.at("alder"):
        return [
            await database.rows(f'SELECT * FROM "{table}" ORDER BY id')
            for table in (
                "concern",
                "concern_reader",
                "concern_note",
                "told_other",
                "safeguarding_hold",
                "concern_event",
            )
        ]


async def test_each_page_by_each_who_may_not(three: Village) -> None:
    id, none = await worry(three, tell_lead=False, about="introduction:" + "A" * 22), "N" * 22
    before = await stored(three)
    nobody = Visitor.nobody(three.alder)
    for path in GETS:
        page = await nobody.open(at(path, id))
        if path in OPEN_TO_ALL:
            assert page.status == 200, path
        else:
            assert page.path.startswith("/sign-in"), (path, page.path)
    # A member, an operator, a lead of peer support, and the safeguarding lead, who was unticked.
    for name in ("tomasz", "callum", "yasmin", "peter"):
        visitor = await Visitor.of(three, name)
        token = str((await visitor.open("/worry")).soup.select_one("main input[name=form]")["value"])
        for path in GETS:
            if "{" not in path:
                continue
            theirs, nothing = await visitor.open(at(path, id)), await visitor.open(at(path, none))
            assert (theirs.status, theirs.title, theirs.words) == (404, nothing.title, nothing.words), (name, path)
        for path in POSTS:
            if "{" not in path:
                continue
            fields = {"form": token, "words": "x", "reason": "x", "wishes": "x", "outcome": "x", "reasons": "x"}
            fields |= {"person": "x", "to": "birch.example", "urgency": "soon"}
            answer = await visitor.post(at(path, id), fields)
            nothing = await visitor.post(at(path, none), fields)
            assert (answer.status, answer.words) == (nothing.status, nothing.words), (name, path)
            assert answer.status in (403, 404), (name, path, answer.status)
    assert await stored(three) == before


async def test_a_reader_who_has_not_proved_it_is_asked_to_and_nobody_else_is(three: Village) -> None:
    id = await worry(three)
    for name in ("peter", "ines"):
        visitor = await Visitor.of(three, name, proved=False)
        listed = await visitor.open("/concerns")
        assert "please confirm it’s you" in listed.words and id not in listed.text
        for path in (f"/concerns/{id}", "/concerns/" + "N" * 22, f"/concerns/{id}/record"):
            assert (await visitor.client.get(path)).headers["location"].startswith("/confirm?next="), path
    maureen = await Visitor.of(three, "maureen", proved=False)
    assert (await maureen.open("/concerns/" + "N" * 22)).status == 404
    assert (await maureen.open(f"/concerns/{id}")).status == 200


async def test_the_numbers_are_set_by_an_operator_and_read_by_leads(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    page = await callum.open("/concerns/settings")
    wrong = await callum.send(page, "Set these numbers", out_of_hours="", lead_phone="ring me", deputy_phone="-")
    assert wrong.status == 422 and set(wrong.errors) == {"out_of_hours", "lead_phone", "deputy_phone"}
    assert wrong.soup.select_one("#lead_phone")["value"] == "ring me"
    done = await callum.send(
        wrong, "Set these numbers", out_of_hours="01632 960 555", lead_phone="", deputy_phone="01632 960 556"
    )
    assert "These numbers stand from now on." in done.words
    assert "01632 960 555" in (await Visitor.nobody(three.alder).open("/worry")).words
    peter = await Visitor.of(three, "peter")
    shown = await peter.open("/concerns/settings")
    assert "01632 960 556" in shown.words and not shown.soup.select("main form")
    assert "All that is needed is set" in shown.words
    for name in ("maureen", "yasmin"):
        assert (await (await Visitor.of(three, name)).open("/concerns/settings")).status == 403


async def test_what_is_missing_for_sharing_offers_is_said(three: Village) -> None:
    with three.at("alder"):
        await database.execute("UPDATE safeguarding_setup SET out_of_hours = ''")
    page = await (await Visitor.of(three, "callum")).open("/concerns/settings")
    assert "a safeguarding number that is answered out of hours" in page.words


async def test_a_new_lead_takes_over_what_nobody_could_read(three: Village) -> None:
    id = await worry(three, tell_deputy=False)
    with three.at("alder") as coop:
        here = coop.here()
        await members.end_role(actor=CLI, person_id=three.people["peter"], role="safeguarding_lead", here=here)
        await members.give_role(actor=CLI, person_id=three.people["derek"], role="safeguarding_lead", here=here)
    derek = await Visitor.of(three, "derek")
    listed = await derek.open("/concerns")
    assert id not in listed.text
    done = await derek.send(listed, "Look for concerns")
    assert "We looked." in done.words and f"/concerns/{id}" in done.text
    peter = await Visitor.of(three, "peter")
    assert (await peter.open(f"/concerns/{id}")).status == 404


async def test_people_pointed_at_are_checked_whatever_is_sent(three: Village) -> None:
    with three.at("alder") as coop:
        here = coop.here()
        maureen = await again(three.people["maureen"], here=here)
        for alleged in (["x" * 44], ["Peter Dunmore"], [""], [str(n) for n in range(21)]):
            with pytest.raises(Invalid) as no:
                await acts.raise_concern(actor=maureen, draft=ConcernDraft(words="x", alleged=alleged), here=here)
            assert set(no.value.fields) == {"alleged"}
        assert await reads.mine(maureen, here=here) == []
