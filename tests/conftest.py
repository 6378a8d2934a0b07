# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fixtures for every test: real databases on both engines, fresh for each test, and a `here` that a seed repeats.

`engine` is open, holds the whole schema, and is bound for the test. `new_database()` gives addresses of more of the same
engine. Without a PostgreSQL those tests are skipped with the reason, or fail where COMMONCARE_STRICT=1.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import structlog
from hypothesis import settings

from node import database
from node.here import Here, NodeKey
from tests.databases import NoPostgres, PostgresServer, SqliteFolder, shared_server
from tests.support import SeededRandomness

NOW = 1_800_000_000

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""A slow machine is no fault of what is tested."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, those in the browser on one half and all others on the other: two workers, who are handed a half each,
    then have short ones left to take off each other at the end."""
    slow = [each for each in items if each.get_closest_marker("slow")]
    seen = [each for each in slow if "browser" in each.nodeid]
    unseen = [each for each in slow if "browser" not in each.nodeid]
    quick = [each for each in items if not each.get_closest_marker("slow")]
    half = max(0, len(items) // 2 - len(seen))
    items[:] = [*seen, *quick[:half], *unseen, *quick[half:]]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    try:
        with shared_server(folder) as server:
            yield server
    except NoPostgres as error:
        if os.environ.get("COMMONCARE_STRICT") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> SqliteFolder:
    return SqliteFolder(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, dialect: str) -> Iterator[Callable[..., str]]:
    """`new_database(empty=False)`: the address of a fresh database of this test's engine."""
    if dialect == "sqlite":
        yield request.getfixturevalue("sqlite_folder").new_database
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    yield server.new_database
    server.drop_made()


@pytest_asyncio.fixture
async def unbound_engine(new_database: Callable[..., str]) -> AsyncIterator[database.Engine]:
    """Open, with the whole schema, not bound."""
    engine = database.open_engine(new_database())
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
def engine(unbound_engine: database.Engine) -> Iterator[database.Engine]:
    """Open, with the whole schema, bound. Sync on purpose: what is set here is what each test's context is copied from."""
    with database.bound(unbound_engine):
        yield unbound_engine


@pytest.fixture
def here() -> Here:
    return Here(node_id="alder.example", now=NOW, random=SeededRandomness(1), node_key=NodeKey(bytes(range(32))))


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """Events below a warning stay out of a test's output; a test that reads logs sets its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
