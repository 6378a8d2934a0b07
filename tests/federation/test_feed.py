# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log and its followers: what is appended arrives whole or not at all, and what a log takes back shows."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import merkle, notes, wire
from federation.errors import Refused
from federation.feed import (
    Absent,
    Aside,
    Close,
    Control,
    FeedRefused,
    Known,
    Log,
    Open,
    Put,
    Withdraw,
    absent,
    decode_page,
    encode_control,
    encode_page,
    freshness,
    judge_checkpoint,
    leaf_hashes,
    make_put,
    open_log,
    snapshot_complete,
    sort_entries,
    stage_page,
    verify_range,
    why_absent,
)
from federation.keys import SigningKey
from federation.merkle import Frontier

NOW = 1_790_000_000
DAY = 86_400
NODE, TOPIC = "alder.example", "peer-support"
KEY = SigningKey.from_seed(b"\x07" * 32)


def put(number: int = 0, *, at: int = NOW, days: int = 60) -> Put:
    seed = number.to_bytes(16, "big")
    data = b'{"number":%d}' % number
    return make_put(TOPIC, id=seed, iat=at, data=data, expires=at + days * DAY, salt=seed + seed)


def finds(finding: str, act, *args, **kwargs) -> None:
    with pytest.raises(FeedRefused) as caught:
        act(*args, **kwargs)
    assert (caught.value.finding, caught.value.code) == (finding, "bad-answer")


def refused(code: str, act, *args, **kwargs) -> None:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


def first(*snapshot: Put, now: int = NOW):
    return open_log(NODE, TOPIC, now=now, previous=None, reason="first", snapshot=snapshot)


def signed(log: Log, *, now: int = NOW, key: SigningKey = KEY) -> tuple[Log, notes.Checkpoint]:
    log, note = log.checkpoint(key, now=now)
    return log, notes.open_checkpoint(note, str(log.origin), [key.public])


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_whatever_is_appended_in_whatever_steps_arrives_in_whatever_pages(steps, chance):
    opened = first(put(900), put(901))
    log, sent = opened.log, list(opened.entries)
    known, frontier, got = None, Frontier(), []
    for number, step in enumerate(steps):
        grown = log.append([put(number * 100 + at) for at in range(step)], now=NOW)
        assert grown.first == log.frontier.size
        log, checkpoint = signed(grown.log, now=NOW + number)
        sent += grown.entries
        known = judge_checkpoint(known, checkpoint, NOW + number).known
        staged, hashes = frontier, []
        while staged.size < known.size:
            page, _ = encode_page(sent[staged.size : min(known.size, staged.size + chance.randint(1, 40))])
            entries = decode_page(page)
            staged, new = stage_page(log.origin, staged, entries, end=known.size)
            got, hashes = got + entries, hashes + new
        frontier = verify_range(frontier, hashes, known)
        assert frontier == staged == log.frontier
    assert got == sent
    found = sort_entries(log.origin, 0, got, now=NOW)
    assert [at.put for at in found.puts] == sent[1:]
    assert found.opened == Open(0, 0, wire.b64(merkle.EMPTY_ROOT), "first", 2)
    assert not found.aside


def test_an_epoch_begins_with_its_whole_live_state_and_its_past():
    past, _ = signed(first(put(1)).log.append([put(2)], now=NOW).log, now=NOW + 40)
    again = open_log(NODE, TOPIC, now=NOW, previous=past, reason="age", snapshot=[put(1), put(2)])
    assert again.log.origin.epoch == NOW + 1  # greater than the last, although the clock is not
    assert again.log.time == NOW + 40
    root = wire.b64(past.frontier.root())
    assert sort_entries(again.log.origin, 0, again.entries, now=NOW).opened == Open(NOW, 3, root, "age", 2)
    assert not snapshot_complete(Frontier().extend(again.leaf_hashes[:2]), 2)
    assert snapshot_complete(again.log.frontier, 2)
    finds("epoch-ahead", open_log, NODE, TOPIC, now=NOW - 301, previous=past, reason="age")


def test_nothing_is_appended_that_a_follower_would_set_aside():
    log = first(put(1)).log
    for entry in (
        Absent(NOW + DAY, b"\0" * 32),
        encode_control(Open(1, 0, wire.b64(merkle.EMPTY_ROOT), "age", 0)),
        encode_control(Withdraw(((NOW, 2),), False)),  # itself
        encode_control(Withdraw(((NOW + 1, 0),), False)),  # another epoch to come
        Control(b"{}"),
        Put(NOW + 100 * DAY, b"\0" * 32, put(2).body),
        Put(NOW + DAY, b"\0" * 31, put(2).body),
    ):
        refused("malformed", log.append, [entry], now=NOW)
    refused("clock-skew", log.append, [put(2, at=NOW + 301)], now=NOW)
    assert log.append([encode_control(Withdraw(((NOW, 1), (NOW - 9, 5)), True))], now=NOW).log.frontier.size == 3


def test_nothing_follows_a_close_and_no_epoch_outlives_a_hundred_days():
    log = first().log
    close = encode_control(Close("age"))
    closed = log.append([put(1), close], now=NOW).log
    refused("epoch-closed", closed.append, [put(2)], now=NOW)
    refused("malformed", log.append, [close, put(1)], now=NOW)
    end = NOW + 100 * DAY
    assert log.append([put(1, at=end)], now=end).log.checkpoint(KEY, now=end)
    refused("epoch-closed", log.append, [put(1, at=end)], now=end + 1)
    finds("epoch-long", log.checkpoint, KEY, now=end + 1)


def test_the_time_of_a_checkpoint_never_goes_back():
    log, _ = signed(first().log, now=NOW + 200)
    back, checkpoint = signed(log, now=NOW)
    assert back.time == checkpoint.time == NOW + 200
    finds("time-ahead", log.checkpoint, KEY, now=NOW - 101)


def known_and_next(*, size: int = 5):
    log = first(*(put(number) for number in range(size - 1))).log
    log, checkpoint = signed(log, now=NOW + 100)
    return log, judge_checkpoint(None, checkpoint, NOW + 100).known, checkpoint


def test_what_is_new_about_a_checkpoint():
    log, known, checkpoint = known_and_next()
    assert known == Known(log.origin, 5, log.frontier.root(), NOW + 100, checkpoint.note)
    assert judge_checkpoint(known, checkpoint, NOW + 100).news == "renewed"
    _, later = signed(log, now=NOW + 900)
    assert judge_checkpoint(known, later, NOW + 900) == (
        "renewed",
        dataclasses.replace(known, time=NOW + 900, note=later.note),
    )
    _, grown = signed(log.append([put(9)], now=NOW).log, now=NOW + 100)
    assert judge_checkpoint(known, grown, NOW + 100).news == "grown"
    _, epoch = signed(open_log(NODE, TOPIC, now=NOW + 500, previous=log, reason="key").log, now=NOW + 500)
    assert judge_checkpoint(known, epoch, NOW + 500).news == "epoch"


def test_rollback_fork_and_fast_forward_are_found():
    _, known, checkpoint = known_and_next()
    change = dataclasses.replace
    finds("rollback", judge_checkpoint, known, change(checkpoint, size=4), NOW + 100)
    finds("rollback", judge_checkpoint, known, change(checkpoint, time=NOW + 99), NOW + 100)
    finds("rollback", judge_checkpoint, known, change(checkpoint, time=NOW + 99, size=9), NOW + 100)
    before = change(checkpoint, origin=f"{NODE}/commoncare/{TOPIC}/{NOW - 1}", size=90)
    finds("rollback", judge_checkpoint, known, before, NOW + 100)
    finds("fork", judge_checkpoint, known, change(checkpoint, root=b"\1" * 32), NOW + 100)
    finds("time-ahead", judge_checkpoint, known, change(checkpoint, time=NOW + 401), NOW + 100)
    jump = change(checkpoint, origin=f"{NODE}/commoncare/{TOPIC}/{2**31}")
    finds("epoch-ahead", judge_checkpoint, known, jump, NOW + 100)
    finds("epoch-ahead", judge_checkpoint, None, change(checkpoint, time=NOW - 301), NOW + 100)
    late = NOW + 100 * DAY + 1
    finds("epoch-long", judge_checkpoint, known, change(checkpoint, time=late), late)
    new = change(checkpoint, origin=f"{NODE}/commoncare/{TOPIC}/{NOW + 50}", time=NOW + 99)
    finds("rollback", judge_checkpoint, known, new, NOW + 100)
    refused("malformed", judge_checkpoint, known, change(checkpoint, size=0), NOW + 100)
    with pytest.raises(ValueError):
        judge_checkpoint(known, change(checkpoint, origin=f"birch.example/commoncare/{TOPIC}/{NOW}"), NOW + 100)
    assert judge_checkpoint(known, change(checkpoint, time=NOW + 400), NOW + 100).news == "renewed"


@pytest.mark.parametrize(
    ("age", "told"), [(-300, "fresh"), (3600, "fresh"), (3601, "stale"), (86_400, "stale"), (86_401, "alarm")]
)
def test_a_log_that_stands_still_shows(age, told):
    _, known, _ = known_and_next()
    assert freshness(known, known.time + age) == told
    assert freshness(None, NOW) == "stale"


def test_a_page_reordered_truncated_or_swapped_never_verifies():
    log, known, _ = known_and_next()
    whole = [*first(*(put(number) for number in range(4))).entries]
    assert verify_range(Frontier(), leaf_hashes(log.origin, whole), known) == log.frontier
    for bad in (
        [whole[0], whole[2], whole[1], *whole[3:]],
        whole[:-1],
        [*whole, put(9)],
        [*whole[:2], put(9), *whole[3:]],
        [*whole[:2], Put(whole[2].expires + 1, whole[2].salt, whole[2].body), *whole[3:]],
    ):
        finds("root-mismatch", verify_range, Frontier(), leaf_hashes(log.origin, bad), known)
    refused("bad-answer", stage_page, log.origin, Frontier(), whole, end=4)
    refused("bad-answer", stage_page, log.origin, Frontier(), [], end=4)


def test_a_poison_entry_is_set_aside_and_the_rest_moves_on():
    log = first(put(1)).log
    withdraw = Withdraw(((NOW, 1),), True)
    hidden = absent(log.origin, put(3))
    run = [
        put(2),
        Put(NOW + DAY, b"\1" * 32, b"not JSON"),
        Put(NOW + 91 * DAY, b"\1" * 32, put(4).body),
        hidden,
        encode_control(withdraw),
        Control(b'{"type":"renew"}'),
        encode_control(Withdraw(((NOW, 99),), True)),
        encode_control(Open(1, 0, wire.b64(merkle.EMPTY_ROOT), "age", 0)),
        encode_control(Close("leaving")),
        put(5),
    ]
    found = sort_entries(log.origin, 2, run, now=NOW, live=1)
    assert [at.index for at in found.puts] == [2]
    assert [(at.index, at.absent) for at in found.absent] == [(5, hidden)]
    assert [(at.index, at.withdraw) for at in found.withdrawals] == [(6, withdraw)]
    assert [(at.index, at.control) for at in found.aside] == [
        (3, False),
        (4, False),
        (7, True),
        (8, True),
        (9, True),
        (11, False),
    ]
    assert found.closed
    assert found.opened is None
    after = sort_entries(log.origin, 12, [put(6)], now=NOW, live=1, closed=True)
    assert after.aside == (Aside(12, False, "malformed", "an entry after the close entry"),)
    with pytest.raises(ValueError):
        sort_entries(log.origin, 2, run, now=NOW)


def test_an_epoch_that_does_not_begin_rightly_is_refused():
    opened = first(put(1), put(2))
    origin, (opening, one, two) = opened.log.origin, opened.entries
    close = encode_control(Close("age"))
    later = encode_control(Open(NOW, 3, wire.b64(b"\1" * 32), "age", 0))
    for run in ([one, two], [], [close], [Control(b"{}")], [later], [opening, one, close]):
        finds("snapshot", sort_entries, origin, 0, run, now=NOW)
    finds("snapshot", sort_entries, origin, 2, [close], now=NOW, live=2)
    assert sort_entries(origin, 3, [close], now=NOW, live=2).closed


def test_a_body_may_be_absent_only_for_a_reason():
    log = first(put(1)).log
    (entry,) = sort_entries(log.origin, 1, [absent(log.origin, put(1))], now=NOW, live=1).absent

    def why(origin=log.origin, granted=True, withdrawn=(), now=NOW):
        return why_absent(origin, entry, granted=granted, withdrawn=set(withdrawn), now=now)

    other = dataclasses.replace(log.origin, topic="availability")
    assert why(granted=False) == "withheld"
    assert why(now=entry.absent.expires) == "expired"
    assert why(other, now=entry.absent.expires - 301) == "missing"
    assert why(withdrawn=[(NOW, 1)]) == "withdrawn"
    assert why(other, withdrawn=[(NOW, 2), (NOW - 1, 1)]) == "missing"
    assert why() == "audience"
