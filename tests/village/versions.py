# SPDX-License-Identifier: AGPL-3.0-or-later
"""Versions of Commoncare after this one, made for tests: a copy of the packages with a number of its own and more migrations.

`later` expands: messages have a column more, which its own code fills, and there is a table more, with an index. `last`, the one
after that, takes something away, and says that `later` is the oldest that can live with it. After a step, told so in the
environment, a migration waits, so that it can be killed there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import federation
import node

LATER, LAST = "0.2.0", "0.3.0"
WAITS = "COMMONCARE_TEST_WAITS_AFTER"
"""After so many steps of a migration of ours it says "waiting" on standard output, and waits for ever."""
STEPS = 4
_LAUNCHER = "import sys\n\nfrom node.cli import main\n\nsys.exit(main())\n"
_MIGRATION = """\
import asyncio
import os
import sys

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from node.schema.migrating import APP, run_literally

ID = "{id}"
VERSION = "1.38.0"
DESCRIPTION = "Of a test."
STEPS = {steps}
{oldest}

async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name=APP, description=DESCRIPTION)
    for done, step in enumerate(("", *STEPS)):

        async def run(done: int = done, step: str = step) -> None:
            if step:
                await run_literally(step)
            if os.environ.get("{waits}") == str(done):
                print("waiting", flush=True)
                await asyncio.Event().wait()

        manager.add_raw(run)
    return manager
"""
_WIDER = (
    "ALTER TABLE introduction_message ADD COLUMN written_by VARCHAR(20) DEFAULT NULL",
    "CREATE TABLE reading (id VARCHAR(22) PRIMARY KEY, introduction VARCHAR(22) NOT NULL)",
    "CREATE INDEX reading_introduction ON reading (introduction)",
    "ALTER TABLE introduction_answer ADD COLUMN written_by VARCHAR(20) DEFAULT NULL",
)
_NARROWER = ("DROP TABLE reading",)


def later(folder: Path) -> list[str]:
    """The command of the version after this one, made in `folder`."""
    return _version(folder, LATER, {"0002_later": (_WIDER, "")})


def last(folder: Path) -> list[str]:
    """The command of the version after that."""
    return _version(folder, LAST, {"0002_later": (_WIDER, ""), "0003_last": (_NARROWER, "0002_later")})


def _version(folder: Path, number: str, migrations: dict[str, tuple[tuple[str, ...], str]]) -> list[str]:
    for package in (node, federation):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("assets"))
    for id, (steps, oldest) in migrations.items():
        said = f'OLDEST = "{oldest}"\n' if oldest else ""
        text = _MIGRATION.format(id=id, steps=repr(steps), oldest=said, waits=WAITS)
        (folder / "node" / "schema" / "migrations" / f"m{id}.py").write_text(text, encoding="utf-8")
    _change(folder / "node" / "__init__.py", f'__version__ = "{node.__version__}"', f'__version__ = "{number}"')
    writes = "            quick=words.quick,\n        )\n"
    _change(
        folder / "node" / "introductions" / "acts" / "talking.py",
        writes,
        writes.replace("        )", f'            written_by="{number}",\n        )'),
    )
    launcher = folder / "commoncare.py"
    launcher.write_text(_LAUNCHER, encoding="utf-8")
    return [sys.executable, str(launcher)]


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds this {text.count(old)} times: {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")
