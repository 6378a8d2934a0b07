# SPDX-License-Identifier: AGPL-3.0-or-later
"""What operators do in a history: people leave, neighbours are paused and parted with, keys turned and revoked, backups made.

Each deed is done by the room's own act, like those of `deeds`. `DEEDS` is what anybody does at all, and how often.
"""

from __future__ import annotations

from node import database
from node.members import standing
from node.peers import acts as peers
from node.peers import rotating
from tests.simulation.deeds import CLI, Deed, Town, answer, ask, end, publish, revise, share, tend, withdraw, write

LEAVING = frozenset({"supported", "peer_supporter", "family", "volunteer", "worker"})
"""Who has no other role may leave."""


async def leave(town: Town, name: str) -> str:
    """Somebody leaves, and with them whatever they wrote: an erasure that neighbours answer for."""
    cast = town.street.cast
    there = [
        town.street.people[one.id]
        for one in cast.of(name)
        if set(one.roles) <= LEAVING and one.state == "active" and town.street.people[one.id] not in town.gone
    ]
    if len(there) < 2:
        return "nothing"
    person = town.rng.choice(sorted(there))
    town.gone.add(person)
    await standing.leave(actor=CLI, person_id=person, here=town.here(name))
    return person


# Neighbours -----------------------------------------------------------------------------------------------------------


async def pause(town: Town, name: str) -> str:
    """The operator pauses a neighbour."""
    other = await _a_neighbour(town)
    if other is None:
        return "nothing"
    await peers.pause(actor=CLI, node_id=other, reason="a try", here=town.here(name))
    return other


async def resume(town: Town, name: str) -> str:
    """Whatever this co-op paused is resumed."""
    paused = await database.rows("SELECT node_id FROM peer WHERE paused_here = {} ORDER BY node_id", True)
    for row in paused:
        await peers.resume(actor=CLI, node_id=row["node_id"], here=town.here(name))
    return str(len(paused))


async def part(town: Town, name: str) -> str:
    """A peering is ended for good."""
    other = await _a_neighbour(town)
    if other is None:
        return "nothing"
    await peers.end(actor=CLI, node_id=other, reason="a try", here=town.here(name))
    return other


async def _a_neighbour(town: Town) -> str | None:
    found = await database.rows("SELECT node_id FROM peer WHERE NOT ended ORDER BY node_id")
    return str(town.rng.choice(found)["node_id"]) if found else None


# Keys and copies ------------------------------------------------------------------------------------------------------


async def turn_key(town: Town, name: str) -> str:
    """The successor of a working key is announced."""
    use = town.rng.choice(("http", "log", "letter"))
    return (await rotating.rotate(actor=CLI, use=use, here=town.here(name))).use


async def revoke_key(town: Town, name: str) -> str:
    """A working key counts no more from now on; with that of the feeds, a new epoch of each begins."""
    use, anew = town.rng.choice(("http", "log", "letter")), town.street.coops[name].begin_feeds_anew
    done = await rotating.revoke(actor=CLI, use=use, reason="a try", begin_anew=anew, here=town.here(name))
    return done.use


async def back_up(town: Town, name: str) -> str:
    """A backup is made."""
    return await town.street.back_up(name)


DEEDS: dict[Deed, float] = {
    publish: 8, revise: 6, withdraw: 5, tend: 6, ask: 12, answer: 14, write: 14, share: 10, end: 4, pause: 1.5, resume: 4,
    leave: 1, part: 0.4, turn_key: 1.5, revoke_key: 1.5, back_up: 2.5,
}  # fmt: skip
"""What is done, and how often beside the others."""
