# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every process of one co-op has to know alike, tried at several of them at once while they are killed.

Somebody signs in at one and is known at all of them, until they sign out; a request that a neighbour signed is taken once,
wherever it comes; so many tries are let through as the limit says, at however many doors. What was not answered counts for
nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import httpx

from federation import wire
from federation.errors import PROBLEM_TYPE
from federation.keys import SigningKey
from federation.requests import NONCE_BYTES, sign_request
from node.signin.rules import LIMITS
from node.village.hamlet import Hamlet, House
from node.web.forms import TOKEN
from tests.pages import AGENT, Sheet, Visitor

SIGNED_IN = "/introductions"
"""A page for whoever is signed in."""
PAUSE = 1.0
HOUR = 3600
NEAR = 60
"""Seconds before the end of an hour in which tries are not counted: they would count for two."""


class Ways(httpx.AsyncBaseTransport):
    """Each request goes to any one of the ports at which a co-op answers, and to another where nobody takes the connection: then
    nothing was sent. `asked`: how many requests there were; the extension `port` names the one that is meant."""

    def __init__(self, ports: list[int], random: Random) -> None:
        self.ports, self.random, self.asked = ports, random, 0
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=200))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        wanted = request.extensions.get("port")
        *others, last = [wanted] if wanted else self.random.sample(self.ports, len(self.ports))
        for port in others:
            with suppress(httpx.ConnectError):
                return await self._at(port, request)
        return await self._at(last, request)

    async def _at(self, port: int, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(port=port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Clients come and go; the way stays until `end`."""

    async def end(self) -> None:
        await self._inner.aclose()


class Unanswered(Exception):
    """What was asked has no answer: nothing follows from it."""


@dataclass
class Found:
    """How often each thing was tried to the end, and what was wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Browser(Visitor):
    """A visitor at real processes, from a network address of their own, as a balancer says it."""

    def __init__(self, home: str, ways: Ways, random: Random) -> None:
        self.home = home
        address = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        self.client = httpx.AsyncClient(
            transport=ways,
            base_url=home,
            timeout=30,
            headers={
                "user-agent": AGENT, "accept": "text/html", "accept-language": "en", "x-forwarded-for": address,
            },
        )  # fmt: skip

    async def _follow(self, answer: httpx.Response, trail: tuple[str, ...]) -> Sheet:
        if answer.status_code >= 500:
            raise Unanswered
        return await super()._follow(answer, trail)


class Visitors:
    """Everything that is tried at one co-op. `key`: the present http key of its neighbour `peer`."""

    def __init__(self, hamlet: Hamlet, house: House, ways: Ways, peer: str, key: SigningKey, random: Random) -> None:
        self.hamlet, self.house, self.ways, self.random = hamlet, house, ways, random
        self.peer, self.key = peer, key
        self.found = Found()

    async def go_on(self, over: asyncio.Event) -> None:
        """Again and again until it is over."""
        async with asyncio.TaskGroup() as tasks:
            for deed in (self.sign_in, self.send_twice, self.try_often):
                tasks.create_task(self._again(deed, over))

    async def _again(self, deed: Callable[[], Awaitable[None]], over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                await deed()
            except (httpx.TransportError, Unanswered):
                pass
            await asyncio.sleep(PAUSE)

    async def sign_in(self) -> None:
        """Somebody's card opens the door at one process; all others know them; at the sign-out all forget them."""
        who = self.random.choice(list(self.house.people.values()))
        browser = Browser(self.house.node.url, self.ways, self.random)
        async with browser.client:
            card = await browser.open(who.link.removeprefix(browser.home))
            await browser.send(card)
            before = dict(browser.client.cookies)
            known = await self._lead(browser)
            self.found.wrong += [f"{who.id} signed in, and one process led to {path}" for path in known - {SIGNED_IN}]
            left = await browser.client.get("/leave")
            if left.status_code >= 500:
                raise Unanswered
            browser.client.cookies.update(before)  # a browser that did not forget it
            if SIGNED_IN in await self._lead(browser):
                self.found.wrong.append(f"{who.id} signed out, and one process still knew them")
        self.found.tried["sessions"] += 1

    async def _lead(self, browser: Browser) -> set[str]:
        """Where a page for members leads to, at each process that answers; two at least. Raises Unanswered."""
        led: list[str] = []
        for port in self.ways.ports:
            with suppress(httpx.TransportError):
                answer = await browser.client.get(SIGNED_IN, extensions={"port": port})
                if answer.status_code < 500:
                    path = answer.headers.get("location", str(answer.status_code))
                    led.append(SIGNED_IN if answer.status_code == 200 else path)
        if len(led) < 2:
            raise Unanswered
        return set(led)

    async def send_twice(self) -> None:
        """One signed request, given to two processes at once: one takes it."""
        us, path = self.house.co_op.node_id, wire.seen_path(self.peer)
        signed = sign_request(
            "GET", us, path, "", None, None,
            key=self.key, node_id=self.peer, now=int(time.time()), nonce=self.random.randbytes(NONCE_BYTES),
        )  # fmt: skip
        ports = self.random.sample(self.ways.ports, 2)
        async with httpx.AsyncClient(
            transport=self.ways, base_url=self.house.node.url, timeout=30, headers={"host": us}
        ) as client:
            asked = [client.get(path, headers=signed, extensions={"port": port}) for port in ports]
            answers = await asyncio.gather(*asked, return_exceptions=True)
        said = [_said(each) for each in answers]
        if said.count("") > 1:
            self.found.wrong.append("a signed request was taken twice")
        if "unanswered" in said or "too-many" in said:
            raise Unanswered
        if sorted(said) != ["", "replayed"]:
            self.found.wrong.append(f"a signed request, given to two processes, was answered {said}")
        self.found.tried["nonces"] += 1

    async def try_often(self) -> None:
        """More codes for one address than an hour lets through, asked for at all processes at once."""
        if HOUR - time.time() % HOUR < NEAR:
            return
        most = LIMITS["mail-address"][0]
        browser = Browser(self.house.node.url, self.ways, self.random)
        async with browser.client:
            token = (await browser.open("/sign-in")).form("Send me the link").select_one(f"[name='{TOKEN}']")
            assert token is not None
            fields = {TOKEN: str(token["value"]), "email": f"{self.random.randbytes(9).hex()}@nobody.example"}
            asked = [browser.client.post("/sign-in", data=fields) for _ in range(most + 3)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
        let = sum(isinstance(each, httpx.Response) and each.status_code in (302, 303) for each in answers)
        refused = sum(isinstance(each, httpx.Response) and each.status_code == 429 for each in answers)
        if let > most:
            self.found.wrong.append(f"{let} tries were let through, of {most} in an hour")
        if let + refused < len(answers):
            raise Unanswered
        if let < most:
            self.found.wrong.append(f"{let} tries were let through, and {most} are due")
        self.found.tried["limits"] += 1


def _said(answer: httpx.Response | BaseException) -> str:
    """The code of a refusal, "" for a yes."""
    if not isinstance(answer, httpx.Response) or answer.status_code >= 500:
        return "unanswered"
    return "" if answer.is_success else str(answer.json()["type"]).removeprefix(PROBLEM_TYPE)
