# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's beginning on Kubernetes: keys that are made once and kept in Secrets, and a database that is begun with them once.

Keys come first and are never written over: a Secret that is there already is left alone, whatever is in it. One Secret holds the
node key, for as long as the co-op lives; another holds the roots, and is meant to be taken away once somebody has printed the
words in it. A database is begun under its lock: of many that try at once one founds, and the others find it founded.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
from mnemonic import Mnemonic

from federation.errors import Refused
from federation.keys import PublicKey, SigningKey
from federation.wire import b64, unb64
from node import database, ended, schema
from node.actor import at_the_command_line
from node.backing.folder import backups
from node.clock import MachineClock
from node.coop import read_node_key
from node.doctor import must_belong
from node.errors import Conflict, Misconfigured, Unavailable
from node.here import Here, Randomness
from node.peers import founding
from node.settings import Settings

NODE_KEY: Final = "node.key"
ROOT: Final = "root.pem"
PASSPHRASE: Final = "root-passphrase"  # noqa: S105 - a field's name
PAPER: Final = "paper-words"
PAPER_PUBLIC: Final = "paper-public"
KEPT: Final = {"helm.sh/resource-policy": "keep"}
"""What keeps a Secret when the release goes: without its keys a co-op's data can't be read by anybody."""
WORDS: Final = 6
PAUSE: Final = 1.0

log = structlog.get_logger("commoncare.cluster")


def new_node_key(random: Randomness) -> dict[str, bytes]:
    """The contents of the Secret with the node key: 32 random bytes."""
    return {NODE_KEY: random.bytes(32)}


def new_roots(random: Randomness) -> dict[str, bytes]:
    """The contents of the Secret with the roots: one behind a passphrase of six words, one as 24 words for paper."""
    kept, printed = SigningKey.generate(random.bytes), SigningKey.generate(random.bytes)
    listed = Mnemonic("english").wordlist
    drawn = int.from_bytes(random.bytes(9), "big")
    passphrase = "-".join(listed[drawn >> 11 * place & 2047] for place in range(WORDS))
    return {
        ROOT: founding.root_pem(kept, passphrase),
        PASSPHRASE: passphrase.encode(),
        PAPER: founding.root_words(printed).encode(),
        PAPER_PUBLIC: b64(printed.public.raw).encode(),
    }


@dataclass(frozen=True, slots=True)
class Api:
    """Kubernetes' API server as a pod reaches it: `token` and `namespace` of its service account."""

    client: httpx.AsyncClient
    token: str
    namespace: str

    @classmethod
    def of_pod(cls, host: str, port: str, account: Path) -> Api:
        """From what Kubernetes puts into each pod. Raises Misconfigured elsewhere."""
        try:
            token = (account / "token").read_text(encoding="ascii").strip()
            namespace = (account / "namespace").read_text(encoding="ascii").strip()
            trusted = ssl.create_default_context(cafile=account / "ca.crt")
        except (OSError, UnicodeDecodeError):  # a certificate that is none is an OSError too
            raise Misconfigured("This runs in a pod with a service account, as the chart sets it up.") from None
        shown = f"[{host}]" if ":" in host else host
        client = httpx.AsyncClient(
            base_url=f"https://{shown}:{port}", verify=trusted, timeout=20, trust_env=False, follow_redirects=False
        )
        return cls(client, token, namespace)

    async def make_secret(self, name: str, data: Mapping[str, bytes], labels: Mapping[str, str]) -> bool:
        """Make a Secret. False where there is one of that name, which is left as it is. Raises Unavailable."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": name, "labels": dict(labels), "annotations": KEPT},
            "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
        }
        try:
            answer = await self.client.post(
                f"/api/v1/namespaces/{self.namespace}/secrets",
                json=body,
                headers={"authorization": f"Bearer {self.token}"},
            )
        except httpx.HTTPError:
            raise Unavailable("Kubernetes' API can't be reached from here.", cause="api") from None
        if answer.status_code == 409:
            return False
        if answer.status_code != 201:
            words = (
                f"Kubernetes did not take the Secret {name} (status {answer.status_code}). May this account create it?"
            )
            raise Unavailable(words, cause=f"status {answer.status_code}")
        return True


async def make_keys(
    api: Api, *, node_key: str, roots: str, labels: Mapping[str, str], random: Randomness
) -> dict[str, bool]:
    """Make the two Secrets of these names where they are not there yet ("": none of that kind). Which of them were made."""
    made = {}
    for name, contents in ((node_key, new_node_key), (roots, new_roots)):
        if name:
            made[name] = await api.make_secret(name, contents(random), labels)
            log.info("secret", name=name, made=made[name])
    return made


async def begin(settings: Settings, *, roots: Path | None, wait: float, random: Randomness) -> str:
    """Bring the database to this version, and found the node in it where nobody has. "founded" or "standing".

    `roots`: the folder of the Secret with the roots; None: another pod founds, and is waited for. `wait`: seconds that the
    database, or that pod, may take. Raises Misconfigured; above all where a co-op was here before and its database is gone.
    """
    engine = database.open_engine(settings.database_url)
    until = asyncio.get_running_loop().time() + wait
    await _up(engine, until)
    try:
        with database.bound(engine):
            await schema.migrate()
            came = "standing"
            if not await _founded():
                if roots is None:
                    await _founded_by_another(until)
                else:
                    came = await _found(settings, roots, random)
            await must_belong(here=_here(settings, random))
            return came
    finally:
        await engine.close()


async def _founded() -> bool:
    return await database.row("SELECT node_id FROM own_node") is not None


async def _founded_by_another(until: float) -> None:
    while not await _founded():
        if asyncio.get_running_loop().time() >= until:
            raise Misconfigured("Nobody founded this node yet. Look at the worker: it does so at its first start.")
        await asyncio.sleep(PAUSE)


async def _found(settings: Settings, roots: Path, random: Randomness) -> str:
    there = settings.path(ended.FILE)
    if there.exists() or backups(settings.path(settings.backup.folder), settings.node_id):
        raise Misconfigured(
            f"There was a co-op here before (see {there.parent}), and its database is empty. Nothing is founded over it: restore "
            "its backup with commoncare restore, or take those files away if you mean to begin anew."
        )
    try:
        await founding.found_with_roots(actor=at_the_command_line(), **_roots(roots), here=_here(settings, random))
    except Conflict:
        return "standing"  # another pod was quicker
    return "founded"


def _here(settings: Settings, random: Randomness) -> Here:
    return Here(
        node_id=settings.node_id,
        now=MachineClock().now(),
        random=random,
        node_key=read_node_key(settings),
        place=settings.gazetteer(),
        co_op=settings.co_op,
    )


async def _up(engine: database.Engine, until: float) -> None:
    """Open the engine, as soon as its server lets us."""
    while True:
        try:
            await engine.open()
            return
        except Misconfigured as no:
            if asyncio.get_running_loop().time() >= until:
                raise
            log.info("waiting for the database", why=no.cause)
            await asyncio.sleep(PAUSE)


def _roots(folder: Path) -> dict[str, Any]:
    if not (folder / ROOT).exists():
        raise Misconfigured(
            "This database was never founded, and there are no roots to found it with. Give the Secret that holds them; if there "
            "was a co-op here before, restore its backup: commoncare restore"
        )
    try:
        passphrase = (folder / PASSPHRASE).read_text(encoding="utf-8").strip()
        printed = PublicKey.from_bytes(unb64((folder / PAPER_PUBLIC).read_text(encoding="ascii").strip(), length=32))
    except (OSError, UnicodeDecodeError, Refused):
        raise Misconfigured(f"The Secret with the roots lacks {PASSPHRASE} or {PAPER_PUBLIC}.") from None
    return {"kept": founding.root_from_file(folder / ROOT, passphrase), "printed": printed}
