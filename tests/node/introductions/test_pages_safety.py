# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps people safe on these pages: "I'm worried", and what a lead does without reading a word of anybody's."""

from __future__ import annotations

from node import database
from node.actor import at_the_command_line
from node.introductions.pages.asking import KIND, Ask
from node.members import drafts, standing
from node.members import reads as members
from node.support import acts as support
from node.support.shapes import AssistedQuery, SearchQuery
from node.village import Village
from tests.node.introductions.two import HOME, MESSAGE, NEEDS, PLAN, asked, begun, fresh, listing
from tests.pages import Visitor

PRIVATE = (MESSAGE, NEEDS, "Maureen")


async def test_a_worry_goes_to_whom_they_ticked(three: Village) -> None:
    two = await begun(three)
    page = await two.open(two.maureen, "/worry")
    assert "Our safeguarding lead: Peter" in page.words and "Our deputy: Ines" in page.words
    assert "Adult social care" in page.words and page.soup.select_one(".govuk-exit-this-page") is not None
    told = await two.do(two.maureen, "/worry", "Tell them", words="They asked me for money.", tell_lead=None)
    assert told.path.startswith(two.hers + "/worry/") and "They have been told" in told.heading
    assert "money" not in told.text
    with three.at("alder"):
        readers = await database.rows("SELECT person FROM concern_reader")
    assert [row["person"] for row in readers] == [three.people["ines"]], "Peter was unticked"
    for who in (two.maureen, two.samuel):
        assert "money" not in (await two.open(who)).text, "no trace on the introduction"
    other = await Visitor.of(three, "grace")
    assert (await other.open(told.path)).status == 404


async def test_a_lead_reminds_without_reading(three: Village) -> None:
    two = await asked(three)
    three.clock.advance(days=5, minutes=5)
    await three.settle()
    ruth = await Visitor.of(three, "ruth")
    assert "1 ask has waited for five days." in (await ruth.open("/lead")).words
    page = await ruth.open("/lead/waiting")
    assert "An ask from Alder Neighbours Co-op has waited since Friday 15 January." in page.words
    assert not any(word in page.text for word in PRIVATE)
    done = await ruth.send(page, "Remind Samuel")
    assert "They have been reminded" in done.words
    again = await ruth.send(done, "Remind Samuel")
    assert again.status == 409 and "less than a day ago" in again.words and "Remind Samuel" in again.words
    await fresh(two)
    assert "Your lead reminded you that this waits. They can't read it." in (await two.open(two.samuel)).words
    assert (await ruth.open(two.his)).status == 404, "the introduction itself is not hers to open"


async def test_a_lead_rings_who_has_not_come_home(three: Village) -> None:
    two = await begun(three)
    await two.do(two.maureen, "/plan", "Send this plan to them", **PLAN)
    await two.do(two.samuel, "/plan", "Yes, that suits me")
    three.clock.advance(days=5, hours=12)
    await three.settle()
    yasmin = await Visitor.of(three, "yasmin")
    assert "1 person to ring." in (await yasmin.open("/lead")).words
    page = await yasmin.open("/lead/waiting")
    assert "01632 960301" not in page.text and "library" not in page.text and "Samuel" not in page.text
    number = await yasmin.open(page.link("Show me their number"))
    assert "Maureen: 01632 960301" in number.words
    with three.at("alder"):
        looks = await database.rows("SELECT who, whom, kind, why FROM access_event WHERE kind = 'phone'")
    assert looks == [
        {
            "who": three.people["yasmin"],
            "whom": three.people["maureen"],
            "kind": "phone",
            "why": "not-checked-out",
        }
    ]
    home = await yasmin.send(number, "Maureen is home")
    assert home.path == "/lead/waiting" and "You noted that they are home." in home.words
    assert "Maureen" not in home.words
    assert (await yasmin.open(number.path)).status == 404, "once home, there is no number to look at"
    await three.settle()
    await fresh(two)
    assert "Your co-op's lead rang you and noted that you are home." in (await two.open(two.maureen)).words
    assert "They checked out" in (await two.open(two.samuel, "/plan")).words


async def test_a_lead_words_the_ending_of_who_died(three: Village) -> None:
    two = await begun(three)
    with three.at("birch") as coop:
        await standing.record_death(actor=at_the_command_line(), person_id=three.people["samuel"], here=coop.here())
    await three.settle()
    ruth = await Visitor.of(three, "ruth")
    waiting = await ruth.open("/lead/waiting")
    page = await ruth.open(waiting.link("Write the last words"))
    empty = await ruth.send(page, "Send it to Alder", words="")
    assert empty.status == 422 and set(empty.errors) == {"words"}
    words = "They can't be there any more. They spoke warmly of your talks."
    done = await ruth.send(empty, "Send it to Alder", words=words)
    assert "Your words are on their way." in done.words and "Write the last words" not in done.words
    await three.settle()
    hers = await two.open(two.maureen)
    assert words in hers.words and "died" not in hers.words


async def test_only_a_lead_who_has_proved_it_opens_the_leads_pages(three: Village) -> None:
    maureen, unproved = await Visitor.of(three, "maureen"), await Visitor.of(three, "yasmin", proved=False)
    for path in ("/lead", "/lead/waiting", "/lead/waiting/x/ending", "/lead/waiting/x/number"):
        assert (await maureen.open(path)).status == 403, path
        answer = await unproved.client.get(path)
        assert answer.status_code == 303 and answer.headers["location"] == f"/confirm?next={path}", path
    yasmin = await Visitor.of(three, "yasmin")
    for path in ("/lead/waiting/x/ending", "/lead/waiting/x/number"):
        assert (await yasmin.open(path)).status == 404
    sheet = await maureen.open(f"/listings/{await listing(three, 'alder', 'samuel')}/ask")
    token = {"form": str(sheet.soup.select_one("main input[name=form]")["value"])}
    for path in ("/lead/waiting/x/reminder", "/lead/waiting/x/home", "/lead/waiting/x/ending"):
        assert (await maureen.post(path, token)).status == 403, path


async def test_a_lead_asks_for_somebody_who_rang(three: Village) -> None:
    yasmin, maureen = await Visitor.of(three, "yasmin"), await Visitor.of(three, "maureen")
    offer = await listing(three, "alder", "samuel")
    person = three.people["maureen"]
    with three.at("alder") as coop:
        here = coop.here()
        actor = await members.actor(three.people["yasmin"], here=here)
        found = await support.assisted_search(
            actor=actor,
            asked=AssistedQuery(person=person, query=SearchQuery(topics=["stroke"]), asked_alone=True),
            here=here,
        )
        await drafts.keep(actor, KIND, Ask(listing=offer, for_person=person, assisted_id=found.id), here=here)
    page = await yasmin.open(f"/listings/{offer}/ask")
    assert "You are asking for Maureen." in page.words
    before = await yasmin.send(page, "Read what would be sent", topics=["stroke"], message=MESSAGE)
    assert "It is sent only if they say yes." in before.words
    paper = await yasmin.open(before.link("Print this page"))
    assert paper.soup.nav is None and paper.soup.select_one(".qr svg") is not None
    assert "I was asked alone" in paper.words and "Signed" in paper.words and MESSAGE in paper.words
    large = await yasmin.open(paper.path + "?large=true")
    assert "large" in large.soup.html.get("class", [])
    sent = await yasmin.send(before, "Send it to")
    assert sent.path == "/lead" and "The ask is on its way." in sent.words
    hers = (await maureen.open(HOME)).link("Your ask to Birch Row")
    assert MESSAGE in (await maureen.open(hers)).words
    assert "lead entered this ask for you" in (await maureen.open(hers)).words
    assert (await yasmin.open(hers)).status == 404, "a lead does not read on"
