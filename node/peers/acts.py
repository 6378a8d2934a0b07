# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator does about trust: invite, accept, confirm, pause, resume, end.

No act speaks to a neighbour: it changes our rows and puts a step of the handshake out, which leaves from the outbox. Trust
begins only when a person compared the 12 words; a pause is instant and needs nobody; an end cannot be undone by the other
side. Repeating an act that took effect changes nothing and is not refused.
"""

from __future__ import annotations

from typing import Any

from federation.errors import Refused
from federation.invitations import Fingerprint, Invitation
from federation.peerings import countersign
from federation.peerings import read as read_peering
from federation.trust import State, adopt
from node import database, journal, post
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.members.rights import act
from node.peers import keyring, own, reads, rules, views
from node.peers.shapes import Acceptance, InvitationView, PeerDetail
from node.words import _


@act("peers.invite", by={"operator"}, scope="peers")
async def invite(*, actor: Actor, node_id: str, here: Here) -> InvitationView:
    """An invitation for one co-op, usable once within a week. An earlier unused one for the same co-op ends."""
    them = rules.a_node_id(node_id, us=here.node_id)
    async with database.transaction():
        ours = await own.identity(here=here)
        invitation = Invitation.make(ours, here.random.bytes)
        await database.execute("DELETE FROM peering_invitation WHERE node_id = {} AND used_at IS NULL", them)
        await database.execute(
            "INSERT INTO peering_invitation (token_hash, node_id, created, expires) VALUES ({}, {}, {}, {})",
            rules.token_hash(invitation.token),
            them,
            here.now,
            here.now + rules.INVITATION_LIFE,
        )
        await journal.write(actor.person, "peers.invited", f"node:{them}", {}, here=here)
    return InvitationView(
        node_id=them,
        invitation=invitation.text(),
        words=str(Fingerprint.of(ours)),
        expires=here.now + rules.INVITATION_LIFE,
    )


@act("peers.accept", by={"operator"}, scope="peers")
async def accept(*, actor: Actor, invitation: Acceptance, here: Here) -> PeerDetail:
    """Take another co-op's invitation and ask it for a peering; its roots are held against the invitation's fingerprint."""
    given = rules.an_invitation(invitation.invitation, us=here.node_id)
    gives, gets = rules.topics("gives", invitation.gives), rules.topics("gets", invitation.gets)
    async with database.transaction():
        await database.lock(f"peer {given.node_id}")
        await own.identity(here=here)
        known = await views.load(given.node_id, here=here)
        if known is not None and known.state(here.now) in (State.ACTIVE, State.PAUSED):
            raise Conflict(_("We have a peering with this co-op already."), cause="peering in force")
        if known is not None and Fingerprint.of(known.identity) != given.fingerprint:
            raise Conflict(
                _("This invitation names other root keys than those we know. Ring them."), cause="other roots"
            )
        await database.execute(
            "INSERT INTO peer (node_id, created) SELECT {}, {} WHERE NOT EXISTS (SELECT 1 FROM peer WHERE node_id = {})",
            given.node_id,
            here.now,
            given.node_id,
        )
        await database.execute(
            "UPDATE peer SET step = 'ask', fingerprint = {}, token = {}, wish = {}, why = '', failures = 0, next_try = 0 "
            "WHERE node_id = {}",
            given.fingerprint.to_bytes(),
            keyring.seal(given.token, f"token {given.node_id}", here=here),
            " ".join(gives) + "|" + " ".join(gets),
            given.node_id,
        )
        await _send(given.node_id, here=here)
        await journal.write(actor.person, "peers.accepted", f"node:{given.node_id}", {}, here=here)
        return await reads.detail(given.node_id, here=here)


@act("peers.confirm", by={"operator"}, scope="peers")
async def confirm(*, actor: Actor, node_id: str, words: str, here: Here) -> PeerDetail:
    """Countersign the peering that a co-op asked for, once the words heard on the call are those its roots make."""
    heard = rules.some_words(words)
    async with database.transaction():
        await database.lock(f"peer {node_id}")
        view = await views.load(node_id, here=here)
        if view is None:
            raise NotFound(_("We don't know a co-op of that name."))
        if Fingerprint.of(view.identity) != heard:
            raise Invalid(
                {
                    "words": _(
                        "These aren't the words that belong to this co-op. Ring them on a number you know, and compare."
                    )
                }
            )
        if view.proposal is None:
            if view.state(here.now) in (State.ACTIVE, State.PAUSED):
                return await reads.detail(node_id, here=here)
            raise Conflict(_("This co-op hasn't asked for a peering yet."), cause="no proposal")
        if node_id not in view.proposal.signed_by:
            raise Conflict(_("We asked this co-op: it is for them to confirm."), cause="our own proposal")
        ours = await own.identity(here=here)
        signer = await keyring.signing("doc", here=here)
        try:
            made = countersign(
                view.proposal.envelope, signer, us=ours, them=view.identity, last=view.peering, now=here.now
            )
            view = adopt(view, read_peering(made, us=ours, them=view.identity), ours)
        except Refused as refusal:
            raise Conflict(
                _("What this co-op proposed can't be signed any more. Ask them to start again."), cause=str(refusal)
            ) from None
        await views.keep(view, here=here, our_identity=ours)
        await database.execute(
            "UPDATE peer SET step = 'confirm', confirmed = {}, ended_at = NULL, failures = 0, next_try = 0 "
            "WHERE node_id = {}",
            here.now,
            node_id,
        )
        await _send(node_id, here=here)
        await journal.write(actor.person, "peers.confirmed", f"node:{node_id}", {}, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.pause", by={"operator"}, scope="peers")
async def pause(*, actor: Actor, node_id: str, reason: str, here: Here) -> PeerDetail:
    """Share nothing with this co-op from the next request on. It still learns of withdrawals, and may raise concerns."""
    return await _change(actor, node_id, "peers.paused", {"paused_here": True}, rules.a_reason(reason), here)


@act("peers.resume", by={"operator"}, scope="peers")
async def resume(*, actor: Actor, node_id: str, here: Here) -> PeerDetail:
    """End our pause. A pause from the other side, or a proof that its log forked, stands."""
    return await _change(actor, node_id, "peers.resumed", {"paused_here": False}, "", here)


@act("peers.end", by={"operator"}, scope="peers")
async def end(*, actor: Actor, node_id: str, reason: str, here: Here) -> PeerDetail:
    """End the peering: nothing is shared from the next request on, and what this co-op gave us is dropped."""
    return await _change(actor, node_id, "peers.ended", {"ended": True}, rules.a_reason(reason), here)


async def _change(actor: Actor, node_id: str, what: str, change: dict[str, Any], reason: str, here: Here) -> PeerDetail:
    async with database.transaction():
        await database.lock(f"peer {node_id}")
        row = await database.row("SELECT paused_here, ended, identity FROM peer WHERE node_id = {}", node_id)
        if row is None:
            raise NotFound(_("We don't know a co-op of that name."))
        ((column, value),) = change.items()
        if bool(row[column]) is not value:
            # The columns are the view's own; a pause must not wait for documents to be read.
            if column == "ended":
                await database.execute(
                    "UPDATE peer SET ended = {}, ended_at = {}, step = '', token = NULL, proposal = NULL, pause_reason = {} "
                    "WHERE node_id = {}",
                    value,
                    here.now,
                    reason,
                    node_id,
                )
                await post.take_back("peering", node_id, here=here)
            else:
                await database.execute(
                    "UPDATE peer SET paused_here = {}, pause_reason = {} WHERE node_id = {}", value, reason, node_id
                )
            await journal.write(actor.person, what, f"node:{node_id}", {}, here=here)
            database.signal("peers")
            database.signal("heads")
        return await reads.detail(node_id, here=here)


async def _send(node_id: str, *, here: Here) -> None:
    await post.put_out(kind="peering", ref=node_id, to=node_id, due=here.now, expires=None, here=here)
    database.signal("peers")
