# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody typed into a form, kept as they typed it, and turned into a shape with every fault told at once.

`once` (or, where a form may well be sent again, `ours`) stands round each handler that a form is sent to: it refuses a form
that this visit was not given (CSRF), and lets a second sending (a double click, the back button) answer as the first did
without doing anything again. The deed and the note that this form was sent are one transaction.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import msgspec
from litestar import Response
from msgspec import NODEFAULT, Struct

from node import database
from node.errors import Invalid, NotAllowed
from node.here import Here
from node.web.reading import faults
from node.words import N_, _

if TYPE_CHECKING:
    from node.web.pages import Visit

S = TypeVar("S", bound=Struct)
TOKEN = "form"  # noqa: S105 - the field's name
KEPT = 86_400
NOT_GIVEN = N_("We couldn't tell that this came from our own page. Please open the page again and send it once more.")
WHOLE = N_("Give a whole number, in figures.")
NUMBER = N_("Give a number, in figures.")
_YES = frozenset({"1", "on", "true", "yes"})


class Form:
    """The fields of one form: `errors` holds field -> what to do, `error` a line about the whole of it."""

    def __init__(
        self,
        fields: Iterable[tuple[str, Any]] = (),
        *,
        errors: Mapping[str, str] | None = None,
        error: str = "",
    ) -> None:
        self._fields = list(fields)
        self.errors = dict(errors or {})
        self.error = error

    @classmethod
    def blank(cls, **values: object) -> Form:
        """A form to be shown: `values` by field; a list gives several, True is a tick, None and False are nothing."""
        several = ((name, each) for name, value in values.items() for each in _each(value))
        fields = [
            (n, "yes" if each is True else str(each)) for n, each in several if each is not None and each is not False
        ]
        return cls(fields)

    @classmethod
    def of(cls, shape: Struct, /, **more: object) -> Form:
        """A form that shows what a shape holds; a shape inside it has dotted names (`audience.home_only`)."""
        return cls.blank(**{**_flat(shape), **more})

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field, without blanks around it."""
        found = [value for key, value in self._fields if key == name and isinstance(value, str)]
        return found[-1].strip().replace("\r\n", "\n") if found else default

    def list(self, name: str) -> list[str]:
        """Every value of a field that is not empty."""
        return [
            value.strip() for key, value in self._fields if key == name and isinstance(value, str) and value.strip()
        ]

    def has(self, name: str) -> bool:
        """Whether a box is ticked, or a field has something in it."""
        return bool(self.text(name))

    def ticked(self, name: str, value: str) -> bool:
        """Whether this one of several boxes, or this button of several, is chosen."""
        return value in self.list(name)

    def file(self, name: str) -> Any:
        """An uploaded file (Litestar's UploadFile), or None."""
        return next((value for key, value in self._fields if key == name and not isinstance(value, str)), None)

    def digest(self) -> bytes:
        """32 bytes for everything in it but its token."""
        told = [
            [key, value if isinstance(value, str) else _named(value)] for key, value in self._fields if key != TOKEN
        ]
        return sha256(msgspec.json.encode(told)).digest()

    def refused(self, no: Invalid) -> Form:
        """The same form, everything as it was typed, with what has to be looked at again."""
        return Form(self._fields, errors=no.fields, error=no.words)

    def with_error(self, name: str, words: str) -> Form:
        """The same form with one more field to be looked at again."""
        return Form(self._fields, errors={**self.errors, name: words}, error=self.error)

    def into(self, kind: type[S], /, **given: object) -> S:
        """The fields as a shape; `given` are values that no form decides. Raises Invalid with every field's fault.

        A field that is not in the form takes the shape's own default; an unticked box is False, no choice an empty list.
        """
        wrong: dict[str, str] = {}
        raw = {**self._raw(kind, "", wrong), **given}
        wrong = {**faults(kind, raw), **wrong}
        if wrong:
            raise Invalid(wrong)
        return msgspec.convert(raw, kind, strict=False)

    def _raw(self, kind: type[Struct], prefix: str, wrong: dict[str, str]) -> dict[str, Any]:
        raw: dict[str, Any] = {}
        names = {key for key, _ in self._fields}
        for part in msgspec.structs.fields(kind):
            name = prefix + part.name
            plain = _plain(part.type)
            if isinstance(plain, type) and issubclass(plain, Struct):
                raw[part.encode_name] = self._raw(plain, name + ".", wrong)
            elif get_origin(plain) in (list, tuple, set, frozenset):
                if name in names or part.default_factory is NODEFAULT or part.default_factory() == []:
                    raw[part.encode_name] = self.list(name)
            elif plain is bool:
                raw[part.encode_name] = self.text(name) in _YES
            elif name in names:
                value = self._one(name, plain, part.type, wrong)
                if value is not None or type(None) in get_args(part.type):
                    raw[part.encode_name] = value
        return raw

    def _one(self, name: str, plain: Any, whole: Any, wrong: dict[str, str]) -> Any:
        text = self.text(name)
        if plain not in (int, float):
            return text if text or type(None) not in get_args(whole) else None
        if not text:
            return None
        try:
            return plain(text.replace(",", "").replace(" ", ""))
        except ValueError:
            wrong[name] = _(WHOLE if plain is int else NUMBER)
            return 0


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _named(file: Any) -> list[object]:
    """What tells one uploaded file from another here: its name and the SHA-256 of what is in it."""
    held = file.file
    held.seek(0)
    content = sha256(held.read()).hexdigest()
    held.seek(0)
    return [str(file.filename), content]


def _plain(kind: Any) -> Any:
    """`X | None` as X."""
    rest = [each for each in get_args(kind) if each is not type(None)] if type(None) in get_args(kind) else []
    return rest[0] if len(rest) == 1 else kind


def _flat(shape: Struct, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for part in msgspec.structs.fields(type(shape)):
        value = getattr(shape, part.name)
        if isinstance(value, Struct):
            found |= _flat(value, f"{prefix}{part.name}.")
        else:
            found[prefix + part.name] = value
    return found


# Sent once -------------------------------------------------------------------------------------------------------------


class _Undo(Exception):
    """Takes an answer out of a transaction that is to leave nothing behind."""

    def __init__(self, answer: Response[Any]) -> None:
        super().__init__()
        self.answer = answer


Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Response[Any]]])


def once(handler: Handler) -> Handler:
    """Round a handler that takes `form` and `visit`. What it did stands only when it sends the browser on (303).

    Raises NotAllowed for a form that this visit was not given.
    """

    @functools.wraps(handler)
    async def guarded(**known: Any) -> Response[Any]:
        visit: Visit = known["visit"]
        key = _key(known["form"], visit)
        try:
            async with database.transaction():
                before = await _sent(key, here=visit.here)
                if before is not None:
                    return Response("", status_code=303, headers={"location": before})
                answer = await handler(**known)
                if answer.status_code != 303:
                    raise _Undo(answer)
                await database.execute("UPDATE form_sent SET answer = {} WHERE key = {}", _where(answer), key)
                return answer
        except _Undo as undone:
            return undone.answer

    return guarded  # type: ignore[return-value]


def ours(handler: Handler) -> Handler:
    """Round a handler that may be sent its form again, such as one that counts wrong codes: only the check that the form was
    given to this visit, and no transaction. Raises NotAllowed."""

    @functools.wraps(handler)
    async def guarded(**known: Any) -> Response[Any]:
        _key(known["form"], known["visit"])
        return await handler(**known)

    return guarded  # type: ignore[return-value]


def _key(form: Form, visit: Visit) -> str:
    """What this very sending is known by: the page it came from, where it went, and all that stood in it.

    Who goes back to a page that their browser kept, writes something else and sends that, has sent something else.
    """
    key = visit.once(form.text(TOKEN))
    if key is None:
        raise NotAllowed(_(NOT_GIVEN), cause="form token")
    return sha256(f"{key}\0{visit.path}\0".encode() + form.digest()).hexdigest()


async def _sent(key: str, *, here: Here) -> str | None:
    """Where the first sending of this form led; None when this is the first. A second waits for the first to end."""
    await database.execute("DELETE FROM form_sent WHERE at < {}", here.now - KEPT)
    ours = await database.row(
        "INSERT INTO form_sent (key, at, answer) VALUES ({}, {}, '') ON CONFLICT (key) DO NOTHING RETURNING key",
        key,
        here.now,
    )
    if ours is not None:
        return None
    found = await database.row("SELECT answer FROM form_sent WHERE key = {}", key)
    return (found and found["answer"]) or "/"


def _where(answer: Response[Any]) -> str:
    return str(answer.headers["location"])
