# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `init` has to know: from its options, from a file of answers, and the rest asked for at a terminal, one by one.

An option wins over the file, and what either says is not asked. The file is of the form of `commoncare.yaml`. Each answer is
judged as it is given, by the code that reads the settings: a wrong one is asked for again, and nothing said before is lost.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from node.errors import Invalid, Misconfigured
from node.peers.rules import a_node_id
from node.place import NATIONS
from node.settings import from_mapping, read_yaml

SOMEWHERE: Final = "somewhere.example.org"


@dataclass(frozen=True)
class Question:
    """One setting by its path ("co_op.name"), and how it is asked for. `default`: what an empty answer means; None: none is
    taken. `after`: asked only where that setting was given."""

    path: str
    words: str
    default: str | None = ""
    after: str = ""


QUESTIONS: Final = (
    Question(
        "node_id",
        "What is this co-op's host name? It is its name among its neighbours for ever, such as alder.example.org.",
        default=None,
    ),
    Question("co_op.name", "What does the co-op call itself?", default=None),
    Question("co_op.phone", "Which telephone number shall stand on every page? Leave it empty for none."),
    Question("co_op.nation", f"Whose helplines shall be shown: {', '.join(NATIONS)}?", default="england"),
    Question("database", "Where shall the data lie? Empty: a file in the folder; or give postgresql://user@host/name."),
    Question("mail.host", "Which server takes your mail? Leave it empty to say so later."),
    Question("mail.sender", "From which address is mail sent?", default=None, after="mail.host"),
)
NEEDED: Final = {"node_id": "--node-id", "co_op.name": "--name"}


def answers(file: Path | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """All that was given and asked, as settings. `options`: by path, "" for what was not given. Raises Misconfigured for a file
    that is none; typer.BadParameter where something needed is missing and nobody can be asked."""
    given = read_yaml(file) if file is not None else {}
    for path, value in options.items():
        if value not in ("", None):
            _put(given, path, value)
    if sys.stdin.isatty():
        for question in QUESTIONS:
            if _get(given, question.path) is None and (not question.after or _get(given, question.after)):
                _put(given, question.path, _asked(question))
    missing = [option for path, option in NEEDED.items() if _get(given, path) is None]
    if missing:
        raise typer.BadParameter(
            f"give {' and '.join(missing)}, or a file with --answers; at a terminal they are asked for.",
            param_hint=missing[0],
        )
    return given


def _asked(question: Question) -> str:
    while True:
        typer.echo("", err=True)
        typer.echo(question.words, err=True)
        said = str(typer.prompt(">", default="", show_default=False, prompt_suffix=" ", err=True)).strip()
        said = said or question.default or ""
        fault = _fault(question, said)
        if not fault:
            return said
        typer.echo(fault, err=True)


def _fault(question: Question, said: str) -> str:
    """What is wrong with an answer, in words; "" for nothing."""
    if not said:
        return "This can't be left empty." if question.default is None else ""
    if question.path == "node_id":
        try:
            a_node_id(said, us="")
        except Invalid:
            return "Give a host name in small letters, such as alder.example.org."
        return ""
    tried: dict[str, Any] = {"node_id": SOMEWHERE}
    _put(tried, question.path, said)
    try:
        from_mapping(Path("."), tried)
    except Misconfigured as no:
        return no.words
    return ""


def _get(given: Mapping[str, Any], path: str) -> Any:
    outer, _, inner = path.partition(".")
    held = given.get(outer)
    return held if not inner else held.get(inner) if isinstance(held, dict) else None


def _put(given: dict[str, Any], path: str, value: Any) -> None:
    outer, _, inner = path.partition(".")
    if not inner:
        given[outer] = value
    elif isinstance(given.setdefault(outer, {}), dict):
        given[outer][inner] = value
