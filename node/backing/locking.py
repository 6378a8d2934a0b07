# SPDX-License-Identifier: AGPL-3.0-or-later
"""Locking a backup to keys that are not on the node, and opening one: age (age-encryption.org/v1, X25519), as a stream.

Memory stays the same whatever the size: what is written passes through a pipe to a thread that encrypts, and the other way
round. The two sides meet again at the end of the block, and a fault of either is raised there. The chance in a file's key is the
machine's own: age takes none from outside.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from node.backing.format import Damaged
from node.errors import Invalid, Refusal


class WrongKey(Refusal):
    """This key opens no such file."""

    code = "wrong-key"


def new_key() -> tuple[str, str]:
    """(the secret half, the public half) of a new key."""
    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())


def recipient(text: str) -> Any:
    """The public half from its text (age1…). Raises Invalid."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise Invalid({"recipients": "Give the public half of a backup key; it begins with age1."}) from None


def identity(text: str) -> Any:
    """The secret half from a file's or paper's text: the line that begins with AGE-SECRET-KEY-1. Raises WrongKey."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) == 1:
        try:
            return pyrage.x25519.Identity.from_str(lines[0].upper())
        except pyrage.IdentityError:
            pass
    raise WrongKey("This is no backup key. It is one line that begins with AGE-SECRET-KEY-1; check each letter.")


def public_half(secret: Any) -> str:
    return str(secret.to_public())


@contextmanager
def locked(to: BinaryIO, recipients: Sequence[str]) -> Iterator[BinaryIO]:
    """What is written in the block stands encrypted in `to` when the block ends. Raises OSError, Invalid."""
    keys = [recipient(text) for text in recipients]
    failed: list[BaseException] = []
    out, into = os.pipe()

    def encrypt() -> None:
        try:
            with os.fdopen(out, "rb", buffering=0) as plain:
                pyrage.encrypt_io(plain, to, keys)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=encrypt, name="backup-lock")
    thread.start()
    try:
        with os.fdopen(into, "wb", buffering=2**16) as plain:
            yield plain
    except BrokenPipeError:
        pass  # the reason is with the thread
    finally:
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def opened(path: Path, secret: Any) -> Iterator[BinaryIO]:
    """What stands in the file, decrypted. Leaving the block early is no fault. Raises WrongKey, Damaged, OSError."""
    failed: list[BaseException] = []
    source = path.open("rb")
    out, into = os.pipe()

    def decrypt() -> None:
        try:
            with source, os.fdopen(into, "wb", buffering=0) as plain:
                pyrage.decrypt_io(source, plain, [secret])
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=decrypt, name="backup-open")
    thread.start()
    broken: Refusal | None = None
    try:
        with os.fdopen(out, "rb", buffering=2**16) as plain:
            try:
                yield plain
            except Damaged as error:  # most often since the stream stopped, and the thread knows why
                broken = error
    finally:
        thread.join()
    fault = failed[0] if failed else None
    if isinstance(fault, pyrage.DecryptError):
        if "No matching keys" in str(fault):
            raise WrongKey(f"This key does not open {path.name}. Take the key to which it was locked.")
        raise Damaged(f"{path.name} is not a backup, or it was altered or cut short.")
    if isinstance(fault, OSError) and not isinstance(fault, BrokenPipeError):
        raise Damaged(f"{path.name} was altered or cut short. Take another copy of it, or another backup.")
    if fault is not None and not isinstance(fault, BrokenPipeError):
        raise fault
    if broken is not None:
        raise broken
