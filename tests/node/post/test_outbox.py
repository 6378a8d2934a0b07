# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox: nothing leaves of what was rolled back, nothing is acknowledged twice, and no change is missed."""

from __future__ import annotations

import asyncio

import pytest

from node import database, post


async def put(here, ref: str = "o1", due: int = 0, **more):
    await post.put_out(kind="letter", ref=ref, to="birch.example", due=here.now + due, here=here, **more)


async def claim(here, limit: int = 10, lease: int = 60):
    return await post.claim(["letter"], limit=limit, lease=lease, worker="w", here=here)


async def test_out_and_done(engine, here):
    since = database.version("outbox")
    async with database.transaction():
        await put(here)
        assert database.version("outbox") == since
    assert await database.wait("outbox", since, 1) > since
    (item,) = await claim(here)
    assert (item.kind, item.ref, item.to, item.attempts) == ("letter", "o1", "birch.example", 1)
    assert await claim(here) == []
    assert await post.done(item, here=here)
    assert not await post.done(item, here=here)
    assert await claim(here.at(here.now + 10**6)) == []
    assert (await post.state_of("letter", "o1")).state == "done"
    assert await post.state_of("letter", "o2") is None


async def test_rolled_back_never_leaves(engine, here):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.transaction():
            await put(here)
            _ = 1 / 0
    assert await claim(here) == []


async def test_put_again_moves_earlier_and_never_doubles(engine, here):
    await put(here, due=100)
    await put(here, due=50, expires=here.now + 500)
    await put(here, due=70, expires=here.now + 900)
    assert await post.next_due(["letter"]) == here.now + 50
    assert await claim(here) == []
    (item,) = await claim(here.at(here.now + 50))
    assert item.expires == here.now + 900
    assert await post.done(item, here=here)
    await put(here, due=70)  # closed: a new one
    assert await post.next_due(["letter"]) == here.now + 70


async def test_put_again_while_leased_is_delivered_once_more(engine, here):
    """What the reference means may have changed after the worker read it."""
    await put(here)
    (item,) = await claim(here)
    await put(here, due=5)
    await put(here, due=9)
    assert await claim(here.at(here.now + 10)) == []
    assert await post.done(item, here=here)
    assert (await post.state_of("letter", "o1")).state == "open"
    assert await claim(here) == []
    (again,) = await claim(here.at(here.now + 5))
    assert again.attempts == 1
    assert await post.done(again, here=here)
    assert (await post.state_of("letter", "o1")).state == "done"


async def test_put_again_while_leased_and_the_worker_dies(engine, here):
    await put(here)
    await claim(here, lease=60)
    await put(here, due=5)
    (item,) = await claim(here.at(here.now + 60))
    assert await post.done(item, here=here)
    assert (await post.state_of("letter", "o1")).state == "open"


async def test_a_lost_lease_is_told(engine, here):
    await put(here)
    (first,) = await claim(here, lease=60)
    assert await claim(here.at(here.now + 59)) == []
    (second,) = await claim(here.at(here.now + 60))
    assert second.attempts == 2
    assert second.lease != first.lease
    assert not await post.done(first, here=here)
    assert not await post.later(first, due=here.now, why="busy", here=here)
    assert not await post.dead(first, why="refused", here=here)
    assert await post.done(second, here=here)


async def test_an_overdue_lease_nobody_took_still_counts(engine, here):
    await put(here)
    (item,) = await claim(here, lease=1)
    assert await post.done(item, here=here.at(here.now + 500))


async def test_later_and_dead(engine, here):
    await put(here)
    (item,) = await claim(here)
    assert await post.later(item, due=here.now + 30, why="unreachable", here=here)
    assert await post.next_due(["letter"]) == here.now + 30
    (item,) = await claim(here.at(here.now + 30))
    assert item.attempts == 2
    await put(here, due=10)  # put out again meanwhile: sooner than the back-off
    assert await post.later(item, due=here.now + 90, why="unreachable", here=here)
    assert await post.next_due(["letter"]) == here.now + 10
    (item,) = await claim(here.at(here.now + 10))
    assert await post.dead(item, why="refused", here=here)
    found = await post.state_of("letter", "o1")
    assert (found.state, found.why, found.ended, found.attempts) == ("dead", "refused", here.now, 3)
    assert await post.next_due(["letter"]) is None


async def test_taken_back_does_not_leave(engine, here):
    await put(here)
    await put(here, ref="o2")
    assert await post.take_back("letter", "o1", here=here)
    assert not await post.take_back("letter", "o1", here=here)
    (item,) = await claim(here)
    assert item.ref == "o2"
    assert await post.take_back("letter", "o2", here=here)
    assert not await post.done(item, here=here)
    assert (await post.state_of("letter", "o2")).state == "back"


async def test_expired_never_leaves(engine, here):
    await put(here, expires=here.now + 10)
    await put(here, ref="o2", due=5)
    assert [item.ref for item in await claim(here.at(here.now + 10))] == ["o2"]
    found = await post.state_of("letter", "o1")
    assert (found.state, found.why, found.ended) == ("dead", "expired", here.now + 10)
    await put(here, ref="o3", expires=here.now + 30)
    (item,) = await claim(here.at(here.now + 29))
    assert await claim(here.at(here.now + 31)) == []  # still leased: its worker may be done in time
    assert await post.done(item, here=here.at(here.now + 31))


async def test_what_is_overdue_goes_to_whoever_has_somebody_to_tell(engine, here):
    await put(here, due=here.now + 900, expires=here.now + 10)
    late = here.at(here.now + 11)
    (item,) = await post.claim(["letter"], limit=9, lease=5, worker="w", overdue=True, here=late)
    assert (item.ref, item.expires) == ("o1", here.now + 10)
    assert (await post.state_of("letter", "o1")).state == "open"
    assert await post.dead(item, why="expired", here=late)


async def test_the_leases_of_a_dead_worker_end_when_that_is_known(engine, here):
    await put(here)
    await put(here, ref="o2")
    (mine,) = await claim(here, limit=1)
    (other,) = await post.claim(["letter"], limit=1, lease=500, worker="alive", here=here)
    assert await post.lease_holders() == ["alive", "w"]
    assert await post.let_go(["w"], here=here) == 1
    assert await post.let_go([], here=here) == 0
    (again,) = await claim(here)
    assert again.ref == mine.ref
    assert not await post.done(mine, here=here)
    assert await post.done(other, here=here)


async def test_longest_due_first_by_kind_and_limit(engine, here):
    for i in range(6):
        await put(here, ref=f"o{i}", due=-i)
    await post.put_out(kind="mail", ref="m", due=here.now - 100, here=here)
    assert [item.ref for item in await claim(here, limit=4)] == ["o5", "o4", "o3", "o2"]
    assert [item.kind for item in await post.claim(["mail"], limit=9, lease=5, worker="w", here=here)] == ["mail"]
    assert await post.claim([], limit=9, lease=5, worker="w", here=here) == []
    assert await post.next_due([]) is None
    assert await post.next_due(["letter"]) == here.now - 1
    await claim(here)
    assert await post.next_due(["letter", "mail"]) == here.now + 5


async def test_claim_inside_a_transaction_is_refused(engine, here):
    async with database.transaction():
        with pytest.raises(database.InTransaction):
            await claim(here)


async def test_done_joins_the_acknowledgement(engine, here):
    """Done, and then the transaction fails: it is delivered again."""
    await put(here)
    (item,) = await claim(here, lease=60)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.transaction():
            assert await post.done(item, here=here)
            _ = 1 / 0
    (again,) = await claim(here.at(here.now + 60))
    assert again.id == item.id


async def test_workers_at_once_share_without_overlap(engine, here):
    async with database.transaction():
        for i in range(100):
            await put(here, ref=f"o{i}")
    claims = await asyncio.gather(*(claim(here, limit=7) for _ in range(20)))
    refs = [item.ref for items in claims for item in items]
    assert sorted(refs) == sorted({f"o{i}" for i in range(100)})


async def test_inbox_new_same_other(engine, here):
    with pytest.raises(database.NotInTransaction):
        await post.received("birch.example", "l1", "d1", here.now + 60, here=here)

    async def receive(source: str, jti: str, digest, keep: bool = True) -> str:
        async with database.transaction():
            outcome = await post.received(source, jti, digest, here.now + 60, here=here)
            if not keep:
                raise LookupError
        return outcome

    with pytest.raises(LookupError):
        await receive("birch.example", "l1", "d1", keep=False)
    assert await receive("birch.example", "l1", "d1") == "new"
    assert await receive("birch.example", "l1", "d1") == "same"
    assert await receive("birch.example", "l1", "d2") == "other"
    assert await receive("cedar.example", "l1", "d2") == "new"
    assert await receive("birch.example", "l2", b"\x01\x02") == "new"
    assert await receive("birch.example", "l2", b"\x01\x02") == "same"
    outcomes = await asyncio.gather(*(receive("birch.example", "l3", "d") for _ in range(50)))
    assert sorted(outcomes) == ["new"] + ["same"] * 49


async def test_sweep(engine, here):
    await put(here)
    await put(here, ref="o2")
    (first, _) = await claim(here)
    await post.done(first, here=here)
    async with database.transaction():
        await post.received("birch.example", "l1", "d1", here.now + 60, here=here)
    assert await post.sweep(keep=100, here=here.at(here.now + 60)) == 0
    assert await post.sweep(keep=100, here=here.at(here.now + 101)) == 2
    assert (await database.row("SELECT count(*) AS c FROM outbox"))["c"] == 1
