# SPDX-License-Identifier: AGPL-3.0-or-later
"""People and their roles, by an operator's pages alone: Callum looks after Alder's node, Maureen is a member there."""

from __future__ import annotations

import pytest

from node import database
from node.village import Village
from tests.pages import Sheet, Visitor

FAR = "/people/AAAAAAAAAAAAAAAAAAAAAA"


async def person(village: Village, name: str) -> str:
    return f"/people/{village.people[name]}"


async def roles_of(village: Village, name: str) -> set[str]:
    with village.at("alder"):
        found = await database.rows(
            "SELECT role FROM role_held WHERE person = {} AND until IS NULL", village.people[name]
        )
    return {row["role"] for row in found}


def private(sheet: Sheet) -> None:
    """Nobody's name is in an address or a title."""
    for text in (sheet.title, sheet.path, *sheet.trail, sheet.headers.get("location", "")):
        assert "Maureen" not in text and "Nwosu" not in text, text


async def test_everybody_is_listed_and_a_name_is_found_without_being_kept(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/people")
    assert "Maureen Nwosu" in sheet.words and "Derek Ashworth" in sheet.words
    found = await callum.send(sheet, "Find", name="  nwosu MAU ")
    assert found.status == 200
    assert "Maureen Nwosu" in found.words and "1 person found" in found.words and "Grace Nwosu" not in found.words
    private(found)
    nobody = await callum.send(found, "Find", name="Zebedee")
    assert "Nobody here has that name" in nobody.words
    empty = await callum.send(nobody, "Find", name=" ")
    assert (empty.status, set(empty.errors)) == (422, {"name"})
    with three.at("alder"):
        kept = await database.rows("SELECT * FROM page_draft")
    assert kept == []


async def test_a_person_has_their_roles_and_who_gave_them_but_no_address(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open(await person(three, "derek"))
    assert sheet.heading == "Derek Ashworth"
    assert "Peer supporter" in sheet.words and "Command line" in sheet.words
    assert "derek@" not in sheet.text and three.cast.people["derek"].phone not in sheet.text
    private(await callum.open(await person(three, "maureen")))


async def test_a_role_is_given_and_ended_each_after_what_follows_was_said(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open(await person(three, "maureen"))
    sheet = await callum.open(sheet.link("Give a role"))
    assert "Which role?" in sheet.words and "Supported person" not in sheet.form("Give this role").text
    wrong = await callum.send(sheet, "Give this role")
    assert (wrong.status, wrong.errors) == (422, {"role": "Choose a role."})
    done = await callum.send(wrong, "Give this role", role="volunteer")
    assert "They hold the role from now on" in done.words
    assert await roles_of(three, "maureen") == {"supported", "volunteer"}
    sheet = await callum.open(f"{await person(three, 'maureen')}/roles/volunteer/ending")
    assert "What follows" in sheet.words and "Who is told" in sheet.words
    assert await roles_of(three, "maureen") == {"supported", "volunteer"}
    done = await callum.send(sheet, "End this role")
    assert "The role has ended" in done.words
    again = await callum.send(sheet, "End this role")
    assert again.status == 200 and again.path == done.path
    assert await roles_of(three, "maureen") == {"supported"}
    private(done)


async def test_who_holds_a_role_alone_is_said_before_it_ends(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open(f"{await person(three, 'yasmin')}/roles/peer_support_lead/ending")
    assert "Nobody else here has this role" in sheet.words
    assert (await callum.open(f"{await person(three, 'yasmin')}/roles/operator/ending")).status == 404
    assert (await callum.open(f"{await person(three, 'yasmin')}/roles/queen/ending")).status == 404


async def test_nobody_gives_a_role_to_themselves(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    own = await person(three, "callum")
    assert "Somebody else has to give you a role" in (await callum.open(own)).words
    refused = await callum.send(await callum.open(f"{own}/roles"), "Give this role", role="safeguarding_lead")
    assert refused.status == 409
    assert await roles_of(three, "callum") == {"operator"}


@pytest.mark.parametrize(
    ("deed", "button", "state"), [("leaving", "they left", "left"), ("death", "they died", "died")]
)
async def test_leaving_and_death_say_what_follows_and_are_done_once(
    three: Village, deed: str, button: str, state: str
) -> None:
    callum, maureen = await Visitor.of(three, "callum"), await Visitor.of(three, "maureen")
    at = await person(three, "maureen")
    sheet = await callum.open(f"{at}/{deed}")
    assert "What follows" in sheet.words and "Who is told" in sheet.words
    private(sheet)
    done = await callum.send(sheet, button)
    assert done.path == at and "It is recorded" in done.words
    assert (await callum.send(sheet, button)).path == at
    with three.at("alder"):
        rows = await database.rows("SELECT state FROM person_state WHERE person = {}", three.people["maureen"])
    assert [row["state"] for row in rows] == [state]
    assert (await maureen.open("/me")).path == "/sign-in"
    assert (await callum.open(f"{at}/{deed}")).status == 404
    assert (await callum.open(f"{at}/roles")).status == 404
    back = await callum.send(await callum.open(f"{at}/return"), "Yes, they are here")
    assert "They are here again" in back.words
    assert await roles_of(three, "maureen") == set()
    assert (await callum.open(f"{at}/return")).status == 404


async def test_somebody_is_entered_from_paper_with_every_fault_at_once(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/people/new")
    wrong = await callum.send(sheet, "Enter them", email="nope", phone="12", known_as="Bea", roles=["supported"])
    assert (wrong.status, set(wrong.errors)) == (422, {"full_name", "email", "phone", "adult"})
    assert wrong.title.startswith("Error: ")
    kept = {
        str(each["name"]): each.get("value")
        for each in wrong.form("Enter them").select("input[type=text], input[type=email]")
    }
    assert (kept["known_as"], kept["email"]) == ("Bea", "nope")
    assert wrong.form("Enter them").select("input[value=supported][checked]")
    done = await callum.send(
        wrong, "Enter them", full_name="Beatrice Holm", email="", phone="01632 960 777", adult="yes"
    )
    assert done.heading == "Beatrice Holm" and "They are here now" in done.words and "Callum" in done.words
    assert "01632 960 777" not in done.text
    before = (await callum.open("/people")).words
    again = await callum.send(
        wrong, "Enter them", full_name="Beatrice Holm", email="", phone="01632 960 777", adult="yes"
    )
    assert again.path == done.path
    assert (await callum.open("/people")).words == before


async def test_a_lead_enters_members_and_gives_no_role_that_is_not_theirs_to_give(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin")
    people = await yasmin.open("/people")
    assert people.status == 200 and not people.soup.select("main a[href^='/people/invitations']")
    sheet = await yasmin.open("/people/new")
    assert not sheet.soup.select("input[value=operator]")
    fields = {"form": str(sheet.soup.select_one("main form:last-of-type input[name=form]")["value"])}  # type: ignore[index]
    forced = await yasmin.post("/people/new", {**fields, "full_name": "X Y", "adult": "yes", "roles": "operator"})
    assert set(forced.errors) == {"roles"}
    assert (await yasmin.send(sheet, "Enter them", full_name="Bo Lind", adult="yes")).path == "/people"


@pytest.mark.parametrize("who", ["maureen", "samuel", "peter"])
async def test_who_is_no_operator_sees_and_does_nothing_here(three: Village, who: str) -> None:
    visitor = await Visitor.of(three, who)
    at = f"/people/{three.people[who]}"
    token = str((await visitor.open("/find")).soup.select_one("input[name=form]")["value"])  # type: ignore[index]
    for path in ("/people", "/people/new", at, f"{at}/roles", f"{at}/leaving", f"{at}/death", f"{at}/return"):
        assert (await visitor.open(path)).status == 403, path
    for path in ("/people/search", "/people/new", f"{at}/roles", f"{at}/return"):
        answer = await visitor.post(
            path, {"form": token, "name": "a", "full_name": "A B", "adult": "yes", "role": "operator"}
        )
        assert answer.status == 403, path


async def test_an_operator_has_to_show_that_it_is_them(three: Village) -> None:
    callum = await Visitor.of(three, "callum", proved=False)
    for path in ("/people", "/people/new", await person(three, "maureen")):
        answer = await callum.client.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/confirm"), path
    nobody = Visitor.nobody(three["alder"])
    assert (await nobody.client.get("/people")).headers["location"].startswith("/sign-in")


async def test_nobody_and_somebody_of_another_co_op_look_alike(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    for path in (FAR, f"{FAR}/roles", f"{FAR}/death", await person(three, "samuel")):
        assert (await callum.open(path)).status == 404, path


async def test_a_form_that_was_not_given_is_refused(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    answer = await callum.post(f"{await person(three, 'maureen')}/death", {"form": "A" * 44})
    assert answer.status == 403
    assert await roles_of(three, "maureen") == {"supported"}
