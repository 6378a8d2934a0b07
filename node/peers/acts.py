# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator does about trust: invite, accept, confirm, pause, resume, end.

No act speaks to a neighbour: it changes our rows and puts a step of the handshake out, which leaves from the outbox. Trust
begins only when a person compared the 12 words; a pause is instant and needs nobody; an end cannot be undone by the other
side. Repeating an act that took effect changes nothing and is not refused.
"""

from __future__ import annotations

from collections.abc import Callable
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
from node.peers import agreeing, agreement, keyring, own, reads, rules, views
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
    text = agreement.tidy(invitation.agreement) if invitation.agreement else ""
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
            "UPDATE peer SET step = 'ask', fingerprint = {}, token = {}, wish = {}, agreement = {}, why = '', "
            "outcome = '', declined = '', failures = 0, next_try = 0 WHERE node_id = {}",
            given.fingerprint.to_bytes(),
            keyring.seal(given.token, f"token {given.node_id}", here=here),
            " ".join(gives) + "|" + " ".join(gets),
            await agreeing.keep(text, own=True, here=here) if text else "",
            given.node_id,
        )
        await send(given.node_id, here=here)
        await journal.write(actor.person, "peers.accepted", f"node:{given.node_id}", {}, here=here)
        return await reads.detail(given.node_id, here=here)


@act("peers.confirm", by={"operator"}, scope="peers")
async def confirm(
    *, actor: Actor, node_id: str, words: str, agreement: str = "", digest: str = "", here: Here
) -> PeerDetail:
    """Countersign the peering that a co-op asked for, once the words heard on the call are those its roots make.

    `agreement`: the text that they signed, where it is one of their own; `digest`: of the proposal that was looked at, "" for
    whichever stands. Raises Conflict where nobody here could read the text, and where another proposal stands by now."""
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
        if view.state(here.now) in (State.ACTIVE, State.PAUSED):
            return await reads.detail(node_id, here=here)
        if view.proposal is None:
            raise Conflict(_("This co-op hasn't asked for a peering yet."), cause="no proposal")
        if node_id not in view.proposal.signed_by:
            raise Conflict(_("We asked this co-op: it is for them to confirm."), cause="our own proposal")
        if digest and view.proposal.digest() != digest:
            raise Conflict(_("What they propose is another thing by now. Look at it again."), cause="another proposal")
        await agreeing.agreed_to(view, view.proposal, agreement, here=here)
        ours = await own.identity(here=here)
        signer = await keyring.signing("doc", here=here)
        try:
            made = countersign(
                view.proposal.envelope, signer, us=ours, them=view.identity, last=None, now=here.now, anew=True
            )
            view = adopt(view, read_peering(made, us=ours, them=view.identity), ours)
        except Refused as refusal:
            raise Conflict(
                _("What this co-op proposed can't be signed any more. Ask them to start again."), cause=str(refusal)
            ) from None
        await views.keep(view, here=here, our_identity=ours)
        await database.execute(
            "UPDATE peer SET step = 'confirm', outcome = '', confirmed = {}, failures = 0, next_try = 0 "
            "WHERE node_id = {}",
            here.now,
            node_id,
        )
        await send(node_id, here=here)
        await journal.write(actor.person, "peers.confirmed", f"node:{node_id}", {}, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.pause", by={"operator"}, scope="peers")
async def pause(
    *, actor: Actor, node_id: str, reason: str, why: str = "other", words: str = "", here: Here
) -> PeerDetail:
    """Share nothing with this co-op from the next request on. It still learns of withdrawals, and may raise concerns.

    `reason` stays here; `why` (one of `rules.PAUSES`) and `words` it is told, and its members. Raises Invalid with every fault.
    """
    given, told = together(lambda: rules.a_reason(reason), lambda: rules.a_told_reason(why, words))
    async with database.transaction():
        if await _known(node_id, "paused_here") is False:
            # The columns are the view's own; a pause must not wait for documents to be read.
            await database.execute(
                "UPDATE peer SET paused_here = {}, pause_reason = {}, pause_why = {}, pause_words = {} WHERE node_id = {}",
                True,
                given,
                *told,
                node_id,
            )
            await _changed(actor, "peers.paused", node_id, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.resume", by={"operator"}, scope="peers")
async def resume(*, actor: Actor, node_id: str, here: Here) -> PeerDetail:
    """End our pause. A pause from the other side, or a proof that its log forked, stands."""
    async with database.transaction():
        if await _known(node_id, "paused_here") is True:
            await database.execute(
                "UPDATE peer SET paused_here = {}, pause_reason = '', pause_why = '', pause_words = '' WHERE node_id = {}",
                False,
                node_id,
            )
            await _changed(actor, "peers.resumed", node_id, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.end", by={"operator"}, scope="peers")
async def end(*, actor: Actor, node_id: str, reason: str, here: Here) -> PeerDetail:
    """End the peering: nothing is shared from the next request on, and what this co-op gave us is dropped.

    One that was only proposed is declined or taken back, and the other side hears of that.
    """
    given = rules.a_reason(reason)
    async with database.transaction():
        if await _known(node_id, "ended") is False:
            view = await views.load(node_id, here=here)
            begun = view is not None and view.state(here.now) in (State.ACTIVE, State.PAUSED)
            step = (await database.row("SELECT step FROM peer WHERE node_id = {}", node_id) or {}).get("step")
            # They hear of it that what they asked for is none any more, also where our yes may not have reached them. Before
            # a proposal of ours left, nobody has to.
            asked = None if view is None or step == "ask" else view.proposal
            if begun and view is not None:
                asked = view.proposal or view.peering if step == "confirm" else None
            no = "" if asked is None else asked.digest()
            await database.execute(
                "UPDATE peer SET ended = {}, ended_at = {}, ended_by = 'us', step = {}, declined = {}, token = NULL, "
                "proposal = NULL, pause_reason = {} WHERE node_id = {}",
                True,
                here.now,
                "decline" if no else "",
                no,
                given,
                node_id,
            )
            await post.take_back("peering", node_id, here=here)
            if no:
                await send(node_id, here=here)
            await _changed(actor, "peers.ended", node_id, here=here)
        return await reads.detail(node_id, here=here)


@act("peers.try", by={"operator"}, scope="peers")
async def try_now(*, actor: Actor, node_id: str, here: Here) -> PeerDetail:
    """Knock at this co-op at once, whatever the next try was to be; whichever process follows it hears of that."""
    async with database.transaction():
        await _known(node_id, "ended")
        await database.execute("UPDATE peer SET next_try = 0, try_at = {} WHERE node_id = {}", here.now, node_id)
        row = await database.row("SELECT step FROM peer WHERE node_id = {}", node_id)
        if row is not None and row["step"]:
            await send(node_id, here=here)
        database.signal("peers")
        return await reads.detail(node_id, here=here)


def together(*checks: Callable[[], Any]) -> tuple[Any, ...]:
    """What each check gives. Raises Invalid with the faults of them all."""
    given, wrong = [], dict[str, str]()
    for each in checks:
        try:
            given.append(each())
        except Invalid as no:
            wrong.update(no.fields)
    if wrong:
        raise Invalid(wrong)
    return tuple(given)


async def _known(node_id: str, column: str) -> bool:
    """A flag of this node's row, which is locked. Raises NotFound."""
    await database.lock(f"peer {node_id}")
    row = await database.row(f"SELECT {column} FROM peer WHERE node_id = {{}}", node_id)  # noqa: S608 - columns of ours
    if row is None:
        raise NotFound(_("We don't know a co-op of that name."))
    return bool(row[column])


async def _changed(actor: Actor, what: str, node_id: str, *, here: Here) -> None:
    await journal.write(actor.person, what, f"node:{node_id}", {}, here=here)
    database.signal("peers")
    database.signal("heads")


async def send(node_id: str, *, here: Here) -> None:
    await post.put_out(kind="peering", ref=node_id, to=node_id, due=here.now, expires=None, here=here)
    database.signal("peers")
