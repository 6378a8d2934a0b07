# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing to each other, choosing what to share, counting conversations, looking at how it goes.

A quick reply is one press. What is shared shows its own words first, leaves only once both have confirmed, and can be taken
back until then.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.introductions import acts, rules, texts, views
from node.introductions.pages import showing
from node.introductions.pages.parts import BASE, ONE, deed, not_now, refused, whole_again
from node.introductions.shapes import IntroductionView, ReviewDraft, Sharing, Words
from node.members import reads as members
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

AGAIN = 600
"""Seconds."""


@post(ONE + "/messages", name="introduction_written")
@refused(whole_again)
@once
async def write(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    words = Words(words=form.text("words"), quick=form.text("quick"))
    if not words.words and not words.quick:
        raise Invalid({"words": _("Write something first.")})
    if not await _just_said(words, introduction_id, actor=visit.actor, here=visit.here):
        await acts.write(actor=visit.actor, introduction_id=introduction_id, words=words, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="sent")


async def _just_said(words: Words, introduction_id: str, *, actor: Actor, here: Here) -> bool:
    """Whether the last message of the thread is this very one, from them, of the last minutes. The way back in a browser
    fills in again what was typed, on a page with a new token: whoever presses there meant the message that has left."""
    said = (await views.one(actor, introduction_id, here=here)).messages
    last = max(said, key=lambda each: each.at, default=None)
    same = last is not None and last.mine and (last.words, last.quick) == (rules.tidy(words.words), words.quick)
    return same and last is not None and here.now - last.at < AGAIN


@post(ONE + "/conversations", name="introduction_counted")
@refused(whole_again)
@once
async def count(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.count_conversation(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="counted")


# Sharing --------------------------------------------------------------------------------------------------------------


async def _sharing(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("sharing", introduction_id, actor=visit.actor, here=visit.here)
    if view is None or view.sharing is None:
        return not_now(introduction_id)
    have = await members.shareable(visit.actor.person, rules.FIELDS, here=visit.here)
    there = set(_there(view))
    return page(
        "introductions/sharing.html",
        visit,
        form=form or Form.blank(fields=[field for field in view.sharing.mine if field not in there]),
        view=view,
        sharing=view.sharing,
        arrived=bool(there),
        have=[
            (field, _("{what}: {value}", what=texts.field_label(field), value=have[field]))
            for field in rules.FIELDS
            if field in have and field not in there
        ],
        missing=[texts.field_label(field) for field in rules.FIELDS if field not in have],
        ticked=showing.fields(view.sharing.mine),
    )


def _there(view: IntroductionView) -> list[str]:
    """What the other person has and keeps: once it has arrived, more can be added and nothing taken back."""
    sharing = view.sharing
    return sharing.mine if sharing is not None and (sharing.left or view.status == "shared") else []


@get(ONE + "/sharing", name="introduction_sharing")
async def sharing(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _sharing(introduction_id=introduction_id, visit=visit)


@post(ONE + "/sharing", name="introduction_shared")
@refused(_sharing)
@once
async def share(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    there = _there(await views.one(visit.actor, introduction_id, here=visit.here))
    more = [field for field in form.list("fields") if field not in there]
    if there and not more:
        raise Invalid({"fields": _("Tick what you would like to add.")})
    ticked = Sharing(fields=[*there, *more], confirm=True)
    await acts.share(actor=visit.actor, introduction_id=introduction_id, sharing=ticked, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="added" if there else "confirmed")


@post(ONE + "/sharing/taking-back", name="introduction_taken_back")
@refused(_sharing)
@once
async def take_back(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.share(actor=visit.actor, introduction_id=introduction_id, sharing=Sharing(), here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="taken-back")


# Review ---------------------------------------------------------------------------------------------------------------

GOING = (
    ("well", N_("Well")),
    ("mixed", N_("Some of it well, some of it not")),
    ("not_well", N_("Not well")),
)


async def _reviewing(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("review", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    return page(
        "introductions/review.html",
        visit,
        form=form,
        view=view,
        going=[(value, _(words)) for value, words in GOING],
        more=rules.CONVERSATIONS,
        limit=rules.WORDS_LENGTH,
    )


@get(ONE + "/review", name="introduction_review")
async def review(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _reviewing(introduction_id=introduction_id, visit=visit)


@post(ONE + "/review", name="introduction_reviewed")
@refused(_reviewing)
@once
async def reviewed(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    answers = ReviewDraft(going=form.text("going"), carry_on=form.text("carry_on") == "yes", words=form.text("words"))
    faults = rules.review_faults(answers)
    if "going" in faults:
        faults["going"] = _("Choose the one that comes nearest.")
    if form.text("carry_on") not in ("yes", "no"):
        faults["carry_on"] = _("Choose whether you would like to carry on.")
    if faults:
        raise Invalid(faults)
    await acts.review(actor=visit.actor, introduction_id=introduction_id, answers=answers, here=visit.here)
    return to(f"{BASE}/{introduction_id}" + ("" if answers.carry_on else "/ending"), said="reviewed")


routes = [write, count, sharing, share, take_back, review, reviewed]
