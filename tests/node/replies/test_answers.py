# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each thing that can be answered by one press, from the mail to what it did; and who gets no such page."""

from __future__ import annotations

from node import database
from node.members import acts as members
from node.members import notices, settings
from node.members.reads import actor
from node.replies import rules
from node.support import acts as support
from node.support.shapes import CheckInDone
from node.village import Village
from tests.node.introductions.two import DAY, PLAN, Two, asked, begun, fresh
from tests.node.replies.conftest import Office
from tests.node.replies.pressing import OVER, buttons, links, pressed, stranger
from tests.pages import Visitor


async def remind(three: Village, who: str) -> None:
    """Something else calls for a notice to somebody."""
    with three.at(three.cast.people[who].co_op) as coop:
        async with database.transaction():
            await notices.notify(person=three.people[who], what="waiting", here=coop.here())


async def page_with(three: Village, office: Office, who: str, words: str) -> str:
    """The one page of the mail that leaves for somebody now on which that can be pressed."""
    co_op = three.cast.people[who].co_op
    visitor = await stranger(three, co_op)
    found = [each for each in links(await office.mail_of(who)) if words in buttons(await visitor.open(each))]
    assert len(found) == 1, found
    return found[0]


async def met(three: Village, office: Office) -> Two:
    """They agreed to meet, and the time for it is over."""
    two = await begun(three)
    await two.do(two.maureen, "/plan", "Send this plan to them", **PLAN)
    await two.do(two.samuel, "/plan", "Yes, that suits me")
    office.on(days=5, hours=8)
    await fresh(two)
    return two


async def test_that_somebody_is_home_is_said_by_them_alone_and_never_by_a_press(three: Village, office: Office) -> None:
    two = await met(three, office)
    await remind(three, "samuel")
    path = await page_with(three, office, "samuel", "Please ring me about it")
    page = await (await stranger(three, "birch")).open(path)
    assert buttons(page) == ["Please ring me about it"]
    for private in ("library", "Maureen", "meet", "Ferry"):
        assert private not in page.words
    visitor = await stranger(three, "birch")
    await visitor.post(path, {"form": str(page.soup.select_one("[name=form]")["value"]), "answer": "home"})  # type: ignore[index]
    await three.settle()
    assert await office.rows("birch", "SELECT id FROM introduction_check_out") == []
    await two.do(two.samuel, "/plan", "I'm home again")
    assert (await (await stranger(three, "birch")).open(path)).heading == OVER


async def test_carrying_on_is_six_more_and_nothing_written(three: Village, office: Office) -> None:
    two = await begun(three)
    office.on(days=43)
    await fresh(two)
    await three.settle()
    path = await page_with(three, office, "samuel", "We carry on as we are")
    await pressed(three, "birch", path, "We carry on")
    (half,) = await office.rows("birch", "SELECT had_of, review_due_at FROM introduction")
    assert half == {"had_of": 6, "review_due_at": three.clock.now() + 42 * DAY}
    assert await office.rows("birch", "SELECT id FROM introduction_review") == []
    assert "You said that you carry on as you are." in (await two.open(two.samuel)).words
    assert "Time to look at how it is going." not in (await two.samuel.open("/introductions")).words


async def test_a_supporters_check_in_is_a_word_to_the_lead_and_no_check_in(three: Village, office: Office) -> None:
    samuel = three.people["samuel"]
    with three.at("birch") as coop:
        here = coop.here()
        lead = next(
            each for name, each in three.people.items()
            if three.cast.people[name].co_op == "birch" and "peer_support_lead" in three.cast.people[name].roles
        )  # fmt: skip
        soon = CheckInDone(next_check_in=here.now + 2 * DAY)
        await support.record_check_in(actor=await actor(lead, here=here), person=samuel, check_in=soon, here=here)
    office.on(days=2, hours=1)
    await three.settle()
    path = await page_with(three, office, "samuel", "I’m all right")
    await pressed(three, "birch", path, "all right")
    (row,) = await office.rows(
        "birch", "SELECT next_check_in FROM supporter WHERE person = ?".replace("?", "{}"), samuel
    )
    assert row == {"next_check_in": soon.next_check_in}, "nothing was recorded by it"
    name = next(name for name, each in three.people.items() if each == lead)
    visitor = await Visitor.of(three, name)
    said = await visitor.open((await visitor.open("/lead/supporters")).link("I’m all right"))
    assert "Samuel" in said.words and "still to be done" in said.words
    assert (await (await Visitor.of(three, "samuel")).open("/lead/replies")).status == 403


async def test_waiting_on_changes_nothing_and_the_asker_can_be_rung(three: Village, office: Office) -> None:
    two = await asked(three)
    with three.at("alder") as coop:
        here, maureen = coop.here(), three.people["maureen"]
        themselves = await actor(maureen, here=here)
        await members.change_details(
            actor=themselves,
            correction=members.Correction(email="maureen@example.org", phone="01632 960301"),
            here=here,
        )
    office.on(days=7, hours=2)
    await three.settle()
    (mail,) = [text for to, _, text in await office.leaves("alder") if to == "maureen@example.org"]
    (path,) = links(mail)
    await fresh(two)
    before = (await two.open(two.maureen)).words
    assert buttons(await (await stranger(three, "alder")).open(path)) == [
        "I’ll go on waiting",
        "Please ring me about it",
    ]
    await pressed(three, "alder", path, "go on waiting")
    assert (await two.open(two.maureen)).words == before
    office.on(days=4)
    await remind(three, "maureen")
    (mail,) = [text for to, _, text in await office.leaves("alder") if to == "maureen@example.org"]
    await pressed(three, "alder", links(mail)[0], "Please ring me")
    assert await office.rows("alder", "SELECT person FROM call_request") == [{"person": maureen}]


async def test_these_mails_are_stopped_by_a_button_and_not_by_a_look(three: Village, office: Office) -> None:
    await asked(three)
    text = await office.mail_of("samuel")
    path = text.rpartition("birch.example")[2].strip().splitlines()[0]
    visitor = await stranger(three, "birch")
    page = await visitor.open(path)
    assert page.heading == "Stop these mails?" and buttons(page) == ["Stop these mails"]
    with three.at("birch"):
        assert await settings.mail(three.people["samuel"]) == "at_once"
    assert "How we write to you" in (await visitor.send(page, "Stop these mails")).words
    with three.at("birch"):
        assert await settings.mail(three.people["samuel"]) == "never"
    office.on(days=1)
    await remind(three, "samuel")
    assert await office.leaves("birch") == []


async def test_who_acts_on_safeguarding_gets_no_way_to_stop(three: Village, office: Office) -> None:
    lead = next(
        name for name, each in three.cast.people.items() if each.co_op == "alder" and "safeguarding_lead" in each.roles
    )
    await remind(three, lead)
    assert "no more mails" not in await office.mail_of(lead)


async def test_pages_of_somebody_who_is_gone_are_over(three: Village, office: Office) -> None:
    await asked(three)
    (path,) = links(await office.mail_of("samuel"))
    with three.at("birch") as coop:
        here = coop.here()
        await members.leave(actor=await actor(three.people["samuel"], here=here), here=here)
    visitor = await stranger(three, "birch")
    assert (await visitor.open(path)).heading == OVER
    await three.settle()
    (row,) = await office.rows("birch", "SELECT expires FROM reply_link WHERE what = 'ask'")
    assert row == {"expires": three.clock.now()}
    assert (await visitor.open(path)).heading == OVER


async def test_who_is_not_reached_reads_so_on_their_own_pages(three: Village) -> None:
    visitor = await Visitor.of(three, "samuel")
    assert "reach you by e-mail" not in (await visitor.open("/")).words
    with three.at("birch"):
        await database.execute(
            "INSERT INTO person_mail (person, refused_at, refused_blind) SELECT id, {}, email_blind FROM person "
            "WHERE id = {}",
            three.clock.now(),
            three.people["samuel"],
        )
    home = await visitor.open("/")
    assert home.link("We can't reach you by e-mail") == "/me/details"
    assert "was refused" in (await visitor.open("/me/mail")).words


async def test_one_page_for_a_thing_and_a_new_one_after_its_time(three: Village, office: Office) -> None:
    await asked(three)
    (first,) = links(await office.mail_of("samuel"))
    office.on(days=1)
    await remind(three, "samuel")
    assert links(await office.mail_of("samuel")) == [first]
    office.on(days=6, hours=12)
    assert (await (await stranger(three, "birch")).open(first)).status == 200, "its week began anew"
    office.on(days=2)
    await remind(three, "samuel")
    (other,) = links(await office.mail_of("samuel"))
    assert other != first and (await (await stranger(three, "birch")).open(first)).heading == OVER


def test_every_answer_has_its_words() -> None:
    possible = {answer for answers in rules.ANSWERS.values() for answer in answers}
    assert possible == set(rules.BUTTONS) == set(rules.SAID)
    assert not {"yes", "accept", "confirm", "agree", "withdraw", "end"} & possible
