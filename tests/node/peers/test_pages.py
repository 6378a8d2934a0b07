# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neighbour co-ops by their operators' pages alone: Callum at Alder and Bethan at Birch."""

from __future__ import annotations

import pytest

from node import database
from node.actor import at_the_command_line
from node.exchange import erasures
from node.peers import acts
from node.village import Village
from tests.node.members.cast import everything_stored
from tests.pages import Sheet, Visitor

BIRCH, ALDER = "/neighbours/birch.example", "/neighbours/alder.example"


async def parted(village: Village) -> tuple[Visitor, Visitor]:
    """Both ended it, so that it can begin anew."""
    for name, other in (("alder", "birch.example"), ("birch", "alder.example")):
        with village.at(name) as coop:
            await acts.end(actor=at_the_command_line(), node_id=other, reason="A break", here=coop.here())
    await village.settle()
    return await Visitor.of(village, "callum"), await Visitor.of(village, "bethan")


def words(sheet: Sheet, number: int = 0) -> str:
    """The twelve words that a page shows, of its lists of them the first or a later one."""
    return " ".join(each.get_text() for each in sheet.soup.select("ol.spoken")[number].select("li"))


async def test_two_operators_become_neighbours_by_comparing_words(three: Village) -> None:
    callum, bethan = await parted(three)
    sheet = await callum.open("/neighbours/invite")
    wrong = await callum.send(sheet, "Make the invitation", node_id="Not a host")
    assert (wrong.status, set(wrong.errors)) == (422, {"node_id"})
    assert wrong.form().select("input[value='Not a host']")
    made = await callum.send(wrong, "Make the invitation", node_id="birch.example")
    text = made.soup.select_one("main .code").get_text()  # type: ignore[union-attr]
    assert text.startswith("cc1-") and text not in made.path + "".join(made.trail)
    assert (await callum.send(wrong, "Make the invitation", node_id="birch.example")).text.count(text) == 1
    with three.at("alder"):
        assert text.encode() not in await everything_stored()

    asking = await bethan.open("/neighbours/accept")
    refused = await bethan.send(asking, "Ask them", invitation="cc1-nonsense", gives=["trust"], gets=[])
    assert (refused.status, set(refused.errors)) == (422, {"invitation"})
    assert "cc1-nonsense" in refused.text and not refused.form().select("[name=gets][checked]")
    asked = await bethan.send(
        refused, "Ask them", invitation=text, gets=["peer-support", "trust"], gives=["peer-support", "trust"]
    )
    assert asked.path == ALDER and "Waiting for them" in asked.words
    assert words(asked) == words(made)
    await three.settle()

    waiting = await callum.open("/neighbours")
    assert "Waiting for you" in waiting.words
    sheet = await callum.open(BIRCH)
    assert "Not agreed yet" in sheet.words, "it is only asked for"
    confirm = await callum.open(sheet.link("Compare the words"))
    assert words(confirm) == words(made) and words(asked, 1) not in confirm.words
    other = await callum.send(confirm, "confirm", words=words(asked, 1), digest="of-what-was-proposed-before")
    assert other.status == 409 and "another thing" in other.words, "the yes is for what stood on the page"
    slip = await callum.send(confirm, "confirm", words=words(made))
    assert slip.status == 422 and "aren't the words" in slip.errors["words"]
    done = await callum.send(slip, "confirm", words=words(asked, 1))
    assert done.path == BIRCH and "Confirmed" in done.words and "In force" in done.words
    await three.settle()
    assert "In force" in (await bethan.open(ALDER)).words
    assert (await callum.open(f"{BIRCH}/confirmation")).path == BIRCH

    kept = await callum.open("/neighbours/invited")
    assert text in kept.text
    off = await callum.send(kept, "I have sent it")
    assert "taken the invitation off" in off.words
    assert (await callum.open("/neighbours/invited")).path == "/neighbours"


async def test_pause_resume_and_end_say_their_effect_and_keep_the_reason_at_home(three: Village) -> None:
    callum, bethan = await Visitor.of(three, "callum"), await Visitor.of(three, "bethan")
    sheet = await callum.open(f"{BIRCH}/pause")
    assert "What follows" in sheet.words and "Who is told" in sheet.words
    wrong = await callum.send(sheet, "Pause them", reason=" ")
    assert (wrong.status, set(wrong.errors)) == (422, {"reason", "why"})
    done = await callum.send(wrong, "Pause them", reason="We want to talk first", why="people", words="Until May")
    assert "Paused" in done.words and "We want to talk first" in done.words
    await three.settle()
    theirs = await bethan.open(ALDER)
    assert "They pause it" in theirs.words and "talk first" not in theirs.text
    assert "Nobody is there to look after it" in theirs.words and "“Until May”" in theirs.words
    with three.at("birch"):
        assert b"talk first" not in await everything_stored()
    assert (await callum.open(f"{BIRCH}/pause")).path == BIRCH
    resumed = await callum.send(await callum.open(f"{BIRCH}/resumption"), "Resume")
    assert "Our pause is over" in resumed.words and "In force" in resumed.words
    await three.settle()
    assert "Until May" not in (await bethan.open(ALDER)).text

    sheet = await callum.open(f"{BIRCH}/ending")
    assert "What follows" in sheet.words
    wrong = await callum.send(sheet, "End it", reason="x" * 301)
    assert (wrong.status, set(wrong.errors)) == (422, {"reason"}) and "x" * 301 in wrong.text
    ended = await callum.send(wrong, "End it", reason="Both agreed")
    assert "It has ended" in ended.words
    assert (await callum.send(wrong, "End it", reason="Both agreed")).path == BIRCH
    assert not ended.soup.select("main a[href$='/ending']")
    assert (await callum.open(f"{BIRCH}/ending")).path == BIRCH
    with three.at("alder"):
        rows = await database.rows(
            "SELECT act FROM journal_entry WHERE act IN ('peers.paused', 'peers.resumed', 'peers.ended')"
        )
    assert sorted(row["act"] for row in rows) == ["peers.ended", "peers.paused", "peers.resumed"]


@pytest.mark.parametrize("who", ["maureen", "yasmin"])
async def test_only_a_proved_operator_sees_neighbours(three: Village, who: str) -> None:
    visitor = await Visitor.of(three, who)
    token = str((await visitor.open("/find")).soup.select_one("input[name=form]")["value"])  # type: ignore[index]
    paths = ["/neighbours", "/neighbours/invite", "/neighbours/invited", "/neighbours/accept", BIRCH]
    for path in [*paths, *(f"{BIRCH}/{deed}" for deed in ("confirmation", "pause", "resumption", "ending"))]:
        assert (await visitor.open(path)).status == 403, path
    fields = {"form": token, "node_id": "elm.example", "reason": "x", "words": "x", "invitation": "x"}
    for path in (
        "/neighbours/invite",
        "/neighbours/accept",
        f"{BIRCH}/pause",
        f"{BIRCH}/resumption",
        f"{BIRCH}/ending",
    ):
        assert (await visitor.post(path, fields)).status == 403, path


async def test_a_stranger_is_not_found_and_an_unproved_operator_is_asked(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    for path in ("/neighbours/elm.example", "/neighbours/elm.example/pause", "/neighbours/" + "a" * 300):
        assert (await callum.open(path)).status == 404, path
    unproved = await Visitor.of(three, "callum", proved=False)
    assert (await unproved.client.get("/neighbours")).headers["location"].startswith("/confirm")


async def test_a_neighbour_that_owes_word_of_an_erasure_is_shown_in_red_until_an_operator_resumes(
    three: Village,
) -> None:
    three.stop("birch")
    with three.at("alder") as coop:
        log = await database.row("SELECT epoch FROM feed_log WHERE topic = 'peer-support'")
        assert log is not None
        async with database.transaction():
            await erasures.owed("peer-support", log["epoch"], [1], here=coop.here())
    three.clock.advance(hours=80)
    await three.settle()
    callum, maureen = await Visitor.of(three, "callum"), await Visitor.of(three, "maureen")
    page = await callum.open(BIRCH)
    assert "has not said in time that it erased" in page.words and "It owes us word of an erasure" in page.words
    assert page.soup.select_one("main .tag--error") is not None
    assert (await maureen.open(BIRCH)).status == 403
    resumed = await callum.send(await callum.open(f"{BIRCH}/resumption"), "Resume")
    assert "It owes us word" not in resumed.words
    with three.at("alder"):
        owes = await database.rows("SELECT peer FROM erasure_due WHERE done_at IS NULL")
    assert {row["peer"] for row in owes} == {"birch.example", "cedar.example"}
