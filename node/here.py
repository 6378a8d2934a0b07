# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where and when an act happens: this co-op and its patch, this moment, this chance, this node key.

Every act and every read that needs one of them is handed a `Here`; none asks the machine. So a whole village of
co-ops can be driven by a seed, and a test says what time it is.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from node.place import NOWHERE, CoOpFacts, Gazetteer


class Randomness(Protocol):
    """A source of bytes that nobody else can guess (or, in a test, that a seed repeats)."""

    def bytes(self, count: int, /) -> bytes: ...


class NodeKey:
    """The 32 bytes outside the database from which what protects data at rest is derived.

    `derive(purpose)` gives 32 bytes for one purpose (HKDF-Expand, RFC 5869), and keeps those of the last purposes. The key
    itself is never shown.
    """

    __slots__ = ("_derived", "_secret", "kid")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a node key is 32 bytes")
        self._secret = secret
        self._derived = lru_cache(maxsize=32)(self._derive)
        self.kid = self.derive("key id")[:6].hex()

    def derive(self, purpose: str) -> bytes:
        return self._derived(purpose)

    def _derive(self, purpose: str) -> bytes:
        info = b"commoncare/1 at rest\0" + purpose.encode()
        return HKDFExpand(hashes.SHA256(), 32, info).derive(self._secret)

    def __repr__(self) -> str:
        return "NodeKey(…)"


@dataclass(frozen=True, slots=True)
class Backups:
    """What lies in the folder of backups. `locked`: there is a key to lock one with; `seen`: the folder is there; `newest`: when
    the newest was made, `tried`: when one was last tried, in Unix seconds, None for never."""

    locked: bool
    seen: bool
    newest: int | None = None
    tried: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What a node knows of the machine it runs on, for whoever looks after it. `mail`: host and port of the mail server, ""
    without one; `root_key`: the file in which the root key lies while it is kept on this machine; `ended`: the file of what ended
    here for good (`node.ended`), None where none is kept; `backups`: looks into their folder, None where there is none to look
    into."""

    mail: str = ""
    root_key: Path | None = None
    ended: Path | None = None
    backups: Callable[[], Backups] | None = None

    def holds_root_key(self) -> bool:
        """Whether the root key's file lies on this machine now."""
        return self.root_key is not None and self.root_key.exists()


@dataclass(frozen=True, slots=True)
class Here:
    """One co-op at one moment. `now`: Unix seconds, UTC. `address`: where people open its pages, when that is not
    https and its node id; `machine`: what it runs on."""

    node_id: str
    now: int
    random: Randomness
    node_key: NodeKey
    place: Gazetteer = NOWHERE
    co_op: CoOpFacts = CoOpFacts()  # noqa: RUF009 - a frozen value
    address: str = ""
    machine: Machine = Machine()

    @property
    def home(self) -> str:
        """Where people open this co-op's pages, without a slash at its end."""
        return self.address or f"https://{self.node_id}"

    @property
    def secure(self) -> bool:
        """Whether its pages go over https, as everywhere but on a developer's own machine."""
        return self.home.startswith("https://")

    def token(self, count: int = 16) -> str:
        """A fresh identifier: `count` random bytes as unpadded base64url (16 bytes: 22 characters)."""
        return base64.urlsafe_b64encode(self.random.bytes(count)).rstrip(b"=").decode()

    def at(self, now: int) -> Here:
        """The same co-op at another moment."""
        return replace(self, now=now)
