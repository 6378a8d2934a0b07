# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deeds in the peer-support room: writing an offer, the lead's check, tending it, supporters' standing, assisted search."""

from node.support.acts.assisting import assisted_search
from node.support.acts.checking import approve_offer, return_offer
from node.support.acts.supporters import induct_supporter, record_check_in
from node.support.acts.tending import away_until, back, full, give_place_back, room_again, take_place
from node.support.acts.writing import confirm_offer, draft_offer, revise_offer, submit_offer, withdraw_offer

__all__ = [
    "approve_offer",
    "assisted_search",
    "away_until",
    "back",
    "confirm_offer",
    "draft_offer",
    "full",
    "give_place_back",
    "induct_supporter",
    "record_check_in",
    "return_offer",
    "revise_offer",
    "room_again",
    "submit_offer",
    "take_place",
    "withdraw_offer",
]
