# SPDX-License-Identifier: AGPL-3.0-or-later
"""Co-ops on one network: alder, birch and cedar, every two of them neighbours; and dogwood, whom only alder knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from tests.node.exchange.coops import CoOp, coops, make_peers
from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "street", "three", "trio"]


@pytest_asyncio.fixture
async def trio(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """alder, birch and cedar, every two of them neighbours."""
    async with coops("alder", "birch", "cedar", addresses=new_database, folder=tmp_path) as made:
        for one, other in ((0, 1), (1, 2), (2, 0)):
            await make_peers(made[one], made[other])
        yield made


@pytest_asyncio.fixture
async def street(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """The three, and dogwood, who is a neighbour of alder alone."""
    async with coops("alder", "birch", "cedar", "dogwood", addresses=new_database, folder=tmp_path) as made:
        for one, other in ((0, 1), (1, 2), (2, 0), (0, 3)):
            await make_peers(made[one], made[other])
        yield made
