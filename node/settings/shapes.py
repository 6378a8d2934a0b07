# SPDX-License-Identifier: AGPL-3.0-or-later
"""One co-op's settings as one frozen value, and what follows from them without a look at anything but the files they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from node.clock import Clock, MachineClock, OffClock
from node.place import CoOpFacts, Gazetteer
from node.settings.areas import read_areas


@dataclass(frozen=True)
class Mail:
    """How mail leaves: host, port and sender; `password_file` where the server asks for one; `security`: none, starttls, tls."""

    host: str = ""
    port: int = 25
    sender: str = ""
    username: str = ""
    password_file: str = ""
    security: Literal["none", "starttls", "tls"] = "none"


@dataclass(frozen=True)
class Backup:
    """Where backups go, and to which keys they are locked: the public halves (age1…), of which any one opens them."""

    recipients: tuple[str, ...] = ()
    folder: str = "backups"


@dataclass(frozen=True)
class Settings:
    """One co-op's node, as its operator set it up.

    `folder`: where its files are; `node_id`: its host name in the federation; `address`: where people open its pages (default:
    https and the node id); `database`: `sqlite:///…` or `postgresql://…`
    (default: a file in the folder); `host`, `port`: where it listens; `metrics_port`: Prometheus (0: none); `resolver`:
    node_id -> URL, and `clock_file`: seconds by which the clock is off, both for development only; `node_key_file`: 32 bytes,
    outside the database; `proxies`: the web servers in front, as addresses or networks between commas, that are believed about
    where a request comes from (X-Forwarded-For);
    `instance_file`: what tells a restored copy from the original; "" where several machines share one database.
    """

    folder: Path
    node_id: str
    address: str = ""
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8100
    proxies: str = "127.0.0.1, ::1"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    node_key_file: str = "keys/node.key"
    root_key_file: str = "keys/root.pem"
    instance_file: str = "keys/instance"
    log_level: str = "info"
    log_format: str = "json"
    co_op: CoOpFacts = field(default_factory=CoOpFacts)
    patch: tuple[str, ...] = ()
    areas_file: str = ""
    clock_file: str = ""
    resolver: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mail: Mail = field(default_factory=Mail)
    backup: Backup = field(default_factory=Backup)

    @property
    def database_url(self) -> str:
        """Where the database is; a file in the folder unless a setting says otherwise."""
        return self.database or f"sqlite:///{quote(str(self.folder / 'commoncare.db'))}"

    def path(self, name: str) -> Path:
        """A file that a setting names, from the folder unless it is absolute."""
        return self.folder / name

    @property
    def instance(self) -> Path | None:
        """The file of the instance, where one is kept."""
        return self.path(self.instance_file) if self.instance_file else None

    def clock(self) -> Clock:
        """The machine's, or in a village of processes one that is off."""
        return OffClock(self.path(self.clock_file)) if self.clock_file else MachineClock()

    def gazetteer(self) -> Gazetteer:
        """The areas of `areas_file`; none when the co-op has not written it yet."""
        if not self.areas_file:
            return Gazetteer(patch=self.patch)
        return read_areas(self.path(self.areas_file), self.patch)
