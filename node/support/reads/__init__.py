# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to the peer-support room: offers (`offers`), the search (`search`), what an ask needs to know (`asking`)."""

from node.support.reads.asking import askable, assisted, listed, own_offer
from node.support.reads.offers import mine, offer, preview, supporter, topics, waiting
from node.support.reads.search import search

__all__ = [
    "askable",
    "assisted",
    "listed",
    "mine",
    "offer",
    "own_offer",
    "preview",
    "search",
    "supporter",
    "topics",
    "waiting",
]
