# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three co-ops on one network: alder and birch, who may become neighbours, and cedar, who was not invited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from tests.node.exchange.coops import CoOp, coops
from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "strangers", "three"]


@pytest_asyncio.fixture
async def strangers(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    async with coops("alder", "birch", "cedar", addresses=new_database, folder=tmp_path) as made:
        yield made
