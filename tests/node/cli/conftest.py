# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line in this process, and a co-op that it founded, on each database."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from typer.testing import CliRunner

from node.cli.command import cli

PASSPHRASE = "three plain words and more"


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, "one line"
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        assert (self.code, self.out, self.err.count("\n")) == (1, "", 1)
        return json.loads(self.err)


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command sets up logs for its process; here that is the tests'."""
    for name in ("COMMONCARE_DIR", "COMMONCARE_DATABASE", "COMMONCARE_PORT"):
        monkeypatch.delenv(name, raising=False)
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def run() -> Run:
    """`run("peer", "show")`; a fault that is not told in words fails the test."""

    def call(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> Said:
        found = CliRunner().invoke(cli, list(arguments), input=stdin, env=env, catch_exceptions=False)
        said = Said(found.exit_code, found.stdout, found.stderr)
        assert "Traceback" not in said.err
        assert PASSPHRASE not in said.out + said.err
        return said

    return call


def init(run: Run, folder: Path, database: str = "", *more: str, node_id: str = "alder.example") -> Said:
    """`init` as an operator says it, the passphrase on standard input."""
    given = ["init", "--dir", str(folder), "--node-id", node_id, "--name", "Alder", "--phone", "01632 960201"]
    return run(*given, *(["--database", database] if database else []), *more, stdin=f"{PASSPHRASE}\n")


@pytest.fixture
def database_address(dialect: str, new_database: Callable[..., str]) -> str:
    """An empty database of this test's engine; "" for a file in the folder."""
    return new_database(empty=True) if dialect == "postgres" else ""


@pytest.fixture
def folder(run: Run, tmp_path: Path, database_address: str) -> Path:
    """A co-op that was just founded."""
    made = tmp_path / "coop"
    assert init(run, made, database_address).code == 0
    return made


def change(folder: Path, **settings: Any) -> None:
    """Edits the settings as an operator would; None takes one away."""
    path = folder / "commoncare.yaml"
    given = yaml.safe_load(path.read_text()) | settings
    path.write_text(yaml.safe_dump({name: value for name, value in given.items() if value is not None}))
