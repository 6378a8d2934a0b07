# SPDX-License-Identifier: AGPL-3.0-or-later
"""People who help: named, accepted, limited, ended by either; what they did is written down for the person to read."""

from __future__ import annotations

import pytest

from node import database, journal
from node.actor import GUARDED, ROLES
from node.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from node.here import Here
from node.members import acts as members
from node.members import reads as people
from node.members import standing as tokens
from node.members.shapes import Correction, TokenDraft
from node.safeguarding import reads as safeguarding
from node.signin import acts, duties, reads, rules
from node.signin.shapes import DelegateDraft, Session, SignedIn
from tests.node.members.cast import CLI, admit, waiting
from tests.node.signin.cast import signed_in, someone, standing

pytestmark = pytest.mark.usefixtures("engine")
DAY = 86400


async def named(ada: Session, ben: Session, *scopes: str, days: int = 30, here: Here) -> str:
    code = await acts.offer_help(actor=ben.actor, here=here)
    draft = DelegateDraft(
        code=f"{code[:3]} {code[3:]}", scopes=list(scopes or ("people",)), until=here.now + days * DAY
    )
    return (await acts.name_delegate(actor=ada.actor, draft=draft, here=here)).id


async def helping(ada: Session, ben: Session, *scopes: str, days: int = 30, here: Here) -> tuple[str, SignedIn]:
    """Named, accepted, and begun: the delegation's id, and Ben's new cookie."""
    id = await named(ada, ben, *scopes, days=days, here=here)
    await acts.accept_delegation(actor=ben.actor, delegation_id=id, here=here)
    return id, await acts.act_for(actor=ben.actor, session=ben, delegation_id=id, here=here)


async def test_a_delegate_acts_for_the_person_says_so_and_the_person_reads_what_was_done(here: Here) -> None:
    ada, ben = await someone("Ada", "supported", here=here), await someone("Ben", "operator", here=here)
    id = await named(ada, ben, here=here)
    with pytest.raises(NotFound):
        await acts.act_for(actor=ben.actor, session=ben, delegation_id=id, here=here)
    assert await waiting("mail") == [f"{ben.owner}:waiting"]
    await acts.accept_delegation(actor=ben.actor, delegation_id=id, here=here)
    given = await acts.act_for(actor=ben.actor, session=ben, delegation_id=id, here=here)
    acting = await standing(given, here=here)

    assert (acting.owner, acting.actor.person, acting.actor.by) == (ben.owner, ada.owner, ben.owner)
    assert (acting.name, acting.acting_for, acting.actor.scopes) == ("Ben", "Ada", frozenset({"people"}))
    view = await members.change_details(actor=acting.actor, correction=Correction(known_as="Addie"), here=here)
    assert (view.id, view.known_as) == (ada.owner, "Addie")

    (done,) = await reads.delegate_log(ada.actor, here=here)
    assert (done.who, done.act, done.at) == ("Ben", "people.change-details", here.now)
    last = (await journal.entries(limit=1000))[-1]
    assert (last.actor, last.act, last.subject) == (ben.owner, "delegate.acted", f"person:{ada.owner}")
    again = await standing(await acts.act_for_myself(session=acting, here=here), here=here)
    assert (again.id, again.actor.person, again.actor.by) == (ben.id, ben.owner, None)
    left = await reads.session(given.cookie, here=here)
    assert left is not None and left.stale and not left.actor.scopes, "another cookie at each switch"


async def test_what_failed_is_not_written_down_as_done(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    _, given = await helping(ada, ben, here=here)
    acting = await standing(given, here=here)
    with pytest.raises(Invalid):
        await members.change_details(actor=acting.actor, correction=Correction(phone="x"), here=here)
    assert await reads.delegate_log(ada.actor, here=here) == []


async def test_a_delegate_holds_no_guarded_role_of_the_person_or_of_their_own(here: Here) -> None:
    ada = await someone("Ada", *sorted(ROLES - {"member"}), here=here)
    ben = await someone("Ben", "operator", here=here)
    _, given = await helping(ada, ben, "people", "support", here=here)
    acting = await standing(given, here=here)
    assert acting.actor.roles == ROLES - GUARDED - {"member"}
    with pytest.raises(NotAllowed):
        await people.directory(acting.actor, here=here)


async def test_ways_to_sign_in_other_delegates_and_worries_are_the_persons_alone(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    id, given = await helping(ada, ben, "people", "support", here=here)
    acting = await standing(given, here=here)
    actor = acting.actor
    for look in (
        reads.sessions(actor, acting, here=here),
        reads.ways(actor, acting, here=here),
        reads.delegates(actor, here=here),
        reads.delegate_log(actor, here=here),
        people.tokens(actor, here=here),
    ):
        with pytest.raises(NotAllowed):
            await look
    for deed in (
        acts.make_card(actor=actor, here=here),
        acts.begin_totp(actor=actor, session=acting, here=here),
        acts.end_other_sessions(actor=actor, session=acting, here=here),
        acts.name_delegate(actor=actor, draft=DelegateDraft(), here=here),
        acts.open_introductions(actor=actor, delegation_id=id, opened=True, unhelped=True, here=here),
        members.change_details(actor=actor, correction=Correction(email="b@example.org"), here=here),
        tokens.issue_token(actor=actor, draft=TokenDraft(label="x", scopes=["people"]), here=here),
        tokens.leave(actor=actor, here=here),
    ):
        with pytest.raises(NotAllowed):
            await deed
    assert (await safeguarding.listing(actor, here=here)).mine == []


async def test_introductions_open_only_by_the_persons_own_switch(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    id, given = await helping(ada, ben, "support", here=here)
    assert not (await standing(given, here=here)).actor.may_use("introductions")
    with pytest.raises(Invalid):
        await acts.open_introductions(actor=ada.actor, delegation_id=id, opened=True, here=here)
    with pytest.raises(NotFound):
        await acts.open_introductions(actor=ben.actor, delegation_id=id, opened=True, unhelped=True, here=here)
    view = await acts.open_introductions(actor=ada.actor, delegation_id=id, opened=True, unhelped=True, here=here)
    assert view.introductions and (await standing(given, here=here)).actor.may_use("introductions")
    await acts.open_introductions(actor=ada.actor, delegation_id=id, opened=False, here=here)
    assert not (await standing(given, here=here)).actor.may_use("introductions")


@pytest.mark.parametrize("who", ["person", "delegate", "time", "person gone", "delegate gone"])
async def test_when_it_ends_whoever_acts_under_it_is_out_and_never_themselves(here: Here, who: str) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    id, given = await helping(ada, ben, days=1, here=here)
    now = here
    if who in ("person", "delegate"):
        own = ada.actor if who == "person" else ben.actor
        await acts.end_delegation(actor=own, delegation_id=id, here=here)
    elif who == "time":
        await database.execute("UPDATE session SET expires = {}, idle_until = NULL", here.now + 9 * DAY)
        assert await reads.session(given.cookie, here=here.at(here.now + DAY - 1)) is not None
        now = here.at(here.now + DAY)
    else:
        gone = ada.owner if who == "person gone" else ben.owner
        await members.leave(actor=CLI, person_id=gone, here=here)
        assert await reads.session(given.cookie, here=here) is None, "at once, before the rooms are told"
        await duties.person_gone(gone, "left", here=here)
    assert await reads.session(given.cookie, here=now) is None
    fresh = await signed_in(await admit("Cy", here=here), here=now)
    assert await reads.session(fresh.cookie, here=now) is not None


async def test_a_helper_is_named_by_their_number_and_every_fault_is_told_at_once(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    own = await acts.offer_help(actor=ada.actor, here=here)
    for draft in (
        DelegateDraft(code="000 000", scopes=["safeguarding"], until=here.now),
        DelegateDraft(code=own, scopes=["introductions"], until=here.now + 400 * DAY),
        DelegateDraft(),
    ):
        with pytest.raises(Invalid) as no:
            await acts.name_delegate(actor=ada.actor, draft=draft, here=here)
        assert set(no.value.fields) == {"code", "scopes", "until"}
    code = await acts.offer_help(actor=ben.actor, here=here)
    draft = DelegateDraft(code=code, scopes=["people"], until=here.now + DAY)
    with pytest.raises(Invalid):
        await acts.name_delegate(actor=ada.actor, draft=draft, here=here.at(here.now + rules.HELPER_CODE_FOR))
    await acts.name_delegate(actor=ada.actor, draft=draft, here=here)
    with pytest.raises(Invalid):
        await acts.name_delegate(actor=ada.actor, draft=draft, here=here)
    code = await acts.offer_help(actor=ben.actor, here=here)
    with pytest.raises(Conflict):
        await named(ada, ben, here=here)
    for _ in range(rules.LIMITS["helper-person"][0] - 2):  # two were counted since the last that was right
        with pytest.raises(Invalid):
            await acts.name_delegate(actor=ada.actor, draft=DelegateDraft(code="1"), here=here)
    with pytest.raises(TooMany):
        await acts.name_delegate(actor=ada.actor, draft=DelegateDraft(code="1"), here=here)


async def test_nobody_else_sees_accepts_or_ends_it(here: Here) -> None:
    ada, ben, cy = [await someone(name, here=here) for name in ("Ada", "Ben", "Cy")]
    id = await named(ada, ben, here=here)
    with pytest.raises(NotFound):
        await reads.delegation(cy.actor, id, here=here)
    for actor in (cy.actor, ada.actor):
        with pytest.raises(NotFound):
            await acts.accept_delegation(actor=actor, delegation_id=id, here=here)
    with pytest.raises(NotFound):
        await acts.end_delegation(actor=cy.actor, delegation_id=id, here=here)
    await acts.end_delegation(actor=ben.actor, delegation_id=id, here=here)
    with pytest.raises(NotFound):
        await acts.accept_delegation(actor=ben.actor, delegation_id=id, here=here)
    (view,) = await reads.delegates(ada.actor, here=here)
    assert view.state == "over" and await reads.helping(ben.actor, here=here) == []
