# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other terms for a peering in force: proposed by one operator, looked at and agreed to or declined by the other.

Until both have signed, everything goes on as it stands. The new version takes force where it was proposed when the yes
arrives there, and where it was agreed to when the other side took that yes: so one that was taken back meanwhile binds
nobody. The twelve words are due only where root keys have changed. Deeds that took effect may be repeated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from federation.errors import Refused
from federation.invitations import Fingerprint
from federation.peerings import Terms, countersign, judge, propose
from federation.peerings import read as read_peering
from federation.trust import PeerView, State, adopt
from federation.wire import b64
from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.members.rights import act
from node.peers import agreeing, agreement, keyring, own, reads, rules, views
from node.peers.acts import send, together
from node.peers.shapes import PeerDetail, TermsAsk, Yes
from node.words import _

IN_FORCE: Final = (State.ACTIVE, State.PAUSED)


@act("peers.propose_terms", by={"operator"}, scope="peers")
async def propose_terms(*, actor: Actor, node_id: str, ask: TermsAsk, here: Here) -> PeerDetail:
    """Propose other terms to a neighbour; nothing changes before it agrees. An earlier proposal of ours is replaced."""
    async with database.transaction():
        view = await _in_force(node_id, here=here)
        assert view.peering is not None
        terms, given, _words = together(
            lambda: rules.new_terms(ask, view.peering, here.now),  # type: ignore[arg-type]
            lambda: agreement.tidy(ask.agreement) if ask.agreement else "",
            lambda: _heard(view, ask.words),
        )
        text = given or await _text(view, terms, standard=ask.standard, here=here)
        held = view.proposal
        if held is not None and (held.complete or held.parties[0] != here.node_id):
            raise Conflict(_("They have proposed something already. Look at that first."), cause="their proposal")
        ours = await own.identity(here=here)
        try:
            made = propose(
                us=ours,
                them=view.identity,
                terms=rules.with_text(terms, text),
                key=await keyring.signing("doc", here=here),
                now=here.now,
                random=here.random.bytes,
                last=view.peering,
            )
            peering = judge(made, us=ours, them=view.identity, last=view.peering, now=here.now)
            view = adopt(view, peering, ours)
        except Refused as refusal:
            raise Conflict(_("This can't be proposed now. Try again in a minute."), cause=str(refusal)) from None
        await agreeing.keep(text, own=bool(given), here=here)
        await views.keep(view, here=here, our_identity=ours)
        await _step(node_id, "terms", here=here)
        await journal.write(
            actor.person, "peers.terms-proposed", f"node:{node_id}", {"version": peering.version}, here=here
        )
        return await reads.detail(node_id, here=here)


@act("peers.agree_terms", by={"operator"}, scope="peers")
async def agree_terms(*, actor: Actor, node_id: str, yes: Yes, here: Here) -> PeerDetail:
    """Say yes to the terms that a neighbour proposed, those of this digest and no others."""
    async with database.transaction():
        view = await _in_force(node_id, here=here)
        held = view.proposal
        if view.peering is not None and view.peering.digest() == yes.digest:
            return await reads.detail(node_id, here=here)
        if held is None or held.digest() != yes.digest or held.parties[0] == here.node_id:
            raise Conflict(_("What they propose is another thing by now. Look at it again."), cause="another proposal")
        if held.complete:
            return await reads.detail(node_id, here=here)
        _heard(view, yes.words)
        await agreeing.agreed_to(view, held, yes.agreement, here=here)
        ours = await own.identity(here=here)
        try:
            made = countersign(
                held.envelope,
                await keyring.signing("doc", here=here),
                us=ours,
                them=view.identity,
                last=view.peering,
                now=here.now,
            )
        except Refused as refusal:
            raise Conflict(
                _("What this co-op proposed can't be signed any more. Ask them to propose it again."),
                cause=str(refusal),
            ) from None
        view = replace(view, proposal=read_peering(made, us=ours, them=view.identity))
        await views.keep(view, here=here, our_identity=ours)
        await _step(node_id, "confirm", here=here)
        await journal.write(actor.person, "peers.terms-agreed", f"node:{node_id}", {"version": held.version}, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.decline_terms", by={"operator"}, scope="peers")
async def decline_terms(*, actor: Actor, node_id: str, here: Here) -> PeerDetail:
    """Say no to the terms that a neighbour proposed, or take our own back. It hears of that; what is in force stays."""
    async with database.transaction():
        view = await _in_force(node_id, here=here)
        held = view.proposal
        if held is None:
            return await reads.detail(node_id, here=here)
        if held.complete:
            raise Conflict(_("We have said yes to this. Propose other terms instead."), cause="agreed to")
        await views.keep(view.decline(), here=here, our_identity=await own.identity(here=here))
        await database.execute("UPDATE peer SET declined = {} WHERE node_id = {}", held.digest(), node_id)
        await _step(node_id, "decline", here=here)
        taken_back = held.parties[0] == here.node_id
        what = "peers.terms-taken-back" if taken_back else "peers.terms-declined"
        await journal.write(actor.person, what, f"node:{node_id}", {"version": held.version}, here=here)
        return await reads.detail(node_id, here=here)


async def _in_force(node_id: str, *, here: Here) -> PeerView:
    await database.lock(f"peer {node_id}")
    view = await views.load(node_id, here=here)
    if view is None and await database.row("SELECT node_id FROM peer WHERE node_id = {}", node_id) is None:
        raise NotFound(_("We don't know a co-op of that name."))
    if view is None or view.state(here.now) not in IN_FORCE:
        raise Conflict(_("Nothing is agreed with this co-op at the moment."), cause="not in force")
    return view


async def _text(view: PeerView, terms: Terms, *, standard: bool, here: Here) -> str:
    """The text of a renewal: one of their own that two co-ops agreed on goes on, any other is made from the new terms."""
    assert view.peering is not None
    name = b64(view.peering.agreement_sha256)
    if not standard and await agreeing.is_own(name) and (kept := await agreeing.held(name)):
        return kept
    return await agreeing.ours(view, terms, here=here)


def _heard(view: PeerView, words: str) -> None:
    """The words are asked for where the neighbour's roots are others than those that both last signed. Raises Invalid."""
    if not reads.new_roots(view):
        return
    if not words.strip():
        raise Invalid(
            {"words": _("Their root keys have changed. Ring them, and put in the twelve words that you hear.")}
        )
    if rules.some_words(words) != Fingerprint.of(view.identity):
        raise Invalid(
            {
                "words": _(
                    "These aren't the words that belong to this co-op. Ring them on a number you know, and compare."
                )
            }
        )


async def _step(node_id: str, step: str, *, here: Here) -> None:
    await database.execute("UPDATE peer SET step = {}, outcome = '', why = '' WHERE node_id = {}", step, node_id)
    await send(node_id, here=here)
