# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deeds of the front room: calls (`calls`), copies of what is kept (`copying`), complaints about data (`complaints`)."""

from node.front.acts.calls import ring_me, ring_me_without_account, rung
from node.front.acts.complaints import acknowledge, answer, complain, complain_without_account
from node.front.acts.copying import ask_for_copy, hand_out, leave_out, open_copy, take_back_copy

__all__ = [
    "acknowledge",
    "answer",
    "ask_for_copy",
    "complain",
    "complain_without_account",
    "hand_out",
    "leave_out",
    "open_copy",
    "ring_me",
    "ring_me_without_account",
    "rung",
    "take_back_copy",
]
