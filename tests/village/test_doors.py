# SPDX-License-Identifier: AGPL-3.0-or-later
"""What guards every page of a co-op, seen from outside: hosts, origins, headers, languages, who is let in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from node.app import page_routes
from node.serving import _config
from node.village import Village
from node.web.pages import cookie_name
from tests.pages import Visitor

ALWAYS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}


@pytest.fixture
def dialect() -> str:
    """The doors are the same whatever the database is."""
    return "sqlite"


async def test_every_kind_of_answer_carries_the_guards(three: Village):
    nobody, maureen = Visitor.nobody(three.alder), await Visitor.of(three, "maureen")
    sheets = [await nobody.open(path) for path in ("/", "/sign-in", "/nothing-here")]
    sheets += [await maureen.open(path) for path in ("/", "/find/what", "/introductions/none", "/people")]
    sheets.append(await maureen.post("/find/clearing", {}))
    assert {sheet.status for sheet in sheets} == {200, 403, 404}
    for sheet in sheets:
        assert {name: sheet.headers[name] for name in ALWAYS} == ALWAYS, sheet.path
        assert "default-src 'none'" in sheet.headers["content-security-policy"]
        assert "unsafe" not in sheet.headers["content-security-policy"]


async def test_only_its_own_names_are_answered(three: Village):
    maureen = await Visitor.of(three, "maureen")
    for host in ("evil.example", "alder.example.evil.example", "", "birch.example", "[", "alder.example@evil.example"):
        answer = await maureen.client.get("/find", headers={"host": host})
        assert answer.status_code == 404, host
        assert "Maureen" not in answer.text
    assert (await maureen.client.get("/find", headers={"host": "alder.example"})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://alder.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_form_from_another_site_is_refused_even_with_a_token(three: Village, headers):
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.open("/find/what")
    token = str(sheet.form("Continue").select_one("[name=form]")["value"])
    answer = await maureen.client.post("/find/what", data={"form": token, "topics": "stroke"}, headers=headers)
    assert answer.status_code == 403
    good = await maureen.client.post(
        "/find/what", data={"form": token, "topics": "stroke"}, headers={"origin": maureen.home}
    )
    assert good.status_code == 303


FOR_EVERYBODY = {
    "/",
    "/answer/{token:str}",
    "/answered",
    "/ask",
    "/ask/sent",
    "/invitations",
    "/invitations/asked",
    "/invitations/{token:str}",
    "/invitations/{token:str}/wish",
    "/leave",
    "/me/data/complaint",
    "/me/data/complaint/sent",
    "/me/look",
    "/privacy",
    "/privacy/print",
    "/sign-in",
    "/sign-in/card",
    "/sign-in/card/{token:str}",
    "/sign-in/code",
    "/sign-in/passkey",
    "/sign-in/passkey/options",
    "/sign-in/who",
    "/sign-in/with/{token:str}",
    "/sign-out",
    "/signed-out",
    "/worry",
    "/worry/numbers",
    "/worry/print",
    "/worry/sent",
}


async def test_any_page_not_said_to_be_for_everybody_leads_nobody_to_sign_in(three: Village):
    """Asked for by the route table, with a form's token of their own, so that nothing but the door can refuse."""
    nobody = Visitor.nobody(three.alder)
    open_to_all, asked = set(), 0
    for route in page_routes():
        path = re.sub(r"\{[^}]*\}", "x", sorted(route.paths)[0])
        if route.opt.get("open"):
            open_to_all |= route.paths
            continue
        token = (await nobody.open("/ask")).form().select_one("[name=form]")["value"]
        for method in route.http_methods & {"GET", "POST"}:
            answer = await nobody.client.request(method, path, data={"form": token} if method == "POST" else None)
            assert (answer.status_code, answer.headers.get("location", "").partition("?")[0]) == (303, "/sign-in"), path
            asked += 1
    assert asked > 250
    assert open_to_all == FOR_EVERYBODY


async def test_a_session_that_nobody_began_is_nobody(three: Village):
    visitor = Visitor.nobody(three.alder)
    name = cookie_name(three.alder.here(), "session")
    for value in ("a" * 43, "", "' OR 1=1 --", "a" * 5000):
        visitor.client.cookies.set(name, value)
        sheet = await visitor.open("/find")
        assert sheet.path == "/sign-in", value
        assert name not in sheet.headers.get("set-cookie", "")


async def test_pages_speak_the_visitors_language(three: Village):
    visitor = Visitor.nobody(three.alder)
    for header, tag, way in (("cy", "cy", "ltr"), ("ur;q=0.9, en;q=0.1", "ur", "rtl"), ("de", "en", "ltr")):
        answer = await visitor.client.get("/", headers={"accept-language": header})
        assert f'lang="{tag}"' in answer.text
        assert f'dir="{way}"' in answer.text


async def test_a_program_gets_a_problem_and_a_person_a_page_for_what_is_not_there(three: Village):
    visitor = Visitor.nobody(three.alder)
    page = await visitor.client.get("/nothing-here", headers={"accept": "text/html"})
    problem = await visitor.client.get("/nothing-here", headers={"accept": "application/json"})
    api = await visitor.client.get("/api/v1/nothing-here", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    for answer in (problem, api):
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert {answer.status_code for answer in (page, problem, api)} == {404}


async def test_what_the_pages_are_made_of_is_kept_for_a_year(three: Village):
    visitor = Visitor.nobody(three.alder)
    sheet = await visitor.open("/")
    styles = [str(link["href"]) for link in sheet.soup.select("link[rel=stylesheet]")]
    assert styles
    for path in styles:
        answer = await visitor.client.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await visitor.client.get("/static/nothing.css")).status_code == 404
    assert (await visitor.client.get("/static/..%2f..%2fpages.py")).status_code == 404


@pytest.mark.parametrize(
    ("proxies", "asked_from", "counted"),
    [
        ("127.0.0.1, ::1", "127.0.0.1", "203.0.113.9"),
        ("10.0.0.0/8", "10.4.0.7", "203.0.113.9"),
        ("10.0.0.0/8", "198.51.100.1", "198.51.100.1"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
async def test_limits_are_each_visitors_own_behind_a_web_server_that_we_know(
    three: Village, proxies: str, asked_from: str, counted: str
):
    coop = three.alder
    coop.settings = replace(coop.settings, proxies=proxies)
    seen: list[str] = []

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    coop.app = noting
    config = _config(coop)
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    await config.loaded_app({"type": "http", "client": (asked_from, 1), "headers": headers}, None, None)  # type: ignore[arg-type]
    assert seen == [counted]
