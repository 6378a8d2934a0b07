# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds: a node's append-only log on one topic in one epoch, as owner and follower see it (decisions 5 to 14).

`logs` writes one, `follow` judges another's, `entries`, `controls`, `pages` and `heads` are what crosses between them,
`forks` is the proof that somebody signed two histories. Pure: bytes, keys, a time and an old state go in; a new
state or a refusal comes out.
"""

from .controls import Close, Open, Withdraw, decode_control, encode_control
from .entries import (
    Absent,
    Control,
    Entry,
    Put,
    Record,
    absent,
    commitment,
    leaf,
    leaf_hashes,
    make_put,
    read_put,
    renew_put,
)
from .findings import FINDINGS, FeedRefused
from .follow import (
    AbsentAt,
    Aside,
    Judged,
    Known,
    PutAt,
    Sorted,
    Staged,
    WithdrawAt,
    freshness,
    judge_checkpoint,
    root_at,
    snapshot_complete,
    sort_entries,
    stage_page,
    verify_range,
    why_absent,
)
from .forks import Fork, find_fork, judge_fork, read_fork
from .heads import PAUSES, Head, Heads, Paused, decode_heads, encode_heads, etag, open_head
from .logs import CHECKPOINT_SECONDS, Appended, Log, open_log
from .origins import ENTRY_DAYS, EPOCH_DAYS, TOPICS, Origin
from .pages import decode_page, encode_page

__all__ = [
    "CHECKPOINT_SECONDS",
    "ENTRY_DAYS",
    "EPOCH_DAYS",
    "FINDINGS",
    "PAUSES",
    "TOPICS",
    "Absent",
    "AbsentAt",
    "Appended",
    "Aside",
    "Close",
    "Control",
    "Entry",
    "FeedRefused",
    "Fork",
    "Head",
    "Heads",
    "Judged",
    "Known",
    "Log",
    "Open",
    "Origin",
    "Paused",
    "Put",
    "PutAt",
    "Record",
    "Sorted",
    "Staged",
    "Withdraw",
    "WithdrawAt",
    "absent",
    "commitment",
    "decode_control",
    "decode_heads",
    "decode_page",
    "encode_control",
    "encode_heads",
    "encode_page",
    "etag",
    "find_fork",
    "freshness",
    "judge_checkpoint",
    "judge_fork",
    "leaf",
    "leaf_hashes",
    "make_put",
    "open_head",
    "open_log",
    "read_fork",
    "read_put",
    "renew_put",
    "root_at",
    "snapshot_complete",
    "sort_entries",
    "stage_page",
    "verify_range",
    "why_absent",
]
