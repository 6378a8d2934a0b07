# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which side of a silent line fails: each neighbour is asked to call us back, all at once, and what happens is put into words.

Three things are told apart: we can't reach them (or nobody at all, and then it is us), they can't reach us, and both can but
don't understand each other: clocks, keys, an end of the peering. Nothing is changed by it, here or there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import structlog
from msgspec import Struct

from federation.client import Fetcher, PeerClient, PeerRefused, Reach
from federation.errors import Refused
from node.findings import Finding, long
from node.here import Here
from node.peers import keyring
from node.peers import reads as peers
from node.peers.shapes import PeerDetail
from node.running.rules import SILENT

log = structlog.get_logger("commoncare.doctor")

CLOCK: Final = 120
"""Seconds by which two clocks may differ before we say so; beyond 300 neighbours refuse each other."""


class Call(Struct, frozen=True, kw_only=True):
    """What came of asking one neighbour. `next_step` is empty where all is well."""

    words: str
    next_step: str = ""


async def neighbours(here: Here, fetcher: Fetcher | None) -> AsyncIterator[Finding]:
    """One finding for each neighbour. `fetcher`: a way out, by which they are asked to call back; None: nobody is asked."""
    try:
        known = await peers.details(here=here)
        called = await _called(known, fetcher, here)
    except Exception as error:
        log.error("fault", check="neighbours", exc_info=error)
        words = f"They could not be looked at ({type(error).__name__})."
        yield Finding(what="neighbours", well=False, words=words, next_step="Please report the line that was logged.")
        return
    if not known:
        yield Finding(what="neighbours", well=True, words="None yet; commoncare peer invite makes one.")
    for each in known:
        silent = here.now - (each.failing_since or here.now)
        words, next_step = f"{each.state}.", ""
        if each.frozen:
            words = "It showed two different logs. Nothing more of it is taken."
            next_step = f"Ring them. Once their node has begun a new log: commoncare peer thaw {each.node_id}"
        elif each.state in ("active", "paused", "proposed") and silent > SILENT:
            words = f"{each.state}; it can't be reached since {long(silent)}{f' ({each.why})' if each.why else ''}."
            next_step = "Ring them: is their computer on?"
        elif each.state in ("active", "paused") and 0 < min(each.identity_expires, each.manifest_expires) <= here.now:
            words, next_step = f"{each.state}; its papers have run out.", "Ring them: their node has to renew them."
        call = called.get(each.node_id)
        if call is not None and (call.next_step or not next_step):
            words, next_step = f"{each.state}; {call.words}", call.next_step
        yield Finding(what=f"neighbour {each.node_id}", well=not next_step, words=words, next_step=next_step)


async def _called(known: Sequence[PeerDetail], fetcher: Fetcher | None, here: Here) -> dict[str, Call]:
    """What came of asking each neighbour to call back."""
    asked = [each.node_id for each in known if each.state in ("active", "paused")]
    if fetcher is None or not asked:
        return {}
    key = await keyring.signing("http", here=here)
    client = PeerClient(here.node_id, lambda: key, fetcher, now=lambda: here.now, random=here.random.bytes)
    return await call_all(asked, client, here=here)


async def call_all(node_ids: Sequence[str], client: PeerClient, *, here: Here) -> dict[str, Call]:
    """What came of each, by node id."""
    came = dict(zip(node_ids, await asyncio.gather(*(_ask(each, client) for each in node_ids)), strict=True))
    unreached = [each for each, answer in came.items() if isinstance(answer, str) and answer in _NOBODY]
    if len(came) > 1 and len(unreached) == len(came):
        words = f"None of {len(came)} neighbours can be reached, so it is most likely our own line."
        step = "Can this machine reach the internet? Look at its network, its name server (DNS) and its firewall (port 443 out)."
        return {each: Call(words=words, next_step=step) for each in came}
    return {each: _said(each, answer, came, here=here) for each, answer in came.items()}


_NOBODY: Final = ("unreachable", "timeout")
Answer = Reach | PeerRefused | str
"""Their answer, their refusal, or the code of why there was none."""


async def _ask(node_id: str, client: PeerClient) -> Answer:
    try:
        return await client.reach(node_id)
    except PeerRefused as refusal:
        return refusal
    except Refused as refusal:
        return refusal.code


def _said(node_id: str, answer: Answer, came: Mapping[str, Answer], *, here: Here) -> Call:
    if isinstance(answer, str):
        return _unreached(node_id, answer)
    if isinstance(answer, PeerRefused):
        return _refused(node_id, answer, came, here=here)
    if answer.why:
        return _not_reached_back(here.node_id, answer.why)
    if abs(answer.at - here.now) > CLOCK:
        return _clocks(answer.at, came, here=here)
    return Call(words="We reach them, and they reach us.")


def _unreached(node_id: str, why: str) -> Call:
    if why in _NOBODY:
        how = "nothing answers there" if why == "unreachable" else "no answer came in time"
        return Call(words=f"We can't reach them: {how}.", next_step=f"Ring them: is the computer of {node_id} on?")
    return Call(
        words="Something answers under their name that is no node of ours.",
        next_step=f"Ring them: has {node_id} moved, or does their web server not hand on /commoncare?",
    )


def _refused(node_id: str, answer: PeerRefused, came: Mapping[str, Answer], *, here: Here) -> Call:
    time = answer.public.get("server_time")
    if answer.code == "clock-skew" and isinstance(time, int):
        return _clocks(time, came, here=here)
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


def _clocks(theirs: int, came: Mapping[str, Answer], *, here: Here) -> Call:
    """Whose clock is wrong: ours, where another neighbour differs from us as this one does."""
    apart = abs(theirs - here.now)
    times = [
        each.at if isinstance(each, Reach) else each.public.get("server_time")
        for each in came.values()
        if not isinstance(each, str)
    ]
    known = [time for time in times if isinstance(time, int)]
    with_us = sum(abs(time - here.now) <= CLOCK for time in known)
    against = sum(abs(time - theirs) <= CLOCK for time in known)
    words = f"Our clock and theirs are {apart // 60} minutes apart."
    if against > 1 and against > with_us:
        return Call(
            words=words + " Other neighbours agree with them.", next_step="Set this machine's clock (turn on NTP)."
        )
    if with_us:
        return Call(words=words + " Other neighbours agree with us.", next_step="Ring them: their clock is wrong.")
    return Call(
        words=words, next_step="Compare both with a telephone's clock, and set the one that is wrong (turn on NTP)."
    )
