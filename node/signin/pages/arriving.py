# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in: by mail (a link, or six figures), by a printed card, by a passkey; whose device it is; signing out.

Opening any of these pages changes nothing, so what follows every link in a mail signs nobody in and uses nothing up.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import GUARDED
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.signin import acts, reads
from node.signin.pages import parts
from node.signin.pages.parts import COMING, SESSION, Ask, arriving
from node.signin.shapes import SignedIn, WhoAreYou
from node.web.forms import NOT_GIVEN, Form, ours
from node.web.pages import OPEN, Page, Visit, away, page, set_cookie, to
from node.words import N_, _

SIGN_IN = "/sign-in"
NOT_SAID = N_("Choose whose phone or computer this is.")


@get(SIGN_IN, name="sign-in", opt=OPEN)
async def sign_in(visit: NamedDependency[Visit], request: Ask) -> Page:
    if visit.signed_in:
        return to(parts.asked(request))
    return _sign_in(visit, Form.blank(next=parts.asked(request)))


def _sign_in(visit: Visit, form: Form) -> Page:
    return page("signin/sign_in.html", visit, form=form)


@post(SIGN_IN, name="sign-in-asking", opt=OPEN)
@ours
async def ask(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    try:
        browser = await acts.request_link(
            address=form.text("email"),
            browser=parts.cookie(request, visit.here, COMING),
            origin=parts.origin(request),
            here=visit.here,
        )
    except Invalid as no:
        return _sign_in(visit, form.refused(no))
    answer = to(parts.with_next(f"{SIGN_IN}/code", parts.after(form.text("next"))))
    set_cookie(answer, visit.here, COMING, browser, seconds=parts.HOUR)
    return answer


@get(f"{SIGN_IN}/code", name="sign-in-code", opt=OPEN)
async def code(visit: NamedDependency[Visit], request: Ask) -> Page:
    return page("signin/code.html", visit, form=Form.blank(next=parts.asked(request)))


@post(f"{SIGN_IN}/code", name="sign-in-by-code", opt=OPEN)
@arriving
async def by_code(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    try:
        found = await acts.by_code(
            browser=parts.cookie(request, visit.here, COMING),
            code=form.text("code"),
            origin=parts.origin(request),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            sending=parts.sending(form, visit),
            here=visit.here,
        )
    except Invalid as no:
        return page("signin/code.html", visit, form=form.refused(no))
    return _in(found, parts.after(form.text("next")), visit.here)


@get(f"{SIGN_IN}/with/{{token:str}}", name="sign-in-with", opt=OPEN)
async def link(token: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return page("signin/link.html", visit, token=token)


@post(f"{SIGN_IN}/with/{{token:str}}", name="sign-in-by-link", opt=OPEN)
@arriving
async def by_link(
    token: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask
) -> Page:
    try:
        found = await acts.by_link(
            token=token,
            origin=parts.origin(request),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            sending=parts.sending(form, visit),
            here=visit.here,
        )
    except NotFound as no:
        return page("signin/link_over.html", visit, status=404, words=no.words)
    return _in(found, "/", visit.here)


@get(f"{SIGN_IN}/who", name="sign-in-who", opt=OPEN)
async def who(visit: NamedDependency[Visit], request: Ask) -> Page:
    return await _who(visit, Form.blank(next=parts.asked(request)), request)


async def _who(visit: Visit, form: Form, request: Ask) -> Page:
    browser = parts.cookie(request, visit.here, COMING)
    if browser is None:
        return to(SIGN_IN)
    try:
        found = await acts.choose(browser=browser, here=visit.here)
    except NotFound as no:
        return page("signin/link_over.html", visit, status=404, words=no.words)
    assert isinstance(found, WhoAreYou)
    return page("signin/who.html", visit, form=form, people=[(each.id, each.name) for each in found.people])


@post(f"{SIGN_IN}/who", name="sign-in-choosing", opt=OPEN)
@arriving
async def choose(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    browser = parts.cookie(request, visit.here, COMING)
    try:
        found = await acts.choose(
            browser=browser or "",
            person=form.text("person"),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            sending=parts.sending(form, visit),
            here=visit.here,
        )
    except Invalid as no:
        return await _who(visit, form.refused(no), request)
    except NotFound as no:
        return page("signin/link_over.html", visit, status=404, words=no.words)
    return _in(found, parts.after(form.text("next")), visit.here)


def _in(found: SignedIn | WhoAreYou, where: str, here: Here) -> Page:
    """On, with the cookie: to the question of whose device it is, or first of who they are."""
    if isinstance(found, SignedIn):
        return parts.keep(to(parts.with_next(f"{SIGN_IN}/device", where)), found, here)
    answer = to(parts.with_next(f"{SIGN_IN}/who", where))
    set_cookie(answer, here, COMING, found.browser, seconds=parts.HOUR)
    return answer


# A printed card --------------------------------------------------------------------------------------------------------


@get([f"{SIGN_IN}/card", f"{SIGN_IN}/card/{{token:str}}"], name="sign-in-card", opt=OPEN)
async def card(visit: NamedDependency[Visit], request: Ask) -> Page:
    return _card(visit, Form.blank(), request)


def _card(visit: Visit, form: Form, request: Ask) -> Page:
    return page("signin/card.html", visit, form=form, token=request.path_params.get("token", ""))


@post([f"{SIGN_IN}/card", f"{SIGN_IN}/card/{{token:str}}"], name="sign-in-by-card", opt=OPEN)
@arriving
async def by_card(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    try:
        found = await acts.by_card(
            words=form.text("words"),
            token="" if form.has("words") else request.path_params.get("token", ""),
            origin=parts.origin(request),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            here=visit.here,
        )
    except Invalid as no:
        return _card(visit, form.refused(no), request)
    except Conflict as no:
        return _card(visit, form.with_error("words", no.words), request)
    return _in(found, "/", visit.here)


# A passkey -------------------------------------------------------------------------------------------------------------


@post(f"{SIGN_IN}/passkey/options", name="sign-in-passkey-options", status_code=200, opt=OPEN)
@ours
async def passkey_options(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    browser, text = await acts.ask_passkey(
        browser=parts.cookie(request, visit.here, COMING), origin=parts.origin(request), here=visit.here
    )
    answer = parts.options(text)
    set_cookie(answer, visit.here, COMING, browser, seconds=parts.HOUR)
    return answer


@post(f"{SIGN_IN}/passkey", name="sign-in-by-passkey", opt=OPEN)
@arriving
async def by_passkey(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    try:
        found = await acts.by_passkey(
            browser=parts.cookie(request, visit.here, COMING),
            answer=form.text("answer"),
            origin=parts.origin(request),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            here=visit.here,
        )
    except Invalid as no:
        return _sign_in(visit, form.refused(no))
    return _in(found, parts.after(form.text("next")), visit.here)


# Whose device, and out -------------------------------------------------------------------------------------------------


@get(f"{SIGN_IN}/device", name="sign-in-device")
async def device(visit: NamedDependency[Visit], request: Ask) -> Page:
    return page("signin/device.html", visit, form=Form.blank(next=parts.asked(request)))


@post(f"{SIGN_IN}/device", name="sign-in-saying-device")
@ours
async def say_device(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    if form.text("device") not in ("shared", "own"):
        no = Invalid({"device": _(NOT_SAID)})
        return page("signin/device.html", visit, form=form.refused(no))
    session = await parts.session(request, visit.here)
    shared = form.text("device") == "shared"
    seconds = await acts.say_device(actor=visit.actor, session=session, shared=shared, here=visit.here)
    where = parts.after(form.text("next"))
    if not (await reads.factors(visit.actor, here=visit.here)).any and (not shared or visit.held & GUARDED):
        where = parts.with_next("/me/sign-in/next", where)
    answer = to(where)
    set_cookie(answer, visit.here, SESSION, parts.cookie(request, visit.here, SESSION) or "", seconds=seconds)
    return answer


@post("/sign-out", name="sign-out", opt=OPEN)
async def sign_out(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    """Sent again, when nobody is signed in any more, it leads to the same page."""
    if visit.signed_in and not parts.sending(form, visit):
        raise NotAllowed(_(NOT_GIVEN), cause="form token")
    return await _out(to("/signed-out"), request, visit.here)


@get("/leave", name="leave", opt=OPEN)
async def leave(visit: NamedDependency[Visit], request: Ask) -> Page:
    """ "Leave this page now": one step, for somebody who is watched, so that the way back shows nothing either.

    It has to be a link, which a key and a script can follow too. It ends nothing but the session of who follows it from one of
    our own pages, which a link in a mail or on another site is not (W3C Fetch Metadata).
    """
    if visit.signed_in and request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return to("/")
    return await _out(
        away(visit.here.co_op.exit_to) if visit.here.co_op.exit_to else to("/signed-out"), request, visit.here
    )


async def _out(answer: Page, request: Ask, here: Here) -> Page:
    """The session ends, and the browser forgets who was here."""
    if value := parts.cookie(request, here, SESSION):
        await acts.sign_out(cookie=value, here=here)
    for what in (SESSION, COMING):
        parts.forget(answer, here, what)
    return answer


@get("/signed-out", name="signed-out", opt=OPEN)
async def signed_out(visit: NamedDependency[Visit]) -> Page:
    """For who is signed out, and nobody else: it says so."""
    return to("/") if visit.signed_in else page("signin/signed_out.html", visit)


routes = [
    sign_in,
    ask,
    code,
    by_code,
    link,
    by_link,
    who,
    choose,
    card,
    by_card,
    passkey_options,
    by_passkey,
    device,
    say_device,
    sign_out,
    leave,
    signed_out,
]
