# SPDX-License-Identifier: AGPL-3.0-or-later
"""What pages of introductions refuse: every fault at once with what was typed kept, a deed twice, another's thing, a deed
that things no longer allow."""

from __future__ import annotations

import pytest

from node.introductions.pages import routes
from node.village import Village
from tests.node.introductions.two import HOME, MESSAGE, PLAN, Two, asked, begun, listing, written
from tests.pages import Sheet, Visitor

LONG = "Slowly. " * 400


def fields(sheet: Sheet, button: str) -> dict[str, str]:
    """What the form with that button would send, as it stands."""
    form = sheet.form(button)
    found = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden][name]")}
    pressed = form.select_one("button[name]")
    return {**found, **({str(pressed["name"]): str(pressed["value"])} if pressed else {})}


async def test_an_ask_with_faults_comes_back_as_it_was_typed(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    offer = await listing(three, "alder", "samuel")
    page = await maureen.open(f"/listings/{offer}/ask")
    no = await maureen.send(page, "Read what would be sent", topics=[], needs=LONG, message="")
    assert no.status == 422 and set(no.errors) == {"topics", "needs", "message"}
    assert no.title.startswith("Error: ") and LONG.strip() in no.soup.find("textarea", id="needs").get_text()

    low = await maureen.send(
        no, "Read what would be sent", topics=["stroke"], needs="", message="I want to end my life."
    )
    assert low.path.endswith("/before")
    assert low.words.index("Samaritans") < low.words.index("What leaves"), "who answers at once stands on top"

    changed = await written(maureen, offer)
    await written(maureen, offer, message="Other words, from another window.")
    again = await maureen.send(changed, "Send it to")
    assert again.status == 422 and "Something has changed since you opened this page." in again.words
    assert "Other words, from another window." in again.words
    sent = await maureen.send(again, "Send it to")
    assert sent.path.startswith(HOME + "/") and "Other words" in sent.words

    twice = await written(maureen, offer)
    assert twice.status == 422 and "ask" in twice.errors, "asked already, and it still waits"
    assert "already" in twice.errors["ask"] and MESSAGE in twice.soup.find("textarea", id="message").get_text()


async def test_a_second_sending_does_nothing(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    before = await written(maureen, await listing(three, "alder", "samuel"))
    sending = fields(before, "Send it to")
    first, second = [await maureen.post(before.path, sending) for _ in range(2)]
    assert first.path == second.path and first.path.startswith(HOME + "/")
    await three.settle()
    samuel = await Visitor.of(three, "samuel")
    his = await samuel.open(HOME)
    assert his.words.count("Somebody asks you.") == 1

    two = Two(three, maureen, samuel, first.path, his.link("Somebody asks you"))
    answering = fields(await two.open(samuel), "Yes, ring me")
    for _ in range(2):
        assert (await samuel.post(two.his + "/answer", answering)).status == 200
    await three.settle()
    message = fields(await two.open(maureen), "Send it to them") | {"words": "Only once."}
    for _ in range(3):
        assert (await maureen.post(two.hers + "/messages", message)).status == 200
    await maureen.post(two.hers + "/messages", fields(await two.open(maureen), "Talk soon"))
    await three.settle()
    lines = [each.get_text() for each in (await two.open(samuel)).soup.select(".message__text")]
    assert lines == ["Yes, ring me", "Only once.", "Talk soon"]


async def test_every_form_keeps_what_was_typed(three: Village) -> None:
    two = await asked(three)
    samuel, maureen = two.samuel, two.maureen
    no = await two.do(samuel, "/answer", "Send my yes", words="")
    assert no.status == 422 and set(no.errors) == {"words"}
    long = await two.do(samuel, "/answer", "Send my yes", words=LONG)
    assert set(long.errors) == {"words"} and LONG.strip() in long.text
    await two.do(samuel, "", "Yes, come along")

    empty = await two.do(maureen, "", "Send it to them", words=" ")
    assert empty.status == 422 and empty.errors == {"words": "Write something first."}
    long = await two.do(maureen, "", "Send it to them", words=LONG)
    assert long.status == 422 and LONG.strip() in long.soup.find("textarea", id="words").get_text()

    nothing = await two.do(maureen, "/sharing", "Share what I ticked", fields=[])
    assert nothing.status == 422 and set(nothing.errors) == {"fields"}

    wrong = {**PLAN, "place_kind": None, "place": "x" * 201, "day-day": "40", "clock": "half past", "minutes": None}
    plan = await two.do(maureen, "/plan", "Send this plan to them", **{**wrong, "who_knows": "y" * 201})
    assert plan.status == 422
    assert list(plan.errors) == ["place_kind", "place", "day", "clock", "minutes", "who_knows"], "all, in their order"
    assert "half past" in str(plan.soup.find(id="clock")) and "40" in str(plan.soup.find(id="day"))
    past = await two.do(maureen, "/plan", "Send this plan to them", **{**PLAN, "day-year": "2026"})
    assert set(past.errors) == {"day"}
    home = await two.do(maureen, "/plan", "Send this plan to them", **{**PLAN, "place": "", "who_knows": ""})
    assert set(home.errors) == {"place", "who_knows"}

    review = await two.do(maureen, "/review", "Keep this here", words=LONG * 2)
    assert review.status == 422 and set(review.errors) == {"going", "carry_on", "words"}
    ending = await two.do(maureen, "/ending", "End it now", words=LONG)
    assert set(ending.errors) == {"words"} and LONG.strip() in ending.text

    worry = await two.do(maureen, "/worry", "Tell them", words="", tell_lead=None, tell_deputy=None)
    assert worry.status == 422 and set(worry.errors) == {"words", "tell_lead"}
    assert "01632 960202" in worry.errors["tell_lead"], "with a number to ring"
    assert (await two.open(maureen)).words.count("Your message") == 0, "nothing of all that was sent"


async def test_ended_meanwhile_shows_how_things_stand(three: Village) -> None:
    two = await begun(three)
    open_before = await two.open(two.samuel)
    await two.do(two.maureen, "/plan", "Send this plan to them", **PLAN)
    old_plan = await two.open(two.samuel, "/plan")
    await two.do(two.maureen, "/plan/new", "Send this plan to them", **{**PLAN, "place": "Another place"})
    late = await two.samuel.send(old_plan, "Yes, that suits me")
    assert late.status == 409 and "They changed the plan while you were reading." in late.words
    assert "Another place" in late.words, "with the page as it is now"

    await two.do(two.maureen, "/ending", "End it now")
    sent = await two.samuel.send(open_before, "Send it to them", words="Are you there?")
    assert sent.status == 409 and sent.heading == "Somebody at Alder Neighbours Co-op asked you"
    assert "This introduction has ended, so nothing more can be sent." in sent.words
    assert "Ended" in sent.words and "Are you there?" not in sent.soup.select_one(".messages").get_text()
    for rest in ("/answer", "/no", "/sharing", "/review", "/ending", "/plan/new"):
        there = await two.open(two.samuel, rest)
        assert there.path == two.his and "That can't be done as things stand now." in there.words


async def test_anothers_introduction_is_not_there(three: Village) -> None:
    two = await begun(three)
    grace = await Visitor.of(three, "grace")
    token = fields(await grace.open(f"/listings/{await listing(three, 'alder', 'samuel')}/ask"), "Read what")
    none = await grace.open(f"{HOME}/{'A' * 22}")
    tried = 0
    for route in routes:
        for path in route.paths:
            if not path.startswith(HOME + "/{introduction_id:str}"):
                continue
            theirs = path.replace("{introduction_id:str}", two.hers.rpartition("/")[2]).replace("{concern_id:str}", "x")
            for method in route.http_methods & {"GET", "POST"}:
                sheet = await grace.open(theirs) if method == "GET" else await grace.post(theirs, dict(token))
                assert (sheet.status, sheet.words) == (404, none.words), (method, path, sheet.words)
                tried += 1
    assert tried > 25
    assert (await grace.open(HOME)).words.count("Birch Row") == 0


async def test_a_form_that_is_not_ours_does_nothing(three: Village) -> None:
    two = await begun(three)
    stolen = fields(await two.open(two.samuel), "Send it to them") | {"words": "Not from her."}
    for given in (stolen, {"words": "No token."}):
        sheet = await two.maureen.post(two.hers + "/messages", given)
        assert sheet.status == 403
    assert "Not from her." not in (await two.open(two.maureen)).text


@pytest.mark.parametrize("path", ["/introductions", "/introductions/x", "/listings/x/ask", "/listings/x/back", "/lead"])
async def test_nobody_is_led_to_sign_in(three: Village, path: str) -> None:
    answer = await Visitor.nobody(three.coops["alder"]).client.get(path)
    assert answer.status_code == 303 and answer.headers["location"] == f"/sign-in?next={path}"
