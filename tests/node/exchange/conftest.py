# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fixtures: strangers on one network, and two neighbours who trust each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from tests.node.exchange.coops import CoOp, coops, make_peers


@pytest_asyncio.fixture
async def strangers(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """alder and birch, who do not know each other."""
    async with coops("alder", "birch", addresses=new_database, folder=tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def neighbours(strangers: list[CoOp]) -> list[CoOp]:
    """alder and birch with a peering in force: peer-support and trust in both directions."""
    await make_peers(*strangers)
    return strangers
