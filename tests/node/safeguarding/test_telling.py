# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telling another co-op and being told, holds, notes and closing, and when a co-op may share at all."""

from __future__ import annotations

import pytest

from federation.letters.kinds import Accept
from federation.letters.kinds import Concern as ConcernLetter
from node import database
from node.crossing import Incoming, LetterRoom, Reject
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import acts as members
from node.safeguarding import acts, reads, rules, setup, telling
from node.safeguarding.shapes import Closing, HoldDraft, Lifting, NoteDraft, SetupDraft, TellingDraft
from node.safeguarding.sharing import room
from tests.node.members.cast import CLI, admit, waiting
from tests.node.safeguarding.cast import WORDS, Cast, gather, told, worry

pytestmark = pytest.mark.usefixtures("engine")
THREAD = "T" * 22
TELL = TellingDraft(
    to="birch.example",
    words="Please look after your member in this thread",
    reason="They may be at risk",
    urgency="danger",
    about=THREAD,
    reach="Lena, 01632 960 001",
)


async def opened(cast: Cast, here: Here, about: str = "introduction:abc") -> str:
    id = await worry(cast, here=here, about=about)
    await acts.open_concern(actor=cast.lead, concern_id=id, here=here)
    return id


async def test_only_the_words_for_the_other_co_op_leave_and_the_letter_is_their_form(here: Here) -> None:
    cast = await gather(here)
    id = await opened(cast, here)
    view = await telling.decide_to_tell_other(actor=cast.lead, concern_id=id, telling=TELL, here=here)

    (ref,) = await waiting("letter")
    assert ref == f"concern:{view.id}:tell"
    row = await database.row("SELECT destination, due, expires FROM outbox WHERE kind = 'letter'")
    assert row == {"destination": "birch.example", "due": here.now, "expires": here.now + 7 * 86400}
    for form in (ref, ref.removeprefix("concern:")):
        leaving = await room.letter(form, here=here)
        assert leaving is not None
        assert (leaving.kind, len(leaving.thread), leaving.expires) == ("concern", 22, here.now + 7 * 86400)
        assert leaving.data == ConcernLetter(
            words=TELL.words, urgency="danger", about=THREAD, reach="Lena, 01632 960 001"
        )
    assert WORDS not in repr(leaving) and "at risk" not in repr(leaving)
    assert isinstance(room, LetterRoom)


async def test_a_letter_leaves_no_more_once_it_arrived_or_its_time_is_over(here: Here) -> None:
    cast = await gather(here)
    id = await opened(cast, here)
    view = await telling.decide_to_tell_other(actor=cast.lead, concern_id=id, telling=TELL, here=here)
    ref = f"concern:{view.id}:tell"
    assert await room.letter(ref, here=here.at(here.now + 7 * 86400)) is None
    assert await room.letter("concern:nothing:tell", here=here) is None
    await room.reached(ref, here=here.at(here.now + 5))
    assert await room.letter(ref, here=here) is None
    again = await acts.open_concern(actor=cast.deputy, concern_id=id, here=here)
    assert (again.tellings[0].reached_at, again.tellings[0].reason) == (here.now + 5, TELL.reason)


async def test_who_decided_is_told_once_of_a_delay_and_again_when_it_will_not_arrive(here: Here) -> None:
    cast = await gather(here)
    id = await opened(cast, here)
    view = await telling.decide_to_tell_other(actor=cast.lead, concern_id=id, telling=TELL, here=here)
    ref = f"concern:{view.id}:tell"
    for step in (room.delayed, room.undeliverable):
        for times in (1, 2):
            await database.execute("UPDATE outbox SET state = 'done' WHERE kind = 'mail'")
            await step(ref, "unreachable", here=here)
            assert await told() == ({cast.lead.person} if times == 1 else set())
    assert await room.letter(ref, here=here) is None


async def test_every_fault_of_a_telling_at_once_and_not_before_it_was_read(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here)
    with pytest.raises(Invalid) as no:
        await telling.decide_to_tell_other(
            actor=cast.lead,
            concern_id=id,
            telling=TellingDraft(
                to="alder.example", words="x" * 4001, reason="", urgency="x", about="x", reach="x" * 201
            ),
            here=here,
        )
    assert set(no.value.fields) == {"to", "words", "reason", "urgency", "about", "reach"}
    with pytest.raises(Conflict):
        await telling.decide_to_tell_other(actor=cast.lead, concern_id=id, telling=TELL, here=here)
    assert await waiting("letter") == []


def incoming(data: object) -> Incoming:
    return Incoming(source="birch.example", kind="concern", thread="U" * 22, jti="J" * 22, iat=1, data=data)


async def test_what_another_co_op_tells_us_is_read_by_lead_and_deputy(here: Here) -> None:
    cast = await gather(here)
    letter = ConcernLetter(words=WORDS, urgency="danger", about=THREAD, reach="their lead, 01632 960 002")
    async with database.transaction():
        await room.receive(incoming(letter), here=here)

    assert await told() == {cast.lead.person, cast.deputy.person}
    assert len(await waiting("timer")) == 1
    (card,) = await reads.for_reader(cast.deputy, here=here)
    assert (card.source, card.about, card.urgent) == ("birch.example", f"thread:{THREAD}", True)
    assert await reads.concern_about(f"thread:{THREAD}", cast.deputy, source="birch.example", here=here)
    assert not await reads.concern_about(f"thread:{THREAD}", cast.deputy, source="cedar.example", here=here)
    view = await acts.open_concern(actor=cast.deputy, concern_id=card.id, here=here)
    assert (view.words, view.contact) == (WORDS, letter.reach)
    for person in (cast.raiser, cast.other):
        assert (await reads.listing(person, here=here)).to_read == []


@pytest.mark.parametrize("data", [ConcernLetter(words=WORDS, urgency="soon"), Accept()])
async def test_a_letter_that_nobody_could_read_or_of_another_kind_is_refused_for_good(here: Here, data: object) -> None:
    with pytest.raises(Reject) as no:
        await room.receive(incoming(data), here=here)
    assert no.value.reason == ("nobody-to-read" if isinstance(data, ConcernLetter) else "not-a-concern")
    assert await database.rows("SELECT id FROM concern") == []


async def test_a_hold_stands_until_it_is_lifted_with_a_reason(here: Here) -> None:
    cast = await gather(here)
    id = await opened(cast, here)
    assert not await reads.held("introduction:abc")

    with pytest.raises(Invalid) as no:
        await telling.place_hold(actor=cast.lead, concern_id=id, hold=HoldDraft(reason=" ", subject="?"), here=here)
    assert set(no.value.fields) == {"reason", "subject"}
    hold = await telling.place_hold(actor=cast.lead, concern_id=id, hold=HoldDraft(reason="evidence"), here=here)
    assert hold.subject == "introduction:abc" and await reads.held("introduction:abc")
    assert not await reads.held("introduction:abcd")
    await acts.close(actor=cast.lead, concern_id=id, closing=Closing(outcome="x", reasons="y"), here=here)
    assert await reads.held("introduction:abc"), "closing lifts nothing"

    with pytest.raises(Invalid):
        await telling.lift_hold(actor=cast.lead, hold_id=hold.id, lifting=Lifting(reason=""), here=here)
    lifted = await telling.lift_hold(actor=cast.deputy, hold_id=hold.id, lifting=Lifting(reason="done"), here=here)
    assert lifted.lifted_at == here.now and not await reads.held("introduction:abc")
    with pytest.raises(Conflict):
        await telling.lift_hold(actor=cast.lead, hold_id=hold.id, lifting=Lifting(reason="x"), here=here)


async def test_a_hold_of_a_concern_one_may_not_read_is_not_there(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here, tell_lead=False)
    hold = await telling.place_hold(
        actor=cast.deputy, concern_id=id, hold=HoldDraft(reason="x", subject="offer:x"), here=here
    )
    said = set()
    for hold_id in (hold.id, "nothing"):
        with pytest.raises(NotFound) as no:
            await telling.lift_hold(actor=cast.lead, hold_id=hold_id, lifting=Lifting(reason=""), here=here)
        said.add(no.value.words)
    assert len(said) == 1


async def test_notes_are_added_in_order_and_never_changed(here: Here) -> None:
    cast = await gather(here)
    id = await opened(cast, here)
    with pytest.raises(Invalid):
        await acts.add_note(actor=cast.lead, concern_id=id, note=NoteDraft(wishes=" "), here=here)
    long = "x" * (rules.LONGEST + 1)
    with pytest.raises(Invalid) as no:
        await acts.add_note(actor=cast.lead, concern_id=id, note=NoteDraft(wishes=long, danger=long), here=here)
    assert set(no.value.fields) == {"wishes", "danger"}
    for actor, words in ((cast.lead, "first"), (cast.deputy, "second"), (cast.lead, "third")):
        await acts.add_note(actor=actor, concern_id=id, note=NoteDraft(decision=words), here=here)
    view = await acts.open_concern(actor=cast.lead, concern_id=id, here=here)
    assert [(note.by, note.decision) for note in view.notes] == [
        ("Lena", "first"),
        ("Dev", "second"),
        ("Lena", "third"),
    ]
    for statement in ("UPDATE concern_note SET at = 1", "DELETE FROM concern_note", "DELETE FROM concern_event"):
        with pytest.raises(database.Violation, match="refused"):
            await database.execute(statement)


async def test_closing_needs_reading_an_outcome_and_reasons_and_ends_what_rests_on_it(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here, about="introduction:abc")
    with pytest.raises(Invalid) as no:
        await acts.close(actor=cast.lead, concern_id=id, closing=Closing(outcome="", reasons=" "), here=here)
    assert set(no.value.fields) == {"outcome", "reasons"}
    closing = Closing(outcome="safe", reasons="spoke with her")
    with pytest.raises(Conflict):
        await acts.close(actor=cast.lead, concern_id=id, closing=closing, here=here)
    await acts.open_concern(actor=cast.lead, concern_id=id, here=here)
    card = await acts.close(actor=cast.lead, concern_id=id, closing=closing, here=here)
    assert card.closed_at == here.now
    with pytest.raises(Conflict):
        await acts.close(actor=cast.lead, concern_id=id, closing=closing, here=here)
    assert not await reads.concern_about("introduction:abc", cast.lead, here=here)
    (mine,) = await reads.mine(cast.raiser, here=here)
    assert mine.state.startswith("This has been looked into")


async def test_offers_are_shared_only_with_lead_deputy_and_a_number(here: Here) -> None:
    assert (await reads.ready(here=here)).missing == [
        "a safeguarding lead",
        "a safeguarding deputy",
        "a safeguarding number that is answered out of hours",
    ]
    bo = await admit("Bo", "safeguarding_lead", "safeguarding_deputy", here=here)
    with pytest.raises(Invalid) as no:
        await setup.set_up(actor=CLI, draft=SetupDraft(out_of_hours="", lead_phone="x", deputy_phone="y"), here=here)
    assert set(no.value.fields) == {"out_of_hours", "lead_phone", "deputy_phone"}
    for _ in range(2):
        view = await setup.set_up(actor=CLI, draft=SetupDraft(out_of_hours="01632 960 999"), here=here)
    assert view.missing == ["a safeguarding deputy who is somebody else than the lead"]
    dev = await admit("Dev", "safeguarding_deputy", here=here)
    assert (await reads.ready(here=here)).ok
    await members.leave(actor=dev, here=here)
    assert not (await reads.ready(here=here)).ok
    with pytest.raises(NotAllowed):
        await setup.set_up(actor=bo, draft=SetupDraft(out_of_hours="1234567"), here=here)
