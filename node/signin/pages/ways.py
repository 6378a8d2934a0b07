# SPDX-License-Identifier: AGPL-3.0-or-later
"""How I sign in: my sessions, my cards, my passkeys, my authenticator app; made, printed and ended by me alone."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid
from node.members import reads as people
from node.signin import acts, reads
from node.signin.acts.cards import may_make_for
from node.signin.pages import parts
from node.signin.pages.parts import Ask
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_

WAYS = "/me/sign-in"
SAID = {
    "session-ended": N_("That device is signed out."),
    "others-ended": N_("Every other device is signed out."),
    "card-revoked": N_("That card opens nothing any more."),
    "passkey-added": N_("The passkey is set up. You can sign in with it from now on."),
    "passkey-removed": N_("That passkey opens nothing any more."),
    "app-added": N_("Your authenticator app is set up."),
    "app-removed": N_("The authenticator app counts no more."),
}


@get(WAYS, name="my-ways")
async def ways(visit: NamedDependency[Visit], request: Ask) -> Page:
    session = await parts.session(request, visit.here)
    found = await reads.ways(visit.actor, session, here=visit.here)
    return page("signin/ways.html", visit, ways=found, said=SAID)


@get(f"{WAYS}/next", name="my-ways-next")
async def next_time(visit: NamedDependency[Visit], request: Ask) -> Page:
    """Offered after the first sign-in; needed where somebody holds a guarded role."""
    factors = await reads.factors(visit.actor, here=visit.here)
    return page("signin/next_time.html", visit, factors=factors, where=parts.asked(request))


# Sessions --------------------------------------------------------------------------------------------------------------


@post(f"{WAYS}/sessions/{{session_id:str}}/ending", name="session-ending")
@once
async def end_session(session_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.end_session(actor=visit.actor, session_id=session_id, here=visit.here)
    return to(WAYS, said="session-ended")


@post(f"{WAYS}/other-sessions/ending", name="other-sessions-ending")
@once
async def end_others(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    await acts.end_other_sessions(actor=visit.actor, session=await parts.session(request, visit.here), here=visit.here)
    return to(WAYS, said="others-ended")


# Cards -----------------------------------------------------------------------------------------------------------------


@post(f"{WAYS}/cards", name="my-card-making")
@once
async def make_card(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    card = await acts.make_card(actor=visit.actor, here=visit.here)
    return to(f"/cards/{card.id}")


@get("/cards/{card_id:str}", name="card-print")
async def card(card_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await reads.card(visit.actor, card_id, here=visit.here)
    name = (await people.names([found.person], here=visit.here))[found.person]
    return page(
        "signin/card_print.html", visit, card=found, name=name, code=parts.qr(found.link), page_of=visit.here.home
    )


@post(f"{WAYS}/cards/{{card_id:str}}/revocation", name="card-revocation")
@once
async def revoke_card(card_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.revoke_card(actor=visit.actor, card_id=card_id, here=visit.here)
    return to(WAYS, said="card-revoked")


@get("/people/{person_id:str}/card", name="card-for-somebody")
async def card_for(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _card_for(person_id, visit, Form.blank())


async def _card_for(person_id: str, visit: Visit, form: Form) -> Page:
    await may_make_for(visit.actor, person_id, present=True, here=visit.here)
    view = await people.person(person_id, here=visit.here)
    return page("signin/card_for.html", visit, form=form, view=view)


@post("/people/{person_id:str}/card", name="card-for-somebody-making")
@once
async def make_card_for(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        made = await acts.make_card(
            actor=visit.actor, person_id=person_id, present=form.has("present"), here=visit.here
        )
    except Invalid as no:
        return await _card_for(person_id, visit, form.refused(no))
    return to(f"/cards/{made.id}")


# Passkeys --------------------------------------------------------------------------------------------------------------


@get(f"{WAYS}/passkey", name="passkey-new")
async def passkey(visit: NamedDependency[Visit], request: Ask) -> Page:
    return page("signin/passkey.html", visit, form=Form.blank(next=parts.asked(request)))


@post(f"{WAYS}/passkey/options", name="passkey-options", status_code=200)
@ours
async def passkey_options(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    session = await parts.session(request, visit.here)
    return parts.options(await acts.challenge_to_add(actor=visit.actor, session=session, here=visit.here))


@post(f"{WAYS}/passkey", name="passkey-adding")
@ours
async def add_passkey(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    if (before := await parts.again(request, form, visit, WAYS)) is not None:
        return before
    session = await parts.session(request, visit.here)
    had = await reads.factors(visit.actor, here=visit.here)
    try:
        given = await acts.add_passkey(
            actor=visit.actor,
            session=session,
            answer=form.text("answer"),
            label=form.text("label"),
            sending=parts.sending(form, visit),
            here=visit.here,
        )
    except Invalid as no:
        return page("signin/passkey.html", visit, form=form.refused(no))
    return parts.keep(to(WAYS, said="passkey-added") if had.any else to(f"{WAYS}/codes"), given, visit.here)


@post(f"{WAYS}/passkeys/{{passkey_id:str}}/removal", name="passkey-removal")
@once
async def remove_passkey(passkey_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.remove_passkey(actor=visit.actor, passkey_id=passkey_id, here=visit.here)
    return to(WAYS, said="passkey-removed")


# An authenticator app, and codes on paper ------------------------------------------------------------------------------


@post(f"{WAYS}/app", name="app-beginning")
@once
async def begin_app(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    await acts.begin_totp(actor=visit.actor, session=await parts.session(request, visit.here), here=visit.here)
    return to(f"{WAYS}/app")


@get(f"{WAYS}/app", name="app-new")
async def app(visit: NamedDependency[Visit]) -> Page:
    return await _app(visit, Form.blank())


async def _app(visit: Visit, form: Form) -> Page:
    setup = await reads.totp_setup(visit.actor, here=visit.here)
    return page("signin/app.html", visit, form=form, setup=setup, code=parts.qr(setup.uri))


@post(f"{WAYS}/app/confirmation", name="app-confirming")
@ours
async def confirm_app(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    if (before := await parts.again(request, form, visit, f"{WAYS}/codes")) is not None:
        return before
    session = await parts.session(request, visit.here)
    had = await reads.factors(visit.actor, here=visit.here)
    sending = parts.sending(form, visit)
    try:
        given = await acts.confirm_totp(
            actor=visit.actor, session=session, code=form.text("code"), sending=sending, here=visit.here
        )
    except Invalid as no:
        return await _app(visit, form.refused(no))
    return parts.keep(to(WAYS, said="app-added") if had.any else to(f"{WAYS}/codes"), given, visit.here)


@post(f"{WAYS}/app/removal", name="app-removal")
@once
async def end_app(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    await acts.end_totp(actor=visit.actor, session=await parts.session(request, visit.here), here=visit.here)
    return to(WAYS, said="app-removed")


@get(f"{WAYS}/codes", name="codes-print")
async def codes(visit: NamedDependency[Visit]) -> Page:
    return page("signin/codes_print.html", visit, codes=await reads.recovery_codes(visit.actor, here=visit.here))


@post(f"{WAYS}/codes", name="codes-making")
@once
async def new_codes(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    await acts.new_recovery_codes(actor=visit.actor, session=await parts.session(request, visit.here), here=visit.here)
    return to(f"{WAYS}/codes")


routes = [
    ways,
    next_time,
    end_session,
    end_others,
    make_card,
    card,
    revoke_card,
    card_for,
    make_card_for,
    passkey,
    passkey_options,
    add_passkey,
    remove_passkey,
    begin_app,
    app,
    confirm_app,
    end_app,
    codes,
    new_codes,
]
