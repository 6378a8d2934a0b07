# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of introductions share: the page of one introduction, and how a refused deed is shown.

A deed that is refused leaves nothing behind. Answers that need another look come back on their own page, as they were typed;
a deed that things no longer allow comes back as the introduction stands now, with the reason on top. Another's introduction
and none are the same page.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.introductions import rules, texts, views
from node.introductions.pages import showing
from node.introductions.pages.steps import next_step
from node.introductions.shapes import IntroductionView
from node.safeguarding import crisis
from node.safeguarding.crisis import Numbers
from node.web import codes
from node.web.forms import Form
from node.web.pages import Page, Visit, page, to
from node.words import N_

BASE: Final = "/introductions"
ONE: Final = BASE + "/{introduction_id:str}"
SAID: Final = {
    "asked": N_("Your ask is on its way."),
    "joined": N_("You asked to join. We tell you as soon as you are in."),
    "yes": N_("Your yes is on its way."),
    "no": N_("You said no. They read that you can't take this on now, and nothing more."),
    "full": N_("You said no, and your offer now says that you are full."),
    "never-again": N_("This person won't be able to ask you again. They are not told."),
    "sent": N_("Your message is on its way."),
    "confirmed": N_("You confirmed what you share. It leaves once both of you have."),
    "added": N_("What you added is on its way."),
    "taken-back": N_("You took your tick back. Nothing of yours is shown."),
    "planned": N_("Your plan is on its way. It stands once they agree."),
    "agreed": N_("You agreed on the plan."),
    "home": N_("Good. You are checked out."),
    "counted": N_("One more conversation is noted."),
    "reviewed": N_("Thank you. What you wrote stays here in your co-op."),
    "ended": N_("This has ended. It is nobody's fault."),
    "withdrawn": N_("You withdrew. Nothing more goes either way."),
    "not-now": N_("That can't be done as things stand now. This is where it stands."),
}

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Response[Any]]])
Shown = Callable[..., Awaitable[Page]]


def where(view: IntroductionView) -> str:
    """The path of its page."""
    return f"{BASE}/{view.id}"


async def whole(introduction_id: str, *, visit: Visit, no: Conflict | None = None, form: Form | None = None) -> Page:
    """The page of one introduction. `no`: a deed that things no longer allow; its words stand on top. Raises NotFound."""
    view = await views.one(visit.actor, introduction_id, here=visit.here)
    said = [view.needs, view.message, *(message.words for message in view.messages)]
    sharing = view.sharing
    return page(
        "introductions/introduction.html",
        visit,
        form=form,
        status=409 if no else 0,
        said=SAID,
        view=view,
        path=where(view),
        heading=showing.heading(view),
        step=next_step(view, visit.here.now),
        topics=views.labels(view.topics),
        thread=showing.thread(view),
        told=showing.told(view),
        theirs=[(shared.label, shared.value) for shared in sharing.theirs] if sharing else [],
        ticked=showing.fields(sharing.mine) if sharing else "",
        yes=texts.quick_replies(rules.YES_REPLIES),
        no=texts.quick_replies(rules.NO_REPLIES),
        limit=rules.WORDS_LENGTH,
        urgent=views.crisis("\n".join(said), view.topics),
        refused=no.words if no else "",
        numbers=numbers(visit.here),
    )


def numbers(here: Here) -> Numbers:
    """Who answers at once in this co-op's nation, and that people here take days."""
    return crisis.numbers(here.co_op.nation, co_op=here.co_op.name)


async def deed(what: str, introduction_id: str, *, actor: Actor, here: Here) -> IntroductionView | None:
    """The introduction, for the page of one deed of it; None when that deed can't be done now. Raises NotFound."""
    view = await views.one(actor, introduction_id, here=here)
    return view if what in view.can else None


def deed_page(
    what: str,
    path: str,
    *,
    name: str,
    template: str,
    more: Callable[[IntroductionView, Here], Mapping[str, Any]] = lambda _view, _here: {},
) -> tuple[Shown, HTTPRouteHandler]:
    """The page on which a deed is done, and its handler; back to the introduction when that deed can't be done now.

    `more`: what the template knows beside `view` and the form.
    """

    async def show(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
        view = await deed(what, introduction_id, actor=visit.actor, here=visit.here)
        if view is None:
            return not_now(introduction_id)
        return page(template, visit, form=form, view=view, **more(view, visit.here))

    @get(ONE + path, name=name)
    async def look(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
        return await show(introduction_id=introduction_id, visit=visit)

    return show, look


def not_now(introduction_id: str) -> Page:
    """Back to where the introduction stands."""
    return to(f"{BASE}/{introduction_id}", said="not-now")


def refused(show: Shown | None, stands: Shown | None = whole) -> Callable[[Handler], Handler]:
    """Round `once`, so that a refused deed is rolled back before anything is shown.

    `show` makes the form's own page from what the handler was given, with `form` as it was typed; `stands`, for a Conflict
    (its `no`), the page of how things are now. Where either is None, the refusal is a plain page.
    """

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(**known: Any) -> Response[Any]:
            try:
                return await handler(**known)
            except Invalid as no:
                if show is None:
                    raise
                return await show(**{**known, "form": known["form"].refused(no)})
            except Conflict as no:
                if stands is None:
                    raise
                return await stands(**{name: value for name, value in known.items() if name != "form"}, no=no)

        return guarded  # type: ignore[return-value]

    return decorate


async def whole_again(*, introduction_id: str, form: Form, visit: Visit) -> Page:
    """As `whole`, with the form that stands on it as it was typed."""
    return await whole(introduction_id, visit=visit, form=form)


def qr(here: Here, path: str) -> Markup:
    """A QR code that leads back to a page of this co-op: inline SVG, without style or script, and no secret in it."""
    return codes.qr(here.home + path)
