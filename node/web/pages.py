# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page as an answer, and the visit that it is made for.

`page` renders a template for one visit and nobody else: no cache keeps it. `to` sends a browser on by 303, so that a page
reloaded or gone back to sends nothing again. Everything a template may know of the visitor is in `Visit`, made at the door
from a session that stands.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response

from node.actor import Actor
from node.errors import NotSignedIn
from node.here import Here
from node.web import rendering
from node.web.forms import Form
from node.words import _

Page = Response[str]

OPEN = {"open": True}
"""The `opt` of a handler whose page is for everybody; any other is for whoever is signed in."""
ANCHOR_DAYS = 1
_MAC = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who looks at a page, as far as a page has to know.

    `anchor`: what forms are bound to, the session's id or a passing cookie's value; `fresh`: that cookie is still to be set.
    `who`: as whom acts are asked for what the page shows and does, None for nobody. `said`: the key of a one-line confirmation;
    `acting_for`: the name of whom an account delegate acts for, else ""; `shared`: a shared device; `large`: large print.
    `closing`: what every page says where the co-op closes or has closed, else "".
    """

    here: Here = field(repr=False)
    anchor: str = field(repr=False)
    fresh: bool = False
    path: str = "/"
    said: str = ""
    who: Actor | None = None
    name: str = field(default="", repr=False)
    language: str = "en"
    large: bool = False
    acting_for: str = field(default="", repr=False)
    shared: bool = False
    closing: str = ""

    @property
    def actor(self) -> Actor:
        """Who is signed in. Raises NotSignedIn for nobody."""
        if self.who is None:
            raise NotSignedIn
        return self.who

    @property
    def signed_in(self) -> bool:
        return self.who is not None

    @property
    def roles(self) -> frozenset[str]:
        """The roles that count now."""
        return frozenset(role for role in self.held if self.who and self.who.has(role))

    @property
    def held(self) -> frozenset[str]:
        """The roles they hold, whether proved or not."""
        return self.who.roles if self.who else frozenset()

    def token(self) -> str:
        """What a form carries: a fresh name for this one sending of it, and a proof that this visit was given it."""
        return next(self.tokens())

    def tokens(self) -> Iterator[str]:
        """One for each form of a page, without end."""
        page, proof = self.here.token(), self._proof
        for number in count():
            once = f"{page}{number}"
            yield once + proof(once)

    def once(self, token: str) -> str | None:
        """The key under which this sending of a form is known; None when this visit was never given the token."""
        name, proof = token[:-_MAC], token[-_MAC:]
        if not name or not hmac.compare_digest(proof.encode(), self._proof(name).encode()):
            return None
        return sha256(f"{self.anchor}\0{name}".encode()).hexdigest()

    def _proof(self, once: str) -> str:
        key = self.here.node_key.derive("forms")
        return hmac.digest(key, f"{self.anchor}\0{once}".encode(), "sha256").hex()[:_MAC]


def page(
    template: str,
    visit: Visit,
    *,
    form: Form | None = None,
    status: int = 0,
    said: Mapping[str, str] = MappingProxyType({}),
    **known: Any,
) -> Page:
    """The page that `template` makes for this visit. With errors in `form` its status is 422, else 200 or `status`.

    `said`: key -> one line on what was just done; the key came with `to`, and any other says nothing.
    """
    given = form or Form.blank()
    line = _(said[visit.said]) if visit.said in said else ""
    text, tokens = rendering.render(template, visit, form=given, said=line, **known)
    answer = Response(text, media_type="text/html", status_code=status or (422 if given.errors else 200))
    if visit.fresh and tokens:
        _bind(answer, visit)
    return answer


def to(path: str, *, said: str = "") -> Page:
    """On to another page of this co-op. `said`: a key of that page's own one-line confirmations, never data."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise ValueError("a page sends on to pages of its own co-op only")
    where = path if not said else f"{path}{'&' if '?' in path else '?'}{urlencode({'said': said})}"
    return Response("", status_code=303, headers={"location": where}, media_type="text/html")


def away(address: str) -> Page:
    """On to a page that is not ours: an address out of the co-op's settings, never one out of a request."""
    return Response("", status_code=303, headers={"location": address}, media_type="text/html")


def next_path(asked: str, default: str = "/") -> str:
    """Where somebody wanted to go, if that is a page of ours; anything else is `default`. (Open redirects: CWE-601.)"""
    fine = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable() and "\\" not in asked
    return quote(asked, safe="/?=&%") if fine and len(asked) <= 300 else default


def cookie_name(here: Here, what: str) -> str:
    """Cookies know no ports: each co-op's carry its own name. `__Host-` (RFC 6265bis) wherever https is spoken."""
    return f"{'__Host-' if here.secure else ''}commoncare-{what}-{_plain(here.node_id)}"


@lru_cache(maxsize=256)
def _plain(node_id: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in node_id)


def set_cookie(answer: Response[Any], here: Here, what: str, value: str, *, seconds: int | None) -> None:
    """Set one of this co-op's cookies: not for scripts, not across sites. `seconds` None: until the browser closes."""
    answer.set_cookie(
        cookie_name(here, what),
        value,
        max_age=seconds,
        path="/",
        secure=here.secure,
        httponly=True,
        samesite="lax",
    )


def _bind(answer: Page, visit: Visit) -> None:
    set_cookie(answer, visit.here, "visit", visit.anchor, seconds=ANCHOR_DAYS * 86_400)
