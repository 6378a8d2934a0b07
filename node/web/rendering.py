# SPDX-License-Identifier: AGPL-3.0-or-later
"""Templates into text: one environment for the whole house, in which everything is escaped unless a template says it is markup.

A room's templates are found under its name (`support/offer.html`), the shared ones under `web/`. A name that a template uses
and nobody gave is a fault, not an empty place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from node import dates
from node.place import CoOpFacts
from node.web.navigation import navigation
from node.web.static import asset
from node.words import LANGUAGES, _, direction, language, n_, spoken

if TYPE_CHECKING:
    from node.web.forms import Form
    from node.web.pages import Visit

HOUSE = Path(__file__).parent.parent
LOOK = "/look.css"


@dataclass
class _Rendered:
    """What macros read of the page that is being rendered, so that they are put together once and not for each page."""

    tokens: Iterator[str]
    forms: int = 0


_SAID = ["name", "lparen", "string", "rparen"]
"""The tokens of `_("…")`."""
_PAGE: ContextVar[_Rendered] = ContextVar("the page that is being rendered")


@contextmanager
def rendering(tokens: Iterator[str]) -> Iterator[_Rendered]:
    """Inside, macros take their forms' tokens from `tokens`."""
    page = _Rendered(tokens)
    before = _PAGE.set(page)
    try:
        yield page
    finally:
        _PAGE.reset(before)


def _form_token() -> Markup:
    """The hidden field by which a form is known to have been given to this visit."""
    page = _PAGE.get()
    page.forms += 1
    # Of base64url and hex alone: nothing in it can be markup. (Markup's own format looks at each part of it.)
    return Markup(f'<input type="hidden" name="form" value="{next(page.tokens)}">')  # noqa: S704


def render(template: str, visit: Visit, *, form: Form, said: str, **known: Any) -> tuple[str, bool]:
    """The page, and whether there is a form in it that is bound to this visit."""
    here = visit.here
    with rendering(visit.tokens()) as page:
        text = (
            environment()
            .get_template(template)
            .render(
                visit=visit,
                form=form,
                said=said,
                co_op=here.co_op,
                look=_look(here.co_op),
                language=language(),
                direction=direction(),
                nav=navigation(visit),
                now=here.now,
                **known,
            )
        )
    return text, page.forms > 0


class _Context(Context):
    """Calls macros at once: Jinja looks before each call whether what is called asks for a context."""

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if type(called) is not Macro:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(self.eval_ctx, *args, **kwargs)


class _Environment(Environment):
    context_class = _Context

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """A template's globals as they now stand, as a plain dict: Jinja's chain of maps is walked in Python for each page."""
        return {**self.globals, **(d or {})}


class _Words(Extension):
    """Says `_("…")` once, when the template is compiled, wherever nothing is to be filled in."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        held: list[Token] = []
        for token in stream:
            held.append(token)
            if held[0].value == "_" and [each.type for each in held] == _SAID[: len(held)]:
                if len(held) == len(_SAID):
                    yield Token(held[2].lineno, "string", self._said(held[2].value))
                    held.clear()
            else:
                yield from held[:-1]
                held = held[-1:]
                if held[0].type != "name" or held[0].value != "_":
                    yield held.pop()
        yield from held

    def _said(self, sentence: str) -> str:
        with spoken(self.environment.spoken_in):  # type: ignore[attr-defined]
            return _(sentence)


def environment() -> Environment:
    """The environment of the language now spoken."""
    return _environment(language())


@cache
def _environment(spoken_in: str) -> Environment:
    """Made once for each language; templates are compiled when they are first used, with that language's words in them."""
    rooms = {
        room.name: FileSystemLoader(room / "templates") for room in HOUSE.iterdir() if (room / "templates").is_dir()
    }
    made = _Environment(
        loader=PrefixLoader(rooms),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", _Words],
    )
    made.extend(spoken_in=spoken_in)
    made.install_gettext_callables(_, n_, newstyle=False)  # type: ignore[attr-defined]
    made.globals.update(_=_, n_=n_, asset=asset, form_token=_form_token, frame=_frame)
    made.filters.update(day=dates.day, clock=dates.clock, moment=dates.moment, date_long=dates.date_long, km=_km)
    made.globals["ui"] = made.get_template("web/ui.html").module
    return made


def _frame(part: str, co_op: CoOpFacts) -> Markup:
    """A part of what stands round every page: `head`, `brand`, `foot` or `name`."""
    return _alike(part, co_op, language())


@lru_cache(maxsize=256)
def _alike(part: str, co_op: CoOpFacts, language: str) -> Markup:
    """A part that is alike for everybody who reads in `language`: put together once, and given nobody's visit."""
    made = getattr(environment().get_template("web/frame.html").module, part)
    text: Markup = made({"co_op": co_op, "look": _look(co_op), "direction": direction(), "languages": LANGUAGES})
    return text


def _look(co_op: CoOpFacts) -> dict[str, str]:
    """A co-op's own touch: the address of its tint's style sheet, the name of its leaf."""
    return {"css": LOOK if co_op.tint else "", "leaf": co_op.leaf}


def _km(distance: float | None) -> str:
    """A distance as people say it: never nearer than a kilometre, since places are that coarse."""
    if distance is None:
        return ""
    whole = max(1, round(distance))
    return n_("about {count} km away", "about {count} km away", whole)
