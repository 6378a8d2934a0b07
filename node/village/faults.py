# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bad weather between the nodes of a village in one process, by a seed: requests lost, doubled, late, cut one way; nodes struck.

A request goes one way and its answer the other, so a cut in one direction loses the one or the other. What is delayed arrives
when that many rounds went by, among others in an order of its own, and nobody hears its answer any more. Who is struck falls
over before a request reached it, or after it did its work and before it answered; `down` says so until somebody starts it again.
Nothing here asks the machine for chance or time: each way between two nodes has its own stream of chance from the seed, so that
what happens on one does not depend on how busy the others are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Literal

import httpx

from node.clock import Clock

Deliver = Callable[[httpx.Request], Awaitable[httpx.Response]]
Moment = Literal["before", "after"]


class PowerCut(BaseException):
    """The computer of `node` stopped in the middle of what it did. No `except Exception` of its program catches that."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How often each thing befalls a request: shares between 0 and 1. `late`: rounds that a delayed one takes at most."""

    lost: float = 0.0
    unanswered: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    late: int = 4


CALM = Weather()


@dataclass(slots=True)
class _Late:
    due: int
    order: float
    source: str
    host: str
    request: httpx.Request
    deliver: Deliver


class Faults:
    """The weather of one network. `weather` may be changed at any time; `cuts` holds (from, to) through which nothing passes;
    `down` the nodes that were struck; `count` what befell requests so far."""

    def __init__(self, seed: int | str, weather: Weather = CALM) -> None:
        self.weather = weather
        self.cuts: set[tuple[str, str]] = set()
        self.down: set[str] = set()
        self.count: Counter[str] = Counter()
        self._seed, self._chances = seed, dict[tuple[str, str], Random]()
        self._strikes: dict[str, tuple[int, Moment]] = {}
        self._late: list[_Late] = []
        self._round = 0

    def calm(self) -> None:
        """Fair weather from now on: nothing is cut, nothing more is lost or struck. What is under way still arrives late."""
        self.weather = CALM
        self.cuts.clear()
        self._strikes.clear()

    def strike(self, node: str, *, at: int, moment: Moment) -> None:
        """This node falls over at the `at`-th request that reaches it from now on (1: the next)."""
        self._strikes[node] = (at, moment)

    @property
    def under_way(self) -> int:
        """How many requests are still to arrive late."""
        return len(self._late)

    async def tick(self) -> int:
        """A round goes by: what is due arrives now. How many requests did."""
        self._round += 1
        due = sorted((each for each in self._late if each.due <= self._round), key=lambda each: each.order)
        self._late = [each for each in self._late if each.due > self._round]
        for each in due:
            if each.host not in self.down and (each.source, each.host) not in self.cuts:
                self.count["arrived late"] += 1
                with suppress(httpx.TransportError):  # it is off by now
                    await self._reach(each.host, each.request, each.deliver)
        return len(due)

    async def carry(self, source: str, host: str, request: httpx.Request, deliver: Deliver) -> httpx.Response:
        """One request from `source` to `host`, and its answer back. Raises httpx.ReadError or ReadTimeout for what is lost."""
        chance = self._chances.setdefault((source, host), Random(f"{self._seed}:{source}>{host}"))  # noqa: S311 - repeatable
        lost, late, twice, mute, order = (chance.random() for _ in range(5))
        rounds = chance.randint(1, max(1, self.weather.late))
        if (source, host) in self.cuts or lost < self.weather.lost:
            raise self._fault("lost", httpx.ReadError("lost on the way", request=request))
        if late < self.weather.delayed:
            self._late.append(_Late(self._round + rounds, order, source, host, request, deliver))
            raise self._fault("delayed", httpx.ReadTimeout("no answer yet", request=request))
        answer = await self._reach(host, request, deliver)
        if answer is not None and twice < self.weather.doubled:
            self.count["doubled"] += 1
            # The second copy's answer is what comes back, or the first's: both were sent.
            again = await self._reach(host, request, deliver)
            answer = again if again is not None and order < 0.5 else answer
        if answer is None or (host, source) in self.cuts or mute < self.weather.unanswered:
            raise self._fault("unanswered", httpx.ReadError("the answer was lost", request=request))
        self.count["carried"] += 1
        return answer

    def _fault(self, what: str, error: httpx.TransportError) -> httpx.TransportError:
        self.count[what] += 1
        return error

    async def _reach(self, host: str, request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
        """The request at its host: the answer, or None when the host fell over meanwhile."""
        moment = self._struck(host)
        if moment == "before" or host in self.down:
            return None
        try:
            answer = await deliver(request)
        except PowerCut as cut:
            if cut.node != host:
                raise
            self._fall(host)
            return None
        if moment == "after":
            self._fall(host)
            return None
        return answer

    def _struck(self, host: str) -> Moment | None:
        if host not in self._strikes:
            return None
        at, moment = self._strikes[host]
        if at > 1:
            self._strikes[host] = (at - 1, moment)
            return None
        del self._strikes[host]
        if moment == "before":
            self._fall(host)
        return moment

    def _fall(self, host: str) -> None:
        self.down.add(host)
        self.count["struck"] += 1


class SkewedClock(Clock):
    """Another clock, so many seconds ahead (or behind): what a computer whose time is wrong believes. Waiting is not skewed."""

    def __init__(self, true: Clock, skew: int = 0) -> None:
        self.true, self.skew = true, skew

    def now(self) -> int:
        return self.true.now() + self.skew

    def monotonic(self) -> float:
        return self.true.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        await self.true.sleep(seconds)
