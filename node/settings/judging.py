# SPDX-License-Identifier: AGPL-3.0-or-later
"""Named values are judged here: each that is wrong is named with what to put, all of them in one refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from node.errors import Misconfigured
from node.place import NATIONS, CoOpFacts
from node.settings.shapes import Backup, Mail, Settings
from node.web.marks import LEAVES
from node.web.tint import tint_css

_RECIPIENT: Final = re.compile(r"age1[02-9ac-hj-np-z]{58}")
CHOICES: Final = {
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("json", "text"),
    "mail.security": ("none", "starttls", "tls"),
    "co_op.nation": NATIONS,
}


def from_mapping(folder: Path, given: Mapping[str, Any], *, said_by: Mapping[str, str] | None = None) -> Settings:
    """Settings from named values. Every wrong one is named in the refusal, by its name in `said_by` where it has one there."""
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
            values[name] = _co_op(value, wrong)
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
    if isinstance(co_op := values.get("co_op"), CoOpFacts):
        chosen["co_op.nation"] = co_op.nation
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
    if isinstance(co_op, CoOpFacts):
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
        said = [_under(each, said_by or {}) for each in wrong]
        raise Misconfigured("The settings need another look. " + "; ".join(said) + ".")
    return Settings(folder=folder, **values)


def _under(fault: str, said_by: Mapping[str, str]) -> str:
    """A fault under the name by which the value was given."""
    name, colon, rest = fault.partition(":")
    return f"{said_by.get(name, name)}{colon}{rest}"


def _co_op(value: Any, wrong: list[str]) -> CoOpFacts:
    made: CoOpFacts = _sub(CoOpFacts, "co_op", value, wrong)
    return replace(made, nation=made.nation.strip().lower().replace(" ", "-").replace("_", "-"))


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
