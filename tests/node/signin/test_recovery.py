# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way back by two people: neither alone, one of them an operator or lead, a day's notice, and everything older ends."""

from __future__ import annotations

import pytest

from node import database, journal
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved, NotSignedIn
from node.here import Here
from node.members import reads as people
from node.members.reads import authenticate
from node.signin import acts, reads
from node.signin.shapes import RecoveryDraft, RecoveryView, Session
from tests.node.members.cast import admit, token_for, waiting
from tests.node.signin.cast import ORIGIN, proved, signed_in, someone, standing, with_app

pytestmark = pytest.mark.usefixtures("engine")
DAY = 86400
YES = RecoveryDraft(knows=True, spoke=True)


async def both(first: Session, second: Session, lost: str, *, here: Here, mail_lost: bool = False) -> RecoveryView:
    begun = await acts.begin_recovery(
        actor=first.actor,
        person_id=lost,
        draft=RecoveryDraft(knows=True, spoke=True, mail_lost=mail_lost),
        here=here,
    )
    return await acts.confirm_recovery(actor=second.actor, code=begun.code, draft=YES, here=here)


async def words_of(second: Session, view: RecoveryView, *, here: Here) -> str:
    assert view.card is not None
    return " ".join((await reads.card(second.actor, view.card, here=here)).words)


async def test_two_people_give_a_way_back_after_a_day_and_everything_older_ends(here: Here) -> None:
    lead, mo = await proved("Lena", "peer_support_lead", here=here), await someone("Mo", here=here)
    ada = await admit("Ada", here=here, email="ada@canary.example")
    old = await signed_in(ada, here=here)
    await with_app(await standing(old, here=here), here=here)
    old_card = await acts.make_card(actor=ada, here=here)
    token = await token_for(ada, here=here)
    old = await signed_in(ada, here=here)

    view = await both(lead, mo, ada.person, here=here, mail_lost=True)

    assert (view.state, view.person_name, view.stands_from) == ("waits", "Ada", here.now + DAY)
    assert await reads.session(old.cookie, here=here) is None, "a phone that was found is signed out at once"
    assert f"changed:{ada.person}" in await waiting("signin-mail")
    words = await words_of(mo, view, here=here)
    with pytest.raises(Conflict):
        await acts.by_card(words=words, origin=ORIGIN, here=here.at(here.now + DAY - 1))
    with pytest.raises(NotFound):
        await reads.card(lead.actor, view.card or "", here=here)

    then = here.at(here.now + DAY)
    given = await acts.by_card(words=words, origin=ORIGIN, here=then)
    session = await standing(given, here=then)
    assert (session.owner, session.proved) == (ada.person, False)
    for again in (words, " ".join(old_card.words)):
        with pytest.raises(Invalid):
            await acts.by_card(words=again, origin=ORIGIN, here=then)
    with pytest.raises(NotSignedIn):
        await authenticate(token.token or "", here=then)
    assert not (await reads.factors(session.actor, here=then)).any
    assert await people.by_email("ada@canary.example", here=then) == [], "the lost mailbox is no way in any more"
    told = [(entry.actor, entry.act) for entry in await journal.entries(limit=1000) if "recover" in entry.act]
    assert told == [
        (lead.owner, "signin.recovery-begun"),
        (mo.owner, "signin.recovery-confirmed"),
        (ada.person, "signin.recovered"),
    ]


async def test_operators_are_told(here: Here) -> None:
    olu = await proved("Olu", "operator", here=here, email="olu@canary.example")
    mo, ada = await someone("Mo", here=here), await admit("Ada", here=here)
    await both(olu, mo, ada.person, here=here)
    assert f"{olu.owner}:waiting" in await waiting("mail")


async def test_one_of_the_two_is_an_operator_or_lead_and_proved(here: Here) -> None:
    mo, di = await someone("Mo", here=here), await someone("Di", here=here)
    unproved = await someone("Lena", "peer_support_lead", here=here)
    ada = await admit("Ada", here=here)
    begun = await acts.begin_recovery(actor=mo.actor, person_id=ada.person, draft=YES, here=here)
    with pytest.raises(NotAllowed) as no:
        await acts.confirm_recovery(actor=di.actor, code=begun.code, draft=YES, here=here)
    assert not isinstance(no.value, NotProved)
    with pytest.raises(NotProved):
        await acts.confirm_recovery(actor=unproved.actor, code=begun.code, draft=YES, here=here)
    up, _ = await with_app(unproved, here=here)
    lead = await standing(up, here=here)
    assert (await acts.confirm_recovery(actor=lead.actor, code=begun.code, draft=YES, here=here)).state == "waits"


async def test_nobody_is_both_nor_themselves_and_both_say_all(here: Here) -> None:
    lead, mo = await proved("Lena", "peer_support_lead", here=here), await someone("Mo", here=here)
    ada = await someone("Ada", here=here)
    with pytest.raises(Conflict):
        await acts.begin_recovery(actor=ada.actor, person_id=ada.owner, draft=YES, here=here)
    with pytest.raises(Invalid) as no:
        await acts.begin_recovery(actor=lead.actor, person_id=ada.owner, draft=RecoveryDraft(), here=here)
    assert set(no.value.fields) == {"knows", "spoke"}
    begun = await acts.begin_recovery(actor=lead.actor, person_id=ada.owner, draft=YES, here=here)
    for actor in (lead.actor, ada.actor):
        with pytest.raises(Invalid):
            await acts.confirm_recovery(actor=actor, code=begun.code, draft=YES, here=here)
    with pytest.raises(Invalid):
        await acts.confirm_recovery(actor=mo.actor, code="000000", draft=YES, here=here)
    with pytest.raises(Conflict):
        await acts.begin_recovery(actor=mo.actor, person_id=ada.owner, draft=YES, here=here)


@pytest.mark.parametrize("who", ["first", "second", "person", "operator", "somebody else"])
async def test_it_can_be_taken_back_before_by_those_concerned(here: Here, who: str) -> None:
    lead, mo, olu = (
        await proved("Lena", "peer_support_lead", here=here),
        await someone("Mo", here=here),
        await proved("Olu", "operator", here=here),
    )
    ada, di = await admit("Ada", here=here, email="ada@canary.example"), await someone("Di", here=here)
    view = await both(lead, mo, ada.person, here=here)
    words = await words_of(mo, view, here=here)
    her = await standing(await signed_in(ada, here=here), here=here)
    seen = await reads.recovery_of(her.actor, here=here)
    assert seen is not None and (seen.id, seen.code, seen.card) == (view.id, "", None)
    actor = {"first": lead, "second": mo, "person": her, "operator": olu, "somebody else": di}[who].actor
    then = here.at(here.now + DAY)
    if who == "somebody else":
        with pytest.raises(NotFound):
            await acts.take_back_recovery(actor=actor, recovery_id=view.id, here=here)
        assert await reads.recoveries(actor, here=here) == []
        assert await acts.by_card(words=words, origin=ORIGIN, here=then)
        return
    await acts.take_back_recovery(actor=actor, recovery_id=view.id, here=here)
    with pytest.raises(Invalid):
        await acts.by_card(words=words, origin=ORIGIN, here=then)
    assert await people.by_email("ada@canary.example", here=here) == [ada.person]


async def test_what_nobody_seconds_lapses_and_can_be_begun_again(here: Here) -> None:
    lead, mo = await proved("Lena", "peer_support_lead", here=here), await someone("Mo", here=here)
    ada = await admit("Ada", here=here)
    begun = await acts.begin_recovery(actor=lead.actor, person_id=ada.person, draft=YES, here=here)
    late = here.at(here.now + 7 * DAY)
    with pytest.raises(Invalid):
        await acts.confirm_recovery(actor=mo.actor, code=begun.code, draft=YES, here=late)
    again = await acts.begin_recovery(actor=lead.actor, person_id=ada.person, draft=YES, here=late)
    assert again.id != begun.id
    rows = await database.rows("SELECT id FROM recovery WHERE taken_back_at IS NULL")
    assert [row["id"] for row in rows] == [again.id]
