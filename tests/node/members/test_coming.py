# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coming in: by an invitation once, or from paper; adults only; every fault at once; nothing readable in the database."""

from __future__ import annotations

import pytest

from node import database, journal
from node.actor import Actor
from node.errors import Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import acts, duties, reads
from node.members.shapes import Acceptance, Admission, Correction, InvitationDraft
from tests.node.members.cast import CLI, admit, everything_stored, waiting

pytestmark = pytest.mark.usefixtures("engine")
DAY = 86400

# What is asserted to be nowhere is first put everywhere it could be.
NAME, EMAIL, PHONE = "Ottoline Quillfeather", "ottoline@quillfeather.example", "01632 960 123"
CANARIES = (b"Ottoline", b"Quillfeather", b"ottoline", b"quillfeather", b"960 123", b"960123")


async def invited(here: Here, *roles: str, days: int = 14) -> str:
    draft = InvitationDraft(roles=list(roles) or ["member"], name=NAME, email=EMAIL, days=days)
    view = await acts.invite(actor=CLI, draft=draft, here=here)
    assert view.token is not None
    return view.token


async def test_an_invitation_brings_a_person_in_with_its_roles_and_a_way_to_sign_in(here: Here) -> None:
    token = await invited(here, "volunteer", "family")

    welcome = await acts.accept_invitation(
        acceptance=Acceptance(token=token, known_as="Otti", phone=PHONE, adult=True), here=here
    )

    assert welcome.person.full_name == NAME
    assert welcome.person.known_as == "Otti"
    assert (welcome.person.email, welcome.person.phone) == (EMAIL, PHONE)
    assert welcome.person.roles == ["family", "volunteer"]
    assert welcome.token.token is not None
    actor = await reads.authenticate(welcome.token.token, here=here)
    assert actor == Actor(person=welcome.person.id, roles=frozenset({"family", "volunteer"}))
    assert await reads.names([welcome.person.id], here=here) == {welcome.person.id: "Otti"}


async def test_an_invitation_is_used_once_and_every_dead_one_is_answered_alike(here: Here) -> None:
    used, expired, revoked = await invited(here), await invited(here, days=1), await invited(here)
    await acts.accept_invitation(acceptance=Acceptance(token=used, adult=True), here=here)
    ids = await database.rows("SELECT id FROM invitation WHERE used_at IS NULL AND expires > {}", here.now + DAY)
    await acts.revoke_invitation(actor=CLI, invitation_id=ids[0]["id"], here=here)

    later = here.at(here.now + DAY)
    answers = set()
    for token in (used, expired, revoked, "cc_inv_" + "A" * 43, "nonsense", ""):
        with pytest.raises(NotFound) as no:
            await acts.accept_invitation(acceptance=Acceptance(token=token, adult=True), here=later)
        answers.add((no.value.words, no.value.cause, no.value.code))

    assert len(answers) == 1
    assert len(await reads.directory(CLI, here=later)) == 1


async def test_every_fault_of_an_acceptance_is_told_at_once_and_leaves_the_invitation_whole(here: Here) -> None:
    token = await invited(here)

    with pytest.raises(Invalid) as no:
        await acts.accept_invitation(
            acceptance=Acceptance(token=token, full_name="x" * 121, email="not an address", phone="ring me"),
            here=here,
        )

    assert set(no.value.fields) == {"full_name", "email", "phone", "adult"}
    assert "not an address" not in str(no.value.fields) + no.value.words + no.value.cause
    await acts.accept_invitation(acceptance=Acceptance(token=token, adult=True), here=here)


async def test_what_was_entered_about_somebody_who_never_came_is_emptied_when_the_invitation_is_over(
    here: Here,
) -> None:
    await invited(here, days=2)
    (ref,) = await waiting("timer")

    await duties.due(ref, here=here.at(here.now + DAY))
    kept = await database.row("SELECT name, email FROM invitation")
    assert kept is not None and kept["name"] is not None and kept["email"] is not None
    for _ in range(2):
        await duties.due(ref, here=here.at(here.now + 2 * DAY))
    assert await database.row("SELECT name, email FROM invitation") == {"name": None, "email": None}


async def test_a_person_is_admitted_from_paper_without_an_address_and_who_did_it_is_kept(here: Here) -> None:
    lead = await admit("Lena Lead", "peer_support_lead", here=here)

    view = await acts.admit(
        actor=lead, admission=Admission(full_name="Paula Paper", roles=["supported"], adult=True), here=here
    )

    assert (view.known_as, view.roles, view.email) == ("Paula", ["supported"], None)
    row = await database.row("SELECT entered_by, adult_confirmed FROM person WHERE id = {}", view.id)
    assert row == {"entered_by": lead.person, "adult_confirmed": here.now}
    last = (await journal.entries(limit=1000))[-1]
    assert (last.actor, last.act, last.subject) == (lead.person, "person.admitted", f"person:{view.id}")


async def test_a_lead_admits_no_officers_and_no_children(here: Here) -> None:
    lead = await admit("Lena Lead", "peer_support_lead", here=here)

    with pytest.raises(Invalid) as no:
        await acts.admit(
            actor=lead, admission=Admission(full_name="", roles=["safeguarding_lead"], email="@"), here=here
        )

    assert set(no.value.fields) == {"full_name", "email", "roles", "adult"}


async def test_a_member_invites_and_admits_nobody(here: Here) -> None:
    member = await admit("Mo Member", here=here)
    with pytest.raises(NotAllowed):
        await acts.invite(actor=member, draft=InvitationDraft(roles=["operator"]), here=here)
    with pytest.raises(NotAllowed):
        await acts.admit(actor=member, admission=Admission(full_name="Friend", adult=True), here=here)


async def test_details_are_put_right_all_faults_at_once_and_looked_up_by_the_new_address(here: Here) -> None:
    person = await admit(NAME, here=here, email=EMAIL, phone=PHONE)

    with pytest.raises(Invalid) as no:
        await acts.change_details(
            actor=person, correction=Correction(full_name=" ", email="a@b", phone="12"), here=here
        )
    assert set(no.value.fields) == {"full_name", "email", "phone"}

    view = await acts.change_details(
        actor=person, correction=Correction(email=" New@Quillfeather.example ", phone=""), here=here
    )
    assert (view.email, view.phone, view.full_name) == ("new@quillfeather.example", None, NAME)
    assert await reads.by_email("NEW@quillfeather.example", here=here) == [person.person]
    assert await reads.by_email(EMAIL, here=here) == []


async def test_two_people_may_share_an_address(here: Here) -> None:
    one, two = [await admit(name, here=here, email=EMAIL) for name in ("Ada", "Ben")]
    assert await reads.by_email(EMAIL, here=here) == sorted([one.person, two.person])


async def test_only_what_is_chosen_is_shared_and_only_while_they_are_here(here: Here) -> None:
    person = await admit(NAME, here=here, email=EMAIL)
    assert await reads.shareable(person.person, ["first_name"], here=here) == {"first_name": "Ottoline"}
    assert await reads.shareable(person.person, ["full_name", "phone", "email"], here=here) == {
        "full_name": NAME,
        "email": EMAIL,
    }
    with pytest.raises(ValueError):
        await reads.shareable(person.person, ["known_as"], here=here)
    await acts.leave(actor=person, here=here)
    assert await reads.shareable(person.person, ["first_name", "email"], here=here) == {}


async def test_nothing_that_names_or_reaches_a_person_stands_readable_in_the_database(here: Here) -> None:
    token = await invited(here)
    welcome = await acts.accept_invitation(acceptance=Acceptance(token=token, phone=PHONE, adult=True), here=here)
    await invited(here)
    person = Actor(person=welcome.person.id)
    await acts.change_details(actor=person, correction=Correction(known_as="Quillfeather's Otti"), here=here)
    await acts.leave(actor=person, here=here)
    assert (await reads.me(person, here=here)).full_name == NAME, "the canaries are in there, sealed"

    stored = await everything_stored()

    assert welcome.person.id.encode() in stored, "the search looks where people are"
    assert welcome.token.token is not None
    for canary in (*CANARIES, token.encode(), welcome.token.token.encode(), welcome.token.token[7:].encode()):
        assert canary not in stored
