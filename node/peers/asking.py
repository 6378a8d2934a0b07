# SPDX-License-Identifier: AGPL-3.0-or-later
"""The handshake as it leaves: asking for a peering, saying yes, proposing other terms, saying no.

Who asks holds the other's roots against the invitation's fingerprint before sending anything. What is sent is made once and
kept before it leaves, and is sent until it was taken or refused for good. One request carries everything that is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from federation.client import PeerClient
from federation.identity import parse_well_known
from federation.invitations import Approach, Fingerprint
from federation.peerings import judge, propose
from federation.trust import PeerView, adopt, meet
from federation.wire import unb64
from node import database
from node.here import Here
from node.peers import keyring, own, rules, views


@dataclass(frozen=True, slots=True)
class Sent:
    """What of the handshake was sent: the step, and the digest of a proposal that was declined with it, or ""."""

    step: str
    declined: str


async def depart(node_id: str, client: PeerClient, *, here: Here) -> Sent | None:
    """Send what is due of the handshake with this node. Raises Refused; what was taken, None where nothing is due."""
    row = await database.row("SELECT step, fingerprint, token, wish, declined FROM peer WHERE node_id = {}", node_id)
    if row is None or not row["step"]:
        return None
    peering: bytes | None
    token: bytes | None = None
    if row["step"] == "ask":
        told = Fingerprint.from_bytes(bytes(row["fingerprint"]))
        identity, manifest = parse_well_known(await client.well_known(node_id))
        met = meet(node_id, identity, manifest, fingerprint=told, now=here.now)
        peering = await _proposal(met, str(row["wish"]), here=here)
        token = keyring.unseal(bytes(row["token"]), f"token {node_id}", here=here)
    else:
        view = await views.load(node_id, here=here)
        peering = None if view is None else _due(view, str(row["step"]), us=here.node_id)
        if peering is None and not row["declined"]:
            return None
    held = await own.documents()
    assert held is not None
    declined = unb64(row["declined"], length=32) if row["declined"] else None
    await client.peerings(node_id, Approach(*held, peering, token, declined).body())
    return Sent(str(row["step"]), str(row["declined"]))


def _due(view: PeerView, step: str, *, us: str) -> bytes | None:
    """The envelope that this step sends. What we agreed to waits as a proposal with both signatures until they took it."""
    held = view.proposal
    if step == "confirm":
        agreed = held if held is not None and held.complete else view.peering
        return None if agreed is None else agreed.envelope
    return held.envelope if step == "terms" and held is not None and held.parties[0] == us else None


async def departed(node_id: str, sent: Sent, *, here: Here) -> None:
    """The step was taken by the other node: in the transaction that acknowledges it. What an operator did meanwhile stays due.

    Other terms that we agreed to take force now: with who proposed them they did when our yes arrived.
    """
    await database.lock(f"peer {node_id}")
    view = await views.load(node_id, here=here)
    if sent.step == "confirm" and view is not None and view.proposal is not None and view.proposal.complete:
        ours = await own.identity(here=here)
        view = adopt(view, view.proposal, ours)
        await views.keep(view, here=here, our_identity=ours)
    await database.execute(
        "UPDATE peer SET step = '', token = NULL, why = '', declined = '' WHERE node_id = {} AND step = {} AND declined = {}",
        node_id,
        sent.step,
        sent.declined,
    )


async def failed(node_id: str, why: str, *, for_good: bool) -> None:
    """Note for the operator why the handshake does not go on. `why`: a code of the protocol. A proposal that is refused for good
    is none any more; a first peering that they will not have any more has ended."""
    if not for_good:
        await database.execute("UPDATE peer SET why = {} WHERE node_id = {}", why, node_id)
        return
    outcome = {"terms": "crossed", "confirm": "too-late"}
    row = await database.row("SELECT step, proposal FROM peer WHERE node_id = {}", node_id)
    if row is not None and row["step"] in outcome and why == "version-conflict":
        await database.execute(
            "UPDATE peer SET proposal = NULL, outcome = {}, ended = (ended OR {}), ended_by = {} WHERE node_id = {}",
            outcome[row["step"]],
            row["step"] == "confirm" and row["proposal"] is None,
            "them" if row["step"] == "confirm" and row["proposal"] is None else "",
            node_id,
        )
    await database.execute(
        "UPDATE peer SET step = '', token = NULL, declined = '', why = {} WHERE node_id = {}", why, node_id
    )


async def _proposal(met: PeerView, wish: str, *, here: Here) -> bytes:
    """Our proposal to this node: the one we made already, else a new one, stored before it is sent."""
    async with database.transaction():
        await database.lock(f"peer {met.node_id}")
        ours = await own.identity(here=here)
        view = await views.load(met.node_id, here=here)
        view = met if view is None else replace(view, identity=met.identity, manifest=met.manifest)
        held = view.proposal
        if held is None or here.node_id not in held.signed_by or held.exp <= here.now:
            gives, _, gets = wish.partition("|")
            made = propose(
                us=ours,
                them=view.identity,
                terms=rules.terms(
                    sends=rules.topics("gives", gives.split()),
                    receives=rules.topics("gets", gets.split()),
                    now=here.now,
                ),
                key=await keyring.signing("doc", here=here),
                now=here.now,
                random=here.random.bytes,
                last=view.peering,
            )
            held = judge(made, us=ours, them=view.identity, last=view.peering, now=here.now)
            view = adopt(view, held, ours)
        await views.keep(view, here=here, our_identity=ours)
        return held.envelope
