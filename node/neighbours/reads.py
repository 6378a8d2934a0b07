# SPDX-License-Identifier: AGPL-3.0-or-later
"""How each neighbour stands, in both directions, put together from the rooms that know. For operators only."""

from __future__ import annotations

from typing import Final

from node import post
from node.actor import Actor
from node.exchange import looking
from node.here import Here
from node.introductions import reads as introductions
from node.members.rights import check
from node.neighbours.shapes import Effect, Line, NeighbourList, NeighbourView
from node.peers import reads as peers
from node.peers import wording
from node.peers.shapes import PeerDetail
from node.support import reads as support

OPERATOR: Final = frozenset({"operator"})
IN_FORCE: Final = ("active", "paused")


def for_operators(actor: Actor) -> None:
    """Raises NotAllowed, NotProved."""
    check(actor, by=OPERATOR, scope="peers", act="peers.read")


async def one(actor: Actor, node_id: str, *, here: Here) -> NeighbourView:
    """Everything about one neighbour. Raises NotFound."""
    for_operators(actor)
    return await _view(await peers.detail(node_id, here=here), here=here)


async def every(actor: Actor, *, here: Here) -> NeighbourList:
    """Everything about all of them, by node id."""
    for_operators(actor)
    return NeighbourList(neighbours=[await _view(each, here=here) for each in await peers.details(here=here)])


async def lines(actor: Actor, *, here: Here) -> list[Line]:
    """All of them in a line each, what is not well first."""
    for_operators(actor)
    found = []
    for peer in await peers.details(here=here):
        standing = wording.standing(peer, now=here.now)
        in_force = peer.state in IN_FORCE
        given = await looking.given(peer.node_id, frozenset(peer.gets)) if in_force else []
        lags = [each.lag for each in given if each.lag is not None]
        active = peer.state == "active"
        taken = await looking.taken(peer.node_id, frozenset(peer.gives), counted=False, here=here) if active else []
        found.append(
            Line(
                peer=peer,
                tag=standing.tag,
                kind=standing.kind,
                said=standing.words,
                next_step=standing.next_step,
                well=standing.well,
                behind=sum(lags) if lags else None,
                stale=any(each.fresh != "fresh" or each.alarm for each in taken),
            )
        )
    return sorted(found, key=lambda line: (line.well, line.peer.name))


async def effect(node_id: str, *, here: Here) -> Effect:
    """What a pause or an end would do at this moment."""
    return Effect(
        offers=await support.shown_of(node_id, here=here),
        introductions=len([half for half in await introductions.open_with(node_id) if not half.silent]),
        letters=len(await post.open_to("letter", node_id)),
    )


async def _view(peer: PeerDetail, *, here: Here) -> NeighbourView:
    standing = wording.standing(peer, now=here.now)
    in_force = peer.state in IN_FORCE
    gives, gets = (frozenset(peer.gives), frozenset(peer.gets)) if in_force else (frozenset[str](), frozenset[str]())
    return NeighbourView(
        peer=peer,
        said=standing.words,
        next_step=standing.next_step,
        why=wording.why(peer.why) if peer.why else "",
        told=wording.told(peer.paused_why, peer.paused_words) if peer.paused_there and peer.paused_why else "",
        taken=await looking.taken(peer.node_id, gives, here=here),
        given=await looking.given(peer.node_id, gets),
        owed=await looking.owed(peer.node_id),
        effect=await effect(peer.node_id, here=here),
    )
