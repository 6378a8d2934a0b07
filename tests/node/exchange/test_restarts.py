# SPDX-License-Identifier: AGPL-3.0-or-later
"""A process that starts again, and a database that was put back from yesterday: no log is ever signed in two ways."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from node import database
from node.clock import MachineClock
from node.exchange import starting
from tests.node.exchange.coops import CoOp, settle


async def _copy_away(coop: CoOp, to: Path) -> None:
    await coop.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(coop.engine.path, to)  # type: ignore[attr-defined]


async def _put_back(coop: CoOp, copy: Path) -> None:
    path = Path(coop.engine.path)  # type: ignore[attr-defined]
    await coop.engine.close()
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    shutil.copyfile(copy, path)
    coop.engine = database.open_engine(f"sqlite:///{path}")
    await coop.engine.open()
    coop.start()


@pytest.fixture
def copied(dialect: str, tmp_path: Path) -> Path:
    if dialect != "sqlite":
        pytest.skip("the copy is a file; what is tried is the same on both")
    return tmp_path / "yesterday.db"


async def test_a_restored_database_opens_a_new_epoch_and_revives_nothing(neighbours: list[CoOp], copied: Path) -> None:
    alder, birch = neighbours
    await alder.write("1", "Stays")
    await alder.write("2", "Withdrawn later")
    await settle(alder, birch)
    await _copy_away(alder, copied)
    alder.clock.advance(hours=1)
    await alder.take_down("2")
    await alder.write("3", "Written later, lost")
    await settle(alder, birch)
    assert await birch.seen() == ["Stays", "Written later, lost"]
    await _put_back(alder, copied)
    alder.clock.advance(hours=1)
    await settle(alder, birch)
    assert await birch.seen() == ["Stays"]
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 2
    assert (await birch.rows("SELECT alarm FROM followed"))[0]["alarm"] == ""
    alder.start()
    await settle(alder, birch)
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 2


async def test_with_no_neighbour_answering_nothing_is_signed_for_ten_minutes(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    await settle(alder, birch)
    alder.start()
    alder.network.down.add("birch.example")
    await alder.write("2", "Cake")
    await settle(alder)
    assert [row["size"] for row in await alder.rows("SELECT size FROM feed_log")] == [2]
    alder.clock.advance(seconds=int(starting.SILENCE))
    await settle(alder)
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 2
    alder.network.down.clear()
    await settle(alder, birch)
    assert await birch.seen() == ["Cake", "Tea"]


async def test_an_ordinary_start_goes_on_in_the_same_epoch(neighbours: list[CoOp], tmp_path: Path) -> None:
    alder, birch = neighbours
    await alder.write("1", "Tea")
    for _ in range(2):
        alder.start()._instance_file = tmp_path / "instance"
        await settle(alder, birch)
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 1
    (tmp_path / "instance").unlink()
    alder.start()._instance_file = tmp_path / "instance"
    alder.clock.advance(seconds=5)
    await settle(alder, birch)
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 2
    assert await birch.seen() == ["Tea"]
    alder.start()._instance_file = tmp_path / "instance"
    await settle(alder, birch)
    assert len(await alder.rows("SELECT epoch FROM feed_log")) == 2


class _Shifted(MachineClock):
    """The machine's clock, set to the time at which the co-ops were founded."""

    def __init__(self, to: int) -> None:
        self._shift = to - super().now()

    def now(self) -> int:
        return super().now() + self._shift


async def test_running_news_crosses_at_once_and_a_stop_is_quick(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    clock = _Shifted(alder.clock.now())
    running: list[Any] = []
    for coop in neighbours:
        coop.clock = clock  # type: ignore[assignment]
        coop.start()
        with coop.bound():
            running.append(asyncio.create_task(coop.exchange.run()))
    async with asyncio.timeout(30):
        await alder.write("0", "First")
        while await birch.seen() != ["First"]:
            await asyncio.sleep(0.01)
        for number in range(5):
            await alder.write("0", f"Number {number}")
            while await birch.seen() != [f"Number {number}"]:
                await asyncio.sleep(0.01)
        for coop in neighbours:
            with coop.bound():
                database.wake_everyone()
        async with asyncio.timeout(5):
            await asyncio.gather(*running)
