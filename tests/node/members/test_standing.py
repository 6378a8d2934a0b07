# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles, leaving, dying: who may, what ends with it, and that it is written down rather than removed."""

from __future__ import annotations

import pytest

from node import database, journal
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import acts, reads
from node.members.duties import gone
from node.members.notices import notify
from tests.node.members.cast import CLI, admit, again, token_for, waiting

pytestmark = pytest.mark.usefixtures("engine")


async def test_a_role_is_given_and_ended_and_its_time_is_kept(here: Here) -> None:
    operator, ada = await admit("Olu", "operator", here=here), await admit("Ada", here=here)

    view = await acts.give_role(actor=operator, person_id=ada.person, role="peer_supporter", here=here)
    assert view.roles == ["peer_supporter"]
    assert await reads.by_role("peer_supporter", here=here) == [ada.person]
    await acts.give_role(actor=operator, person_id=ada.person, role="peer_supporter", here=here)
    later = here.at(here.now + 50)
    assert (await acts.end_role(actor=operator, person_id=ada.person, role="peer_supporter", here=later)).roles == []

    assert await reads.by_role("peer_supporter", here=later) == []
    rows = await database.rows("SELECT given_by, since, until, ended_by FROM role_held WHERE person = {}", ada.person)
    assert rows == [
        {"given_by": operator.person, "since": here.now, "until": later.now, "ended_by": operator.person}
    ], "given twice is held once"
    with pytest.raises(NotFound):
        await acts.end_role(actor=operator, person_id=ada.person, role="peer_supporter", here=later)


async def test_nobody_gives_themselves_a_role(here: Here) -> None:
    operator = await admit("Olu", "operator", here=here)
    with pytest.raises(Conflict):
        await acts.give_role(actor=operator, person_id=operator.person, role="safeguarding_lead", here=here)
    assert await reads.by_role("safeguarding_lead", here=here) == []


async def test_unknown_roles_and_people_are_refused(here: Here) -> None:
    ada = await admit("Ada", here=here)
    for role in ("queen", "member"):
        with pytest.raises(Invalid) as no:
            await acts.give_role(actor=CLI, person_id=ada.person, role=role, here=here)
        assert set(no.value.fields) == {"role"}
    with pytest.raises(NotFound):
        await acts.give_role(actor=CLI, person_id="nobody", role="worker", here=here)


async def test_leaving_ends_roles_tokens_and_notices_and_tells_the_rooms_above(here: Here) -> None:
    ada = await admit("Ada", "worker", "peer_supporter", here=here, email="ada@example.org")
    await token_for(ada, here=here)
    async with database.transaction():
        await notify(person=ada.person, what="message", here=here)
        await notify(person=ada.person, what="waiting", here=here)
    assert len(await waiting("mail")) == 2

    departure = await acts.leave(actor=ada, here=here)

    assert (departure.how, departure.recorded_by, departure.at) == ("left", ada.person, here.now)
    assert await waiting("mail") == []
    assert await waiting("person-gone") == [f"{ada.person}:left"]
    assert gone(f"{ada.person}:left") == (ada.person, "left")
    now = await again(ada.person, here=here)
    assert (now.state, now.roles, now.has("member")) == ("left", frozenset(), False)
    assert await reads.by_role("worker", here=here) == []
    assert [token.revoked for token in await reads.tokens(now, here=here)] == [here.now]
    with pytest.raises(NotAllowed):
        await acts.leave(actor=now, here=here)


async def test_one_person_leaves_for_another_only_as_operator(here: Here) -> None:
    ada, ben = await admit("Ada", here=here), await admit("Ben", here=here)
    said = set()
    for person in (ben.person, "nobody"):
        with pytest.raises(NotFound) as no:
            await acts.leave(actor=ada, person_id=person, here=here)
        said.add(no.value.words)
    assert len(said) == 1
    assert (await acts.leave(actor=CLI, person_id=ben.person, here=here)).recorded_by == "cli"


async def test_a_death_is_recorded_by_those_who_may_also_after_leaving_and_only_once(here: Here) -> None:
    lead, ada = await admit("Lena", "peer_support_lead", here=here), await admit("Ada", here=here)
    with pytest.raises(NotAllowed):
        await acts.record_death(actor=ada, person_id=lead.person, here=here)
    await acts.leave(actor=ada, here=here)

    await acts.record_death(actor=lead, person_id=ada.person, here=here.at(here.now + 9))

    with pytest.raises(Conflict):
        await acts.record_death(actor=lead, person_id=ada.person, here=here)
    with pytest.raises(Conflict):
        await acts.leave(actor=CLI, person_id=ada.person, here=here)
    rows = await database.rows("SELECT state, at, recorded_by FROM person_state ORDER BY at")
    assert rows == [
        {"state": "left", "at": here.now, "recorded_by": ada.person},
        {"state": "died", "at": here.now + 9, "recorded_by": lead.person},
    ]
    assert await waiting("person-gone") == [f"{ada.person}:died", f"{ada.person}:left"]


async def test_a_record_made_by_mistake_is_answered_by_another_row(here: Here) -> None:
    ada = await admit("Ada", "worker", here=here)
    await acts.record_death(actor=CLI, person_id=ada.person, here=here)
    await acts.welcome_back(actor=CLI, person_id=ada.person, here=here.at(here.now + 1))
    now = await again(ada.person, here=here)
    assert (now.state, now.roles) == ("active", frozenset()), "roles are given anew"
    rows = await database.rows("SELECT state FROM person_state ORDER BY at")
    assert [row["state"] for row in rows] == ["died", "active"]


async def test_the_journal_names_ids_and_stays_whole(here: Here) -> None:
    ada = await admit("Ada Canary", "worker", here=here, email="ada@canary.example")
    await acts.give_role(actor=CLI, person_id=ada.person, role="volunteer", here=here)
    await acts.record_death(actor=CLI, person_id=ada.person, here=here)
    entries = await journal.entries(limit=100)
    assert [entry.act for entry in entries] == ["person.admitted", "role.given", "person.died"]
    assert "canary" not in str(entries).casefold()
    assert (await journal.verify(here=here)).whole


async def test_the_directory_is_for_operators_and_leads_and_holds_no_way_to_reach_anybody(here: Here) -> None:
    ada = await admit("Ada", "supported", here=here, email="ada@example.org", phone="01632 960 001")
    lead = await admit("Lena", "peer_support_lead", here=here)
    with pytest.raises(NotAllowed):
        await reads.directory(ada, here=here)
    people = await reads.directory(lead, here=here)
    assert [(view.known_as, view.roles, view.state) for view in people] == [
        ("Ada", ["supported"], "active"),
        ("Lena", ["peer_support_lead"], "active"),
    ]
    assert all(view.email is None and view.phone is None for view in people)
