# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's JSON door to what is known of neighbours, in both directions. Reads only; deeds are those of `node.peers`."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.here import Here
from node.neighbours import reads
from node.neighbours.shapes import NeighbourList, NeighbourView
from node.web.problems import problems

TAGS = ["Neighbour co-ops"]


@get(
    "/peers/standing",
    operation_id="peers_standings",
    summary="Every co-op that this node knows, in both directions",
    tags=TAGS,
    responses=problems(401, 403),
)
async def standings(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> NeighbourList:
    return await reads.every(actor, here=here)


@get(
    "/peers/{node_id:str}/standing",
    operation_id="peers_standing",
    summary="One co-op in both directions: what is held of it, what it holds of us, what is owed, what waits",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def standing(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> NeighbourView:
    return await reads.one(actor, node_id, here=here)


routes = [standings, standing]
