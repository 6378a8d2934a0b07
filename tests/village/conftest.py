# SPDX-License-Identifier: AGPL-3.0-or-later
"""Villages for tests, on both databases, and their people as story-tellers know them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from node.village import Village, found_village, open_village
from tests.databases import PostgresServer
from tests.village.folk import Folk, Person


@pytest.fixture
def addresses(dialect: str, new_database: Callable[..., str]) -> Callable[[], str] | None:
    """Addresses of empty databases of this test's engine; None where a village makes its own files."""
    return None if dialect == "sqlite" else lambda: new_database(empty=True)


@pytest.fixture(scope="session")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Founded villages by dialect, each made once by each worker and copied for every test."""
    return {"folder": tmp_path_factory.mktemp("moulds")}


@pytest_asyncio.fixture
async def three(
    request: pytest.FixtureRequest, dialect: str, moulds: dict[str, Path], tmp_path: Path
) -> AsyncIterator[Village]:
    """Alder, Birch and Cedar, peered, with the cast in them: a copy of a village that was founded once."""
    server: PostgresServer | None = request.getfixturevalue("postgres_server") if dialect == "postgres" else None
    if dialect not in moulds:
        folder = moulds["folder"] / dialect
        folder.mkdir()
        made: list[str] = []

        def address() -> str:
            assert server is not None
            made.append(server.new_database(empty=True))
            server.keep(made[-1])
            return made[-1]

        await found_village(folder, nodes=3, addresses=address if server else None)
        moulds[dialect] = folder
    copy = tmp_path / "village"
    shutil.copytree(moulds[dialect], copy)
    if server is not None:
        for settings in copy.glob("*/commoncare.yaml"):
            given = yaml.safe_load(settings.read_text())
            given["database"] = server.copy_of(given["database"])
            settings.write_text(yaml.safe_dump(given))
    async with open_village(copy) as opened:
        yield opened
    if server is not None:
        server.drop_made()


def folk_of(made: Village) -> Folk:
    """Everybody with a token, at their co-op's door."""
    clients = {name: made.client(name) for name in made.coops}
    return {name: Person(name, clients[made.cast.people[name].co_op], token) for name, token in made.tokens.items()}
