# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare demo`: several co-ops with made-up people in them, and a mailbox, until Ctrl-C.

Ports: P+i the co-ops, P+100+i their figures, P+200 the mailbox's page, P+201 its SMTP. A busy one is refused in a sentence
before anything starts. With `--json` it prints one line when all is ready. On SIGINT or SIGTERM everything ends within 5 s.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec

from node.errors import Invalid, Unavailable
from node.village.hamlet import HOST, Hamlet
from node.village.mailbox import Mailbox
from node.village.processes import port_is_free
from node.village.proxy import Proxy


class Demo:
    """The demo, from first file to last process. `run` comes back when it was told to stop."""

    def __init__(
        self, *, nodes: int, folder: Path, base_port: int, seed: int, as_json: bool, faults: bool = False
    ) -> None:
        self.as_json = as_json
        self.proxy = Proxy(seed) if faults else None
        self.page_port, self.smtp_port = base_port + 200, base_port + 201
        self.hamlet = Hamlet(
            nodes=nodes, folder=folder, base_port=base_port, seed=seed, mail_port=self.smtp_port, proxy=self.proxy
        )

    async def run(self) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        for port in (self.page_port, self.smtp_port):
            if not port_is_free(HOST, port):
                raise Unavailable(
                    f"Port {port}, which the mailbox needs, is taken by another program. "
                    "End that program, or choose other ports with --base-port."
                )
        self._tell("Setting up co-ops; the first time takes a little longer …")
        async with Mailbox(host=HOST, smtp_port=self.smtp_port, page_port=self.page_port):
            opening = asyncio.create_task(self._open(stopping))
            await opening

    async def _open(self, stopping: asyncio.Event) -> None:
        starting = asyncio.create_task(self.hamlet.__aenter__())
        if await _first(starting, stopping.wait()):
            self._show()
            obeying = asyncio.create_task(self._obey())
            await stopping.wait()
            obeying.cancel()
        else:
            starting.cancel()
            await asyncio.wait({starting})
        await self.hamlet.stop()
        if self.proxy is not None:
            await self.proxy.__aexit__()
        self._tell("Everything has ended. What was made stays in " + str(self.hamlet.folder) + ".")

    async def _obey(self) -> None:
        """With faults: every line that is typed is done to the ways between the co-ops, and what came of it said."""
        if self.proxy is None:
            return
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).decode(errors="replace"):
            try:
                said = await self.proxy.command(line)
            except Invalid as no:
                said = " ".join(no.fields.values())
            print(said, file=sys.stderr, flush=True)

    def _tell(self, words: str) -> None:
        if not self.as_json:
            print(words, flush=True)

    def _show(self) -> None:
        if self.as_json:
            sys.stdout.write(msgspec.json.encode(self.as_line()).decode() + "\n")
            sys.stdout.flush()
            return
        lines = [""]
        for house in self.hamlet.houses.values():
            lines.append(f"{house.co_op.name}: {house.node.url}   ({house.co_op.node_id})")
            lines += [f"  {each.name:<20} {', '.join(each.roles):<36} {each.link}" for each in house.people.values()]
        _, maureen = self.hamlet.person("maureen")
        lines += [
            "",
            f"Their mail: http://{HOST}:{self.page_port}",
            "",
            "Now open Maureen's link, press the button, and find somebody who has had a stroke too:",
            f"  {maureen.link}",
            "Then open Samuel's, in the same browser if you like: each co-op knows its own. Leads and operators are asked for",
            "an authenticator app once. Programs: --json gives everybody's token; docs/developers/api.md tells the story.",
            *(
                ["Do harm to the ways between them: * latency=0.2, alder>birch cut back, * heal, * show."]
                if self.proxy
                else []
            ),
            "End with Ctrl-C.",
        ]
        print("\n".join(lines), flush=True)

    def as_line(self) -> dict[str, Any]:
        """The answer for programs."""
        return {
            "ready": True,
            "nodes": [
                {
                    "node_id": house.co_op.node_id,
                    "url": house.node.url,
                    "mailbox_url": f"http://{HOST}:{self.page_port}",
                    "people": [
                        {
                            "name": each.name,
                            "email": each.email,
                            "roles": list(each.roles),
                            "token": each.token,
                            "sign_in": each.link,
                        }
                        for each in house.people.values()
                    ],
                }
                for house in self.hamlet.houses.values()
            ],
        }


async def _first(work: asyncio.Task[Any], stop: Coroutine[Any, Any, Any]) -> bool:
    """True when `work` ended before `stop` came; raises what `work` raised."""
    stopping = asyncio.create_task(stop)
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if work.done():
        work.result()
        return True
    return False
