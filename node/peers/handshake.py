# SPDX-License-Identifier: AGPL-3.0-or-later
"""The handshake as it comes in: being asked and told; and what a node's answers show of how we stand with it.

Who is asked stores a proposal and no more: it takes force when its operator compared the words and countersigned. A token
opens the door once; the same approach again gets the same answer. Nothing here is a person's act, so nothing here can
confirm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from federation.client import PeerClient
from federation.errors import Refused
from federation.identity import accept_identity, parse_well_known, read_identity
from federation.invitations import Approach, Fingerprint
from federation.keys import PublicKey
from federation.peerings import Peering, judge
from federation.trust import PeerView, State, adopt, meet, renew
from federation.wire import b64
from node import database, journal
from node.here import Here
from node.peers import own, rules, views

IN_FORCE: Final = (State.ACTIVE, State.PAUSED)


async def newcomer(node_id: str, kid: str, body: bytes, *, here: Here) -> PublicKey | None:
    """The http key of a node that we do not know and that comes with a token of ours that still stands; else None.

    The key is read from the manifest that came along: it proves that this is one party throughout, not who it is.
    """
    approach = Approach.parse(body)
    if approach.token is None or await _invitation(node_id, approach.token, here=here) is None:
        return None
    met = _meet(node_id, approach, here=here)
    return met.ring().find(node_id, "http", kid, here.now)


async def arrive(node_id: str, body: bytes, *, here: Here) -> State:
    """Take an approach whose request this node signed. Raises Refused. The state that the peering then has with us."""
    approach = Approach.parse(body)
    async with database.transaction():
        await database.lock(f"peer {node_id}")
        ours = await own.identity(here=here)
        view = await views.load(node_id, here=here)
        invited = None
        if approach.token is not None:
            invited = await _invitation(node_id, approach.token, here=here)
        if view is None and invited is None:
            raise Refused("untrusted", "no invitation of ours")
        before = view = _known(view, node_id, approach, invited, here=here)
        if approach.declined is not None:
            view = await _said_no(view, b64(approach.declined), here=here)
        if approach.peering is not None:
            anew = view.state(here.now) not in IN_FORCE
            last = None if anew else view.peering
            peering = judge(approach.peering, us=ours, them=view.identity, last=last, now=here.now, anew=anew)
            if view.ended and not peering.complete and view.peering and view.peering.payload == peering.payload:
                raise Refused(
                    "version-conflict", "the very terms that ended: they have not heard that they were agreed to"
                )
            if not _held(view, peering):
                if not peering.complete:
                    _may_propose(view, peering, node_id, invited, here=here)
                view = adopt(view, peering, ours)
                await journal.write(
                    None,
                    "peers.took-effect" if peering.complete else "peers.proposed",
                    f"node:{node_id}",
                    {"version": peering.version},
                    here=here,
                )
        await _row(view, here=here)
        await views.keep(view, here=here, our_identity=ours)
        await _overtaken(before, view, here=here)
        if view.peering is not None and view.peering.complete:
            await database.execute(
                "UPDATE peer SET step = '', token = NULL, why = '', confirmed = COALESCE(confirmed, {}) "
                "WHERE node_id = {} AND step = 'ask'",
                here.now,
                node_id,
            )
        if invited is not None:
            await database.execute(
                "UPDATE peering_invitation SET used_at = {} WHERE token_hash = {}", here.now, invited
            )
        return view.state(here.now)


async def _said_no(view: PeerView, digest: str, *, here: Here) -> PeerView:
    """They decline our proposal, or take theirs back. What does not stand changes nothing."""
    if view.proposal is None or view.proposal.digest() != digest:
        return view
    ours = view.proposal.parties[0] == here.node_id
    await journal.write(
        None, "peers.declined-there" if ours else "peers.taken-back-there", f"node:{view.node_id}", {}, here=here
    )
    return view.decline()


async def _overtaken(before: PeerView, now: PeerView, *, here: Here) -> None:
    """Keep what became of the proposal that stood, where another one, their no, or an agreement took its place."""
    held = before.proposal
    if held is None or (now.proposal is not None and now.proposal.payload == held.payload):
        return
    ours = held.parties[0] == here.node_id
    agreed = now.peering is not None and now.peering.payload == held.payload
    outcome = "" if agreed else "crossed" if ours and now.proposal else "declined" if ours else "taken-back"
    await database.execute(
        "UPDATE peer SET outcome = {}, step = CASE WHEN step IN ('terms', 'confirm') THEN '' ELSE step END "
        "WHERE node_id = {}",
        "" if not ours and now.proposal else outcome,
        now.node_id,
    )


def _held(view: PeerView, peering: Peering) -> bool:
    """Whether these exact terms, with these signatures or fewer, stand with us already."""
    return any(
        held is not None and held.payload == peering.payload and peering.signed_by <= held.signed_by
        for held in (view.peering, view.proposal)
    )


def _may_propose(view: PeerView, peering: Peering, node_id: str, invited: str | None, *, here: Here) -> None:
    if node_id not in peering.signed_by:
        raise Refused("untrusted", "a proposal that they did not sign")
    if view.state(here.now) not in IN_FORCE and invited is None:
        raise Refused("untrusted", "a new peering needs an invitation")


def _known(view: PeerView | None, node_id: str, approach: Approach, invited: str | None, *, here: Here) -> PeerView:
    """The view with the documents that came along, judged against those we hold."""
    if view is None:
        return _meet(node_id, approach, here=here)
    try:
        newer = () if approach.identity == view.identity.envelope else (approach.identity,)
        return renew(view, here.now, identities=newer, manifest=approach.manifest)
    except Refused as refusal:
        if refusal.code == "version-conflict":
            return view  # older than what we hold, or with a gap: heads will bring us up to date
        if refusal.code != "untrusted" or invited is None or view.state(here.now) in IN_FORCE:
            raise
        # New roots after a loss: our operator invited them again, and will compare the words again.
        met = _meet(node_id, approach, here=here)
        return replace(view, identity=met.identity, manifest=met.manifest, ended=True, proposal=None)


def _meet(node_id: str, approach: Approach, *, here: Here) -> PeerView:
    identity = accept_identity(None, approach.identity, here.now, node_id=node_id)
    return meet(node_id, approach.identity, approach.manifest, fingerprint=Fingerprint.of(identity), now=here.now)


async def _invitation(node_id: str, token: bytes, *, here: Here) -> str | None:
    """The hash of the token, where we gave it to this node, it was not used, and its time is not over."""
    found = await database.row(
        "SELECT token_hash FROM peering_invitation WHERE token_hash = {} AND node_id = {} AND expires > {} "
        "AND used_at IS NULL",
        rules.token_hash(token),
        node_id,
        here.now,
    )
    return None if found is None else str(found["token_hash"])


async def _row(view: PeerView, *, here: Here) -> None:
    await database.execute(
        "INSERT INTO peer (node_id, created) SELECT {}, {} WHERE NOT EXISTS (SELECT 1 FROM peer WHERE node_id = {})",
        view.node_id,
        here.now,
        view.node_id,
    )


async def refresh(node_id: str, client: PeerClient, *, here: Here) -> bool:
    """Fetch and take a known node's newer documents, every identity in between. True when something new stands."""
    view = await views.load(node_id, here=here)
    if view is None:
        return False
    identity, manifest = parse_well_known(await client.well_known(node_id))
    steps: list[bytes] = []
    if identity != view.identity.envelope:
        latest = read_identity(identity, node_id=node_id).version
        between = range(view.identity.version + 1, min(latest, view.identity.version + 100))
        steps = [*[await client.identity(node_id, version) for version in between], identity]
    async with database.transaction():
        await database.lock(f"peer {node_id}")
        held = await views.load(node_id, here=here)
        if held is None or held.identity != view.identity:
            return False
        newer = renew(held, here.now, identities=tuple(steps), manifest=manifest)
        if newer == held:
            return False
        await views.keep(newer, here=here, our_identity=await own.identity(here=here))
    return True


async def their_pause(node_id: str, paused: bool, why: str = "", words: str = "", *, here: Here) -> None:
    """Note what this node's answers say: that it pauses us, and why, or that it no longer does."""
    async with database.transaction():
        changed = await database.rows(
            "UPDATE peer SET paused_there = {}, paused_why = {}, paused_words = {} WHERE node_id = {} "
            "AND (paused_there <> {} OR paused_why <> {} OR paused_words <> {}) RETURNING node_id",
            paused,
            why,
            words,
            node_id,
            paused,
            why,
            words,
        )
        if changed:
            database.signal("peers")
            database.signal("heads")


async def stop_sharing(node_id: str, why: str, *, act: str = "peers.sharing-stopped", here: Here) -> None:
    """A pause that no person set: this node owes us something, or a charter left it out. Our operator ends it. In the caller's
    transaction; `act`: its name in the journal."""
    changed = await database.rows(
        "UPDATE peer SET paused_here = {}, pause_reason = {}, pause_why = {}, pause_words = '' "
        "WHERE node_id = {} AND paused_here = {} RETURNING node_id",
        True,
        why,
        "erasure" if why == rules.ERASURE_OVERDUE else "other",
        node_id,
        False,
    )
    if changed:
        await journal.write(None, act, f"node:{node_id}", {"why": why}, here=here)
        database.signal("peers")
        database.signal("heads")


async def freeze(node_id: str, *, here: Here) -> None:
    """Its log showed two histories: nothing is shared until our operator looked. In the caller's transaction."""
    changed = await database.rows(
        "UPDATE peer SET frozen = {} WHERE node_id = {} AND frozen = {} RETURNING node_id", True, node_id, False
    )
    if changed:
        await journal.write(None, "peers.frozen", f"node:{node_id}", {}, here=here)
        database.signal("peers")
        database.signal("heads")


async def heard(node_id: str) -> None:
    """This node spoke to us, so it may be visited at once, whatever failed before."""
    await database.execute("UPDATE peer SET next_try = 0 WHERE node_id = {} AND next_try > 0", node_id)


async def contact(node_id: str, *, ok: bool, why: str = "", here: Here) -> bool:
    """Note that this node answered, or did not (`why`: a code). Written at a change, and once a minute at most otherwise.

    True when it answers after a time in which it did not.
    """
    row = await database.row("SELECT last_contact, failing_since, why FROM peer WHERE node_id = {}", node_id)
    if row is None:
        return False
    if ok and (row["failing_since"] is not None or (row["last_contact"] or 0) <= here.now - 60):
        await database.execute(
            "UPDATE peer SET last_contact = {}, failing_since = NULL, why = '' WHERE node_id = {}",
            here.now,
            node_id,
        )
        return row["failing_since"] is not None
    if not ok and (row["failing_since"] is None or row["why"] != why):
        await database.execute(
            "UPDATE peer SET failing_since = COALESCE(failing_since, {}), why = {} WHERE node_id = {}",
            here.now,
            why,
            node_id,
        )
    return False
