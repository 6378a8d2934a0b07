# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operators' page on trust, followed as it stands by two co-ops as real processes: every command in it, in its order.

Only what each reader has to put in for themselves is put in: the invitation, the words heard on the call, a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from node.actor import at_the_command_line
from node.cli.telling import at
from node.coop import found
from node.errors import NotFound
from node.neighbours import reads
from tests.village.folk import polling
from tests.village.test_processes import HERE, PASSPHRASE, ROOT, commoncare, free_port

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "operators" / "trust.md"
WORDS = "library put skirt spend local ensure royal wasp rifle silly wealth forest"
"""Words of an example: each reader puts in those that they heard."""


@dataclass
class Street:
    """Two co-ops that run. `heard`: what passed between their people, by telephone and mail."""

    folders: dict[str, Path]
    heard: dict[str, str]

    def say(self, co_op: str, line: str, stdin: str = "") -> str:
        """One command at one co-op, as its operator types it; what it answered. It has to go well."""
        done = subprocess.run(
            [sys.executable, "-m", "node", *shlex.split(line)[1:]],
            cwd=ROOT,
            env={"COMMONCARE_DIR": str(self.folders[co_op]), "PATH": "/usr/bin:/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"at {co_op}: {line}\n{done.stdout}{done.stderr}"
        return done.stdout

    async def shown(self, co_op: str) -> Any:
        """How this co-op sees the other, as a program reads it."""
        async with at(self.folders[co_op]) as coop:
            found = await reads.one(at_the_command_line(), f"{other(co_op)}.example.org", here=coop.here())
        return msgspec.json.decode(msgspec.json.encode(found))

    async def states(self) -> set[str]:
        return {(await self.shown(co_op))["peer"]["state"] for co_op in self.folders}

    async def until(self, what: str, came: Callable[[], Awaitable[bool]]) -> None:
        try:
            await polling(60, every=0.3)(came)
        except AssertionError:
            raise AssertionError(f"{what}: {[await self.shown(co_op) for co_op in self.folders]}") from None

    async def until_both(self, state: str) -> None:
        async def came() -> bool:
            return await self.states() == {state}

        await self.until(f"both see it {state}", came)


def other(co_op: str) -> str:
    return "birch" if co_op == "alder" else "alder"


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    ports = {"alder": free_port(), "birch": free_port()}
    resolver = {f"{name}.example.org": f"http://{HERE}:{port}" for name, port in ports.items()}
    async with AsyncExitStack() as stack:
        folders = {}
        for name, port in ports.items():
            given = {
                "node_id": f"{name}.example.org",
                "port": port,
                "resolver": resolver,
                "co_op": {"name": name.title(), "phone": "01632 960201"},
            }
            folders[name] = tmp_path / name
            await found(folders[name], given, passphrase=PASSPHRASE)
            running = await stack.enter_async_context(commoncare(folders[name], "serve"))
            await running.said("serving")
        yield Street(folders, {})


def blocks() -> list[str]:
    """Every command in a block of its own, in the page's order."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [line.strip() for block in found for line in block.splitlines() if line.strip()]


def speaker(line: str, before: str) -> str:
    """Whose command it is: the one who names the other."""
    if "birch.example.org" in line:
        return "alder"
    return "birch" if "alder.example.org" in line or " - " in f"{line} " else before


async def test_the_page_on_trust_as_it_stands(street: Street) -> None:
    done: list[str] = []
    who = "alder"
    for line in blocks():
        assert line.startswith("commoncare "), line
        who = speaker(line, who)
        words = shlex.split(line)[1:]
        await _before(street, words, done)
        answer = street.say(who, _filled(street, line), stdin=street.heard.get("invitation", "") + "\n")
        await _after(street, words, answer)
        done.append(" ".join(words[:3]))
    assert len(done) >= 12
    assert {"peer invite birch.example.org", "peer accept -", "peer terms agree", "peer terms decline"} <= set(done)
    await street.until_both("ended")


def _filled(street: Street, line: str) -> str:
    """With what the reader puts in."""
    line = line.replace(WORDS, street.heard.get("words", WORDS))
    return line.replace("DIGEST", street.heard.get("digest", "DIGEST"))


async def _before(street: Street, words: list[str], done: list[str]) -> None:
    """What has to have come about before a reader gets here: the nodes do it, the reader waits for it."""
    deed = " ".join(words[1:3]) if words[1] == "terms" else words[1]
    if deed in ("agreement", "confirm"):

        async def asked() -> bool:
            try:
                return (await street.shown("alder"))["peer"]["state"] == "proposed"
            except NotFound:
                return False  # Birch's node has not come yet

        await street.until("Alder has been asked", asked)
        street.heard["digest"] = (await street.shown("alder"))["peer"]["proposal"]["digest"]
    elif deed == "show" and "peer show" not in done:
        await street.until_both("active")
    elif deed == "terms decline" and "peer terms agree" in done:
        # The page says: yes or no. Somebody who said yes has another proposal to say no to.
        street.say("alder", "commoncare peer terms propose birch.example.org --days 300")
    if deed in ("terms agree", "terms decline"):

        async def come() -> bool:
            proposal = (await street.shown("birch"))["peer"]["proposal"]
            street.heard["digest"] = proposal["digest"] if proposal else ""
            return bool(proposal) and proposal["gives"] == (["trust"] if deed == "terms agree" else proposal["gives"])

        await street.until("the newest proposal has come", come)


async def _after(street: Street, words: list[str], answer: str) -> None:
    """What the reader takes from an answer, and what has to be so now."""
    deed = " ".join(words[1:3]) if words[1] == "terms" else words[1]
    if deed == "invite":
        street.heard["invitation"] = next(line.strip() for line in answer.splitlines() if "cc1-" in line)
        (street.heard["at alder"],) = _twelve(answer)
    elif deed == "accept":
        theirs, ours = _twelve(answer)
        assert theirs == street.heard["at alder"], "read to each other on the call"
        street.heard["words"] = ours
    elif deed == "agreement":
        theirs = street.say("birch", "commoncare peer agreement alder.example.org")
        told = json.loads(street.say("alder", "commoncare peer agreement birch.example.org --json"))
        assert answer == theirs == told["text"], "the same bytes, before either has said yes"
        assert hashlib.sha256(answer.encode()).hexdigest() == told["sha256"]
    elif deed == "pause":

        async def told() -> bool:
            return "Back on Monday" in json.dumps(await street.shown("birch"))

        await street.until("Birch is told", told)
        assert "Their disk failed" not in json.dumps(await street.shown("birch"))
        assert "Their disk failed" in json.dumps(await street.shown("alder"))
    elif deed == "resume":
        await street.until_both("active")
    elif deed == "terms agree":

        async def agreed() -> bool:
            both = [(await street.shown(co_op))["peer"] for co_op in ("alder", "birch")]
            return all(each["proposal"] is None for each in both) and both[0]["gets"] == ["trust"] == both[1]["gives"]

        await street.until("the terms stand at both", agreed)


def _twelve(answer: str) -> list[str]:
    """The lines of twelve words in an answer."""
    return [line.strip() for line in answer.splitlines() if len(line.split()) == 12 and line == line.lower()]
