# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can leave this co-op, field by field, read off the types that the protocol knows, with plain words for each field.

Nothing is listed by hand: a field of a statement or letter that has no words here is a fault that a test finds. What no type
names can't leave at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

from msgspec import Struct, inspect

from federation.letters import KINDS as LETTERS
from federation.statements import KINDS as STATEMENTS
from node.peers.leaving_words import FIELDS, KINDS
from node.words import _

Way = Literal["clear", "sealed", "nobody"]
PUBLISHED: Final = frozenset({"peer-support", "metrics", "trust"})
"""Topics on which this node publishes; of the others nothing leaves yet."""


class Leaf(Struct, frozen=True, kw_only=True):
    """One field: where it stands, in the words of the protocol, and what it is, in plain ones."""

    field: str
    words: str


class Leaves(Struct, frozen=True, kw_only=True):
    """One kind of thing that leaves. `name`: a topic, or a kind of letter; `way`: in clear to neighbours, sealed to one co-op, or
    to nobody."""

    name: str
    what: str
    way: Way
    fields: list[Leaf]


def feeds() -> list[Leaves]:
    """What is published for neighbours, by topic."""
    return [
        Leaves(
            name=topic,
            what=_(KINDS[kind.__name__]),
            way="clear" if topic in PUBLISHED else "nobody",
            fields=_leaves(kind),
        )
        for topic, kinds in STATEMENTS.items()
        for kind in get_args(kinds) or (kinds,)
    ]


def letters() -> list[Leaves]:
    """What is sealed to one other co-op, by kind of letter."""
    return [
        Leaves(name=name, what=_(KINDS[kind.__name__]), way="sealed", fields=_leaves(kind))
        for name, kind in LETTERS.items()
    ]


def in_english(topic: str) -> list[tuple[str, list[str]]]:
    """What is published on one topic: each kind, and its fields, in the English words that two co-ops sign."""
    kinds = STATEMENTS.get(topic, ())
    return [(KINDS[kind.__name__], english_fields(kind)) for kind in get_args(kinds) or (kinds,)]


def letters_in_english() -> list[tuple[str, str, list[str]]]:
    """Each kind of letter by its name, what it is, and its fields, in the English words that two co-ops sign."""
    return [(name, KINDS[kind.__name__], english_fields(kind)) for name, kind in LETTERS.items()]


def english_fields(kind: Any) -> list[str]:
    """The fields of one kind, in English words, each once."""
    return list(dict.fromkeys(FIELDS[key] for _path, key in _walk(inspect.type_info(kind), "")))


def _leaves(kind: Any) -> list[Leaf]:
    return [Leaf(field=path, words=_(FIELDS[key])) for path, key in _walk(inspect.type_info(kind), "")]


def _walk(node: inspect.Type, path: str) -> Iterator[tuple[str, str]]:
    """(path, type.field) of every field that holds something, those of types within it instead of the whole."""
    assert isinstance(node, inspect.StructType)
    if node.tag_field is not None and path:
        yield f"{path}{node.tag_field}={node.tag}", f"{node.cls.__name__}"
    for field in node.fields:
        inner = list(_structs(field.type))
        if not inner:
            yield path + field.encode_name, f"{node.cls.__name__}.{field.name}"
        for each in inner:
            yield from _walk(each, f"{path}{field.encode_name}.")


def _structs(node: inspect.Type) -> Iterator[inspect.StructType]:
    """The types that stand within a field: its own, those of a list's items, those of a choice."""
    if isinstance(node, inspect.StructType):
        yield node
    elif isinstance(node, inspect.UnionType):
        for each in node.types:
            yield from _structs(each)
    elif isinstance(node, inspect.VarTupleType):
        yield from _structs(node.item_type)
    elif isinstance(node, inspect.DictType):
        yield from _structs(node.value_type)
