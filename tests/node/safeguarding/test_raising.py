# SPDX-License-Identifier: AGPL-3.0-or-later
"""Raising a worry, and who learns of it: those told, and nobody by any other way."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound, Refusal, TooMany
from node.here import Here
from node.members import acts as members
from node.safeguarding import acts, reads, rules, telling
from node.safeguarding.shapes import (
    Closing,
    ConcernDraft,
    ConcernList,
    ConcernWithoutAccount,
    HoldDraft,
    NoteDraft,
    TellingDraft,
)
from tests.node.members.cast import CLI, admit, again, everything_stored
from tests.node.safeguarding.cast import OUT_OF_HOURS, WORDS, gather, told, worry

pytestmark = pytest.mark.usefixtures("engine")


async def said(refused: Awaitable[object]) -> tuple[object, ...]:
    """Everything that a refusal says aloud."""
    with pytest.raises(Refusal) as no:
        await refused
    return (type(no.value), no.value.code, no.value.words, str(no.value.public), no.value.cause)


def every_way_in(actor: Actor, id: str, here: Here) -> list[Awaitable[object]]:
    """Every act and read that takes a concern's id."""
    note, hold = NoteDraft(decision="x"), HoldDraft(reason="x", subject="offer:x")
    tell = TellingDraft(to="birch.example", words="x", reason="x")
    return [
        reads.one(actor, id, here=here),
        acts.open_concern(actor=actor, concern_id=id, here=here),
        acts.add_note(actor=actor, concern_id=id, note=note, here=here),
        acts.close(actor=actor, concern_id=id, closing=Closing(outcome="x", reasons="x"), here=here),
        acts.hand_over(actor=actor, concern_id=id, person=actor.person, here=here),
        telling.decide_to_tell_other(actor=actor, concern_id=id, telling=tell, here=here),
        telling.place_hold(actor=actor, concern_id=id, hold=hold, here=here),
    ]


async def test_a_worry_is_told_to_lead_and_deputy_and_to_nobody_else(here: Here) -> None:
    cast = await gather(here)
    receipt = await acts.raise_concern(actor=cast.raiser, draft=ConcernDraft(words=WORDS), here=here)

    assert receipt.told == [rules.LEAD, rules.DEPUTY]
    assert {"999", "111", "116 123", OUT_OF_HOURS} <= {line.number for line in receipt.numbers.lines}
    assert await told() == {cast.lead.person, cast.deputy.person}
    for reader in (cast.lead, cast.deputy):
        (card,) = await reads.for_reader(reader, here=here)
        assert (card.id, card.raised_by, card.source, card.opened_at) == (receipt.id, "Rae", "home", None)
    assert await reads.listing(cast.other, here=here) == ConcernList(mine=[], to_read=[])
    (mine,) = await reads.mine(cast.raiser, here=here)
    assert mine.state == rules.state_words(opened=False, closed=False, escalated=False, unread=False)


@pytest.mark.parametrize("unticked", ["lead", "deputy"])
async def test_who_is_unticked_finds_nothing_by_any_way(here: Here, unticked: str) -> None:
    cast = await gather(here)
    out: Actor = getattr(cast, unticked)
    told_one: Actor = cast.deputy if unticked == "lead" else cast.lead
    id = await worry(cast, here=here, about="introduction:abc", **{f"tell_{unticked}": False})
    await acts.open_concern(actor=told_one, concern_id=id, here=here)

    assert await reads.listing(out, here=here) == ConcernList(mine=[], to_read=[])
    for mine, none in zip(every_way_in(out, id, here), every_way_in(out, "A" * 22, here), strict=True):
        answer = await said(mine)
        assert answer == await said(none)
        assert answer[0] is NotFound
    assert not await reads.concern_about("introduction:abc", out, here=here)
    assert await reads.concern_about("introduction:abc", told_one, here=here)
    assert await acts.take_over(actor=out, here=here) == []
    assert await told() == {told_one.person, cast.raiser.person}
    with pytest.raises(Conflict):
        await acts.hand_over(actor=told_one, concern_id=id, person=out.person, here=here)
    (mine_now,) = await reads.mine(cast.raiser, here=here)
    assert len(mine_now.told) == 1


async def test_neither_journal_nor_access_log_tells_the_unticked(here: Here) -> None:
    cast = await gather(here)
    before = len(await journal.entries(limit=1000))
    id = await worry(cast, here=here, about="introduction:abc", tell_lead=False, alleged=[cast.other.person])
    await acts.open_concern(actor=cast.deputy, concern_id=id, here=here)
    await acts.add_note(actor=cast.deputy, concern_id=id, note=NoteDraft(wishes="none"), here=here)

    entries = (await journal.entries(limit=1000))[before:]
    assert len(entries) == 3
    # Whoever reads the journal sees that this room kept something: not what, about whom, by whom, or who was told.
    assert {(entry.actor, entry.act, str(entry.detail)) for entry in entries} == {(None, "safeguarding.kept", "{}")}
    known = [id, "abc", "introduction", cast.raiser.person, cast.deputy.person, cast.lead.person, cast.other.person]
    assert not [word for word in known for entry in entries if word in entry.subject]
    assert len({entry.subject for entry in entries}) == 3, "nor that two entries belong together"
    assert (await journal.verify(here=here)).whole
    for person in (cast.lead, cast.other, cast.raiser):
        assert await journal.accesses_of(person.person) == []
    (opening,) = await journal.accesses_of(f"concern:{id}")
    assert (opening.who, opening.kind, opening.why) == (cast.deputy.person, "concern", "opened")


async def test_whoever_is_said_to_have_caused_harm_never_reads_it_whatever_they_become(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here, alleged=[cast.lead.person, cast.other.person])

    assert await told() == {cast.deputy.person}
    (mine,) = await reads.mine(cast.raiser, here=here)
    assert mine.told == [rules.DEPUTY], "what is said to have been told is true"
    await members.give_role(actor=CLI, person_id=cast.other.person, role="safeguarding_deputy", here=here)
    await members.leave(actor=cast.deputy, here=here)
    other = await again(cast.other.person, here=here)
    for person in (cast.lead, other):
        assert await acts.take_over(actor=person, here=here) == []
        answers = [await said(way) for way in every_way_in(person, id, here)]
        assert {answer[0] for answer in answers} == {NotFound}


async def test_who_holds_both_roles_and_is_unticked_in_one_is_out(here: Here) -> None:
    cast = await gather(here)
    both = await admit("Bo", "safeguarding_lead", "safeguarding_deputy", here=here)
    await worry(cast, here=here, tell_lead=False)
    assert await reads.for_reader(both, here=here) == []
    assert len(await reads.for_reader(cast.deputy, here=here)) == 1


@pytest.mark.parametrize("everybody_out", ["unticked", "alleged", "nobody here"])
async def test_a_worry_nobody_would_read_is_not_taken_and_the_number_is_given_with_every_other_fault(
    here: Here, everybody_out: str
) -> None:
    cast = await gather(here)
    draft = {
        "unticked": ConcernDraft(words=" ", about="not a subject", tell_lead=False, tell_deputy=False),
        "alleged": ConcernDraft(words="", about="?", alleged=[cast.lead.person, cast.deputy.person]),
        "nobody here": ConcernDraft(words="x" * 8001, about="x"),
    }[everybody_out]
    if everybody_out == "nobody here":
        for person in (cast.lead, cast.deputy):
            await members.leave(actor=person, here=here)

    with pytest.raises(Invalid) as no:
        await acts.raise_concern(actor=cast.raiser, draft=draft, here=here)

    assert set(no.value.fields) == {"words", "about", "tell_lead"}
    assert OUT_OF_HOURS in no.value.fields["tell_lead"]
    assert await database.rows("SELECT id FROM concern") == []
    assert await told() == set()


async def test_any_sign_in_will_do_but_not_one_of_somebody_who_left(here: Here) -> None:
    cast = await gather(here)
    narrow = Actor(person=cast.raiser.person, scopes=frozenset({"journal"}))
    await acts.raise_concern(actor=narrow, draft=ConcernDraft(words=WORDS), here=here)
    gone = Actor(person=cast.raiser.person, state="left")
    with pytest.raises(Refusal):
        await acts.raise_concern(actor=gone, draft=ConcernDraft(words=WORDS), here=here)


async def test_a_worry_without_an_account_is_read_like_any_other(here: Here) -> None:
    cast = await gather(here)
    draft = ConcernWithoutAccount(words=WORDS, contact="01632 960 555, evenings", tell_deputy=False)
    receipt = await acts.raise_without_account(draft=draft, here=here)

    assert receipt.id is None and receipt.told == [rules.LEAD]
    assert await told() == {cast.lead.person}
    (card,) = await reads.for_reader(cast.lead, here=here)
    view = await acts.open_concern(actor=cast.lead, concern_id=card.id, here=here)
    assert (view.words, view.contact, view.card.raised_by) == (WORDS, draft.contact, None)


async def test_a_flood_without_accounts_is_stopped_with_a_number_and_stops_nobody_else(here: Here) -> None:
    cast = await gather(here)
    draft = ConcernWithoutAccount(words="x")
    for _ in range(rules.ANONYMOUS_IN_AN_HOUR):
        await acts.raise_without_account(draft=draft, here=here)
    with pytest.raises(TooMany, match=OUT_OF_HOURS):
        await acts.raise_without_account(draft=draft, here=here)
    await worry(cast, here=here)
    await acts.raise_without_account(draft=draft, here=here.at(here.now + 3600))


async def test_no_word_stands_readable_in_the_database(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here)
    canary = ConcernWithoutAccount(words="Marlowbeck", contact="Zephyrine 01632 960 777")
    await acts.raise_without_account(draft=canary, here=here)
    await acts.open_concern(actor=cast.lead, concern_id=id, here=here)
    note = NoteDraft(**dict.fromkeys(rules.NOTE_FIELDS, "Zephyrine Marlowbeck"))
    await acts.add_note(actor=cast.lead, concern_id=id, note=note, here=here)
    tell = TellingDraft(to="birch.example", words="Zephyrine", reason="Marlowbeck", reach="01632 960 777")
    await telling.decide_to_tell_other(actor=cast.lead, concern_id=id, telling=tell, here=here)
    hold = HoldDraft(subject="offer:x", reason="Zephyrine Marlowbeck")
    await telling.place_hold(actor=cast.lead, concern_id=id, hold=hold, here=here)
    closing = Closing(outcome="Zephyrine", reasons="Marlowbeck")
    await acts.close(actor=cast.lead, concern_id=id, closing=closing, here=here)
    view = await acts.open_concern(actor=cast.lead, concern_id=id, here=here)
    assert "Zephyrine" in view.words and view.notes[0].capacity == "Zephyrine Marlowbeck", "they are in there, sealed"

    stored = await everything_stored()
    assert id.encode() in stored
    for word in (b"Zephyrine", b"Marlowbeck", b"960 777", b"bruises"):
        assert word not in stored
