# SPDX-License-Identifier: AGPL-3.0-or-later
""" "I'm worried" on pages: in two taps from any page, with an account, without one, for somebody else; nothing typed is lost,
nothing private stands in an address or a title."""

from __future__ import annotations

from node import database, journal
from node.safeguarding import reads, rules
from node.safeguarding.shapes import ConcernCard
from node.signin import acts as signin
from node.signin import keeping
from node.signin import reads as sessions
from node.signin.shapes import DelegateDraft
from node.village import Village
from node.web.pages import cookie_name
from tests.node.members.cast import again, waiting
from tests.pages import AGENT, Sheet, Visitor

WORDS = "Zephyrine Marlowbeck has bruises and says it is nothing"


async def cards(village: Village, name: str) -> list[ConcernCard]:
    """What this person of Alder has to read."""
    with village.at("alder") as coop:
        here = coop.here()
        return await reads.for_reader(await again(village.people[name], here=here), here=here)


def nothing_private(sheet: Sheet) -> None:
    """Neither path, nor trail, nor title says anything of anybody."""
    for place in (*sheet.trail, sheet.path, sheet.title):
        assert "Zephyrine" not in place and "Peter" not in place and "Ines" not in place, place
    assert sheet.headers["cache-control"] == "no-store"


async def test_two_taps_from_any_page_without_an_account(three: Village) -> None:
    visitor = Visitor.nobody(three.alder)
    first = await visitor.open("/sign-in")
    worry = await visitor.open(first.link("I’m worried"))
    assert worry.path == "/worry"
    sent = await visitor.send(worry, "Tell the people", words=WORDS, contact="Ring Ottoline on 01632 960 777, mornings")
    assert (sent.status, sent.path, sent.heading) == (200, "/worry/sent", "Thank you for telling us")
    assert "We have told the safeguarding lead and the safeguarding deputy." in sent.words
    assert "no way back to what you wrote" in sent.words and "999" in sent.words
    nothing_private(sent)
    assert [card.raised_by for card in await cards(three, "peter")] == [None]
    assert [card.raised_by for card in await cards(three, "ines")] == [None]


async def test_the_numbers_stand_first_and_every_councils_are_there(three: Village) -> None:
    visitor = Visitor.nobody(three.alder)
    worry = await visitor.open("/worry")
    for number in ("999", "111", "116 123", "01632 960101"):
        assert number in worry.words
    assert worry.words.index("999") < worry.words.index("What are you worried about?")
    assert worry.soup.select("main a[href='tel:999']") and worry.soup.select(".govuk-exit-this-page")
    by_area = await visitor.open(worry.link("numbers for each area"))
    assert "Quayside" in by_area.words and "01632 960121" in by_area.words
    assert by_area.words.index("Wrenshire") < by_area.words.index("Kestrel Borough"), "our own council first"
    paper = await visitor.open(worry.link("on paper"))
    assert paper.soup.select("svg path") and not paper.soup.select("nav") and "large" in paper.soup.html["class"]
    assert not paper.soup.select("svg [style], svg style")


async def test_a_member_sees_where_it_is_and_can_come_back(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    page = await maureen.open("/worry")
    assert "Peter, our safeguarding lead" in page.words
    sent = await maureen.send(page, "Tell the people", words=WORDS)
    assert sent.status == 200 and sent.path.startswith("/concerns/")
    assert "We have it. Thank you for telling us." in sent.words
    assert "have not opened this yet" in sent.words and WORDS not in sent.words
    nothing_private(sent)
    listed = await maureen.open("/concerns")
    assert listed.heading == "What you told us" and "have not opened this yet" in listed.words
    assert (await maureen.open(listed.link("What you told us on"))).path == sent.path


async def test_the_second_sending_does_nothing_and_leads_where_the_first_did(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    page = await maureen.open("/worry")
    first = await maureen.send(page, "Tell the people", words=WORDS)
    again_ = await maureen.send(page, "Tell the people", words=WORDS)
    assert again_.path == first.path
    assert len(await cards(three, "peter")) == 1

    nobody = Visitor.nobody(three.alder)
    page = await nobody.open("/worry")
    for _ in range(2):
        assert (await nobody.send(page, "Tell the people", words=WORDS)).path == "/worry/sent"
    assert len(await cards(three, "peter")) == 2


async def test_every_fault_at_once_and_everything_typed_is_kept(three: Village) -> None:
    for visitor in (Visitor.nobody(three.alder), await Visitor.of(three, "maureen")):
        page = await visitor.open("/worry")
        wrong = await visitor.send(
            page, "Tell the people", words="", tell=[], keep_from="Zephyrine " * 40, contact="mornings " * 50
        )
        assert wrong.status == 422 and wrong.title.startswith("Error: ")
        assert set(wrong.errors) == {"words", "tell", "keep_from", "contact"}
        assert wrong.soup.select_one("#keep_from")["value"] == ("Zephyrine " * 40).strip()
        assert not wrong.soup.select("[name=tell][checked]")
        for name in wrong.errors:
            assert wrong.soup.select(f"#{name}"), name
        right = await visitor.send(
            wrong, "Tell the people", words=WORDS, tell=["deputy"], keep_from="Wystan", contact=""
        )
        assert right.status == 200
    assert await cards(three, "peter") == [], "unticked"
    assert len(await cards(three, "ines")) == 2


async def test_who_is_said_to_have_caused_harm_sees_nothing_anywhere(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    page = await maureen.open("/worry")
    peter = three.people["peter"]
    with three.at("alder"):
        before = {ref for ref in await waiting("mail") if ref.startswith(peter)}
    sent = await maureen.send(page, "Tell the people", words=WORDS, alleged=[peter], keep_from="Wystan Marlowbeck")
    assert (
        "We told the safeguarding deputy" in sent.words
        and "safeguarding lead" not in sent.words.split("What happens")[0]
    )
    ines = await Visitor.of(three, "ines")
    card = await ines.open(sent.path)
    opened = await ines.send(card, "Open it")
    assert WORDS in opened.words and "Must not hear of this: Wystan Marlowbeck" in opened.words

    his = await Visitor.of(three, "peter")
    none = await his.open("/concerns/" + "A" * 22)
    for path in (sent.path, opened.path, sent.path + "/print", sent.path + "/notes"):
        page = await his.open(path)
        assert (page.status, page.title, page.words) == (404, none.title, none.words), path
    for path in ("/concerns", "/", "/me", "/me/sharing", "/introductions", "/journal"):
        text = (await his.open(path)).text
        assert "Marlowbeck" not in text and sent.path not in text, path
    assert "There is nothing for you to read." in (await his.open("/concerns")).words
    with three.at("alder"):
        assert await journal.accesses_of(peter) == []
        mail = {ref for ref in await waiting("mail") if ref.startswith(peter)}
    assert mail == before


async def test_a_delegate_raises_it_in_nobodys_name(three: Village) -> None:
    visitor = await acting(three, "ines", "maureen")
    page = await visitor.open("/worry")
    assert "does not go in the name of" in page.words
    sent = await visitor.send(page, "Tell the people", words=WORDS)
    assert sent.path == "/worry/sent"
    assert [card.raised_by for card in await cards(three, "peter")] == [None]
    maureen = await Visitor.of(three, "maureen")
    assert "You haven’t told us of a worry" in (await maureen.open("/concerns")).words
    with three.at("alder"):
        told = [entry.detail for entry in await journal.entries(limit=1000) if entry.act == "delegate.acted"]
    assert not [detail for detail in told if "safeguarding" in str(detail)]


async def test_a_sign_in_that_ended_loses_no_word(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    page = await maureen.open("/worry")
    maureen.client.cookies.clear()
    kept = await maureen.send(page, "Tell the people", words=WORDS)
    assert kept.status == 422 and "Nothing has been sent yet" in kept.errors["words"]
    assert kept.soup.select_one("#words").get_text().strip() == WORDS
    assert await cards(three, "peter") == []
    assert (await maureen.send(kept, "Tell the people")).path == "/worry/sent"
    assert len(await cards(three, "peter")) == 1


async def test_a_flood_gives_a_number_to_ring_and_keeps_what_was_typed(three: Village) -> None:
    visitor = Visitor.nobody(three.alder)
    for _ in range(rules.ANONYMOUS_IN_AN_HOUR):
        page = await visitor.send(await visitor.open("/worry"), "Tell the people", words=WORDS)
        assert page.status == 200
    full = await visitor.send(await visitor.open("/worry"), "Tell the people", words=WORDS)
    assert full.status == 429 and "Please ring" in full.errors["words"]
    assert full.soup.select_one("#words").get_text().strip() == WORDS


async def test_another_sites_form_and_a_made_up_token_do_nothing(three: Village) -> None:
    visitor = Visitor.nobody(three.alder)
    await visitor.open("/worry")
    made_up = await visitor.post("/worry", {"words": WORDS, "tell": "lead", "form": "x" * 60})
    assert made_up.status == 422
    visitor.home = "https://elsewhere.example"
    other = await visitor.post("/worry", {"words": WORDS, "tell": "lead"})
    assert other.status == 403
    assert await cards(three, "peter") == []


async def acting(village: Village, helper: str, whom: str) -> Visitor:
    """A visitor signed in as `helper`, acting for `whom`, who named them."""
    helps, named = village.people[helper], village.people[whom]
    with village.at("alder") as coop:
        here = coop.here()
        helper_actor, person = await again(helps, here=here), await again(named, here=here)
        code = await signin.offer_help(actor=helper_actor, here=here)
        draft = DelegateDraft(code=code, scopes=["support"], until=here.now + 30 * 86_400)
        delegation = await signin.name_delegate(actor=person, draft=draft, here=here)
        await signin.accept_delegation(actor=helper_actor, delegation_id=delegation.id, here=here)
        async with database.transaction():
            opened = await keeping.open_session(helps, how="link", before=None, device=AGENT, proved=True, here=here)
        session = await sessions.session(opened.cookie, here=here)
        assert session is not None
        now = await signin.act_for(actor=session.actor, session=session, delegation_id=delegation.id, here=here)
        visitor = Visitor.nobody(coop)
        visitor.client.cookies.set(cookie_name(here, "session"), now.cookie)
    return visitor
