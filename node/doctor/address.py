# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own address, looked at as a neighbour does: the name, the certificate, and whether what answers there is us.

A silence is judged last. From inside a cluster, or behind a router that does not lead back, nobody may answer here although all
is well; then it counts what neighbours say who called us back.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from federation import wire
from federation.client import Answer, Outgoing
from federation.errors import Refused
from federation.identity import Identity, parse_well_known, read_identity
from node.calling import Called
from node.doctor import tls
from node.doctor.guard import faulty
from node.doctor.ways import Ways
from node.errors import Refusal
from node.exchange.outbound import reachable
from node.findings import Finding, long
from node.here import Here
from node.peers import own
from node.running.rules import DAY
from node.settings import Settings

PORT: Final = 443
LOOK_UP: Final = 5.0
FETCH: Final = 6.0
MOST: Final = 4
"""Addresses of one name that are tried."""
SOON: Final = 14 * DAY
"""Seconds before a certificate's end from which on we say so: whatever renews it should have done so by then."""
NOW: Final = 3 * DAY
"""Seconds before its end from which on it is a fault."""
PAGE: Final = 512 * 1024
Mine = Identity
"""What our address has to show."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found. `found`: said already; `silent`: why nobody answered, which may be the way back; `hidden`: the address is
    not a public one, so nobody was asked; `at_home`: it is this machine's own, so a silence is no matter of ways; `document`:
    what answers, to be held against our own identity."""

    found: tuple[Finding, ...] = ()
    silent: str = ""
    hidden: bool = False
    at_home: bool = False
    document: bytes | None = None


def amiss(words: str, next_step: str, *, what: str = "our address", well: bool = False) -> Finding:
    return Finding(what=what, well=well, words=words, next_step=next_step)


async def mine(here: Here) -> Mine | None:
    """Our identity; None where it can't be read, which another finding says."""
    try:
        async with asyncio.timeout(1):
            return await own.identity(here=here)
    except (Refused, Refusal, TimeoutError):
        return None


async def try_out(settings: Settings, ways: Ways, now: int) -> Tried:
    """Everything that needs no database. A fault of ours is a finding, and hides nothing else."""
    try:
        return await _try_out(settings, ways, now)
    except Exception as error:
        return Tried(found=(faulty("our address", error),))


async def _try_out(settings: Settings, ways: Ways, now: int) -> Tried:
    name = settings.node_id
    mapped = settings.resolver.get(name)
    if mapped is not None:
        parts = urlsplit(mapped)
        secure = parts.scheme == "https"
        addresses, port = [parts.hostname or ""], parts.port or (443 if secure else 80)
    else:
        known = await _addresses(name, ways)
        if isinstance(known, Finding):
            return Tried(found=(known,))
        if hidden := [each for each in known if not reachable(each)]:
            return Tried(silent=f"Seen from here, {name} is {hidden[0]}, which is no public address.", hidden=True)
        addresses, port, secure = known[:MOST], PORT, True
    found: tuple[Finding, ...] = ()
    if secure:
        trust = ways.trust()
        greetings = await asyncio.gather(*(tls.greet(each, port, name, trust) for each in addresses))
        tried = _greeted(name, dict(zip(addresses, greetings, strict=True)), port, now)
        if isinstance(tried, Tried):
            return tried
        found = tuple(tried)
    return await _asked(settings, ways, found, secure=secure, at_home=any(_is_ours(each) for each in addresses))


async def _addresses(name: str, ways: Ways) -> list[str] | Finding:
    try:
        async with asyncio.timeout(LOOK_UP):
            return await ways.resolve(name, PORT)
    except OSError as error:  # a TimeoutError is one too
        if isinstance(error, TimeoutError) or error.errno == socket.EAI_AGAIN:
            words = "This machine's name server (DNS) does not answer, so no name can be looked up."
            return amiss(words, "Look at /etc/resolv.conf and at the network; or ask the provider of this machine.")
        words = f"Nobody can find us: the name {name} has no address (DNS)."
        return amiss(
            words,
            f"Where the name was bought, add an A record (and AAAA) with this server's address. To see it: getent ahosts {name}",
        )


def _is_ours(address: str) -> bool:
    """Whether this machine has the address itself: then nothing lies between."""
    try:
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except (OSError, ValueError):
        return False
    return True


def _greeted(name: str, came: dict[str, tls.Greeting], port: int, now: int) -> Tried | list[Finding]:
    """What the certificates say, or that nobody was there."""
    for greeting in came.values():
        if greeting.outcome == "untrusted":
            step = (
                f"Look at the web server in front: it gets certificates by itself when {name} leads to it and ports 80 and 443 "
                "are open. With Caddy: journalctl -u caddy"
            )
            if not greeting.words:
                words = f"What answers at {name} on port {port} does not speak TLS."
                return Tried(found=(amiss(words, step, what="certificate"),))
            words = f"The certificate {greeting.words}. Neighbours and browsers refuse to go on."
            return Tried(found=(amiss(words, step, what="certificate"),))
    well = [greeting for greeting in came.values() if greeting.outcome == "well"]
    if not well:
        how = "refuses" if any(each.outcome == "refused" for each in came.values()) else "does not answer"
        shown = " and ".join(came)
        return Tried(
            silent=f"Nobody answers there: {shown} {how} on port {port}.", at_home=any(_is_ours(each) for each in came)
        )
    left = min(each.ends for each in well) - now
    words = f"It is valid, and stands for another {long(left)}."
    step = "It should have been renewed by now. Look at the web server; with Caddy: journalctl -u caddy"
    found = [Finding(what="certificate", well=left >= NOW, words=words, next_step=step if left < SOON else "")]
    if silent := [each for each, greeting in came.items() if greeting.outcome in ("refused", "silent")]:
        words = f"{silent[0]} does not answer, another address of {name} does. Some people and neighbours get the wrong one."
        found.append(amiss(words, f"Take that address out of the DNS of {name}, or see that it answers.", well=True))
    return found


async def _asked(settings: Settings, ways: Ways, found: tuple[Finding, ...], *, secure: bool, at_home: bool) -> Tried:
    """What answers when it is asked who it is."""
    name, listens = settings.node_id, f"{settings.host}:{settings.port}"
    try:
        answer = await _get(name, wire.WELL_KNOWN, 2 * wire.DOCUMENT_LIMIT, ways)
    except Refused as refusal:
        if refusal.code == "unreachable":
            return Tried(found=found, silent=f"Nobody answers there: the way to {name} breaks off.", at_home=at_home)
        if refusal.code == "timeout":
            words = "The web server takes our address, and gives no answer in time."
            step = f"Does the node run, and is it busy? systemctl status commoncare; it has to answer at {listens}."
            return Tried(found=(*found, amiss(words, step)))
        return Tried(found=(*found, _no_node(name)))
    if answer.status == 200:
        return Tried(found=(*found, *await _in_front(settings, ways, secure=secure)), document=answer.body)
    if answer.status in (301, 302, 303, 307, 308):
        where = urlsplit(answer.headers.get("location", "")).hostname or "another place"
        words = f"Our address sends people on to {where}. Neighbours follow no such thing."
        step = f"In the web server: let https://{name} itself hand /commoncare and /.well-known/commoncare on to {listens}."
        return Tried(found=(*found, amiss(words, step)))
    if answer.status in (502, 503, 504):
        words = f"The web server answers, and finds no node behind it ({answer.status})."
        step = f"See that the node runs (systemctl status commoncare), and that the web server hands on to {listens}."
        return Tried(found=(*found, amiss(words, step, what="web server")))
    return Tried(found=(*found, _no_node(name, f" ({answer.status})")))


def _no_node(name: str, status: str = "") -> Finding:
    words = f"Something answers under our address that is no node{status}: a page of the provider, or another program."
    step = f"Does {name} lead to this machine, and does the web server hand on /.well-known/commoncare? See: curl -i https://{name}/.well-known/commoncare"
    return amiss(words, step)


async def _get(name: str, path: str, cap: int, ways: Ways) -> Answer:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    return await ways.fetcher.fetch(Outgoing(name, "GET", path, "", headers, None, cap, FETCH))


async def _in_front(settings: Settings, ways: Ways, *, secure: bool) -> list[Finding]:
    """Whether the web server hands on what the node has to know: under which name people come, and from where."""
    try:
        host_lost = (await _get(settings.node_id, "/", PAGE, ways)).status == 404
    except Refused:
        host_lost = False
    if host_lost:
        words = "The web server does not hand on the name under which people come, so they find no page."
        step = f"In the web server: hand on the header Host as it comes ({settings.node_id}). Caddy does so by itself."
        return [amiss(words, step, what="web server")]
    if not secure:  # for development: there is none in front
        return []
    if not settings.proxies.strip():
        words = (
            "No web server in front is believed about where people come from, so all of them share one person's limits."
        )
        step = "Write the web server's address into proxies in the settings; 127.0.0.1, ::1 when it is on this machine."
        return [amiss(words, step, what="web server")]
    if not _loops(settings.host) and all(_loops(each) for each in settings.proxies.split(",")):
        words = "Only a web server on this machine is believed about where people come from."
        step = (
            "If it runs elsewhere (another container too), write its address or network into proxies in the settings."
        )
        return [amiss(words, step, what="web server", well=True)]
    return [Finding(what="web server", well=True, words="It hands on the name under which people come.")]


def _loops(host: str) -> bool:
    try:
        return ip_address(host.strip().partition("/")[0]).is_loopback
    except ValueError:
        return host.strip() == "localhost"


def findings(tried: Tried, mine: Mine | None, called: Called, settings: Settings, ways: Ways) -> list[Finding]:
    """All of it, once it is known who we are and what neighbours say."""
    if tried.silent:
        return [*tried.found, _silence(tried, called, settings, ways)]
    if tried.document is None:
        return list(tried.found)
    return [held(tried.document, mine, settings.node_id), *tried.found]


def _silence(tried: Tried, called: Called, settings: Settings, ways: Ways) -> Finding:
    name = settings.node_id
    words = tried.silent
    if called.reached:
        return Finding(
            what="our address", well=True, words=f"{words} But a neighbour reaches us, so it holds here only."
        )
    elsewhere = f"From a telephone without Wi-Fi, does https://{name}/.well-known/commoncare open?"
    if ways.inside:
        words += " From inside a cluster that may be the way back only, so it is not counted."
        return amiss(words, elsewhere, well=True)
    if tried.hidden and called.reached is None:
        return amiss(words + " That may hold on this machine only (see /etc/hosts).", elsewhere, well=True)
    if tried.at_home:
        listens = f"{settings.host}:{settings.port}"
        step = (
            f"Is the web server on? systemctl status caddy; it has to listen on port {PORT} and hand on to {listens}."
        )
        return amiss(words, step)
    step = (
        f"{elsewhere} If it does, the network here only has no way back to itself (look with --inside). If not: does {name} lead "
        "to this server, and does its firewall let ports 80 and 443 in?"
    )
    return amiss(words, step)


def held(document: bytes, mine: Mine | None, name: str) -> Finding:
    """Whether what answers is us."""
    try:
        identity, _ = parse_well_known(document)
    except Refused:
        return _no_node(name)
    try:
        theirs = read_identity(identity, node_id=name)
    except Refused:
        words = f"Another node answers under our address: it says it is not {name}."
        return amiss(
            words, "Look at the web server: to which port does it hand on? And to which machine does the name lead?"
        )
    if mine is None:
        return Finding(what="our address", well=True, words="A node of our name answers there.")
    if not set(theirs.root_kids) & set(mine.root_kids):
        words = "A node of our name answers under our address, and it is another than this: its root keys are not ours."
        return amiss(
            words, "Was the co-op begun a second time? Only one of the two may run. See: commoncare key status"
        )
    if theirs.version < mine.version:
        words = f"An older copy of us answers there: its identity is version {theirs.version}, ours is {mine.version}."
        return amiss(
            words, "Does a second node run from an old copy? End it: two nodes of one name break neighbours' trust."
        )
    return Finding(what="our address", well=True, words="It leads to this node, and answers as us.")
