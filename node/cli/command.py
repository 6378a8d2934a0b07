# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `commoncare`: what an operator does at the machine itself.

Every command says what it did and which comes next; `--json` gives the same as one JSON line. A refusal is one sentence on
standard error and exit code 1; a wrong call is exit code 2. Secrets come from a file or standard input, never from an argument.
Heavy parts of the house are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import typer

from node.cli import people, running, trust
from node.cli.telling import run_safely

cli = typer.Typer(
    name="commoncare",
    help="Run a social-care co-operative's node, and its trust in other co-ops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
running.add_to(cli)
cli.add_typer(people.cli, name="member")
cli.add_typer(trust.cli, name="peer")


def main() -> None:
    """Runs the command of `sys.argv`."""
    run_safely(cli)
