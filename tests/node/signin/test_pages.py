# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sign-in by its pages, without a browser and without JavaScript: in by mail, card and invitation, and what opening them does."""

from __future__ import annotations

import pytest

from node import database
from node.actor import at_the_command_line
from node.coop import Coop
from node.members import acts as members
from node.members.reads import actor as actor_of
from node.members.shapes import Correction, InvitationDraft
from node.signin import rules, secrets
from node.village import Village
from node.web.pages import cookie_name
from tests.pages import Sheet, Visitor

MAIL = "maureen@canary.example"


async def with_mail(village: Village, name: str = "maureen") -> Coop:
    """Somebody of the cast has an address."""
    coop = village.coops[village.cast.people[name].co_op]
    with database.bound(coop.engine):
        who = await actor_of(village.people[name], here=coop.here())
        await members.change_details(actor=who, correction=Correction(email=MAIL), here=coop.here())
    return coop


async def mailed(coop: Coop) -> tuple[str, str]:
    """Link and code of the newest mail, as it would be written at its departure."""
    here = coop.here()
    with database.bound(coop.engine):
        row = await database.row(
            "SELECT salt FROM signin_pending WHERE ended_at IS NULL ORDER BY created DESC, id LIMIT 1"
        )
    assert row is not None
    return secrets.link(row["salt"], here=here), rules.grouped(secrets.code("code", row["salt"], here=here))


def session_cookie(visitor: Visitor) -> str | None:
    return visitor.client.cookies.get(cookie_name(visitor.coop.here(), "session")) or None


async def asked(visitor: Visitor, path: str = "/sign-in", email: str = MAIL) -> Sheet:
    return await visitor.send(await visitor.open(path), "Send me the link", email=email)


async def test_in_by_the_code_and_back_to_where_one_wanted_to_go(three: Village) -> None:
    coop = await with_mail(three)
    browser = Visitor.nobody(coop)
    sheet = await browser.open("/me/sign-in")
    assert sheet.path == "/sign-in" and "There is no password." in sheet.words
    wrong = await browser.send(sheet, "Send me the link", email="maureen")
    assert wrong.status == 422 and set(wrong.errors) == {"email"} and 'value="maureen"' in wrong.text
    sheet = await browser.send(wrong, "Send me the link", email=MAIL)
    assert sheet.path == "/sign-in/code"
    wrong = await browser.send(sheet, "Sign in", code="12 34 56")
    assert wrong.status == 422 and set(wrong.errors) == {"code"} and "12 34 56" in wrong.text

    _, code = await mailed(coop)
    device = await browser.send(wrong, "Sign in", code=code)
    assert device.path == "/sign-in/device"
    unsaid = await browser.send(device, "Go on")
    assert unsaid.status == 422
    offered = await browser.send(unsaid, "Go on", device="own")
    assert offered.path == "/me/sign-in/next" and offered.heading == "Would you like a quicker way in?"
    ways = await browser.open(offered.link("No, thank you"))
    assert ways.path == "/me/sign-in" and "A computer, Firefox" in ways.words


async def test_what_follows_every_link_signs_nobody_in_and_uses_nothing_up(three: Village) -> None:
    coop = await with_mail(three)
    await asked(Visitor.nobody(coop))
    link, _ = await mailed(coop)
    scanner, browser = Visitor.nobody(coop), Visitor.nobody(coop)
    for _ in range(5):
        sheet = await scanner.open(f"/sign-in/with/{link}")
        assert sheet.status == 200 and session_cookie(scanner) is None
        assert (await scanner.client.head(f"/sign-in/with/{link}")).status_code in (200, 405)
    with database.bound(coop.engine):
        assert await database.rows("SELECT id FROM session") == []
    sheet = await browser.open(f"/sign-in/with/{link}")
    assert (await browser.send(sheet, "Sign in")).path == "/sign-in/device"
    over = await scanner.send(await scanner.open(f"/sign-in/with/{link}"), "Sign in")
    assert over.status == 404 and over.heading == "This link is over" and session_cookie(scanner) is None


async def test_known_and_unknown_addresses_get_the_very_same_pages(three: Village) -> None:
    coop = await with_mail(three)
    seen = []
    for email in (MAIL, "nobody@canary.example"):
        browser = Visitor.nobody(coop)
        sheet = await asked(browser, email=email)
        wrong = await browser.send(sheet, "Sign in", code="000000")
        seen.append((sheet.status, sheet.path, sheet.trail, sheet.words, wrong.status, wrong.words, wrong.errors))
    assert seen[0] == seen[1]


async def test_a_second_click_signs_in_too(three: Village) -> None:
    coop = await with_mail(three)
    browser = Visitor.nobody(coop)
    await asked(browser)
    link, _ = await mailed(coop)
    sheet = await browser.open(f"/sign-in/with/{link}")
    form = {"form": str(sheet.form("Sign in").select_one("[name='form']")["value"])}  # type: ignore[index]
    first = await browser.client.post(sheet.path, data=form, headers={"origin": browser.home})
    lost = Visitor.nobody(coop)  # the same browser, whose first answer never arrived
    lost.client.cookies.update({k: v for k, v in browser.client.cookies.items() if "session" not in k})
    assert first.status_code == 303
    again = await lost.post(sheet.path, form)
    assert again.path == "/sign-in/device" and session_cookie(lost)
    assert (await browser.post(sheet.path, form)).status == 200, "and where it did arrive, no harm is done"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/sign-in/card"])
async def test_a_form_that_we_did_not_give_or_from_elsewhere_is_refused(three: Village, path: str) -> None:
    coop = three.coops["alder"]
    browser = Visitor.nobody(coop)
    await browser.open(path)
    fields = {"email": MAIL, "code": "1", "words": "abandon"}
    for form in ("", "A" * 44):
        assert (await browser.post(path, {**fields, "form": form})).status == 403
    token = str((await browser.open(path)).soup.select_one("main [name='form']")["value"])  # type: ignore[index]
    answer = await browser.client.post(path, data={**fields, "form": token}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert (await Visitor.nobody(coop).post(path, {**fields, "form": token})).status == 403, "given to another browser"


async def test_a_session_that_a_stranger_chose_is_not_taken_on(three: Village) -> None:
    coop = await with_mail(three)
    browser = Visitor.nobody(coop)
    name = cookie_name(coop.here(), "session")
    browser.client.cookies.set(name, "A" * 43, domain="alder.example")
    assert (await browser.open("/me/sign-in")).path == "/sign-in"
    await asked(browser)
    _, code = await mailed(coop)
    await browser.send(await browser.open("/sign-in/code"), "Sign in", code=code)
    given = [cookie.value for cookie in browser.client.cookies.jar if cookie.name == name]
    assert given and "A" * 43 not in given[-1:]


async def test_nowhere_else_is_ever_gone_to(three: Village) -> None:
    coop = await with_mail(three)
    for asked_for in ("https://evil.example/", "//evil.example", "/\\evil.example", "/sign-in?next=/sign-in"):
        browser = Visitor.nobody(coop)
        await browser.send(await browser.open(f"/sign-in?next={asked_for}"), "Send me the link", email=MAIL)
        _, code = await mailed(coop)
        device = await browser.send(await browser.open("/sign-in/code"), "Sign in", code=code)
        offered = await browser.send(device, "Go on", device="shared")
        assert offered.path == "/"


async def test_in_by_a_card_by_its_words_and_by_its_square(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin")
    sheet = await yasmin.open(f"/people/{three.people['maureen']}/card")
    wrong = await yasmin.send(sheet, "Make the card")
    assert wrong.status == 422 and set(wrong.errors) == {"present"}
    printed = await yasmin.send(wrong, "Make the card", present="yes")
    assert printed.path.startswith("/cards/") and not printed.soup.select("nav")
    words = printed.soup.select_one(".code").get_text()  # type: ignore[union-attr]
    assert len(words.split()) == 8 and printed.soup.select("svg")

    coop = three.coops["alder"]
    browser = Visitor.nobody(coop)
    wrong = await browser.send(await browser.open("/sign-in/card"), "Sign in", words="these are not the words of it")
    assert wrong.status == 422 and "these are not" in wrong.text
    assert (await browser.send(wrong, "Sign in", words=words.upper())).path == "/sign-in/device"
    token = secrets.encoded(secrets.from_words(words.split()) or b"")
    other = Visitor.nobody(coop)
    sheet = await other.open(f"/sign-in/card/{token}")
    assert session_cookie(other) is None
    assert (await other.send(sheet, "Sign in")).path == "/sign-in/device"


async def test_in_by_an_invitation_and_asking_for_another(three: Village) -> None:
    coop = three.coops["alder"]
    with database.bound(coop.engine):
        draft = InvitationDraft(roles=["volunteer"], name="Val Valley", email="val@canary.example", days=1)
        one, two = [await members.invite(actor=at_the_command_line(), draft=draft, here=coop.here()) for _ in range(2)]
    browser = Visitor.nobody(coop)
    sheet = await browser.open(f"/invitations/{one.token}")
    assert 'value="Val Valley"' in sheet.text
    wrong = await browser.send(sheet, "Yes, I join", phone="ring me", email="val")
    assert wrong.status == 422 and set(wrong.errors) == {"adult", "phone", "email"}
    device = await browser.send(wrong, "Yes, I join", phone="", email="", adult="yes")
    assert device.path == "/sign-in/device"
    assert (await browser.send(device, "Go on", device="shared")).path == "/"

    three.clock.advance(days=2)
    late = Visitor.nobody(coop)
    for token in (two.token, one.token, "cc_inv_" + "A" * 43, "nonsense"):
        over = await late.open(f"/invitations/{token}")
        assert (over.status, over.heading) == (404, "This invitation can’t be used any more")
        thanks = await late.send(over, "Ask for a new invitation", words="Val, 01632 960 777")
        assert thanks.path == "/invitations/asked"
    with database.bound(coop.engine):
        assert len(await database.rows("SELECT id FROM invitation_wish")) == 1


async def test_those_who_share_an_address_choose_who_they_are(three: Village) -> None:
    coop = await with_mail(three)
    await with_mail(three, "grace")
    browser = Visitor.nobody(coop)
    await asked(browser)
    _, code = await mailed(coop)
    who = await browser.send(await browser.open("/sign-in/code"), "Sign in", code=code)
    assert who.path == "/sign-in/who" and "Maureen" in who.words and "Grace" in who.words
    unsaid = await browser.send(who, "Sign in")
    assert unsaid.status == 422
    device = await browser.send(unsaid, "Sign in", person=three.people["grace"])
    assert device.path == "/sign-in/device"


async def test_signing_out_ends_it_here_and_twice_is_no_harm(three: Village) -> None:
    browser = await Visitor.of(three, "maureen")
    sheet = await browser.open("/me/sign-in")
    token = str(sheet.soup.select_one("footer [name='form']")["value"])  # type: ignore[index]
    assert (await browser.post("/sign-out", {"form": "A" * 44})).status == 403
    for _ in range(2):
        answer = await browser.client.post("/sign-out", data={"form": token}, headers={"origin": browser.home})
        assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
        name = cookie_name(browser.coop.here(), "session")
        (taken,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(name)]
        assert "Max-Age=0" in taken
    assert (await browser.open("/me/sign-in")).path == "/sign-in", "and the old cookie opens nothing"


async def test_pages_of_sign_in_are_kept_by_no_cache_and_cookies_are_closed(three: Village) -> None:
    coop = await with_mail(three)
    browser = Visitor.nobody(coop)
    sheet = await browser.open("/sign-in")
    assert (
        sheet.headers["cache-control"] == "no-store"
        and "default-src 'none'" in sheet.headers["content-security-policy"]
    )
    token = str(sheet.form("Send me").select_one("[name='form']")["value"])  # type: ignore[index]
    answer = await browser.client.post(
        "/sign-in", data={"form": token, "email": MAIL}, headers={"origin": browser.home}
    )
    (cookie,) = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert cookie.startswith("__Host-") == coop.here().secure == ("Secure" in cookie)
