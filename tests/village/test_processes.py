# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare` as real processes: a graceful end, work shared between processes, logs that say little, and the page as written.

Every wait is for a condition, within bounds.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from aiosmtpd.smtp import SMTP, Envelope, Session

from node import database
from node.actor import at_the_command_line
from node.clock import MachineRandomness
from node.coop import Coop, found
from node.exchange.loops import DELIVERERS
from node.exchange.worker import BATCH
from node.members import acts, notices
from node.members.shapes import Admission
from node.settings import load
from node.village.hamlet import Hamlet
from node.village.mailbox import Mailbox
from tests.village.folk import polling
from tests.village.test_demo import free_base

ROOT = Path(__file__).resolve().parents[2]
HERE = "127.0.0.1"
PASSPHRASE = "three plain words and more"
QUIET = 6.0
"""Seconds without an answer to `heads` after which one is held: a follower pauses for 5 at most."""

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def lines(log: Path) -> list[dict[str, Any]]:
    """The log's whole lines: each of them is one JSON object."""
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


@dataclass
class Running:
    """One process of `commoncare` and its log."""

    process: asyncio.subprocess.Process
    log: Path

    async def said(self, event: str) -> dict[str, Any]:
        async def found() -> dict[str, Any] | None:
            assert self.process.returncode is None, self.log.read_text()
            return next((line for line in lines(self.log) if line["event"] == event), None)

        return dict(await polling(20)(found))

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Ends it by a signal. It has to end well, and within the grace that a stop has."""
        self.process.send_signal(number)
        assert await asyncio.wait_for(self.process.wait(), 5) == 0, self.log.read_text()


@asynccontextmanager
async def commoncare(folder: Path, *words: str, stdin: int = asyncio.subprocess.DEVNULL) -> AsyncIterator[Running]:
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node", *words, "--dir", str(folder),
            stdin=stdin, stdout=asyncio.subprocess.DEVNULL, stderr=file, cwd=ROOT,
        )  # fmt: skip
    try:
        yield Running(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Letterbox(Mailbox):
    """The demo's mailbox, which takes mail only while it is open."""

    def __init__(self) -> None:
        super().__init__(host=HERE, smtp_port=free_port(), page_port=free_port())
        self.open = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            async with asyncio.timeout(15):
                await self.open.wait()
        except TimeoutError:
            return "451 not yet"
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def address(dialect: str, new_database: Callable[..., str]) -> str:
    return new_database(empty=True) if dialect == "postgres" else ""


async def make(folder: Path, address: str, box: Letterbox | None = None) -> int:
    """A co-op in `folder`; its port."""
    given: dict[str, Any] = {
        "node_id": "alder.example", "host": HERE, "port": free_port(),
        "co_op": {"name": "Alder", "phone": "01632 960201", "night_mail": True},
    }  # fmt: skip
    if address:
        given["database"] = address
    if box is not None:
        given["mail"] = {"host": HERE, "port": box.smtp_port, "sender": "post@alder.example"}
    await found(folder, given, passphrase=PASSPHRASE, random=MachineRandomness())
    return int(given["port"])


async def people(folder: Path, count: int) -> None:
    """So many people, each with a notice that waits."""
    operator = at_the_command_line()
    async with Coop.open(load(folder, {})) as coop:
        with database.bound(coop.engine):
            for number in range(count):
                entered = Admission(full_name=f"Person {number}", email=f"p{number}@alder.example", adult=True)
                person = await acts.admit(actor=operator, admission=entered, here=coop.here())
                async with database.transaction():
                    await notices.notify(person=person.id, here=coop.here())


async def outbox(folder: Path) -> list[dict[str, Any]]:
    """What became of the mail: who did it, how often it was tried."""
    engine = database.open_engine(load(folder, {}).database_url)
    await engine.open()
    try:
        with database.bound(engine):
            return await database.rows("SELECT state, attempts, worker FROM outbox WHERE kind = 'mail'")
    finally:
        await engine.close()


def done_by(row: dict[str, Any]) -> int:
    """The process that did it: a worker's name ends in its number."""
    return int(re.split(r"\D+", str(row["worker"]))[-1])


async def test_a_stop_answers_whom_it_held(tmp_path: Path) -> None:
    async with Hamlet(nodes=2, folder=tmp_path, base_port=free_base()) as hamlet:
        house = hamlet.houses["alder"]
        log = house.node.folder / "serve.log"
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{house.node.url}/health/live", params={"known": "Maureen"})
            assert answer.headers["date"].endswith(" GMT")
            assert "server" not in answer.headers
            figures = (await client.get(f"http://{HERE}:{house.metrics_port}/metrics")).text
            assert 'commoncare_requests_total{handler="health_live",status="200"}' in figures

        def heads() -> list[float]:
            found = [line for line in lines(log) if line["event"] == "answered" and "heads" in line["handler"]]
            return [datetime.fromisoformat(line["at_time"]).timestamp() for line in found]

        async def held() -> bool:
            return bool(heads()) and time.time() - heads()[-1] > QUIET

        await polling(20)(held)
        assert house.node.process is not None
        answered = len(heads())
        house.node.process.send_signal(signal.SIGTERM)
        # Far less than the 50 seconds for which it was held, and than uvicorn's own grace.
        assert await asyncio.wait_for(house.node.process.wait(), 2.5) == 0
        assert len(heads()) > answered, "the held request was answered, not cut"
        last = [line for line in lines(log) if line["event"] == "answered" and "heads" in line["handler"]][-1]
        assert last["status"] == 304, "no news, said at once"
        events = [line["event"] for line in lines(log)]
        assert (events[-1], "fault" in events) == ("stopped", False)
    text = log.read_text()
    for private in ("Maureen", "known=", "/health", "HTTP/1.1", "alder.example/"):
        assert private not in text, private


async def test_serve_without_worker_leaves_the_work_to_work(tmp_path: Path, address: str) -> None:
    async with Letterbox() as box:
        port = await make(tmp_path / "coop", address, box)
        async with (
            commoncare(tmp_path / "coop", "serve", "--no-worker") as serve,
            httpx.AsyncClient(base_url=f"http://{HERE}:{port}") as client,
        ):
            serving = await serve.said("serving")
            assert (serving["port"], serving["worker"]) == (port, False)
            await people(tmp_path / "coop", 3)
            assert (await client.get("/health/ready")).status_code == 200
            box.open.set()
            async with commoncare(tmp_path / "coop", "work") as work:
                await polling(20)(lambda: _all_done(tmp_path / "coop"))
                rows = await outbox(tmp_path / "coop")
                assert {done_by(row) for row in rows} == {work.process.pid}, "serve touched none of them"
                assert [row["attempts"] for row in rows] == [1, 1, 1]
                assert sorted(mail.to for mail in box.mails) == [f"p{number}@alder.example" for number in range(3)]
                await work.end()
            await serve.end(signal.SIGINT)
            for log in (serve.log, work.log):
                assert "p0@" not in log.read_text()
                assert "Person" not in log.read_text()


async def _all_done(folder: Path) -> bool:
    return all(row["state"] == "done" for row in await outbox(folder))


@pytest.mark.parametrize("dialect", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_two_workers_share_and_do_nothing_twice(tmp_path: Path, address: str) -> None:
    many = DELIVERERS * BATCH + 10  # more than one process takes before the first mail has left
    folder = tmp_path / "coop"
    async with Letterbox() as box:
        await make(folder, address, box)
        await people(folder, many)
        async with commoncare(folder, "work") as one, commoncare(folder, "work") as other:
            both = {one.process.pid, other.process.pid}

            async def shared() -> bool:
                return {done_by(row) for row in await outbox(folder) if row["attempts"]} == both

            await polling(30)(shared)
            box.open.set()
            await polling(30)(lambda: _all_done(folder))
            rows = await outbox(folder)
            assert {done_by(row) for row in rows} == both
            assert {row["attempts"] for row in rows} == {1}
            assert sorted(mail.to for mail in box.mails) == sorted(f"p{number}@alder.example" for number in range(many))
            await asyncio.gather(one.end(), other.end())


async def test_an_end_of_input_ends_it(tmp_path: Path) -> None:
    await make(tmp_path / "coop", "")
    async with commoncare(tmp_path / "coop", "serve", "--until-eof", stdin=asyncio.subprocess.PIPE) as serve:
        await serve.said("serving")
        assert serve.process.stdin is not None
        serve.process.stdin.close()
        assert await asyncio.wait_for(serve.process.wait(), 5) == 0


@pytest.mark.parametrize("setting", ["port", "metrics_port"])
async def test_a_busy_port_is_refused_before_any_work(tmp_path: Path, setting: str) -> None:
    await make(tmp_path / "coop", "")
    with socket.socket() as taken:
        taken.bind((HERE, 0))
        taken.listen()
        busy = taken.getsockname()[1]
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node", "serve", "--dir", str(tmp_path / "coop"), cwd=ROOT,
            env=os.environ | {f"COMMONCARE_{setting.upper()}": str(busy)}, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, err = await asyncio.wait_for(done.communicate(), 30)
    assert done.returncode == 1
    said = f"{setting}: {busy} is taken by another program; end that program or choose another port.\n"
    assert err.decode() == said


def test_an_init_that_is_killed_blocks_no_second_try(tmp_path: Path) -> None:
    (tmp_path / "phrase.txt").write_text(PASSPHRASE)
    given = ["--node-id", "alder.example", "--name", "Alder", "--passphrase-file", str(tmp_path / "phrase.txt")]
    command = [sys.executable, "-m", "node", "init", "--dir", str(tmp_path / "coop"), *given]
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while first.poll() is None and not list((tmp_path / "coop").glob(".init-*/keys/node.key")):
        assert time.monotonic() < until
    first.kill()
    assert first.wait() == -signal.SIGKILL, "it was in the midst of it"
    assert not (tmp_path / "coop" / "commoncare.yaml").exists()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 0, second.stderr


async def test_the_page_for_operators_as_written(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operators" / "running.md").read_text(encoding="utf-8")
    block = re.search(r"```\n(commoncare init.*?)```", page, re.DOTALL)
    assert block is not None
    *before, serve = [shlex.split(line)[1:] for line in block.group(1).splitlines()]
    (tmp_path / "phrase.txt").write_text(PASSPHRASE + "\n")
    port = free_port()  # the page's own may be taken on this machine
    env = os.environ | {"PYTHONPATH": str(ROOT), "COMMONCARE_PORT": str(port)}
    for call in before:
        done = subprocess.run(
            [sys.executable, "-m", "node", *call], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=30, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "node", *serve, cwd=tmp_path, env=env)
    try:

        async def ready() -> bool:
            assert process.returncode is None
            try:
                return (await client.get(f"http://{HERE}:{port}/health/ready")).status_code == 200
            except httpx.TransportError:
                return False

        async with httpx.AsyncClient() as client:
            await polling(20)(ready)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 5) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    made = yaml.safe_load((tmp_path / "coop" / "commoncare.yaml").read_text())
    assert made["node_id"] == "alder.example.org"
