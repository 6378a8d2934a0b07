# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing is shared until both confirm: on the wire, in the bytes of the other's database, and when minds change."""

from __future__ import annotations

import json

import pytest

from node.errors import Conflict, Invalid
from node.introductions import acts
from node.introductions.shapes import Sharing
from node.members import acts as members
from node.members.shapes import Correction
from tests.courier import Carried
from tests.node.introductions.conftest import Story, events
from tests.node.members.cast import everything_stored

HERS = (b"01632 960301", b"Maureen", b"Nwosu")
HIS = (b"01632 960311", b"Samuel", b"Bankole")


def is_values(letter: Carried) -> bool:
    return letter.kind == "introduction.share" and json.loads(letter.raw)["step"] == "values"


async def shown(story: Story, who: str) -> dict[str, str]:
    view = await story.of(who)
    assert view.sharing is not None
    return {value.field: value.value for value in view.sharing.theirs}


async def test_one_tick_alone_shares_nothing(story: Story) -> None:
    mine, _ = await story.begun()
    await story.confirm("maureen", mine, "first_name", "phone")
    await story.town.settle()
    view, other = await story.of("maureen"), await story.of("samuel")
    assert (view.status, other.status) == ("sharing", "sharing")
    assert other.sharing.theirs_confirmed
    assert other.sharing.theirs == []
    assert "can't" not in view.sharing.note
    assert view.sharing.note == "A phone number cannot be taken back; you can carry on without sharing."
    crossed = b"".join(letter.raw for letter in story.town.carried)
    with story.town.at("birch"):
        stored = await everything_stored()
    for secret in HERS:
        assert secret not in crossed
        assert secret not in stored
    assert not any(is_values(letter) for letter in story.town.carried)


async def test_both_share_exactly_what_they_ticked(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "first_name", "phone")
    await story.town.settle()
    await story.confirm("samuel", theirs, "first_name")
    await story.town.settle()
    assert (await story.of("maureen")).status == (await story.of("samuel")).status == "shared"
    assert await shown(story, "samuel") == {"first_name": "Maureen", "phone": "01632 960301"}
    assert await shown(story, "maureen") == {"first_name": "Samuel"}
    crossed = b"".join(letter.raw for letter in story.town.carried)
    assert b"Nwosu" not in crossed
    assert b"Bankole" not in crossed
    assert b"960311" not in crossed
    with story.town.at("birch"):
        stored = await everything_stored()
    assert not any(secret in stored for secret in HERS)  # sealed where it came
    with pytest.raises(Conflict):
        await story.confirm("maureen", mine)


async def test_nobody_sees_the_others_before_their_own_has_arrived(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "phone")
    await story.town.settle()
    story.town.hold = lambda letter: is_values(letter) and letter.source == "birch"
    await story.confirm("samuel", theirs, "phone")
    await story.town.settle()
    assert len(story.town.held) == 1
    assert (await shown(story, "maureen"), await shown(story, "samuel")) == ({}, {})
    assert (await story.of("samuel")).status == "sharing"


async def test_a_tick_taken_back_before_the_values_left(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "phone")
    await story.town.settle()
    await story.do("maureen", acts.share, introduction_id=mine, sharing=Sharing())
    await story.town.settle()
    assert (await story.of("maureen")).status == (await story.of("samuel")).status == "accepted"
    await story.confirm("samuel", theirs, "phone")
    await story.town.settle()
    assert not any(is_values(letter) for letter in story.town.carried)
    assert (await story.of("maureen")).status == "sharing"
    assert await shown(story, "maureen") == {}


async def test_a_tick_taken_back_while_the_values_wait_to_leave(story: Story) -> None:
    """Both have confirmed; Birch is off before Alder's values leave. What is taken back never leaves, and what Birch then
    still sends is not kept."""
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "phone")
    await story.town.settle()
    story.town.hold = lambda letter: letter.source == "birch"
    await story.confirm("samuel", theirs, "phone")
    await story.town.settle()
    story.town.off.add("birch")
    await story.town.release()
    await story.town.settle()
    assert [letter.source for letter in story.town.carried if is_values(letter)] == ["birch"]
    await story.do("maureen", acts.share, introduction_id=mine, sharing=Sharing())
    story.town.off.clear()
    await story.town.pass_time(hours=7)
    assert [letter.source for letter in story.town.carried if is_values(letter)] == ["birch"]
    assert await shown(story, "maureen") == {}
    with story.town.at("birch"):
        assert b"960301" not in await everything_stored()
    assert "taken_back_by_them" in events(await story.of("samuel"))


async def test_values_that_come_after_a_tick_was_taken_back_are_refused(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "phone")
    await story.town.settle()
    story.town.hold = is_values
    await story.confirm("samuel", theirs, "phone")
    await story.town.settle()
    came = next(letter for letter in story.town.held if letter.source == "birch")
    story.town.held, story.town.hold = [], None
    await story.do("maureen", acts.share, introduction_id=mine, sharing=Sharing())
    assert await story.town.bring(came) == "not-confirmed"
    assert await shown(story, "maureen") == {}


async def test_both_can_confirm_again_after_one_took_back(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "phone")
    await story.town.settle()
    await story.do("maureen", acts.share, introduction_id=mine, sharing=Sharing())
    await story.confirm("samuel", theirs, "first_name")
    await story.town.settle()
    await story.confirm("maureen", mine, "first_name")
    await story.town.settle()
    assert await shown(story, "samuel") == {"first_name": "Maureen"}
    assert await shown(story, "maureen") == {"first_name": "Samuel"}


async def test_values_are_read_as_they_leave(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "first_name", "phone")
    await story.town.settle()
    with story.town.at("alder"):
        await members.change_details(
            actor=story.people["maureen"], correction=Correction(phone=""), here=story.town.here("alder")
        )
    await story.confirm("samuel", theirs, "first_name")
    await story.town.settle()
    assert await shown(story, "samuel") == {"first_name": "Maureen"}
    assert not any(b"960301" in letter.raw for letter in story.town.carried)


async def test_what_is_not_there_cannot_be_ticked(story: Story) -> None:
    mine, _ = await story.begun()
    with pytest.raises(Invalid) as refused:
        await story.confirm("maureen", mine, "email")
    assert "email" in refused.value.fields["fields"]
    with pytest.raises(Invalid):
        await story.confirm("maureen", mine, "shoe_size")


async def test_more_can_be_shared_later_and_nothing_less(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.confirm("maureen", mine, "first_name")
    await story.confirm("samuel", theirs, "first_name")
    await story.town.settle()
    with pytest.raises(Conflict):
        await story.confirm("maureen", mine, "phone")
    await story.confirm("maureen", mine, "first_name", "phone")
    await story.town.settle()
    assert await shown(story, "samuel") == {"first_name": "Maureen", "phone": "01632 960301"}
    assert await shown(story, "maureen") == {"first_name": "Samuel"}
    with pytest.raises(Conflict):
        await story.confirm("maureen", mine, "first_name")


async def test_before_a_yes_nothing_can_be_shared(story: Story) -> None:
    mine = await story.ask("maureen")
    with pytest.raises(Conflict):
        await story.confirm("maureen", mine, "phone")
