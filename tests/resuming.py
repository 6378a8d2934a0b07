# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a long trial found so far, a line each in a file, so that a later run goes on where this one was cut off.

The first line says what is tried: a file of something else is refused. Every other line is a key, what came of it, and a sum over
the source that it was tried with. A line that was only half written counts as not written; of two lines with one key the later
stands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class AnotherTrial(Exception):
    """The file belongs to something else that was tried."""


def source(*folders: str) -> str:
    """A short sum over all Python files in these folders of the project."""
    whole = sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


class Results:
    """By key, in `path` or only in memory. `about`: what is tried, as JSON; `folders`: of the source that it is tried with.

    Raises AnotherTrial when the file's first line says something else.
    """

    def __init__(self, path: Path | None, about: dict[str, Any], folders: Sequence[str]) -> None:
        self.path, self.code = path, source(*folders)
        self._found: dict[str, tuple[Any, str]] = {}
        if path is None:
            return
        held = path.read_bytes() if path.exists() else b""
        whole = held[: held.rfind(b"\n") + 1]
        lines = [json.loads(line) for line in whole.splitlines()]
        if lines and lines[0] != about:
            raise AnotherTrial(f"{path} belongs to {lines[0]}, not to {about}.")
        for line in lines[1:]:
            self._found[line["key"]] = (line["came"], line["code"])
        with path.open("wb") as file:
            file.write(whole or json.dumps(about).encode() + b"\n")

    def get(self, key: str) -> Any:
        """What came of it; None: not tried yet."""
        return self._found.get(key, (None, ""))[0]

    def put(self, key: str, came: Any) -> None:
        self._found[key] = (came, self.code)
        if self.path is not None:
            with self.path.open("ab") as file:
                file.write(json.dumps({"key": key, "came": came, "code": self.code}).encode() + b"\n")

    def sources(self, keys: Sequence[str]) -> int:
        """With how many versions of the source these were tried."""
        return len({self._found[key][1] for key in keys if key in self._found})
