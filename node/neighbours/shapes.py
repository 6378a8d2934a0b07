# SPDX-License-Identifier: AGPL-3.0-or-later
"""A neighbour in both directions, and what pausing or ending it would do. Figures and codes; no member's data."""

from __future__ import annotations

from msgspec import Struct

from node.exchange.looking import Given, Owed, Taken
from node.peers.shapes import PeerDetail


class Effect(Struct, frozen=True, kw_only=True):
    """What a pause or an end would do now: offers of theirs that our members no longer find, introductions that are open with
    their members, letters that are on their way to them."""

    offers: int
    introductions: int
    letters: int


class NeighbourView(Struct, frozen=True, kw_only=True):
    """One neighbour whole. `taken`: what we hold of theirs, by topic; `given`: what they say that they hold of ours; `owed`:
    erasures of ours that they have to answer for; `said`: how we stand, in words; `why`: what stopped the last try, in words,
    "" when nothing did; `told`: what they say of their pause, in words; `effect`: see `Effect`."""

    peer: PeerDetail
    said: str
    next_step: str
    why: str
    told: str
    taken: list[Taken]
    given: list[Given]
    owed: list[Owed]
    effect: Effect


class Line(Struct, frozen=True, kw_only=True):
    """A neighbour in the list. `behind`: entries of ours that it does not hold yet, None where it never said; `tag`, `kind`,
    `said`, `next_step`: as `node.peers.wording.Standing`."""

    peer: PeerDetail
    tag: str
    kind: str
    said: str
    next_step: str
    well: bool
    behind: int | None
    stale: bool


class NeighbourList(Struct, frozen=True, kw_only=True):
    neighbours: list[NeighbourView]
