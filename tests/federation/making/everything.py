# SPDX-License-Identifier: AGPL-3.0-or-later
"""All vectors and all made blocks of the docs, in memory: what `__main__` writes and the tests compare with the disk."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from . import agreeing, asking, blocks, documents, doubting, following, ground, logs, trusting, writing

FOLDER: Final = Path(__file__).resolve().parents[1] / "vectors"
ROOT: Final = FOLDER.parents[2]
DOCS: Final = ROOT / "docs" / "protocol"
MADE: Final = re.compile(r"(<!-- made: ([a-z0-9-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

SUITES: Final[dict[str, tuple[Callable[[], list[dict[str, Any]]], str]]] = {
    "strict-json": (ground.strict_json, "encodings.md"),
    "base64url": (ground.base64url, "encodings.md"),
    "node-ids": (ground.node_ids, "encodings.md"),
    "keys": (ground.keys, "identity.md"),
    "envelopes": (documents.envelopes, "identity.md"),
    "identities": (documents.identities, "identity.md"),
    "manifests": (documents.manifests, "identity.md"),
    "fingerprints": (trusting.fingerprints, "trust.md"),
    "peerings": (trusting.peerings, "trust.md"),
    "bodies": (trusting.bodies, "trust.md"),
    "guard": (trusting.guard, "trust.md"),
    "charter": (agreeing.charters, "charters.md"),
    "requests": (asking.requests, "transport.md"),
    "entries": (logs.entries, "feeds.md"),
    "trees": (logs.trees, "feeds.md"),
    "checkpoints": (following.checkpoints, "feeds.md"),
    "pages": (following.pages, "feeds.md"),
    "heads": (following.heads, "feeds.md"),
    "absences": (doubting.absences, "feeds.md"),
    "forks": (doubting.forks, "feeds.md"),
    "letter-data": (writing.kinds, "letters.md"),
    "statements": (writing.statements, "statements.md"),
}


def vectors(held: dict[str, str]) -> dict[str, bytes]:
    """File name -> bytes. `held`: the sealed letters that stand on disk, name -> outer letter."""
    made = {f"{name}.json": _file(name, page, make()) for name, (make, page) in SUITES.items()}
    return made | {"letters.json": _file("letters", "letters.md", writing.letters(held))}


def _file(name: str, page: str, cases: list[dict[str, Any]]) -> bytes:
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        raise ValueError(f"{name}: a name stands twice")
    whole = {"suite": name, "text": f"docs/protocol/{page}", "warning": "test keys: never use them", "cases": cases}
    return json.dumps(whole, ensure_ascii=True, indent=1).encode() + b"\n"


def read_held() -> dict[str, str]:
    """The sealed letters on disk."""
    path = FOLDER / "letters.json"
    if not path.exists():
        return {}
    return {case["name"]: case["input"]["outer"] for case in json.loads(path.read_bytes())["cases"]}


def written_docs() -> dict[Path, str]:
    """Each page of the specification with its made blocks made again. KeyError for a block that nobody makes."""
    pages = {}
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if MADE.search(text):
            pages[path] = MADE.sub(lambda match: match[1] + blocks.make(match[2]) + match[4], text)
    return pages
