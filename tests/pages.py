# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person at their co-op's pages without a browser: opens pages, fills in the form that stands there, follows where it leads.

Only what a page offers can be sent: a field that its form does not have fails the test, as a person could not fill it in either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from bs4 import BeautifulSoup, Tag

from node import database
from node.coop import Coop
from node.signin import keeping
from node.village import Village
from node.web.pages import cookie_name

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@dataclass(frozen=True)
class Sheet:
    """One page as it came: `path` is where it stands, `trail` the paths that led there by redirects."""

    status: int
    path: str
    soup: BeautifulSoup
    headers: httpx.Headers
    text: str = field(repr=False)
    trail: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return _words(self.soup.title)

    @property
    def heading(self) -> str:
        return _words(self.soup.h1)

    @property
    def words(self) -> str:
        """What stands in the main part, as one line."""
        return _words(self.soup.main or self.soup.body)

    @property
    def errors(self) -> dict[str, str]:
        """Field -> what its error says, as the summary at the top links them."""
        links = self.soup.select(".govuk-error-summary a[href^='#']")
        return {str(link["href"])[1:]: _words(link) for link in links}

    def link(self, words: str) -> str:
        """The path of the one link that says this."""
        found = {str(a["href"]) for a in self.soup.select("a[href]") if words in _words(a)}
        assert len(found) == 1, (words, found, self.path)
        return found.pop()

    def form(self, button: str = "") -> Tag:
        """The form in the main part; with several, the one whose button says this."""
        forms = [form for form in self.soup.select("main form") if button in _words(form) or _has_button(form, button)]
        assert len(forms) == 1, (button, len(forms), self.path, self.words[:400])
        return forms[0]


def _has_button(form: Tag, words: str) -> bool:
    return any(words in _words(each) for each in form.select("button"))


def _words(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag else ""


class Visitor:
    """One browser, as it were. Make it with `of` (signed in) or `nobody`."""

    def __init__(self, coop: Coop) -> None:
        self.coop = coop
        self.home = coop.here().home
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(coop.app, client=("127.0.0.1", 2)),  # type: ignore[arg-type]
            base_url=self.home,
            headers={"user-agent": AGENT, "accept": "text/html", "accept-language": "en"},
        )

    @classmethod
    def nobody(cls, coop: Coop) -> Visitor:
        return cls(coop)

    @classmethod
    async def of(cls, village: Village, name: str, *, proved: bool = True, shared: bool = False) -> Visitor:
        """A person of the cast, signed in at their own co-op; `proved`: with a second factor just shown."""
        coop = village.coops[village.cast.people[name].co_op]
        return await cls.signed_in(coop, village.people[name], proved=proved)

    @classmethod
    async def signed_in(cls, coop: Coop, person: str, *, proved: bool = True) -> Visitor:
        made = cls(coop)
        here = coop.here()
        with database.bound(coop.engine):
            async with database.transaction():
                session = await keeping.open_session(
                    person, how="link", before=None, device=AGENT, proved=proved, here=here
                )
        made.client.cookies.set(cookie_name(here, "session"), session.cookie)
        return made

    async def open(self, path: str) -> Sheet:
        """The page at `path`, redirects followed."""
        return await self._follow(await self.client.get(path), ())

    async def send(self, sheet: Sheet, button: str = "", *, where: str = "", **values: Any) -> Sheet:
        """Sends the form that stands on a page. `button`: words of the form or button meant; `values`: by field name."""
        form = sheet.form(button)
        fields = _fields(form, button)
        for name, value in values.items():
            given = [value] if isinstance(value, str) else list(value) if value is not None else []
            fields = [pair for pair in fields if pair[0] != name] + [(name, each) for each in given]
            assert form.select(f"[name='{name}']"), f"{sheet.path} has no field {name}"
        path = where or str(form.get("action") or sheet.path)
        return await self.post(path, fields)

    async def post(self, path: str, fields: list[tuple[str, str]] | dict[str, str]) -> Sheet:
        """Sends these very fields, as a program would that knows the page's token."""
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        answer = await self.client.post(path, data=data, headers={"origin": self.home})
        return await self._follow(answer, ())

    async def _follow(self, answer: httpx.Response, trail: tuple[str, ...]) -> Sheet:
        path = answer.request.url.raw_path.decode()
        if answer.status_code in (301, 302, 303, 307) and len(trail) < 10:
            where = answer.headers["location"]
            assert not urlsplit(where).netloc, f"{path} leads away, to {where}"
            return await self._follow(await self.client.get(where), (*trail, path))
        soup = BeautifulSoup(answer.text, "html.parser")
        return Sheet(answer.status_code, urlsplit(path).path, soup, answer.headers, answer.text, trail)


def _fields(form: Tag, button: str) -> list[tuple[str, str]]:
    """What a browser would send of a form as it stands, with the button that was meant."""
    found: list[tuple[str, str]] = []
    for each in form.select("input[name], textarea[name], select[name]"):
        kind = each.get("type", "text")
        if kind in ("checkbox", "radio") and not each.has_attr("checked"):
            continue
        if kind in ("submit", "button", "file"):
            continue
        value = each.get_text() if each.name == "textarea" else each.get("value", "")
        found.append((str(each["name"]), str(value)))
    pressed = [each for each in form.select("button[name]") if not button or button in _words(each)]
    if pressed:
        found.append((str(pressed[0]["name"]), str(pressed[0].get("value", ""))))
    return found
