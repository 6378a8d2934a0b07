# SPDX-License-Identifier: AGPL-3.0-or-later
"""One offer that a member found, opened: as it stands on this node, also when it is full or its supporter is away.

It never says whose it is; only whether it is the reader's own, since nobody asks themselves. Opening it is written down nowhere.
"""

from __future__ import annotations

from node.actor import Actor
from node.database import together
from node.errors import NotFound
from node.here import Here
from node.members.rights import MEMBER, check
from node.peers import reads as peers
from node.place import WHOLE_PATCH
from node.safeguarding import reads as safeguarding
from node.support import rules
from node.support.reads import rows, search
from node.support.reads.asking import GONE
from node.support.reads.choosing import rows_of
from node.support.shapes import Found
from node.support.taxonomy import common
from node.words import _


async def found(listing_id: str, actor: Actor, here: Here, *, near: str = "") -> Found:
    """The offer of this listing. `near`: id of the area that its distance is told from; else none is told.

    Raises NotFound, alike for one that is unknown, hidden or past its time.
    """
    check(actor, by=MEMBER, scope="support", act="support.found")
    there, names = await together(rows_of([listing_id], here=here), peers.names())
    if not there:
        raise NotFound(_(GONE), cause="no such listing now")
    topics = common()
    area = rules.place(near, here) if near and near != WHOLE_PATCH else None
    [item] = search.views(there, names, near=area, topics=topics, here=here)
    home = item.node_id == here.node_id
    facts = await rows.facts(item.id) if home else None
    return Found(
        listing=item,
        own=facts is not None and facts.supporter == actor.person,
        home=home,
        help=None if topics.crisis.isdisjoint(item.topics) else await safeguarding.numbers_here(here=here),
    )
