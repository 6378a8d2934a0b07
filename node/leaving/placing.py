# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the files of an export go: never over another file, whole under their names or not there at all.

`alder.zip.age` is the co-op's own file; beside it stand `alder-private-words.zip.age` and `alder-safeguarding.zip.age`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from node.backing.folder import sync
from node.errors import Conflict, Invalid
from node.leaving.shapes import Drawer, File

LOCKED: Final = ".zip.age"
OPEN: Final = ".zip"
BESIDE: Final[dict[Drawer, str]] = {"co-op": "", "private": "-private-words", "safeguarding": "-safeguarding"}


def names(out: Path, drawers: Iterable[Drawer], *, locked: bool) -> dict[Drawer, Path]:
    """The file of each drawer. Raises Invalid for a name or a place that can't be, Conflict for one that is taken."""
    ending = LOCKED if locked else OPEN
    stem = out.name.removesuffix(ending)
    if not out.name.endswith(ending) or not stem:
        told = "locked" if locked else "not locked"
        raise Invalid({"out": f"The file will be {told}: give it a name that ends in {ending}."})
    if not out.parent.is_dir():
        raise Invalid({"out": f"There is no folder {out.parent}. Make it first, or name another."})
    found = {each: out.with_name(f"{stem}{BESIDE[each]}{LOCKED if BESIDE[each] else ending}") for each in drawers}
    for path in found.values():
        if path.exists() or path.is_symlink():
            raise Conflict(f"There is {path} already; we don't write over it.")
    return found


def part_of(path: Path) -> Path:
    """Where a file stands while it is written."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """The file to write, for its owner's eyes only. It stands under its name when the block ends well, else there is nothing."""
    part = part_of(path)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # unlike a rename it never replaces what came meanwhile
        except FileExistsError:
            raise Conflict(f"There is {path} already; we don't write over it.") from None
        except OSError:  # a stick whose file system knows no links
            part.rename(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def measured(made: Sequence[File]) -> list[File]:
    """With the size that each file has now."""
    return [msgspec.structs.replace(each, bytes=Path(each.path).stat().st_size) for each in made]
