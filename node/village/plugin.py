# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pytest plugin that comes with Commoncare: villages of co-ops for your tests.

    async def test_an_offer_crosses(village):
        async with village(5) as v:
            v.cut("alder", "birch")
            await v.settle()

`--village-backend` says what the nodes run in (one, process, container), `--village-postgres` where their databases are made.
What a village wrote and logged is kept where a test failed, and the report says where.
"""

from __future__ import annotations

import itertools
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

if TYPE_CHECKING:
    from node.village.lived import Backend, Lived

BACKENDS = ("one", "process", "container")
TAIL = 15
"""Lines of each log that a report shows."""
_FOLDERS = pytest.StashKey[list[Path]]()
_MOULDS = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("commoncare", "villages of co-ops")
    group.addoption("--village-backend", choices=BACKENDS, default="one", help="What the co-ops' nodes run in.")
    group.addoption("--village-image", default="commoncare", help="What containers are made of.")
    group.addoption(
        "--village-postgres",
        default=os.environ.get("COMMONCARE_VILLAGE_POSTGRES", ""),
        help="A server where databases may be made: postgresql://…; left out: SQLite.",
    )


@pytest.fixture
def village(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractAsyncContextManager[Lived]]:
    """`async with village(5) as v:` see `node.village.lived`. `backend`, `postgres`: in place of the options; `seed`; `programs`:
    co-op -> another version's command; `images`: co-op -> another version's image."""
    from node.village.lived import lived

    options, numbers = request.config.option, itertools.count(1)
    folders = request.node.stash.setdefault(_FOLDERS, [])

    @asynccontextmanager
    async def make(
        nodes: int = 3, *, backend: Backend | None = None, postgres: str | None = None, seed: int = 1, **more: Any
    ) -> AsyncIterator[Lived]:
        which: Backend = backend or options.village_backend
        server = options.village_postgres if postgres is None else postgres
        folder = tmp_path / f"village-{next(numbers)}"
        if which == "one" and not server:
            shutil.copytree(await _mould(request.config, tmp_path_factory, nodes, seed), folder)
        else:
            folder.mkdir()
        folders.append(folder)
        made: list[str] = []
        try:
            async with lived(
                nodes, folder, backend=which, seed=seed, image=options.village_image,
                addresses=(lambda: _database(server, made)) if server else None, **more,
            ) as found:  # fmt: skip
                yield found
        finally:
            for name in made:
                await _do(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    return make


async def _mould(config: pytest.Config, factory: pytest.TempPathFactory, nodes: int, seed: int) -> Path:
    """A village founded once in a run, to be copied."""
    from node.village import found_village

    if _MOULDS not in config.stash:
        config.stash[_MOULDS] = factory.mktemp("village-moulds")
    mould = config.stash[_MOULDS] / f"{nodes}-{seed}"
    if not mould.exists():
        new = mould.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        await found_village(new, nodes=nodes, seed=seed)
        new.rename(mould)
    return mould


def _database(server: str, made: list[str]) -> str:
    """A new, empty database in the server."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    name = f"commoncare_{os.getpid()}_{uuid.uuid4().hex[:12]}"
    with ThreadPoolExecutor(1) as thread:  # the caller's loop runs already
        thread.submit(lambda: asyncio.run(_do(server, f'CREATE DATABASE "{name}" TEMPLATE template0'))).result()
    made.append(name)
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def _do(server: str, statement: str) -> None:
    from node.village.postgres import administrator

    connection = await administrator(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says where the villages of a test that failed are, and how their logs end."""
    report = yield
    if report.when == "call" and report.failed:
        for folder in item.stash.get(_FOLDERS, []):
            lines = [f"Its files and logs are in {folder}"]
            for log in sorted(folder.glob("*/serve.log")):
                last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
                lines += [f"-- {log.parent.name}", *last]
            report.sections.append(("village", "\n".join(lines)))
    return report
