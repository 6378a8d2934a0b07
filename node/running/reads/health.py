# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the node does today, in words, with the next step where something is not well. Reads only; the command line's doctor asks
the same questions of a node that does not run.

No finding names a member: neighbours and kinds of work only.
"""

from __future__ import annotations

from node import journal, post
from node.actor import Actor
from node.charter import reads as charter
from node.charter import wording as charter_words
from node.dates import date_long
from node.here import Here
from node.peers import own, wording
from node.peers import reads as peers
from node.running.reads import for_operators
from node.running.reads import mail as mails
from node.running.reads.backups import backups
from node.running.rules import IDENTITY_SOON, LATE, MANIFEST_SOON, SILENT, long
from node.running.shapes import Finding
from node.signin import reads as signin
from node.words import _, n_


async def findings(actor: Actor, *, here: Here) -> list[Finding]:
    """What was looked at, what is not well first."""
    for_operators(actor, "running.findings")
    found = [
        await _worker(here),
        await _mail(actor, here),
        await _identity(here),
        await _manifest(here),
        *await _neighbours(here),
        *await _charter(here),
        await _wishes(actor, here),
        await _journal(),
        _backups(here),
    ]
    return sorted(found, key=lambda each: each.well)


async def _worker(here: Here) -> Finding:
    what = _("The work in the background")
    late = await _behind(here, mail=False)
    waits = [each for each in late if each.due <= here.now - LATE]
    if waits:
        since = long(here.now - min(each.due for each in waits))
        words = n_(
            "{count} thing waits, for {since}.", "{count} things wait, the oldest for {since}.", len(waits), since=since
        )
        step = _("See that the node’s worker runs. It is part of: commoncare serve")
        return Finding(what=what, well=False, words=words, next_step=step)
    if late:
        since = long(here.now - min(each.put_at for each in late))
        words = n_(
            "{count} thing can’t be delivered, for {since}. We keep trying.",
            "{count} things can’t be delivered, the oldest for {since}. We keep trying.",
            len(late),
            since=since,
        )
        step = _("Most often a neighbour’s computer is off.")
        return Finding(what=what, well=False, words=words, next_step=step, href="/neighbours")
    return Finding(what=what, well=True, words=_("Nothing waits for long."))


async def _behind(here: Here, *, mail: bool) -> list[post.Behind]:
    """What should have left: mail, which has a finding of its own, or all the rest."""
    found = await post.behind(due_before=here.now - LATE, put_before=here.now - SILENT, now=here.now)
    return [each for each in found if (each.kind in mails.KINDS) is mail]


async def _mail(actor: Actor, here: Here) -> Finding:
    what, href = _("Mail"), "/running/mail"
    seen = await mails.mail(actor, here=here)
    if not seen.server:
        words = _("No mail server is set.")
        return Finding(
            what=what, well=False, words=words, next_step=_("Nobody is told when something waits."), href=href
        )
    if seen.given_up:
        words = n_("{count} mail was given up lately.", "{count} mails were given up lately.", seen.given_up)
        return Finding(what=what, well=False, words=words, next_step=_("See why, and try again."), href=href)
    late = await _behind(here, mail=True)
    if late:
        since = long(here.now - min(each.due if each.due < here.now else each.put_at for each in late))
        words = _("Some mail has been waiting for {since}.", since=since)
        return Finding(what=what, well=False, words=words, next_step=_("See why."), href=href)
    return Finding(what=what, well=True, words=_("Nothing waits for long."), href=href)


async def _identity(here: Here) -> Finding:
    what = _("Our name among neighbours")
    mine = await own.identity(here=here)
    ends = mine.exp
    words = _("It stands until {day}.", day=date_long(ends))
    if ends - here.now > IDENTITY_SOON:
        return Finding(what=what, well=True, words=words)
    if ends <= here.now:
        words = _("It ran out on {day}. No neighbour knows us any more.", day=date_long(ends))
    step = _("With the root key and its passphrase at hand, at the machine: commoncare key renew")
    if mine.threshold > 1:
        step = _("Several people have to sign. At the machine: commoncare key roots propose renewal.json")
    return Finding(what=what, well=False, words=words, next_step=step)


async def _manifest(here: Here) -> Finding:
    what = _("Our keys among neighbours")
    ends = (await own.manifest(here=here)).exp
    words = _("They stand until {day}, and are renewed by themselves before.", day=date_long(ends))
    if ends - here.now > MANIFEST_SOON:
        return Finding(what=what, well=True, words=words)
    words = _("They were not renewed in time. They stand until {day}.", day=date_long(ends))
    return Finding(what=what, well=False, words=words, next_step=_("A running worker renews them: commoncare serve"))


async def _neighbours(here: Here) -> list[Finding]:
    known = [(peer, wording.standing(peer, now=here.now)) for peer in await peers.details(here=here)]
    bad = [
        Finding(
            what=peer.name,
            well=False,
            words=standing.words,
            next_step=standing.next_step,
            href=f"/neighbours/{peer.node_id}",
        )
        for peer, standing in known
        if not standing.well
    ]
    count = sum(peer.state == "active" for peer, _standing in known)
    if bad:
        return bad
    words = n_("We exchange with {count} neighbour.", "We exchange with {count} neighbours.", count)
    return [Finding(what=_("Neighbour co-ops"), well=True, words=words, href="/neighbours")]


async def _charter(here: Here) -> list[Finding]:
    """How the charter stands, where there is one: counting down before its end, loud after it."""
    standing = charter_words.standing(await charter.look(here=here), now=here.now)
    if standing is None:
        return []
    words, step = standing.words, standing.next_step
    return [Finding(what=_("The charter"), well=standing.well, words=words, next_step=step, href="/charter")]


async def _wishes(actor: Actor, here: Here) -> Finding:
    what, href = _("People who want to come in"), "/running/wishes"
    count = len(await signin.wishes(actor, here=here))
    if not count:
        return Finding(what=what, well=True, words=_("Nobody waits for a new invitation."), href=href)
    words = n_("{count} person asks for a new invitation.", "{count} people ask for a new invitation.", count)
    return Finding(what=what, well=False, words=words, next_step=_("Ring them, and make another."), href=href)


def _backups(here: Here) -> Finding:
    state, words, step = backups(here)
    well = state in ("done", "yourself")
    return Finding(what=_("Backups"), well=well, words=words, next_step="" if state == "done" else step)


async def _journal() -> Finding:
    head = await journal.head()
    words = n_(
        "{count} entry. You can check that none was changed.",
        "{count} entries. You can check that none was changed.",
        head.number,
    )
    return Finding(what=_("The journal"), well=True, words=words, href="/journal")
