# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody answered when they looked for support: kept sealed for them alone, a day or, if they ask for it, 30; turned into
a search on this node, into words for them to check, and into the numbers to ring when it sounds like a crisis."""

from __future__ import annotations

from msgspec import Struct

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members import drafts
from node.safeguarding import crisis
from node.safeguarding import reads as safeguarding
from node.safeguarding.crisis import Numbers
from node.support import reads
from node.support.pages import choices
from node.support.shapes import SearchPage, SearchQuery
from node.support.taxonomy import common
from node.web.forms import Form
from node.words import _

KIND = "find"
PAGE = 10
A_DAY, KEPT_DAYS = 1, 30
ELSEWHERE, ANY = "elsewhere", "any"
"""What is sent for a place that is not on the list, and for no wish at all."""


class Finding(Struct, frozen=True, kw_only=True):
    """Somebody's answers so far. `near` "": from anywhere; `within_km` 0: however far; `checked`: they have been at the check, so
    each change leads back there; `after`: where the pages ended that they have turned."""

    topics: list[str] = []
    words: str = ""
    ways: list[str] = []
    near: str = ""
    within_km: int = 0
    kind: str = ""
    languages: list[str] = []
    keep: bool = False
    checked: bool = False
    after: list[str] = []

    def query(self) -> SearchQuery:
        return SearchQuery(
            words=self.words,
            topics=self.topics,
            kind=self.kind or None,
            ways=self.ways,
            languages=self.languages,
            near=self.near or None,
            within_km=float(self.within_km) if self.near and self.within_km else None,
            limit=PAGE,
            after=self.after[-1] if self.after else None,
        )


async def kept(actor: Actor, *, here: Here) -> Finding:
    """The answers so far; none yet is all questions open."""
    return await drafts.kept(actor, KIND, Finding, here=here) or Finding()


async def keep(actor: Actor, answers: Finding, *, here: Here) -> None:
    """Keep them: a day, or 30 days when they asked for it."""
    await drafts.keep(actor, KIND, answers, days=KEPT_DAYS if answers.keep else A_DAY, here=here)


def wish(form: Form, name: str) -> str:
    """What was chosen, or "" where nothing or anything will do."""
    return "" if form.text(name) == ANY else form.text(name)


def rows(answers: Finding, here: Here) -> list[dict[str, str]]:
    """What was answered, each with the page on which it can be changed."""
    nothing = _("Not said")
    area = here.place.areas.get(answers.near)
    where = area.name if area else answers.near or _("Anywhere")
    far = _("However far")
    if answers.near and answers.within_km:
        far = _("Up to {km} km", km=answers.within_km)
    found = [
        (_("To talk about"), ", ".join(choices.topic_labels(answers.topics)), "what"),
        (_("In your own words"), answers.words, "words"),
        (_("How to meet"), ", ".join(choices.way_words(answers.ways)), "ways"),
        (_("Near"), where, "where"),
        (_("How far"), far, "where"),
        (_("Who with"), _(choices.KINDS[answers.kind]) if answers.kind in choices.KINDS else "", "more"),
        (_("Languages"), ", ".join(choices.language_words(answers.languages)), "more"),
    ]
    return [{"name": name, "value": value or nothing, "href": f"/find/{step}"} for name, value, step in found]


async def page_of(answers: Finding, actor: Actor, *, here: Here) -> SearchPage | None:
    """A page of offers; None when the page that was turned to is of an order that no longer stands."""
    try:
        return await reads.search(answers.query(), actor, here)
    except Invalid:
        if not answers.after:
            raise
        return None


async def help_for(answers: Finding, *, here: Here) -> Numbers | None:
    """The numbers to ring, once an answer sounds like a crisis."""
    known = common()
    meant = [*answers.topics, *known.meant_by(answers.words)]
    struck = crisis.struck(answers.words, meant, crisis_topics=known.crisis)
    return await safeguarding.numbers_here(here=here) if struck else None
