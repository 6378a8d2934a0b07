# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lead's pages: offers checked and sent back, what stands behind supporters, "Find someone for me"."""

from __future__ import annotations

from node import database
from node.members import drafts
from node.support import reads
from node.support.pages.rang import AskFor
from node.village import Village
from node.web import days
from tests.node.members.cast import again, everything_stored
from tests.node.support.test_pages_offers import offer_of
from tests.pages import Visitor

DAY = 86_400


async def test_an_offer_comes_back_with_a_note_is_changed_and_published(three: Village) -> None:
    joan, ruth = await Visitor.of(three, "joan"), await Visitor.of(three, "ruth")
    offer = await offer_of(three, "joan", "draft")
    here = three.coops["birch"].here()
    await joan.send(await joan.open(f"/offers/{offer}/check"), "Hand it to my lead")
    waiting = await ruth.open("/lead/offers")
    sheet = await ruth.open(waiting.link("Caring for a partner"))
    assert sheet.path == f"/lead/offers/{offer}"
    assert {mark.get_text() for mark in sheet.soup.select("mark")} == {"My husband Ken", "MS"}
    assert "Written by Joan." in sheet.words
    refused = await ruth.send(sheet, "Send it back", note="x" * 1001)
    assert (refused.status, refused.errors.keys()) == (422, {"note"})
    assert "x" * 1001 in refused.text
    back = await ruth.send(sheet, "Send it back", note="Please leave Ken's name out.")
    assert back.path == "/lead/offers"
    assert "Nothing waits for you here." in back.words
    mine = await joan.open(f"/offers/{offer}")
    assert "Please leave Ken's name out." in mine.words
    step = await joan.open(f"/offers/{offer}/words")
    tasks = await joan.send(step, "Save and continue", have="I care for my husband. I was lonely at first.")
    await joan.send(await joan.send(tasks, "Read it through"), "Hand it to my lead")
    sheet = await ruth.open(f"/lead/offers/{offer}")
    done = await ruth.send(sheet, "Publish it")
    assert "It is published." in done.words
    assert (await ruth.send(sheet, "Publish it")).path == "/lead/offers"
    assert "Others can find it" in (await joan.open(f"/offers/{offer}")).words
    with database.bound(three.coops["birch"].engine):
        assert (await reads.own_offer(offer, here)).state == "published"


async def test_only_leads_who_have_shown_that_it_is_they(three: Village) -> None:
    offer = await offer_of(three, "derek", "published")
    derek = await Visitor.of(three, "derek")
    unproved = await Visitor.of(three, "yasmin", proved=False)
    person = three.people["derek"]
    paths = ("offers", f"offers/{offer}", "supporters", f"supporters/{person}", "rang", "rang/questions")
    for path in paths:
        assert (await derek.open(f"/lead/{path}")).status == 403, path
        answer = await unproved.client.get(f"/lead/{path}")
        assert answer.headers["location"] == f"/confirm?next=/lead/{path}"
    token = str((await derek.open("/offers/new")).form("Read it").select("[name=form]")[0]["value"])
    for path in (f"offers/{offer}/approval", f"offers/{offer}/return", "rang", "rang/questions"):
        assert (await derek.post(f"/lead/{path}", {"form": token})).status == 403, path
    for path in (f"supporters/{person}/induction", f"supporters/{person}/check-ins"):
        assert (await derek.post(f"/lead/{path}", {"form": token})).status == 403, path


async def test_what_stands_behind_a_supporter_is_written_down(three: Village) -> None:
    now = three.coops["alder"].here().now
    yasmin = await Visitor.of(three, "yasmin")
    sheet = await yasmin.open((await yasmin.open("/lead/supporters")).link("Derek Ashworth"))
    assert "In place" in sheet.words
    nothing = {
        f"{name}-{part}": ""
        for name in ("induction_on", "promise_on", "next_check_in")
        for part in ("day", "month", "year")
    }
    refused = await yasmin.send(
        sheet, "Write it down", supervisor="somebody-else", supervisor_name="Nobody Atall", **nothing
    )
    assert refused.status == 422
    assert set(refused.errors) == {"induction_on", "promise_on", "next_check_in", "supervisor_name"}
    assert 'value="Nobody Atall"' in refused.text
    good = days.fields("induction_on", now - 9 * DAY) | days.fields("promise_on", now - 9 * DAY)
    good |= days.fields("next_check_in", now + 90 * DAY)
    far = days.fields("next_check_in", now + 300 * DAY)
    refused = await yasmin.send(sheet, "Write it down", **(good | far))
    assert set(refused.errors) == {"next_check_in"}
    refused = await yasmin.send(
        sheet, "Write it down", **good, supervisor="somebody-else", supervisor_name="derek ashworth"
    )
    assert set(refused.errors) == {"supervisor"}
    sheet = await yasmin.send(
        sheet, "Write it down", **good, supervisor="somebody-else", supervisor_name="Tomasz Zielinski"
    )
    assert "It is written down." in sheet.words
    assert "Tomasz Zielinski" in sheet.words
    refused = await yasmin.send(sheet, "Write down the check-in", **{"following-day": "40"})
    assert set(refused.errors) == {"following"}
    assert ('value="40"' in refused.text, 'value="Tomasz Zielinski"' in refused.text) == (True, True)
    sheet = await yasmin.send(sheet, "Write down the check-in", **days.fields("following", now + 60 * DAY))
    assert "The check-in is written down." in sheet.words
    assert (await yasmin.open(f"/lead/supporters/{three.people['maureen']}")).status == 404


async def test_a_lead_finds_someone_with_a_person_who_rang(three: Village) -> None:
    await three.settle()
    coop = three.coops["alder"]
    yasmin = await Visitor.of(three, "yasmin")
    sheet = await yasmin.open("/lead/rang")
    refused = await yasmin.send(sheet, name="Nobody")
    assert set(refused.errors) == {"name", "asked_alone"}
    assert 'value="Nobody"' in refused.text
    several = await yasmin.send(sheet, name="nwosu", asked_alone="yes")
    assert (several.status, set(several.errors)) == (422, {"person"})
    assert (await yasmin.open("/lead/rang/questions")).path == "/lead/rang"
    sheet = await yasmin.send(several, "Continue", person=three.people["maureen"])
    assert (sheet.path, sheet.heading) == ("/lead/rang/questions", "What is Maureen looking for?")
    refused = await yasmin.send(sheet, words="stroke " * 60, topics=["stroke"])
    assert (refused.status, set(refused.errors)) == (422, {"words"})
    assert refused.soup.select("[name=topics][checked]")
    found = await yasmin.send(sheet, topics=["stroke"], words="stroke zebra", near="mill-hollow")
    assisted = found.path.rpartition("/")[2]
    assert "Maureen" in found.heading
    assert (await yasmin.send(sheet, topics=["stroke"], words="stroke zebra", near="mill-hollow")).path == found.path
    numbers = [card.h2.get_text() for card in found.soup.select("main .card") if card.h2]
    assert numbers == [f"Number {number}" for number in range(1, len(numbers) + 1)]
    assert "Nothing is sent yet." in found.words
    paper = await yasmin.open(f"/lead/rang/{assisted}/print")
    assert "large" in (paper.soup.html or {}).get("class", [])
    assert "Maureen" not in paper.text
    with database.bound(coop.engine):
        assert b"zebra" not in await everything_stored()
    token = str(found.form("They picked").select("[name=form]")[0]["value"])
    refused = await yasmin.post(f"/lead/rang/{assisted}/pick", {"form": token, "number": "99"})
    assert (refused.status, set(refused.errors)) == (422, {"number"})
    answer = await yasmin.client.post(
        f"/lead/rang/{assisted}/pick", data={"form": token, "number": "1"}, headers={"origin": yasmin.home}
    )
    assert answer.status_code == 303
    listing = answer.headers["location"].split("/")[2]
    assert answer.headers["location"] == f"/listings/{listing}/ask"
    with database.bound(coop.engine):
        here = coop.here()
        kept = await drafts.kept(await again(three.people["yasmin"], here=here), "ask", AskFor, here=here)
    assert kept == AskFor(listing=listing, for_person=three.people["maureen"], assisted_id=assisted)
    ruth = await Visitor.signed_in(coop, three.people["peter"])
    assert (await ruth.open(f"/lead/rang/{assisted}")).status == 403
    assert (await yasmin.open(f"/lead/rang/{'A' * 22}")).status == 404
