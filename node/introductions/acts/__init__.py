# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person can do in an introduction, each on their own half: ask, answer, write, share, meet, end; and what leads do."""

from node.introductions.acts.answering import accept, decline, never_again
from node.introductions.acts.asking import ask, preview, tell_me_when_back
from node.introductions.acts.carrying import carry_on
from node.introductions.acts.closing import end, withdraw, worry
from node.introductions.acts.leading import open_sealed_copy, word_ending
from node.introductions.acts.meeting import agree, check_out, plan
from node.introductions.acts.minding import note_home, remind, whom_to_ring
from node.introductions.acts.talking import count_conversation, review, share, write

__all__ = [
    "accept",
    "agree",
    "ask",
    "carry_on",
    "check_out",
    "count_conversation",
    "decline",
    "end",
    "never_again",
    "note_home",
    "open_sealed_copy",
    "plan",
    "preview",
    "remind",
    "review",
    "share",
    "tell_me_when_back",
    "whom_to_ring",
    "withdraw",
    "word_ending",
    "worry",
    "write",
]
