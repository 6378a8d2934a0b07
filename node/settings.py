# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only reader of the environment and of `commoncare.yaml`; it hands out one frozen `Settings`.

A value in the environment (`COMMONCARE_…`) wins over the file, the file over the default. A setting that is wrong is refused
with its name, what is wrong with it and what to put; an unknown one is refused too, since it is most often a misspelt one.
Secrets are read from files named by a setting, never from the file itself. Nothing here is logged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

import yaml

from node.clock import Clock, MachineClock, OffClock
from node.errors import Misconfigured
from node.place import Area, CoOpFacts, Council, Gazetteer
from node.web.marks import LEAVES
from node.web.tint import tint_css

FILE = "commoncare.yaml"
PREFIX = "COMMONCARE_"
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
CHOICES = {
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("json", "text"),
    "mail.security": ("none", "starttls", "tls"),
}


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


def load(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the co-op whose files are in `folder`. Raises Misconfigured, naming every wrong setting at once."""
    environ = os.environ if environ is None else environ
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(
            f"There is no co-op in {folder}: it has no {FILE}. Make one with: commoncare init --dir {folder}"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{path} can't be read. It has to be a text file that this program may read.") from None
    try:
        given = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" near line {where.line + 1}" if where else ""
        raise Misconfigured(f"{path} is not YAML{line}.") from None
    if not isinstance(given, dict):
        raise Misconfigured(f"{path} holds no named settings.")
    for name in _environment_names():
        if (value := environ.get(PREFIX + name.upper())) is not None:
            given[name] = value
    return from_mapping(folder, given)


def _environment_names() -> list[str]:
    plain = {"folder", "co_op", "patch", "resolver", "mail", "backup"}
    return [each.name for each in fields(Settings) if each.name not in plain]


def from_mapping(folder: Path, given: Mapping[str, Any]) -> Settings:
    """Settings from named values; every wrong one is named in the refusal."""
    wrong: list[str] = []
    kinds: dict[str, type] = {"port": int, "metrics_port": int}
    known = {each.name for each in fields(Settings)} - {"folder"}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:  # a name with nothing behind it: as if it were left out
            continue
        if name not in known:
            wrong.append(f"{name}: we don't know this setting; check its spelling")
        elif name == "co_op":
            values[name] = _sub(CoOpFacts, name, value, wrong)
        elif name == "mail":
            values[name] = _sub(Mail, name, value, wrong)
        elif name == "backup":
            values[name] = _backup(value, wrong)
        elif name == "patch":
            values[name] = tuple(str(each) for each in value) if isinstance(value, list) else ()
            if not isinstance(value, list):
                wrong.append("patch: give a list of area ids")
        elif name == "resolver":
            if isinstance(value, dict):
                values[name] = MappingProxyType({str(k): str(v) for k, v in value.items()})
            else:
                wrong.append("resolver: give node ids with the URL each is reached at")
        else:
            values[name] = _plain(name, value, kinds.get(name, str), wrong)
    if not values.get("node_id"):
        wrong.append("node_id: give this co-op's host name, such as alder.example.org")
    mail = values.get("mail")
    ports = {"port": values.get("port"), "metrics_port": values.get("metrics_port")}
    if isinstance(mail, Mail):
        ports["mail.port"] = mail.port
    for name, number in ports.items():
        if isinstance(number, int) and not 0 <= number <= 65535:
            wrong.append(f"{name}: a port is a number from 0 to 65535")
    if ports["metrics_port"] and ports["metrics_port"] == values.get("port", Settings.port):
        wrong.append("metrics_port: choose another port than the one people use")
    chosen = {**values, "mail.security": mail.security if isinstance(mail, Mail) else "none"}
    for name, choices in CHOICES.items():
        if name in chosen and chosen[name] not in choices:
            wrong.append(f"{name}: say {', '.join(choices[:-1])} or {choices[-1]}")
    database = str(values.get("database") or "")
    if database and not database.startswith(("sqlite://", "postgresql://", "postgres://")):
        wrong.append("database: give sqlite:///a/file.db or postgresql://user@host/name")
    for each in str(values.get("proxies") or "").replace(" ", "").split(","):
        try:
            ip_network(each or "::1")
        except ValueError:
            wrong.append(f"proxies: {each} is no address and no network; give such as 10.0.0.5 or 10.0.0.0/8")
    if isinstance(co_op := values.get("co_op"), CoOpFacts):
        try:
            tint_css(co_op.tint)
        except Misconfigured as no:
            wrong.append(f"co_op.{no.words.rstrip('.')}")
        if co_op.leaf and co_op.leaf not in LEAVES:
            wrong.append(f"co_op.leaf: choose one of {', '.join(sorted(LEAVES))}")
        if co_op.exit_to and not co_op.exit_to.startswith("https://"):
            wrong.append("co_op.exit_to: give the whole address of a page, with https")
    address = str(values.get("address") or "")
    if address and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", address):
        wrong.append(
            "address: give where people open the pages, such as https://alder.example.org, without a slash at its end"
        )
    if wrong:
        raise Misconfigured("The settings need another look. " + "; ".join(wrong) + ".")
    return Settings(folder=folder, **values)


def _plain(name: str, value: Any, kind: type, wrong: list[str]) -> Any:
    if kind is int:
        try:
            return int(str(value))
        except ValueError:
            wrong.append(f"{name}: give a whole number")
            return 0
    if not isinstance(value, str):
        # YAML reads 0171234 as an octal number: a telephone number would be another one, without a word.
        wrong.append(f"{name}: give one text, in quotation marks")
        return ""
    return value


def _backup(value: Any, wrong: list[str]) -> Backup:
    if not isinstance(value, dict):
        wrong.append("backup: give recipients and folder below it")
        return Backup()
    given = value.get("recipients") or []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        wrong.append("backup.recipients: give a list of the public halves of backup keys")
        given = []
    if any(each.upper().startswith("AGE-SECRET-KEY-") for each in given):
        # Not said which: the refusal may stand in a log.
        wrong.append("backup.recipients: a secret half has no place here; take it out, and make another key")
    elif not all(_RECIPIENT.fullmatch(each) for each in given):
        wrong.append("backup.recipients: each is the public half of a backup key and begins with age1")
    rest = {name: each for name, each in value.items() if name != "recipients"}
    made: Backup = _sub(Backup, "backup", rest, wrong)
    return replace(made, recipients=tuple(dict.fromkeys(given)))


def _sub(kind: type[Any], name: str, value: Any, wrong: list[str]) -> Any:
    if not isinstance(value, dict):
        wrong.append(f"{name}: give named values below it")
        return kind()
    made = kind()
    for key, each in value.items():
        known = {f.name for f in fields(kind)}
        if key not in known:
            wrong.append(f"{name}.{key}: we don't know this setting; check its spelling")
            continue
        current = getattr(made, key)
        if each is None:
            continue
        if isinstance(current, bool):
            if not isinstance(each, bool):
                wrong.append(f"{name}.{key}: say true or false")
                continue
            made = replace(made, **{key: each})
        elif isinstance(current, int):
            made = replace(made, **{key: _plain(f"{name}.{key}", each, int, wrong)})
        else:
            made = replace(made, **{key: _plain(f"{name}.{key}", each, str, wrong)})
    return made


def read_areas(path: Path, patch: tuple[str, ...]) -> Gazetteer:
    """Areas and councils from YAML: `areas: {id: {name, lat, lon, council}}`, `councils: {id: {name, adults, out_of_hours}}`."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        areas = {
            str(name): Area(str(name), str(a["name"]), float(a["lat"]), float(a["lon"]), str(a.get("council", "")))
            for name, a in given["areas"].items()
        }
        councils = {
            str(name): Council(str(name), str(c["name"]), str(c["adults"]), str(c["out_of_hours"]))
            for name, c in (given.get("councils") or {}).items()
        }
    except FileNotFoundError:
        raise Misconfigured(f"areas_file: there is no {path}.") from None
    except OSError:
        raise Misconfigured(f"areas_file: {path} can't be read.") from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError):
        raise Misconfigured(f"areas_file: {path} does not hold areas with name, lat and lon.") from None
    if missing := [name for name in patch if name not in areas]:
        raise Misconfigured(f"patch: {', '.join(missing)} are not in {path}.")
    return Gazetteer(areas=MappingProxyType(areas), patch=patch, councils=MappingProxyType(councils))
