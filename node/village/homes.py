# SPDX-License-Identifier: AGPL-3.0-or-later
"""A village whose homes somebody else runs, each in a container with a database of its own: `deploy/village/compose.yaml`.

`python3 -m node.village.homes found alder` founds one co-op with its made-up people in the volume that is its own, or finds it
there and brings it forward. `… neighbours`, once all answer, makes each two neighbours by their operators' API, waits until each
has what the others share, and says by which links a browser signs in. Both can be run again.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from node.errors import Misconfigured, Refusal
from node.settings import FILE
from node.village import cast as casting
from node.village.hamlet import Hamlet, House
from node.village.processes import NodeProcess

INSIDE: Final = 8100
"""The port at which each answers in its container, which has the co-op's name on their network."""
OUTSIDE: Final = 8101
"""On this machine: the first co-op's; the others follow."""
HOME: Final = "home"
"""The co-op's folder in its volume: made beside it, and moved there when it is whole."""


class Homes(Hamlet):
    """`volumes`: where the co-ops' volumes are, co-op -> path; `database`: an address in which `{co_op}` stands for its name."""

    def __init__(self, *, nodes: int, volumes: dict[str, Path], database: str) -> None:
        names = list(casting.load().co_ops)[:nodes]
        super().__init__(
            nodes=nodes,
            folder=Path(),
            base_port=OUTSIDE,
            databases={name: database.format(co_op=name) for name in names},
            make=lambda folder, _: NodeProcess(
                volumes.get(folder.name, folder) / HOME, f"http://{folder.name}:{INSIDE}"
            ),
        )

    def _settings(self, house: House) -> dict[str, Any]:
        number = list(self.houses).index(house.co_op.id)
        own = {"address": f"http://127.0.0.1:{OUTSIDE + number}", "host": "0.0.0.0", "metrics_port": 0}  # noqa: S104
        return {**super()._settings(house), **own}

    async def found(self, name: str) -> None:
        """One co-op, with its people. Its volume and its database are there. Raises Misconfigured for those of two co-ops."""
        house = self.houses[name]
        if (house.node.folder / FILE).exists():
            await house.node.bring_forward()
        await self.prepare(house)
        if not house.people:
            raise Misconfigured(
                f"{name} stands in its volume, and its database is another one, with nobody in it. "
                "Take both away (compose down --volumes, and what volumes that leaves) and begin again.",
                cause="volume and database apart",
            )

    async def befriend(self) -> list[str]:
        """All of them, while they answer: lines that say where everybody signs in."""
        lines = []
        for house in self.houses.values():
            await self.prepare(house)
            lines.append(f"{house.co_op.name}: {self._settings(house)['address']}   ({house.co_op.node_id})")
            lines += [f"  {each.name:<20} {', '.join(each.roles):<36} {each.link}" for each in house.people.values()]
        await self._befriend()
        return lines


def parser() -> ArgumentParser:
    """What it is told."""
    made = ArgumentParser(prog="python3 -m node.village.homes", description=__doc__)
    made.add_argument("deed", choices=("found", "neighbours"))
    made.add_argument("co_op", nargs="?", help="found: which")
    made.add_argument("--nodes", type=int, default=3)
    made.add_argument("--database", required=True, help="postgresql://…@{co_op}-database/…")
    made.add_argument(
        "--volumes", type=Path, default=Path("/var/lib/commoncare"), help="found: the volume; else above them all"
    )
    return made


def main(given: list[str]) -> int:
    asked = parser().parse_args(given)
    names = list(casting.load().co_ops)[: asked.nodes]
    if asked.deed == "found" and asked.co_op not in names:
        parser().error(f"found needs one of: {', '.join(names)}")
    try:
        if asked.deed == "found":
            homes = Homes(nodes=asked.nodes, volumes={asked.co_op: asked.volumes}, database=asked.database)
            asyncio.run(homes.found(asked.co_op))
            print(f"{asked.co_op} stands.")
        else:
            volumes = {name: asked.volumes / name for name in names}
            lines = asyncio.run(Homes(nodes=asked.nodes, volumes=volumes, database=asked.database).befriend())
            print("\n".join([*lines, "", "They are neighbours, and each has what the others share."]))
    except Refusal as no:
        print(no.words, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
