# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which side of a silent line fails: each neighbour is asked to call us back, all at once, and what happens is put into words.

Three things are told apart: we can't reach them (or nobody at all, and then it is us), they can't reach us, and both can but
don't understand each other: clocks, keys, an end of the peering. Nothing is changed by it, here or there. What their clocks say
is kept besides, for whoever judges ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

import structlog
from msgspec import Struct, structs

from federation.client import Answer, Fetcher, Outgoing, PeerClient, PeerRefused, Reach
from federation.errors import Refused
from node.clock import Clock
from node.findings import Finding, long
from node.here import Here
from node.peers import keyring
from node.peers import reads as peers
from node.peers.shapes import PeerDetail
from node.running.rules import SILENT

log = structlog.get_logger("commoncare.doctor")

WARN: Final = 30
"""Seconds by which two clocks may differ before we say so."""
REFUSED: Final = 300
"""Seconds beyond which neighbours refuse each other (docs/protocol, encodings)."""


class Call(Struct, frozen=True, kw_only=True):
    """What came of asking one neighbour. `next_step` is empty where all is well; `passes`: worth a look, but nothing fails yet.
    `reached`: whether they reach us, None where that is not known; `apart`: their clock less ours, in seconds."""

    words: str
    next_step: str = ""
    passes: bool = False
    reached: bool | None = None
    apart: int | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """What came of asking all. `reached`: whether somebody reaches us, None where nobody could say; `apart`: each neighbour's
    clock less ours, in seconds."""

    findings: Sequence[Finding] = ()
    reached: bool | None = None
    apart: Mapping[str, int] = field(default_factory=dict)


NOBODY: Final = Called()


class Dated:
    """A way out that notes each node's Date (RFC 9110) against our clock, for those who tell no time of their own."""

    def __init__(self, fetcher: Fetcher, now: Callable[[], int]) -> None:
        self._fetcher, self._now = fetcher, now
        self.apart: dict[str, int] = {}

    async def fetch(self, request: Outgoing) -> Answer:
        began = self._now()
        answer = await self._fetcher.fetch(request)
        try:
            date = int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp())
        except (ValueError, OverflowError):  # none, or none that can be read
            return answer
        self.apart[request.node_id] = _apart(date, began, self._now())
        return answer


def _apart(theirs: int, began: int, ended: int) -> int:
    """Their time less ours, 0 where it lies within the call: how long the way back took nobody knows."""
    return min(theirs - began, 0) or max(theirs - ended, 0)


def apart(seconds: int) -> str:
    """A difference between two clocks, in words."""
    seconds = abs(seconds)
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"


async def neighbours(here: Here, fetcher: Fetcher | None, *, clock: Clock, limit: float) -> Called:
    """One finding for each neighbour. `fetcher`: a way out, by which they are asked to call back; None: nobody is asked. `limit`:
    seconds for all of them, after which who has not answered is taken for one that did not answer in time."""
    try:
        known = await peers.details(here=here)
        called = await _called(known, fetcher, clock, limit, here)
    except Exception as error:
        log.error("fault", check="neighbours", exc_info=error)
        words = f"They could not be looked at ({type(error).__name__})."
        next_step = "Please report the line that was logged."
        return Called([Finding(what="neighbours", well=False, words=words, next_step=next_step)])
    if not known:
        return Called([Finding(what="neighbours", well=True, words="None yet; commoncare peer invite makes one.")])
    said = [each.reached for each in called.values() if each.reached is not None]
    return Called(
        [_finding(each, called.get(each.node_id), here) for each in known],
        any(said) if said else None,
        {node_id: call.apart for node_id, call in called.items() if call.apart is not None},
    )


def _finding(each: PeerDetail, call: Call | None, here: Here) -> Finding:
    silent = here.now - (each.failing_since or here.now)
    words, next_step, well = f"{each.state}.", "", False
    if each.frozen:
        words = "It showed two different logs. Nothing more of it is taken."
        next_step = f"Ring them. Once their node has begun a new log: commoncare peer thaw {each.node_id}"
    elif each.state in ("active", "paused", "proposed") and silent > SILENT:
        words = f"{each.state}; it can't be reached since {long(silent)}{f' ({each.why})' if each.why else ''}."
        next_step = "Ring them: is their computer on?"
    elif each.state in ("active", "paused") and 0 < min(each.identity_expires, each.manifest_expires) <= here.now:
        words, next_step = f"{each.state}; its papers have run out.", "Ring them: their node has to renew them."
    if call is not None and (call.next_step or not next_step):
        words, next_step, well = f"{each.state}; {call.words}", call.next_step, call.passes
    return Finding(what=f"neighbour {each.node_id}", well=well or not next_step, words=words, next_step=next_step)


async def _called(
    known: Sequence[PeerDetail], fetcher: Fetcher | None, clock: Clock, limit: float, here: Here
) -> dict[str, Call]:
    """What came of asking each neighbour to call back."""
    asked = [each.node_id for each in known if each.state in ("active", "paused")]
    if fetcher is None or not asked:
        return {}
    key = await keyring.signing("http", here=here)
    dated = Dated(fetcher, clock.now)
    client = PeerClient(here.node_id, lambda: key, dated, now=clock.now, random=here.random.bytes)
    return await call_all(asked, client, clock=clock, dated=dated, limit=limit, here=here)


async def call_all(
    node_ids: Sequence[str],
    client: PeerClient,
    *,
    here: Here,
    clock: Clock | None = None,
    dated: Dated | None = None,
    limit: float | None = None,
) -> dict[str, Call]:
    """What came of each, by node id. `clock`: ours, which goes on while they are asked; `dated`: the way that `client` goes."""
    now = clock.now if clock is not None else lambda: here.now
    answers = await asyncio.gather(*(_ask(each, client, now, limit) for each in node_ids))
    came = dict(zip(node_ids, (answer for answer, _ in answers), strict=True))
    unreached = [each for each, answer in came.items() if isinstance(answer, str) and answer in _UNANSWERED]
    if len(came) > 1 and len(unreached) == len(came):
        words = f"None of {len(came)} neighbours can be reached, so it is most likely our own line."
        step = "Can this machine reach the internet? Look at its network, its name server (DNS) and its firewall (port 443 out)."
        return {each: Call(words=words, next_step=step) for each in came}
    off = {}
    for node_id, (answer, told) in zip(node_ids, answers, strict=True):
        if told is None and dated is not None and not isinstance(answer, str):
            told = dated.apart.get(node_id)
        if told is not None:
            off[node_id] = told
    return {
        each: structs.replace(_said(each, answer, off, here=here), apart=off.get(each)) for each, answer in came.items()
    }


_UNANSWERED: Final = ("unreachable", "timeout")
Came = Reach | PeerRefused | str
"""Their answer, their refusal, or the code of why there was none."""


async def _ask(
    node_id: str, client: PeerClient, now: Callable[[], int], limit: float | None
) -> tuple[Came, int | None]:
    """What came, and their clock less ours where they told the time."""
    began = now()
    try:
        async with asyncio.timeout(limit):
            reach = await client.reach(node_id)
        return reach, _apart(reach.at, began, now())
    except TimeoutError:
        return "timeout", None
    except PeerRefused as refusal:
        theirs = refusal.public.get("server_time")
        return refusal, _apart(theirs, began, now()) if isinstance(theirs, int) else None
    except Refused as refusal:
        return refusal.code, None


def _said(node_id: str, answer: Came, off: Mapping[str, int], *, here: Here) -> Call:
    if isinstance(answer, str):
        return _unreached(node_id, answer)
    if isinstance(answer, PeerRefused):
        return _refused(node_id, answer, off, here=here)
    if answer.why:
        return structs.replace(_not_reached_back(here.node_id, answer.why), reached=False)
    if abs(off.get(node_id, 0)) > WARN:
        return structs.replace(_clocks(node_id, off), reached=True)
    return Call(words="We reach them, and they reach us.", reached=True)


def _unreached(node_id: str, why: str) -> Call:
    if why in _UNANSWERED:
        how = "nothing answers there" if why == "unreachable" else "no answer came in time"
        return Call(words=f"We can't reach them: {how}.", next_step=f"Ring them: is the computer of {node_id} on?")
    return Call(
        words="Something answers under their name that is no node of ours.",
        next_step=f"Ring them: has {node_id} moved, or does their web server not hand on /commoncare?",
    )


def _refused(node_id: str, answer: PeerRefused, off: Mapping[str, int], *, here: Here) -> Call:
    if answer.code == "clock-skew" and node_id in off:
        return _clocks(node_id, off)
    if answer.code in ("not-found", "method-not-allowed"):
        return Call(words="We reach them. Their version can't call back yet, so we don't know whether they reach us.")
    if answer.code == "too-many":
        return Call(words="We reach them. They were asked to call back a moment ago.")
    if answer.code in _REFUSALS:
        words, step = _REFUSALS[answer.code]
        return Call(words=words, next_step=step.format(us=here.node_id, them=node_id))
    return Call(
        words=f"We reach them, but they answer “{answer.code}”.",
        next_step="Ring them: their node has a fault of its own. Their doctor will say which.",
    )


_REFUSALS: Final = {
    "signature-invalid": (
        "We reach them, but they don't know our key.",
        "If we turned a key today, wait an hour. Else one of the two was put back from a copy: ring them, and compare "
        "the words at commoncare peer show {them}.",
    ),
    "coverage": ("They refuse how we sign. Their version is another.", "Ring them: which of the two is older?"),
    "peer-ended": (
        "They have ended the peering, or never began it.",
        "Ring them. To end it here too: commoncare peer end {them} --reason …",
    ),
    "expired": ("Our papers have run out for them.", "A running node renews them: commoncare serve"),
    "wrong-destination": (
        "Their web server hands us to a node of another name.",
        "Ring them: Host has to reach their node as {them}.",
    ),
}


def _not_reached_back(us: str, why: str) -> Call:
    step = f"From another network, does https://{us}/.well-known/commoncare open? Look at "
    if why == "untrusted":
        words = "They reach something under our name, but it isn't this node as they know it."
        return Call(words=words, next_step=step + f"which machine {us} points to; if we began anew, peer again.")
    if why in ("bad-answer", "too-large"):
        words = "They reach our machine, but what answers there is not our node."
        return Call(
            words=words, next_step=step + "the web server: it has to hand on /commoncare and /.well-known/commoncare."
        )
    how = "nothing answers" if why == "unreachable" else "no answer comes in time"
    words = f"We reach them, but they can't reach us: {how} under our name."
    return Call(words=words, next_step=step + "our name (DNS), port 443, the certificate, and whether serve runs.")


def _clocks(node_id: str, off: Mapping[str, int]) -> Call:
    """Whose clock is wrong: ours, where another neighbour differs from us as this one does."""
    theirs = off[node_id]
    with_us = sum(abs(each) <= WARN for each in off.values())
    against = sum(abs(each - theirs) <= WARN for each in off.values())
    words = f"Our clock and theirs are {apart(theirs)} apart."
    step = "Compare both with a telephone's clock, and set the one that is wrong (turn on NTP)."
    if against > 1 and against > with_us:
        words, step = words + " Other neighbours agree with them.", "Set this machine's clock (turn on NTP)."
    elif with_us:
        words, step = words + " Other neighbours agree with us.", "Ring them: their clock is wrong."
    return Call(words=words, next_step=step, passes=abs(theirs) <= REFUSED)
