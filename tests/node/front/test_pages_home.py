# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page, "Ask a person", and About me: who sees what, what waits, what a fault keeps."""

from __future__ import annotations

import pytest

from node import database
from node.front import rules
from node.front.purposes import judged, known
from node.members import settings
from node.members.notices import notify
from node.members.settings import SettingsDraft
from tests.node.front.conftest import DAY, House
from tests.node.members.cast import everything_stored


async def test_a_stranger_is_welcomed_and_asked_for_nothing(house: House) -> None:
    sheet = await (await house.visitor()).open("/")
    assert sheet.status == 200 and sheet.title.startswith("Welcome")
    assert sheet.link("Sign in") == "/sign-in"
    assert "worried" in sheet.words
    assert sheet.soup.main is not None and not sheet.soup.main.select("form")


async def test_each_role_has_its_own_page_and_nothing_of_another(house: House) -> None:
    for who, roles in {
        "ada": (),
        "lea": ("peer_support_lead",),
        "sam": ("safeguarding_lead",),
        "olu": ("operator",),
    }.items():
        await house.admit(who, *roles)
    seen = {who: (await (await house.visitor(who)).open("/")) for who in house.people}
    assert all(sheet.title.startswith("Home") and "Nothing waits for you" in sheet.words for sheet in seen.values())
    paths = {who: {str(a["href"]) for a in sheet.soup.select("main a[href]")} for who, sheet in seen.items()}
    assert "/find" in paths["ada"] and not any(path.startswith("/lead") for path in paths["ada"])
    assert {"/lead", "/lead/calls", "/lead/copies", "/lead/complaints"} <= paths["lea"]
    assert "/lead/calls" in paths["sam"] and "/lead" not in paths["sam"]
    assert "/lead/complaints" in paths["olu"] and "/lead/calls" not in paths["olu"]


async def test_a_role_that_is_not_proved_shows_only_that_something_may_wait(house: House) -> None:
    await house.admit("lea", "peer_support_lead")
    await house.admit("ada")
    sheet = await (await house.visitor("lea", proved=False)).open("/")
    assert "/confirm?next=/" in {a["href"] for a in sheet.soup.select("main a")}
    assert not [a for a in sheet.soup.select("main a") if str(a["href"]).startswith("/lead")]
    assert "/confirm" not in (await (await house.visitor("ada", proved=False)).open("/")).text


@pytest.mark.parametrize("known", [True, False])
async def test_asking_to_be_rung_says_every_fault_and_keeps_what_was_typed(house: House, known: bool) -> None:
    await house.admit("ada")
    visitor = await house.visitor("ada" if known else "")
    sheet = await visitor.open("/ask")
    refused = await visitor.send(sheet, "Please ring me", name="", phone="12", suits="evening")
    assert refused.status == 422 and refused.title.startswith("Error:")
    expected = {"about", "phone"} if known else {"about", "name", "phone"}
    assert set(refused.errors) == expected
    assert refused.soup.select_one("#phone")["value"] == "12"
    assert refused.soup.select_one("input[name=suits][value=evening]").has_attr("checked")


async def test_a_call_is_kept_sealed_listed_for_leads_once_and_erased_after_it(house: House) -> None:
    await house.admit("ada", phone="01632 960401")
    await house.admit("lea", "peer_support_lead")
    visitor = await house.visitor("ada")
    sheet = await visitor.open("/ask")
    assert sheet.soup.select_one("#phone")["value"] == "01632 960401"
    sent = await visitor.send(sheet, "Please ring me", about="find", suits="morning")
    assert (sent.status, sent.path) == (200, "/ask/sent") and "01632" not in sent.text.replace("01632 960201", "")
    again = await visitor.send(sheet, "Please ring me", about="find", suits="morning")
    assert again.path == "/ask/sent"
    fresh = await visitor.open("/ask")
    await visitor.send(fresh, "Please ring me", about="else", suits="any")  # the same number waits once
    stored = await everything_stored()
    assert b"960401" not in stored and b"Finding support" not in stored
    assert await house.told("lea") == ["waiting"] and await house.told("ada") == []

    lead = await house.visitor("lea")
    assert "1 person asks to be rung" in (await lead.open("/")).words
    calls = await lead.open("/lead/calls")
    assert (
        calls.words.count("01632 960401") == 1 and "Finding support" in calls.words and "In the morning" in calls.words
    )
    rung = await lead.send(calls, "I have rung Ada")
    assert "Nobody waits to be rung" in rung.words
    house.now += rules.CALL_KEPT
    assert len(await house.timers()) == 1
    assert await database.row("SELECT name, phone, about FROM call_request") == {
        "name": None,
        "phone": None,
        "about": None,
    }


async def test_a_stranger_can_ask_and_a_flood_is_told_to_ring(house: House) -> None:
    visitor = await house.visitor()
    for number in range(rules.ANONYMOUS_IN_AN_HOUR):
        sheet = await visitor.open("/ask")
        sent = await visitor.send(sheet, "Please ring me", about="join", name="Una", phone=f"01632 9604{number:02}")
        assert sent.path == "/ask/sent"
    sheet = await visitor.open("/ask")
    late = await visitor.send(sheet, "Please ring me", about="join", name="Zed", phone="01632 960499")
    assert late.status == 429 and late.soup.select_one("#name")["value"] == "Zed"
    house.now += 3601
    sheet = await visitor.open("/ask")
    fine = await visitor.send(sheet, "Please ring me", about="join", name="Zed", phone="01632 960499")
    assert fine.path == "/ask/sent"


async def test_only_leads_see_who_asks_to_be_rung(house: House) -> None:
    await house.admit("ada")
    await house.admit("olu", "operator")
    await house.admit("lea", "peer_support_lead")
    for who, proved, status in (("ada", True, 403), ("olu", True, 403), ("lea", True, 200)):
        assert (await (await house.visitor(who, proved=proved)).open("/lead/calls")).status == status
    unproved = await house.visitor("lea", proved=False)
    answer = await unproved.client.get("/lead/calls")
    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm?next=/lead/calls")
    nobody = await (await house.visitor()).client.get("/lead/calls")
    assert nobody.headers["location"] == "/sign-in?next=/lead/calls"


async def test_own_details_are_changed_by_what_changed_alone(house: House) -> None:
    await house.admit("ada", phone="01632 960401", email="ada@example.org")
    visitor = await house.visitor("ada")
    sheet = await visitor.open("/me/details")
    refused = await visitor.send(sheet, "Change my details", full_name="", email="nonsense", phone="01632")
    assert set(refused.errors) == {"full_name", "email", "phone"}
    assert refused.soup.select_one("#email")["value"] == "nonsense"
    kept = await visitor.send(refused, full_name="Ada Quill", email="ada@example.org", phone="")
    assert kept.path == "/me/details" and "Your details are changed" in kept.words
    assert kept.soup.select_one("#full_name")["value"] == "Ada Quill"
    assert kept.soup.select_one("#phone")["value"] == ""
    journal = await database.rows("SELECT detail FROM journal_entry WHERE act = 'person.corrected'")
    assert [row["detail"] for row in journal] == ['{"fields":"full_name,phone"}']


async def test_an_unproved_lead_changes_a_name_without_confirming_and_an_address_only_so(house: House) -> None:
    await house.admit("lea", "peer_support_lead", email="lea@example.org")
    visitor = await house.visitor("lea", proved=False)
    sheet = await visitor.open("/me/details")
    assert (await visitor.send(sheet, "Change my details", known_as="Lea P")).path == "/me/details"
    sheet = await visitor.open("/me/details")
    data = {"form": sheet.soup.select_one("main input[name=form]")["value"], "full_name": "Lea", "known_as": "Lea P"}
    answer = await visitor.client.post(
        "/me/details", data=data | {"email": "other@example.org"}, headers={"origin": visitor.home}
    )
    assert answer.headers["location"].startswith("/confirm")
    assert "example" not in answer.headers["location"]


@pytest.mark.parametrize("known", [True, False])
async def test_language_and_size_stay_chosen(house: House, known: bool) -> None:
    await house.admit("ada")
    visitor = await house.visitor("ada" if known else "")
    sheet = await visitor.open("/me/look")
    assert not sheet.soup.select("html.large")
    wrong = await visitor.post(
        "/me/look", {"form": sheet.form()("input", {"name": "form"})[0]["value"], "size": "huge"}
    )
    assert set(wrong.errors) == {"language", "size"}
    sheet = await visitor.open("/me/look")
    chosen = await visitor.send(sheet, language="cy", size="large")
    assert chosen.soup.html["lang"] == "cy" and chosen.soup.select("html.large")
    assert (await visitor.open("/privacy")).soup.html["lang"] == "cy"
    if known:
        stored = await settings.of(house.people["ada"].person)
        assert (stored.language, stored.large) == ("cy", True)


async def test_how_often_we_write_is_kept_and_held_to(house: House) -> None:
    await house.admit("ada", email="ada@example.org")
    await house.admit("sam", "safeguarding_lead", email="sam@example.org")
    for who in ("ada", "sam"):
        visitor = await house.visitor(who)
        refused = await visitor.send(await visitor.open("/me/mail"), mail=None)
        assert set(refused.errors) == {"mail"}
        kept = await visitor.send(refused, mail="daily")
        assert "as you chose" in kept.words
    async with database.transaction():
        for what in ("message", "answer", "waiting"):
            for who in ("ada", "sam"):
                await notify(person=house.people[who].person, what=what, here=house.here())
    assert await house.told("ada") == ["daily"]
    assert await house.told("sam") == ["answer", "message", "waiting"], "safeguarding can't wait for the morning"
    due = await database.row("SELECT due FROM outbox WHERE ref LIKE '%:daily'")
    assert due is not None and house.now < due["due"] <= house.now + DAY + 3600

    await settings.choose(actor=house.people["ada"], draft=SettingsDraft(mail="never"), here=house.here())
    await database.execute("UPDATE outbox SET state = 'done' WHERE kind = 'mail'")
    await notify(person=house.people["ada"].person, what="message", here=house.here())
    assert await house.told("ada") == []


async def test_the_privacy_page_names_a_basis_for_each_purpose_and_the_regulator(house: House) -> None:
    visitor = await house.visitor()
    for path in ("/privacy", "/privacy/print"):
        sheet = await visitor.open(path)
        assert sheet.status == 200
        for purpose in known().purposes:
            assert purpose.article6 in sheet.words and purpose.article9 in sheet.words
        assert "Information Commissioner" in sheet.words
    assert not sheet.soup.select("nav, footer") and sheet.soup.select(".qr svg")
    base = {"name": "x", "what": "x", "why": "x", "who": "x", "how_long": "x"}
    for wrong in ({**base, "article6": " "}, {**base, "article6": "a", "consent": True}, base):
        with pytest.raises(ValueError):
            judged({"regulator": "r", "purposes": [wrong]})


async def test_who_was_invited_and_has_no_camera_types_what_stands_on_the_paper(house: House) -> None:
    visitor = await house.visitor()
    sheet = await visitor.open("/invitations")
    refused = await visitor.send(sheet, "Open my invitation", invitation="cc_inv_too-short")
    assert (refused.status, set(refused.errors)) == (422, {"invitation"})
    assert refused.soup.select_one("#invitation")["value"] == "cc_inv_too-short"
    token = "cc_inv_" + "A" * 43
    for typed in (token, f"https://alder.example/invitations/{token}", f" {token[:20]} {token[20:]} "):
        fields = {"form": refused.form("Open").select_one("[name=form]")["value"], "invitation": typed}
        answer = await visitor.client.post("/invitations", data=fields, headers={"origin": visitor.home})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/invitations/{token}")
    assert await database.rows("SELECT key FROM form_sent") == [], "an invitation is a secret: it is kept nowhere"
