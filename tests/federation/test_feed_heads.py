# SPDX-License-Identifier: AGPL-3.0-or-later
"""Heads, which say where every feed stands, and forks, which prove that somebody signed two histories."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import merkle, notes, wire
from federation.errors import Refused
from federation.feed import (
    Fork,
    Head,
    Heads,
    Log,
    Put,
    decode_heads,
    encode_heads,
    etag,
    find_fork,
    judge_fork,
    make_put,
    open_head,
    open_log,
    read_fork,
    root_at,
)
from federation.keys import SigningKey

NOW = 1_790_000_000
DAY = 86_400
NODE, TOPIC = "alder.example", "peer-support"
KEY = SigningKey.from_seed(b"\x07" * 32)


def put(number: int = 0, *, at: int = NOW, days: int = 60) -> Put:
    seed = number.to_bytes(16, "big")
    data = b'{"number":%d}' % number
    return make_put(TOPIC, id=seed, iat=at, data=data, expires=at + days * DAY, salt=seed + seed)


def refused(code: str, act, *args, **kwargs) -> None:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


def first(*snapshot: Put, now: int = NOW):
    return open_log(NODE, TOPIC, now=now, previous=None, reason="first", snapshot=snapshot)


def signed(log: Log, *, now: int = NOW, key: SigningKey = KEY) -> tuple[Log, notes.Checkpoint]:
    log, note = log.checkpoint(key, now=now)
    return log, notes.open_checkpoint(note, str(log.origin), [key.public])


def heads(**other) -> Heads:
    log = first(put(1)).log
    note = signed(log, now=other.pop("time", NOW))[1].note
    return Heads(
        (Head(TOPIC, note, other.pop("grant", 1)),),
        other.pop("identity_version", 3),
        other.pop("manifest_version", 7),
        other.pop("charter", 0),
    )


def test_heads_come_back_and_wake_only_for_news():
    said = heads()
    assert decode_heads(encode_heads(said)) == said
    assert len(etag(said)) == 22
    assert etag(heads(time=NOW + 900)) == etag(said)
    for news in ({"grant": 2}, {"identity_version": 4}, {"manifest_version": 8}, {"charter": 1}):
        assert etag(heads(**news)) != etag(said)
    grown = Head(TOPIC, signed(first(put(1), put(2)).log)[1].note, 1)
    epoch = Head(TOPIC, signed(first(put(1), now=NOW + 1).log, now=NOW + 1)[1].note, 1)
    trust = Head("trust", signed(open_log(NODE, "trust", now=NOW, previous=None, reason="first").log)[1].note, 1)
    tags = {
        etag(said),
        *(etag(Heads((head,), 3, 7, 0)) for head in (grown, epoch, trust)),
        etag(Heads((), 3, 7, 0)),
    }
    assert len(tags) == 5
    assert etag(Heads((grown, trust), 3, 7, 0)) == etag(Heads((trust, grown), 3, 7, 0))


def test_other_heads_are_refused():
    good = json.loads(encode_heads(heads()))
    head = good["heads"][0]
    for bad in (
        good | {"more": 1},
        good | {"charter": None},
        good | {"charter": -1},
        good | {"heads": [head, head]},
        good | {"heads": [head | {"topic": "letters"}]},
        good | {"heads": [head | {"grant": "1"}]},
        good | {"heads": [head | {"more": 1}]},
        {name: value for name, value in good.items() if name != "manifest_version"},
        [],
    ):
        refused("malformed", decode_heads, json.dumps(bad).encode())
    refused("too-large", decode_heads, b" " * (wire.HEADS_LIMIT + 1))
    with pytest.raises(ValueError):
        encode_heads(Heads((Head("letters", "", 0),), 1, 1, 0))


def test_a_head_is_believed_only_when_node_topic_origin_and_key_agree():
    (head,) = heads().heads
    assert open_head(head, NODE, [KEY.public]).size == 2
    other = SigningKey.from_seed(b"\x08" * 32)
    refused("untrusted", open_head, head, "birch.example", [KEY.public])
    refused("untrusted", open_head, Head("trust", head.checkpoint, 1), NODE, [KEY.public])
    refused("untrusted", open_head, head, NODE, [other.public])
    refused("malformed", open_head, Head(TOPIC, "nonsense", 1), NODE, [KEY.public])


def two_views(common: int, m: int, n: int):
    """One log that told another the same beginning, then something else: both checkpoints, and our leaf hashes."""
    opened = first(*(put(number) for number in range(common - 1)))
    ours = opened.log.append([put(100 + at) for at in range(n - common)], now=NOW)
    theirs = opened.log.append([put(200 + at) for at in range(m - common)], now=NOW)
    return (*opened.leaf_hashes, *ours.leaf_hashes), signed(theirs.log)[1], signed(ours.log)[1]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 9))
def test_a_fork_is_proof_for_anybody(common, beyond, more):
    leaves, seen, held = two_views(common, common + beyond, common + beyond + more)
    fork = find_fork(leaves, seen, held)
    assert isinstance(fork, Fork)
    told = read_fork(
        wire.parse(
            wire.dumps(
                {
                    "note_m": fork.note_m,
                    "note_n": fork.note_n,
                    "root_m": fork.root_m,
                    "path": fork.path,
                    "more": 1,
                }
            )
        )
    )
    assert judge_fork(told, NODE, [KEY.public]) == first().log.origin
    assert root_at(leaves, seen.size) == wire.unb64(fork.root_m)


def test_an_honest_log_cannot_be_accused():
    leaves, _, held = two_views(3, 4, 7)
    _, earlier = signed(first(put(0), put(1)).log)
    assert find_fork(leaves, earlier, held) is None
    forged = Fork(
        earlier.note,
        held.note,
        wire.b64(earlier.root),
        tuple(wire.b64(step) for step in merkle.consistency_proof(leaves, 3)),
    )
    refused("untrusted", judge_fork, forged, NODE, [KEY.public])
    refused(
        "untrusted",
        judge_fork,
        Fork(forged.note_m, forged.note_n, wire.b64(b"\1" * 32), forged.path),
        NODE,
        [KEY.public],
    )


def test_evidence_needs_the_nodes_own_signatures():
    leaves, seen, held = two_views(2, 4, 5)
    fork = find_fork(leaves, seen, held)
    refused("untrusted", judge_fork, fork, "birch.example", [KEY.public])
    refused("untrusted", judge_fork, fork, NODE, [SigningKey.from_seed(b"\x09" * 32).public])
    refused("malformed", read_fork, {"note_m": 1})
    with pytest.raises(ValueError):
        find_fork(leaves[:-1], seen, held)
    with pytest.raises(ValueError):
        find_fork(leaves, held, seen)
