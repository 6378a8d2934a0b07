# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare demo` as a newcomer runs it: three real processes, the stories through their doors, an end within five seconds.

The 30 lines of docs/developers/api.md are run as they stand.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.village.folk import Folk, Person, polling
from tests.village.stories import main_story, worried_story

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


def free_base(first: int = 0) -> int:
    """A base port, from `first` on, whose whole family (co-ops, figures, mailbox) is free now.

    Each worker of a parallel run has a range of its own: two that looked at the same moment would find the same one free.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    lowest = 20_000 + 5_000 * worker
    for base in range(max(first, lowest), lowest + 4_500, 250):
        try:
            for port in (*range(base, base + 3), *range(base + 100, base + 103), base + 200, base + 201):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "node", "demo", *arguments]


@asynccontextmanager
async def running(folder: Path, base: int) -> AsyncIterator[tuple[Json, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        *command("--json", "--dir", str(folder), "--base-port", str(base)), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 120)
        assert line, "the demo ended without its line"
        yield json.loads(line), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def folk_in(demo: Json) -> Folk:
    """Everybody of the demo's line, by first name in lower case."""
    folk: Folk = {}
    for node in demo["nodes"]:
        client = httpx.AsyncClient(base_url=node["url"], timeout=30)
        for person in node["people"]:
            name = person["name"].split()[0].lower()
            folk[name] = Person(name, client, person["token"])
    return folk


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_demo_from_start_to_end(tmp_path: Path) -> None:
    base = free_base()
    async with running(tmp_path / "demo", base) as (demo, process):
        assert demo["ready"] is True
        assert [node["node_id"] for node in demo["nodes"]] == ["alder.example", "birch.example", "cedar.example"]
        until = polling(30)
        await main_story(folk_in(demo), until)
        await worried_story(folk_in(demo), until)
        await _the_docs_client(demo, tmp_path)
        async with httpx.AsyncClient() as client:
            figures = (await client.get(f"http://127.0.0.1:{base + 100}/metrics")).text
            assert "commoncare_requests_total" in figures
            assert "Maureen" not in figures
            mailbox = (await client.get(demo["nodes"][0]["mailbox_url"])).text
            assert "You have a message" in mailbox
            assert "market" not in mailbox, "mail is neutral"
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 5) == 0
    for port in (*range(base, base + 3), base + 200):
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            pass
    _logs_hold_nothing_private(tmp_path / "demo")

    async with running(tmp_path / "demo", free_base(base + 250)) as (again, _):  # and on other ports
        maureen = folk_in(again)["maureen"]
        assert (await maureen.get("/support/introductions"))["items"], "what was made is still there"


async def _the_docs_client(demo: Json, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "developers" / "api.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block is not None
    code = block.group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 30
    (tmp_path / "story.py").write_text(code, encoding="utf-8")
    (tmp_path / "demo.json").write_text(json.dumps(demo), encoding="utf-8")
    done = await asyncio.create_subprocess_exec(
        sys.executable, str(tmp_path / "story.py"), str(tmp_path / "demo.json"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(done.communicate(), 120)
    assert done.returncode == 0, out.decode()
    assert "Nothing has been sent yet." in out.decode()


def _logs_hold_nothing_private(folder: Path) -> None:
    logs = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*/serve.log"))
    assert '"event": "serving"' in logs
    for private in ("Maureen", "Nwosu", "stroke", "market", "cc_pat_", "?known", "@alder", "960301", "Traceback"):
        assert private not in logs, private


def test_a_busy_port_is_refused_in_a_sentence(tmp_path: Path) -> None:
    base = free_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 1))
        taken.listen()
        done = subprocess.run(
            command("--json", "--dir", str(tmp_path / "demo"), "--base-port", str(base)),
            capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Port {base + 1}" in done.stderr
    assert "--base-port" in done.stderr
    assert "Traceback" not in done.stderr
