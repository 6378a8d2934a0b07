# SPDX-License-Identifier: AGPL-3.0-or-later
"""What statements and letters share: reading data into a frozen type with its limits, and what text may hold.

Data is read after its signature verified: types and limits first (members that are not named are ignored), then every
text against the characters that could mislead a reader. A refusal names the field, never what stood in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import inspect

from .. import wire
from ..errors import Refused

BYTES_PER_CHARACTER: Final = 3
"""A text of n characters at most has 3 n bytes at most: room for every script, not for n emoji."""

GRID: Final = 50
"""Places lie on a grid of 1/50 = 0.02 degrees, about 2 km: a neighbourhood, never a house."""

# Controls (C0 but the newline, DEL, C1), what turns the reading direction or is not seen at all, what splits lines
# and is no newline, and noncharacters. The joiners U+200C and U+200D stay: Urdu and emoji need them.
_FORBIDDEN: Final = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
)
_forbidden: Final = re.compile(f"[{_FORBIDDEN}]")
_stripped: Final = re.compile(rf"[{_FORBIDDEN}\ud800-\udfff]")

_PATH: Final = re.compile(r"`(\$[A-Za-z0-9_.\[\]]*)`\Z")
LINE: Final = r"\A[^\n]*\Z"
_SLUG: Final = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"

Slug = Annotated[str, msgspec.Meta(pattern=rf"\A{_SLUG}\Z")]
"""Lower-case ASCII letters, digits and hyphens, 40 at most."""
Topic = Annotated[str, msgspec.Meta(max_length=294, pattern=rf"\A(?:[a-z0-9.-]{{3,253}}:)?{_SLUG}\Z")]
"""A slug of the shared list, or a co-op's own as node_id:slug."""
Language = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?\Z")]
"""A BCP 47 tag of language, script and region in their usual case: en, zh-Hant, pt-BR, bfi."""
Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{21}[AQgw]\Z")]
"""128 bits in base64url, 22 characters."""
Time = Annotated[int, msgspec.Meta(ge=1, lt=wire.INTEGER_END)]
"""Unix seconds."""
Revision = Annotated[int, msgspec.Meta(ge=1, lt=wire.INTEGER_END)]

T = TypeVar("T", bound=msgspec.Struct)
_Check = Callable[[Any, str], None]


class Area(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A neighbourhood by name, at a point of the 0.02 degree grid (WGS 84): see `round_place`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]


def round_place(lat: float, lon: float) -> tuple[float, float]:
    """The nearest point of the grid, in degrees. ValueError for what is no place."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("a latitude lies within 90 and a longitude within 180 degrees")
    # Adding 0.0 turns a negative zero into zero, so that one place has one text.
    return round(lat * GRID) / GRID + 0.0, round(lon * GRID) / GRID + 0.0


def clean(text: str, *, line: bool = False) -> str:
    """What somebody typed, as it may stand in a statement or letter: forbidden characters gone, ends trimmed.

    Tabs become spaces; with `line`, so do newlines. Length is left to the caller, who can ask for something shorter.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    text = _stripped.sub("", text).strip()
    return " ".join(text.split("\n")) if line else text


def read(kind: type[T], data: object) -> T:
    """`data` (parsed strict JSON) as a `kind`, with every type, limit and text judged.

    Refused: malformed, with the field's path as its cause, e.g. `$.area.name: not within its limits`.
    """
    try:
        value = msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        # What msgspec says can hold what the sender wrote; the path names only members of ours.
        path = _PATH.search(str(error))
        raise malformed(path[1] if path else "$") from None
    check = _checks(kind)
    if check is not None:
        check(value, "$")
    return value


def write(value: msgspec.Struct) -> bytes:
    """The compact JSON of a statement or of a letter's data."""
    return msgspec.json.encode(value)


def malformed(path: str, why: str = "not within its limits") -> Refused:
    """The refusal of one field."""
    return Refused("malformed", f"{path}: {why}")


def unique(values: tuple[object, ...], path: str) -> None:
    """Refuses a list that names something twice."""
    if len(values) > 1 and len(set(values)) != len(values):
        raise malformed(path, "something stands twice")


def topics(values: tuple[str, ...], path: str) -> None:
    """Refuses topics that stand twice, or that a co-op of no valid name claims."""
    unique(values, path)
    for value in values:
        owner, colon, _ = value.rpartition(":")
        if colon:
            try:
                wire.node_id(owner)
            except Refused:
                raise malformed(path, "a topic of no node") from None


def place(area: Area, path: str) -> None:
    """Refuses a place that is more exact than the grid."""
    if not _on_grid(area.lat, area.lon):
        raise malformed(path, "a place off the grid of 0.02 degrees")


@lru_cache(maxsize=4096)
def _on_grid(lat: float, lon: float) -> bool:
    return (lat, lon) == round_place(lat, lon)


@cache
def _checks(kind: type[msgspec.Struct]) -> _Check | None:
    return _build(inspect.type_info(kind))


def _build(node: inspect.Type) -> _Check | None:
    """What has to be looked at in a value of this type besides its type: None where nothing is free text."""
    if isinstance(node, inspect.StrType):
        return _text(node) if node.pattern in (None, LINE) else None
    if isinstance(node, inspect.StructType):
        members = [
            (field.name, f".{field.encode_name}", check) for field in node.fields if (check := _build(field.type))
        ]
        return _members(members) if members else None
    if isinstance(node, inspect.UnionType):
        return _one_of(
            {form.cls: check for form in node.types if isinstance(form, inspect.StructType) and (check := _build(form))}
        )
    if isinstance(node, inspect.DictType):
        each = _build(node.value_type)
        return _values(each) if each else None
    if isinstance(node, inspect.VarTupleType):
        each = _build(node.item_type)
        return _items(each) if each else None
    return None


def _text(node: inspect.StrType) -> _Check:
    if node.max_length is None:
        raise TypeError("a text needs a limit")
    most = node.max_length * BYTES_PER_CHARACTER

    def check(text: str, path: str) -> None:
        # What is printable holds nothing forbidden (a test asks every character), and that is quicker to see.
        if not text.isprintable() and _forbidden.search(text):
            raise malformed(path, "a character that may not stand in text")
        if len(text) * 4 > most and len(text.encode()) > most:
            raise malformed(path, "too many bytes")

    return check


def _members(members: list[tuple[str, str, _Check]]) -> _Check:
    def check(value: msgspec.Struct, path: str) -> None:
        for name, step, inner in members:
            inner(getattr(value, name), path + step)

    return check


def _one_of(forms: dict[type, _Check]) -> _Check | None:
    """One of several structs, each with texts of its own."""
    if not forms:
        return None

    def check(value: object, path: str) -> None:
        if (inner := forms.get(type(value))) is not None:
            inner(value, path)

    return check


def _values(each: _Check) -> _Check:
    def check(value: dict[str, object], path: str) -> None:
        for inner in value.values():
            each(inner, path)

    return check


def _items(each: _Check) -> _Check:
    def check(value: tuple[object, ...], path: str) -> None:
        for at, inner in enumerate(value):
            each(inner, f"{path}[{at}]")

    return check
