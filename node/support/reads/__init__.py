# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to the peer-support room: offers (`offers`), the search (`search`), one offer that was found (`found`), a lead's
(`leading`), what was read out to somebody (`choosing`), what an ask needs to know (`asking`)."""

from node.support.reads.asking import askable, assisted, listed, own_offer
from node.support.reads.choosing import choices
from node.support.reads.found import found
from node.support.reads.leading import supporters, to_check
from node.support.reads.offers import co_ops, mine, offer, own, preview, shown_of, supporter, topics, waiting
from node.support.reads.search import search

__all__ = [
    "askable",
    "assisted",
    "choices",
    "co_ops",
    "found",
    "listed",
    "mine",
    "offer",
    "own",
    "own_offer",
    "preview",
    "search",
    "shown_of",
    "supporter",
    "supporters",
    "to_check",
    "topics",
    "waiting",
]
