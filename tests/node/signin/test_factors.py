# SPDX-License-Identifier: AGPL-3.0-or-later
"""Authenticator apps and recovery codes: one step either way, never twice, few guesses; what counts, and for how long."""

from __future__ import annotations

import pytest

from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved, TooMany
from node.here import Here
from node.members import acts as members
from node.members import standing as tokens
from node.members.shapes import Correction, TokenDraft
from node.signin import acts, reads, rules
from tests.node.members.cast import CLI, admit, everything_stored, waiting
from tests.node.signin.cast import app_code, proved, signed_in, someone, standing, with_app

pytestmark = pytest.mark.usefixtures("engine")
STEP, HOUR = 30, 3600


async def test_guarded_roles_count_only_once_proved_and_for_twelve_hours(here: Here) -> None:
    given = await signed_in(await admit("Olu", "operator", "worker", here=here), here=here)
    session = await standing(given, here=here)
    with pytest.raises(NotProved) as no:
        await members.revoke_invitation(actor=session.actor, invitation_id="none", here=here)
    assert (no.value.code, no.value.words) == ("not-proved", "Please confirm it's you first.")
    with pytest.raises(NotAllowed) as plain:
        await members.record_death(actor=(await someone("Mo", here=here)).actor, person_id=session.owner, here=here)
    assert not isinstance(plain.value, NotProved)

    up, _ = await with_app(session, here=here)
    session = await standing(up, here=here)
    with pytest.raises(NotFound):
        await members.revoke_invitation(actor=session.actor, invitation_id="none", here=here)


async def test_proof_passes_after_twelve_hours(here: Here) -> None:
    session = await someone("Olu", "operator", here=here)
    given, _ = await with_app(session, here=here)
    await acts.say_device(actor=session.actor, session=session, shared=False, here=here)
    for after, counts in ((12 * HOUR - 1, True), (12 * HOUR, False)):
        found = await reads.session(given.cookie, here=here.at(here.now + after))
        assert found is not None and found.actor.has("operator") is counts


async def test_a_code_counts_one_step_early_or_late_and_never_twice(here: Here) -> None:
    session = await someone("Olu", "operator", here=here)
    up, secret = await with_app(session, here=here)
    session = await standing(up, here=here)

    async def typed(code_at: int, now: int) -> bool:
        try:
            await acts.prove_by_code(
                actor=session.actor, session=session, code=app_code(secret, code_at), here=here.at(now)
            )
        except Invalid:
            return False
        return True

    later = here.now + 100 * STEP
    assert not await typed(here.now, here.now), "the code that confirmed the app is used up"
    assert not await typed(later - 2 * STEP, later) and not await typed(later + 2 * STEP, later)
    assert await typed(later - STEP, later) and await typed(later + STEP, later)
    assert not await typed(later + STEP, later) and not await typed(later, later), "nor one before the last"


async def test_wrong_codes_are_counted_and_then_the_right_one_is_refused_too(here: Here) -> None:
    session = await someone("Olu", "operator", here=here)
    up, secret = await with_app(session, here=here)
    session, later = await standing(up, here=here), here.at(here.now + 10 * STEP)
    for number in range(rules.LIMITS["totp-person"][0]):
        with pytest.raises(Invalid):
            await acts.prove_by_code(actor=session.actor, session=session, code=f"x{number}", here=later)
    with pytest.raises(TooMany):
        await acts.prove_by_code(actor=session.actor, session=session, code=app_code(secret, later.now), here=later)


async def test_each_recovery_code_confirms_once_and_only_its_person(here: Here) -> None:
    session = await proved("Olu", "operator", here=here, email="olu@canary.example")
    codes = await reads.recovery_codes(session.actor, here=here)
    assert len(set(codes)) == rules.RECOVERY_CODES
    other = await someone("Ben", here=here)
    with pytest.raises(Invalid):
        await acts.prove_by_code(actor=other.actor, session=other, code=codes[0], here=here)
    for typed in (codes[0], codes[1].upper().replace("-", " ")):
        given = await acts.prove_by_code(actor=session.actor, session=session, code=typed, here=here)
        with pytest.raises(Invalid):
            await acts.prove_by_code(actor=session.actor, session=session, code=typed, here=here)
    assert (await standing(given, here=here)).proved
    assert (await reads.factors(session.actor, here=here)).codes_left == 6
    stored = await everything_stored()
    assert all(code.encode() not in stored for code in codes)
    await acts.new_recovery_codes(actor=session.actor, session=session, here=here)
    with pytest.raises(Invalid):
        await acts.prove_by_code(actor=session.actor, session=session, code=codes[2], here=here)
    with pytest.raises(NotFound):
        await reads.recovery_codes(session.actor, here=here.at(here.now + rules.FRESH))


async def test_a_second_app_needs_the_first_and_replaces_it(here: Here) -> None:
    session = await someone("Olu", "operator", here=here)
    elsewhere = await standing(await signed_in(session.actor, here=here), here=here)
    up, first = await with_app(session, here=here)
    with pytest.raises(NotProved):
        await acts.begin_totp(actor=elsewhere.actor, session=elsewhere, here=here)
    session = await standing(up, here=here)
    _, second = await with_app(session, here=here)
    later = here.at(here.now + 10 * STEP)
    with pytest.raises(Invalid):
        await acts.prove_by_code(actor=session.actor, session=session, code=app_code(first, later.now), here=later)
    assert await acts.prove_by_code(actor=session.actor, session=session, code=app_code(second, later.now), here=later)


async def test_an_app_that_was_never_confirmed_counts_for_nothing(here: Here) -> None:
    session = await someone("Olu", "operator", here=here)
    with pytest.raises(NotFound):
        await reads.totp_setup(session.actor, here=here)
    await acts.begin_totp(actor=session.actor, session=session, here=here)
    setup = await reads.totp_setup(session.actor, here=here)
    code = app_code(setup.secret, here.now)
    assert setup.uri.startswith("otpauth://totp/Our%20co-op:Olu?")
    assert setup.secret.replace(" ", "").encode() not in await everything_stored()
    with pytest.raises(Invalid):
        await acts.prove_by_code(actor=session.actor, session=session, code=code, here=here)
    with pytest.raises(Invalid):
        await acts.confirm_totp(actor=session.actor, session=session, code="12", here=here)
    late = here.at(here.now + rules.FRESH)
    with pytest.raises(Conflict):
        await acts.confirm_totp(actor=session.actor, session=session, code=app_code(setup.secret, late.now), here=late)
    assert not (await reads.factors(session.actor, here=here)).any


async def test_an_app_is_taken_away_by_who_is_proved_and_tells_its_person(here: Here) -> None:
    session = await proved("Olu", "operator", here=here, email="olu@canary.example")
    unproved = await standing(await signed_in(session.actor, here=here), here=here)
    with pytest.raises(NotProved):
        await acts.end_totp(actor=unproved.actor, session=unproved, here=here)
    await acts.end_totp(actor=session.actor, session=session, here=here)
    factors = await reads.factors(session.actor, here=here)
    assert (factors.any, factors.codes_left, factors.needed) == (False, 0, True)
    assert await waiting("signin-mail") == [f"changed:{session.owner}"]


async def test_what_would_go_round_the_second_factor_needs_it_too(here: Here) -> None:
    lead = await someone("Sally", "safeguarding_lead", here=here, email="sally@canary.example")
    with pytest.raises(NotProved):
        await tokens.issue_token(actor=lead.actor, draft=TokenDraft(label="x", scopes=["*"]), here=here)
    with pytest.raises(NotProved):
        await members.change_details(actor=lead.actor, correction=Correction(email="e@evil.example"), here=here)
    assert (
        await members.change_details(actor=lead.actor, correction=Correction(phone="01632 960 001"), here=here)
    ).phone
    mo = await someone("Mo", here=here)
    assert (await members.change_details(actor=mo.actor, correction=Correction(email="m@example.org"), here=here)).email
    await members.issue_token(actor=CLI, draft=TokenDraft(label="x", scopes=["*"]), person_id=lead.owner, here=here)
