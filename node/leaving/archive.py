# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file of an export: a zip, written as a stream, that people and programs read without this software.

In it: `index.html`, a page for people; `schema.json`, what each table and column is; `tables/NAME.jsonl`, one JSON object a line
for each row; and whatever files the caller adds (`text`). A value of bytes is base64url without padding (RFC 4648, section 5), a
moment is Unix seconds, and what was closed on the node stands open. A file that was cut short has no table of contents at its
end, so no zip program takes it for whole.
"""

from __future__ import annotations

import base64
import hashlib
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO, Final

import jinja2
import msgspec
from msgspec import Struct

from node import dates
from node.leaving.shapes import Drawer

FORMAT: Final = 1
"""Of the whole file; it goes up when a program that read the one before would misread the next."""
TITLES: Final[Mapping[Drawer, str]] = {
    "co-op": "What the co-op keeps",
    "private": "What people wrote to each other",
    "safeguarding": "The safeguarding records",
}


class Table(Struct, frozen=True, kw_only=True):
    """A table as it stands in the file. `kinds`: of each column, in words of JSON; `opened`: columns that were sealed on the
    node; `sha256`: hexadecimal, over the file of its rows; `left_out`: columns that are not in it, and why."""

    name: str
    words: str
    file: str
    key: str
    rows: int
    sha256: str
    kinds: dict[str, str]
    opened: list[str]
    left_out: dict[str, str]


class Contents(Struct, frozen=True, kw_only=True):
    """`schema.json`. `migrations`: the newest form of the database that these rows come from; `left_out`: tables of which nothing
    was taken into any file, and why; `elsewhere`: tables in the other files of the export."""

    format: int
    file: Drawer
    node_id: str
    co_op: str
    made_at: int
    version: str
    migrations: list[str]
    tables: list[Table]
    left_out: dict[str, str]
    elsewhere: dict[str, list[str]]


class Writer:
    """Writes one zip into a stream that can't go back. After a fault nothing more is written into it."""

    def __init__(self, to: BinaryIO, made_at: int) -> None:
        self._zip = zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._at = time.gmtime(made_at)[:6]

    @contextmanager
    def entry(self, name: str) -> Iterator[Entry]:
        info = zipfile.ZipInfo(name, date_time=self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as out:
            yield Entry(out)

    def text(self, name: str, data: bytes) -> None:
        with self.entry(name) as out:
            out.write(data)

    def close(self) -> None:
        self._zip.close()

    def give_up(self) -> None:
        """What was written stays cut off."""
        self._zip.fp = None


class Entry:
    """One file in the zip, with the digest of what went into it."""

    def __init__(self, out: Any) -> None:
        self._out, self._digest = out, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._out.write(data)


def lines(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as JSON lines."""
    encoder = msgspec.json.Encoder()
    return b"".join(encoder.encode(dict(zip(columns, map(_value, row), strict=True))) + b"\n" for row in rows)


def encoded(contents: Contents) -> bytes:
    """`schema.json`."""
    return msgspec.json.format(msgspec.json.encode(contents), indent=2) + b"\n"


def _value(value: Any) -> Any:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode() if isinstance(value, bytes) else value


def kind(python: type, *, opened: bool) -> str:
    """What a column's values are, for whoever reads `schema.json`."""
    if opened:
        return "text"
    return {int: "integer", bool: "true or false", float: "number", str: "text", bytes: "base64url"}[python]


def page(contents: Contents, *, others: Mapping[Drawer, str], phone: str) -> bytes:
    """`index.html`: what is in this file, in plain words. It has no script and asks nobody for anything."""
    template = _templates().get_template("export.html")
    return template.render(
        at=contents, title=TITLES[contents.file], made=dates.date_long(contents.made_at), others=others, phone=phone
    ).encode()


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("node.leaving"), autoescape=True, undefined=jinja2.StrictUndefined
    )
