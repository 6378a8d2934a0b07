# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calling back: a neighbour asks whether we can reach it, and we try at once (docs/protocol, transport).

We fetch what anybody may fetch, from the node id that signed the request and from nowhere else, by the same way out as always.
What comes is held against what we know of that node. The answer is a code and our time: no address, no text.
"""

from __future__ import annotations

import asyncio
from typing import Final

from federation import wire
from federation.client import PeerClient
from federation.errors import Refused
from federation.identity import parse_well_known, read_identity
from federation.trust import PeerView
from node.here import Here

DEADLINE: Final = 10.0
"""Seconds for the visit, so that whoever asked still waits when it is over."""
WHY: Final = frozenset({"unreachable", "timeout", "too-large", "bad-answer", "untrusted"})


async def call_back(view: PeerView, client: PeerClient, *, here: Here) -> bytes:
    """The answer for this neighbour."""
    try:
        async with asyncio.timeout(DEADLINE):
            identity, _ = parse_well_known(await client.well_known(view.node_id))
        theirs = read_identity(identity, node_id=view.node_id)
        known = set(theirs.root_kids) & set(view.identity.root_kids)
        why = "" if known else "untrusted"
    except TimeoutError:
        why = "timeout"
    except Refused as refusal:
        why = refusal.code if refusal.code in WHY else "bad-answer"
    return wire.dumps({"why": why, "at": here.now})
