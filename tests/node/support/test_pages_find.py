# SPDX-License-Identifier: AGPL-3.0-or-later
"""Find support, by pages alone: one question after the other, answers kept for the one who gave them, offers of all co-ops."""

from __future__ import annotations

from node import database
from node.members import drafts
from node.support.pages.answers import KIND, Finding
from node.support.pages.finding import STEPS
from node.village import Village
from tests.node.members.cast import again, everything_stored
from tests.pages import Sheet, Visitor

WORDS = "someone who has had a stroke, quietly"


def cards(sheet: Sheet) -> list[str]:
    return [" ".join(card.get_text(" ").split()) for card in sheet.soup.select("main .card")]


async def test_the_questions_lead_one_by_one_to_who_is_there(three: Village) -> None:
    await three.settle()
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.open("/find")
    assert "stays on our own computer" in sheet.words
    sheet = await maureen.open(sheet.link("Start"))
    assert sheet.title.startswith("What would you like to talk about?")
    seen = []
    for answers, path in (
        ({"topics": ["stroke", "aphasia"]}, "/find/words"),
        ({"words": ""}, "/find/ways"),
        ({"ways": ["phone"]}, "/find/where"),
        ({"near": "mill-hollow", "within_km": "10"}, "/find/more"),
        ({"kind": "one_to_one"}, "/find/check"),
    ):
        sheet = await maureen.send(sheet, "Continue", **answers)
        assert (sheet.status, sheet.path) == (200, path)
        seen.append(sheet.path)
    assert "Life after a stroke, Finding words again" in sheet.words
    assert "Up to 10 km" in sheet.words
    sheet = await maureen.send(sheet, "Show me who is there")
    assert (sheet.status, sheet.path) == (200, "/find/results")
    assert "Offers with room come first, in an order shuffled each day." in sheet.words
    [card] = cards(sheet)
    for said in (
        "Has room",
        "Birch Row Care Co-op",
        "A lead of Birch Row Care Co-op read and checked it on",
        "3 to 10 km from Mill Hollow",
        "There is room for 2 more people.",
    ):
        assert said in card
    assert "Samuel" not in sheet.text

    # A change leads straight back to the answers, and more are found further away.
    sheet = await maureen.send(await maureen.open("/find/where"), "Save and go back", within_km="0")
    assert sheet.path == "/find/check"
    sheet = await maureen.send(sheet, "Show me who is there")
    assert len(cards(sheet)) == 2
    sheet = await maureen.send(
        await maureen.open("/find/where"), "Save and go back", near="elsewhere", elsewhere="Holm"
    )
    assert sheet.path == "/find/check"
    assert "Holm" in sheet.words
    sheet = await maureen.send(await maureen.open("/find/ways"), "Save and go back", ways=["video_group"])
    sheet = await maureen.send(sheet, "Show me who is there")
    assert "Nobody fits all of this just now." in sheet.words


async def test_answers_are_sealed_kept_as_long_as_was_said_and_cleared(three: Village) -> None:
    coop = three.coops["alder"]
    here = coop.here()
    maureen, derek = await Visitor.of(three, "maureen"), await Visitor.of(three, "derek")
    sheet = await maureen.send(await maureen.open("/find/words"), "Continue", words=WORDS)
    assert "quietly" not in "".join((*sheet.trail, sheet.path, sheet.title))
    assert WORDS in (await maureen.open("/find/words")).text
    assert WORDS not in (await derek.open("/find/words")).text
    sheet = await maureen.open("/find")
    assert "You have begun to look" in sheet.words
    with database.bound(coop.engine):
        assert b"quietly" not in await everything_stored()
        actor = await again(three.people["maureen"], here=here)
        for days, kept in ((0, True), (2, False)):
            found = await drafts.kept(actor, KIND, Finding, here=here.at(here.now + days * 86_400))
            assert (found is not None and found.words == WORDS) is kept
    sheet = await maureen.send(await maureen.open("/find/check"), "Show me who is there", keep="yes")
    assert "Your answers are kept for 30 days." in sheet.words
    with database.bound(coop.engine):
        later = await drafts.kept(actor, KIND, Finding, here=here.at(here.now + 29 * 86_400))
        assert later is not None and later.words == WORDS
    sheet = await maureen.send(sheet, "Clear my answers")
    assert "Your answers are cleared." in sheet.words
    assert WORDS not in (await maureen.open("/find/words")).text


async def test_what_cannot_be_used_comes_back_as_it_was_typed(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.open("/find/words")
    sheet = await maureen.send(sheet, "Continue", words="stroke " * 60)
    assert (sheet.status, set(sheet.errors)) == (422, {"words"})
    assert sheet.title.startswith("Error: ")
    assert sheet.soup.textarea is not None
    assert sheet.soup.textarea.get_text().count("stroke") == 60
    sheet = await maureen.open("/find/where")
    sheet = await maureen.send(sheet, "Continue", near="elsewhere", elsewhere="Nowhere-on-Sea", within_km="10")
    assert (sheet.status, set(sheet.errors)) == (422, {"elsewhere"})
    assert 'value="Nowhere-on-Sea"' in sheet.text
    boxes = [str(box["value"]) for box in (await maureen.open("/find/what")).soup.select("[name=topics]")]
    sheet = await maureen.send(await maureen.open("/find/what"), "Continue", topics=boxes[:21])
    assert (sheet.status, set(sheet.errors)) == (422, {"topics"})
    assert len(sheet.soup.select("[name=topics][checked]")) == 21
    token = {"form": str(sheet.form("Continue").select("[name=form]")[0]["value"])}
    sheet = await maureen.post("/find/ways", [*token.items(), ("ways", "carrier-pigeon")])
    assert (sheet.status, set(sheet.errors)) == (422, {"ways"})
    sheet = await maureen.open("/find/more")
    token = {"form": str(sheet.form("Continue").select("[name=form]")[0]["value"])}
    fields = [*token.items(), ("kind", "crowd"), ("languages", "?!")]
    sheet = await maureen.post("/find/more", fields)
    assert (sheet.status, set(sheet.errors)) == (422, {"kind", "languages"})
    assert (await maureen.open("/find")).words.count("You have begun to look") == 0


async def test_pages_are_turned_by_a_form_and_an_old_order_begins_anew(three: Village) -> None:
    await three.settle()
    coop = three.coops["alder"]
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.send(await maureen.open("/find/check"), "Show me who is there")
    first = cards(sheet)
    assert len(first) == 10
    turned = await maureen.send(sheet, "Show me more")
    assert (turned.path, "Page 2" in turned.words) == ("/find/results", True)
    assert not set(first) & set(cards(turned))
    again_sent = await maureen.send(sheet, "Show me more")  # the back button, and the same form once more
    assert cards(again_sent) == cards(turned)
    before = await maureen.send(turned, "The page before")
    assert cards(before) == first
    with database.bound(coop.engine):
        here = coop.here()
        actor = await again(three.people["maureen"], here=here)
        await drafts.keep(actor, KIND, Finding(checked=True, after=["of-another-day"]), here=here)
    sheet = await maureen.open("/find/results")
    assert cards(sheet) == first
    assert cards(await maureen.send(sheet, "Show me more")) == cards(turned)
    with database.bound(coop.engine):
        await drafts.keep(actor, KIND, Finding(near="a-place-that-went"), here=here)
    assert (await maureen.open("/find/results")).path == "/find/where"


async def test_who_can_be_rung_stands_on_top_once_it_sounds_like_a_crisis(three: Village) -> None:
    await three.settle()
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.send(await maureen.open("/find/what"), "Continue", topics=["suicidal-thoughts"])
    for path in (sheet.path, "/find/check", "/find/results"):
        page = await maureen.open(path)
        assert page.soup.select("#help-now a[href='tel:999']"), path
    calm = await maureen.send(await maureen.open("/find/what"), "Continue", topics=["stroke"])
    assert not calm.soup.select("#help-now")


async def test_nobody_looks_without_signing_in(three: Village) -> None:
    nobody = Visitor.nobody(three.coops["alder"])
    for path in ("/find", "/find/check", "/find/results", *(f"/find/{step.name}" for step in STEPS)):
        answer = await nobody.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    token = "x" * 44
    for path in ("/find/what", "/find/results", "/find/clearing"):
        answer = await nobody.client.post(path, data={"form": token}, headers={"origin": nobody.home})
        assert answer.status_code in (303, 403)
        assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
