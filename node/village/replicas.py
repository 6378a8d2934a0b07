# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op as several processes on one PostgreSQL, as a cluster runs it: some answer, others do the work.

Each has a folder of its own, as on a computer of its own: the settings and the keys are copied, and nothing else is shared but
the database. The first that answers is the co-op's node in its own folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from node.settings import FILE
from node.village.processes import LOG, NodeProcess

FIRST_PORT = 20
"""How far above a hamlet's base port those of further processes begin: between those of its co-ops and of their figures."""
ANSWERING = ("serve", "--no-worker")
WORKING = ("work",)


@dataclass(frozen=True)
class Replicas:
    """How many processes of a co-op answer (`web`, 1 or more), and how many do its work."""

    web: int = 1
    workers: int = 1


def beside(folder: Path, host: str, first_port: int, wanted: Replicas) -> list[NodeProcess]:
    """The processes beside the first that answers, at `first_port` and up. `folder`: that one's."""
    return [
        *(
            NodeProcess(
                folder.with_name(f"{folder.name}-web-{number}"),
                f"http://{host}:{first_port + number - 2}",
                verb=ANSWERING,
            )
            for number in range(2, wanted.web + 1)
        ),
        *(
            NodeProcess(folder.with_name(f"{folder.name}-work-{number}"), "", verb=WORKING)
            for number in range(1, wanted.workers + 1)
        ),
    ]


def furnish(first: Path, processes: Sequence[NodeProcess]) -> None:
    """Gives each a fresh folder with what the first one's holds, and its own port in the settings."""
    settings = yaml.safe_load((first / FILE).read_text(encoding="utf-8"))
    for process in processes:
        log = process.log.read_bytes() if process.log.exists() else b""
        shutil.rmtree(process.folder, ignore_errors=True)
        shutil.copytree(first, process.folder, ignore=shutil.ignore_patterns(LOG))
        process.log.write_bytes(log)
        own = {**settings, "metrics_port": 0} | ({"port": process.port} if process.url else {})
        (process.folder / FILE).write_text(yaml.safe_dump(own, sort_keys=False), encoding="utf-8")
