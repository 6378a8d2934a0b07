# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words of a root key as an operator gives them: from files, at a terminal, or on standard input; never as an argument.

At a terminal each sheet ends with an empty line. They are read for one command and kept nowhere.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import secret_line

WordsFile = Annotated[
    list[Path] | None,
    typer.Option("--words-file", help="A file with the 24 words, or a sheet; once for each. Instead of a passphrase."),
]


def words_said(files: list[Path] | None) -> list[str]:
    """The texts with the words. Raises typer.BadParameter for a file that can't be read."""
    if files:
        return [_text(file) for file in files]
    if not sys.stdin.isatty():
        return [sys.stdin.read()]
    typer.echo("Type the 24 words, or a sheet's words; an empty line ends a sheet, two end it all.", err=True)
    lines: list[str] = []
    while lines[-2:] != ["", ""]:
        line = sys.stdin.readline()
        if not line:
            break
        lines.append(line.strip())
    return ["\n".join(lines)]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{file} can't be read.", param_hint="--words-file") from None


def root_by(file: Path | None, passphrase_file: Path | None, words_files: list[Path] | None) -> Any:
    """A root key: from paper where words are given (or no file is named), else from its file with its passphrase."""
    from node.peers import founding, shares

    if words_files or file is None:
        return shares.join(words_said(words_files))
    return founding.root_from_file(file, secret_line(passphrase_file, what="The root key's passphrase"))
