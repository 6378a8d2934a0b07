# SPDX-License-Identifier: AGPL-3.0-or-later
"""Styles, scripts, fonts and marks, as the build left them: read once, served from memory, under names that hold their hash.

So a browser keeps each for a year, and a new build is a new name. Packed once at the build; nothing is packed at a request.
A tree that was never built says so, with the remedy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from node.errors import Misconfigured, NotFound

BUILT = Path(__file__).parent / "static" / "built"
PREFIX = "/static/"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: plain, and packed where that is smaller."""

    kind: str
    plain: bytes
    packed: bytes | None


def asset(name: str) -> str:
    """The path of a file of the look (`app.css`) in this build."""
    return PREFIX + manifest()[name]


@cache
def manifest() -> dict[str, str]:
    """Name -> file name with its hash. Raises Misconfigured where nothing was built."""
    try:
        found: dict[str, str] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Misconfigured(
            "The pages' styles have not been built here. Build them with: python node/web/assets/build.py"
        ) from None
    return found


@cache
def _assets() -> dict[str, Asset]:
    return {file: _read(BUILT / file) for file in manifest().values()}


def _read(path: Path) -> Asset:
    packed = path.with_name(path.name + ".gz")
    return Asset(KINDS[path.suffix], path.read_bytes(), packed.read_bytes() if packed.exists() else None)


@get(PREFIX + "{name:str}", include_in_schema=False, name="static")
async def serve(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """One file of the look."""
    found = _assets().get(name)
    if found is None:
        raise NotFound
    headers = {"cache-control": FOR_A_YEAR, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.kind, headers={**headers, "content-encoding": "gzip"})
    return Response(found.plain, media_type=found.kind, headers=headers)
