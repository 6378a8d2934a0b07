# SPDX-License-Identifier: AGPL-3.0-or-later
"""What members are told of neighbours whose offers they can't find at the moment: which, who pauses it, and why.

Only what the co-op that pauses chose to say: a code and a line of words. What an operator wrote for themselves never comes here.
"""

from __future__ import annotations

from node.here import Here
from node.peers import reads
from node.peers.wording import told
from node.words import _


async def to_members(*, here: Here) -> list[str]:
    """A sentence for each neighbour whose peer-support offers are missing since one of the two pauses the other."""
    said = []
    for node_id in await reads.perhaps_paused():
        peer = await reads.detail(node_id, here=here)
        if peer.state != "paused" or "peer-support" not in peer.gives:
            continue
        if peer.paused_here:
            why = told(peer.pause_why, peer.pause_words)
            said.append(
                _("Offers of {name} are not shown for now: our co-op pauses it. {why}", name=peer.name, why=why)
            )
        elif peer.frozen:
            said.append(
                _("Offers of {name} are not shown for now: something is wrong with its computer.", name=peer.name)
            )
        else:
            why = told(peer.paused_why, peer.paused_words)
            said.append(
                _("Offers of {name} are not shown for now: it pauses our co-op. {why}", name=peer.name, why=why)
            )
    return said
