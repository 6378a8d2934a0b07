# SPDX-License-Identifier: AGPL-3.0-or-later
"""The handshake as it leaves: asking for a peering, saying yes, proposing other terms, saying no.

Who asks holds the other's roots against the invitation's fingerprint before sending anything. What is sent is made once and
kept before it leaves, and is sent until it was taken or refused for good. One request carries everything that is due.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from federation.client import PeerClient, PeerRefused
from federation.errors import Refused
from federation.identity import parse_well_known
from federation.invitations import Approach, Fingerprint
from federation.peerings import Peering, judge, propose
from federation.trust import PeerView, adopt, meet
from federation.wire import b64, unb64
from node import database
from node.here import Here
from node.peers import agreeing, keyring, own, rules, views


@dataclass(frozen=True, slots=True)
class Errand:
    """What of the handshake goes out now, to whom: the step, what it speaks of (the digest of the terms, or the sealed token),
    the digest of a proposal that is declined with it, or "", and the terms that it carries where they are made already.
    `row`: the neighbour's, as it stood then."""

    node_id: str
    step: str
    what: str
    declined: str
    peering: bytes | None
    row: dict[str, Any] = field(repr=False)


async def due(node_id: str, *, here: Here) -> Errand | None:
    """What is due of the handshake with this node; None where nothing is."""
    row = await _standing(node_id)
    if row is None or not row["step"]:
        return None
    view = None if row["step"] == "ask" else await views.load(node_id, here=here)
    terms = _due(view, str(row["step"]), us=here.node_id)
    if row["step"] != "ask" and terms is None and not row["declined"]:
        return None
    what = _what(row, view, us=here.node_id)
    return Errand(node_id, str(row["step"]), what, str(row["declined"]), None if terms is None else terms.envelope, row)


async def body(errand: Errand, client: PeerClient, *, here: Here) -> bytes:
    """What says all of it. Who asks looks at the other's documents first. Raises Refused."""
    peering, token = errand.peering, None
    if errand.step == "ask":
        told = Fingerprint.from_bytes(bytes(errand.row["fingerprint"]))
        identity, manifest = parse_well_known(await client.well_known(errand.node_id))
        met = meet(errand.node_id, identity, manifest, fingerprint=told, now=here.now)
        peering = await _proposal(met, str(errand.row["wish"]), str(errand.row["agreement"]), here=here)
        token = keyring.unseal(bytes(errand.row["token"]), f"token {errand.node_id}", here=here)
    held = await own.documents()
    assert held is not None
    declined = unb64(errand.declined, length=32) if errand.declined else None
    return Approach(*held, peering, token, declined).body()


async def _standing(node_id: str) -> dict[str, Any] | None:
    return await database.row(
        "SELECT step, fingerprint, token, wish, agreement, declined FROM peer WHERE node_id = {}", node_id
    )


def _due(view: PeerView | None, step: str, *, us: str) -> Peering | None:
    """The terms that this step sends. What we agreed to waits as a proposal with both signatures until they took it."""
    if view is None:
        return None
    held = view.proposal
    if step == "confirm":
        return held if held is not None and held.complete else view.peering
    return held if step == "terms" and held is not None and held.parties[0] == us else None


def _what(row: dict[str, Any], view: PeerView | None, *, us: str) -> str:
    if row["step"] == "ask":
        return bytes(row["token"]).hex()
    due = _due(view, str(row["step"]), us=us)
    return "" if due is None else due.digest()


async def _still(errand: Errand, view: PeerView | None, *, here: Here) -> bool:
    """Whether this errand is what is due by now. Between its leaving and its answer our operator may have done something else."""
    row = await _standing(errand.node_id)
    return row is not None and errand.step == row["step"] and errand.what == _what(row, view, us=here.node_id)


async def departed(errand: Errand, *, here: Here) -> None:
    """It was taken by the other node: in the transaction that acknowledges it. What an operator did meanwhile stays due.

    Other terms that we agreed to take force now: with who proposed them they did when our yes arrived.
    """
    await database.lock(f"peer {errand.node_id}")
    view = await views.load(errand.node_id, here=here)
    if not await _still(errand, view, here=here):
        return
    if errand.step == "confirm" and view is not None and view.proposal is not None and view.proposal.complete:
        ours = await own.identity(here=here)
        view = adopt(view, view.proposal, ours)
        await views.keep(view, here=here, our_identity=ours)
    await database.execute(
        "UPDATE peer SET step = '', token = NULL, why = '', declined = '' WHERE node_id = {} AND declined = {}",
        errand.node_id,
        errand.declined,
    )


async def failed(errand: Errand, refusal: Refused, *, for_good: bool, here: Here) -> bool:
    """Note for the operator why the handshake does not go on. A proposal that is refused for good is none any more; a first
    peering that they will not have any more has ended. False where something else is due by now: what was refused says nothing
    of that."""
    node_id, why = errand.node_id, refusal.code
    if errand.step == "ask" and isinstance(refusal, PeerRefused) and why == "untrusted":
        # It is they who don't know us. Where we say "untrusted", their keys are not those of the invitation.
        why = rules.UNINVITED
    if not for_good:
        await database.execute("UPDATE peer SET why = {} WHERE node_id = {}", why, node_id)
        return True
    await database.lock(f"peer {node_id}")
    view = await views.load(node_id, here=here)
    if not await _still(errand, view, here=here):
        return False
    outcome = {"terms": "crossed", "confirm": "too-late"}
    row = await database.row("SELECT step, proposal, why FROM peer WHERE node_id = {}", node_id)
    ours = view is not None and view.proposal is not None and view.proposal.parties[0] == here.node_id
    if row is not None and row["step"] == "ask" and ours and why == "version-conflict" != row["why"]:
        # What we asked for before was agreed to and ended there, unheard by us: asked anew, once, it is another proposal.
        await database.execute("UPDATE peer SET proposal = NULL, why = {} WHERE node_id = {}", why, node_id)
        return False
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
    return True


async def _proposal(met: PeerView, wish: str, text: str, *, here: Here) -> bytes:
    """Our proposal to this node: the one we made already where it says what is wished now, else a new one, stored before it is
    sent, with its text.

    `wish`: topics that we mean to give and to get; `text`: the name of a text of our own that is to be signed, or "" for the
    one that is made from the terms."""
    gives, gets = [
        rules.topics(field, topics.split()) for field, topics in zip(("gives", "gets"), wish.split("|"), strict=True)
    ]
    async with database.transaction():
        await database.lock(f"peer {met.node_id}")
        ours = await own.identity(here=here)
        view = await views.load(met.node_id, here=here)
        view = met if view is None else replace(view, identity=met.identity, manifest=met.manifest)
        held = view.proposal
        if held is None or not await _wished(held, met.node_id, frozenset(gives), frozenset(gets), text, here=here):
            terms = rules.terms(sends=gives, receives=gets, now=here.now)
            words = await agreeing.held(text) or await agreeing.ours(view, terms, here=here)
            await agreeing.keep(words, own=bool(text), here=here)
            made = propose(
                us=ours,
                them=view.identity,
                terms=rules.with_text(terms, words),
                key=await keyring.signing("doc", here=here),
                now=here.now,
                random=here.random.bytes,
                last=view.peering,
            )
            held = judge(made, us=ours, them=view.identity, last=view.peering, now=here.now)
            view = adopt(view, held, ours)
        await views.keep(view, here=here, our_identity=ours)
        return held.envelope


async def _wished(
    held: Peering, them: str, gives: frozenset[str], gets: frozenset[str], text: str, *, here: Here
) -> bool:
    """Whether a proposal is ours, stands, and says what is wished."""
    name = b64(held.agreement_sha256)
    return (
        here.node_id in held.signed_by
        and held.exp > here.now
        and held.topics(here.node_id, them) == gives
        and held.topics(them, here.node_id) == gets
        and (name == text if text else not await agreeing.is_own(name))
    )
