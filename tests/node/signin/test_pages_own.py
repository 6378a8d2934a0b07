# SPDX-License-Identifier: AGPL-3.0-or-later
"""One's own ways in by their pages: confirming, an app, codes, cards, devices; people who help; a way back by two people."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from node import database
from node.actor import GUARDED
from node.members import rights
from node.signin.wording import ACTS
from node.village import Village
from tests.node.signin.cast import app_code
from tests.pages import Sheet, Visitor


def figures(sheet: Sheet) -> str:
    code = sheet.soup.select_one("main .code")
    assert code is not None, sheet.words
    return " ".join(code.get_text().split())


async def app_set_up(visitor: Visitor) -> tuple[Sheet, str]:
    """The sheet of codes that follows, and the app's secret."""
    sheet = await visitor.send(await visitor.open("/me/sign-in"), "Set up an authenticator app")
    assert sheet.path == "/me/sign-in/app" and sheet.soup.select("main svg")
    secret = figures(sheet)
    wrong = await visitor.send(sheet, "It works", code="12")
    assert wrong.status == 422 and set(wrong.errors) == {"code"} and figures(wrong) == secret
    now = visitor.coop.here().now
    return await visitor.send(wrong, "It works", code=app_code(secret, now)), secret


async def test_a_lead_sets_up_an_app_and_confirms_with_it_the_next_time(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin", proved=False)
    assert "needs a passkey or an authenticator app" in (await yasmin.open("/me/sign-in")).words
    needed = await yasmin.open("/people")
    assert needed.path == "/confirm" and needed.heading == "One more key is needed"
    assert (await yasmin.open(needed.link("Set it up"))).heading == "You need a key of your own"
    codes, secret = await app_set_up(yasmin)
    listed = [code.get_text() for code in codes.soup.select("li.code")]
    assert codes.path == "/me/sign-in/codes" and len(set(listed)) == 8
    assert (await yasmin.open("/people")).status == 200

    three.clock.advance(hours=1)
    elsewhere = await Visitor.of(three, "yasmin", proved=False)
    asked = await elsewhere.open("/people")
    assert asked.path == "/confirm" and asked.heading == "Please confirm it’s you"
    wrong = await elsewhere.send(asked, "Confirm", code="000000")
    assert wrong.status == 422 and set(wrong.errors) == {"code"}
    people = await elsewhere.send(wrong, "Confirm", code=app_code(secret, three.clock.now()))
    assert people.path == "/people"
    lost = await Visitor.of(three, "yasmin", proved=False)
    assert (await lost.send(await lost.open("/confirm?next=/people"), "Confirm", code=listed[0])).path == "/people"


async def test_a_click_too_many_on_confirm_leaves_nobody_outside(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin", proved=False)
    _, secret = await app_set_up(yasmin)
    three.clock.advance(hours=1)
    browser = await Visitor.of(three, "yasmin", proved=False)
    sheet = await browser.open("/confirm?next=/people")
    before = dict(browser.client.cookies.items())
    fields = {
        "form": str(sheet.form("Confirm").select_one("[name='form']")["value"]),  # type: ignore[index]
        "code": app_code(secret, three.clock.now()),
        "next": "/people",
    }
    assert (await browser.post("/confirm", fields)).path == "/people"
    lost = Visitor.nobody(browser.coop)
    lost.client.cookies.update(before)
    assert (await lost.post("/confirm", fields)).path == "/people", "the first answer never arrived"


async def test_long_after_signing_in_nothing_is_set_up(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin", proved=False)
    three.clock.advance(minutes=20)
    sheet = await yasmin.open("/confirm")
    assert "please sign out and in again" in sheet.words.lower()
    refused = await yasmin.send(await yasmin.open("/me/sign-in"), "Set up an authenticator app")
    assert refused.status == 409
    assert (await yasmin.send(sheet, "Sign out now")).path == "/signed-out"


@pytest.mark.parametrize("exit_to", ["", "https://weather.example/"])
async def test_leaving_a_page_ends_the_session_and_leads_where_the_setting_says(three: Village, exit_to: str) -> None:
    coop = three.coops["alder"]
    coop.settings = replace(coop.settings, co_op=replace(coop.settings.co_op, exit_to=exit_to))
    maureen = await Visitor.of(three, "maureen")
    kept = dict(maureen.client.cookies.items())
    link = (await maureen.open("/worry")).link("Leave this page now")
    gone = await maureen.client.get(link, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, exit_to or "/signed-out")
    maureen.client.cookies.update(kept)
    assert (await maureen.open("/me")).path == "/sign-in", "the way back shows nothing either"
    assert "You are signed out" in (await maureen.open("/signed-out")).words


async def test_a_link_from_elsewhere_signs_nobody_out_and_nobody_is_told_so_wrongly(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    for site in ("cross-site", "same-site", "none"):
        answer = await maureen.client.get("/leave", headers={"sec-fetch-site": site}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await maureen.open("/me")).path == "/me"
    assert (await maureen.open("/signed-out")).path == "/", "who is signed in does not read that they are not"


async def test_cards_and_devices_are_listed_and_ended(three: Village) -> None:
    maureen, other = [await Visitor.of(three, "maureen") for _ in range(2)]
    printed = await maureen.send(await maureen.open("/me/sign-in"), "Make a card")
    assert len(figures(printed).split()) == 8
    ways = await maureen.open("/me/sign-in")
    assert "Not used yet." in ways.words and figures(printed) not in ways.text
    ended = await maureen.send(ways, "End the card made")
    assert "That card opens nothing any more." in ended.words and "You have none." in ended.words
    ended = await maureen.send(ended, "Sign out everywhere else")
    assert "Every other device is signed out." in ended.words
    assert (await other.open("/me/sign-in")).path == "/sign-in"
    three.clock.advance(minutes=20)
    assert (await maureen.open(printed.path)).status == 404, "words are shown for a quarter of an hour"


async def test_somebody_helps_from_number_to_log_and_end(three: Village) -> None:
    maureen, grace = await Visitor.of(three, "maureen"), await Visitor.of(three, "grace")
    number = figures(await grace.send(await grace.open("/me/helpers"), "Get a number"))
    assert re.fullmatch(r"\d{3} \d{3}", number)
    sheet = await maureen.open("/me/helpers/new")
    wrong = await maureen.send(sheet, "Ask them", code="1", **{"until-year": "1999"})
    assert wrong.status == 422 and set(wrong.errors) == {"code", "scopes", "until"}
    when = {"until-year": str(sheet.soup.select_one("[name='until-year']")["value"])}  # type: ignore[index]
    one = await maureen.send(wrong, "Ask them", code=number, scopes=["people", "support"], **when)
    assert "They are asked." in one.words and one.heading == "Grace helps you"

    assert "asks whether you would help" in (await grace.open("/")).words
    his = await grace.open((await grace.open("/me/helpers")).link("Maureen"))
    acting = await grace.send(await grace.send(his, "Yes, I help them"), "Act for Maureen now")
    assert acting.path == "/helping" and acting.heading == "You are acting for Maureen"
    assert "My details" in acting.words and "My introductions" not in acting.words
    assert (await grace.open("/")).heading == "Home for Maureen"
    await grace.send(await grace.open("/me/details"), "Change my details", known_as="Mo")
    for path in ("/me/sign-in", "/me/helpers", "/me/helpers/new", "/me/helpers/log", "/recoveries"):
        assert (await grace.open(path)).status == 403, path
    assert (await grace.open("/introductions")).status == 403

    log = await maureen.open("/me/helpers/log")
    assert "Changed your details" in log.words and "Grace" in log.words
    refused = await maureen.send(await maureen.open(one.path), "Let them see my introductions")
    assert refused.status == 422 and set(refused.errors) == {"unhelped"}
    opened = await maureen.send(refused, "Let them see my introductions", unhelped="yes")
    assert "They can see your introductions from now on" in opened.words
    assert (await grace.open("/introductions")).status == 200
    stopped = await grace.send(await grace.open("/helping"), "Stop acting for Mo")
    assert "You act for nobody but yourself now." in stopped.words and "Acting for somebody" in stopped.heading
    await grace.send(stopped, "Act for Mo now")
    over = await maureen.send(await maureen.open(one.path), "End it now")
    assert "This has ended." in over.words and "Over" in over.words
    assert (await grace.open("/")).heading != "Home for Mo" and (await grace.open("/me")).path == "/sign-in"


async def test_two_people_give_somebody_a_way_back(three: Village) -> None:
    yasmin, grace = await Visitor.of(three, "yasmin"), await Visitor.of(three, "grace")
    maureen = await Visitor.of(three, "maureen")
    sheet = await yasmin.open(f"/people/{three.people['maureen']}/recovery")
    wrong = await yasmin.send(sheet, "It is them")
    assert wrong.status == 422 and set(wrong.errors) == {"knows", "spoke"}
    begun = await yasmin.send(wrong, "It is them", knows="yes", spoke="yes")
    number = figures(begun)
    assert "Somebody is making a new way in for you" in (await maureen.open("/me/sign-in")).words

    second = await grace.open((await grace.open("/recoveries")).link("I am the second of two"))
    assert set((await grace.send(second, "Go on", code="000 000")).errors) == {"code"}
    confirm = await grace.send(second, "Go on", code=number)
    assert confirm.heading == "A way back for Maureen"
    wrong = await grace.send(confirm, "It is them")
    assert set(wrong.errors) == {"knows", "spoke"}
    done = await grace.send(wrong, "It is them", knows="yes", spoke="yes")
    card = await grace.open(done.link("Print the card"))
    words = figures(card)
    assert "It opens on" in card.words
    assert (await maureen.open("/me/sign-in")).path == "/sign-in", "signed out at once"

    browser = Visitor.nobody(three.coops["alder"])
    early = await browser.send(await browser.open("/sign-in/card"), "Sign in", words=words)
    assert early.status == 422 and "This card opens" in early.errors["words"]
    three.clock.advance(days=1)
    assert (await browser.send(early, "Sign in", words=words)).path == "/sign-in/device"
    with database.bound(browser.coop.engine):
        assert await database.row("SELECT done_at FROM recovery") == {"done_at": three.clock.now()}


async def test_it_is_stopped_by_a_button(three: Village) -> None:
    yasmin, callum = await Visitor.of(three, "yasmin"), await Visitor.of(three, "callum")
    sheet = await yasmin.open(f"/people/{three.people['maureen']}/recovery")
    await yasmin.send(sheet, "It is them", knows="yes", spoke="yes")
    his = await callum.open((await callum.open("/recoveries")).link("Maureen"))
    assert "Taken back." in (await callum.send(his, "Stop it")).words
    assert (await (await Visitor.of(three, "grace")).open(his.path)).status == 404


def test_whatever_a_delegate_can_do_has_words_for_the_person() -> None:
    from node import app

    assert app  # every room's acts are registered
    possible = {
        right.name
        for right in rights.REGISTRY.values()
        if right.by - GUARDED and not right.alone and right.scope in ("", "support", "people", "introductions")
    }
    assert possible <= set(ACTS)
