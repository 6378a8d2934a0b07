# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the database holds: its version, the journal, what waits to leave, and who answers for people's safety."""

from __future__ import annotations

from typing import Final

from node import database, journal, post, schema
from node.findings import Finding, long
from node.here import Here
from node.running.rules import LATE, SILENT
from node.safeguarding import reads as safeguarding
from node.settings import Settings


async def version(settings: Settings) -> Finding:
    stands = await schema.standing()
    waiting = len(stands.pending)
    if stands.outgrown:
        words = "A newer version brought it forward, and this one can't live with it."
        return Finding(what="database", well=False, words=words, next_step="Start the newer version.")
    if waiting:
        words = f"It is {waiting} {'step' if waiting == 1 else 'steps'} behind this version."
        next_step = f"commoncare migrate --dir {settings.folder}"
        return Finding(what="database", well=False, words=words, next_step=next_step)
    also = " A newer version brought it further, and this one can live with that." if stands.newer else ""
    return Finding(what="database", well=True, words=f"Up to date ({database.dialect()}).{also}")


NUMBERS: Final = "/concerns/settings"
SLOW: Final = Finding(
    what="journal",
    well=True,
    words="It is too long to be read in a few seconds, so it was not looked at.",
    next_step="To read all of it: commoncare audit verify",
)


async def whole(here: Here | None) -> Finding:
    verdict = await journal.verify(here=here)
    if verdict.whole:
        words = f"Whole: {verdict.entries} {'entry' if verdict.entries == 1 else 'entries'}, none changed or missing."
        return Finding(what="journal", well=True, words=words)
    words = f"It was changed by hand at entry {verdict.broken_at} ({verdict.why})."
    next_step = "Keep a copy of the database as it is, and find out who had access to it."
    return Finding(what="journal", well=False, words=words, next_step=next_step)


async def safe(here: Here) -> Finding:
    found = await safeguarding.ready(here=here)
    if found.ok:
        return Finding(what="safeguarding", well=True, words="A lead, a deputy and a number out of hours are set.")
    words = f"No offer is shared yet. Still missing: {'; '.join(found.missing)}."
    next_step = (
        "commoncare member invite --role safeguarding_lead (and one with safeguarding_deputy); "
        f"the numbers: an operator sets them on the page {NUMBERS}"
    )
    return Finding(what="safeguarding", well=False, words=words, next_step=next_step)


async def leaving(settings: Settings, here: Here) -> Finding:
    """The oldest thing that is due and that nobody works on, then the oldest that is tried in vain."""
    found = await post.behind(due_before=here.now - LATE, put_before=here.now - SILENT, now=here.now)
    due = [each for each in found if each.due <= here.now - LATE]
    if due:
        kinds = ", ".join(sorted({each.kind for each in due}))
        words = f"{len(due)} wait ({kinds}); the oldest for {long(here.now - min(each.due for each in due))}."
        if {each.kind for each in due} == {"mail"} and not settings.mail.host:
            return Finding(what="what leaves", well=False, words=words, next_step="Set mail in the settings.")
        next_step = f"See that it runs: commoncare serve --dir {settings.folder} (or work)"
        return Finding(what="what leaves", well=False, words=words, next_step=next_step)
    if found:
        oldest = min(found, key=lambda each: each.put_at)
        kinds = ", ".join(sorted({each.kind for each in found}))
        words = (
            f"{len(found)} can't be delivered ({kinds}); the oldest for {long(here.now - oldest.put_at)} "
            f"({oldest.why or 'no answer'}). We keep trying."
        )
        next_step = "commoncare peer show says which neighbour is silent; for mail look at the mail server."
        return Finding(what="what leaves", well=False, words=words, next_step=next_step)
    return Finding(what="what leaves", well=True, words="Nothing waits for long.")
