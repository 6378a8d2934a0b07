# SPDX-License-Identifier: AGPL-3.0-or-later
"""Says what is wrong with every field of a JSON body at once, in plain words, when it does not fit a Struct.

msgspec stops at the first bad field; a person who fills in a form should not have to send it five times. So the quick way
is tried first by whoever decodes, and only a body that failed is walked here, field by field. What was sent is never
repeated in an error.
"""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, UNSET, Struct, UnsetType

from node.words import N_, _

MISSING = N_("Please fill this in.")
UNKNOWN = N_("We don't know this field; check its name.")
NOT_AN_OBJECT = N_("Send named fields, as a JSON object.")
UNREADABLE = N_("We can't read this; check what goes here.")


def faults(kind: Any, raw: object, *, path: str = "") -> dict[str, str]:
    """Field path -> what to do, for every field of `raw` that does not fit `kind`. Empty when all of it fits.

    `kind`: a Struct type, or any type that msgspec converts to. `raw`: decoded JSON. Paths are dotted, with list positions
    in brackets: `area.name`, `topics[2]`.
    """
    if _is_struct(kind):
        return _struct_faults(kind, raw, path)
    inner = _without_nothing(kind)
    if raw is None:
        return {} if _fits(kind, raw) else {path or "body": _(MISSING)}
    if _is_struct(inner):
        return _struct_faults(inner, raw, path)
    if get_origin(inner) in (list, tuple, set, frozenset) and isinstance(raw, list):
        item = get_args(inner)[0]
        found: dict[str, str] = {}
        for index, each in enumerate(raw):
            found |= faults(item, each, path=f"{path}[{index}]")
        if found or _fits(kind, raw):
            return found
    return {} if _fits(kind, raw) else {path or "body": _what_to_do(inner)}


def _struct_faults(kind: type[Struct], raw: object, path: str) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {path or "body": _(NOT_AN_OBJECT)}
    prefix = f"{path}." if path else ""
    found: dict[str, str] = {}
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if kind.__struct_config__.forbid_unknown_fields:
        found |= {f"{prefix}{name}": _(UNKNOWN) for name in raw if name not in known}
    for name, field in known.items():
        if name in raw:
            found |= faults(field.type, raw[name], path=prefix + name)
        elif field.default is NODEFAULT and field.default_factory is NODEFAULT:
            found[prefix + name] = _(MISSING)
    return found


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _without_nothing(kind: Any) -> Any:
    """`X | None | UNSET` as X, when X is one type."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [each for each in get_args(kind) if each not in (type(None), UnsetType, UNSET)]
        if len(rest) == 1:
            return _without_nothing(rest[0])
        return kind
    if hasattr(kind, "__metadata__"):
        return _without_nothing(get_args(kind)[0])
    return kind


def _fits(kind: Any, raw: object) -> bool:
    try:
        msgspec.convert(raw, kind, strict=True)
    except (msgspec.ValidationError, TypeError, ValueError):
        return False
    return True


def _what_to_do(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return _("Choose one of: {choices}.", choices=", ".join(str(each) for each in get_args(kind)))
    if origin in (list, tuple, set, frozenset):
        return _("Give a list.")
    if origin is dict:
        return _(NOT_AN_OBJECT)
    plain = {
        str: N_("Write this in words."),
        bool: N_("Say yes or no (true or false)."),
        int: N_("Give a whole number."),
        float: N_("Give a number."),
    }
    return _(plain.get(kind, UNREADABLE))
