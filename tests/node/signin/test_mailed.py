# SPDX-License-Identifier: AGPL-3.0-or-later
"""Link and code: every address is answered alike, a link works anywhere, a code where it was asked for; guesses are few."""

from __future__ import annotations

import dataclasses

import pytest

from node import database
from node.errors import Invalid, NotFound, TooMany
from node.here import Here
from node.members import acts as members
from node.place import CoOpFacts
from node.signin import acts, reads, rules
from node.signin.shapes import WhoAreYou
from tests.node.members.cast import admit, everything_stored
from tests.node.signin.cast import ORIGIN, code_of, letterbox, link_of, only, post_leaves

pytestmark = pytest.mark.usefixtures("engine")
ADA = "ada@canary.example"


@pytest.fixture
def here(here: Here) -> Here:
    return dataclasses.replace(here, co_op=CoOpFacts(name="Alder", phone="01632 960 000"))


async def ask(address: str = ADA, *, browser: str | None = None, origin: str = ORIGIN, here: Here) -> str:
    return await acts.request_link(address=address, browser=browser, origin=origin, here=here)


async def asked(address: str = ADA, *, browser: str | None = None, here: Here) -> tuple[str, str]:
    """Asked, and mailed: the browser's cookie and the mail's text."""
    cookie = await ask(address, browser=browser, here=here)
    with letterbox() as (box, mailer):
        await post_leaves(mailer, here)
    return cookie, box.taken[-1][2]


async def by_code(browser: str | None, code: str, *, origin: str = ORIGIN, here: Here) -> str:
    found = only(await acts.by_code(browser=browser, code=code, origin=origin, here=here))
    return found.cookie


async def test_the_mail_says_how_to_come_in_and_nothing_else(here: Here) -> None:
    await admit("Ada Canary", "safeguarding_lead", here=here, email=ADA)
    await ask(" ADA@canary.example", here=here)
    with letterbox() as (box, mailer):
        assert await post_leaves(mailer, here) == 1
        assert await post_leaves(mailer, here) == 0

    ((to, subject, text),) = box.taken
    assert (to, subject) == (ADA, "Alder: Your way in")
    assert text.splitlines() == [
        "Hello,",
        "",
        "Here is your way in. It works for one hour.",
        "",
        "Open this page and press its button:",
        f"https://alder.example/sign-in/with/{link_of(text)}",
        "",
        "Or type these six figures on the page where you asked for them:",
        code_of(text),
        "",
        "If you didn't ask for this, leave it. Nobody comes in without it, and nothing has changed.",
        "",
        "You can ring us on 01632 960 000.",
        "",
        "Alder",
    ]


@pytest.mark.parametrize("way", ["as shown", "pasted", "in other figures"])
async def test_the_code_signs_in_where_it_was_asked_for(here: Here, way: str) -> None:
    ada = await admit("Ada", here=here, email=ADA)
    browser, text = await asked(here=here)
    code = code_of(text)
    typed = {"as shown": code, "pasted": f" {code.replace(' ', '')}\n", "in other figures": code.translate(
        {ord("0") + n: ord("٠") + n for n in range(10)})}[way]  # fmt: skip

    session = await reads.session(await by_code(browser, typed, here=here), here=here)

    assert session is not None
    assert (session.owner, session.actor.person, session.actor.via) == (ada.person, ada.person, "session")
    with pytest.raises(Invalid):
        await by_code(browser, code, here=here)


async def test_the_code_works_in_no_other_browser(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    _, text = await asked(here=here)
    other = await ask("ben@canary.example", here=here)
    for browser in (other, "A" * 43, None):
        with pytest.raises(Invalid):
            await by_code(browser, code_of(text), here=here)


async def test_the_link_works_in_another_browser_once_and_ends_all_that_waits_for_the_address(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, first = await asked(here=here)
    _, second = await asked(here=here)

    given = only(await acts.by_link(token=link_of(second), origin=ORIGIN, here=here))

    assert await reads.session(given.cookie, here=here) is not None
    for link in (link_of(second), link_of(first), "A" * 43, "", "é"):
        with pytest.raises(NotFound):
            await acts.by_link(token=link, origin=ORIGIN, here=here)
    with pytest.raises(Invalid):
        await by_code(browser, code_of(first), here=here)


async def test_asking_again_in_one_browser_ends_what_it_had_and_in_another_does_not(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, first = await asked(here=here)
    again, second = await asked(browser=browser, here=here)
    _, elsewhere = await asked(here=here)
    with pytest.raises(NotFound):
        await acts.by_link(token=link_of(first), origin=ORIGIN, here=here)
    assert only(await acts.by_link(token=link_of(elsewhere), origin=ORIGIN, here=here))
    with pytest.raises(Invalid):
        await by_code(again, code_of(second), here=here)


async def test_an_hour_later_neither_works_and_nothing_is_mailed_late(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, text = await asked(here=here)
    await ask(here=here)
    later = here.at(here.now + rules.PENDING_FOR)
    with pytest.raises(Invalid):
        await by_code(browser, code_of(text), here=later)
    with pytest.raises(NotFound):
        await acts.by_link(token=link_of(text), origin=ORIGIN, here=later)
    with letterbox() as (box, mailer):
        await post_leaves(mailer, later)
    assert box.taken == []


async def test_known_and_unknown_addresses_are_answered_by_the_same_statements(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is alike in every statement sent is alike in words and in time, whatever the machine is doing."""
    await admit("Ada", here=here, email=ADA)
    gone = await admit("Gil", here=here, email="gil@canary.example")
    await members.leave(actor=gone, here=here)
    engine, sent = database.current(), []
    alone, each = engine.fetch, engine.fetch_each

    async def noting(sql: str, *args: object) -> object:
        sent.append(sql)
        return await alone(sql, *args)

    async def noting_each(statements: list[tuple[str, object]]) -> object:
        sent.extend(sql for sql, _ in statements)
        return await each(statements)

    monkeypatch.setattr(engine, "fetch", noting)
    monkeypatch.setattr(engine, "fetch_each", noting_each)
    seen: dict[str, tuple[list[str], object]] = {}
    for address in (ADA, "nobody@canary.example", "gil@canary.example"):
        sent.clear()
        browser = await ask(address, here=here)
        with pytest.raises(Invalid) as no:
            await by_code(browser, "000000", here=here)
        seen[address] = (list(sent), no.value.fields)

    assert len(sent) > 5
    assert seen["nobody@canary.example"] == seen[ADA] == seen["gil@canary.example"]
    with letterbox() as (box, mailer):
        assert await post_leaves(mailer, here) == 3
    assert [to for to, _, _ in box.taken] == [ADA]


async def test_five_wrong_codes_end_it_and_the_right_one_is_then_refused(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, text = await asked(here=here)
    wrong = "000 000" if code_of(text) != "000 000" else "000 001"
    words = set()
    for _ in range(rules.CODE_ATTEMPTS):
        with pytest.raises(Invalid) as no:
            await by_code(browser, wrong, here=here)
        words.add(no.value.fields["code"])
    with pytest.raises(Invalid) as over:
        await by_code(browser, code_of(text), here=here)
    assert len(words) == 1 and over.value.fields["code"] not in words
    assert only(await acts.by_link(token=link_of(text), origin=ORIGIN, here=here)), "the link is not a guess"


async def test_guesses_at_one_address_are_few_however_often_it_is_begun_and_from_wherever(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    hourly, daily = rules.LIMITS["code-address"]
    guesses = 0
    for day_hour in range(24):
        now = here.at(here.now - here.now % 86400 + day_hour * 3600)
        for number in range(5):
            try:
                browser = await ask(origin=f"198.51.{day_hour}.{number}", here=now)
                for _ in range(rules.CODE_ATTEMPTS):
                    try:
                        await by_code(browser, "12", origin=f"198.51.{day_hour}.{number}", here=now)
                    except Invalid:
                        guesses += 1
            except TooMany as no:
                assert 0 < int(no.public["retry_after"]) <= 3600
        assert guesses <= min(daily, hourly * (day_hour + 1))
    assert guesses == daily


async def test_mails_to_one_address_and_from_one_network_are_capped(here: Here) -> None:
    for _ in range(rules.LIMITS["mail-address"][0]):
        await ask(here=here)
    with pytest.raises(TooMany):
        await ask(here=here)
    for number in range(rules.LIMITS["mail-origin"][0]):
        await ask(f"a{number}@example.org", origin=f"2001:db8:1:2::{number}", here=here)
    with pytest.raises(TooMany):
        await ask("more@example.org", origin="2001:db8:1:2:ffff::1", here=here)
    await ask("more@example.org", origin="2001:db8:1:3::1", here=here)


async def test_a_refused_try_is_counted_although_it_was_refused(here: Here) -> None:
    browser = await ask(here=here)
    for _ in range(3):
        with pytest.raises(Invalid):
            await by_code(browser, "1", here=here)
    row = await database.row("SELECT attempts FROM signin_pending")
    counted = await database.rows("SELECT many FROM signin_try WHERE kind = 'code-address'")
    assert row == {"attempts": 3}
    assert counted == [{"many": 3}]


async def test_those_who_share_an_address_say_who_they_are(here: Here) -> None:
    ada, ben = [await admit(name, here=here, email=ADA) for name in ("Ada", "Ben")]
    _, text = await asked(here=here)
    found = await acts.by_link(token=link_of(text), origin=ORIGIN, here=here)

    assert isinstance(found, WhoAreYou)
    assert {each.name for each in found.people} == {"Ada", "Ben"}
    assert await acts.choose(browser=found.browser, here=here) == found
    other = await admit("Cy", here=here)
    with pytest.raises(Invalid):
        await acts.choose(browser=found.browser, person=other.person, here=here)
    given = only(await acts.choose(browser=found.browser, person=ben.person, here=here))
    assert given.person == ben.person
    with pytest.raises(NotFound):
        await acts.choose(browser=found.browser, person=ada.person, here=here)


async def test_what_is_no_address_is_said_and_counts_nothing(here: Here) -> None:
    for address in ("", "ada", "a@b", "a b@example.org"):
        with pytest.raises(Invalid):
            await ask(address, here=here)
    assert await database.rows("SELECT id FROM signin_try") == []


async def test_nothing_that_signs_in_and_no_address_stands_in_the_database(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, text = await asked(here=here)
    cookie = await by_code(browser, code_of(text), here=here)
    await ask(browser=None, here=here)

    stored = await everything_stored()

    assert (await database.row("SELECT count(*) AS n FROM signin_pending")) == {"n": 2}, (
        "the search looks where they are"
    )
    for secret in (browser, cookie, link_of(text), code_of(text), code_of(text).replace(" ", ""), ADA, ORIGIN):
        assert secret.encode() not in stored


async def test_a_form_sent_twice_leads_to_one_session_whose_cookie_arrives(here: Here) -> None:
    await admit("Ada", here=here, email=ADA)
    browser, text = await asked(here=here)
    sent = {"code": code_of(text), "browser": browser, "origin": ORIGIN}
    first = only(await acts.by_code(**sent, sending="once", here=here))
    second = only(await acts.by_code(**sent, sending="once", here=here))
    assert first.session == second.session and first.cookie != second.cookie
    stale = await reads.session(first.cookie, here=here)
    assert stale is not None and stale.stale
    assert await reads.session(second.cookie, here=here) is not None
    for sending, now in (("another", here), ("", here), ("once", here.at(here.now + 60))):
        with pytest.raises(Invalid):
            await acts.by_code(**sent, sending=sending, here=now)

    _, text = await asked(here=here)
    given = [only(await acts.by_link(token=link_of(text), origin=ORIGIN, sending="two", here=here)) for _ in range(2)]
    assert given[0].session == given[1].session
    with pytest.raises(NotFound):
        await acts.by_link(token=link_of(text), origin=ORIGIN, sending="three", here=here)
