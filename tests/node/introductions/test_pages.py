# SPDX-License-Identifier: AGPL-3.0-or-later
"""The main story by pages alone, on both databases: asked, answered, written, shared, met, looked at, ended."""

from __future__ import annotations

from node.village import Village
from tests.node.introductions.two import DAY, HOME, MESSAGE, NEEDS, PLAN, Two, asked, begun, fresh, listing, written
from tests.pages import Sheet, Visitor


async def test_before_you_send_says_what_leaves_and_sends_nothing(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    offer = await listing(three, "alder", "samuel")
    sheet = await written(maureen, offer)
    assert sheet.path == f"/listings/{offer}/ask/before"
    assert "Nothing has been sent yet." in sheet.words
    for words in (NEEDS, MESSAGE, "Life after a stroke", "Birch Row Care Co-op", "Friday 5 February"):
        assert words in sheet.words
    for words in ("Your name, your phone number", "You can stop at any time; nobody asks why.", "Samaritans"):
        assert words in sheet.words
    assert "Maureen" not in sheet.words
    assert "There is nothing here yet" in (await maureen.open(HOME)).words

    again = await maureen.open(f"/listings/{offer}/ask")
    assert MESSAGE in again.text and NEEDS in again.text, "what was typed is kept"
    stopped = await maureen.send(sheet, "Don't send it")
    assert stopped.trail == (f"/listings/{offer}/ask/stopping",) and "Nothing was sent" in stopped.words
    assert NEEDS not in (await maureen.open(f"/listings/{offer}/ask")).text, "and forgotten when they say so"
    assert (await maureen.open(f"/listings/{offer}/ask/before")).path == f"/listings/{offer}/ask"


async def test_the_main_story(three: Village) -> None:
    two = await asked(three)
    maureen, samuel = two.maureen, two.samuel
    waiting = await two.open(maureen)
    assert "Waiting for an answer" in waiting.words and "There is nothing you have to do." in waiting.words
    assert "Reached Birch Row Care Co-op" in waiting.words
    his = await two.open(samuel)
    assert his.heading == "Somebody at Alder Neighbours Co-op asks you"
    assert MESSAGE in his.words and NEEDS in his.words and "Maureen" not in his.text

    assert "Your yes is on its way." in (await two.do(samuel, "", "Yes, ring me")).words
    assert "You and somebody at Birch Row Care Co-op" in (await two.open(maureen)).heading

    await two.do(samuel, "", "Send it to them", words="Words come slowly to me.")
    assert "They, Friday 15 January at 08:00 Words come slowly to me." in (await two.open(maureen)).words
    await two.do(maureen, "", "Thank you")
    assert "Thank you" in [line.get_text() for line in (await two.open(samuel)).soup.select(".message__text")]
    assert "It reached Birch Row Care Co-op" in (await two.open(maureen)).words

    await _share(two)
    await _meet(two)
    await fresh(two)
    await _look_and_end(two)
    private = ("Maureen", "960301", "960321", "stroke", "slowly", "market", "Ruth", "library")
    assert not [path for path in two.trail if any(word in path for word in private)], "nothing private in an address"


async def _share(two: Two) -> None:
    maureen, samuel = two.maureen, two.samuel
    page = await two.open(maureen, "/sharing")
    assert "A phone number cannot be taken back" in page.words and "Phone number: 01632 960301" in page.words
    await two.do(maureen, "/sharing", "Share what I ticked", fields=["first_name", "phone"])
    his = await two.open(samuel)
    assert "They have confirmed what they share" in his.words
    assert "Maureen" not in his.text and "960301" not in his.text, "one yes alone shows nothing"
    await two.do(samuel, "/sharing", "Share what I ticked", fields=["first_name"])
    his, hers = await two.open(samuel), await two.open(maureen)
    assert his.heading == "You and Maureen" and "01632 960301" in his.words
    assert hers.heading == "You and Samuel" and "01632 960321" not in hers.words
    assert "Samuel" not in hers.title and "Maureen" not in his.title, "no name in a title"


async def _meet(two: Two) -> None:
    maureen, samuel, clock = two.maureen, two.samuel, two.village.clock
    sent = await two.do(maureen, "/plan", "Send this plan to them", **PLAN)
    assert "You proposed it; waiting for them" in sent.words
    assert "There is a plan to look at." in (await samuel.open(HOME)).words
    plan = await two.open(samuel, "/plan")
    for words in ("Ferry Row library cafe", "Wednesday 20 January", "14:30", "15:30", "Ruth"):
        assert words in plan.words
    await two.do(samuel, "/plan", "Yes, that suits me")
    assert "Wednesday 20 January at 14:30" in (await maureen.open(HOME)).words
    printed = await two.open(maureen, "/plan/print")
    assert printed.soup.nav is None and printed.soup.select_one(".qr svg") is not None
    assert "Ferry Row library cafe" in printed.words

    clock.advance(days=5, hours=8)
    await fresh(two)
    assert "Are you home again?" in (await two.open(two.maureen)).words
    await two.do(two.maureen, "", "I'm home again")
    await two.do(two.samuel, "/plan", "I'm home again")
    assert "They checked out" in (await two.open(two.maureen, "/plan")).words


async def _look_and_end(two: Two) -> None:
    maureen, samuel = two.maureen, two.samuel
    for _ in range(6):
        await two.do(maureen, "", "We had a conversation")
    assert "Time to look at how it is going." in (await maureen.open(HOME)).words
    kept = await two.do(maureen, "/review", "Keep this here", going="well", carry_on="yes", words="Good talks.")
    assert "stays here in your co-op" in kept.words and "After 12" in kept.words
    assert "Good talks" not in (await two.open(samuel)).text
    led = await two.do(samuel, "/review", "Keep this here", going="mixed", carry_on="no")
    assert led.path == f"{two.his}/ending"
    ended = await two.do(maureen, "/ending", "End it now", words="Thank you. I go to the market alone now.")
    assert "It is nobody's fault." in ended.words
    his = await two.open(samuel)
    assert "Ended" in his.words and "I go to the market alone now." in his.words
    assert "Send it to them" not in his.words and "Words come slowly to me." in his.words


async def test_more_is_added_to_what_was_shared_and_nothing_taken_back(three: Village) -> None:
    two = await begun(three)
    for who, fields in ((two.maureen, ["first_name"]), (two.samuel, ["first_name", "phone"])):
        await two.do(who, "/sharing", "Share what I ticked", fields=fields)
    sheet = await two.open(two.maureen, "/sharing")
    assert "They have this from you: First name. It can't be taken back." in sheet.words
    assert "taking-back" not in sheet.text and 'value="first_name"' not in sheet.text
    nothing = await two.maureen.send(sheet, "Share this too", fields=[])
    assert (nothing.status, nothing.errors) == (422, {"fields": "Tick what you would like to add."})
    added = await two.do(two.maureen, "/sharing", "Share this too", fields=["phone"])
    assert "What you added is on its way." in added.words
    his = await two.open(two.samuel)
    assert "Maureen" in his.words and "01632 960" in his.words


async def test_a_group_is_joined_without_saying_anything(three: Village) -> None:
    grace, joan = await Visitor.of(three, "grace"), await Visitor.of(three, "joan")
    offer = await listing(three, "alder", "joan", "group")
    sheet = await grace.open(f"/listings/{offer}/ask")
    assert "You can join without saying anything about yourself." in sheet.words
    before = await grace.send(sheet, "Read what would be sent")
    assert "Nothing about you. Only that somebody at Alder Neighbours Co-op would like to join." in before.words
    sent = await grace.send(before, "Join the group at Birch Row")
    assert "You asked to join." in sent.words
    await three.settle()
    assert "There is room: you are in the group." in (await grace.open(sent.path)).words
    joans = await joan.open((await joan.open(HOME)).link("Somebody at Alder Neighbours Co-op asked you"))
    assert "Grace" not in joans.text and "Nwosu" not in joans.text


async def test_tell_me_when_they_are_back(three: Village) -> None:
    tomasz = await Visitor.of(three, "tomasz")
    offer = await listing(three, "alder", "marek")
    sheet = await tomasz.open(f"/listings/{offer}/ask")
    assert sheet.path == f"/listings/{offer}/back", "who is away can't be asked"
    assert "They are away until" in sheet.words
    noted = await tomasz.send(sheet, "Tell me when they're back")
    assert noted.path == HOME and "Nothing has been sent to them." in noted.words
    assert noted.soup.select_one(f"main a[href='/listings/{offer}']") is not None and "away until" in noted.words
    three.clock.advance(seconds=11 * DAY)
    await three.settle()
    tomasz = await Visitor.of(three, "tomasz")
    assert "There is nothing to wait for." in (await tomasz.open(f"/listings/{offer}/back")).words


async def test_no_is_said_without_a_reason(three: Village) -> None:
    two = await asked(three)
    done = await two.do(two.samuel, "", "Not today")
    assert "You said no." in done.words
    hers = await two.open(two.maureen)
    assert "The supporter can't take this on now." in hers.words and "today" not in hers.words.casefold()
    assert "Other ways on" in hers.words and "01632 960201" in hers.words


async def test_never_again_and_full(three: Village) -> None:
    two = await asked(three)
    page = await two.open(two.samuel, "/never-again")
    assert "They are not told" in page.words
    await two.do(two.samuel, "/never-again", "Never again from this person")
    assert "You won't be asked by this person again." in (await two.open(two.samuel)).words
    hers = await two.open(two.maureen)
    assert "The supporter can't take this on now." in hers.words
    assert [moment.get_text() for moment in hers.soup.select(".timeline__title")][-1].startswith("The supporter can't")

    offer = await listing(three, "alder", "samuel")
    tomasz = await Visitor.of(three, "tomasz")
    await tomasz.send(await written(tomasz, offer), "Send it to")
    await three.settle()
    his = (await two.samuel.open(HOME)).link("Somebody asks you")
    full = await two.samuel.send(await two.samuel.open(f"{his}/no"), "Say no, and that I'm full")
    assert "your offer now says that you are full" in full.words
    await three.settle()
    shown: Sheet = await two.maureen.open(f"/listings/{offer}/ask")
    assert shown.path == f"/listings/{offer}/back" and "There is no room with them" in shown.words


async def test_a_yes_in_words(three: Village) -> None:
    two = await asked(three)
    await two.do(two.samuel, "/answer", "Send my yes", words="Yes. Slowly.")
    assert "Yes. Slowly." in (await two.open(two.maureen)).words


async def test_withdrawing_hides_what_was_written(three: Village) -> None:
    two = await begun(three)
    await two.do(two.samuel, "", "Send it to them", words="A word of mine.")
    page = await two.open(two.maureen, "/withdrawal")
    assert "for 90 days, until Thursday 15 April" in page.words
    await two.do(two.maureen, "/withdrawal", "Withdraw now")
    for who in (two.maureen, two.samuel):
        sheet = await two.open(who)
        assert "A sealed copy is kept until" in sheet.words
        assert "A word of mine." not in sheet.text and MESSAGE not in sheet.text
        assert "Send it to them" not in sheet.words


async def test_birch_is_off_and_the_page_says_so(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    before = await written(maureen, await listing(three, "alder", "samuel"))
    three.stop("birch")
    sent = await maureen.send(before, "Send it to")
    await three.settle()
    assert "computer is off. Nothing is lost." in (await maureen.open(sent.path)).words
