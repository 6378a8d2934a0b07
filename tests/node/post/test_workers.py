# SPDX-License-Identifier: AGPL-3.0-or-later
"""Four worker processes, one killed without warning in the middle: every job is acknowledged once, on both engines."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

from node import database, post
from node.here import Here, NodeKey
from tests.support import SeededRandomness, run_apart

JOBS = 300
LEASE = 2
ACK = "CREATE TABLE acknowledged (ref VARCHAR(40) NOT NULL, worker VARCHAR(20) NOT NULL, tries BIGINT NOT NULL)"


def here(seed: int) -> Here:
    return Here("alder.example", int(time.time()), SeededRandomness(seed), NodeKey(bytes(32)))


def work(url: str, number: int, folder: str, together: threading.Barrier) -> None:
    """Deliver and acknowledge; worker 0 is killed when it has delivered its 5th, before that acknowledgement stands."""

    async def run() -> None:
        engine = database.open_engine(url)
        await engine.open()
        count = 0
        together.wait(60)
        with database.bound(engine):
            while await post.next_due(["job"]) is not None:
                items = await post.claim(
                    ["job"], limit=10, lease=LEASE, worker=f"w{number}", here=here(1000 * number + count)
                )
                if not items:
                    await asyncio.sleep(0.02)
                if not count:
                    together.wait(60)  # each holds some of the jobs before any is delivered
                for item in items:
                    count += 1
                    with (Path(folder) / f"delivered-{number}").open("a") as file:
                        file.write(item.ref + "\n")
                    async with database.transaction():
                        await database.execute(
                            "INSERT INTO acknowledged VALUES ({}, {}, {})",
                            item.ref,
                            f"w{number}",
                            item.attempts,
                        )
                        if number == 0 and count == 5:
                            os.kill(os.getpid(), signal.SIGKILL)
                        if not await post.done(item, here=here(count)):
                            raise LookupError("the lease was lost")
        await engine.close()

    asyncio.run(run())


async def prepare(url: str) -> None:
    engine = database.open_engine(url)
    await engine.open()
    with database.bound(engine):
        await database.execute(ACK)
        async with database.transaction():
            chance = here(7)
            for job in range(JOBS):
                await post.put_out(kind="job", ref=f"job-{job}", due=0, here=chance)
    await engine.close()


async def judge(url: str) -> list[dict]:
    engine = database.open_engine(url)
    await engine.open()
    with database.bound(engine):
        found = await database.rows("SELECT ref, worker, tries FROM acknowledged")
        assert await database.rows("SELECT id FROM outbox WHERE state <> 'done'") == []
    await engine.close()
    return found


def test_each_job_is_acknowledged_once(new_database, tmp_path):
    url = new_database()
    run_apart(prepare(url))
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(4)
    workers = [context.Process(target=work, args=(url, number, str(tmp_path), together)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [-signal.SIGKILL, 0, 0, 0]
    found = run_apart(judge(url))
    assert sorted(row["ref"] for row in found) == sorted(f"job-{job}" for job in range(JOBS))
    assert [row["worker"] for row in found].count("w0") == 4
    delivered = [line for number in range(4) for line in (tmp_path / f"delivered-{number}").read_text().split()]
    assert set(delivered) == {f"job-{job}" for job in range(JOBS)}
    assert len(delivered) > JOBS  # the killed one's: delivered at least once more by another
    assert max(row["tries"] for row in found) == 2
