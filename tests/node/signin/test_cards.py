# SPDX-License-Identifier: AGPL-3.0-or-later
"""Printed cards and invitations in the browser: eight words or a QR code, revocable; an invitation once, and asked for anew."""

from __future__ import annotations

import pytest

from node import database, journal
from node.errors import Invalid, NotAllowed, NotFound, NotProved, TooMany
from node.here import Here
from node.members import acts as members
from node.members import reads as people
from node.members.rules import invitation_token
from node.members.shapes import Acceptance, InvitationDraft
from node.signin import acts, reads, rules, secrets
from tests.node.members.cast import CLI, admit, everything_stored, waiting
from tests.node.signin.cast import ORIGIN, letterbox, post_leaves, proved, someone, standing

pytestmark = pytest.mark.usefixtures("engine")
DAY = 86400


async def use(words: str = "", token: str = "", *, here: Here) -> str:
    return (await acts.by_card(words=words, token=token, origin=ORIGIN, here=here)).person


async def test_a_card_signs_in_by_words_and_by_qr_again_and_again_until_revoked(here: Here) -> None:
    ada = await someone("Ada", here=here)
    card = await acts.make_card(actor=ada.actor, here=here)
    token = card.link.removeprefix("https://alder.example/sign-in/card/")
    words = " ".join(card.words)

    assert len(card.words) == 8 and len(secrets.from_words(card.words) or b"") * 8 == 88
    for said in (words, words.upper(), "  ".join(f"{n}. {w}" for n, w in enumerate(card.words, 1))):
        assert await use(said, here=here) == ada.owner
    assert await use(" ".join(word[:4] for word in card.words), here=here) == ada.owner
    assert await use(token=token, here=here) == ada.owner

    assert card.id in [view.id for view in await reads.cards(ada.actor, here=here)]
    await acts.revoke_card(actor=ada.actor, card_id=card.id, here=here)
    for given in ({"words": words}, {"token": token}):
        with pytest.raises(Invalid):
            await use(**given, here=here)


async def test_every_no_is_alike_and_guesses_are_capped(here: Here) -> None:
    ada = await someone("Ada", here=here)
    old = await acts.make_card(actor=ada.actor, here=here)
    said = set()
    late = here.at(here.now + rules.CARD_DAYS * DAY)
    for words, now in (("abandon " * 8, here), ("hello there", here), ("", here), (" ".join(old.words), late)):
        with pytest.raises(Invalid) as no:
            await use(words, here=now)
        said.add(str(no.value.fields))
    assert len(said) == 1
    for _ in range(rules.LIMITS["card-origin"][0] - 4):
        with pytest.raises(Invalid):
            await use("abandon " * 8, here=here)
    with pytest.raises(TooMany):
        await use("abandon " * 8, here=here)


async def test_words_are_shown_to_who_made_it_for_a_quarter_of_an_hour(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    card = await acts.make_card(actor=ada.actor, here=here)
    assert (await reads.card(ada.actor, card.id, here=here)).words == card.words
    for actor, now in ((ben.actor, here), (ada.actor, here.at(here.now + rules.FRESH))):
        with pytest.raises(NotFound):
            await reads.card(actor, card.id, here=now)
    assert (await reads.cards(ada.actor, here=here))[0].words == []
    stored = await everything_stored()
    assert card.id.encode() in stored
    for word in (" ".join(card.words), card.link.rpartition("/")[2]):
        assert word.encode() not in stored


async def test_a_helper_makes_one_only_with_the_person_there_and_never_for_who_looks_after_records(here: Here) -> None:
    lead = await proved("Lena", "peer_support_lead", here=here)
    paula = await admit("Paula", here=here)
    with pytest.raises(Invalid):
        await acts.make_card(actor=lead.actor, person_id=paula.person, here=here)
    card = await acts.make_card(actor=lead.actor, person_id=paula.person, present=True, here=here)
    assert await use(" ".join(card.words), here=here) == paula.person
    last = (await journal.entries(limit=1000))[-1]
    assert (last.actor, last.act, last.subject) == (lead.owner, "signin.card-made", f"person:{paula.person}")
    sally = await admit("Sally", "safeguarding_lead", here=here)
    with pytest.raises(NotAllowed):
        await acts.make_card(actor=lead.actor, person_id=sally.person, present=True, here=here)
    member = await someone("Mo", here=here)
    with pytest.raises(NotFound):
        await acts.make_card(actor=member.actor, person_id=paula.person, present=True, here=here)


async def test_who_holds_a_guarded_role_confirms_first(here: Here) -> None:
    lead = await someone("Lena", "peer_support_lead", here=here)
    paula = await admit("Paula", here=here)
    for whom in (None, paula.person):
        with pytest.raises(NotProved):
            await acts.make_card(actor=lead.actor, person_id=whom, present=True, here=here)


async def test_only_its_person_or_an_operator_revokes_a_card(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    card = await acts.make_card(actor=ada.actor, here=here)
    with pytest.raises(NotFound):
        await acts.revoke_card(actor=ben.actor, card_id=card.id, here=here)
    await acts.revoke_card(actor=CLI, card_id=card.id, here=here)
    assert card.id not in [view.id for view in await reads.cards(ada.actor, here=here)]


# Invitations -----------------------------------------------------------------------------------------------------------


async def invited(here: Here, email: str = "", days: int = 14) -> str:
    draft = InvitationDraft(roles=["volunteer"], name="Val", email=email, days=days)
    return (await members.invite(actor=CLI, draft=draft, here=here)).token or ""


async def test_saying_yes_brings_in_and_signs_in_and_looking_does_nothing(here: Here) -> None:
    token = await invited(here, "val@canary.example")
    for _ in range(3):
        guest = await reads.guest(token, here=here)
        assert (guest.stands, guest.name, guest.email) == (True, "Val", "val@canary.example")
    given = await acts.accept_invitation(acceptance=Acceptance(token=token, adult=True), here=here)
    session = await standing(given, here=here)
    assert session.actor.has("volunteer")
    assert await people.tokens(session.actor, here=here) == [], "a page needs no token"
    assert (await reads.guest(token, here=here)).stands is False
    with pytest.raises(NotFound):
        await acts.accept_invitation(acceptance=Acceptance(token=token, adult=True), here=here)


async def test_an_invitation_with_an_address_is_mailed_and_without_is_not(here: Here) -> None:
    token = await invited(here, "val@canary.example")
    await invited(here)
    with letterbox() as (box, mailer):
        assert await post_leaves(mailer, here) == 1
    ((to, subject, text),) = box.taken
    assert (to, subject) == ("val@canary.example", "Our co-op: An invitation")
    assert f"https://alder.example/invitations/{token}\n" in text and "Val" not in text
    assert token.encode() not in await everything_stored()


async def test_a_revoked_invitation_is_not_mailed(here: Here) -> None:
    await invited(here, "val@canary.example")
    row = await database.row("SELECT id FROM invitation")
    assert row is not None
    assert (await reads.guest(invitation_token(here.node_key, row["id"]), here=here)).stands
    await members.revoke_invitation(actor=CLI, invitation_id=row["id"], here=here)
    assert await waiting("invitation-mail") == []


async def test_who_holds_one_that_is_over_asks_the_operators_and_others_are_answered_alike(here: Here) -> None:
    olu = await proved("Olu", "operator", here=here, email="olu@canary.example")
    token, standing_one = await invited(here, days=1), await invited(here)
    later = here.at(here.now + DAY)
    for each in ("cc_inv_" + "A" * 43, "nonsense", standing_one):
        await acts.ask_for_new_invitation(token=each, words="Val, 01632 960 777", origin=ORIGIN, here=later)
    assert await reads.wishes(olu.actor, here=later) == [] and await waiting("mail") == []

    for _ in range(2):
        await acts.ask_for_new_invitation(token=token, words="Val, 01632 960 777", origin=ORIGIN, here=later)

    (wish,) = await reads.wishes(olu.actor, here=later)
    assert (wish.words, wish.roles) == ("Val, 01632 960 777", ["volunteer"])
    assert await waiting("mail") == [f"{olu.owner}:waiting"]
    assert b"960 777" not in await everything_stored()
    with pytest.raises(Invalid):
        await acts.ask_for_new_invitation(token=token, words="x" * 301, origin=ORIGIN, here=later)
    await acts.answer_wish(actor=olu.actor, wish_id=wish.id, here=later)
    assert await reads.wishes(olu.actor, here=later) == []
