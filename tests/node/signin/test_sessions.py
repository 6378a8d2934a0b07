# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions: only ours, only its hash kept, another cookie at every step up, short on a shared device, ended when it should be."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

import pytest

from node import database
from node.actor import Actor
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import acts as members
from node.members import settings
from node.signin import acts, duties, reads, rules
from node.signin.shapes import Session
from tests.node.members.cast import CLI, admit, everything_stored, waiting
from tests.node.signin.cast import PHONE, app_code, proved, signed_in, someone, standing, with_app

pytestmark = pytest.mark.usefixtures("engine")
MINUTE, HOUR, DAY = 60, 3600, 86400


async def stands(cookie: str, here: Here, after: int = 0) -> bool:
    return await reads.session(cookie, here=here.at(here.now + after)) is not None


async def own_device(cookie: str, session: Session, here: Here) -> str:
    seconds = await acts.say_device(actor=session.actor, session=session, shared=False, here=here)
    assert seconds is not None and seconds >= 30 * DAY
    return cookie


async def test_a_session_names_its_person_and_what_a_page_has_to_know(here: Here) -> None:
    ada = await admit("Ada Ames", "worker", "operator", here=here)
    given = await signed_in(ada, here=here)
    session = await standing(given, here=here)
    assert session == Session(
        id=given.session,
        owner=ada.person,
        actor=Actor(person=ada.person, roles=frozenset({"worker", "operator"}), via="session", proved=False),
        name="Ada",
        signed_in=here.now,
        expires=here.now + 12 * HOUR,
    )
    assert session.actor.has("worker") and not session.actor.has("operator")
    assert given.seconds is None, "until we know whose device it is, the browser forgets it when it closes"


async def test_a_cookie_that_we_did_not_give_is_nobodys_and_is_never_taken_on(here: Here) -> None:
    ada = await admit("Ada", here=here)
    fixed = "A" * 43
    given = await signed_in(ada, here=here, before=fixed)
    assert given.cookie != fixed
    for cookie in (fixed, "", "x" * 5000, given.cookie[:-1], given.session):
        assert not await stands(cookie, here)
    digest = urlsafe_b64encode(hashlib.sha256(given.cookie.encode()).digest()).rstrip(b"=")
    stored = await everything_stored()
    assert digest in stored and given.cookie.encode() not in stored


async def test_signing_in_again_in_a_browser_ends_the_session_it_had(here: Here) -> None:
    ada, ben = await admit("Ada", here=here), await admit("Ben", here=here)
    first = await signed_in(ada, here=here)
    second = await signed_in(ben, here=here, before=first.cookie)
    assert not await stands(first.cookie, here) and await stands(second.cookie, here)


async def test_every_step_up_gives_another_cookie_and_the_old_one_opens_nothing(here: Here) -> None:
    given = await signed_in(await admit("Ada", "worker", here=here), here=here)
    session = await standing(given, here=here)
    up, _ = await with_app(session, here=here)
    assert up.cookie != given.cookie and (await standing(up, here=here)).id == session.id
    stale = await standing(given, here=here)
    assert (stale.stale, stale.actor.roles, stale.actor.scopes, stale.proved) == (True, frozenset(), frozenset(), False)
    with pytest.raises(NotAllowed):
        await reads.ways(stale.actor, stale, here=here)
    assert not await stands(given.cookie, here, rules.MOMENT)


async def test_a_form_sent_twice_changes_the_cookie_twice_and_nobody_is_left_outside(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    session = await standing(given, here=here)
    await acts.begin_totp(actor=session.actor, session=session, here=here)
    secret = (await reads.totp_setup(session.actor, here=here)).secret
    code = app_code(secret, here.now)
    await acts.confirm_totp(actor=session.actor, session=session, code=code, sending="once", here=here)
    stale = await standing(given, here=here)
    for sending, now in (("", here), ("another", here), ("once", here.at(here.now + rules.MOMENT))):
        assert await acts.step_again(session=stale, sending=sending, here=now) is None
    again = await acts.step_again(session=stale, sending="once", here=here)
    assert again is not None and (await standing(again, here=here)).proved


async def test_a_shared_device_is_forgotten_after_an_hour_of_rest_and_twelve_at_most(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    assert not await stands(given.cookie, here, HOUR + 5 * MINUTE)
    for minutes in range(50, 12 * 60, 50):
        assert await stands(given.cookie, here, minutes * MINUTE), minutes
    assert not await stands(given.cookie, here, 12 * HOUR)


@pytest.mark.parametrize(("how", "days"), [("card", 90), ("link", 30)])
async def test_ones_own_device_stays_signed_in(here: Here, how: str, days: int) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    await database.execute("UPDATE session SET how = {}", how)
    own = await own_device(given.cookie, await standing(given, here=here), here)
    assert await stands(own, here, days * DAY - 1)
    assert not await stands(own, here, days * DAY)


async def test_a_session_left_open_is_not_made_to_last(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    session = await standing(given, here=here)
    later = here.at(here.now + rules.FRESH)
    with pytest.raises(Conflict):
        await acts.say_device(actor=session.actor, session=session, shared=False, here=later)
    assert await acts.say_device(actor=session.actor, session=session, shared=True, here=later) is None
    assert await stands(given.cookie, here, rules.FRESH)


async def test_use_is_noted_to_the_hour_and_written_once_an_hour(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    own = await own_device(given.cookie, await standing(given, here=here), here)
    for after in (0, 59, 2 * HOUR + 1234, 2 * HOUR + 1500):
        await stands(own, here, after)
    row = await database.row("SELECT last_used, idle_until FROM session")
    moment = here.now + 2 * HOUR + 1234
    assert row == {"last_used": moment - moment % HOUR, "idle_until": None}


async def test_the_list_says_which_device_no_finer_than_its_kind_and_is_ones_own(here: Here) -> None:
    ada = await admit("Ada", here=here)
    one, two = [await standing(await signed_in(ada, here=here), here=here) for _ in range(2)]
    await someone("Ben", here=here)
    listed = await reads.sessions(one.actor, one, here=here)
    assert {view.id for view in listed} == {one.id, two.id}
    assert [view.current for view in listed if view.id == one.id] == [True]
    assert {view.label for view in listed} == {"A phone, Firefox"}
    assert PHONE.encode() not in await everything_stored() and b"Firefox" not in await everything_stored()


async def test_one_or_all_others_are_ended_and_only_ones_own(here: Here) -> None:
    ada = await admit("Ada", here=here)
    cookies = [await signed_in(ada, here=here) for _ in range(3)]
    one, two, _ = [await standing(given, here=here) for given in cookies]
    ben = await someone("Ben", here=here)
    with pytest.raises(NotFound):
        await acts.end_session(actor=ben.actor, session_id=two.id, here=here)
    await acts.end_session(actor=one.actor, session_id=two.id, here=here)
    assert [await stands(given.cookie, here) for given in cookies] == [True, False, True]
    assert await acts.end_other_sessions(actor=one.actor, session=one, here=here) == 1
    assert [await stands(given.cookie, here) for given in cookies] == [True, False, False]
    await acts.sign_out(cookie=cookies[0].cookie, here=here)
    assert not await stands(cookies[0].cookie, here)


@pytest.mark.parametrize("how", ["left", "died"])
async def test_who_is_gone_is_out_at_once_and_has_no_way_in(here: Here, how: str) -> None:
    session = await proved("Ada", "operator", here=here, email="ada@canary.example")
    card = await acts.make_card(actor=session.actor, here=here)
    again = await signed_in(session.actor, here=here)
    await (
        members.leave(actor=CLI, person_id=session.owner, here=here)
        if how == "left"
        else members.record_death(actor=CLI, person_id=session.owner, here=here)
    )
    assert not await stands(again.cookie, here)
    with pytest.raises(Invalid):
        await acts.by_card(words=" ".join(card.words), origin="192.0.2.1", here=here)
    for _ in range(2):
        await duties.person_gone(session.owner, how, here=here)
    await members.welcome_back(actor=CLI, person_id=session.owner, here=here)
    assert not await stands(again.cookie, here), "who comes back signs in anew"
    for table, column in (
        ("session", "revoked_at"),
        ("signin_card", "revoked_at"),
        ("totp", "ended_at"),
        ("recovery_code", "ended_at"),
    ):
        left = await database.rows(f"SELECT id FROM {table} WHERE {column} IS NULL")
        assert left == [], table


async def test_how_pages_look_is_the_owners_choice(here: Here) -> None:
    ada = await admit("Ada", here=here)
    await settings.choose(actor=ada, draft=settings.SettingsDraft(language="cy", large=True), here=here)
    session = await standing(await signed_in(ada, here=here), here=here)
    assert (session.language, session.large) == ("cy", True)


async def test_a_role_given_or_ended_counts_at_the_next_page(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    session = await standing(given, here=here)
    await members.give_role(actor=CLI, person_id=session.owner, role="worker", here=here)
    assert (await standing(given, here=here)).actor.has("worker")


async def test_once_a_day_what_is_over_is_swept_and_the_clock_stops_when_nothing_is_left(here: Here) -> None:
    given = await signed_in(await admit("Ada", here=here), here=here)
    await acts.request_link(address="a@example.org", browser=None, origin="192.0.2.1", here=here)
    assert "signin:sweep:daily" in await waiting("timer")
    midnight = here.at(here.now - here.now % DAY + DAY)
    await duties.due("signin:sweep:daily", here=midnight)
    assert await database.rows("SELECT id FROM signin_pending") == []
    assert await database.rows("SELECT id FROM session") == [] and not await stands(given.cookie, midnight)
    assert await database.rows("SELECT id FROM signin_try") != [], "a day's limit looks back a day"
    await duties.due("signin:sweep:daily", here=midnight.at(midnight.now + 3 * DAY))
    assert await database.rows("SELECT id FROM signin_try") == []
