# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m node.schema.snapshot`: write the first migration anew from the tables and extras as they are, for both engines.

Only for a migration that no released version holds; once one does, write the next by hand, and the test that holds
migrations and `create_all` equal says what it forgot. The migration is literal DDL for each dialect, not Piccolo columns:
what runs on a co-op's data then never changes with a version of Piccolo, can be read before it is run, and holds triggers
and text indexes too. `--check` writes nothing and ends with 1 when the file is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from node.schema.rooms import statements

FIRST = Path(__file__).parent / "migrations" / "m0001_first.py"

_HEAD = '''\
# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: E501, RUF100
"""The first schema, literally, for each engine. Written by `python -m node.schema.snapshot`; not edited by hand."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from node.schema.migrating import APP, run_steps

ID = "0001_first"
VERSION = "1.38.0"
DESCRIPTION = "The first schema."
'''

_TAIL = """

async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name=APP, description=DESCRIPTION)

    async def run() -> None:
        await run_steps(sqlite=SQLITE, postgres=POSTGRES)

    manager.add_raw(run)
    return manager
"""


def _literal(statement: str) -> str:
    if "\\" in statement or '"""' in statement or statement.endswith('"'):
        return "    " + repr(statement)
    return f'    """{statement}"""' if '"' in statement or "\n" in statement else f'    "{statement}"'


def text() -> str:
    """What the first migration must hold now."""
    parts = [_HEAD]
    for name, made in (("SQLITE", statements("sqlite")), ("POSTGRES", statements("postgres"))):
        lines = ",\n".join(_literal(statement) for statement in made)
        parts.append(f"\n{name}: tuple[str, ...] = (\n{lines},\n)\n" if made else f"\n{name}: tuple[str, ...] = ()\n")
    return "".join(parts) + _TAIL


def main(arguments: list[str]) -> int:
    now = text()
    if "--check" in arguments:
        return 0 if FIRST.exists() and FIRST.read_text() == now else 1
    FIRST.write_text(now)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
