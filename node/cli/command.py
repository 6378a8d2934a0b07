# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `commoncare`: what an operator does at the machine itself.

Every command says what it did and which comes next; `--json` gives the same as one JSON line. How it refuses stands in
`node.cli.telling`. Secrets come from a file, a terminal that does not show them, or standard input, never from an argument.
Heavy parts of the house are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import typer

from node.cli import (
    audit,
    backups,
    charter,
    cluster,
    facts,
    keys,
    leaving,
    papers,
    parting,
    people,
    running,
    trust,
    village,
)

cli = typer.Typer(
    name="commoncare",
    help="Run a social-care co-operative's node, and its trust in other co-ops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
running.add_to(cli)
backups.add_to(cli)
leaving.add_to(cli)
parting.add_to(cli)
papers.add_to(cli)
cli.add_typer(cluster.cli, name="cluster")
cli.add_typer(people.cli, name="member")
cli.add_typer(trust.cli, name="peer")
cli.add_typer(keys.cli, name="key")
cli.add_typer(charter.cli, name="charter")
cli.add_typer(facts.cli, name="fact")
cli.add_typer(audit.cli, name="audit")
cli.add_typer(village.cli, name="village")


def main() -> None:
    """Runs the command of `sys.argv`."""
    cli()
