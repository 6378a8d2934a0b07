# SPDX-License-Identifier: AGPL-3.0-or-later
"""What does no harm: a double click, the back button, a mail scanner, another site's form, a stranger's session, another
host's name."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from node import database
from node.village import Village
from tests.browser.visits import PATTERNS
from tests.browser.walking import PHONE, Walker, Walking, back_and_again, pressed_twice
from tests.node.introductions.two import MESSAGE, NEEDS, asked, listing
from tests.pages import Visitor

pytestmark = pytest.mark.slow
ELSEWHERE = "https://evil.example"
NOT_OURS = {"/look.css"}
ASKED_AGAIN = {"/worry"}
"""Here what was written comes back with a new token, to be sent by a press: a worry is lost to no sign-out."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_clicks_and_the_way_back_do_each_deed_once(scripts: bool, served: Any, context_of: Any) -> None:
    walking = Walking(served, context_of, {**PHONE, "java_script_enabled": scripts})
    maureen, samuel = walking.one("maureen", "samuel")
    offer = served.do(lambda village: listing(village, "alder", "samuel"))
    maureen.open(f"/listings/{offer}/ask").tick(topics="stroke").fill(needs=NEEDS, message=MESSAGE)
    pressed_twice(maureen, "Read what would be sent")
    _deed(walking, maureen, "Send it to Birch")
    hers = maureen.path
    assert hers.startswith("/introductions/"), maureen.text
    samuel.open("/introductions")
    assert samuel.text.count("Somebody asks you") == 1, "asked once"
    samuel.press("Somebody asks you")
    his = samuel.path
    _deed(walking, samuel, "Yes, ring me")
    maureen.open(hers).fill(words="Only once.")
    _deed(walking, maureen, "Send it to them")
    samuel.open(his)
    assert samuel.text.count("Only once.") == 1
    maureen.open(f"{hers}/sharing").tick(fields="first_name")
    _deed(walking, maureen, "Share what I ticked")
    maureen.open(f"{hers}/plan").tick(place_kind="phone", minutes="30")
    maureen.fill(day__day="20", day__month="1", day__year="2027", clock="14:30", who_knows="Ruth")
    _deed(walking, maureen, "Send this plan to them")
    samuel.open(f"{his}/plan")
    _deed(walking, samuel, "Yes, that suits me")
    maureen.open(f"{hers}/ending").fill(words="Thank you.")
    _deed(walking, maureen, "End it now")
    samuel.open(his).sees("Ended")
    with_events = served.at("birch", _events)
    assert [
        kind for kind in with_events if with_events.count(kind) > 1 and kind in ("asked", "accepted", "ended")
    ] == []
    assert samuel.text.count("Thank you.") == 1 and samuel.text.count("Only once.") == 1


def _deed(walking: Walking, who: Walker, words: str) -> None:
    pressed_twice(who, words)
    back_and_again(who, words)
    walking.settle()


async def _events(coop: Any) -> list[str]:
    return [row["event"] for row in await database.rows("SELECT event FROM introduction_event")]


# Mail -----------------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
def test_what_follows_every_link_in_every_mail_signs_nobody_in_and_uses_nothing_up(served: Any, browser: Any) -> None:
    box = served.box
    served.do(_asked_by_maureen)
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(served.urls["alder"] + "/sign-in")
    page.fill("[name=email]", "maureen@alder.example")
    page.click("text=Send me the link")
    page.wait_for_url("**/sign-in/code")
    served.settle()
    mails = list(box.taken)
    links = sorted({link for _, _, text in mails for link in re.findall(r"http://127\.0\.0\.1:\d+/\S+", text)})
    assert [to for to, _, _ in mails if to == "maureen@alder.example"] and [
        to for to, _, _ in mails if "samuel" in to
    ], mails
    assert any("/sign-in/with/" in link for link in links) and any("/answer/" in link for link in links), links
    before = {name: served.at(name, _kept) for name in served.urls}
    for _ in range(3):
        with httpx.Client(follow_redirects=True, headers={"accept": "text/html"}) as scanner:
            for link in links:
                assert scanner.get(link).status_code == 200
                assert scanner.head(link).status_code in (200, 405)
            assert not [name for name in scanner.cookies if "session" in name]
    assert {name: served.at(name, _kept) for name in served.urls} == before

    fixed = {"name": "commoncare-session-alder-example", "value": "A" * 43, "url": served.urls["alder"]}
    context.add_cookies([fixed])
    page.goto(next(link for link in links if "/sign-in/with/" in link))
    with page.expect_navigation():
        page.locator("main button").click()
    assert page.url.endswith("/sign-in/device"), page.locator("main").inner_text()
    now = {each["name"]: each["value"] for each in context.cookies()}[fixed["name"]]
    assert "A" * 43 not in now, "a session's name that somebody else chose is not taken on"
    for link in (each for each in links if "/answer/" in each):
        page.goto(link)
        if page.get_by_text("Not today").count():
            break
    with page.expect_navigation():
        page.get_by_text("Not today").click()
    assert "/answered" in page.url
    context.close()


async def _asked_by_maureen(village: Village) -> None:
    await asked(village)


async def _kept(coop: Any) -> list[list[dict[str, Any]]]:
    tables = ("session", "signin_pending", "reply_link", "introduction", "introduction_event", "journal_entry")
    return [await database.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


# Forms from elsewhere -------------------------------------------------------------------------------------------------


def test_no_form_is_taken_without_its_token_with_anothers_or_from_another_site(served: Any) -> None:
    wrong = served.do(_every_post_refused)
    assert wrong == [], "\n".join(wrong)


async def _every_post_refused(village: Village) -> list[str]:
    callum, maureen = await Visitor.of(village, "callum"), await Visitor.of(village, "maureen")
    anothers = str((await maureen.open("/me/details")).form("Change").select("[name=form]")[0]["value"])
    own = str((await callum.open("/me/details")).form("Change").select("[name=form]")[0]["value"])
    wrong = []
    for pattern, _ in PATTERNS["POST"]:
        path = re.sub(r"\{[^}]*\}", "A" * 22, pattern)
        coming_in = (
            path.startswith(("/sign-in", "/invitations")) and path != "/sign-in/device"
        )  # who is in already is only led on
        who = Visitor.nobody(callum.coop) if coming_in else callum
        for what, data, origin in (
            ("without a token", {}, callum.home),
            ("with a made-up token", {"form": "A" * 44}, callum.home),
            ("with another's token", {"form": anothers}, callum.home),
            ("from another site", {"form": own}, ELSEWHERE),
        ):
            answer = await who.client.post(path, data=data, headers={"origin": origin})
            if answer.status_code == 422 and pattern in ASKED_AGAIN and origin != ELSEWHERE:
                continue
            if answer.status_code != 403:
                wrong.append(f"{path} {what}: {answer.status_code}")
            site = "cross-site" if origin == ELSEWHERE else "same-origin"
            answer = await who.client.post(path, data=data, headers={"sec-fetch-site": site})
            if answer.status_code not in (403, 422 if pattern in ASKED_AGAIN else 403):
                wrong.append(f"{path} {what}, by Sec-Fetch-Site: {answer.status_code}")
    with village.at("alder"):
        assert await database.rows("SELECT id FROM concern") == []
    return wrong


def test_another_hosts_name_is_answered_by_nothing(served: Any) -> None:
    wrong = []
    with httpx.Client() as client:
        for pattern, _ in PATTERNS["GET"]:
            path = re.sub(r"\{[^}]*\}", "A" * 22, pattern)
            answer = client.get(served.urls["alder"] + path, headers={"host": "evil.example", "accept": "text/html"})
            if answer.status_code != 404 or "evil" in answer.text:
                wrong.append(f"{path}: {answer.status_code}")
    assert wrong == []


def test_every_answer_has_its_headers_even_a_refusal(served: Any) -> None:
    with httpx.Client(headers={"accept": "text/html"}) as client:
        for pattern, _ in PATTERNS["GET"]:
            if pattern in NOT_OURS:
                continue
            path = re.sub(r"\{[^}]*\}", "A" * 22, pattern)
            answer = client.get(served.urls["alder"] + path)
            assert answer.status_code < 500, path
            assert answer.headers["cache-control"] == "no-store", path
            assert "default-src 'none'" in answer.headers["content-security-policy"], path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert "A" * 22 not in answer.headers.get("location", "") or path in answer.headers["location"], path


def test_a_code_is_tried_a_few_times_and_then_no_more(served: Any) -> None:
    box = served.box

    async def guessing(village: Village) -> tuple[int, int]:
        visitor = Visitor.nobody(village.coops["alder"])
        sheet = await visitor.send(await visitor.open("/sign-in"), "Send me the link", email="maureen@alder.example")
        await village.settle()
        text = next(text for to, _, text in reversed(box.taken) if to == "maureen@alder.example")
        right = re.search(r"^(\d{3} \d{3})\s*$", text, re.MULTILINE)
        assert right is not None
        tried = 0
        for number in range(40):
            guess = f"{number:06d}"
            if guess == right[1].replace(" ", ""):
                continue
            answer = await visitor.send(await visitor.open("/sign-in/code"), "Sign in", code=guess)
            assert answer.path == "/sign-in/code", "nobody guessed it"
            if answer.status == 429 or "can't be used any more" in answer.soup.get_text():
                break
            tried += 1
        sheet = await visitor.open("/sign-in/code")
        sheet = await visitor.send(sheet, "Sign in", code=right[1])
        return tried, sheet.status if sheet.path == "/sign-in/code" else 0

    tried, status = served.do(guessing)
    assert 1 < tried < 10, "a slip of the finger is forgiven, guessing is not"
    assert status in (422, 429), "after so many guesses even the right one opens nothing"
