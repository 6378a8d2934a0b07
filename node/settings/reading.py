# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads `commoncare.yaml`, and lays the environment over it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import yaml

from node.errors import Misconfigured
from node.settings.judging import from_mapping
from node.settings.shapes import Settings

FILE: Final = "commoncare.yaml"
PREFIX: Final = "COMMONCARE_"
GROUPS: Final = frozenset({"co_op", "patch", "resolver", "mail", "backup"})
"""Settings with several values, which only the file can give."""
ELSEWHERE: Final = frozenset({"DIR"})
"""What the command line reads itself."""
NEAR: Final = 0.7
"""How alike a name has to be to be taken for a misspelt one (difflib's ratio)."""


def load(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the co-op whose files are in `folder`. Raises Misconfigured, naming every wrong setting at once."""
    environ = os.environ if environ is None else environ
    path = folder / FILE
    if not path.exists():
        raise Misconfigured(
            f"There is no co-op in {folder}: it has no {FILE}. Make one with: commoncare init --dir {folder}"
        )
    given = read_yaml(path)
    said_by = {}
    for name in _plain_names():
        variable = PREFIX + name.upper()
        if (value := environ.get(variable)) is not None:
            given[name] = value
            said_by[name] = f"{variable} (in the environment)"
    return from_mapping(folder, given, said_by=said_by)


def read_yaml(path: Path) -> dict[str, Any]:
    """The named values in a YAML file; none for an empty one. Raises Misconfigured, with the line where it is known."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{path} can't be read. It has to be a text file that this program may read.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Misconfigured(f"{path} is not YAML{f' near line {mark.line + 1}' if mark else ''}.") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Misconfigured(f"{path} holds no named settings.")
    return given


def strangers(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that begin as ours do and are no setting, each with what was most likely meant ("": nobody knows).

    They are not refused: the environment belongs to others too. `doctor` shows them, and who starts the node logs their names.
    """
    known = [PREFIX + name.upper() for name in _plain_names()]
    ours = {PREFIX + name for name in ELSEWHERE}
    found = {}
    for variable in sorted(os.environ if environ is None else environ):
        if variable.startswith(PREFIX) and variable not in known and variable not in ours:
            rest = variable.removeprefix(PREFIX).lower()
            group = next((each for each in sorted(GROUPS) if rest == each or rest.startswith(f"{each}_")), "")
            near = difflib.get_close_matches(rest, _plain_names(), n=1, cutoff=NEAR)
            found[variable] = f"{group} in {FILE}" if group else PREFIX + near[0].upper() if near else ""
    return found


def _plain_names() -> list[str]:
    return [each.name for each in fields(Settings) if each.name not in GROUPS | {"folder"}]
