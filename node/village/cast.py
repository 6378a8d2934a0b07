# SPDX-License-Identifier: AGPL-3.0-or-later
"""The made-up people, co-ops, areas and offers of the demo and the stories, as frozen values read from `data/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import Any

import yaml

from node.place import CoOpFacts, Gazetteer
from node.settings import read_areas


@dataclass(frozen=True)
class CastCoop:
    """One made-up co-op. `id`: its short name; its node_id is `<id>.example`."""

    id: str
    name: str
    patch: tuple[str, ...]
    phone: str
    out_of_hours: str

    @property
    def node_id(self) -> str:
        return f"{self.id}.example"

    @property
    def facts(self) -> CoOpFacts:
        return CoOpFacts(name=self.name, phone=self.phone, nation="england")


@dataclass(frozen=True)
class CastPerson:
    """One made-up person. `id`: their short name; `state`: active or died."""

    id: str
    co_op: str
    name: str
    roles: tuple[str, ...]
    phone: str
    state: str = "active"

    @property
    def email(self) -> str:
        return f"{self.id.replace('_', '.')}@{self.co_op}.example"


@dataclass(frozen=True)
class Cast:
    """All of them. `offers`, `facts`: as `data/cast.yaml` has them."""

    co_ops: MappingProxyType[str, CastCoop]
    people: MappingProxyType[str, CastPerson]
    offers: tuple[dict[str, Any], ...] = field(repr=False)
    facts: tuple[dict[str, Any], ...] = field(repr=False)

    def of(self, co_op: str) -> list[CastPerson]:
        return [person for person in self.people.values() if person.co_op == co_op]

    def one(self, co_op: str, role: str) -> CastPerson:
        """The first person of a co-op with a role. Raises LookupError when nobody has it."""
        for person in self.of(co_op):
            if role in person.roles:
                return person
        raise LookupError(f"nobody in {co_op} is {role}")


@cache
def load() -> Cast:
    """The cast, from the package's own data; read once."""
    given = yaml.safe_load((files("node.village") / "data" / "cast.yaml").read_text(encoding="utf-8"))
    co_ops = {
        name: CastCoop(name, c["name"], tuple(c["patch"]), c["phone"], c["out_of_hours"])
        for name, c in given["co_ops"].items()
    }
    people = {
        name: CastPerson(name, p["co_op"], p["name"], tuple(p["as"]), p["phone"], p.get("state", "active"))
        for name, p in given["people"].items()
    }
    return Cast(MappingProxyType(co_ops), MappingProxyType(people), tuple(given["offers"]), tuple(given["facts"]))


def areas_text() -> str:
    """The areas' YAML, as a co-op's `areas_file` holds it."""
    return (files("node.village") / "data" / "areas.yaml").read_text(encoding="utf-8")


def gazetteer(co_op: CastCoop) -> Gazetteer:
    """The made-up country as this co-op knows it."""
    with as_file(files("node.village") / "data" / "areas.yaml") as path:
        return read_areas(path, co_op.patch)
