# SPDX-License-Identifier: AGPL-3.0-or-later
"""What has to be set up before people can rely on this co-op's node, each with what is so now and the next step in words.

Everything is looked at anew each time. What nobody can look at from inside (that a neighbour's town can reach us) is not claimed.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from node.actor import GUARDED, Actor
from node.dates import date_long, moment
from node.here import Here
from node.members import reads as members
from node.peers import reads as peers
from node.place import CoOpFacts
from node.running.reads import for_operators
from node.running.reads import keys as paper
from node.running.reads import mail as post
from node.running.reads.backups import backups
from node.running.rules import listed
from node.running.shapes import Task
from node.safeguarding import reads as safeguarding
from node.signin import reads as signin
from node.words import _


async def tasks(actor: Actor, *, opened_at: str, here: Here) -> list[Task]:
    """The list, in the order in which it is best done. `opened_at`: the host name under which this page was opened."""
    for_operators(actor, "running.tasks")
    return [
        _name(here),
        _address(opened_at, here),
        _areas(here),
        await _mail(actor, here),
        await _safeguarding(here),
        await _held("peer_support_lead", _("A peer-support lead"), here),
        await _factors(here),
        await _second_operator(here),
        await _keys(actor, here),
        _root_key(here),
        await _neighbour(here),
        _backups(here),
    ]


def _name(here: Here) -> Task:
    text = _("The co-op’s name and telephone number")
    missing = [] if here.co_op.name != CoOpFacts().name else [_("its name")]
    missing += [] if here.co_op.phone else [_("its telephone number")]
    if missing:
        words = _(
            "Still missing: {what}. Write co_op (name, phone) into commoncare.yaml, and start the node again.",
            what=listed(missing),
        )
        return Task(text=text, state="todo", words=words)
    return Task(text=text, state="done", words=f"{here.co_op.name}, {here.co_op.phone}")


def _address(opened_at: str, here: Here) -> Task:
    text = _("The address of these pages")
    host = urlsplit(here.home).hostname or ""
    if not here.secure:
        words = _(
            "It is {address}, without https, so anybody on the way can read along. That is for trying things out only.",
            address=here.home,
        )
        return Task(text=text, state="look", words=words)
    if opened_at != host:
        words = _(
            "You opened this page as {opened}. Links and cards lead to {address}: open it there once, to see that it answers.",
            opened=opened_at,
            address=here.home,
        )
        return Task(text=text, state="look", words=words)
    return Task(text=text, state="done", words=_("{address} answers: you are reading this there.", address=here.home))


def _areas(here: Here) -> Task:
    text = _("The places around us")
    if not here.place.areas or not here.place.patch:
        words = _(
            "No places are named, so nobody can search near one. Write areas_file and patch into commoncare.yaml."
        )
        return Task(text=text, state="todo", words=words)
    if not here.place.councils:
        words = _("The council’s number for worries is missing. Write councils into the areas file.")
        return Task(text=text, state="look", words=words)
    count = len(here.place.patch)
    return Task(text=text, state="done", words=_("{count} of ours are named, with the council’s number.", count=count))


async def _mail(actor: Actor, here: Here) -> Task:
    text, href = _("Mail"), "/running/mail"
    if not here.machine.mail:
        words = _("No mail server is set, so nobody is told when something waits, or can sign in by mail.")
        return Task(text=text, state="todo", words=words, href=href)
    seen = await post.mail(actor, here=here)
    if seen.test_well is False:
        return Task(text=text, state="look", words=seen.test, href=href)
    if seen.last_sent is None:
        return Task(text=text, state="todo", words=_("None has left lately. Send a test mail to yourself."), href=href)
    words = _("It leaves by {server}; last on {moment}.", server=seen.server, moment=moment(seen.last_sent))
    return Task(text=text, state="done", words=words, href=href)


async def _safeguarding(here: Here) -> Task:
    text = _("Safeguarding lead, deputy and a number out of hours")
    found = await safeguarding.ready(here=here)
    if found.ok:
        return Task(
            text=text, state="done", words=_("All three are set, so offers can be shared."), href="/concerns/settings"
        )
    people = all([await members.by_role(role, here=here) for role in ("safeguarding_lead", "safeguarding_deputy")])
    words = _("No offer is shared before this is done. Still missing: {what}.", what="; ".join(found.missing))
    return Task(text=text, state="todo", words=words, href="/concerns/settings" if people else "/people")


async def _held(role: str, text: str, here: Here) -> Task:
    holders = await members.by_role(role, here=here)
    if holders:
        names = await members.names(holders, here=here)
        return Task(text=text, state="done", words=listed(list(names.values())), href="/people")
    words = _("Nobody has this role yet. Offers wait for them, and so do people who ring.")
    return Task(text=text, state="todo", words=words, href="/people")


async def _factors(here: Here) -> Task:
    text = _("A second way to show that it’s them, for leads and operators")
    holders = {person for role in sorted(GUARDED) for person in await members.by_role(role, here=here)}
    without = [person for person in sorted(holders) if not await signin.has_factor(person)]
    if not without:
        return Task(text=text, state="done", words=_("Everybody who needs one has one."))
    names = sorted((await members.names(without, here=here)).values())
    words = _(
        "Not yet: {names}. Their role counts only once they have one: they set it up under “About me”, ways to sign in.",
        names=listed(names),
    )
    return Task(text=text, state="todo", words=words, href="/me/sign-in")


async def _second_operator(here: Here) -> Task:
    text = _("A second operator")
    if len(await members.by_role("operator", here=here)) > 1:
        return Task(text=text, state="done", words=_("Somebody can step in when you are away."), href="/people")
    words = _("You are the only one. Give somebody else the role, so that the co-op isn’t stuck when you are ill.")
    return Task(text=text, state="todo", words=words, href="/people")


async def _keys(actor: Actor, here: Here) -> Task:
    text, href = _("The paper key is safe"), "/running/keys"
    said = await paper.keys(actor, here=here)
    if said is None:
        words = _("Nobody has said where it is. Without it, a lost machine means that no neighbour knows us any more.")
        return Task(text=text, state="todo", words=words, href=href)
    if said.again_at <= here.now:
        words = _("Last seen on {day}. Look again whether it is still there.", day=date_long(said.at))
        return Task(text=text, state="look", words=words, href=href)
    words = _("Seen on {day}. We ask again on {again}.", day=date_long(said.at), again=date_long(said.again_at))
    return Task(text=text, state="done", words=words, href=href)


def _root_key(here: Here) -> Task:
    text = _("The root key is off this machine")
    if not here.machine.holds_root_key():
        words = _("Its file is not on this machine. You need it, or the paper key, once a year.")
        return Task(text=text, state="done", words=words)
    words = _(
        "Its file still lies on this machine. Copy it to a stick that you keep elsewhere, try that it can be read, and "
        "delete it here."
    )
    return Task(text=text, state="look", words=words, href="/running/keys")


async def _neighbour(here: Here) -> Task:
    text, href = _("A neighbour co-op"), "/neighbours"
    states = [peer.state for peer in await peers.details(here=here)]
    if "active" in states:
        return Task(text=text, state="done", words=_("Offers pass between us and at least one other."), href=href)
    if "proposed" in states:
        return Task(text=text, state="todo", words=_("One is under way. Ring them to compare the words."), href=href)
    return Task(text=text, state="todo", words=_("None yet. Members find only what our own people offer."), href=href)


def _backups(here: Here) -> Task:
    state, words, step = backups(here)
    return Task(text=_("Backups"), state=state, words=f"{words} {step}".rstrip())
